package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/series"
)

// withAmplitude is PaAno's score beside the amplitudes that detect.Fused looks at, which patches normalised by themselves do not show.
const withAmplitude = "PaAno + amplitude"

// louder is the mean of a score, calibrated by its own values on the normal part, and of the amplitude part of the fused score, with the
// weights that these have there: 1 and 1/2.
func louder(ctx context.Context, scores, own []float64, normal, s *series.Series) ([]float64, error) {
	parts := slices.DeleteFunc(detect.DefaultParts(0), func(p detect.Part) bool { return p.Look != detect.Amplitude })
	f, err := detect.FitFused(ctx, []*series.Series{normal}, detect.FusedConfig{Parts: parts})
	if errors.Is(err, detect.ErrTooFew) {
		return calibrated(scores, own), nil // most values of each channel are equal
	}
	if err != nil {
		return nil, err
	}
	var amplitude []float64
	for p, err := range f.Points(ctx, series.FromSlice([]*series.Series{s})) {
		if err != nil {
			return nil, err
		}
		amplitude = append(amplitude, p.Score...)
	}
	if len(amplitude) != len(scores) {
		return nil, fmt.Errorf("%d amplitudes beside %d scores", len(amplitude), len(scores))
	}
	weight := parts[0].Weight
	out := calibrated(scores, own)
	for i, v := range amplitude {
		if !math.IsNaN(v) {
			out[i] = (out[i] + weight*v) / (1 + weight)
		}
	}
	return out, nil
}

// calibrated are scores as the parts of detect.Fused have them.
func calibrated(scores, own []float64) []float64 {
	out := slices.Clone(scores)
	detect.Calibrate(own).Apply(out)
	return out
}
