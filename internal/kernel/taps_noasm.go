//go:build noasm || !(amd64 || arm64)

package kernel

func countAbove(counts []int32, biases, sum, a, b, c []float32) {
	countAboveGo(counts, biases, sum, a, b, c)
}
