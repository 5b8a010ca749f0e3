//go:build !noasm

package kernel

// geluWide does none: there are no loops wider than those of vec_math_arm64.s.
func geluWide(dst, x []float32) bool { return false }

// geluGradWide does none.
func geluGradWide(dx, x, dy []float32) bool { return false }

// geluSlopesWide does none.
func geluSlopesWide(dst, slopes, x []float32) bool { return false }

// softmaxFast does none.
func softmaxFast(s *strided, lo int) int { return lo }

// softmaxGradFast does none.
func softmaxGradFast(s *stridedGrad) bool { return false }

// layerNormFast does none.
func layerNormFast(y []float32, narrow int, x, gamma, beta, mean, rstd []float32, cols, lo, hi int, eps float32) bool {
	return false
}

// layerNormGradFast does none.
func layerNormGradFast(dx, x, gamma, mean, rstd, dy, plus []float32, cols, lo, hi int) bool {
	return false
}

// layerSumsFast does none.
func layerSumsFast(dgamma, dbeta []float64, dy, x, mean, rstd []float32, rows, cols, from int) int {
	return 0
}

// sumRowsFast does none.
func sumRowsFast(dst, x []float32, rows, cols, first int) int { return 0 }
