package encoders

import (
	"cmp"
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
	c.Width, c.Depth, c.Out, c.Kernel = cmp.Or(c.Width, 64), cmp.Or(c.Depth, 6), cmp.Or(c.Out, 320), cmp.Or(c.Kernel, 3)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 14},
		bound{"depth", c.Depth, 1, 24}, bound{"out", c.Out, 1, 1 << 16}, bound{"kernel", c.Kernel, 1, 129}); err != nil {
		return nil, err
	}
	if c.Dropout < 0 || c.Dropout >= 1 {
		return nil, fmt.Errorf("dropout is %g, want 0 <= dropout < 1", c.Dropout)
	}
	if c.Pool != "" && c.Pool != "max" && c.Pool != "mean" {
		return nil, fmt.Errorf("pool is %q, want max or mean", c.Pool)
	}
	n := &convNet{cfg: c, in: nn.NewConv1D(w, "input", channels, c.Width, 1, nn.ConvConfig{}, true)}
	from := c.Width
	for i := range c.Depth + 1 {
		to := c.Width
		if i == c.Depth {
			to = c.Out
		}
		conf := nn.ConvConfig{Dilation: 1 << i}
		if c.Causal {
			conf.Padding = nn.Causal
		}
		n.blocks = append(n.blocks, nn.NewConvBlock(w.Scope(fmt.Sprintf("block%d", i)), from, to, c.Kernel, conf))
		from = to
	}
	return n, nil
}

type convNet struct {
	cfg    Conv
	in     *nn.ConvLayer
	blocks []*nn.ConvBlock
}

func (n *convNet) Dim() int { return n.cfg.Out }

// Stride is 1.
func (n *convNet) Stride() int { return 1 }

// Steps maps x [N, C, T] to an encoding of every time stamp, [N, Dim, T].
func (n *convNet) Steps(x *nn.Node) *nn.Node { return n.MaskedSteps(x, 0) }

// MaskedSteps hides time stamps after the linear map of the channels.
func (n *convNet) MaskedSteps(x *nn.Node, p float64) *nn.Node {
	return nn.InChunks(x, func(x *nn.Node) *nn.Node {
		h := nn.HideSteps(n.in.Apply(x), p)
		for _, b := range n.blocks {
			h = nn.Segment(h, b.Apply)
		}
		return nn.Dropout(h, n.cfg.Dropout)
	})
}

func (n *convNet) Apply(x *nn.Node) *nn.Node {
	pool := nn.GlobalMax
	if n.cfg.Pool == "mean" {
		pool = nn.GlobalMean
	}
	return pooled(x, n, pool)
}

// pooled is what pool makes of the steps of a network, chunk by chunk.
func pooled(x *nn.Node, n Sequencer, pool func(h *nn.Node) *nn.Node) *nn.Node {
	return nn.InChunks(x, func(x *nn.Node) *nn.Node { return pool(n.Steps(x)) })
}
