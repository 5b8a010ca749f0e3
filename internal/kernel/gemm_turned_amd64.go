//go:build !noasm

package kernel

// tile8LeftAVX512 is tile8AVX512 with rows of a one number apart. What it reads of a it leaves packed at left, and it adds that up in
// sums.
//
//go:noescape
func tile8LeftAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int, left, sums *float32)

// tile8RightAVX512 is the same of the panel, which it leaves packed at right.
//
//go:noescape
func tile8RightAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int, right *float32)

const (
	// packedRows rows of a transposed left operand, depth deep, stay in the second-level cache beside all that is read meanwhile.
	packedRows = 192
	// packedPanels is the most numbers of panels that stay there with them.
	packedPanels = 1 << 16
)

// turning is a part of a product with a transposed left operand that tiles pack while they multiply.
type turning struct {
	*product
	group       int       // numbers between eight rows and the next of left, so that not all begin at the same few places of the cache
	every       bool      // all panels are kept for the rows that follow
	left, right []float32 // packed
	spare       []float32 // eight sums that nobody wants
	next        ahead
}

// turnedInTiles is turned where the tiles of the first panel pack the left operand, and the first tile of a panel that panel. It
// tells whether it could.
func (g *product) turnedInTiles(s *scratch, i0, i1, j0, j1 int) bool {
	if active != isaAVX512 || i1-i0 < 8 {
		return false
	}
	rows, across := even(i1-i0, packedRows, 8), roundUp(j1-j0, panelWidth())
	w := turning{product: g, group: g.terms*8 + 16, every: i1-i0 > rows && across*g.terms <= packedPanels, spare: s.sums[:8]}
	w.left, w.right = sized(&s.a, rows/8*w.group), sized(&s.b, across*g.terms)
	for p := 0; p < g.k; p += g.terms {
		terms := min(g.terms, g.k-p)
		w.next = aheadOf(termsAhead(g.a, g.lda, i1-i0, p+terms, g), termsAhead(g.b, g.ldb, j1-j0, p+terms, g), (i1-i0)/8*across/panelWidth()*terms)
		for i := i0; i < i1; i += rows {
			w.rows(i, min(i+rows, i1), j0, j1, p, !w.every || i == i0)
		}
	}
	g.finish(i0, i1, j0, j1)
	return true
}

// rows is the terms from p on of rows i0 to i1; fresh tells that the panels are not packed yet.
func (w *turning) rows(i0, i1, j0, j1, p int, fresh bool) {
	nr := panelWidth()
	t := w.piece(i0, i1, p)
	t.rowStep, t.termStep, t.groupStep, t.panelStep, t.ahead = 1, 8, w.group, nr, &w.next
	eights := t.rows &^ 7
	for j := j0; j < j1; j += nr {
		t.cols, t.c, t.b = min(nr, j1-j), w.c[i0*w.ldc+j:], w.right
		if w.every {
			t.b = w.right[(j-j0)*w.terms:]
		}
		packs := fresh
		if fresh && (w.transB || t.cols < nr || eights == 0 || j == j0) {
			w.pack(t.b, j, t.cols, p, t.terms)
			packs = false
		}
		done := 0
		for ; done < eights && j == j0; done += 8 {
			w.packLeft(&t, i0, done, p, j)
		}
		if packs {
			w.packRight(&t, j, p)
			done = 8
		}
		if done < eights {
			rest := t
			rest.a, rest.c, rest.rows = w.left[done/8*w.group:], t.c[done*w.ldc:], eights-done
			rest.run()
		}
		if eights < t.rows { // fewer than eight rows, read where they are
			rest := t
			rest.a, rest.c, rest.rows, rest.termStep, rest.groupStep = w.a[p*w.lda+i0+eights:], t.c[eights*w.ldc:], t.rows-eights, w.lda, 0
			rest.run()
		}
	}
	if w.sums != nil && j0 == 0 && t.rows > eights {
		w.addTerms(i0+eights, i1, p, t.terms)
	}
}

// packLeft is eight rows of t from row r on, which it packs and adds up.
func (w *turning) packLeft(t *tile, i0, r, p, j int) {
	a, b, c := w.a[p*w.lda+i0+r:], t.b[:t.terms*t.panelStep], t.c[r*t.ldc:]
	left, sums := w.left[r/8*w.group:][:t.terms*8], w.spare
	if w.sums != nil && j == 0 {
		sums = w.sums[i0+r:][:8]
		if p == 0 {
			clear(sums)
		}
	}
	_, _ = a[(t.terms-1)*w.lda+7], c[7*t.ldc+t.cols-1]
	var base *float32
	if t.add {
		base = &c[0]
	}
	tile8LeftAVX512(t.terms, &a[0], 4, w.lda*4, &b[0], t.panelStep*4, &c[0], t.ldc*4, nil, t.alpha, 1<<t.cols-1, base, t.ldc*4, &left[0], &sums[0])
}

// packRight is the first eight rows of t, with a panel of columns from j on that it packs.
func (w *turning) packRight(t *tile, j, p int) {
	a, b, c, right := w.left[:t.terms*8], w.b[p*w.ldb+j:], t.c, t.b[:t.terms*t.panelStep]
	_, _ = b[(t.terms-1)*w.ldb+t.panelStep-1], c[7*t.ldc+t.cols-1]
	var base *float32
	if t.add {
		base = &c[0]
	}
	tile8RightAVX512(t.terms, &a[0], 4, 32, &b[0], w.ldb*4, &c[0], t.ldc*4, nil, t.alpha, 1<<t.cols-1, base, t.ldc*4, &right[0])
}
