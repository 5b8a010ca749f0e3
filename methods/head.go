package methods

import (
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// Head is the configuration of a small network on top of an encoder: linear layers with
// normalisation and ReLU between them.
type Head struct {
	// Hidden is the width of the inner layers, Out the length of the result, and Layers how many
	// linear layers there are, 1 to 8.
	Hidden, Out, Layers int
	// Norm stands between the layers: "batch", "layer", "group", "group-ws" (with standardised weights below each
	// normalisation), "actnorm" (set by the first batch) or "none".
	Norm string
	// Last puts a normalisation without activation after the last layer as well: "affine", with scale and shift, "scale",
	// without shift, or "plain", without both; empty means none.
	Last string
	// Bias gives the linear layers a bias, and BiasOut only the last one.
	Bias, BiasOut bool
	// GELU stands in the place of ReLU.
	GELU bool
	// Std draws the weights from N(0, Std²), with biases of 0; 0 means [nn.KaimingUniform].
	Std float64
	// Keep declares only that many of the layers, from below; 0 means all.
	Keep int
	// Parts is how many equal parts of an encoding have a head of this kind each, whose results are joined; 0 means one for all of it.
	Parts int
}

// head is a Head with its weights.
type head struct {
	linear []*nn.LinearLayer
	norm   []*nn.NormLayer
	// layers counts those of the configuration, of which fewer may be kept.
	layers int
	gelu   bool
}

func newHead(w *nn.Weights, in int, c Head) (*head, error) {
	if c.Hidden < 1 || c.Out < 1 || c.Layers < 1 || c.Layers > 8 {
		return nil, fmt.Errorf("head of %d layers, %d wide, %d out: want at least 1 and at most 8 layers", c.Layers, c.Hidden, c.Out)
	}
	h := &head{layers: c.Layers, gelu: c.GELU}
	for i := range c.Layers {
		if c.Keep > 0 && i == c.Keep {
			break
		}
		to, last := c.Hidden, i == c.Layers-1
		if last {
			to = c.Out
		}
		h.linear = append(h.linear, c.linear(w, fmt.Sprintf("linear%d", i), in, to, c.Bias || (last && c.BiasOut)))
		var norm *nn.NormLayer
		if !last || c.Last != "" {
			var err error
			if norm, err = nn.NewNorm(w, fmt.Sprintf("norm%d", i), c.Norm, to, c.affine(last)); err != nil {
				return nil, fmt.Errorf("head: %w", err)
			}
			h.linear[i].Standard = c.Norm == "group-ws"
		}
		h.norm = append(h.norm, norm)
		in = to
	}
	return h, nil
}

// affine is what the normalisation after a layer learns.
func (c Head) affine(last bool) nn.Affine {
	switch {
	case !last || c.Last == "affine":
		return nn.ScaleShift
	case c.Last == "scale":
		return nn.ScaleOnly
	}
	return nn.NoAffine
}

// scaleOr is the normalisation after the last layer of SimCLR's projector.
func scaleOr(shift bool) string {
	if shift {
		return "affine"
	}
	return "scale"
}

// Weights is how many weights it has on encodings of length in, biases and normalisation left out.
func (c Head) Weights(in int) int {
	if c.Parts > 0 {
		parts := c.Parts
		c.Parts = 0
		return parts * c.Weights(in/parts)
	}
	n := 0
	for i := range c.Layers {
		to := c.Hidden
		if i == c.Layers-1 {
			to = c.Out
		}
		n, in = n+in*to, to
	}
	return n
}

// newProjector declares all of a method's projector.
func newProjector(k Keeper, s Setup) (*head, error) {
	scope, h := k.Head(s.Weights, s.Net.Dim())
	return newHead(s.Weights.Scope(scope), s.Net.Dim(), h)
}

// linear declares one of its linear layers.
func (c Head) linear(w *nn.Weights, name string, in, out int, bias bool) *nn.LinearLayer {
	if c.Std == 0 {
		return nn.NewLinear(w, name, in, out, bias)
	}
	s := w.Scope(name)
	l := &nn.LinearLayer{W: s.Param("weight", nn.Normal(c.Std), out, in)}
	if bias {
		l.B = s.Param("bias", nn.Zeros, out)
	}
	return l
}

// apply maps h [N, in] to [N, Out].
func (p *head) apply(h *nn.Node) *nn.Node { return p.applyTo(h, len(p.linear)) }

// applyTo stops after that many layers, their activation included.
func (p *head) applyTo(h *nn.Node, layers int) *nn.Node {
	for i, l := range p.linear[:layers] {
		h = p.norm[i].Apply(l.Apply(h))
		switch {
		case i == p.layers-1:
		case p.gelu:
			h = nn.GELU(h)
		default:
			h = nn.ReLU(h)
		}
	}
	return h
}
