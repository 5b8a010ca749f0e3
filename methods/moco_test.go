package methods

import (
	"math"
	"slices"
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

// TestTwoQueuesHoldTheKeysOfOneViewEach: the queries of the first view are compared with keys of the second, and the other way round, so
// that after a step the queues differ where the views do and are equal where they are. One queue takes both.
func TestTwoQueuesHoldTheKeysOfOneViewEach(t *testing.T) {
	for _, noise := range []float64{0, 0.1} {
		tr := newTrial(t, MoCoV1{MoCo{Queue: 32, Out: 8, Groups: 1, Symmetric: true, TwoQueues: true}}, trialEncoder)
		tr.noise = noise
		first, second := tr.weights.Lookup("method.queue.keys"), tr.weights.Lookup("method.queue1.keys")
		if slices.Equal(first.Data, second.Data) {
			t.Fatal("the queues begin as one")
		}
		tr.next()
		n := trialBatch * 8
		if same := slices.Equal(first.Data[:n], second.Data[:n]); same != (noise == 0) {
			t.Errorf("noise %g: the keys of both views are the same: %v", noise, same)
		}
		if slices.Equal(first.Data[n:], second.Data[n:]) {
			t.Error("more than a batch was written")
		}
	}
}

// TestMethodsWithMoreQueuesLearn are options that the catalogue's zero values do not have.
func TestMethodsWithMoreQueuesLearn(t *testing.T) {
	for _, m := range []Method{MoCoV2{MoCo: MoCo{Symmetric: true, TwoQueues: true}}, InvaSpread{Queue: 2 * trialBatch}} {
		t.Run(m.Name(), func(t *testing.T) { learns(t, m) })
	}
}

// TestInvaSpreadQueueHoldsTheLastEmbeddings: those of both views of a batch, of length 1.
func TestInvaSpreadQueueHoldsTheLastEmbeddings(t *testing.T) {
	tr := newTrial(t, InvaSpread{Queue: 2 * trialBatch, Out: 8}, trialEncoder)
	keys := tr.weights.Lookup("method.queue.keys").Data
	before := slices.Clone(keys)
	tr.next()
	z := tr.last.prog.Data(tr.last.loss.Embeddings)
	if !slices.Equal(keys, z) || slices.Equal(keys, before) {
		t.Error("the queue does not hold the embeddings of the step")
	}
	// 2N - 1 of the batch and 2N of the queue: the closed form of a network that tells nothing apart.
	m := float64(4*trialBatch - 1)
	if want := math.Log(m) - (m-1)*math.Log1p(-1/m); math.Abs(tr.obj.Uniform(trialBatch)-want) > 1e-9 {
		t.Errorf("uniform value %g, want %g", tr.obj.Uniform(trialBatch), want)
	}
}
