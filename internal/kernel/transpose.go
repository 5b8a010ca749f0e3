package kernel

// Transpose writes the transposes of n matrices x [n, rows, cols] to dst [n, cols, rows]; dst must not overlap x.
func Transpose(dst, x []float32, n, rows, cols int) {
	size := rows * cols
	grain := 1 + elementGrain/4/max(1, size)
	if inline(n, grain) {
		transposeEach(dst, x, rows, cols, 0, n)
		return
	}
	Parallel(n, grain, func(lo, hi int) { transposeEach(dst, x, rows, cols, lo, hi) })
}

func transposeEach(dst, x []float32, rows, cols, lo, hi int) {
	if rows == 0 || cols == 0 {
		return
	}
	size := rows * cols
	for i := lo; i < hi; i++ {
		packColumns(dst[i*size:(i+1)*size], rows, x[i*size:(i+1)*size], cols, rows, cols)
	}
}
