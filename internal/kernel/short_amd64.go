//go:build !noasm

package kernel

// globalMaxAVX512 takes rows of at most sixteen numbers, which mask has a bit for each of, and returns how many there are before the
// first with a NaN.
//
//go:noescape
func globalMaxAVX512(y *float32, arg *int32, x *float32, t, rows int, mask uint32) int

// moveRowsAVX512 copies rows of so many times sixteen numbers, and those in mask behind them; steps are in bytes.
//
//go:noescape
func moveRowsAVX512(dst, src *float32, dstStep, srcStep, rows, sixteens int, mask uint32)

// globalMaxWide does the first rows where it can and returns how many it did.
func globalMaxWide(y []float32, arg []int32, x []float32, t int) int {
	rows := len(y)
	if active != isaAVX512 || t > 16 || rows == 0 {
		return 0
	}
	_, _ = arg[rows-1], x[rows*t-1]
	return globalMaxAVX512(&y[0], &arg[0], &x[0], t, rows, 1<<t-1)
}

// moveRowsWide does moveRows where it can and tells whether.
func moveRowsWide(dst, src []float32, dstStep, srcStep, rows, n int) bool {
	if active != isaAVX512 {
		return false
	}
	moveRowsAVX512(&dst[0], &src[0], dstStep*4, srcStep*4, rows, n/16, 1<<(n%16)-1)
	return true
}
