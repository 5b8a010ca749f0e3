package kernel

// attentionFits is the numbers of scores that stay in the first-level cache beside a panel.
const attentionFits = 1 << 12

// attentionAhead is the most numbers of a sample that are asked for ahead: beyond, all operands would leave the second-level cache.
const attentionAhead = 1 << 15

// head is one head of one sample in float32. Keys and values are packed once; the scores of some rows are in the first-level
// cache between the product that makes them and the one that they weigh values in.
func (a *Attention) head(s *attending, part int) {
	t, w, d, m := a.Tokens, a.Width, a.step(), a.queries()
	at, from := a.start(part, t), a.start(part, m)
	keys, values := panelsOf(&s.keys, true, a.k[at:], d, t, w), panelsOf(&s.values, false, a.v[at:], d, w, t)
	lead := scoreStep(t)
	rows := scoreRows(lead)
	kept := a.Weights
	if kept != nil {
		kept = kept[part*m*t : (part+1)*m*t]
	}
	during := aheadOf(kept, a.upcoming(a.q, part, m), tileTerms(m, t, w))
	after := aheadOf(a.upcoming(a.k, part, t), a.upcoming(a.v, part, t), tileTerms(m, w, t))
	for i, n := 0, 0; i < m; i += n {
		n = someRows(rows, m-i)
		scores := sized(&s.scores, n*lead)
		headProduct(false, n, t, w, a.Scale(), a.q[from+i*d:], d, keys, scores, lead, &during)
		a.hide(scores, lead, i, n)
		soft := strided{dst: scores, x: scores, rows: n, cols: t, dstStep: lead, xStep: lead}
		if kept != nil {
			soft.dst, soft.dstStep = kept[i*t:(i+n)*t], t
		}
		soft.softmax()
		headProduct(false, n, w, t, 1, soft.dst, soft.dstStep, values, a.out[from+i*d:], d, &after)
	}
}

// upcoming is what a head asks for of the tokens of the next sample in x.
func (a *Attention) upcoming(x []float32, part, tokens int) []float32 {
	n, one := tokens*a.step(), tokens*a.Width
	if part/a.Heads+1 >= a.Samples || n > attentionAhead {
		return nil
	}
	return x[part/a.Heads*n+n:][part%a.Heads*one:][:one]
}

// tileTerms is how many terms tiles of eight rows take for a product m by n.
func tileTerms(m, n, k int) int { return m / 8 * (roundUp(n, panelWidth()) / panelWidth()) * k }

// scoreStep is how far rows of so many scores are apart: no two share sixteen numbers, and columns spread over the whole cache.
func scoreStep(tokens int) int { return (roundUp(tokens, 16)/16 | 1) * 16 }

// scoreRows is how many rows of scores stay in the first-level cache.
func scoreRows(lead int) int { return max(2*blockSide, attentionFits/lead/8*8) }

// someRows is so many of those left, or one more than leaves one: nine rows at once take hardly longer than eight.
func someRows(rows, left int) int {
	if left == rows+1 {
		return left
	}
	return min(rows, left)
}

// crowded tokens, and multiples of them, make rows of weights that begin at few places of the cache.
const crowded = 64

// right is a right operand of a product of a head in panels: the rows of one step numbers apart, the panels next.
type right struct {
	x          []float32
	step, next int
}

// panelsOf is the right operand of a product, k by n: where it is, if it can be read there, or packed.
func panelsOf(buf *[]float32, transposed bool, b []float32, ldb, n, k int) right {
	nr := panelWidth()
	if !transposed && n%nr == 0 && staysInCache(ldb, k) {
		return right{b, ldb, nr}
	}
	panels := sized(buf, roundUp(n, nr)*k)
	for j := 0; j < n; j += nr {
		panel, cols := panels[j*k:(j+nr)*k], min(nr, n-j)
		if transposed {
			packKeys(panel, b[j*ldb:], ldb, cols, k)
		} else {
			packRows(panel, b, j, ldb, k, 0, cols)
		}
	}
	return right{panels, nr, nr * k}
}

// packKeys is [packColumns] for a panel.
func packKeys(panel, src []float32, step, cols, n int) {
	nr := panelWidth()
	if active != isaAVX512 {
		packColumns(panel, nr, src, step, cols, n)
		return
	}
	if cols < nr {
		clear(panel)
	}
	for i, rows := 0, 0; i < cols; i += rows {
		done, to, from := 0, panel[i:], src[i*step:]
		switch left := cols - i; {
		case left >= 16:
			rows, done = 16, transpose16(to, from, step, n)
		case left >= 8:
			rows, done = 8, transpose8(to, nr, from, step, n)
		default:
			rows = 1
		}
		for r := 0; r < rows && done < n; r++ {
			packColumn(to[done*nr+r:], nr, from[r*step+done:r*step+n])
		}
	}
}

// headProduct is [Gemm] with beta 0, a right operand of [panelsOf] and a left one that is read where it is, to the same bits and within the part that asks.
func headProduct(transA bool, m, n, k int, alpha float32, a []float32, lda int, b right, c []float32, ldc int, next *ahead) {
	done := headProductFast(transA, m, n, k, alpha, a, lda, b, c, ldc, next)
	if done == m {
		return
	}
	nr, terms := panelWidth(), even(k, depth, 8)
	t := tile{rows: m - done, rowStep: lda, termStep: 1, panelStep: b.step, ldc: ldc, alpha: alpha, ahead: next}
	if transA {
		t.rowStep, t.termStep = 1, lda
	}
	a, c = a[done*t.rowStep:], c[done*ldc:]
	for p := 0; p < k; p += terms {
		t.a, t.terms, t.add = a[p*t.termStep:], min(terms, k-p), p > 0
		for j := 0; j < n; j += nr {
			t.b, t.c, t.cols = b.x[j/nr*b.next+p*b.step:], c[j:], min(nr, n-j)
			t.run()
		}
	}
}
