package kernel

import "math"

// rowGrain is how many rows of the given length make one goroutine's worth of work.
func rowGrain(cols, elements int) int { return 1 + elements/max(1, cols) }

// Softmax writes e^x over its sum, row by row, to dst. x and dst are [rows, cols]; dst may be x. Minus infinities get weight
// 0; a row of nothing else comes out as zeros.
func Softmax(dst, x []float32, rows, cols int) {
	grain := rowGrain(cols, expGrain)
	if inline(rows, grain) {
		softmaxRows(dst, x, cols, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { softmaxRows(dst, x, cols, lo, hi) })
}

// SoftmaxGrad writes the gradient with respect to the input of Softmax to dx: y*(dy - sum(y*dy)) row by row, with y the
// output of Softmax and dy its gradient. All are [rows, cols]; dx may be dy.
func SoftmaxGrad(dx, y, dy []float32, rows, cols int) {
	grain := rowGrain(cols, elementGrain)
	if inline(rows, grain) {
		softmaxGradRows(dx, y, dy, cols, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { softmaxGradRows(dx, y, dy, cols, lo, hi) })
}

func softmaxRows(dst, x []float32, cols, lo, hi int) {
	s := strided{dst: dst[lo*cols:], x: x[lo*cols:], rows: hi - lo, cols: cols, dstStep: cols, xStep: cols}
	s.softmax()
}

// strided is rows of x whose softmax goes to those of dst and, unless that is nil, rounded to narrow ones of to; rows begin so
// many places apart. dst may be x.
type strided struct {
	dst, x, to             []float32
	rows, cols             int
	dstStep, xStep, toStep int
}

func (s *strided) softmax() {
	if s.cols == 0 {
		return
	}
	for r := 0; r < s.rows; r++ {
		if r = softmaxFast(s, r); r == s.rows {
			return
		}
		out := s.dst[r*s.dstStep:][:s.cols]
		softmaxRow(out, s.x[r*s.xStep:][:s.cols])
		if s.to != nil {
			roundRows(&s.to[r*s.toStep], 0, 0, &out[0], 0, 1, s.cols)
		}
	}
}

func softmaxRow(out, in []float32) {
	top := maximum(in)
	if math.IsInf(float64(top), -1) {
		for i, v := range in {
			out[i] = 0
			if v != v {
				out[i] = v
			}
		}
		return
	}
	if sum := expSum(out, in, top); sum != 1 {
		scale(out, 1/sum, out)
	}
}

func softmaxGradRows(dx, y, dy []float32, cols, lo, hi int) {
	s := stridedGrad{dx: dx[lo*cols:], y: y[lo*cols:], dy: dy[lo*cols:], rows: hi - lo, cols: cols, dxStep: cols, yStep: cols, dyStep: cols}
	s.run()
}

// stridedGrad is rows of y and dy, of which the gradient by the input of softmax goes to those of dx; rows begin so many places
// apart. dx may be dy. Unless it is nil, copied takes those of y, as far apart as those of dx.
type stridedGrad struct {
	dx, y, dy, copied     []float32
	rows, cols            int
	dxStep, yStep, dyStep int
}

func (s *stridedGrad) run() {
	if s.cols == 0 || softmaxGradFast(s) {
		return
	}
	for r := range s.rows {
		a, b, d := s.y[r*s.yStep:][:s.cols], s.dy[r*s.dyStep:][:s.cols], s.dx[r*s.dxStep:][:s.cols]
		affine(d, b, dot(a, b), 1, 0)
		mul(d, d, a)
		if s.copied != nil {
			copy(s.copied[r*s.dxStep:], a)
		}
	}
}

// maximumGo is the largest element of x, or -Inf without elements; a NaN may hide.
func maximumGo(x []float32) float32 {
	top := float32(math.Inf(-1))
	for _, v := range x {
		if v > top {
			top = v
		}
	}
	return top
}

// expSumGo writes e^(x-top) to dst and returns the sum, a NaN among x included.
func expSumGo(dst, x []float32, top float32) float32 {
	x = x[:len(dst)]
	var s [8]float32
	for i, v := range x {
		e := exp1(v - top)
		dst[i] = e
		s[i&7] += e
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}
