package kernel

import "sync"

// Conv is the shape of a one-dimensional convolution. Output step t of output
// channel o is
//
//	y[n,o,t] = bias[o] + sum over i, k of w[o,i,k] * x[n,i, t*Stride-PadLeft+k*Dilation]
//
// with x taken as zero outside [0, TIn). The padding on the right is whatever
// TOut implies. "Same" padding of an odd K with stride 1 has TOut = TIn and
// PadLeft = Dilation*(K-1)/2, causal padding PadLeft = Dilation*(K-1), and
// valid padding PadLeft = 0 and TOut = (TIn-Dilation*(K-1)-1)/Stride + 1.
type Conv struct {
	N, CIn, TIn, COut, K, Stride, Dilation, PadLeft, TOut int
	// Precision is that of the operands, except where there are fewer than 8 channels on either side: those stay float32.
	Precision Precision
}

// exact is the same convolution in float32.
func (c Conv) exact() Conv {
	c.Precision = Float32
	return c
}

// stepsPerPart is the number of output steps in one part of a convolution.
const stepsPerPart = 256

// Forward computes y [N, COut, TOut] from x [N, CIn, TIn], w [COut, CIn, K]
// and bias [COut], which may be nil.
func (c Conv) Forward(x, w, bias, y []float32) {
	if c.bf16() {
		forwardRounded(c.exact(), c.plane(), x, w, bias, y)
		return
	}
	if c.line(lineLeast) {
		c.newLine(x, w, bias, y, false).run()
		return
	}
	c.slide(c.forward(x, y, bias), w, c.CIn*c.K, c.K)
}

func (c Conv) forward(x, y, bias []float32) correlation {
	return correlation{
		in: x, out: y, bias: bias, channels: c.CIn, inSteps: c.TIn, outs: c.COut, outSteps: c.TOut,
		num: c.Stride, den: 1, first: -c.PadLeft, next: c.Dilation,
	}
}

// GradInput computes dx [N, CIn, TIn], the gradient with respect to the
// input, from dy [N, COut, TOut] and w [COut, CIn, K].
func (c Conv) GradInput(dy, w, dx []float32) {
	if c.bf16() {
		gradInputRounded(c.exact(), c.plane(), dy, w, dx)
		return
	}
	if c.line(lineLeast) {
		c.newLine(dy, w, nil, dx, true).run()
		return
	}
	c.slide(c.backward(dy, dx), w, c.K, c.CIn*c.K)
}

func (c Conv) backward(dy, dx []float32) correlation {
	return correlation{
		in: dy, out: dx, channels: c.COut, inSteps: c.TOut, outs: c.CIn, outSteps: c.TIn,
		num: 1, den: c.Stride, first: c.PadLeft, next: -c.Dilation,
	}
}

// correlation slides taps over the steps of the input. Forward and GradInput
// are both of this form:
//
//	out[n,o,s] = bias[o] + sum over k, i of w[o][k*channels+i] * in[n, i, (s*num+first+k*next)/den]
//
// where a tap whose place is no whole number, or lies outside the input, adds
// nothing.
type correlation struct {
	in, out, bias         []float32
	channels, inSteps     int
	outs, outSteps        int
	taps                  int
	num, den, first, next int
	after                 After
	follow                bool // do what is after

	weights     []float32 // [outs][taps*channels], rows weightStep apart
	weightStep  int
	chunk       int // output steps in a part
	chunks      int // parts in a sample
	total       int // output steps of all samples, where they are laid end to end
	lo, hi      int // taps of all of them then
	weightStore []float32
}

var correlations = sync.Pool{New: func() any { return new(correlation) }}

// slide does a correlation whose weight for output o, channel i and tap k is
// w[o*outStep+i*channelStep+k].
func (c Conv) slide(plan correlation, w []float32, outStep, channelStep int) {
	if c.N <= 0 || plan.outs <= 0 || plan.outSteps <= 0 {
		return
	}
	plan.taps = c.K
	_ = plan.out[c.N*plan.outs*plan.outSteps-1]
	p := correlations.Get().(*correlation)
	plan.weightStore = p.weightStore
	*p = plan
	if p.taps*p.channels*p.inSteps > 0 {
		_ = p.in[c.N*p.channels*p.inSteps-1]
		p.permute(w, outStep, channelStep)
	} else {
		p.taps = 0
	}
	if p.flatten(c.N) {
		run((*flatCorrelation)(p), p.chunks)
	} else {
		p.chunk = even(p.outSteps, stepsPerPart, panelWidth())
		p.chunks = (p.outSteps + p.chunk - 1) / p.chunk
		run(p, c.N*p.chunks)
	}
	*p = correlation{weightStore: p.weightStore}
	correlations.Put(p)
}

