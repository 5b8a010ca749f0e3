package kernel

// GradWeight computes dw [COut, CIn/Groups, KH, KW], the gradient with respect to the weights, from x [N, CIn, HIn, WIn] and
// dy [N, COut, HOut, WOut]. Its sum is taken in parts whose bounds and order the shape sets, as that of [Conv.GradWeight].
func (c Conv2D) GradWeight(x, dy, dw []float32) {
	if c.bf16() {
		gradWeightRounded(c.exact(), c.plane(), x, dy, dw)
		return
	}
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
	p.channels, p.outs = c.CIn/c.Groups, c.COut/c.Groups
	p.rows.forward(c.HIn, c.HOut, c.KH, c.Stride, c.Pad)
	p.cols.forward(c.WIn, c.WOut, c.KW, c.Stride, c.Pad)
	p.down.set(c.HOut, c.HOut, 0, 1)
	p.across.set(c.WOut, c.WOut, 0, 1)
	p.across.padded = c.WOut
	p.run()
	rows, cols := p.rows.phases, p.cols.phases
	*p = imageSum{}
	p.rows.phases, p.cols.phases = rows[:0], cols[:0]
	imageSums.put(p)
}

var imageSums freeList[imageSum]

// sumTerms is about how many places one call of the tile adds up here: so many numbers of a row of the left operand, which
// lie apart, and a panel of the right one fill half of the first-level cache.
const sumTerms = 128

// sumRoom is the room for sums that are taken at the same time, in numbers.
const sumRoom = 1 << 22

// imageSum is one call of GradWeight. Its sum over output places is cut into shares, each summed on its own by one part, if
// there is room for as many copies; otherwise there is one share, and the parts are the panels of its sums. Either way the
// order of the sum is set by the shape.
type imageSum struct {
	Conv2D
	x, dy, dw           []float32
	channels, outs      int // of one group
	rows, cols          axis
	down, across        axis // of dy
	total, chunk        int  // output rows of all samples, and those that are added up at a time
	shares, size        int
	line, slot, outStep int       // of a row of padded input, of a sample's rows of it, of a place of dy
	sums                []float32 // [shares, COut, KH, KW, CIn/Groups]
	one                 pieces    // the chunk at hand, where there is one share
	wide                int       // of a place with the inputs of all taps side by side, if those of one row fill no panel
}

// pieces is a chunk of output rows [from, to) of one group with the channels innermost.
type pieces struct {
	group, from, to int
	in, out         []float32 // [sample, padded row, place, channel], [place, output channel]
	thin            []float32 // [place, wide]
}

func (p *imageSum) run() {
	p.total = p.N * p.HOut
	p.chunk = min(p.total, max(1, sumTerms/p.WOut))
	p.line = p.cols.padded * p.channels
	p.slot = ((min(p.chunk, p.HOut)-1)*p.rows.phases[0].jump + p.KH) * p.line
	p.outStep = apart(p.outs)
	if nr := panelWidth(); p.KH > 1 && p.KW*p.channels < nr {
		p.wide = (p.KH*p.KW*p.channels + nr - 1) / nr * nr
	}
	p.shares = min(8, sumRoom/p.size, (p.total+p.chunk-1)/p.chunk)
	if p.shares < 4 {
		p.shares = 1
	}
	s := calls.get()
	p.sums = sized(&s.a, p.shares*p.size)
	if p.shares > 1 {
		run(p, p.shares)
	} else {
		p.hold(&p.one, s)
		for r := 0; r < p.total; r += p.chunk {
			for g := range p.Groups {
				p.one.group, p.one.from, p.one.to = g, r, min(r+p.chunk, p.total)
				first, last := r/p.HOut, (p.one.to-1)/p.HOut
				run((*imageSpread)(p), last-first+1)
				run((*imagePanel)(p), p.panels())
			}
		}
	}
	run((*imageTotal)(p), p.COut)
	calls.put(s)
}

// panels is the number of panels of a group's sums: each is a stretch of the channels of the taps of one kernel row.
func (p *imageSum) panels() int {
	nr := panelWidth()
	if p.wide > 0 {
		return p.wide / nr
	}
	return p.KH * ((p.KW*p.channels + nr - 1) / nr)
}

// hold gives a chunk its memory.
func (p *imageSum) hold(c *pieces, s *scratch) {
	in := (min(p.chunk, p.N*p.HOut)/p.HOut + 2) * p.slot
	places := p.chunk * p.WOut
	buf := sized(&s.b, in+places*(p.outStep+p.wide))
	c.in, c.out, c.thin = buf[:in], buf[in:in+places*p.outStep], buf[in+places*p.outStep:]
}

