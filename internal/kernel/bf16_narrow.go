package kernel

// A tensor is narrow when it is kept as bfloat16, number after number, which is half as long. Two neighbours are a pair, in the
// bits of a float32, so rows must have an even length; then a product reads rows as they lie. Rounding once where a number is
// made gives the bits of rounding wherever a product reads it.

// CanNarrow tells whether products take narrow operands: there are instructions for bfloat16.
func CanNarrow() bool { return hasBF16() }

// Narrow rounds x, of an even length, to a narrow dst; there must be instructions for bfloat16.
func Narrow(dst, x []float32) {
	if len(x) > 0 {
		_ = dst[len(x)/2-1]
		roundRows(&dst[0], 0, 0, &x[0], 0, 1, len(x))
	}
}

// GELUNarrow writes GELU of x to a narrow dst. There must be instructions for bfloat16.
func GELUNarrow(dst, x []float32) {
	if inline(len(x), geluGrain) {
		geluNarrow(dst, x)
		return
	}
	// Pairs, so that no thread begins within one.
	Parallel(len(x)/2, geluGrain/2, func(lo, hi int) { geluNarrow(dst[lo:hi], x[2*lo:2*hi]) })
}

func geluNarrow(dst, x []float32) {
	var piece [1024]float32 // stays in the first-level cache
	for len(x) > 0 {
		y := piece[:min(len(piece), len(x))]
		gelu(y, x[:len(y)])
		Narrow(dst, y)
		dst, x = dst[len(y)/2:], x[len(y):]
	}
}

// matrix is an operand of a product, rows that start step numbers apart.
type matrix struct {
	x      []float32
	step   int
	narrow bool
}

// from is the numbers from place at on, which is even in a narrow matrix.
func (m matrix) from(at int) []float32 {
	if m.narrow {
		at /= 2
	}
	return m.x[at:]
}

// pairRows packs rows of n numbers from place at on, two to a row of pairs; rows of width pairs to the end of dst.
func (m matrix) pairRows(dst []float32, width, at, rows, n int) {
	src := m.from(at)
	if !m.narrow {
		packPairRows(dst, width, src, m.step, rows, n)
		return
	}
	_, _ = src[((rows-1)*m.step+n-1)/2], dst[(rows+1)/2*width-1]
	if rows > 1 {
		weaveRows(&dst[0], width*4, &src[0], &src[m.step/2], m.step*4, rows/2, n)
	}
	if rows%2 > 0 {
		weaveRows(&dst[rows/2*width], width*4, &src[(rows-1)*m.step/2], nil, m.step*4, 1, n)
	}
	clear(dst[(rows+1)/2*width:])
}

// pairColumns packs the transpose of cols rows of n numbers from place at on to rows of width pairs to the end of dst.
func (m matrix) pairColumns(dst []float32, width int, s *scratch, at, cols, n int) {
	if !m.narrow {
		packPairColumns(dst, width, s, m.from(at), m.step, cols, n)
		return
	}
	packColumns(dst, width, m.from(at), m.step/2, cols, n/2)
	clear(dst[n/2*width:])
}

// lines returns whole blocks of rows of so many pairs, which begin with n numbers of the rows from place at on and have zeros
// behind them, and how far apart they are, in pairs: the matrix itself where that will do, or a copy in *buf.
func (m matrix) lines(buf *[]float32, at, rows, n, pairs int) (a []float32, lead int) {
	src := m.from(at)
	if m.narrow && n == 2*pairs && rows%blockSide == 0 {
		_ = src[((rows-1)*m.step+n)/2-1]
		return src, m.step / 2
	}
	lead = pairs + 16
	a = sized(buf, roundUp(rows, blockSide)*lead)
	if n < 2*pairs {
		for i := range rows {
			clear(a[i*lead+n/2 : i*lead+pairs])
		}
	}
	if m.narrow {
		for i := range rows {
			copy(a[i*lead:i*lead+n/2], src[i*m.step/2:])
		}
		return a, lead
	}
	_ = src[(rows-1)*m.step+n-1]
	roundRows(&a[0], 0, lead*4, &src[0], m.step*4, rows, n)
	return a, lead
}
