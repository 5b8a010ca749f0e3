//go:build noasm || !amd64

package kernel

func headProductFast(bool, int, int, int, float32, []float32, int, right, []float32, int, *ahead) int {
	return 0
}

func transpose16(_, _ []float32, _, _ int) int { return 0 }

func staysInCache(_, _ int) bool { return false }
