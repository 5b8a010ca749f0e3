//go:build !noasm

package kernel

// tile8PackedAVX512 is tile8AVX512 without a bias. It asks for one line of the cache with every four terms, aheadStep bytes from one to
// the next.
//
//go:noescape
func tile8PackedAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int, ahead *float32, aheadStep int)

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
	next        [2]region // what is needed next
}

// region is a block of an operand that tiles ask for: rows step numbers apart, lines of the cache by lines of the cache.
type region struct {
	x           []float32 // from the first number on
	step        int
	rows, lines int
	row, line   int // the first that nobody has asked for
}

// lineNumbers are in a line of the cache.
const lineNumbers = 16

// regionOf is that of rows by columns.
func regionOf(x []float32, step, rows, columns int) region {
	return region{x: x, step: step, rows: rows, lines: (columns + lineNumbers - 1) / lineNumbers}
}

// take is where to ask for so many rows of a line, and how far these are apart in bytes.
func (w *turning) take(rows int) (*float32, int) {
	for i := range w.next {
		if r := &w.next[i]; r.line < r.lines && r.rows > 0 {
			at := &r.x[r.row*r.step+r.line*lineNumbers]
			if r.row += rows; r.row >= r.rows {
				r.row, r.line = 0, r.line+1
			}
			return at, r.step * 4
		}
	}
	return nil, 0
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
		for i := i0; i < i1; i += rows {
			w.next = [2]region{w.shareAhead(i0, i1, j0, j1, i, p, rows), w.leftAhead(i0, i1, i, p, rows)}
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
	t.rowStep, t.termStep, t.groupStep, t.panelStep = 1, 8, w.group, nr
	eights := t.rows &^ 7
	for j := j0; j < j1; j += nr {
		t.cols, t.c, t.b = min(nr, j1-j), w.c[i0*w.ldc+j:], w.right
		if w.every {
			t.b = w.right[(j-j0)*w.terms:]
		}
		if !w.every && !w.transB {
			w.panelAhead(j0, j1, j, p)
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
		if t.cols <= nr/2 && done < eights { // tiles of half the width
			rest := t
			rest.a, rest.c, rest.rows, done = w.left[done/8*w.group:], t.c[done*w.ldc:], eights-done, eights
			rest.run()
		}
		for ; done < eights; done += 8 {
			w.packed(&t, done)
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

// leftAhead is what is packed of the left operand behind rows i to i+rows of i0 to i1 and the terms from p on.
func (w *turning) leftAhead(i0, i1, i, p, rows int) region {
	if i += rows; i >= i1 {
		i, p = i0, p+w.terms
	}
	if p >= w.k {
		return region{}
	}
	return regionOf(w.a[p*w.lda+i:], w.lda, min(w.terms, w.k-p), min(rows, i1-i))
}

// shareAhead is the share of rows i to i+rows in the next terms of all panels, where these are kept.
func (w *turning) shareAhead(i0, i1, j0, j1, i, p, rows int) region {
	share := (w.terms*rows + i1 - i0 - 1) / (i1 - i0)
	p += w.terms + (i-i0)/rows*share
	if !w.every || w.transB || p >= w.k {
		return region{}
	}
	return regionOf(w.b[p*w.ldb+j0:], w.ldb, min(share, w.k-p), j1-j0)
}

// panelAhead lets the tiles of the panel of column j ask for the one after it.
func (w *turning) panelAhead(j0, j1, j, p int) {
	if j += panelWidth(); j >= j1 {
		j, p = j0, p+w.terms
	}
	w.next[0] = region{}
	if p < w.k {
		w.next[0] = regionOf(w.b[p*w.ldb+j:], w.ldb, min(w.terms, w.k-p), min(panelWidth(), j1-j))
	}
}

// packed is eight rows of t from row r on, all packed.
func (w *turning) packed(t *tile, r int) {
	a, b, c := w.left[r/8*w.group:][:t.terms*8], t.b[:t.terms*t.panelStep], t.c[r*t.ldc:]
	_ = c[7*t.ldc+t.cols-1]
	var base *float32
	if t.add {
		base = &c[0]
	}
	ahead, aheadStep := w.take(t.terms / 4)
	tile8PackedAVX512(t.terms, &a[0], 4, 32, &b[0], t.panelStep*4, &c[0], t.ldc*4, nil, t.alpha, 1<<t.cols-1, base, t.ldc*4, ahead, aheadStep)
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
