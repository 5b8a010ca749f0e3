//go:build noasm || !(amd64 || arm64)

package kernel

func exp(dst, x []float32)                            { expGo(dst, x) }
func gelu(dst, x []float32)                           { geluGo(dst, x) }
func geluGrad(dx, x, dy []float32)                    { geluGradGo(dx, x, dy) }
func add(dst, a, b []float32)                         { addGo(dst, a, b) }
func sub(dst, a, b []float32)                         { subGo(dst, a, b) }
func mul(dst, a, b []float32)                         { mulGo(dst, a, b) }
func axpy(alpha float32, x, y []float32)              { axpyGo(alpha, x, y) }
func scale(dst []float32, alpha float32, x []float32) { scaleGo(dst, alpha, x) }
func dot(a, b []float32) float32                      { return dotGo(a, b) }
func sum64(x []float32) float64                       { return sum64Go(x) }
func square64(x []float32, c float64) float64         { return square64Go(x, c) }
func maximum(x []float32) float32                     { return maximumGo(x) }
func expSum(dst, x []float32, top float32) float32    { return expSumGo(dst, x, top) }
func affine(y, x []float32, mean, s, b float32)       { affineGo(y, x, mean, s, b) }
func affineGrad(dx, dy, x []float32, mean, d, k, s float32) {
	affineGradGo(dx, dy, x, mean, d, k, s)
}
func adamw(w, g, m, v []float32, c *adamwStep) { adamwGo(w, g, m, v, c) }

func relu(dst, x []float32)                        { reluGo(dst, x) }
func reluGrad(dx, x, dy []float32)                 { reluGradGo(dx, x, dy) }
func product64(dy, x []float32, c float32) float64 { return product64Go(dy, x, c) }

func moments64(x []float32, c float32) (sum, square float64) { return moments64Go(x, c, 0, 0) }
func reluProducts64(dy, x []float32, mean, s, b float32) (sum, product float64) {
	return reluProducts64Go(dy, x, mean, s, b, 0, 0)
}
func affineReLU(y, x, r []float32, mean, s, b float32)      { affineReLUGo(y, x, r, mean, s, b) }
func affineReLUGrad(dx, dy, x []float32, c *affineReLUStep) { affineReLUGradGo(dx, dy, x, c) }
func layerSums(dgamma, dbeta []float64, dy, x []float32, mean, rstd float32) {
	layerSumsGo(dgamma, dbeta, dy, x, mean, rstd)
}

func geluSlopesWide(dst, slopes, x []float32) bool { return false }

func softmaxFast(s *strided, lo int) int { return lo }

func softmaxGradFast(s *stridedGrad) bool { return false }

func layerNormFast(y []float32, narrow int, x, gamma, beta, mean, rstd []float32, cols, lo, hi int, eps float32) bool {
	return false
}

func layerNormGradFast(dx, x, gamma, mean, rstd, dy, plus []float32, cols, lo, hi int) bool {
	return false
}

func layerSumsFast(dgamma, dbeta []float64, dy, x, mean, rstd []float32, rows, cols, from int) int {
	return 0
}

func sumRowsFast(dst, x []float32, rows, cols, first int) int { return 0 }
