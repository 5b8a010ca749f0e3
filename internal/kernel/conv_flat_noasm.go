//go:build noasm || !amd64

package kernel

func (l *placing) packAsm(_, _ []float32, _, _ int) bool { return false }
