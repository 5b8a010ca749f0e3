package methods

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/kmeans"
	"github.com/wavekin/wavekin/nn"
)

// DeepClusterV2 is DeepCluster as Caron et al. (2020, section 4 and appendix) made it comparable with SwAV: the embeddings
// of the last epoch are clustered, and every crop has to tell the cluster of its sample by its likeness to the centroids.
type DeepClusterV2 struct {
	MultiCrop
	// Clusters is their number for each head; 0 means a quarter of the samples, at least 8 and at most 512.
	Clusters int `json:"clusters,omitempty" toml:"clusters"`
	// Heads is how many clusterings there are, by turns of the embeddings of either long crop; 0 means 3.
	Heads int `json:"heads,omitempty" toml:"heads"`
	// Temperature divides the similarities to the centroids; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Rounds is how often k-means moves its centroids; 0 means 10.
	Rounds int `json:"rounds,omitempty" toml:"rounds"`
	// Hidden and Out are the widths of the projector; 0 means 256 and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the projector: "batch" (the default), "layer", "group" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "deepcluster-v2".
func (DeepClusterV2) Name() string { return "deepcluster-v2" }

// Needs returns the long crops and then the short ones.
func (m DeepClusterV2) Needs() Needs { return Needs{Views: m.views(deepClusterV2Short)} }

// Preset trains with milder views, since the crops are cut by the method.
func (DeepClusterV2) Preset() Preset { return cropPreset() }

// Head is the projector, see [Keeper].
func (m DeepClusterV2) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: cmp.Or(m.Norm, "batch"), Bias: true}
}

// New declares projector, centroids and the memory of embeddings.
func (m DeepClusterV2) New(s Setup) (Objective, error) {
	crops, err := m.check(deepClusterV2Short)
	if err != nil {
		return nil, err
	}
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	n := len(s.Samples)
	m.Clusters, m.Heads, m.Rounds = cmp.Or(m.Clusters, clustersFor(n)), cmp.Or(m.Heads, 3), cmp.Or(m.Rounds, 10)
	m.Out = cmp.Or(m.Out, 128)
	switch {
	case m.Clusters < 2 || m.Clusters > n:
		return nil, fmt.Errorf("%d clusters of %d samples, want 2 to as many as samples", m.Clusters, n)
	case m.Heads < 1 || m.Heads > 64 || m.Rounds < 1:
		return nil, fmt.Errorf("%d heads and %d rounds, want 1 to 64 heads and at least 1 round", m.Heads, m.Rounds)
	}
	o := &deepClusterV2{net: s.Net, cfg: m, crops: crops, tau: tau, seen: s.Weights.Buffer("seen", 0, n), ids: make([]int, n)}
	if o.projector, err = newProjector(m, s); err != nil {
		return nil, err
	}
	for i := range crops.Long {
		o.banks = append(o.banks, s.Weights.Buffer(fmt.Sprintf("bank%d", i), 0, n, m.Out))
	}
	for i := range m.Heads {
		w := s.Weights.Frozen().Scope(fmt.Sprintf("head%d", i))
		o.centroids = append(o.centroids, w.Param("centroids", randomUnits(m.Out), m.Clusters, m.Out))
		o.labels = append(o.labels, newPseudo(w, n))
	}
	return o, nil
}

type deepClusterV2 struct {
	net       encoders.Network
	projector *head
	centroids []*nn.Param // by head; frozen
	labels    []*pseudo   // by head
	banks     []*nn.Param // by long crop: the embedding of each sample, when it was last seen
	seen      *nn.Param   // whether a sample came in the epoch before
	cfg       DeepClusterV2
	crops     MultiCrop
	tau       float32
	rows      []float32
	at, ids   []int
}

// Previews is the number of long crops: the memory of each starts from crops of its own, as a step shows them.
func (o *deepClusterV2) Previews() int { return o.crops.Long }

