package cpc

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// Grid lists, for each of so many horizons, the pairs of a grid whose pieces are numbered row by row: each piece and the
// one of its column that lies first rows below, then first+1, and so on (van den Oord et al., 2018, section 3.3).
// Horizons beyond the last row have no pairs and are left out.
func Grid(rows, cols, first, horizons int) []Pairs {
	var out []Pairs
	for k := first; k < first+horizons && k < rows; k++ {
		var p Pairs
		for i := range (rows - k) * cols {
			p.From, p.To = append(p.From, i), append(p.To, i+k*cols)
		}
		out = append(out, p)
	}
	return out
}

// Direction is the way in which a grid is read: what comes first predicts what comes later.
type Direction int

// A grid is read from its top row to the bottom one, or the other way; or from its left column to the right one, or the
// other way (Hénaff et al., 2020).
const (
	Down Direction = iota
	Up
	Right
	Left
)

// Directions are all of them.
var Directions = []Direction{Down, Up, Right, Left}

// Order lists the pieces of a grid, numbered row by row, in the order of reading. What is read is a grid again, of the
// returned shape, whose rows predict those below.
func (d Direction) Order(rows, cols int) (order []int, r, c int) {
	r, c = rows, cols
	if d == Right || d == Left {
		r, c = cols, rows
	}
	for i := range r {
		if d == Up || d == Left {
			i = r - 1 - i
		}
		for j := range c {
			if d == Right || d == Left {
				order = append(order, j*cols+i)
			} else {
				order = append(order, i*cols+j)
			}
		}
	}
	return order, r, c
}

// Read puts the pieces z [N, P, D] of a grid in the order of a reading, P numbers.
func Read(z *nn.Node, order []int) *nn.Node {
	n, p, d := z.Dim(0), z.Dim(1), z.Dim(2)
	index := make([]float32, 0, n*p)
	for i := range n {
		for _, at := range order {
			index = append(index, float32(i*p+at))
		}
	}
	return nn.Reshape(nn.Take(nn.Reshape(z, n*p, d), z.Graph().Const(index, n*p)), n, p, d)
}

// GridContext is a context network over the rows of a grid, with its weights.
type GridContext struct {
	width  int
	in     *nn.LinearLayer // or nil
	blocks []rowBlock
	tokens *Context // or nil; pieces one after the other
}

// rowBlock looks to both sides within a row, and up within a column: by a convolution of two taps, or a recurrent unit.
type rowBlock struct {
	expand, contract *nn.LinearLayer
	across, down     *nn.ConvLayer
	unit             *nn.GRULayer
}

// widest is the length of the longest context.
const widest = 1 << 13

// NewGrid declares the weights of a context over the rows of a grid of encodings of that length. Of the kinds, "conv" (the
// default) is the masked residual convolutions of a PixelCNN (van den Oord et al., 2016) as Hénaff et al. (2020) have
// them; "gru" runs down each column after a convolution along the row; and "transformer" attends to the pieces before,
// row by row.
func (c ContextConfig) NewGrid(w *nn.Weights, dim int) (*GridContext, error) {
	if c.Kind == "" {
		c.Kind = "conv"
	}
	inner, published := c.Inner, c.Kind == "conv" && c.Width == 0
	if published {
		c.Width = dim
		if inner, c.Depth = cmp.Or(inner, 256), cmp.Or(c.Depth, 5); dim > widest {
			return nil, fmt.Errorf("a context of encodings of %d numbers, want at most %d, or a width", dim, widest)
		}
	}
	c, err := c.defaults()
	if err != nil {
		return nil, err
	}
	inner = cmp.Or(inner, c.Width)
	x := &GridContext{width: c.Width}
	if c.Kind == "transformer" {
		x.tokens, err = c.New(w, dim)
		return x, err
	}
	if !published {
		x.in = nn.NewLinear(w, "in", dim, c.Width, true)
	}
	for i := range c.Depth {
		s := w.Scope(fmt.Sprintf("block%d", i))
		var b rowBlock
		if c.Kind == "gru" {
			b.across = nn.NewConv1D(s, "across", c.Width, c.Width, 3, nn.ConvConfig{}, true)
			b.unit = nn.NewGRU(s, "down", c.Width, c.Width)
		} else {
			b.across = nn.NewConv1D(s, "across", inner, inner, 3, nn.ConvConfig{}, true)
			b.expand = nn.NewLinear(s, "expand", c.Width, inner, true)
			b.down = nn.NewConv1D(s, "down", inner, inner, 2, nn.ConvConfig{Padding: nn.Causal}, true)
			b.contract = nn.NewLinear(s, "contract", inner, c.Width, true)
		}
		x.blocks = append(x.blocks, b)
	}
	return x, nil
}

// Dim is the length of a context.
func (x *GridContext) Dim() int { return x.width }

// Apply maps encodings z [N, rows·cols, D] to contexts [N, rows·cols, Dim]; a context depends on its row and those above.
func (x *GridContext) Apply(z *nn.Node, rows, cols int) *nn.Node {
	if x.tokens != nil {
		return x.tokens.Apply(z)
	}
	h := z
	if x.in != nil {
		h = x.in.Apply(z)
	}
	for _, b := range x.blocks {
		if b.unit != nil {
			h = nn.ReLU(along(b.across, h, cols))
			h = below(h, rows, cols, func(x *nn.Node) *nn.Node { return nn.SwapLast(b.unit.Apply(nn.SwapLast(x))) })
			continue
		}
		y := along(b.across, nn.ReLU(b.expand.Apply(h)), cols)
		y = nn.ReLU(below(y, rows, cols, b.down.Apply))
		h = nn.Add(h, b.contract.Apply(y))
	}
	if x.blocks[0].unit != nil {
		return h
	}
	return nn.ReLU(h)
}

// along convolves the rows of h [N, P, W], of cols pieces each.
func along(l *nn.ConvLayer, h *nn.Node, cols int) *nn.Node {
	n, p, w := h.Dim(0), h.Dim(1), h.Dim(2)
	y := nn.SwapLast(l.Apply(nn.SwapLast(nn.Reshape(h, n*p/cols, cols, w))))
	return nn.Reshape(y, n, p, w)
}

// below applies f to the columns of h [N, P, W], as [N·cols, W, rows]; f keeps their shape.
func below(h *nn.Node, rows, cols int, f func(x *nn.Node) *nn.Node) *nn.Node {
	n, p, w := h.Dim(0), h.Dim(1), h.Dim(2)
	y := nn.SwapLast(nn.Reshape(h, n, rows, cols*w))
	y = f(nn.Reshape(y, n*cols, w, rows))
	return nn.Reshape(nn.SwapLast(nn.Reshape(y, n, cols*w, rows)), n, p, w)
}
