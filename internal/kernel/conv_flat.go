package kernel

// Sequences that leave much of a panel empty are laid end to end: a panel then holds output steps of more than one sample.
// Every sum keeps its terms and their order, so the results have the same bits as sample by sample.

// segment is columns of a panel that come from one sample: column col+j*step holds the number from+j*inStep of a row of the
// input, for j below count. The rows of the input are a channel apart.
type segment struct{ col, step, from, inStep, count int }

// placing is where the columns of a panel come from, and the layout of that for the assembly.
type placing struct {
	segments []segment
	pieces   [2][]packPiece // of either half of a panel, where segments are without gaps
	index    [32]int32      // of every column, where they are not
	mask     uint32
}

// packPiece is a load of sixteen columns: those in mask, from off bytes on, counted from column 0.
type packPiece struct{ off, mask int64 }

// flatUnit is how many numbers of a block of the output stay in the second-level cache while its terms go by.
const flatUnit = 1 << 15

// flatWorth is how many rows of the output, times the share of empty columns, repay what it costs to collect the columns of a
// panel from several samples. The assembly collects those of a stride faster than columns of one sample are without it.
func flatWorth() int {
	if active == isaAVX512 {
		return 8
	}
	return 24
}

// flatten tells whether to lay the samples end to end, and if so sets the parts. That takes panels that all see the same taps,
// as those of short sequences do.
func (p *correlation) flatten(samples int) bool {
	nr := panelWidth()
	panels := (p.outSteps + nr - 1) / nr
	p.total = samples * p.outSteps
	if samples < 2 || p.outSteps%nr == 0 || p.taps == 0 || p.total > 1<<30 || samples*p.channels*p.inSteps > 1<<30 {
		return false
	}
	if empty := panels*nr - p.outSteps; empty*p.outs < flatWorth()*panels*nr && (active != isaAVX512 || p.num == p.den) {
		return false
	}
	p.lo, p.hi = p.reach(0, min(nr, p.outSteps))
	for t := nr; t < p.outSteps; t += nr {
		if lo, hi := p.reach(t, min(nr, p.outSteps-t)); lo != p.lo || hi != p.hi {
			return false
		}
	}
	if p.lo >= p.hi {
		return false
	}
	p.chunk = max(2*nr, flatUnit/p.outs/nr*nr)
	if each := (p.total + Threads() - 1) / Threads(); each < p.chunk {
		p.chunk = (each + nr - 1) / nr * nr
	}
	p.chunks = (p.total + p.chunk - 1) / p.chunk
	return true
}

// flatCorrelation is a correlation of samples laid end to end. A part is a chunk of all their output steps.
type flatCorrelation correlation

func (f *flatCorrelation) do(part int) {
	p := (*correlation)(f)
	s := scratches.get()
	nr := panelWidth()
	from := part * p.chunk
	to := min(from+p.chunk, p.total)
	step := apart(to - from)
	block := sized(&s.a, p.outs*step)
	rows := (p.hi - p.lo) * p.channels
	size := even(rows, depth, 8)
	b := sized(&s.b, size*nr)
	for r := 0; r < rows; r += size {
		at := p.lo*p.channels + r
		t := tile{
			rows: p.outs, terms: min(size, rows-r), a: p.weights[at:], rowStep: p.weightStep, termStep: 1,
			b: b, panelStep: nr, ldc: step, alpha: 1, add: r > 0,
		}
		if r == 0 {
			t.bias = p.bias
		}
		for c := from; c < to; c += nr {
			t.cols = min(nr, to-c)
			p.packFlat(&s.place, b, c, t.cols, at, at+t.terms)
			t.c = block[c-from:]
			t.run()
		}
	}
	p.finishBlock(block, step, from, to)
	p.scatter(block, step, from, to)
	scratches.put(s)
}

// packFlat fills a panel with terms [r0, r1), counted through taps and channels, of the output steps from c on, counted through
// the samples.
func (p *correlation) packFlat(place *placing, dst []float32, c, cols, r0, r1 int) {
	nr := panelWidth()
	first := c / p.outSteps
	in := p.in[first*p.channels*p.inSteps:]
	for r := r0; r < r1; {
		tap, i := r/p.channels, r%p.channels
		rows := min(p.channels-i, r1-r)
		p.place(place, c, cols, tap)
		place.pack(dst[(r-r0)*nr:(r-r0+rows)*nr], in[i*p.inSteps:], p.inSteps, rows)
		r += rows
	}
}

// place finds the segments of a tap, counted from the first sample of the panel.
func (p *correlation) place(place *placing, c, cols, tap int) {
	place.segments = place.segments[:0]
	at := p.first + tap*p.next
	sample, t := 0, c%p.outSteps
	for col := 0; col < cols; sample, t = sample+1, 0 {
		count := min(cols-col, p.outSteps-t)
		// Steps lo <= t+j < hi see the input, where the place is whole.
		lo, hi := t, t+count
		for lo < hi && (lo*p.num+at < 0 || (lo*p.num+at)%p.den != 0) {
			lo++
		}
		hi = min(hi, ((p.inSteps-1)*p.den-at)/p.num+1)
		if (p.inSteps-1)*p.den < at {
			hi = lo
		}
		if lo < hi {
			place.segments = append(place.segments, segment{
				col: col + lo - t, step: p.den, count: (hi - lo + p.den - 1) / p.den,
				from: sample*p.channels*p.inSteps + (lo*p.num+at)/p.den, inStep: p.num,
			})
		}
		col += count
	}
}

// pack fills rows of a panel with the placed columns of rows of src that start step apart.
func (l *placing) pack(dst, src []float32, step, rows int) {
	nr := panelWidth()
	_ = dst[rows*nr-1]
	for _, g := range l.segments { // the assembly checks nothing
		_, _ = dst[g.col+(g.count-1)*g.step], src[g.from+(g.count-1)*g.inStep+(rows-1)*step]
	}
	if l.packAsm(dst, src, step, rows) {
		return
	}
	clear(dst[:rows*nr])
	for r := range rows {
		d, s := dst[r*nr:(r+1)*nr], src[r*step:]
		for _, g := range l.segments {
			if g.step == 1 && g.inStep == 1 {
				copy(d[g.col:g.col+g.count], s[g.from:])
				continue
			}
			for j := range g.count {
				d[g.col+j*g.step] = s[g.from+j*g.inStep]
			}
		}
	}
}

// scatter copies a block of the output steps [from, to), rows step apart, to where they belong.
func (p *correlation) scatter(block []float32, step, from, to int) {
	for c := from; c < to; {
		n, t := c/p.outSteps, c%p.outSteps
		count := min(to-c, p.outSteps-t)
		out := p.out[n*p.outs*p.outSteps+t:]
		moveRows(out, block[c-from:], p.outSteps, step, p.outs, count)
		p.addMore(n, t, count)
		c += count
	}
}

// moveRows copies rows of n numbers, at least one of either, that start dstStep and srcStep apart.
func moveRows(dst, src []float32, dstStep, srcStep, rows, n int) {
	_, _ = dst[(rows-1)*dstStep+n-1], src[(rows-1)*srcStep+n-1]
	if moveRowsWide(dst, src, dstStep, srcStep, rows, n) {
		return
	}
	for r := range rows {
		copy(dst[r*dstStep:r*dstStep+n], src[r*srcStep:])
	}
}
