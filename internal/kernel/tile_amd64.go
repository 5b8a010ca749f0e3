//go:build !noasm

package kernel

// The assembly takes steps in bytes. c, b and a point at the first number of
// the block; bias may be nil. rows of the name are computed.
// Rows of base, baseStep apart, are added to those of the block; it may be nil.

//go:noescape
func tile8AVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int, ahead *float32, aheadStep int)

// tile8HalfAVX512 is for at most sixteen columns.
//
//go:noescape
func tile8HalfAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int, ahead *float32, aheadStep int)

//go:noescape
func tile4AVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int)

//go:noescape
func tile2AVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int)

//go:noescape
func tile1AVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int)

//go:noescape
func tile6AVX2(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int, mask *int32)

//go:noescape
func tile4AVX2(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int, mask *int32)

//go:noescape
func tile2AVX2(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int, mask *int32)

//go:noescape
func tile1AVX2(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int, mask *int32)

// copyRowsAVX512 copies rows of 32 numbers from src+off bytes on, step bytes
// apart, to dst; numbers whose bit in mask is 0 are not read and become 0.
//
//go:noescape
func copyRowsAVX512(dst, src *float32, off, step, rows int, mask uint32)

// copyRowsAVX2 does the same for whole rows of 16 numbers.
//
//go:noescape
func copyRowsAVX2(dst, src *float32, off, step, rows int)

// columnMasks[16-n:] is a mask of the first n of sixteen columns.
var columnMasks = [32]int32{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}

func (t *tile) run() {
	if active == isaGo {
		t.runGo()
		return
	}
	a, b := t.operands()
	switch {
	case t.rows <= 0:
	case active == isaAVX512:
		t.runAVX512(a, b)
	default:
		t.runAVX2(a, b)
	}
}

func (t *tile) runAVX512(a, b *float32) {
	var base *float32
	baseStep, mask := 0, uint32(1<<t.cols-1)
	if t.base != nil {
		base = &t.base[0]
	}
	rs, ts, ps, ldc := t.rowStep*4, t.termStep*4, t.panelStep*4, t.ldc*4
	for i := 0; i < t.rows; {
		var bias *float32
		if t.bias != nil {
			bias = &t.bias[i]
		}
		if t.terms > 0 {
			a = &t.a[t.row(i)]
		}
		c := &t.c[i*t.ldc]
		if t.add {
			base, baseStep = c, ldc
		}
		switch left := t.rows - i; {
		case left >= 8:
			ahead, aheadStep := t.ahead.take(t.terms)
			if t.cols <= 16 {
				tile8HalfAVX512(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, mask, base, baseStep, ahead, aheadStep)
			} else {
				tile8AVX512(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, mask, base, baseStep, ahead, aheadStep)
			}
			i += 8
		case left >= 4:
			tile4AVX512(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, mask, base, baseStep)
			i += 4
		case left >= 2:
			tile2AVX512(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, mask, base, baseStep)
			i += 2
		default:
			tile1AVX512(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, mask, base, baseStep)
			i++
		}
	}
}

func (t *tile) runAVX2(a, b *float32) {
	var base *float32
	baseStep := 0
	if t.base != nil {
		base = &t.base[0]
	}
	var mask *int32 // nil: all sixteen columns
	if t.cols < 16 {
		mask = &columnMasks[16-t.cols]
	}
	rs, ts, ps, ldc := t.rowStep*4, t.termStep*4, t.panelStep*4, t.ldc*4
	for i := 0; i < t.rows; {
		var bias *float32
		if t.bias != nil {
			bias = &t.bias[i]
		}
		if t.terms > 0 {
			a = &t.a[i*t.rowStep]
		}
		c := &t.c[i*t.ldc]
		if t.add {
			base, baseStep = c, ldc
		}
		switch left := t.rows - i; {
		case left >= 6:
			tile6AVX2(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep, mask)
			i += 6
		case left >= 4:
			tile4AVX2(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep, mask)
			i += 4
		case left >= 2:
			tile2AVX2(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep, mask)
			i += 2
		default:
			tile1AVX2(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep, mask)
			i++
		}
	}
}

// packRowsAsm does packRows in assembly and reports whether it could.
func packRowsAsm(dst, src []float32, off, step, rows, lo, hi int) bool {
	switch {
	case active == isaAVX512:
		mask := uint32(1<<hi-1) &^ uint32(1<<lo-1)
		copyRowsAVX512(&dst[0], &src[0], off*4, step*4, rows, mask)
	case active == isaAVX2 && hi-lo == 16:
		copyRowsAVX2(&dst[0], &src[0], off*4, step*4, rows)
	default:
		return false
	}
	return true
}
