package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// Network declares the encoder with the contexts on it, and what is deployed of both.
func (m CPC) Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	n := &pieceNet{flat: encoders.Axes(enc) == 2}
	usual := "both"
	if n.flat {
		usual = "encoding"
	}
	m.Feature, m.Pool, m.Directions = cmp.Or(m.Feature, usual), cmp.Or(m.Pool, "mean"), cmp.Or(m.Directions, 1)
	if m.Feature != "encoding" && m.Feature != "context" && m.Feature != "both" {
		return nil, fmt.Errorf("cpc's feature is %q, want encoding, context or both", m.Feature)
	}
	if m.Pool != "mean" && m.Pool != "max" && (m.Pool != "last" || n.flat) {
		return nil, fmt.Errorf("cpc's pool is %q, want mean or max, or last of a window", m.Pool)
	}
	if m.Patch < 0 || m.Patch > 1<<20 || !(m.Overlap <= 0.95) {
		return nil, fmt.Errorf("cpc's patches are of %d time stamps or pixels and overlap by %g, want 0 to %d and at most 0.95", m.Patch, m.Overlap, 1<<20)
	}
	if m.Mosaic != 0 && (!n.flat || m.Patch > 0 || m.Mosaic < 2 || m.Mosaic > 256) {
		return nil, fmt.Errorf("cpc's mosaic is a grid of %d patches, want 2 to 256 of an image, with patch left at 0", m.Mosaic)
	}
	if d := m.Directions; d != 1 && d != 2 && (!n.flat || d != 4) {
		return nil, fmt.Errorf("cpc reads a sample in %d directions, want 1 or 2, or 4 of an image", d)
	}
	n.cfg = m
	var err error
	if n.inner, err = enc.New(w, channels); err != nil {
		return nil, err
	}
	if !n.flat {
		if n.context, err = m.Context.New(w.Scope("context"), n.inner.Dim()); err != nil {
			return nil, err
		}
		if n.back = n.context; m.Directions == 2 && !m.Shared {
			if n.back, err = m.Context.New(w.Scope("context1"), n.inner.Dim()); err != nil {
				return nil, err
			}
		}
	}
	for i := range n.directions() {
		if !n.flat || i > 0 && m.Shared {
			break
		}
		one, err := m.Context.NewGrid(w.Scope(fmt.Sprintf("context%d", i)), n.inner.Dim())
		if err != nil {
			return nil, err
		}
		n.grids = append(n.grids, one)
	}
	n.shift = w.Buffer("shift", 0, n.Dim())
	return n, nil
}

// pieceNet encodes the pieces of a window, or of an image, and sums them up.
type pieceNet struct {
	inner   encoders.Network
	flat    bool               // whether samples are images
	context *cpc.Context       // of a window
	back    *cpc.Context       // of a window that is read from its end as well
	grids   []*cpc.GridContext // of an image, by direction, or one for all
	cfg     CPC
	// shift moves features to a mean of 0. The loss does not: it is the same wherever the mean of the encodings lies.
	shift *nn.Param
}

// directions are those in which pieces are read; a window is a grid of one column.
func (n *pieceNet) directions() []cpc.Direction { return cpc.Directions[:n.cfg.Directions] }

// patch is the length of the patches of a sample whose shorter side is given, and the distance between them.
func (n *pieceNet) patch(side int) (patch, hop int) {
	usual := max(4, side/8)
	switch {
	case n.cfg.Mosaic > 0:
		usual = max(1, int(float64(side)/n.cfg.sides()+1e-9))
	case n.flat:
		usual = max(4, side/4)
	}
	patch = min(side, cmp.Or(n.cfg.Patch, usual))
	return patch, max(1, int(float64(patch)*n.cfg.advance()+1e-9))
}

// cut is the grid of pieces of a sample [T] or [H, W], of which a window has one column, and by how many steps or rows the
// first without a common time stamp or pixel is ahead.
func (n *pieceNet) cut(shape []int) (rows, cols, first int) {
	length := shape[0]
	if c, ok := n.inner.(encoders.Causal); ok && !n.flat {
		return (length + c.Stride() - 1) / c.Stride(), 1, (c.Span() + c.Stride() - 1) / c.Stride()
	}
	if !n.flat {
		patch, hop := n.patch(length)
		return (length-patch)/hop + 1, 1, (patch + hop - 1) / hop
	}
	patch, hop := n.patch(min(length, shape[1]))
	return (length-patch)/hop + 1, (shape[1]-patch)/hop + 1, (patch + hop - 1) / hop
}

