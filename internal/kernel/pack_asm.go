//go:build !noasm && (amd64 || arm64)

package kernel

// transpose8Asm writes the transpose of 8 rows of 4*quads numbers.
//
//go:noescape
func transpose8Asm(dst *float32, dstStep int, src *float32, srcStep int, quads int)

// transposeDown8Asm writes the transpose of 8*blocks rows of 8 numbers.
//
//go:noescape
func transposeDown8Asm(dst *float32, dstStep int, src *float32, srcStep int, blocks int)

// sumAsm adds up 32*blocks numbers.
//
//go:noescape
func sumAsm(x *float32, blocks int) float32

// transpose8 copies the transpose of the first columns of eight rows of n
// numbers and returns how many columns that were.
func transpose8(dst []float32, width int, src []float32, step, n int) int {
	if active == isaGo || n < 4 {
		return 0
	}
	_ = dst[(n-1)*width+7]
	_ = src[7*step+n-1]
	transpose8Asm(&dst[0], width*4, &src[0], step*4, n/4)
	return n / 4 * 4
}

// transposeDown8 copies the transpose of the first of n rows of eight numbers to eight rows of dst and returns how many
// rows that were.
func transposeDown8(dst []float32, step int, src []float32, width, n int) int {
	if active == isaGo || n < 8 {
		return 0
	}
	_ = dst[7*step+n-1]
	_ = src[(n-1)*width+7]
	transposeDown8Asm(&dst[0], step*4, &src[0], width*4, n/8)
	return n / 8 * 8
}

func sumRow(x []float32) float32 {
	if active == isaGo || len(x) < 32 {
		return sumRowGo(x)
	}
	return sumAsm(&x[0], len(x)/32) + sumRowGo(x[len(x)/32*32:])
}
