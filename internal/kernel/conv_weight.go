package kernel

import "sync"

// GradWeight computes dw [COut, CIn, K], the gradient with respect to the
// weights, from x [N, CIn, TIn] and dy [N, COut, TOut].
//
// It is one sum over all N*TOut output steps. They are cut into pieces of
// samples, the pieces into at most sixteen groups that are summed on their
// own, and the groups are added up in order, so the order of the sum is set
// by the shape.
func (c Conv) GradWeight(x, dy, dw []float32) { c.gradWeight(x, dy, dw, 0, c.N, nil) }

// WeightSum is where the sum of GradWeight stands between the parts of a batch. The zero value is empty.
type WeightSum struct{ total, group []float32 }

// Continues tells whether GradWeightOf can compute this convolution.
func (c Conv) Continues() bool { return !c.bf16() && !c.line(1) }

// GradWeightOf is GradWeight for a batch of whole samples that comes in parts, in order: x and dy are of the samples from first on.
// With the last part dw has the bits that GradWeight would give it.
func (c Conv) GradWeightOf(x, dy, dw []float32, first, whole int, s *WeightSum) {
	c.gradWeight(x, dy, dw, first, whole, s)
}

func (c Conv) gradWeight(x, dy, dw []float32, first, whole int, s *WeightSum) {
	if c.bf16() {
		gradWeightRounded(c.exact(), c.plane(), x, dy, dw)
		return
	}
	if c.COut <= 0 || c.CIn <= 0 || c.K <= 0 {
		return
	}
	_ = dw[c.COut*c.CIn*c.K-1]
	if c.N <= 0 || c.TIn <= 0 || c.TOut <= 0 {
		clear(dw[:c.COut*c.CIn*c.K])
		return
	}
	_ = x[c.N*c.CIn*c.TIn-1]
	_ = dy[c.N*c.COut*c.TOut-1]
	if c.line(1) {
		c.lineGradWeight(x, dy, dw)
		return
	}
	p := weightSums.Get().(*weightSum)
	p.Conv, p.x, p.dy, p.dw = c, x, dy, dw
	p.chunk = even(c.TOut, depth, 8)
	p.chunks = (c.TOut + p.chunk - 1) / p.chunk
	p.pieces = whole * p.chunks
	most := 16
	if c.COut*c.CIn*c.K > 1<<16 {
		most = 8 // large weights: fewer copies of them
	}
	p.groups = min(p.pieces, most)
	p.thin = c.CIn < panelWidth()/2
	p.first, p.begin, p.end, p.sum = first, first*p.chunks, (first+c.N)*p.chunks, s
	p.from, p.to = p.groupOf(p.begin), p.groupOf(p.end-1)+1
	p.partial = sized(&p.store, (p.to-p.from)*c.COut*c.CIn*c.K)
	if s != nil && p.begin > p.start(p.from) {
		copy(p.partial, s.group)
	}
	run(p, p.to-p.from)
	if s == nil {
		run((*weightTotal)(p), c.COut)
	} else {
		p.carry()
	}
	*p = weightSum{store: p.store}
	weightSums.Put(p)
}

var weightSums = sync.Pool{New: func() any { return new(weightSum) }}

// weightSum is one call of GradWeight. A part is a group of pieces, and its
// sums are laid out [K][COut][CIn], or [COut][K][CIn] when thin.
type weightSum struct {
	Conv
	x, dy, dw      []float32
	chunk, chunks  int // output steps in a piece, pieces in a sample
	pieces, groups int // of the whole batch
	first          int // sample of this part of it
	begin, end     int // its pieces
	from, to       int // the groups that have some of these
	sum            *WeightSum
	thin           bool // so few channels that one panel holds all the taps
	partial, store []float32
}

// start is the first piece of a group.
func (p *weightSum) start(group int) int { return group * p.pieces / p.groups }