// shown is cut for the views of a sample of that shape.
func (n *pieceNet) shown(shape []int) (rows, cols, first int) {
	if g := n.cfg.Mosaic; g > 0 {
		return g, g, int(math.Ceil(1/n.cfg.advance() - 1e-9))
	}
	return n.cut(shape)
}

// pieces maps x [N, C, T] or [N, C, H, W] to the encodings z [N, P, D].
func (n *pieceNet) pieces(x *nn.Node) (z *nn.Node, rows, cols int) {
	shape := []int{x.Dim(2), x.Dim(-1)} // of a window twice its length
	rows, cols, _ = n.cut(shape)
	if c, ok := n.inner.(encoders.Causal); ok && !n.flat {
		return nn.SwapLast(c.Steps(x)), rows, cols
	}
	patch, hop := n.patch(min(shape[0], shape[1]))
	return n.encode(nn.Patches(x, patch, hop), rows*cols), rows, cols
}

// shownPieces is pieces for a view.
func (n *pieceNet) shownPieces(x *nn.Node) (z *nn.Node, rows, cols int) {
	g := n.cfg.Mosaic
	if g == 0 {
		return n.pieces(x)
	}
	cell := max(1, x.Dim(3)/g)
	return n.encode(nn.Patches(x, cell, cell), g*g), g, g
}

// encode maps patches [N·P, ...] to their encodings [N, P, D].
func (n *pieceNet) encode(patches *nn.Node, pieces int) *nn.Node {
	return nn.Reshape(n.inner.Apply(patches), patches.Dim(0)/pieces, pieces, n.inner.Dim())
}

// reading is the pieces z [N, P, D] in the order of a direction, and the summaries c [N, P, H].
type reading struct{ z, c *nn.Node }

// read reads pieces z, a grid of that shape, in all directions.
func (n *pieceNet) read(z *nn.Node, rows, cols int) []reading {
	var out []reading
	for i, d := range n.directions() {
		order, r, c := d.Order(rows, cols)
		turned := z
		if d != cpc.Down {
			turned = cpc.Read(z, order)
		}
		out = append(out, reading{turned, n.summary(i, turned, r, c)})
	}
	return out
}

// summary is the contexts of pieces in the order of a direction.
func (n *pieceNet) summary(direction int, z *nn.Node, rows, cols int) *nn.Node {
	switch {
	case n.flat:
		return n.grids[min(direction, len(n.grids)-1)].Apply(z, rows, cols)
	case direction == 0:
		return n.context.Apply(z)
	}
	return n.back.Apply(z)
}

// contextDim is the length of a summary.
func (n *pieceNet) contextDim() int {
	if n.flat {
		return n.grids[0].Dim()
	}
	return n.context.Dim()
}

// Dim is that of the feature.
func (n *pieceNet) Dim() int {
	context := n.contextDim() * n.cfg.Directions
	switch n.cfg.Feature {
	case "context":
		return context
	case "encoding":
		return n.inner.Dim()
	}
	return n.inner.Dim() + context
}

// Apply maps x [N, C, T] or [N, C, H, W] to the feature [N, Dim], moved to a mean of 0.
func (n *pieceNet) Apply(x *nn.Node) *nn.Node {
	z, rows, cols := n.pieces(x)
	var read []reading
	if n.cfg.Feature != "encoding" {
		read = n.read(z, rows, cols)
	}
	return n.centred(n.feature(z, read))
}

// feature puts together what is deployed.
func (n *pieceNet) feature(z *nn.Node, read []reading) *nn.Node {
	var parts []*nn.Node
	if n.cfg.Feature != "context" {
		parts = append(parts, n.pool(z))
	}
	if n.cfg.Feature != "encoding" {
		for _, r := range read {
			parts = append(parts, n.pool(r.c))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return nn.Concat(1, parts...)
}

func (n *pieceNet) centred(h *nn.Node) *nn.Node {
	return nn.Add(h, h.Graph().Param(n.shift))
}

// follow lets the shift follow the mean of the features, which moves as the encoder learns.
func (n *pieceNet) follow(mean []float32) {
	for i, v := range mean {
		n.shift.Data[i] -= shiftRate * (n.shift.Data[i] + v)
	}
}

// shiftRate averages over about the last ten steps.
const shiftRate = 0.1

// pool summarises x [N, P, D] to [N, D].
func (n *pieceNet) pool(x *nn.Node) *nn.Node {
	switch n.cfg.Pool {
	case "last":
		return nn.Reshape(nn.Slice(x, 1, x.Dim(1)-1, x.Dim(1)), x.Dim(0), x.Dim(2))
	case "max":
		return nn.GlobalMax(nn.SwapLast(x))
	}
	return nn.GlobalMean(nn.SwapLast(x))
}
