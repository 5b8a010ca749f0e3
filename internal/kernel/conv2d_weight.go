package kernel

// GradWeight computes dw [COut, CIn/Groups, KH, KW], the gradient with respect to the weights, from x [N, CIn, HIn, WIn] and
// dy [N, COut, HOut, WOut]. Its sum is taken in parts whose bounds and order the shape sets, as that of [Conv.GradWeight].
func (c Conv2D) GradWeight(x, dy, dw []float32) {
	if c.COut <= 0 || c.CIn <= 0 || c.KH*c.KW <= 0 {
		return
	}
	size := c.COut * c.CIn / c.Groups * c.KH * c.KW
	_ = dw[size-1]
	if c.N <= 0 || c.HIn*c.WIn <= 0 || c.HOut*c.WOut <= 0 {
		clear(dw[:size])
		return
	}
	_ = x[c.N*c.CIn*c.HIn*c.WIn-1]
	_ = dy[c.N*c.COut*c.HOut*c.WOut-1]
	if c.winograd() {
		c.winogradGradWeight(x, dy, dw)
		return
	}
	p := imageSums.get()
	p.Conv2D, p.x, p.dy, p.dw, p.size = c, x, dy, dw, size
	p.rows.forward(c.HIn, c.HOut, c.KH, c.Stride, c.Pad)
	p.cols.forward(c.WIn, c.WOut, c.KW, c.Stride, c.Pad)
	p.strip = even(c.HOut, max(1, depth/c.WOut), 1)
	p.strips = (c.HOut + p.strip - 1) / p.strip
	most := 16
	if size > 1<<16 {
		most = 8
	}
	p.parts = min(c.N, most)
	s := scratches.get()
	p.partial = sized(&s.a, p.parts*size)
	run(p, p.parts)
	run((*imageTotal)(p), c.COut)
	scratches.put(s)
	rows, cols := p.rows.phases, p.cols.phases
	*p = imageSum{}
	p.rows.phases, p.cols.phases = rows[:0], cols[:0]
	imageSums.put(p)
}

var imageSums freeList[imageSum]

// imageSum is one call of GradWeight. A part is some of the samples, summed on their own, [COut, KH, KW, CIn/Groups].
type imageSum struct {
	Conv2D
	x, dy, dw     []float32
	rows, cols    axis
	strip, strips int // output rows summed at a time
	parts, size   int
	partial       []float32
}

func (p *imageSum) do(part int) {
	s := scratches.get()
	first := part * p.N / p.parts
	for n := first; n < (part+1)*p.N/p.parts; n++ {
		for from := 0; from < p.HOut; from += p.strip {
			for g := range p.Groups {
				p.add(s, p.partial[part*p.size:(part+1)*p.size], n, g, from, n > first || from > 0)
			}
		}
	}
	scratches.put(s)
}

// add adds the products of a strip of one sample and group to sum. With the channels innermost, the columns of all taps of
// a kernel row lie side by side; they are copied panel by panel, and the rows of the tile are output channels where they lie.
func (p *imageSum) add(s *scratch, sum []float32, n, g, from int, add bool) {
	nr := panelWidth()
	to := min(from+p.strip, p.HOut)
	lo, hi := p.rows.reach(from, to)
	channels, outs, area := p.CIn/p.Groups, p.COut/p.Groups, p.HOut*p.WOut
	line := p.cols.padded * channels
	in := sized(&s.a, (hi-lo)*line)
	clear(in)
	channelsLast(in, channels, p.x[(n*p.Groups+g)*channels*p.HIn*p.WIn:], channels, &p.rows, &p.cols, lo, hi)
	width := p.KW * channels
	t := tile{
		rows: outs, rowStep: area, termStep: 1, panelStep: nr, terms: (to - from) * p.WOut, ldc: p.KH * width, alpha: 1, add: add,
		a: p.dy[(n*p.Groups+g)*outs*area+from*p.WOut:],
	}
	t.b = sized(&s.b, t.terms*nr)
	for k := range p.KH {
		for q := 0; q < width; q += nr {
			t.cols = min(nr, width-q)
			for r := range to - from {
				packRows(t.b[r*p.WOut*nr:], in, (r*p.Stride+k)*line+q, p.Stride*channels, p.WOut, 0, t.cols)
			}
			t.c = sum[g*outs*t.ldc+k*width+q:]
			t.run()
		}
	}
}

// imageTotal adds up the parts of an imageSum. A part is an output channel.
type imageTotal imageSum

func (p *imageTotal) do(o int) {
	channels, taps := p.CIn/p.Groups, p.KH*p.KW
	size := channels * taps
	sum := p.partial[o*size : (o+1)*size]
	for g := 1; g < p.parts; g++ {
		add(sum, sum, p.partial[g*p.size+o*size:g*p.size+(o+1)*size])
	}
	dw := p.dw[o*size : (o+1)*size]
	for k := range taps {
		for i, v := range sum[k*channels : (k+1)*channels] {
			dw[i*taps+k] = v
		}
	}
}