// groupOf is the group of a piece.
func (p *weightSum) groupOf(piece int) int {
	g := piece * p.groups / p.pieces
	for p.start(g+1) <= piece {
		g++
	}
	return g
}

// carry adds the groups that are complete to the total, in order, and keeps one that is not.
func (p *weightSum) carry() {
	size := p.COut * p.CIn * p.K
	total := sized(&p.sum.total, size)
	for g := p.from; g < p.to; g++ {
		partial := p.partial[(g-p.from)*size : (g-p.from+1)*size]
		switch {
		case p.start(g+1) > p.end:
			copy(sized(&p.sum.group, size), partial)
		case g == 0:
			copy(total, partial)
		default:
			add(total, total, partial)
		}
	}
	if p.end == p.pieces {
		p.partial, p.groups = total, 1
		run((*weightTotal)(p), p.COut)
	}
}

func (p *weightSum) do(part int) {
	s := scratches.get()
	group := p.from + part
	size := p.COut * p.CIn * p.K
	out := p.partial[part*size : (part+1)*size]
	first := p.start(group)
	for i := max(first, p.begin); i < min(p.start(group+1), p.end); i++ {
		n, from := i/p.chunks-p.first, i%p.chunks*p.chunk
		to := min(from+p.chunk, p.TOut)
		x := p.x[n*p.CIn*p.TIn : (n+1)*p.CIn*p.TIn]
		dy := p.dy[n*p.COut*p.TOut : (n+1)*p.COut*p.TOut]
		if p.thin {
			p.addThin(s, x, dy, out, from, to, i > first)
		} else {
			p.add(s, x, dy, out, from, to, i > first)
		}
	}
	scratches.put(s)
}

// add adds the products of output steps [from, to) of one sample to out. Each
// block of channels is transposed once and serves every tap as a panel, read
// from a place that the tap's dilation shifts.
func (p *weightSum) add(s *scratch, x, dy, out []float32, from, to int, add bool) {
	nr := panelWidth()
	for c0 := 0; c0 < p.CIn; c0 += nr {
		cols := min(nr, p.CIn-c0)
		t := tile{
			rows: p.COut, cols: cols, rowStep: p.TOut, termStep: 1, panelStep: nr * p.Stride,
			ldc: p.CIn, alpha: 1, add: add,
		}
		done, to0 := 0, 0 // transposed so far: steps [done, to0) are in s.b
		for k := range p.K {
			lo, hi := p.steps(k, from, to)
			t.c, t.terms = out[k*p.COut*p.CIn+c0:], max(0, hi-lo)
			if t.terms > 0 {
				at := lo*p.Stride - p.PadLeft + k*p.Dilation
				end := (hi-1)*p.Stride - p.PadLeft + k*p.Dilation + 1
				if at < done || end > to0 {
					done, to0 = p.span(k, from, to)
					b := sized(&s.b, (to0-done)*nr)
					packColumns(b, nr, x[c0*p.TIn+done:], p.TIn, cols, to0-done)
				}
				t.a, t.b = dy[lo:], s.b[(at-done)*nr:]
			} else if add {
				continue
			}
			t.run()
		}
	}
}

// steps is the part of the output steps [from, to) from which tap k sees the
// input, not the padding.
func (p *weightSum) steps(k, from, to int) (lo, hi int) {
	off := k*p.Dilation - p.PadLeft
	lo, hi = from, to
	if off < 0 {
		lo = max(lo, (-off+p.Stride-1)/p.Stride)
	}
	if last := p.TIn - 1 - off; last < 0 {
		hi = lo
	} else {
		hi = min(hi, last/p.Stride+1)
	}
	return lo, hi
}

