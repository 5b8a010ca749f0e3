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

// transposeColumns are taken at a time: few enough that the rows of dst which they write to stay in the first-level cache.
const transposeColumns = 32

func transposeEach(dst, x []float32, rows, cols, lo, hi int) {
	if rows == 0 || cols == 0 {
		return
	}
	size := rows * cols
	for i := lo; i < hi; i++ {
		to, from := dst[i*size:(i+1)*size], x[i*size:(i+1)*size]
		for j := 0; j < cols; j += transposeColumns {
			packColumns(to[j*rows:], rows, from[j:], cols, rows, min(transposeColumns, cols-j))
		}
	}
}
