package methods

import (
	"math"

	"github.com/wavekin/wavekin/nn"
)

// NTXent is the normalised, temperature-scaled cross-entropy of SimCLR, eq. 1:
// z [2N, D] are unit vectors, the second views after the first.
func NTXent(z *nn.Node, tau float32) *nn.Node {
	g, rows := z.Graph(), z.Dim(0)
	logits := nn.Scale(nn.MatMul(z, z, false, true), 1/tau)
	logits = nn.Add(logits, g.Const(diagonal(rows, -hidden), rows, rows))
	return nn.CrossEntropy(logits, g.Const(partners(rows/2), rows))
}

// InfoNCE is the mean over rows of -log of the softmax share of q·k among q·k and q·negatives, all over tau: q, k [N, D]
// and negatives [K, D] are unit vectors.
func InfoNCE(q, k, negatives *nn.Node, tau float32) *nn.Node {
	g := q.Graph()
	n := q.Dim(0)
	positive := nn.Reshape(nn.SumLast(nn.Mul(q, k)), n, 1)
	logits := nn.Scale(nn.Concat(1, positive, nn.MatMul(q, negatives, false, true)), 1/tau)
	return nn.CrossEntropy(logits, g.Const(make([]float32, n), n))
}

// matching is the cross-entropy of a·bᵀ/τ against the diagonal: each row of a [N, D] is to find its own among those of b
// [N, D], all unit vectors.
func matching(a, b *nn.Node, tau float32) *nn.Node {
	n := a.Dim(0)
	logits := nn.Scale(nn.MatMul(a, b, false, true), 1/tau)
	return nn.CrossEntropy(logits, a.Graph().Const(counting(n), n))
}

// CrossView is the cross-entropy of a·bᵀ/τ against the diagonal, by rows plus by columns: a, b [N, D] are unit vectors of two
// views, and there are no negatives inside a view.
func CrossView(a, b *nn.Node, tau float32) *nn.Node { return bothWays(similarities(a, b, tau)) }

// similarities are a·bᵀ/τ, [N, N].
func similarities(a, b *nn.Node, tau float32) *nn.Node {
	return nn.Scale(nn.MatMul(a, b, false, true), 1/tau)
}

// bothWays is the cross-entropy of logits [N, N] against the diagonal, by rows plus by columns.
func bothWays(logits *nn.Node) *nn.Node {
	n := logits.Dim(0)
	own := logits.Graph().Const(counting(n), n)
	return nn.Add(nn.CrossEntropy(logits, own), nn.CrossEntropy(nn.SwapLast(logits), own))
}

// onDiagonal is the mean of the diagonal of x [N, N].
func onDiagonal(x *nn.Node) *nn.Node {
	n := x.Dim(0)
	return nn.Scale(nn.Sum(nn.Mul(x, x.Graph().Const(diagonal(n, 1), n, n))), 1/float32(n))
}

// margin is the mean of the diagonal of x [N, N] less that of the rest, which counts as 0 where N is 1.
func margin(x *nn.Node) *nn.Node {
	n := float32(x.Dim(0))
	on := onDiagonal(x)
	rest := nn.Sub(nn.Sum(x), nn.Scale(on, n))
	return nn.Sub(on, nn.Scale(rest, 1/max(1, n*(n-1))))
}

// uniformity is log E exp(-2|a-a'|²) over the pairs of different rows of z [N, D], unit vectors (Wang and Isola, 2020, eq. 8).
func uniformity(z *nn.Node) *nn.Node {
	g, n := z.Graph(), z.Dim(0)
	if n < 2 {
		return nn.Scale(nn.Sum(z), 0)
	}
	// |a-a'|² = 2 - 2a·a'.
	logits := nn.AddScalar(nn.Scale(nn.MatMul(z, z, false, true), 4), -4)
	logits = nn.Reshape(nn.Add(logits, g.Const(diagonal(n, -hidden), n, n)), 1, n*n)
	return nn.AddScalar(nn.Sum(nn.LogSumExp(logits)), -float32(math.Log(float64(n*(n-1)))))
}

// negativeCosine is -½[cos(p1, z2) + cos(p2, z1)], the mean over the batch; all [N, D].
func negativeCosine(p1, z2, p2, z1 *nn.Node) *nn.Node {
	return nn.Scale(nn.Add(meanCosine(p1, z2), meanCosine(p2, z1)), -0.5)
}

// meanCosine is the mean over rows of the cosine of a and b [N, D].
func meanCosine(a, b *nn.Node) *nn.Node {
	return nn.Scale(nn.Sum(nn.Mul(nn.Normalize(a), nn.Normalize(b))), 1/float32(a.Dim(0)))
}