// Look builds the embeddings that the memory starts from.
func (o *deepClusterV2) Look(x *nn.Node) *nn.Node {
	return nn.Normalize(o.projector.apply(o.net.Apply(x)))
}

// Survey clusters the embeddings that the epoch before left, once for each head; samples it did not show have no cluster.
func (o *deepClusterV2) Survey(epoch int, rng *rand.Rand, look func() ([]float32, error)) error {
	if epoch == 0 {
		z, err := look()
		if err != nil {
			return err
		}
		for i, b := range o.banks {
			copy(b.Data, z[i*len(b.Data):])
		}
		// Unit vectors; zero is what the epoch leaves out.
		for i, d := 0, o.cfg.Out; i < len(o.seen.Data); i++ {
			if kernel.SumSquares(z[i*d:(i+1)*d]) > 0 {
				o.seen.Data[i] = 1
			}
		}
	}
	for h := range o.labels {
		o.cluster(h, rng)
	}
	clear(o.seen.Data)
	return nil
}

func (o *deepClusterV2) cluster(h int, rng *rand.Rand) {
	d, bank := o.cfg.Out, o.banks[h%len(o.banks)].Data
	o.rows, o.at = o.rows[:0], o.at[:0]
	for i, seen := range o.seen.Data {
		if seen > 0 {
			o.rows, o.at = append(o.rows, bank[i*d:(i+1)*d]...), append(o.at, i)
		}
	}
	means := kmeans.New(d, min(o.cfg.Clusters, len(o.at)), o.cfg.Rounds, true)
	found := o.ids[:len(o.at)]
	means.Run(o.rows, found, rng)
	copy(o.centroids[h].Data, means.Centroids())
	// From the last on, so that no entry is overwritten before it is read.
	next := len(o.at) - 1
	for i := len(o.ids) - 1; i >= 0; i-- {
		if next >= 0 && o.at[next] == i {
			o.ids[i] = found[next]
			next--
		} else {
			o.ids[i] = -1
		}
	}
	o.labels[h].assign(o.ids)
}

func (o *deepClusterV2) Build(b Batch) Loss {
	g := b.Views[0].Graph()
	n, views := b.Views[0].Dim(0), len(b.Views)
	z := nn.Normalize(o.projector.apply(embedCrops(o.net, b.Views)))
	loss := Loss{Embeddings: nn.StopGradient(nn.Slice(z, 0, 0, o.crops.Long*n)), Measures: o.labels[0].measures(g)}
	labels := make([][]float32, len(o.labels))
	var value *nn.Node
	for h, c := range o.centroids {
		labels[h] = make([]float32, n*views)
		logits := nn.Scale(nn.MatMul(z, g.Param(c), false, true), 1/o.tau)
		one := nn.CrossEntropy(logits, g.Const(labels[h], n*views))
		if value == nil {
			value = one
		} else {
			value = nn.Add(value, one)
		}
	}
	loss.Value = nn.Scale(value, 1/float32(len(labels)))
	for i := range o.banks {
		loss.Keep = append(loss.Keep, nn.Slice(z, 0, i*n, (i+1)*n))
	}
	loss.Before = func(s Step) {
		for h, p := range o.labels {
			for v := range views {
				p.of(s.Samples, labels[h][v*n:(v+1)*n])
			}
		}
	}
	loss.After = func(s Step, z [][]float32) {
		for i, bank := range o.banks {
			for k, at := range s.Samples {
				copy(bank.Data[at*o.cfg.Out:], z[i][k*o.cfg.Out:(k+1)*o.cfg.Out])
			}
		}
		for _, at := range s.Samples {
			o.seen.Data[at] = 1
		}
	}
	return loss
}

// Uniform is log K.
func (o *deepClusterV2) Uniform(int) float64 { return math.Log(float64(o.cfg.Clusters)) }

// Diagnose warns of clusters that hold nearly everything, and of assignments that do not settle.
func (o *deepClusterV2) Diagnose(measures map[string]float64) []string {
	return diagnoseClusters(measures, o.cfg.Clusters)
}
