package methods

import "testing"

// TestBYOLPredictorRate: one rate for all is the zero value, as published (Grill et al., 2020, appendix A.1).
func TestBYOLPredictorRate(t *testing.T) {
	for set, want := range map[float64]float64{0: 1, 10: 10} {
		_, obj, err := setUp(BYOL{Hidden: 8, Out: 4, PredictorRate: set}, trialEncoder)
		if err != nil {
			t.Fatal(err)
		}
		g := obj.(Grouper).Groups()
		if len(g) != 1 || g[0].Prefix != "method.predictor." || g[0].Rate != want {
			t.Errorf("predictor_rate %g: groups %+v, want a rate of %g", set, g, want)
		}
	}
}
