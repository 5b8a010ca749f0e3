package kernel

var winogradSums freeList[winogradSum]

// winogradSum is GradWeight. Its sum over tiles is cut into groups of tile rows, each summed on its own by one part, if there
// is room for as many copies; otherwise there is one group, whose points are the parts. Either way the order of the sum is
// set by the shape.
type winogradSum struct {
	x, dy                      tiling
	dw                         []float32
	rows, groups               int // rows of tiles in all
	chunk                      int // and in what is transformed at a time
	panels                     int // of input channels
	lead                       int // numbers from one output channel to the next in sums
	pointSize                  int // of sums, one of the 36
	sums                       []float32
	inPoint, outPoint, outStep int
	in, out                    []float32 // the chunk at hand, where there is one group
	from, to                   int
}

func (c Conv2D) winogradGradWeight(x, dy, dw []float32) {
	p := winogradSums.get()
	p.dw = dw
	p.x.set(x, toInput, c.CIn, c.HIn, c.WIn, c.Pad, c.HOut, c.WOut)
	p.dy.set(dy, toGrad, c.COut, c.HOut, c.WOut, 0, c.HOut, c.WOut)
	nr := panelWidth()
	p.panels = (c.CIn + nr - 1) / nr
	p.lead = apart(p.panels * nr)
	p.pointSize = c.COut*p.lead + 16
	p.outStep = apart(c.COut)
	p.rows = c.N * p.x.tilesDown
	p.chunk = max(1, sumTerms/p.x.tilesAcross)
	p.groups = min(8, sumRoom/(tilePoints*p.pointSize), (p.rows+p.chunk-1)/p.chunk)
	if p.groups < 4 {
		p.groups = 1
		p.chunk *= 2
	}
	p.chunk = min(p.chunk, p.rows)
	tiles := p.chunk * p.x.tilesAcross
	p.inPoint, p.outPoint = p.panels*tiles*nr+16, tiles*p.outStep+16
	s := calls.get()
	p.sums = sized(&s.a, p.groups*tilePoints*p.pointSize)
	if p.groups > 1 {
		run(p, p.groups)
	} else {
		buf := sized(&s.b, tilePoints*(p.inPoint+p.outPoint))
		p.in, p.out = buf[:tilePoints*p.inPoint], buf[tilePoints*p.inPoint:]
		for r := 0; r < p.rows; r += p.chunk {
			p.from, p.to = r, min(r+p.chunk, p.rows)
			run((*winogradSpread)(p), p.to-p.from)
			run((*winogradPoint)(p), tilePoints)
		}
	}
	run((*winogradTotal)(p), c.COut)
	calls.put(s)
	*p = winogradSum{}
	winogradSums.put(p)
}

// do sums a group.
func (p *winogradSum) do(group int) {
	s := scratches.get()
	buf := sized(&s.a, tilePoints*(p.inPoint+p.outPoint))
	in, out := buf[:tilePoints*p.inPoint], buf[tilePoints*p.inPoint:]
	begin, end := group*p.rows/p.groups, (group+1)*p.rows/p.groups
	sums := p.sums[group*tilePoints*p.pointSize:]
	for r := begin; r < end; r += p.chunk {
		to := min(r+p.chunk, end)
		p.spread(s, in, out, r, to, r, to)
		for i := range tilePoints {
			p.point(sums, in, out, i, (to-r)*p.x.tilesAcross, r > begin)
		}
	}
	scratches.put(s)
}

// spread transforms the rows [r0, r1) of a chunk that goes from from to to.
func (p *winogradSum) spread(s *scratch, in, out []float32, r0, r1, from, to int) {
	nr, across := panelWidth(), p.x.tilesAcross
	at := (r0 - from) * across
	p.x.spread(s, in[at*nr:], layout{p.inPoint, nr, nr, (to - from) * across * nr}, r0, r1)
	p.dy.spread(s, out[at*p.outStep:], layout{p.outPoint, p.outStep, p.dy.channels + 7, 0}, r0, r1)
}

// point adds the products of so many tiles at one point to sums.
func (p *winogradSum) point(sums, in, out []float32, point, tiles int, add bool) {
	nr := panelWidth()
	size := even(tiles, sumTerms, 8)
	t := tile{rows: p.dy.channels, rowStep: 1, termStep: p.outStep, panelStep: nr, ldc: p.lead, alpha: 1}
	for q := 0; q < tiles; q += size {
		t.terms, t.add = min(size, tiles-q), add || q > 0
		t.a = out[point*p.outPoint+q*p.outStep:]
		for c := range p.panels {
			t.cols = min(nr, (p.x.channels-c*nr+7)/8*8)
			t.b = in[point*p.inPoint+(c*tiles+q)*nr:]
			t.c = sums[point*p.pointSize+c*nr:]
			t.run()
		}
	}
}

// winogradSpread transforms a chunk. A part is a row of tiles.
type winogradSpread winogradSum

func (p *winogradSpread) do(part int) {
	s := scratches.get()
	r := p.from + part
	(*winogradSum)(p).spread(s, p.in, p.out, r, r+1, p.from, p.to)
	scratches.put(s)
}

// winogradPoint adds up a chunk. A part is a point.
type winogradPoint winogradSum

func (p *winogradPoint) do(part int) {
	(*winogradSum)(p).point(p.sums, p.in, p.out, part, (p.to-p.from)*p.x.tilesAcross, p.from > 0)
}

// winogradTotal adds up the groups and transforms the sums to weights. A part is an output channel.
type winogradTotal winogradSum

func (p *winogradTotal) do(o int) {
	s := scratches.get()
	channels := p.x.channels
	blocks := (channels + 7) / 8
	for i := range tilePoints {
		at := i*p.pointSize + o*p.lead
		sum := p.sums[at : at+blocks*8]
		for g := 1; g < p.groups; g++ {
			more := at + g*tilePoints*p.pointSize
			add(sum, sum, p.sums[more:more+blocks*8])
		}
	}
	buf := sized(&s.b, blocks*9*8)
	t := transform{
		dst: buf, dstRow: 3 * 8, dstCol: 8, dstStep: 9 * 8,
		src: p.sums, from: o * p.lead, srcRow: tileReach * p.pointSize, srcCol: p.pointSize, srcStep: 8, count: blocks,
	}
	t.run(toTotal)
	for c := 0; c < channels; c += 8 {
		unpackColumns(p.dw[(o*channels+c)*9:], 9, buf[c*9:], 8, min(8, channels-c), 9)
	}
	scratches.put(s)
}
