//go:build !noasm

package kernel

// The assembly takes steps in bytes. c, b and a point at the first number of the block, which is sixteen columns wide; bias
// may be nil. rows of the name are computed. Rows of base, baseStep apart, are added to those of the block; it may be nil.
// The sums are those of AVX2, to the bit.

//go:noescape
func tile6NEON(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int)

//go:noescape
func tile4NEON(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int)

//go:noescape
func tile2NEON(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int)

//go:noescape
func tile1NEON(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int)

// copyRowsNEON copies whole rows of 16 numbers from src+off bytes on, step bytes apart, to dst.
//
//go:noescape
func copyRowsNEON(dst, src *float32, off, step, rows int)

func (t *tile) run() {
	if active == isaGo {
		t.runGo()
		return
	}
	a, b := t.operands()
	switch {
	case t.rows <= 0:
	case t.cols < 16:
		t.runNarrow(b)
	default:
		t.runNEON(a, b)
	}
}

func (t *tile) runNEON(a, b *float32) {
	var base *float32
	baseStep := 0
	if t.base != nil {
		base = &t.base[0]
	}
	for i := 0; i < t.rows; {
		if t.terms > 0 {
			a = &t.a[i*t.rowStep]
		}
		c := &t.c[i*t.ldc]
		if t.add {
			base, baseStep = c, t.ldc*4
		}
		i += t.some(i, a, b, c, t.ldc, base, baseStep)
	}
}

// runNarrow computes fewer than sixteen columns in a block of its own, since NEON has no masked stores.
func (t *tile) runNarrow(b *float32) {
	var block [6 * 16]float32
	var a, base *float32
	if t.add || t.base != nil {
		base = &block[0]
	}
	for i := 0; i < t.rows; {
		if t.terms > 0 {
			a = &t.a[i*t.rowStep]
		}
		n := min(6, t.rows-i)
		for r := range n {
			switch {
			case t.add:
				copy(block[r*16:], t.c[(i+r)*t.ldc:(i+r)*t.ldc+t.cols])
			case t.base != nil:
				copy(block[r*16:], t.base[:t.cols])
			}
		}
		n = t.some(i, a, b, &block[0], 16, base, 16*4)
		for r := range n {
			copy(t.c[(i+r)*t.ldc:(i+r)*t.ldc+t.cols], block[r*16:])
		}
		i += n
	}
}

// some computes rows from row i on, of sixteen columns, and returns how many.
func (t *tile) some(i int, a, b, c *float32, ldc int, base *float32, baseStep int) int {
	var bias *float32
	if t.bias != nil {
		bias = &t.bias[i]
	}
	ldc *= 4
	rs, ts, ps := t.rowStep*4, t.termStep*4, t.panelStep*4
	switch left := t.rows - i; {
	case left >= 6:
		tile6NEON(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep)
		return 6
	case left >= 4:
		tile4NEON(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep)
		return 4
	case left >= 2:
		tile2NEON(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep)
		return 2
	}
	tile1NEON(t.terms, a, rs, ts, b, ps, c, ldc, bias, t.alpha, base, baseStep)
	return 1
}

// packRowsAsm does packRows in assembly and reports whether it could.
func packRowsAsm(dst, src []float32, off, step, rows, lo, hi int) bool {
	if active == isaGo || hi-lo != 16 {
		return false
	}
	copyRowsNEON(&dst[0], &src[0], off*4, step*4, rows)
	return true
}

// turnedInTiles reports that it did nothing.
func (g *product) turnedInTiles(s *scratch, i0, i1, j0, j1 int) bool { return false }
