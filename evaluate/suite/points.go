package suite

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/series"
)

// points gives every time stamp of s its score by the windows of normal. Time stamps without a score, where nothing was
// measured, get the lowest one: they raise no alarm.
func points(ctx context.Context, by detect.Encoder, c detect.Config, normal, s *series.Series) ([]float64, error) {
	d, err := detect.Fit(ctx, by, series.FromSlice([]*series.Series{normal}), c)
	if err != nil {
		return nil, fmt.Errorf("series %q: the first part: %w", s.ID, err)
	}
	var scores []float64
	lowest := math.Inf(1)
	for p, err := range d.Points(ctx, series.FromSlice([]*series.Series{s})) {
		if err != nil {
			return nil, err
		}
		for _, v := range p.Score {
			scores = append(scores, v)
			if v < lowest {
				lowest = v
			}
		}
	}
	for i, v := range scores {
		if math.IsNaN(v) {
			scores[i] = lowest
		}
	}
	return scores, nil
}
