package detect

import (
	"context"
	"encoding/json"

	"github.com/wavekin/wavekin/series"
)

// Raw compares the readings themselves, standardised, in place of encodings: a row is the window's values, channel after
// channel, with gaps interpolated. It goes with knn.Euclidean, and is the baseline of every comparison.
type Raw struct {
	// Normalizer standardises the windows, fitted on the normal series.
	Normalizer *series.Normalizer
	// Channels are those to compare, by name; nil means those that there are.
	Channels []string
}

// Encode returns the values of the windows, [N, channels * time].
func (r Raw) Encode(_ context.Context, windows []*series.Window) (rows []float32, err error) {
	for _, w := range windows {
		values := make([][]float32, len(w.Values))
		for c, v := range w.Values {
			values[c] = make([]float32, len(v))
		}
		r.Normalizer.Apply(values, w.Values, 0)
		for _, v := range values {
			series.FillGaps(v)
			rows = append(rows, v...)
		}
	}
	return rows, nil
}

// Match returns a series with the channels to compare, in their order.
func (r Raw) Match(s *series.Series) (*series.Series, error) {
	if len(r.Channels) == 0 {
		return s, nil
	}
	return s.Pick(r.Channels)
}

// Hash tells one way of comparing from another.
func (r Raw) Hash() string {
	text, err := json.Marshal(r)
	if err != nil {
		return "" // a normaliser of numbers that are not finite
	}
	return "raw " + string(text)
}
