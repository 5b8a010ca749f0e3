package kernel

// rowBlock16 is rows of a product of bfloat16 and what is done with them while they are in the cache.
type rowBlock16 struct {
	a      []float32 // packed rows
	lead   int       // from one to the next
	panels []float32
	pairs  int // in a row of a panel's transpose
	terms  int
	cols   int
	bias   []float32 // nil for none
	alpha  float32
	add    bool
	each   int // rows at a time

	y        []float32
	step     int // from one row of y to the next, in numbers
	narrow   bool
	gelu     bool
	plus     []float32 // nil for none
	plusStep int
}

// groupCols is how many columns of a block of rows are finished at a time: they fit the first-level cache.
const groupCols = 4 * blockSide

// run computes so many rows.
func (b *rowBlock16) run(s *scratch, steps []bf16Step, rows int) {
	group := b.cols
	if b.gelu || b.narrow {
		group = groupCols
	}
	for i := 0; i < rows; i += b.each {
		for c := 0; c < b.cols; c += group {
			b.group(s, steps, i, min(b.each, rows-i), c, min(group, b.cols-c))
		}
	}
}

// group computes rows from i on of columns from c on.
func (b *rowBlock16) group(s *scratch, steps []bf16Step, i, rows, c, cols int) {
	at, to, step := i*b.step+c, b.y, b.step
	if b.narrow {
		step = roundUp(cols, 16)
		to = sized(&s.d, rows*step)
	} else {
		to = to[at:]
	}
	j := bf16Job{
		a: &b.a[i*b.lead], aStep: b.lead * 4, aHalf: 16 * b.lead * 4,
		b: &b.panels[c*b.pairs], bStep: blockSide * 4, bNext: b.pairs * blockSide * 4,
		c: &to[0], ldc: step * 4, rows: rows, cols: cols, alpha: b.alpha, sums: &s.sums,
	}
	if b.add {
		j.add = 1
	} else if b.bias != nil {
		j.base = &b.bias[c]
	}
	j.inPieces(steps, b.terms)
	for r := range rows {
		row := to[r*step:][:cols]
		if b.gelu {
			gelu(row, row)
		}
		if b.plus != nil {
			add(row, row, b.plus[(i+r)*b.plusStep+c:][:cols])
		}
	}
	if b.narrow {
		roundRows(&b.y[at/2], 0, b.step*2, &to[0], step*4, rows, cols)
	}
}

// inPieces does the steps of so many terms in those pieces that a product falls into, so that sums have its order.
func (j *bf16Job) inPieces(steps []bf16Step, terms int) {
	each := even(terms, bf16Depth, stepTerms) / stepTerms
	for at := 0; at < len(steps); at += each {
		j.run(steps[at:min(at+each, len(steps))])
		j.add, j.base = 1, nil
	}
}
