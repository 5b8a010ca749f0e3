package methods

import (
	"math"
	"testing"
)

// TestSymmetricMoCoSumsBothDirections: with equal views, one group and the same queue both directions are the same, so that
// the sum is twice one of them, in its loss and in its gradient.
func TestSymmetricMoCoSumsBothDirections(t *testing.T) {
	losses, gradients := [2]float64{}, [2][]float32{}
	for i := range losses {
		m := MoCoV1{MoCo{Queue: 32, Out: 8, Groups: 1, Symmetric: i == 1}}
		tr := newTrial(t, m, trialEncoder)
		tr.noise = 0
		losses[i] = tr.next()
		gradients[i] = tr.weights.Lookup("method.projector.linear0.weight").Grad
		if want := float64(i+1) * math.Log(33); math.Abs(tr.obj.Uniform(trialBatch)-want) > 1e-9 {
			t.Errorf("uniform value %g, want %g", tr.obj.Uniform(trialBatch), want)
		}
	}
	if math.Abs(losses[1]-2*losses[0]) > 1e-5*losses[1] {
		t.Errorf("both directions give %g, one %g", losses[1], losses[0])
	}
	for i, g := range gradients[1] {
		if d := math.Abs(float64(g - 2*gradients[0][i])); d > 1e-5 {
			t.Fatalf("gradient %d is %g, of one direction %g", i, g, gradients[0][i])
		}
	}
}
