package methods

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kmeans"
	"github.com/wavekin/wavekin/nn"
)

// DeepCluster takes turns (Caron et al., 2018): it clusters the encodings of all samples, and learns to tell the clusters
// apart, as if they were classes, with a last layer that is drawn anew each time.
type DeepCluster struct {
	// Clusters is their number; 0 means a quarter of the samples, at least 8 and at most 512.
	Clusters int `json:"clusters,omitempty" toml:"clusters"`
	// Components is how many principal components are clustered; 0 means a tenth of the samples, at least 2 and at most 256:
	// whitened noise would hide the clusters of a small set.
	Components int `json:"components,omitempty" toml:"components"`
	// Rounds is how often k-means moves its centroids; 0 means 20.
	Rounds int `json:"rounds,omitempty" toml:"rounds"`
	// Reassign is the number of epochs between two clusterings; 0 means 1, negative as many as hold 100 steps.
	Reassign int `json:"reassign,omitempty" toml:"reassign"`
	// TopRate multiplies the learning rate of the last layer; 0 means 1. Runs of a few hundred steps do well with 10, since the layer has
	// to catch up each time.
	TopRate float64 `json:"top_rate,omitempty" toml:"top_rate"`
	// Norm stands before the last layer, without scale and shift: "batch", or none, which is the default. Encodings differ in scale from
	// encoder to encoder, and a layer that is drawn small sees them standardised then.
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "deepcluster".
func (DeepCluster) Name() string { return "deepcluster" }

// Needs returns one view.
func (DeepCluster) Needs() Needs { return Needs{Views: []View{{}}} }

// Preset is the default training; the rate is constant as in the authors' code.
func (DeepCluster) Preset() Preset {
	return Preset{Batch: 32, LR: 3e-3, ConstantLR: true, Views: augment.Default()}
}

// New declares the last layer and the assignments.
func (m DeepCluster) New(s Setup) (Objective, error) {
	n, d := len(s.Samples), s.Net.Dim()
	m.Clusters, m.Rounds = cmp.Or(m.Clusters, clustersFor(n)), cmp.Or(m.Rounds, 20)
	m.Components = min(d, cmp.Or(m.Components, min(256, max(2, n/10))))
	if m.Reassign = cmp.Or(m.Reassign, 1); m.Reassign < 0 {
		per := epochSteps(s)
		m.Reassign = (99 + per) / per
	}
	switch {
	case m.Clusters < 2 || m.Clusters > n:
		return nil, fmt.Errorf("%d clusters of %d samples, want 2 to as many as samples", m.Clusters, n)
	case m.Components < 1 || m.Rounds < 1 || m.Reassign < 1:
		return nil, fmt.Errorf("%d components, %d rounds, reassign %d: want at least 1 of each", m.Components, m.Rounds, m.Reassign)
	}
	o := &deepCluster{net: s.Net, cfg: m, prefix: s.Weights.Name("top."), labels: newPseudo(s.Weights, n),
		means: kmeans.New(m.Components, m.Clusters, m.Rounds, false), ids: make([]int, n)}
	var err error
	if o.norm, err = nn.NewNorm(s.Weights, "norm", cmp.Or(m.Norm, "none"), d, nn.NoAffine); err != nil {
		return nil, err
	}
	w := s.Weights.Scope("top")
	o.top = &nn.LinearLayer{W: w.Param("weight", nn.Normal(0.01), m.Clusters, d), B: w.Param("bias", nn.Zeros, m.Clusters)}
	return o, nil
}

type deepCluster struct {
	net    encoders.Network
	norm   *nn.NormLayer
	top    *nn.LinearLayer
	cfg    DeepCluster
	labels *pseudo
	means  *kmeans.Means
	ids    []int
	prefix string
}

// Look builds the encodings that are clustered.
func (o *deepCluster) Look(x *nn.Node) *nn.Node { return o.net.Apply(x) }

// Survey clusters all samples, and draws the last layer anew.
func (o *deepCluster) Survey(epoch int, rng *rand.Rand, look func() ([]float32, error)) error {
	if epoch%o.cfg.Reassign != 0 {
		return nil
	}
	h, err := look()
	if err != nil {
		return err
	}
	x, err := whiten(h, o.net.Dim(), o.cfg.Components)
	if err != nil {
		return err
	}
	kmeans.Unit(x, o.cfg.Components)
	o.means.Run(x, o.ids, rng)
	o.labels.assign(o.ids)
	nn.Normal(0.01)(o.top.W.Data, rng)
	clear(o.top.B.Data)
	return nil
}

// Draw shows every cluster about as often as any other: each gives an equal share of its samples, drawn with replacement where it has no
// more than these.
func (o *deepCluster) Draw(order []int, rng *rand.Rand) {
	members := make([][]int, o.cfg.Clusters)
	used := 0
	for i, c := range o.labels.ids.Data {
		if c < 0 {
			continue
		}
		if members[int(c)] = append(members[int(c)], i); len(members[int(c)]) == 1 {
			used++
		}
	}
	share := len(order)/max(1, used) + 1
	var all []int
	for _, m := range members {
		if len(m) > share {
			for _, at := range rng.Perm(len(m))[:share] {
				all = append(all, m[at])
			}
			continue
		}
		for i := 0; i < share && len(m) > 0; i++ {
			all = append(all, m[rng.IntN(len(m))])
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	copy(order, all)
}

func (o *deepCluster) Build(b Batch) Loss {
	x := b.Views[0]
	g := x.Graph()
	labels := make([]float32, x.Dim(0))
	h := o.net.Apply(x)
	return Loss{
		Value:      nn.CrossEntropy(o.top.Apply(o.norm.Apply(h)), g.Const(labels, len(labels))),
		Embeddings: nn.Normalize(nn.StopGradient(h)),
		Measures:   o.labels.measures(g),
		Before:     func(s Step) { o.labels.of(s.Samples, labels) },
	}
}

// Groups trains the last layer as the authors' second optimiser does: with decay, without momentum, and anew when it is drawn anew.
func (o *deepCluster) Groups() []Group {
	return []Group{{Prefix: o.prefix, Rate: cmp.Or(o.cfg.TopRate, 1), Momentum: -1, Fresh: o.cfg.Reassign}}
}

// Uniform is log K.
func (o *deepCluster) Uniform(int) float64 { return math.Log(float64(o.cfg.Clusters)) }

// Diagnose warns of clusters that hold nearly everything, and of assignments that do not settle.
func (o *deepCluster) Diagnose(measures map[string]float64) []string {
	return diagnoseClusters(measures, o.cfg.Clusters)
}
