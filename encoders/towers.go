package encoders

import (
	"cmp"
	"github.com/wavekin/wavekin/nn"
)

// Towers are two residual networks with stride side by side, one on the standardised window and one on its standardised
// differences, and the largest value and the mean of each feature over time. They see every channel by itself: their weights
// are the same for any number of channels. Level and scale of a window are no part of the encoding.
type Towers struct {
	// Width is the number of channels of a tower's first stage, which doubles with each; 0 means 24.
	Width int `json:"width,omitempty" toml:"width"`
	// Stages is how often the width doubles, plus one; 0 means 4.
	Stages int `json:"stages,omitempty" toml:"stages"`
	// Length is the number of time stamps that windows are resampled to; 0 leaves them as they are.
	Length int `json:"length,omitempty" toml:"length"`
	// Lengths is at how many lengths a window is looked at, each twice the one before and Length in their middle; 0 means 1.
	Lengths int `json:"lengths,omitempty" toml:"lengths"`
}

// Name returns "towers".
func (Towers) Name() string { return "towers" }

// Narrow makes the towers narrower.
func (c Towers) Narrow(n int) Encoder {
	c.Width = NarrowWidth(cmp.Or(c.Width, 24), n)
	return c
}

// New declares the weights.
func (c Towers) New(w *nn.Weights, channels int) (Network, error) {
	c.Width, c.Stages, c.Lengths = cmp.Or(c.Width, 24), cmp.Or(c.Stages, 4), cmp.Or(c.Lengths, 1)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"width", c.Width, 1, 1 << 12}, bound{"stages", c.Stages, 1, 6},
		bound{"length", c.Length, 0, 1 << 16}, bound{"lengths", c.Lengths, 1, 5}); err != nil {
		return nil, err
	}
	one := ResNet1D{Width: c.Width, Stages: c.Stages, Kernel: 9}
	level, err := one.New(w.Scope("level"), 1)
	if err != nil {
		return nil, err
	}
	change, err := one.New(w.Scope("change"), 1)
	if err != nil {
		return nil, err
	}
	return &towers{c, level.(Sequencer), change.(Sequencer), channels}, nil
}

type towers struct {
	Towers
	level, change Sequencer
	channels      int
}

// flatWindow is the variance that is added to that of a window.
const flatWindow = 1e-6

func (n *towers) Dim() int { return n.Lengths * 2 * (n.level.Dim() + n.change.Dim()) }

func (n *towers) Apply(x *nn.Node) *nn.Node { return nn.InChunks(x, n.apply) }

func (n *towers) apply(x *nn.Node) *nn.Node {
	samples, length := x.Dim(0), x.Dim(2)
	x = nn.Reshape(x, samples*n.channels, 1, length)
	var all []*nn.Node
	if at := cmp.Or(n.Length, length); n.Lengths == 1 {
		all = n.look(nn.Resample(x, at))
	} else {
		for k := range n.Lengths {
			all = append(all, n.look(nn.Resample(x, max(2, at<<k>>(n.Lengths/2))))...)
		}
	}
	h := nn.Concat(1, all...)
	if n.channels == 1 {
		return h
	}
	return nn.SignedSum(nn.Reshape(h, samples, n.channels, n.Dim()))
}

// look are the features of both towers at one length.
func (n *towers) look(x *nn.Node) []*nn.Node {
	t := x.Dim(2)
	d := x
	if t > 1 {
		d = nn.Sub(nn.Slice(x, 2, 1, t), nn.Slice(x, 2, 0, t-1))
	}
	var out []*nn.Node
	for _, at := range []struct {
		tower Sequencer
		x     *nn.Node
	}{{n.level, x}, {n.change, d}} {
		h := at.tower.Steps(nn.GroupNorm(at.x, nil, nil, 1, flatWindow))
		out = append(out, nn.GlobalMax(h), nn.GlobalMean(h))
	}
	return out
}
