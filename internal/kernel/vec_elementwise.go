package kernel

// elementGrain is how many elements of a plain arithmetic loop are worth a goroutine: below it, waking a thread costs more
// than the loop.
const elementGrain = 1 << 15

// inline says that Parallel would run the whole range in the caller anyway. Callers ask first, because the closure that
// Parallel takes lives on the heap: a small call then allocates nothing.
func inline(n, grain int) bool { return n < 2*grain || Threads() == 1 }

// each1 runs f over equal ranges of dst and x, on several threads when there is enough to do.
func each1(f func(dst, x []float32), dst, x []float32, grain int) {
	x = x[:len(dst)]
	if inline(len(dst), grain) {
		f(dst, x)
		return
	}
	Parallel(len(dst), grain, func(lo, hi int) { f(dst[lo:hi], x[lo:hi]) })
}

// each2 is each1 with two inputs.
func each2(f func(dst, a, b []float32), dst, a, b []float32, grain int) {
	a, b = a[:len(dst)], b[:len(dst)]
	if inline(len(dst), grain) {
		f(dst, a, b)
		return
	}
	Parallel(len(dst), grain, func(lo, hi int) { f(dst[lo:hi], a[lo:hi], b[lo:hi]) })
}

// Add writes a+b to dst, element by element. The slices have one length; dst may be a or b.
func Add(dst, a, b []float32) { each2(add, dst, a, b, elementGrain) }

// Sub writes a-b to dst, element by element. The slices have one length; dst may be a or b.
func Sub(dst, a, b []float32) { each2(sub, dst, a, b, elementGrain) }

// Mul writes a*b to dst, element by element. The slices have one length; dst may be a or b.
func Mul(dst, a, b []float32) { each2(mul, dst, a, b, elementGrain) }

// Axpy adds alpha*x to y. The slices have one length.
func Axpy(alpha float32, x, y []float32) {
	x = x[:len(y)]
	if inline(len(y), elementGrain) {
		axpy(alpha, x, y)
		return
	}
	Parallel(len(y), elementGrain, func(lo, hi int) { axpy(alpha, x[lo:hi], y[lo:hi]) })
}

// Scale writes alpha*x to dst. The slices have one length; dst may be x.
func Scale(dst []float32, alpha float32, x []float32) {
	x = x[:len(dst)]
	if inline(len(dst), elementGrain) {
		scale(dst, alpha, x)
		return
	}
	Parallel(len(dst), elementGrain, func(lo, hi int) { scale(dst[lo:hi], alpha, x[lo:hi]) })
}

// SumRows writes the sum of the rows of x [rows, cols] to dst [cols], each column added in the order of the rows.
func SumRows(dst, x []float32, rows, cols int) {
	clear(dst[:cols])
	SumRowsMore(dst, x, rows, cols)
}

// SumRowsMore goes on with the sums in dst.
func SumRowsMore(dst, x []float32, rows, cols int) {
	dst, x = dst[:cols], x[:rows*cols]
	// A thread takes all its columns at once: a few of every row at a time would use little of each cache line.
	grain := max(rowGrain(rows, elementGrain), 16, (cols/Threads()+15)/16*16)
	if inline(cols, grain) {
		sumRows(dst, x, rows, cols, 0)
		return
	}
	Parallel(cols, grain, func(lo, hi int) { sumRows(dst[lo:hi], x, rows, cols, lo) })
}

// sumRows sums the columns of x from first on, as many as dst has.
func sumRows(dst, x []float32, rows, cols, first int) {
	done := sumRowsFast(dst, x, rows, cols, first)
	if dst, first = dst[done:], first+done; len(dst) == 0 {
		return
	}
	for i := range rows {
		at := i*cols + first
		add(dst, dst, x[at:at+len(dst)])
	}
}

// ReLU writes max(x, 0) to dst. The slices have one length; dst may be x. NaN stays NaN.
func ReLU(dst, x []float32) { each1(relu, dst, x, elementGrain) }

// ReLUGrad writes dy where x > 0 and 0 elsewhere to dx. The slices have one length; dx may be x or dy.
func ReLUGrad(dx, x, dy []float32) { each2(reluGrad, dx, x, dy, elementGrain) }

func addGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func subGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}

func mulGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// The conversion in float32(a*b)+c, here and below, forbids the compiler to fuse the two steps: every machine, and the
// assembly, then gives the same bits.
func axpyGo(alpha float32, x, y []float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] += float32(alpha * x[i])
	}
}

func scaleGo(dst []float32, alpha float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] = alpha * x[i]
	}
}

func reluGo(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = max(v, 0)
	}
}

func reluGradGo(dx, x, dy []float32) {
	x, dy = x[:len(dx)], dy[:len(dx)]
	for i, v := range x {
		g := dy[i]
		if !(v > 0) {
			g = 0
		}
		dx[i] = g
	}
}
