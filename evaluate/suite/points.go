package suite

import (
	"iter"
	"math"

	"github.com/wavekin/wavekin/detect"
)

// gather joins the scores of all time stamps. Those without a score, where nothing was measured, get the lowest one: they
// raise no alarm.
func gather(points iter.Seq2[*detect.Points, error]) ([]float64, error) {
	var scores []float64
	lowest := math.Inf(1)
	for p, err := range points {
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
