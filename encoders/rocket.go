package encoders

import (
	"cmp"
	"github.com/wavekin/wavekin/nn"
)

// Rocket is a network of fixed kernels in which nothing is trained: for 84 kernels of nine taps at dilations spread
// exponentially up to the window, on the values and on their first differences, the share of the time stamps at which the
// response is above a bias, as in MiniRocket (Dempster et al., 2021). Biases are quantiles of the responses of samples, and
// features are standardised by samples: see [FitSamples]. It takes series of any length; those that are not as long as the
// samples keep the samples' dilations. Of several channels, groups of twelve kernels look at sums of some, as in MiniRocket's
// form for several: see [nn.KernelShares].
type Rocket struct {
	// Features is how many features a kernel has on the values, and as many on the differences: one for each dilation, more where
	// a short window has fewer dilations than that; 0 means 24, which makes 4,032 features.
	Features int `json:"features,omitempty" toml:"features"`
	// Out is the length of the encoding, to which a fixed projection, drawn at random, reduces the features; 0 means all of
	// them as they are, which tells classes apart better.
	Out int `json:"out,omitempty" toml:"out"`
	// ValuesOnly leaves the differences out.
	ValuesOnly bool `json:"values_only,omitempty" toml:"values_only"`
	// Samples is how many samples of the training part it is fitted to at most; 0 means 512.
	Samples int `json:"samples,omitempty" toml:"samples"`
}

// Name returns "rocket".
func (Rocket) Name() string { return "rocket" }

// FitSamples is how many samples the network wants to be fitted to.
func (c Rocket) FitSamples() int { return cmp.Or(c.Samples, 512) }

// Narrow divides the number of features, and the length of the encoding where it was set, by n.
func (c Rocket) Narrow(n int) Encoder {
	c.Features = max(1, cmp.Or(c.Features, 24)/n)
	if c.Out > 0 {
		c.Out = min(c.Out, max(8, (c.Out/n+7)/8*8))
	}
	return c
}

// New declares the buffers.
func (c Rocket) New(w *nn.Weights, channels int) (Network, error) {
	c.Features, c.Samples = cmp.Or(c.Features, 24), cmp.Or(c.Samples, 512)
	if err := within(bound{"channels", channels, 1, 1 << 16}, bound{"features", c.Features, 1, 1 << 10},
		bound{"out", c.Out, 0, 1 << 16}, bound{"samples", c.Samples, 2, 1 << 16}); err != nil {
		return nil, err
	}
	shares := nn.NewKernelShares(w, "kernels", channels, c.Features, !c.ValuesOnly)
	return &rocket{shares, nn.NewSketch(w, "sketch", shares.Dim(), c.Out)}, nil
}

type rocket struct {
	shares *nn.KernelShares
	sketch *nn.Sketch
}

func (n *rocket) Dim() int { return n.sketch.Dim() }

func (n *rocket) Apply(x *nn.Node) *nn.Node { return n.sketch.Apply(n.shares.Apply(x)) }
