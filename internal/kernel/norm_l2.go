package kernel

import "math"

// minNorm keeps a row of zeros from dividing by 0.
const minNorm = 1e-12

// L2Normalize divides each row of x [rows, cols] by its Euclidean length, or by 1e-12 where that is larger, into y; y may be
// x. norm [rows] receives the divisors.
func L2Normalize(y, norm, x []float32, rows, cols int) {
	grain := rowGrain(cols, normGrain)
	if inline(rows, grain) {
		l2Rows(y, norm, x, cols, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { l2Rows(y, norm, x, cols, lo, hi) })
}

// L2NormalizeGrad writes the gradient with respect to the input of L2Normalize to dx, from its outputs y and norm and the
// gradient dy [rows, cols]; dx may be y or dy. In a row whose length was replaced by 1e-12 the divisor is a constant.
func L2NormalizeGrad(dx, y, norm, dy []float32, rows, cols int) {
	grain := rowGrain(cols, normGrain)
	if inline(rows, grain) {
		l2GradRows(dx, y, norm, dy, cols, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { l2GradRows(dx, y, norm, dy, cols, lo, hi) })
}

func l2Rows(y, norm, x []float32, cols, lo, hi int) {
	for r := lo; r < hi; r++ {
		norm[r] = float32(max(math.Sqrt(square64(x[r*cols:(r+1)*cols], 0)), minNorm))
		scale(y[r*cols:(r+1)*cols], 1/norm[r], x[r*cols:(r+1)*cols])
	}
}

func l2GradRows(dx, y, norm, dy []float32, cols, lo, hi int) {
	for r := lo; r < hi; r++ {
		a, b, d := y[r*cols:(r+1)*cols], dy[r*cols:(r+1)*cols], dx[r*cols:(r+1)*cols]
		inv := 1 / norm[r]
		var s float32
		if norm[r] > minNorm {
			s = dot(a, b)
		}
		for i := range d {
			d[i] = (b[i] - float32(a[i]*s)) * inv
		}
	}
}
