package encoders

import (
	"fmt"

	"github.com/wavekin/wavekin/nn"
)

// Conv is the dilated residual network of TS2Vec (Yue et al., 2022): a linear map
// of the channels, blocks of two convolutions with dilation 2^i, a last block to
// Out channels, and the maximum over time. It keeps the length inside and so
// takes series of any length.
type Conv struct {
	// Width is the number of channels inside; 0 means 64.
	Width int `json:"width,omitempty" toml:"width"`
	// Depth is the number of blocks before the last; 0 means 6.
	Depth int `json:"depth,omitempty" toml:"depth"`
	// Out is the length of the encoding; 0 means 320.
	Out int `json:"out,omitempty" toml:"out"`
	// Kernel is the number of taps; 0 means 3.
	Kernel int `json:"kernel,omitempty" toml:"kernel"`
	// Dropout is the probability of zeroing an output channel's value before pooling; default 0.
	Dropout float64 `json:"dropout,omitempty" toml:"dropout"`
	// Causal makes every output depend on the past only.
	Causal bool `json:"causal,omitempty" toml:"causal"`
	// Pool is how time is summarised, "max" (the default) or "mean".
	Pool string `json:"pool,omitempty" toml:"pool"`
}

// Name returns "conv".
func (Conv) Name() string { return "conv" }

// New declares the weights.
func (c Conv) New(w *nn.Weights, channels int) (Network, error) {
	c.Width, c.Depth, c.Out, c.Kernel = or(c.Width, 64), or(c.Depth, 6), or(c.Out, 320), or(c.Kernel, 3)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 14},
		bound{"depth", c.Depth, 1, 24}, bound{"out", c.Out, 1, 1 << 16}, bound{"kernel", c.Kernel, 1, 129}); err != nil {
		return nil, err
	}
	if c.Dropout < 0 || c.Dropout >= 1 {
		return nil, fmt.Errorf("encoders: dropout is %g, want 0 <= dropout < 1", c.Dropout)
	}
	if c.Pool != "" && c.Pool != "max" && c.Pool != "mean" {
		return nil, fmt.Errorf("encoders: pool is %q, want max or mean", c.Pool)
	}
	n := &convNet{cfg: c, in: nn.NewConv1D(w, "input", channels, c.Width, 1, nn.ConvConfig{}, true)}
	from := c.Width
	for i := range c.Depth + 1 {
		to := c.Width
		if i == c.Depth {
			to = c.Out
		}
		n.blocks = append(n.blocks, newConvBlock(w.Scope(fmt.Sprintf("block%d", i)), c, from, to, 1<<i))
		from = to
	}
	return n, nil
}

type convNet struct {
	cfg    Conv
	in     *nn.ConvLayer
	blocks []convBlock
}

// convBlock is GELU, convolution, GELU, convolution, and a residual path, with a
// projection where the width changes.
type convBlock struct{ first, second, shortcut *nn.ConvLayer }

func newConvBlock(w *nn.Weights, c Conv, from, to, dilation int) convBlock {
	conf := nn.ConvConfig{Dilation: dilation}
	if c.Causal {
		conf.Padding = nn.Causal
	}
	b := convBlock{
		first:  nn.NewConv1D(w, "conv1", from, to, c.Kernel, conf, true),
		second: nn.NewConv1D(w, "conv2", to, to, c.Kernel, conf, true),
	}
	if from != to {
		b.shortcut = nn.NewConv1D(w, "shortcut", from, to, 1, nn.ConvConfig{}, true)
	}
	return b
}

func (b convBlock) apply(x *nn.Node) *nn.Node {
	y := b.second.Apply(nn.GELU(b.first.Apply(nn.GELU(x))))
	if b.shortcut != nil {
		x = b.shortcut.Apply(x)
	}
	return nn.Add(y, x)
}

func (n *convNet) Dim() int { return n.cfg.Out }

// Steps maps x [N, C, T] to an encoding of every time stamp, [N, Dim, T].
func (n *convNet) Steps(x *nn.Node) *nn.Node {
	h := n.in.Apply(x)
	for _, b := range n.blocks {
		h = b.apply(h)
	}
	return nn.Dropout(h, n.cfg.Dropout)
}

func (n *convNet) Apply(x *nn.Node) *nn.Node {
	h := n.Steps(x)
	if n.cfg.Pool == "mean" {
		return nn.GlobalMean(h)
	}
	return nn.GlobalMax(h)
}