// permute lays the weights out as rows with the taps outermost, so that the
// rows of a panel that belong to one tap are copies of neighbouring rows of
// the input. It runs once for the whole batch.
func (p *correlation) permute(w []float32, outStep, channelStep int) {
	width := p.taps * p.channels
	// An odd number of cache lines keeps rows from falling on the same few
	// places in the cache.
	p.weightStep = (width+31)/32*32 + 16
	p.weights = sized(&p.weightStore, p.outs*p.weightStep)
	for o := range p.outs {
		row := p.weights[o*p.weightStep : o*p.weightStep+width]
		for k := range p.taps {
			from := w[o*outStep+k:]
			to := row[k*p.channels : (k+1)*p.channels]
			if channelStep == 1 {
				copy(to, from)
				continue
			}
			for i := range to {
				to[i] = from[i*channelStep]
			}
		}
	}
}

// do computes one chunk of steps of one sample.
func (p *correlation) do(part int) {
	s := scratches.get()
	nr := panelWidth()
	n, from := part/p.chunks, part%p.chunks*p.chunk
	to := min(from+p.chunk, p.outSteps)
	in := p.in[n*p.channels*p.inSteps:]
	out := p.out[n*p.outs*p.outSteps : (n+1)*p.outs*p.outSteps]
	for t0 := from; t0 < to; t0 += nr {
		cols := min(nr, to-t0)
		lo, hi := p.reach(t0, cols)
		t := tile{
			rows: p.outs, cols: cols, rowStep: p.weightStep, termStep: 1, panelStep: nr,
			c: out[t0:], ldc: p.outSteps, alpha: 1, bias: p.bias,
		}
		rows := (hi - lo) * p.channels
		if rows == 0 {
			t.run()
			continue
		}
		size := even(rows, depth, 8)
		t.b = sized(&s.b, size*nr)
		for r := 0; r < rows; r += size {
			t.terms = min(size, rows-r)
			at := lo*p.channels + r
			p.pack(&s.place, t.b, in, t0, cols, at, at+t.terms)
			t.a = p.weights[at:]
			t.run()
			t.add, t.bias = true, nil
		}
	}
	p.finish(n, from, to)
	scratches.put(s)
}

// reach is the range of taps that touch the input from any of cols output
// steps from t0 on. The rest see only padding and are skipped; with a
// dilation as long as the series that leaves one tap.
func (p *correlation) reach(t0, cols int) (lo, hi int) {
	a, b := t0*p.num+p.first, (t0+cols-1)*p.num+p.first
	for hi = p.taps; hi > 0 && !p.touches(a, b, hi-1); hi-- {
	}
	for lo = 0; lo < hi && !p.touches(a, b, lo); lo++ {
	}
	return lo, hi
}

func (p *correlation) touches(a, b, tap int) bool {
	return b+tap*p.next >= 0 && a+tap*p.next <= (p.inSteps-1)*p.den
}

// pack fills a panel with terms [r0, r1), counted through taps and channels.
func (p *correlation) pack(place *placing, dst, in []float32, t0, cols, r0, r1 int) {
	nr := panelWidth()
	for r := r0; r < r1; {
		tap, i := r/p.channels, r%p.channels
		rows := min(p.channels-i, r1-r)
		d := dst[(r-r0)*nr : (r-r0+rows)*nr]
		if p.num == 1 && p.den == 1 {
			at := t0 + p.first + tap*p.next
			lo, hi := max(0, -at), min(cols, p.inSteps-at)
			packRows(d, in[:p.channels*p.inSteps], i*p.inSteps+at, p.inSteps, rows, lo, hi)
		} else {
			p.place(place, t0, cols, tap)
			place.pack(d, in[i*p.inSteps:], p.inSteps, rows)
		}
		r += rows
	}
}
