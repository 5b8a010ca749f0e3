package suite

import (
	"iter"
	"math"

	"github.com/wavekin/wavekin/detect"
)

// gather joins the scores of all time stamps. Those without a score, where nothing was measured, get the lowest one: they
// raise no alarm.
func gather(points iter.Seq2[*detect.Points, error]) ([]float64, error) {
	all, err := detect.Collect(points)
	if err != nil {
		return nil, err
	}
	lowest := math.Inf(1)
	for _, v := range all.Score {
		if v < lowest {
			lowest = v
		}
	}
	for i, v := range all.Score {
		if math.IsNaN(v) {
			all.Score[i] = lowest
		}
	}
	return all.Score, nil
}

// scoresOf leaves out where scores come from.
func scoresOf(points iter.Seq2[*detect.FusedPoints, error]) iter.Seq2[*detect.Points, error] {
	return func(yield func(*detect.Points, error) bool) {
		for p, err := range points {
			var out *detect.Points
			if err == nil {
				out = &p.Points
			}
			if !yield(out, err) {
				return
			}
		}
	}
}
