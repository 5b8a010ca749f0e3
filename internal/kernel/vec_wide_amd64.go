//go:build !noasm

package kernel

//go:noescape
func geluAVX512(dst, x *float32, n int)

//go:noescape
func geluGradAVX512(dx, x, dy *float32, n int)

// softmaxAVX512 is softmaxRows of rows of n numbers, up to one without a number above minus infinity; it returns how many it has
// done. Unless to is nil they are rounded there too, toStep bytes from row to row, by instructions for bfloat16.
//
//go:noescape
func softmaxAVX512(dst, x *float32, rows, n int, to *float32, toStep int) int

// layerNormAVX512 is layerNormRows of rows of n numbers, a positive multiple of 16, from the first on; y is narrow where narrow is 1.
//
//go:noescape
func layerNormAVX512(y *float32, narrow int, x, gamma, beta, mean, rstd *float32, rows, n int, eps float64)

// sixteens returns how many of n elements the loops of AVX-512 take: the multiple of 16 below, 0 when it is not in use. They give
// the same bits as those of AVX2.
func sixteens(n int) int {
	if active != isaAVX512 {
		return 0
	}
	return n &^ 15
}

// geluWide does the first elements and returns how many that were.
func geluWide(dst, x []float32) int {
	n := sixteens(len(dst))
	if n > 0 {
		geluAVX512(&dst[0], &x[0], n)
	}
	return n
}

// geluGradWide does the first elements and returns how many that were.
func geluGradWide(dx, x, dy []float32) int {
	n := sixteens(len(dx))
	if n > 0 {
		geluGradAVX512(&dx[0], &x[0], &dy[0], n)
	}
	return n
}

// softmaxFast does rows from lo on, narrow rows of step places in to as well unless that is nil, and returns the first that it
// leaves to others.
func softmaxFast(dst, x []float32, cols, lo, hi int, to []float32, step int) int {
	if active != isaAVX512 || lo == hi {
		return lo
	}
	_, _ = dst[hi*cols-1], x[hi*cols-1]
	var narrow *float32
	if to != nil {
		_ = to[(hi-1)*step+(cols-1)/2]
		narrow = &to[lo*step]
	}
	return lo + softmaxAVX512(&dst[lo*cols], &x[lo*cols], hi-lo, cols, narrow, step*4)
}

// layerNormFast does rows lo to hi, to a narrow y where narrow is 1, and tells whether it could.
func layerNormFast(y []float32, narrow int, x, gamma, beta, mean, rstd []float32, cols, lo, hi int, eps float32) bool {
	if active != isaAVX512 || lo >= hi || cols == 0 || cols%16 != 0 || gamma == nil || beta == nil {
		return false
	}
	_, _, _, _, _, _ = x[hi*cols-1], gamma[cols-1], beta[cols-1], mean[hi-1], rstd[hi-1], y[(hi*cols>>narrow)-1]
	layerNormAVX512(&y[lo*cols>>narrow], narrow, &x[lo*cols], &gamma[0], &beta[0], &mean[lo], &rstd[lo], hi-lo, cols, float64(eps))
	return true
}
