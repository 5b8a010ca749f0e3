package evaluate

import (
	"slices"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
)

// KNN is the nearest-neighbour probe: the k nearest rows vote. The zero value
// is 1-NN with cosine distance on standardised columns.
//
// With Weighted it is the vote of the image papers (Wu et al., 2018): the 200
// nearest by cosine on the columns as they are, each with the weight
// exp(similarity/0.07). Of fewer than 200 rows all vote, which the weights make
// up for only in part: for a small set, of fewer than about 2,000 rows, K 20 is
// the better choice.
type KNN struct {
	// Weighted makes the zero values those of the image papers: K 200, and Raw.
	Weighted bool

	K      int        // neighbours, clamped to the rows there are; 0 means 1, with Weighted 200
	Metric knn.Metric // distance; zero is cosine
	Tau    float64    // temperature of the vote (knn.Index.Vote); 0 means 0.07
	Raw    bool       // leave the columns as they are

	scale *scaler
	index *knn.Index
	y     []int
}

// Nearest is the nearest-neighbour probe for encodings of a model: their columns are left as they are where the encoder
// standardises them itself and weights its blocks, see encoders.FitSamples.
func Nearest(m *model.Model) *KNN { return &KNN{Raw: encoders.FitSamples(m.Encoder()) > 0} }

// Name returns "knn" or "knn-weighted".
func (p *KNN) Name() string {
	if p.Weighted {
		return "knn-weighted"
	}
	return "knn"
}

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
	if p.Raw || p.Weighted {
		return slices.Clone(x)
	}
	return p.scale.apply32(x)
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
		if p.Weighted {
			k = 200
		}
	}
	if tau == 0 {
		tau = 0.07
	}
	return p.index.Vote(p.columns(x), p.y, k, tau)
}
