package methods

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// encodeTogether encodes views of equal length as one batch, so that they share batch statistics, and
// returns the encodings [len(views)·N, D].
func encodeTogether(net encoders.Network, views ...*nn.Node) *nn.Node {
	return net.Apply(nn.Concat(0, views...))
}

// unitViews stacks views of embeddings [N, D] as unit vectors, for the collapse instruments.
func unitViews(zs []*nn.Node) *nn.Node { return nn.Normalize(nn.StopGradient(nn.Concat(0, zs...))) }

// partners lists, for each of 2n rows, the row of the other view of the same sample.
func partners(n int) []float32 {
	labels := make([]float32, 2*n)
	for i := range labels {
		labels[i] = float32((i + n) % (2 * n))
	}
	return labels
}

// diagonal is v on the diagonal of an n x n matrix and 0 elsewhere.
func diagonal(n int, v float32) []float32 {
	m := make([]float32, n*n)
	for i := range n {
		m[i*n+i] = v
	}
	return m
}

// hidden is subtracted from a logit that must not be chosen.
const hidden = 1e9

// counting is 0, 1, … n-1.
func counting(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(i)
	}
	return out
}

// plus is the sum of what there is.
func plus(sum, x *nn.Node) *nn.Node {
	if sum == nil {
		return x
	}
	return nn.Add(sum, x)
}

// meanOf is the mean of nodes of one shape.
func meanOf(xs []*nn.Node) *nn.Node {
	sum := xs[0]
	for _, x := range xs[1:] {
		sum = nn.Add(sum, x)
	}
	return nn.Scale(sum, 1/float32(len(xs)))
}

// hasBatchStats tells whether the encoder normalises over the batch.
func hasBatchStats(w *nn.Weights) bool {
	for _, p := range w.All() {
		if strings.HasPrefix(p.Name, "encoder.") && strings.HasSuffix(p.Name, "running_mean") {
			return true
		}
	}
	return false
}

// epochSteps is the number of steps of an epoch.
func epochSteps(s Setup) int {
	return cmp.Or(s.PerEpoch, max(1, (len(s.Samples)+s.Batch-2)/max(1, s.Batch)))
}

// frozen is how many steps what is frozen at first stays so: those that are given, none where they are negative, or an epoch, which is
// at most a share of all steps; a share of 0 means a tenth, and negative all of them.
func frozen(s Setup, steps int, share float64) (int, error) {
	if share = cmp.Or(share, 0.1); !(share <= 1) {
		return 0, fmt.Errorf("freeze_share is %g, want at most 1", share)
	}
	if share < 0 {
		share = 1
	}
	return max(0, cmp.Or(steps, min(int(share*float64(s.Steps)), epochSteps(s)))), nil
}
