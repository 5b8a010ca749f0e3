package kernel

// tile is a block of the output one panel wide: the inner loop that products
// and convolutions share. For every row i and column j it computes
//
//	c[i*ldc+j] = alpha * (bias[i] + sum over q of a[i*rowStep+q*termStep] * b[q*panelStep+j])
//
// and with add it adds that to c instead of storing it, or with a base it adds
// base[j] and stores the sum. Each sum is taken in
// the order of q whatever the sizes are.
type tile struct {
	rows, cols, terms int
	a                 []float32
	rowStep, termStep int
	groupStep         int       // from eight rows of a to the next, where that is not 8*rowStep; 0 otherwise
	b                 []float32 // readable a full panel wide, whatever cols is
	panelStep         int
	c                 []float32
	ldc               int
	alpha             float32
	bias              []float32 // nil for none
	add               bool
	base              []float32 // cols numbers, or nil; not with add
	ahead             *ahead    // or nil
}

// ahead is what is needed next, which tiles ask for little by little while they compute, so that it is in the second-level cache
// then. It changes no result.
type ahead struct {
	numbers [2][]float32
	at      int // how many were asked for
	step    int // bytes to ask for with each term
}

// aheadOf spreads numbers over so many terms of tiles of eight rows.
func aheadOf(a, b []float32, terms int) ahead {
	return ahead{numbers: [2][]float32{a, b}, step: (4*(len(a)+len(b)) + terms - 1) / max(1, terms)}
}

// take is where to ask from with the next terms, and how far to go on with each.
func (h *ahead) take(terms int) (*float32, int) {
	if h == nil {
		return nil, 0
	}
	at := h.at
	h.at += terms * h.step / 4
	for _, n := range h.numbers {
		if at < len(n) {
			return &n[at], h.step
		}
		at -= len(n)
	}
	return nil, 0
}

// operands are the first numbers of a and b for assembly, which checks nothing: the last number of every operand is looked
// at here.
func (t *tile) operands() (a, b *float32) {
	if t.rows <= 0 {
		return nil, nil
	}
	_ = t.c[(t.rows-1)*t.ldc+t.cols-1]
	if t.bias != nil {
		_ = t.bias[t.rows-1]
	}
	if t.base != nil {
		_ = t.base[t.cols-1]
	}
	if t.terms <= 0 {
		return nil, nil
	}
	_ = t.a[t.row(t.rows-1)+(t.terms-1)*t.termStep]
	_ = t.b[(t.terms-1)*t.panelStep+panelWidth()-1]
	return &t.a[0], &t.b[0]
}

// row is where row i of a begins.
func (t *tile) row(i int) int {
	if t.groupStep > 0 {
		return i/8*t.groupStep + i%8*t.rowStep
	}
	return i * t.rowStep
}

// runGo is the tile in plain Go: two rows by a panel of four columns at a time.
func (t *tile) runGo() {
	var acc [8]float32
	for i := 0; i < t.rows; i += 2 {
		two := i+1 < t.rows
		acc = [8]float32{}
		if t.bias != nil {
			b0, b1 := t.bias[i], float32(0)
			if two {
				b1 = t.bias[i+1]
			}
			acc = [8]float32{b0, b0, b0, b0, b1, b1, b1, b1}
		}
		if t.terms > 0 {
			a0 := t.a[i*t.rowStep:]
			a1 := a0 // a missing second row is computed and thrown away
			if two {
				a1 = t.a[(i+1)*t.rowStep:]
			}
			pair(&acc, a0, a1, t.termStep, t.b, t.panelStep, t.terms)
		}
		t.store(i, acc[:4])
		if two {
			t.store(i+1, acc[4:])
		}
	}
}

// pair adds the products of two rows with a panel to acc.
func pair(acc *[8]float32, a0, a1 []float32, step int, b []float32, panelStep, terms int) {
	s0, s1, s2, s3 := acc[0], acc[1], acc[2], acc[3]
	r0, r1, r2, r3 := acc[4], acc[5], acc[6], acc[7]
	for q := range terms {
		row := b[q*panelStep : q*panelStep+4 : q*panelStep+4]
		x, y := a0[q*step], a1[q*step]
		s0 += x * row[0]
		s1 += x * row[1]
		s2 += x * row[2]
		s3 += x * row[3]
		r0 += y * row[0]
		r1 += y * row[1]
		r2 += y * row[2]
		r3 += y * row[3]
	}
	*acc = [8]float32{s0, s1, s2, s3, r0, r1, r2, r3}
}

func (t *tile) store(i int, sums []float32) {
	row := t.c[i*t.ldc : i*t.ldc+t.cols]
	for j := range row {
		switch {
		case t.add:
			row[j] += t.alpha * sums[j]
		case t.base != nil:
			row[j] = t.base[j] + t.alpha*sums[j]
		default:
			row[j] = t.alpha * sums[j]
		}
	}
}
