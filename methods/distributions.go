package methods

import (
	"math"

	"github.com/wavekin/wavekin/nn"
)

// swapped is the loss of predicting the distribution of each long crop from every other crop: the mean over long crops i
// and over crops v ≠ i of -Σ_k q_ik log softmax(logits_v)_k. codes [A·N, K] are those of the A long crops, which come
// first among the V crops of logits [V·N, K], and constants.
func swapped(logits, codes *nn.Node, long, views int) *nn.Node {
	// The cross-entropy is linear in its target, so that each crop gets the sum of all codes but its own.
	targets := nn.Host("othercodes", logits.Shape(), func(in [][]float32, out []float32) {
		size := len(out) / views
		for v := range views {
			dst := out[v*size : (v+1)*size]
			clear(dst)
			for i := range long {
				if i == v {
					continue
				}
				for j, q := range in[0][i*size : (i+1)*size] {
					dst[j] += q
				}
			}
		}
	}, codes)
	return nn.Scale(nn.SoftCrossEntropy(logits, targets), float32(views)/float32(long*(views-1)))
}

// entropies are two scalars of distributions p [M, K]: the mean entropy of a row, and the entropy of the mean row.
func entropies(p *nn.Node) (single, mean *nn.Node) {
	k := p.Dim(1)
	usage := make([]float64, k)
	single = nn.Host("entropy", []int{1}, func(in [][]float32, out []float32) {
		out[0] = float32(entropy(in[0]) / float64(len(in[0])/k))
	}, p)
	mean = nn.Host("meanentropy", []int{1}, func(in [][]float32, out []float32) {
		clear(usage)
		for i, v := range in[0] {
			usage[i%k] += float64(v) * float64(k) / float64(len(in[0]))
		}
		out[0] = float32(entropy(usage))
	}, p)
	return single, mean
}

// entropy is -Σ p log p.
func entropy[F float32 | float64](p []F) float64 {
	var h float64
	for _, v := range p {
		if v > 0 {
			h -= float64(v) * math.Log(float64(v))
		}
	}
	return h
}
