//go:build !noasm

package kernel

// headTiles is a product of a head: rows of a left operand, eight times a number of them and one more where there are so many, by
// panels of 32 columns and so many terms. Steps and sizes are in bytes; attention_avx512_amd64.s knows the order of the fields.
type headTiles struct {
	a                 *float32
	rowStep, termStep int
	b, c              *float32
	ldc               int
	rows, cols, terms int
	ahead             [2]*float32
	sizes             [2]int
	at, step          int // how far of both was asked for, and how far to go on with each term
	alpha             float32
	bStep, bNext      int // from one row of a panel and from one panel to the next
}

// fewRows, of which some are left over, are not worth two calls.
const fewRows = 32

//go:noescape
func headAVX512(t *headTiles)

// transpose16AVX512 writes the transpose of sixteen rows of 16*blocks numbers, step bytes apart, to the first half of a panel.
//
//go:noescape
func transpose16AVX512(dst, src *float32, step, blocks int)

// headProductFast does the first rows of [headProduct] and returns how many.
func headProductFast(transA bool, m, n, k int, alpha float32, a []float32, lda int, b right, c []float32, ldc int, next *ahead) int {
	rows := m &^ 7
	if m == rows+1 && rows > 0 {
		rows++
	}
	if active != isaAVX512 || k > depth || rows == 0 || rows < m && rows < fewRows {
		return 0
	}
	_, _ = c[(rows-1)*ldc+n-1], b.x[(roundUp(n, 32)/32-1)*b.next+(k-1)*b.step+31]
	t := headTiles{a: &a[0], rowStep: lda * 4, termStep: 4, b: &b.x[0], bStep: b.step * 4, bNext: b.next * 4, c: &c[0], ldc: ldc * 4, rows: rows, cols: n, terms: k, alpha: alpha}
	if transA {
		_ = a[(k-1)*lda+rows-1]
		t.rowStep, t.termStep = 4, lda*4
	} else {
		_ = a[(rows-1)*lda+k-1]
	}
	if next != nil {
		for i, x := range next.numbers {
			if t.sizes[i] = 4 * len(x); len(x) > 0 {
				t.ahead[i] = &x[0]
			}
		}
		t.at, t.step = 4*next.at, next.step
	}
	headAVX512(&t)
	if next != nil {
		next.at = t.at / 4
	}
	return rows
}

// transpose16 writes the transpose of the first columns of sixteen rows of n numbers to half a panel and returns how many columns
// that were.
func transpose16(half, src []float32, step, n int) int {
	n &^= 15
	if active != isaAVX512 || n == 0 {
		return 0
	}
	_, _ = half[(n-1)*32+15], src[15*step+n-1]
	transpose16AVX512(&half[0], &src[0], step*4, n/16)
	return n
}

// staysInCache tells whether panels of rows so many numbers apart stay in the first-level cache: it has 64 places, of eight lines or
// more each, of which three are left to what goes by.
func staysInCache(step, rows int) bool {
	const places, lines = 64, 5
	if active != isaAVX512 || step%lineNumbers != 0 {
		return false
	}
	every := 1 // of so many places the rows begin at one
	for every < places && step/lineNumbers%(2*every) == 0 {
		every *= 2
	}
	return rows*every <= places*lines
}
