//go:build !noasm

package kernel

import "math"

// linePoint is the point 1/√2; √2 is twice that.
const linePoint = 1 / math.Sqrt2

// lineTable is the constants of the transforms, in the order of the names in winograd_line_amd64.s.
var lineTable = [...]float32{2.5, 1 / math.Sqrt2, math.Sqrt2, 2, 0.5, 0.5 / math.Sqrt2, 2 * math.Sqrt2}

// lineInputAVX512 transforms 16*blocks tiles, whose inputs lie one behind the other from src on, to rows a point apart (in bytes).
// lineGradAVX512 does so with four numbers of the gradient of the output.
//
//go:noescape
func lineInputAVX512(dst *float32, point int, src *float32, blocks int, index *lineIndex, table *float32)

//go:noescape
func lineGradAVX512(dst *float32, point int, src *float32, blocks int, index *lineIndex, table *float32)

// lineOutputAVX512 transforms the rows of points of 16*blocks tiles to outputs, plus bias.
//
//go:noescape
func lineOutputAVX512(dst, src *float32, point, blocks int, index *lineIndex, table *float32, bias float32)

// The same of tiles side by side whose numbers lie step bytes apart.

//go:noescape
func lineInputFarAVX512(dst *float32, point int, src *float32, step, blocks int, table *float32)

//go:noescape
func lineGradFarAVX512(dst *float32, point int, src *float32, step, blocks int, table *float32)

//go:noescape
func lineOutputFarAVX512(dst *float32, step int, src *float32, point, blocks int, table *float32, bias float32)

// hasLine tells whether there are transforms for the instruction set in use.
func hasLine() bool { return active == isaAVX512 }

// toPoints transforms tiles of src to rows of dst that start a point apart; it reads and writes whole vectors.
func (p *lineShape) toPoints(kind lineKind, dst []float32, point int, src []float32, tiles int) {
	d, blocks := p.dilation, (tiles+15)/16
	_ = dst[(lineReach-1)*point+blocks*16-1]
	if d < 16 {
		_ = src[(blocks+1)*64-1]
		if kind == lineInput {
			lineInputAVX512(&dst[0], point*4, &src[0], blocks, &p.index, &lineTable[0])
		} else {
			lineGradAVX512(&dst[0], point*4, &src[0], blocks, &p.index, &lineTable[0])
		}
		return
	}
	_ = src[4*tiles+2*d-1]
	for t := 0; t < tiles; t += d {
		if kind == lineInput {
			lineInputFarAVX512(&dst[t], point*4, &src[4*t], d*4, d/16, &lineTable[0])
		} else {
			lineGradFarAVX512(&dst[t], point*4, &src[4*t], d*4, d/16, &lineTable[0])
		}
	}
}

// fromPoints transforms rows of src that start a point apart to the outputs of tiles, plus bias; it reads and writes whole vectors.
func (p *lineShape) fromPoints(dst, src []float32, point, tiles int, bias float32) {
	d, blocks := p.dilation, (tiles+15)/16
	_, _ = dst[blocks*64-1], src[(lineReach-1)*point+blocks*16-1]
	if d < 16 {
		lineOutputAVX512(&dst[0], &src[0], point*4, blocks, &p.back, &lineTable[0], bias)
		return
	}
	for t := 0; t < tiles; t += d {
		lineOutputFarAVX512(&dst[4*t], d*4, &src[t], point*4, d/16, &lineTable[0], bias)
	}
}
