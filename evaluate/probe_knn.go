package evaluate

import (
	"github.com/wavekin/wavekin/knn"
)

// KNN is the nearest-neighbour probe: the k nearest rows vote. The zero value
// is 1-NN with cosine distance on standardised columns.
type KNN struct {
	K      int        // neighbours, clamped to the rows there are; 0 means 1
	Metric knn.Metric // distance; zero is cosine
	Tau    float64    // temperature of the vote (knn.Index.Vote); 0 means 0.07
	Raw    bool       // leave the columns as they are

	scale *scaler
	index *knn.Index
	y     []int
}

// Name returns "knn".
func (p *KNN) Name() string { return "knn" }

// Fit keeps the rows. See Probe.
func (p *KNN) Fit(x []float32, dim int, y []int) error {
	p.index = nil
	if _, err := training(x, dim, y); err != nil {
		return err
	}
	p.scale = newScaler(x, dim)
	index, err := knn.New(p.columns(x), dim, p.Metric)
	if err != nil {
		return err
	}
	p.index, p.y = index, append([]int(nil), y...)
	return nil
}

func (p *KNN) columns(x []float32) []float32 {
	out := make([]float32, len(x))
	if p.Raw {
		copy(out, x)
		return out
	}
	for i, v := range p.scale.apply(x) {
		out[i] = float32(v)
	}
	return out
}

// Predict lets the neighbours of each row vote. See Probe.
func (p *KNN) Predict(x []float32) ([]int, error) {
	if p.index == nil {
		return nil, ErrNotFitted
	}
	if _, err := features(x, p.index.Dim()); err != nil {
		return nil, err
	}
	k, tau := p.K, p.Tau
	if k == 0 {
		k = 1
	}
	if tau == 0 {
		tau = 0.07
	}
	return p.index.Vote(p.columns(x), p.y, k, tau)
}
