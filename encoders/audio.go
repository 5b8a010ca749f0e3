package encoders

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// Audio is the encoder of contrastive predictive coding for sound (van den Oord et al., 2018, section 3.1): five causal convolutions
// with strides 5, 4, 2, 2 and 2, kernels of twice as many taps, and ReLU. A step stands for 160 time stamps, a hundredth of a
// second at 16 kHz. There is no normalisation; the encoding is the mean over the steps.
type Audio struct {
	// Width is the number of channels, and the length of the encoding; 0 means 512.
	Width int `json:"width,omitempty" toml:"width"`
}

// audioStrides are those of the paper; their kernels have 10, 8, 4, 4 and 4 taps.
var audioStrides = [...]int{5, 4, 2, 2, 2}

// Name returns "audio".
func (Audio) Name() string { return "audio" }

// New declares the weights.
func (c Audio) New(w *nn.Weights, channels int) (Network, error) {
	c.Width = cmp.Or(c.Width, 512)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 14}); err != nil {
		return nil, err
	}
	n := &audio{width: c.Width}
	from := channels
	for i, stride := range audioStrides {
		n.layers = append(n.layers, nn.NewConv1D(w, fmt.Sprintf("layer%d", i), from, c.Width, 2*stride, nn.ConvConfig{Stride: stride, Padding: nn.Causal}, true))
		from = c.Width
	}
	return n, nil
}

// Narrow divides the width by √n.
func (c Audio) Narrow(n int) Encoder {
	c.Width = NarrowWidth(cmp.Or(c.Width, 512), n)
	return c
}

type audio struct {
	width  int
	layers []*nn.ConvLayer
}

func (n *audio) Dim() int { return n.width }

// Stride is 160.
func (n *audio) Stride() int {
	all := 1
	for _, s := range audioStrides {
		all *= s
	}
	return all
}

// Span is 465: a layer sees 2s steps of its input, which are so many time stamps apart as the strides below multiply to.
func (n *audio) Span() int {
	span, apart := 1, 1
	for _, s := range audioStrides {
		span += (2*s - 1) * apart
		apart *= s
	}
	return span
}

// Steps maps x [N, C, T] to [N, Dim, T/160], rounded up; a step sees the Span time stamps that end with its own.
func (n *audio) Steps(x *nn.Node) *nn.Node { return n.MaskedSteps(x, 0) }

// MaskedSteps hides steps after the first convolution.
func (n *audio) MaskedSteps(x *nn.Node, p float64) *nn.Node {
	return nn.InChunks(x, func(x *nn.Node) *nn.Node { return rectified(n.layers, x, p) })
}

func (n *audio) Apply(x *nn.Node) *nn.Node { return pooled(x, n, nn.GlobalMean) }
