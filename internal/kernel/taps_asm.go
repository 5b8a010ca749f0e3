//go:build !noasm && (amd64 || arm64)

package kernel

//go:noescape
func countOneAsm(sum, a, b, c *float32, n int, bias float32) int32

//go:noescape
func countFourAsm(sum, a, b, c *float32, n int, biases *float32, counts *int32)

// countAbove takes slices of whole vectors: what does not count among the last is NaN.
func countAbove(counts []int32, biases, sum, a, b, c []float32) {
	if !vecAsm || len(sum) == 0 {
		countAboveGo(counts, biases, sum, a, b, c)
		return
	}
	n := len(sum) / lanes * lanes
	_, _, _ = a[n-1], b[n-1], c[n-1]
	for ; len(biases) >= 4; biases, counts = biases[4:], counts[4:] {
		countFourAsm(&sum[0], &a[0], &b[0], &c[0], n, &biases[0], &counts[:4][0])
	}
	for k, bias := range biases {
		counts[k] += countOneAsm(&sum[0], &a[0], &b[0], &c[0], n, bias)
	}
}
