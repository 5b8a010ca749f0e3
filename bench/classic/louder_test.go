package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestLouder: a spike that the score does not show is shown by its amplitude, at a third of the weights; without amplitudes the
// calibrated score is left.
func TestLouder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = r.NormFloat64()
		}
		return out
	}
	whole := noise(300)
	whole[120] = 1e6
	normal, s := &series.Series{ID: "a", Values: [][]float64{noise(200)}}, &series.Series{ID: "a", Values: [][]float64{whole}}
	own := noise(200)
	flat := make([]float64, len(whole))
	low := slices.Min(own)
	for i := range flat {
		flat[i] = low
	}
	got, err := louder(t.Context(), flat, own, normal, s)
	if err != nil {
		t.Fatal(err)
	}
	// The cut-off of one part, times the weight 1/2 of 3/2.
	if want := math.Log(101) / 3; math.Abs(got[120]-want) > 1e-9 {
		t.Errorf("%g at the spike, want %g", got[120], want)
	}
	normal.Values[0] = make([]float64, 200)
	if got, err = louder(t.Context(), flat, own, normal, s); err != nil || got[120] != 0 {
		t.Errorf("%v, %v", got[120], err)
	}
	if _, err := louder(t.Context(), flat[1:], own, &series.Series{ID: "a", Values: [][]float64{noise(200)}}, s); err == nil {
		t.Error("scores of another length were taken")
	}
}
