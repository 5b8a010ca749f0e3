//go:build !noasm

package kernel

// softmaxAVX512 is the softmax of a strided with rows of n numbers, steps in bytes, up to a pair of rows of which one has no number above minus
// infinity; it returns how many it has done. Unless to is nil they are rounded there too by instructions for bfloat16.
//
//go:noescape
func softmaxAVX512(dst *float32, dstStep int, x *float32, xStep, rows, n int, to *float32, toStep int) int

// softmaxGradAVX512 is the run of a stridedGrad with rows of n numbers, steps in bytes.
//
//go:noescape
func softmaxGradAVX512(dx *float32, dxStep int, y *float32, yStep int, dy *float32, dyStep int, copied *float32, rows, n int)

// layerNormAVX512 is layerNormRows of rows of n numbers, a positive multiple of 16, from the first on; y is narrow where narrow is 1.
//
//go:noescape
func layerNormAVX512(y *float32, narrow int, x, gamma, beta, mean, rstd *float32, rows, n int, eps float64)

// layerNormGradAVX512 is layerNormGradRows of rows of n numbers, a positive multiple of 16, from the first on; plus may be nil.
//
//go:noescape
func layerNormGradAVX512(dx, dy, x, gamma, mean, rstd, plus *float32, rows, n int)

// layerSumsAVX512 is layerSums of 32 columns of so many rows, step bytes apart.
//
//go:noescape
func layerSumsAVX512(dgamma, dbeta *float64, dy, x *float32, step int, mean, rstd *float32, rows int)

// sumRowsAVX512 adds 128 columns of rows step bytes apart to dst and asks for what lies ahead bytes further; sumRows2AVX512 does 32.
//
//go:noescape
func sumRowsAVX512(dst, x *float32, step, rows, ahead int)

//go:noescape
func sumRows2AVX512(dst, x *float32, step, rows, ahead int)

// softmaxFast does rows from row lo of the strided on and returns the first that it leaves to others.
func softmaxFast(s *strided, lo int) int {
	if active != isaAVX512 || lo == s.rows {
		return lo
	}
	last := s.rows - 1
	_, _ = s.dst[last*s.dstStep+s.cols-1], s.x[last*s.xStep+s.cols-1]
	var narrow *float32
	if s.to != nil {
		_ = s.to[last*s.toStep+(s.cols-1)/2]
		narrow = &s.to[lo*s.toStep]
	}
	return lo + softmaxAVX512(&s.dst[lo*s.dstStep], s.dstStep*4, &s.x[lo*s.xStep], s.xStep*4, s.rows-lo, s.cols, narrow, s.toStep*4)
}

// softmaxGradFast does all rows and tells whether it could.
func softmaxGradFast(s *stridedGrad) bool {
	if active != isaAVX512 || s.rows == 0 {
		return false
	}
	last := s.rows - 1
	_, _, _ = s.dx[last*s.dxStep+s.cols-1], s.y[last*s.yStep+s.cols-1], s.dy[last*s.dyStep+s.cols-1]
	var copied *float32
	if s.copied != nil {
		_ = s.copied[last*s.dxStep+s.cols-1]
		copied = &s.copied[0]
	}
	softmaxGradAVX512(&s.dx[0], s.dxStep*4, &s.y[0], s.yStep*4, &s.dy[0], s.dyStep*4, copied, s.rows, s.cols)
	return true
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

// layerNormGradFast does rows lo to hi and tells whether it could. Where dx is x the other loops add in another order.
func layerNormGradFast(dx, x, gamma, mean, rstd, dy, plus []float32, cols, lo, hi int) bool {
	if active != isaAVX512 || lo >= hi || cols == 0 || cols%16 != 0 || gamma == nil || &dx[0] == &x[0] {
		return false
	}
	_, _, _, _, _, _ = x[hi*cols-1], dy[hi*cols-1], dx[hi*cols-1], gamma[cols-1], mean[hi-1], rstd[hi-1]
	var add *float32
	if plus != nil {
		_ = plus[hi*cols-1]
		add = &plus[lo*cols]
	}
	layerNormGradAVX512(&dx[lo*cols], &dy[lo*cols], &x[lo*cols], &gamma[0], &mean[lo], &rstd[lo], add, hi-lo, cols)
	return true
}

// layerSumsFast is layerSums of all rows for the first columns, from one on, that there are sums for, and returns how many.
func layerSumsFast(dgamma, dbeta []float64, dy, x, mean, rstd []float32, rows, cols, from int) int {
	if active != isaAVX512 || rows == 0 {
		return 0
	}
	n := len(dgamma) &^ 31
	for i := 0; i < n; i += 32 {
		_, _, _, _, _, _ = dgamma[i+31], dbeta[i+31], dy[(rows-1)*cols+from+i+31], x[(rows-1)*cols+from+i+31], mean[rows-1], rstd[rows-1]
		layerSumsAVX512(&dgamma[i], &dbeta[i], &dy[from+i], &x[from+i], cols*4, &mean[0], &rstd[0], rows)
	}
	return n
}

// Of sumRows so many rows at a time are taken of all columns, and those so many rows further on asked for.
const sumRowsBlock, sumRowsAhead = 16, 16

// sumRowsFast does the first columns of sumRows and returns how many.
func sumRowsFast(dst, x []float32, rows, cols, first int) int {
	n := len(dst) &^ 31
	if active != isaAVX512 || rows == 0 || n == 0 {
		return 0
	}
	_ = x[(rows-1)*cols+first+n-1]
	for r := 0; r < rows; r += sumRowsBlock {
		some := min(sumRowsBlock, rows-r)
		j := 0
		for ; j+128 <= n; j += 128 {
			sumRowsAVX512(&dst[j], &x[r*cols+first+j], cols*4, some, cols*4*sumRowsAhead)
		}
		for ; j < n; j += 32 {
			sumRows2AVX512(&dst[j], &x[r*cols+first+j], cols*4, some, cols*4*sumRowsAhead)
		}
	}
	return n
}
