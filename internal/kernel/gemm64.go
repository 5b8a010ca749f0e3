package kernel

const (
	// rows64 by cols64 numbers of C are summed at a time.
	rows64, cols64 = 8, 16
	// depth64 terms of a panel of both operands fill three quarters of the first-level cache.
	depth64 = 192
	// A part of a product is so many rows by so many columns of C.
	rowPart64, colPart64 = 512, 256
)

// panels64 are operands of a part, copied so that what is read one after the other lies so.
type panels64 struct {
	a    [rowPart64 * depth64]float64
	b    [colPart64 * depth64]float64
	edge [rows64 * cols64]float64
}

var panels64Free freeList[panels64]

// Gemm64 is [Gemm] in float64, for what needs more digits than networks do: C = alpha * op(A) * op(B) + beta * C. Steps lda, ldb
// and ldc lead from a row to the next; C must not overlap A or B. With beta 0 whatever C held is not read.
func Gemm64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m <= 0 || n <= 0 {
		return
	}
	_ = c[(m-1)*ldc+n-1] // assembly checks nothing
	high, wide := (m+rowPart64-1)/rowPart64, (n+colPart64-1)/colPart64
	Parallel(high*wide, 1, func(lo, hi int) {
		p := panels64Free.get()
		defer panels64Free.put(p)
		for at := lo; at < hi; at++ {
			i, j := at%high*rowPart64, at/high*colPart64
			rows, cols := min(rowPart64, m-i), min(colPart64, n-j)
			part := c[i*ldc+j:]
			for r := range rows {
				scale64(part[r*ldc:r*ldc+cols], beta)
			}
			for q := 0; q < k && alpha != 0; q += depth64 {
				terms := min(depth64, k-q)
				pack64(p.a[:], rows64, a, lda, transA, i, rows, q, terms)
				pack64(p.b[:], cols64, b, ldb, !transB, j, cols, q, terms)
				p.add(rows, cols, terms, alpha, part, ldc)
			}
		}
	})
}

func scale64(x []float64, by float64) {
	switch by {
	case 0:
		clear(x)
	case 1:
	default:
		for i := range x {
			x[i] *= by
		}
	}
}

// pack64 copies lines first to first+lines, and terms from q on, into panels of so many lines, each term by term. With across a
// line is a column of x. Lines that are missing in the last panel are 0.
func pack64(dst []float64, width int, x []float64, step int, across bool, first, lines, q, terms int) {
	for l := 0; l < lines; l += width {
		panel, have := dst[l*terms:(l+width)*terms], min(width, lines-l)
		if have < width {
			clear(panel)
		}
		if across {
			for t := range terms {
				at := (q+t)*step + first + l
				copy(panel[t*width:t*width+have], x[at:at+have])
			}
			continue
		}
		for r := range have {
			at := (first+l+r)*step + q
			for t, v := range x[at : at+terms] {
				panel[t*width+r] = v
			}
		}
	}
}

// add adds alpha times the product of the panels to C.
func (p *panels64) add(rows, cols, terms int, alpha float64, c []float64, ldc int) {
	for j := 0; j < cols; j += cols64 {
		b := p.b[j*terms : (j+cols64)*terms]
		for i := 0; i < rows; i += rows64 {
			a := p.a[i*terms : (i+rows64)*terms]
			if i+rows64 <= rows && j+cols64 <= cols {
				tile64(terms, a, b, c[i*ldc+j:(i+rows64-1)*ldc+j+cols64], ldc, alpha)
				continue
			}
			clear(p.edge[:])
			tile64(terms, a, b, p.edge[:], cols64, alpha)
			for r := i; r < min(i+rows64, rows); r++ {
				from := p.edge[(r-i)*cols64:]
				for s := range c[r*ldc+j : r*ldc+min(j+cols64, cols)] {
					c[r*ldc+j+s] += from[s]
				}
			}
		}
	}
}

// tile64Go adds alpha times the product of two panels to 8 by 16 numbers of C.
func tile64Go(terms int, a, b, c []float64, ldc int, alpha float64) {
	for r := range rows64 {
		var sum [cols64]float64
		for t := range terms {
			x, row := a[t*rows64+r], b[t*cols64:(t+1)*cols64]
			for s, v := range row {
				sum[s] += x * v
			}
		}
		for s, v := range sum {
			c[r*ldc+s] += alpha * v
		}
	}
}
