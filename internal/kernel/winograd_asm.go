//go:build !noasm && (amd64 || arm64)

package kernel

import "math"

// winogradTable is the constants of the transforms, each in all eight lanes, in the order of the names in the assembly.
//
//lint:ignore U1000 The assembly reads it.
var winogradTable = func() (t [12][8]float32) {
	a, b := 1/math.Sqrt2, math.Sqrt2
	for i, v := range [...]float64{2.5, 2, 0.5, a, b, a * a * a, b * b * b, -2. / 3, 1. / 6, -2 * a / 3, b / 6, 1. / 3} {
		for j := range t[i] {
			t[i][j] = float32(v)
		}
	}
	return t
}()

//go:noescape
func winogradInputAsm(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradGradAsm(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradOutputAsm(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradWeightAsm(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradTotalAsm(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

// hasWinograd tells whether there are transforms for the instruction set in use.
func hasWinograd() bool { return active != isaGo }

func (t *transform) run(kind transformKind) {
	if t.count <= 0 {
		return
	}
	t.check(kind)
	dst, src := &t.dst[0], &t.src[t.from]
	dr, dc, ds, sr, sc, ss := t.dstRow*4, t.dstCol*4, t.dstStep*4, t.srcRow*4, t.srcCol*4, t.srcStep*4
	switch kind {
	case toInput:
		winogradInputAsm(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toGrad:
		winogradGradAsm(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toOutput:
		winogradOutputAsm(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toWeight:
		winogradWeightAsm(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toTotal:
		winogradTotalAsm(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	}
}
