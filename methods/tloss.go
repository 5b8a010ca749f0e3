package methods

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// TLoss is the triplet loss in time (Franceschi et al., 2019, eq. 1): a stretch of a window is to be like a part of itself, and
// unlike stretches of other samples, by the logistic function of inner products of encodings. Lengths are drawn anew in each
// step, so that the encoder learns from stretches of any length. It needs no augmentations and no projector.
type TLoss struct {
	// Negatives is how many stretches of other samples there are for each sample, drawn with replacement from the batch; 0
	// means 10.
	Negatives int `json:"negatives,omitempty" toml:"negatives"`
	// Penalty multiplies the mean over the negatives; 0 means 1, as in the authors' code. The paper's sum is Penalty =
	// Negatives.
	Penalty float64 `json:"penalty,omitempty" toml:"penalty"`
	// Crops is how many lengths there are to choose from in each step; where a stretch lies is free. Each costs the building of
	// a program. 0 means 12, up to 256.
	Crops int `json:"crops,omitempty" toml:"crops"`
}

// Name returns "t-loss".
func (TLoss) Name() string { return "t-loss" }

// mostStretches bounds the negatives of a sample.
const mostStretches = 256

// Needs returns the anchor, its part and the negatives, which the objective cuts.
func (m TLoss) Needs() Needs {
	return Needs{Views: make([]View, 2+min(max(0, cmp.Or(m.Negatives, 10)), mostStretches)), Sequences: true}
}

// Preset is the authors' run: batches of 10, a rate of 0.001, no decay, and nothing done to the stretches.
func (TLoss) Preset() Preset {
	return Preset{Batch: 10, LR: 1e-3, Decay: -1, Views: augment.Spec{First: augment.Pipeline{augment.Identity{}}}}
}

// New draws the lengths to choose from.
func (m TLoss) New(s Setup) (Objective, error) {
	if err := s.sequencesOnly("t-loss"); err != nil {
		return nil, err
	}
	m.Negatives, m.Penalty, m.Crops = cmp.Or(m.Negatives, 10), cmp.Or(m.Penalty, 1), cmp.Or(m.Crops, 12)
	if m.Negatives < 1 || m.Negatives > mostStretches || !(m.Penalty > 0) || math.IsInf(m.Penalty, 0) || m.Crops < 1 || m.Crops > 256 {
		return nil, fmt.Errorf("t-loss with %d negatives, a penalty of %g and %d crops: want 1 to %d, above 0, and 1 to 256", m.Negatives, m.Penalty, m.Crops, mostStretches)
	}
	o := &tLoss{net: s.Net, cfg: m, length: s.Length, least: 1}
	if n, ok := s.Net.(encoders.Sequencer); ok {
		o.least = min(n.Stride(), s.Length)
	}
	o.crops = s.Weights.Frozen().Param("crops", o.draw, m.Crops, 2+m.Negatives, 2)
	return o, nil
}

type tLoss struct {
	net           encoders.Network
	cfg           TLoss
	length, least int       // of a window, and of the shortest stretch that the encoder takes
	crops         *nn.Param // [crops, 2+negatives, 2]: where the stretches of a choice begin and end
}

// draw fills the table as algorithm 1 of the paper: the length of the part, then that of the anchor, at least as long. The
// length of the part of the i-th of n choices is drawn from the i-th of n equal ranges. The anchor begins at 0, since the
// trainer moves all stretches of a sample by an offset of its own; what serves as a negative of others lies in it.
func (o *tLoss) draw(table []float32, rng *rand.Rand) {
	views := 2 + o.cfg.Negatives
	n := len(table) / views / 2
	for i := range n {
		part := o.least + int((float64(i)+rng.Float64())/float64(n)*float64(o.length-o.least+1))
		part = min(part, o.length)
		anchor := part + rng.IntN(o.length-part+1)
		for v := range views {
			from, to := 0, anchor
			if v > 0 {
				from = rng.IntN(anchor - part + 1)
				to = from + part
			}
			table[2*(i*views+v)], table[2*(i*views+v)+1] = float32(from), float32(to)
		}
	}
}

// Crops chooses from the table.
func (o *tLoss) Crops(rng *rand.Rand, length int) []Span {
	views := 2 + o.cfg.Negatives
	row := o.crops.Data[2*views*rng.IntN(o.cfg.Crops):]
	spans := make([]Span, views)
	for v := range spans {
		spans[v] = Span{min(int(row[2*v]), length-1), min(int(row[2*v+1]), length)}
	}
	return spans
}

// Build encodes the anchors, and all other stretches, which are of one length, as one batch.
func (o *tLoss) Build(b Batch) Loss {
	n, k := b.Views[0].Dim(0), o.cfg.Negatives
	anchor := o.net.Apply(b.Views[0])
	rest := encodeTogether(o.net, b.Views[1:]...)
	part := nn.Slice(rest, 0, 0, n)
	pick := make([]float32, n*k)
	negatives := nn.Take(nn.Slice(rest, 0, n, n*(1+k)), anchor.Graph().Const(pick, n*k))
	loss := logistic(dots(anchor, part), true)
	var away *nn.Node
	for i := range k {
		away = plus(away, logistic(dots(anchor, nn.Slice(negatives, 0, i*n, (i+1)*n)), false))
	}
	return Loss{
		Value:      nn.Add(loss, nn.Scale(away, float32(o.cfg.Penalty)/float32(k))),
		Embeddings: unitViews([]*nn.Node{anchor, part}),
		// The i-th negative of a sample is the i-th of any sample of the batch, which may be its own, as in the authors' code.
		Before: func(s Step) {
			for i := range pick {
				pick[i] = float32(i/n*n + s.RNG.IntN(n))
			}
		},
	}
}

// Uniform is the least loss of encodings that are all the same: log(1+p) + p·log((1+p)/p) with the penalty p, 2 log 2 for 1.
func (o *tLoss) Uniform(int) float64 {
	p := o.cfg.Penalty
	return math.Log(1+p) + p*math.Log((1+p)/p)
}

// dots are the inner products of the rows of a and b [N, D], [N].
func dots(a, b *nn.Node) *nn.Node { return nn.SumLast(nn.Mul(a, b)) }

// logistic is the mean of -log σ(x), or of -log σ(-x) where x [N] should be low.
func logistic(x *nn.Node, high bool) *nn.Node {
	if high {
		x = nn.Scale(x, -1)
	}
	n := x.Dim(0)
	pair := nn.Concat(1, nn.Reshape(x, n, 1), x.Graph().Const(make([]float32, n), n, 1))
	return nn.Mean(nn.LogSumExp(pair))
}
