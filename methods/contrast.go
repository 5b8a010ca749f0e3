package methods

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// encodeTogether encodes views of equal length as one batch, so that they share batch statistics, and
// returns the encodings [len(views)·N, D].
func encodeTogether(net encoders.Network, views ...*nn.Node) *nn.Node {
	return net.Apply(nn.Concat(0, views...))
}

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

// temperature checks a temperature, 0 meaning the default.
func temperature(t, d float64) (float32, error) {
	if t == 0 {
		t = d
	}
	if !(t > 1e-4) || t > 1e3 {
		return 0, fmt.Errorf("temperature is %g, want 0.0001 to 1000", t)
	}
	return float32(t), nil
}

// or returns v, or the default d where v is zero.
func or[T int | float32 | float64 | string](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}
