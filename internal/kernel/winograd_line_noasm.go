//go:build noasm || !amd64

package kernel

const linePoint = 0

func hasLine() bool { return false }

func (p *lineShape) toPoints(lineKind, []float32, int, []float32, int)  {}
func (p *lineShape) fromPoints([]float32, []float32, int, int, float32) {}
