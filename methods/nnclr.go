package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// NNCLR contrasts the prediction from one view with the nearest neighbour, in a queue of past projections, of the other
// view (Dwibedi et al., 2021, eq. 3 and 4): a positive that no augmentation makes. A projection of the sample itself, which a queue
// as long as a small set holds from the epoch before, is passed over; the published queue is far shorter than the set.
type NNCLR struct {
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Queue is the number of projections that are kept; 0 means as many as there are samples, at least two batches and at
	// most 1024.
	Queue int `json:"queue,omitempty" toml:"queue"`
	// Hidden and Out are the widths of the projector; 0 means 256 and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Predictor is the inner width of the predictor; 0 means twice Hidden.
	Predictor int `json:"predictor,omitempty" toml:"predictor"`
	// Norm stands in the heads: "batch" (the default), "layer", "group" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "nnclr".
func (NNCLR) Name() string { return "nnclr" }

// Needs returns two views.
func (NNCLR) Needs() Needs { return Needs{} }

// Preset is the trainer's own batch and rate.
func (NNCLR) Preset() Preset { return Preset{Batch: 32, LR: 1e-3} }

// Head is the projector, see [Keeper].
func (m NNCLR) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: 3, Norm: cmp.Or(m.Norm, "batch"), Last: "affine"}
}

// New declares projector, predictor and queue.
func (m NNCLR) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	m.Hidden, m.Out, m.Norm = cmp.Or(m.Hidden, 256), cmp.Or(m.Out, 128), cmp.Or(m.Norm, "batch")
	k := cmp.Or(m.Queue, max(2*s.Batch, min(1024, len(s.Samples))))
	if k < 1 || k > 1<<22 {
		return nil, fmt.Errorf("nnclr: queue of %d projections, want 1 to %d", k, 1<<22)
	}
	o := &nnclr{net: s.Net, tau: tau}
	if o.projector, err = newProjector(m, s); err != nil {
		return nil, err
	}
	if o.predictor, err = newHead(s.Weights.Scope("predictor"), m.Out, Head{Hidden: cmp.Or(m.Predictor, 2*m.Hidden), Out: m.Out, Layers: 2, Norm: m.Norm, BiasOut: true}); err != nil {
		return nil, err
	}
	o.queue, o.ids = newQueue(s.Weights, "queue", k, m.Out), s.Weights.Buffer("queue.ids", -1, k)
	return o, nil
}

type nnclr struct {
	net                  encoders.Network
	projector, predictor *head
	queue                *queue
	ids                  *nn.Param // the sample of each row of the queue, -1 where none is
	tau                  float32
}

func (o *nnclr) Build(b Batch) Loss {
	h := o.projector.apply(encodeTogether(o.net, b.Views...))
	z, p := nn.Normalize(h), nn.Normalize(o.predictor.apply(h))
	g := z.Graph()
	n := z.Dim(0) / 2
	own := make([]float32, 2*n)
	near := nearestRows(z, g.Param(o.queue.keys), g.Const(own, 2*n), g.Param(o.ids))
	half := func(x *nn.Node, i int) *nn.Node { return nn.Slice(x, 0, i*n, (i+1)*n) }
	loss := nn.Add(matching(half(near, 0), half(p, 1), o.tau), matching(half(near, 1), half(p, 0), o.tau))
	keys := nn.StopGradient(half(z, 0))
	return Loss{
		Value:      nn.Scale(loss, 0.5),
		Embeddings: z,
		Keep:       []*nn.Node{keys},
		Before: func(s Step) {
			for i := range own {
				own[i] = float32(s.Samples[i%n])
			}
		},
		// The projections of the first view go in after the lookup, or each would find itself.
		After: func(s Step, kept [][]float32) {
			for i, id := range s.Samples {
				o.ids.Data[(int(o.queue.state.Data[0])+i)%len(o.ids.Data)] = float32(id)
			}
			o.queue.push(kept[0])
		},
	}
}

// Uniform is log N.
func (o *nnclr) Uniform(n int) float64 { return math.Log(float64(n)) }

// nearestRows is, for each of the unit vectors z [M, D], the row of keys [K, D] with the largest cosine among those of other
// samples, as a constant: own [M] are the samples of z, and ids [K] those of the keys.
func nearestRows(z, keys, own, ids *nn.Node) *nn.Node {
	sims := nn.MatMul(nn.StopGradient(z), keys, false, true)
	k := keys.Dim(0)
	at := nn.Host("argmax", []int{z.Dim(0)}, func(in [][]float32, out []float32) {
		for i := range out {
			row, best := in[0][i*k:(i+1)*k], -1
			for j, v := range row {
				if in[2][j] != in[1][i] && (best < 0 || v > row[best]) {
					best = j
				}
			}
			out[i] = float32(max(0, best))
		}
	}, sims, own, ids)
	return nn.Take(keys, at)
}
