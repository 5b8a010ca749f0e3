//go:build !(amd64 || arm64) || noasm

package kernel

func machineISAs() []isa { return []isa{isaGo} }

func (t *tile) run() { t.runGo() }

// packRowsAsm reports that it did nothing.
func packRowsAsm(dst, src []float32, off, step, rows, lo, hi int) bool { return false }

// transpose8 returns how many columns it did: none.
func transpose8(dst []float32, width int, src []float32, step, n int) int { return 0 }

// transposeDown8 returns how many rows it did: none.
func transposeDown8(dst []float32, step int, src []float32, width, n int) int { return 0 }

func sumRow(x []float32) float32 { return sumRowGo(x) }

// turnedInTiles reports that it did nothing.
func (g *product) turnedInTiles(s *scratch, i0, i1, j0, j1 int) bool { return false }