func (p *imageSum) do(share int) {
	s, t := scratches.get(), scratches.get()
	var c pieces
	p.hold(&c, s)
	begin, end := share*p.total/p.shares, (share+1)*p.total/p.shares
	for r := begin; r < end; r += p.chunk {
		for c.group = range p.Groups {
			c.from, c.to = r, min(r+p.chunk, end)
			for n := c.from / p.HOut; n <= (c.to-1)/p.HOut; n++ {
				p.spread(&c, n)
			}
			for i := range p.panels() {
				p.panel(&c, t, p.sums[share*p.size:], i, r > begin)
			}
		}
	}
	scratches.put(s)
	scratches.put(t)
}

// part is the rows of sample n in a chunk: the first, and their number.
func (p *imageSum) part(c *pieces, n int) (row, count int) {
	_, row, count = stretch(max(c.from, n*p.HOut), c.to, p.HOut)
	return row, count
}

// spread lays out what a chunk has of sample n.
func (p *imageSum) spread(c *pieces, n int) {
	row, count := p.part(c, n)
	lo, hi := p.rows.reach(row, row+count)
	in := c.in[(n-c.from/p.HOut)*p.slot:][:(hi-lo)*p.line]
	clear(in)
	at := (n*p.Groups + c.group) * p.channels * p.HIn * p.WIn
	channelsLast(in, p.channels, p.x[at:], p.channels, &p.rows, &p.cols, lo, hi)
	out := c.out[(n*p.HOut+row-c.from)*p.WOut*p.outStep:]
	at = (n*p.Groups + c.group) * p.outs * p.HOut * p.WOut
	channelsLast(out, p.outStep, p.dy[at:], p.outs, &p.down, &p.across, row, row+count)
	if p.wide == 0 {
		return
	}
	jump, run := p.cols.phases[0].jump, p.KW*p.channels
	for r := range count {
		dst := c.thin[(n*p.HOut+row+r-c.from)*p.WOut*p.wide:]
		for k := range p.KH {
			copyRuns(dst[k*run:], p.wide, in[(r*p.rows.phases[0].jump+k)*p.line:], jump*p.channels, run, p.WOut)
		}
		for w := range p.WOut { // sums of what lay there before are not used, but numbers next to 0 would be slow
			clear(dst[w*p.wide+p.KH*run : (w+1)*p.wide])
		}
	}
}

// panel adds the products of a chunk for one panel of its sums.
func (p *imageSum) panel(c *pieces, s *scratch, sums []float32, panel int, add bool) {
	nr, width := panelWidth(), p.KW*p.channels
	each := (width + nr - 1) / nr
	k, q := panel/each, panel%each*nr
	jump := p.cols.phases[0].jump
	t := tile{
		rows: p.outs, cols: min(nr, width-q), rowStep: 1, termStep: p.outStep, panelStep: nr, alpha: 1, add: add,
		a: c.out, ldc: p.KH * width, terms: (c.to - c.from) * p.WOut,
	}
	if p.wide > 0 {
		q = panel * nr
		t.cols, t.b, t.panelStep, t.c = min(nr, t.ldc-q), c.thin[q:], p.wide, sums[c.group*p.outs*t.ldc+q:]
		t.run()
		return
	}
	t.b = sized(&s.b, t.terms*nr)
	b := t.b
	for n := c.from / p.HOut; n <= (c.to-1)/p.HOut; n++ {
		_, count := p.part(c, n)
		in := c.in[(n-c.from/p.HOut)*p.slot:]
		for r := range count {
			packRows(b, in, (r*p.rows.phases[0].jump+k)*p.line+q, jump*p.channels, p.WOut, 0, t.cols)
			b = b[p.WOut*nr:]
		}
	}
	t.c = sums[c.group*p.outs*t.ldc+k*width+q:]
	t.run()
}

// imageSpread lays a chunk out. A part is a sample.
type imageSpread imageSum

func (p *imageSpread) do(part int) { (*imageSum)(p).spread(&p.one, p.one.from/p.HOut+part) }

// imagePanel adds a chunk up. A part is a panel.
type imagePanel imageSum

func (p *imagePanel) do(part int) {
	s := scratches.get()
	(*imageSum)(p).panel(&p.one, s, p.sums, part, p.one.from > 0)
	scratches.put(s)
}

// imageTotal adds up the shares of an imageSum. A part is an output channel.
type imageTotal imageSum

func (p *imageTotal) do(o int) {
	taps := p.KH * p.KW
	size := p.channels * taps
	sum := p.sums[o*size : (o+1)*size]
	for g := 1; g < p.shares; g++ {
		add(sum, sum, p.sums[g*p.size+o*size:g*p.size+(o+1)*size])
	}
	dw := p.dw[o*size : (o+1)*size]
	for k := range taps {
		for i, v := range sum[k*p.channels : (k+1)*p.channels] {
			dw[i*taps+k] = v
		}
	}
}
