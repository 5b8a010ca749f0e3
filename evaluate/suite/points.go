package suite

import (
	"context"
	"fmt"

	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// scoring is how a series is scored: the same for encodings and for raw windows, so that they can be compared.
type scoring struct {
	length, stride, k int
}

// coder turns windows of one length into rows of dim numbers.
type coder interface {
	code(ctx context.Context, windows []*series.Window) (rows []float32, dim int, err error)
	metric() knn.Metric
}

// encoded is a coder by a model.
type encoded struct {
	model    *model.Model
	distance knn.Metric
}

func (e encoded) metric() knn.Metric { return e.distance }

func (e encoded) code(ctx context.Context, windows []*series.Window) ([]float32, int, error) {
	rows, err := e.model.Encode(ctx, windows)
	return rows, e.model.Dim(), err
}

// raw is a coder that takes the standardised values themselves, compared by Euclidean distance.
type raw struct{ norm *series.Normalizer }

func (raw) metric() knn.Metric { return knn.Euclidean }

func (r raw) code(_ context.Context, windows []*series.Window) (rows []float32, dim int, err error) {
	for _, w := range windows {
		values := make([][]float32, len(w.Values))
		for c, v := range w.Values {
			values[c] = make([]float32, len(v))
		}
		r.norm.Apply(values, w.Values, 0)
		for _, v := range values {
			series.FillGaps(v)
			rows = append(rows, v...)
		}
	}
	return rows, len(rows) / max(1, len(windows)), nil
}

// points gives every time stamp of s the mean score of the windows that cover it, by their distance from the windows
// of normal.
func (p scoring) points(ctx context.Context, c coder, normal, s *series.Series) ([]float64, error) {
	rows, dim, err := c.code(ctx, series.Windows(normal, p.length, p.stride))
	if err != nil {
		return nil, err
	}
	// Overlapping windows would find themselves among the normal ones.
	overlap := (p.length + p.stride - 1) / p.stride
	detector, err := (knn.DetectorConfig{K: p.k, Metric: c.metric(), Exclude: overlap}).Fit(rows, dim)
	if err != nil {
		return nil, fmt.Errorf("series %q: the first part: %w", s.ID, err)
	}
	windows := series.Windows(s, p.length, p.stride)
	if rows, _, err = c.code(ctx, windows); err != nil {
		return nil, err
	}
	alarms, err := detector.Score(rows)
	if err != nil {
		return nil, err
	}
	starts, ends, scores := make([]int, len(windows)), make([]int, len(windows)), make([]float64, len(windows))
	for i, w := range windows {
		starts[i], ends[i], scores[i] = w.Start-s.Start, w.End-s.Start, alarms[i].Score
	}
	return knn.Spread(s.Len(), starts, ends, scores), nil
}
