package encoders

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// Strided is the encoder of contrastive predictive coding (van den Oord et al., 2018, section 3.1): causal convolutions
// with stride and ReLU, no normalisation, and the mean over time. The kernels are twice as long as the strides, as in the
// published one, whose strides multiply to 160 samples of sound ([Audio]); here they do to 2^Depth time stamps.
type Strided struct {
	// Width is the number of channels inside; 0 means 64.
	Width int `json:"width,omitempty" toml:"width"`
	// Depth is the number of convolutions, each of stride 2 and with 4 taps; 0 means 2.
	Depth int `json:"depth,omitempty" toml:"depth"`
	// Out is the length of the encoding; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
}

// Name returns "strided".
func (Strided) Name() string { return "strided" }

// New declares the weights.
func (c Strided) New(w *nn.Weights, channels int) (Network, error) {
	c.Width, c.Depth, c.Out = cmp.Or(c.Width, 64), cmp.Or(c.Depth, 2), cmp.Or(c.Out, 128)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 14},
		bound{"depth", c.Depth, 1, 16}, bound{"out", c.Out, 1, 1 << 16}); err != nil {
		return nil, err
	}
	n := &strided{cfg: c}
	from := channels
	for i := range c.Depth {
		n.layers = append(n.layers, nn.NewConv1D(w, fmt.Sprintf("layer%d", i), from, c.Width, 4, nn.ConvConfig{Stride: 2, Padding: nn.Causal}, true))
		from = c.Width
	}
	n.out = nn.NewConv1D(w, "out", from, c.Out, 1, nn.ConvConfig{}, true)
	return n, nil
}

type strided struct {
	cfg    Strided
	layers []*nn.ConvLayer
	out    *nn.ConvLayer
}

func (n *strided) Dim() int { return n.cfg.Out }

// Stride is 2^Depth.
func (n *strided) Stride() int { return 1 << n.cfg.Depth }

// Span is 3·2^Depth - 2: each layer sees three steps of its input before the present one.
func (n *strided) Span() int { return 3<<n.cfg.Depth - 2 }

// Steps maps x [N, C, T] to [N, Dim, T']; a step sees the Span time stamps that end with its own.
func (n *strided) Steps(x *nn.Node) *nn.Node { return n.MaskedSteps(x, 0) }

// MaskedSteps hides steps after the first convolution.
func (n *strided) MaskedSteps(x *nn.Node, p float64) *nn.Node {
	return nn.InChunks(x, func(x *nn.Node) *nn.Node { return n.out.Apply(rectified(n.layers, x, p)) })
}

func (n *strided) Apply(x *nn.Node) *nn.Node { return pooled(x, n, nn.GlobalMean) }

// rectified is x after convolutions with a ReLU after each; steps are hidden with probability p after the first.
func rectified(layers []*nn.ConvLayer, x *nn.Node, p float64) *nn.Node {
	for i, l := range layers {
		x = nn.Segment(x, func(x *nn.Node) *nn.Node { return nn.ReLU(l.Apply(x)) })
		if i == 0 {
			x = nn.HideSteps(x, p)
		}
	}
	return x
}
