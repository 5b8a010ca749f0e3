//go:build !noasm

package kernel

import "math"

// winogradTable is the constants of the transforms, each in all eight lanes, in the order of the names in winograd_amd64.s.
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
func winogradInputAVX2(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradGradAVX2(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradOutputAVX2(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradWeightAVX2(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

//go:noescape
func winogradTotalAVX2(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)

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
		winogradInputAVX2(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toGrad:
		winogradGradAVX2(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toOutput:
		winogradOutputAVX2(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toWeight:
		winogradWeightAVX2(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	case toTotal:
		winogradTotalAVX2(dst, dr, dc, ds, src, sr, sc, ss, t.count)
	}
}
