package methods

import (
	"cmp"
	"fmt"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// TS2Vec contrasts two overlapping crops of a window where they overlap, at every time stamp and at every scale (Yue et
// al., 2022): a step is to be told from the other steps of its sample and from the same step of the other samples. Part
// of the time stamps is hidden. It needs no augmentations. What is deployed is the average of the weights over all steps.
type TS2Vec struct {
	// Instance is the weight of telling samples apart, alpha in the released code; the rest is for telling steps apart.
	// 0 means 0.5, negative none.
	Instance float64 `json:"instance,omitempty" toml:"instance"`
	// Unit is the first level of the hierarchy at which steps are told apart, from 0; each level halves the resolution.
	Unit int `json:"unit,omitempty" toml:"unit"`
	// Mask is the probability with which a time stamp is hidden; 0 means 0.5, negative none.
	Mask float64 `json:"mask,omitempty" toml:"mask"`
	// Crops is how many lengths and overlaps of the crops there are to choose from in each step; where a crop lies is
	// free. Each costs the building of a program. 0 means 12, up to 256.
	Crops int `json:"crops,omitempty" toml:"crops"`
	// NoAverage deploys the last weights in place of their average. An encoder with batch normalisation, whose
	// statistics belong to the last weights, is never averaged.
	NoAverage bool `json:"no_average,omitempty" toml:"no_average"`
}

// Name returns "ts2vec".
func (TS2Vec) Name() string { return "ts2vec" }

// Needs returns two views, which the objective cuts.
func (TS2Vec) Needs() Needs { return Needs{Sequences: true} }

// Preset is the released training: AdamW with 0.001, small batches, and nothing done to the crops.
func (TS2Vec) Preset() Preset {
	return Preset{Batch: 8, LR: 1e-3, Decay: 1e-2, Views: augment.Spec{First: augment.Pipeline{augment.Identity{}}}}
}

// New draws the crops to choose from, and declares the average.
func (m TS2Vec) New(s Setup) (Objective, error) {
	if err := s.sequencesOnly("ts2vec"); err != nil {
		return nil, err
	}
	m.Instance, m.Mask, m.Crops = max(cmp.Or(m.Instance, 0.5), 0), max(cmp.Or(m.Mask, 0.5), 0), cmp.Or(m.Crops, 12)
	if !(m.Instance <= 1) || !(m.Mask < 1) {
		return nil, fmt.Errorf("ts2vec's weight of instances is %g and its mask %g, want at most 1 and below 1", m.Instance, m.Mask)
	}
	if m.Unit < 0 || m.Unit > 30 || m.Crops < 1 || m.Crops > 256 {
		return nil, fmt.Errorf("ts2vec's unit is %d with %d crops, want 0 to 30 and 1 to 256", m.Unit, m.Crops)
	}
	net, ok := s.Net.(encoders.Masker)
	if !ok {
		return nil, fmt.Errorf("ts2vec needs an encoder with an encoding for every step; %s has none", s.Encoder.Name())
	}
	o := &ts2vec{net: net, cfg: m, length: s.Length, stride: net.Stride(), conf: nn.Hierarchy{Instance: m.Instance, First: m.Unit}}
	o.crops = s.Weights.Frozen().Param("crops", o.draw, m.Crops, 4)
	if !m.NoAverage && !hasBatchStats(s.Weights) {
		var err error
		if _, o.average, err = slowEncoder(s, "average"); err != nil {
			return nil, err
		}
	}
	return o, nil
}

type ts2vec struct {
	net            encoders.Masker
	cfg            TS2Vec
	conf           nn.Hierarchy
	length, stride int
	crops          *nn.Param // [crops, 4]: where each of the two crops begins and ends, in steps of the encoder
	average        *teacher
}

// draw fills the table of crops. The overlap of the i-th of n is drawn from the i-th of n equal ranges of what is possible,
// the rest as in the released code: the overlap lies anywhere, and each crop reaches on at its own end as far as chance will.
func (o *ts2vec) draw(table []float32, rng *rand.Rand) {
	steps, n := o.steps(), len(table)/4
	least := min(steps, 1<<min(o.cfg.Unit+1, 20))
	for i := range n {
		overlap := least + int((float64(i)+rng.Float64())/float64(n)*float64(steps-least+1))
		overlap = min(overlap, steps)
		left := rng.IntN(steps - overlap + 1)
		right := left + overlap
		first, last := rng.IntN(left+1), right+rng.IntN(steps-right+1)
		// The trainer moves all by one offset, so that only the shape counts.
		for j, v := range []int{0, right - first, left - first, last - first} {
			table[4*i+j] = float32(v)
		}
	}
}

// steps is how many steps the encoder makes of a window.
func (o *ts2vec) steps() int { return max(1, o.length/o.stride) }

// Crops chooses from the table; the spans are of whole steps, unless the window is shorter than one.
func (o *ts2vec) Crops(rng *rand.Rand, length int) []Span {
	row := o.crops.Data[4*rng.IntN(o.cfg.Crops):]
	at := func(i int) int { return min(int(row[i])*o.stride, length) }
	return []Span{{at(0), at(1)}, {at(2), at(3)}}
}

// Build compares the end of the first crop with the beginning of the second.
func (o *ts2vec) Build(b Batch) Loss {
	a, c := o.net.MaskedSteps(b.Views[0], o.cfg.Mask), o.net.MaskedSteps(b.Views[1], o.cfg.Mask)
	overlap := min(a.Dim(2), c.Dim(2))
	if b.Spans != nil {
		overlap = min(overlap, max(1, (b.Spans[0].To-b.Spans[1].From)/o.stride))
	}
	a, c = nn.Slice(a, 2, a.Dim(2)-overlap, a.Dim(2)), nn.Slice(c, 2, 0, overlap)
	loss := Loss{Value: nn.HierarchicalContrast(a, c, o.conf), Embeddings: unitViews([]*nn.Node{nn.GlobalMax(a), nn.GlobalMax(c)})}
	if o.average != nil {
		loss.After = func(s Step, _ [][]float32) { o.average.move(float64(s.Index) / float64(s.Index+1)) }
	}
	return loss
}

// Uniform is the mean over the crops of that over levels of log(2N-1) and log(2T-1).
func (o *ts2vec) Uniform(n int) float64 {
	var sum float64
	for i := range o.cfg.Crops {
		row := o.crops.Data[4*i:]
		sum += nn.UniformHierarchy(n, max(1, int(row[1]-row[2])), o.conf)
	}
	return sum / float64(o.cfg.Crops)
}

// Deploy takes the average for the weights.
func (o *ts2vec) Deploy() {
	if o.average != nil {
		o.average.deploy()
	}
}
