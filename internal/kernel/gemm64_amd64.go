//go:build !noasm

package kernel

// tile64AVX512 takes 8 rows by 16 columns, and the step of C in bytes.
//
//go:noescape
func tile64AVX512(terms int, a, b, c *float64, ldc int, alpha float64)

// tile64AVX2 takes 4 rows by 8 columns of those.
//
//go:noescape
func tile64AVX2(terms int, a, b, c *float64, ldc int, alpha float64)

// tile64 is tile64Go in assembly.
func tile64(terms int, a, b, c []float64, ldc int, alpha float64) {
	_, _, _ = a[terms*rows64-1], b[terms*cols64-1], c[(rows64-1)*ldc+cols64-1]
	switch active {
	case isaAVX512:
		tile64AVX512(terms, &a[0], &b[0], &c[0], ldc*8, alpha)
	case isaAVX2:
		for r := 0; r < rows64; r += 4 {
			for s := 0; s < cols64; s += 8 {
				tile64AVX2(terms, &a[r], &b[s], &c[r*ldc+s], ldc*8, alpha)
			}
		}
	default:
		tile64Go(terms, a, b, c, ldc, alpha)
	}
}
