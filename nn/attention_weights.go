package nn

import "math"

// AttentionWeights returns what [Attention] weighs values by: for each head and each of the queries q [N, Q, D] a share of
// every key k [N, T, D], [N, heads, Q, T], whose last axis sums to 1. It is made for looking at, not for speed.
func AttentionWeights(q, k *Node, heads int) *Node {
	if !ok(q, k) {
		return bad(q)
	}
	if len(q.shape) != 3 || len(k.shape) != 3 || q.shape[0] != k.shape[0] || q.shape[2] != k.shape[2] {
		return q.g.failf("attention weights: q %v and k %v must be [N, Q, D] and [N, T, D]", q.shape, k.shape)
	}
	n, d := q.shape[0], q.shape[2]
	if heads < 1 || d%heads != 0 {
		return q.g.failf("attention weights: width %d does not divide into %d heads", d, heads)
	}
	width := d / heads
	scale := float32(1 / math.Sqrt(float64(width)))
	each := make([]*Node, heads)
	for h := range each {
		at := h * width
		scores := BatchMatMul(Slice(q, 2, at, at+width), Slice(k, 2, at, at+width), false, true)
		each[h] = Reshape(Softmax(Scale(scores, scale)), n, 1, q.shape[1], k.shape[1])
	}
	return Concat(1, each...)
}
