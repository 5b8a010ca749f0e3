package kernel

// The gradient of the weights is the identity of winograd_line.go differentiated: dw = Gt [ (Bt x) * (A dy) ], summed over tiles.
// So the products of each point are a matrix product over tiles.

// lineKind is one of the transforms to points.
type lineKind int

const (
	lineInput lineKind = iota // Bt x, 6 to 6
	lineGrad                  // A dy, 4 to 6
)

var lineSums freeList[lineSum]

// lineSum is GradWeight. A part is a group of pieces, which are parts of a lineShape; the groups are summed on their own and
// added up in order, as those of a weightSum.
type lineSum struct {
	lineShape
	x, dy, dw, partial []float32
	pieces, sums       int
}

func (c Conv) lineGradWeight(x, dy, dw []float32) {
	p := lineSums.get()
	p.lineShape = lineShape{samples: c.N, channels: c.CIn, outs: c.COut, inSteps: c.TIn, outSteps: c.TOut, dilation: c.Dilation, pad: c.PadLeft}
	p.x, p.dy, p.dw = x, dy, dw
	p.set(2 * lineBlock)
	p.pieces = p.parts()
	p.sums = min(p.pieces, 16)
	if c.COut*c.CIn*c.K > 1<<16 {
		p.sums = min(p.pieces, 8) // large weights: fewer copies of them
	}
	s := calls.get()
	p.partial = sized(&s.a, p.sums*lineReach*p.outs*p.channels)
	run(p, p.sums)
	run((*lineTotal)(p), p.outs)
	calls.put(s)
	*p = lineSum{}
	lineSums.put(p)
}

func (p *lineSum) do(group int) {
	s := scratches.get()
	nr, size := panelWidth(), p.outs*p.channels
	out := p.partial[group*lineReach*size : (group+1)*lineReach*size]
	first := group * p.pieces / p.sums
	for i := first; i < (group+1)*p.pieces/p.sums; i++ {
		q := p.part(i)
		cols := (q.n1 - q.n0) * q.tiles
		inPoint, gradPoint := p.channels*q.step+16, p.outs*q.step+16
		buf := sized(&s.a, lineReach*(inPoint+gradPoint))
		in, grad := buf[:lineReach*inPoint], buf[lineReach*inPoint:]
		row := sized(&s.b, max(q.room(p.dilation), cols*nr))
		p.spread(lineInput, in, inPoint, q, p.x, p.channels, p.inSteps, p.pad, row)
		p.spread(lineGrad, grad, gradPoint, q, p.dy, p.outs, p.outSteps, 0, row)
		t := tile{rows: p.outs, terms: cols, rowStep: q.step, termStep: 1, panelStep: nr, ldc: p.channels, alpha: 1, add: i > first, b: row}
		for k := range lineReach {
			t.a = grad[k*gradPoint:]
			for c := 0; c < p.channels; c += nr {
				t.cols = min(nr, p.channels-c)
				packColumns(row, nr, in[k*inPoint+c*q.step:], q.step, t.cols, cols)
				t.c = out[k*size+c:]
				t.run()
			}
		}
	}
	scratches.put(s)
}

// lineTotal adds up the groups of a lineSum and transforms the sums to weights. A part is an output channel.
type lineTotal lineSum

func (p *lineTotal) do(o int) {
	size := p.outs * p.channels
	var rows [lineReach][]float32
	for k := range rows {
		rows[k] = p.partial[k*size+o*p.channels : k*size+(o+1)*p.channels]
		for g := 1; g < p.sums; g++ {
			add(rows[k], rows[k], p.partial[(g*lineReach+k)*size+o*p.channels:][:p.channels])
		}
	}
	dw := p.dw[o*p.channels*lineTaps : (o+1)*p.channels*lineTaps]
	for i := range p.channels {
		a, b := rows[1][i]+rows[2][i], rows[3][i]+rows[4][i]
		dw[3*i] = rows[0][i] - a*(2./3) + b*(1./6)
		dw[3*i+1] = (rows[1][i]-rows[2][i])*float32(-2./3*linePoint) + (rows[3][i]-rows[4][i])*float32(2./6*linePoint)
		dw[3*i+2] = (b-a)*(1./3) + rows[5][i]
	}
}
