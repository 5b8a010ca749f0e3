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
	// Norm stands between the layers: "batch", "layer", "group" or "none".
	Norm string
	// Last puts a normalisation without activation behind the last layer as well: "affine", with scale and shift, or
	// "plain", without; empty means none.
	Last string
	// Bias gives the linear layers a bias, and BiasOut only the last one.
	Bias, BiasOut bool
}

// head is a Head with its weights.
type head struct {
	linear []*nn.LinearLayer
	norm   []*nn.NormLayer
}

func newHead(w *nn.Weights, in int, c Head) (*head, error) {
	if c.Hidden < 1 || c.Out < 1 || c.Layers < 1 || c.Layers > 8 {
		return nil, fmt.Errorf("methods: head of %d layers, %d wide, %d out: want at least 1 and at most 8 layers", c.Layers, c.Hidden, c.Out)
	}
	h := &head{}
	for i := range c.Layers {
		to, last := c.Hidden, i == c.Layers-1
		if last {
			to = c.Out
		}
		h.linear = append(h.linear, nn.NewLinear(w, fmt.Sprintf("linear%d", i), in, to, c.Bias || (last && c.BiasOut)))
		var norm *nn.NormLayer
		if !last || c.Last != "" {
			var err error
			if norm, err = newNorm(w, fmt.Sprintf("norm%d", i), c.Norm, to, !last || c.Last == "affine"); err != nil {
				return nil, err
			}
		}
		h.norm = append(h.norm, norm)
		in = to
	}
	return h, nil
}

// newNorm declares a normalisation of d features by its name, or returns nil for "none". Only batch normalisation can do
// without scale and shift.
func newNorm(w *nn.Weights, name, kind string, d int, affine bool) (*nn.NormLayer, error) {
	switch kind {
	case "batch":
		return nn.NewBatchNorm(w, name, d, affine), nil
	case "layer":
		return nn.NewLayerNorm(w, name, d), nil
	case "group":
		groups := 16
		for d%groups != 0 {
			groups /= 2
		}
		return nn.NewGroupNorm(w, name, d, groups), nil
	case "none":
		return nil, nil
	}
	return nil, fmt.Errorf("methods: norm is %q, want batch, layer, group or none", kind)
}

// apply maps h [N, in] to [N, Out].
func (p *head) apply(h *nn.Node) *nn.Node { return p.applyTo(h, len(p.linear)) }

// applyTo stops behind that many layers, their activation included.
func (p *head) applyTo(h *nn.Node, layers int) *nn.Node {
	for i, l := range p.linear[:layers] {
		h = l.Apply(h)
		if p.norm[i] != nil {
			h = p.norm[i].Apply(h)
		}
		if i < len(p.linear)-1 {
			h = nn.ReLU(h)
		}
	}
	return h
}
