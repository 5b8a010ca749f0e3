//go:build !noasm

package kernel

//go:noescape
func geluAVX512(dst, x *float32, n int)

//go:noescape
func geluGradAVX512(dx, x, dy *float32, n int)

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
