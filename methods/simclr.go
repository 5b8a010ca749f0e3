package methods

import (
	"cmp"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// SimCLR contrasts the two views of a sample with all others of the batch (Chen
// et al., 2020): the loss is NT-Xent, eq. 1, over the 2N ordered pairs.
type SimCLR struct {
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Hidden is the width of the projection head's inner layers; 0 means 256.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	// Out is the length of the projection; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Layers is the depth of the projection head; 0 means 2.
	Layers int `json:"layers,omitempty" toml:"layers"`
	// Norm stands in the projection head: "batch" (the default), "layer", "group", "group-ws", "actnorm" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
	// Shift gives the last normalisation a shift beside its scale, as programs before this setting did; that of the authors
	// has none.
	Shift bool `json:"shift,omitempty" toml:"shift"`
}

// Name returns "simclr".
func (SimCLR) Name() string { return "simclr" }

// Needs returns two views.
func (SimCLR) Needs() Needs { return Needs{} }

// Head is the projector, see [Keeper].
func (m SimCLR) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: cmp.Or(m.Layers, 2), Norm: cmp.Or(m.Norm, "batch"), Last: scaleOr(m.Shift)}
}

// New declares the projection head.
func (m SimCLR) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	h, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	return &simclr{net: s.Net, head: h, tau: tau}, nil
}

type simclr struct {
	net  encoders.Network
	head *head
	tau  float32
}

func (o *simclr) Build(b Batch) Loss {
	z := nn.Normalize(o.head.apply(encodeTogether(o.net, b.Views...)))
	return Loss{Value: NTXent(z, o.tau), Embeddings: z}
}

// Uniform is log(2N-1).
func (o *simclr) Uniform(n int) float64 { return math.Log(float64(2*n - 1)) }
