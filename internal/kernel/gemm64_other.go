//go:build !amd64 || noasm

package kernel

func tile64(terms int, a, b, c []float64, ldc int, alpha float64) {
	tile64Go(terms, a, b, c, ldc, alpha)
}