// span is the range of input steps that tap k needs for the output steps
// [from, to), lengthened by those of the taps after it for as long as they
// overlap.
func (p *weightSum) span(k, from, to int) (begin, end int) {
	for ; k < p.K; k++ {
		lo, hi := p.steps(k, from, to)
		if lo >= hi {
			continue
		}
		off := k*p.Dilation - p.PadLeft
		a, b := lo*p.Stride+off, (hi-1)*p.Stride+off+1
		if end > 0 && a > end {
			break
		}
		if end == 0 {
			begin = a
		}
		end = max(end, b)
	}
	return begin, end
}

// addThin is add for few channels: the columns of the panels are the channels
// of all the taps.
func (p *weightSum) addThin(s *scratch, x, dy, out []float32, from, to int, add bool) {
	nr, width := panelWidth(), p.K*p.CIn
	t := tile{
		rows: p.COut, rowStep: p.TOut, termStep: 1, panelStep: nr, terms: to - from,
		a: dy[from:], ldc: width, alpha: 1, add: add,
	}
	t.b = sized(&s.b, nr*t.terms)
	for q0 := 0; q0 < width; q0 += nr {
		t.cols, t.c = min(nr, width-q0), out[q0:]
		clear(t.b)
		for j := range t.cols {
			k, i := (q0+j)/p.CIn, (q0+j)%p.CIn
			lo, hi := p.steps(k, from, to)
			at := i*p.TIn - p.PadLeft + k*p.Dilation
			for o := lo; o < hi; o++ {
				t.b[(o-from)*nr+j] = x[at+o*p.Stride]
			}
		}
		t.run()
	}
}

// weightTotal adds up the groups of a weightSum. A part is an output channel.
type weightTotal weightSum

func (p *weightTotal) do(o int) {
	tapStep, outStep := p.COut*p.CIn, p.CIn
	if p.thin {
		tapStep, outStep = p.CIn, p.K*p.CIn
	}
	size := p.COut * p.CIn * p.K
	dw := p.dw[o*p.CIn*p.K : (o+1)*p.CIn*p.K]
	for k := range p.K {
		at := k*tapStep + o*outStep
		sum := p.partial[at : at+p.CIn]
		for g := 1; g < p.groups; g++ {
			for i, v := range p.partial[g*size+at : g*size+at+p.CIn] {
				sum[i] += v
			}
		}
		for i, v := range sum {
			dw[i*p.K+k] = v
		}
	}
}

// GradBias computes db [COut], the gradient with respect to the bias: the sum
// of dy [N, COut, TOut] over samples and steps.
func (c Conv) GradBias(dy, db []float32) { c.gradBias(dy, db, false) }

// GradBiasMore is GradBias for the next part of a batch that comes in parts: it goes on with the sums in db.
func (c Conv) GradBiasMore(dy, db []float32) { c.gradBias(dy, db, true) }

func (c Conv) gradBias(dy, db []float32, more bool) {
	if c.COut <= 0 {
		return
	}
	_ = db[c.COut-1]
	p := biasSums.Get().(*biasSum)
	p.Conv, p.dy, p.db, p.more = c, dy, db, more
	run(p, (c.COut+biasGroup-1)/biasGroup)
	*p = biasSum{}
	biasSums.Put(p)
}

var biasSums = sync.Pool{New: func() any { return new(biasSum) }}

// biasGroup is the number of channels in one part of GradBias.
const biasGroup = 8

type biasSum struct {
	Conv
	dy, db []float32
	more   bool
}

func (p *biasSum) do(part int) {
	for o := part * biasGroup; o < min(part*biasGroup+biasGroup, p.COut); o++ {
		var sum float32
		if p.more {
			sum = p.db[o]
		}
		for n := range p.N {
			at := (n*p.COut + o) * p.TOut
			sum += sumRow(p.dy[at : at+p.TOut])
		}
		p.db[o] = sum
	}
}

// sumRowGo adds up x in four interleaved sums.
func sumRowGo(x []float32) float32 {
	var a, b, c, d float32
	for len(x) >= 4 {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
		x = x[4:]
	}
	for _, v := range x {
		a += v
	}
	return (a + b) + (c + d)
}
