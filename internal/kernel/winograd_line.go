package kernel

// Winograd's minimal filtering along one axis computes 4 outputs of a convolution of three taps from 6 inputs with 6 products
// instead of 12, at the points of winograd.go:
//
//	y = At [ (G w) * (Bt x) ]
//
// Of taps a dilation d apart a tile is the outputs t, t+d, t+2d and t+3d; d tiles make a group of 4d outputs in a row. Summed
// over channels the products of each of the 6 points become a matrix product, whose columns are the tiles of several samples.

const (
	lineReach = tileReach // inputs of a tile, and points
	lineTaps  = 3
	// lineBlock is how many numbers the transformed inputs and outputs of a part may take, for the second-level cache; twice as
	// many for the gradient of the weights, of which every part goes over all sums.
	lineBlock = 1 << 18
	// lineMost is the most tiles in a part, unless a group has more.
	lineMost = 128
	// lineLeast is the fewest tiles that output and gradient of the input take: the vectors are too empty with fewer.
	lineLeast = 4
	// The transforms of a row take as long as so many products, and so many for each sixteen tiles.
	lineRow, lineTiles = 640, 560
)

var lines freeList[line]

// line is Forward, or GradInput, which is the same with the kernel turned around. A part is some samples, or some groups of one.
type line struct {
	lineShape
	in, out, bias, w     []float32
	outStep, channelStep int // of w
	after                After
	follow               bool
	turned               bool
	points               []float32 // the transformed weights [6][outs][channels]
	rowStep, pointSize   int       // of points
}

// lineShape is a correlation out[s] = sum over k of w[k] * in[s-pad+k*dilation], and its parts.
type lineShape struct {
	samples, channels, outs, inSteps, outSteps, dilation, pad int

	groups      int // of a sample
	per, span   int // samples and groups in a part
	spans       int // parts that a sample falls into
	index, back lineIndex
}

// lineIndex picks from two vectors side by side, one for the blocks of a dilation whose number is even, one for the odd ones, and
// one for what is a dilation further on.
type lineIndex [3][16]int32

// line tells whether transforms are to be used where there are so many tiles at least: as it depends on the shape of a sample
// alone, a sample has the same bits in any batch.
func (c Conv) line(least int) bool {
	d := c.Dilation
	if c.Precision != Winograd || !hasLine() || c.K != lineTaps || c.Stride != 1 || c.CIn < 8 || c.COut < 8 || !c.some() ||
		d%16 != 0 && d != 1 && d != 2 && d != 4 && d != 8 {
		return false
	}
	return min(c.TIn, c.TOut) > (least-1)*tileSide && c.linePays(c.TIn, c.TOut, c.PadLeft) && c.linePays(c.TOut, c.TIn, 2*d-c.PadLeft)
}

// linePays tells whether transforms and their products take less than nine tenths of the plain products.
func (c Conv) linePays(inSteps, outSteps, pad int) bool {
	plain := 0
	for k := range lineTaps {
		at := k*c.Dilation - pad
		plain += max(0, min(outSteps, inSteps-at)-max(0, -at))
	}
	tiles := (outSteps + 4*c.Dilation - 1) / (4 * c.Dilation) * c.Dilation
	fast := c.CIn*c.COut*tiles*lineReach + (c.CIn+c.COut)*(lineRow+(tiles+15)/16*lineTiles)
	return 10*fast < 9*c.CIn*c.COut*plain
}

// set finds the parts, of so many numbers at most.
func (p *lineShape) set(block int) {
	d := p.dilation
	p.groups = (p.outSteps + tileSide*d - 1) / (tileSide * d)
	most := max(32, min(lineMost, block/(lineReach*(p.channels+p.outs))))
	tiles := p.groups * d
	p.per, p.span = 1, p.groups
	if tiles > most {
		p.span = max(1, most/d)
	}
	p.spans = (p.groups + p.span - 1) / p.span
	least := p.panels(1)
	for n := 2; n*tiles <= most && n <= p.samples; n++ {
		if panels := p.panels(n); panels <= least {
			p.per, least = n, panels
		}
	}
	for i := range 16 {
		if d < 16 {
			b, r := i/d, i%d
			p.index[0][i], p.index[1][i], p.index[2][i] = int32(2*b*d+r), int32((2*b+1)*d+r), int32(i+d)
			for h := range 2 { // the way back: blocks of two vectors in turn
				at := h*16 + i
				p.back[h][i] = int32(at/d/2*d + at%d + at/d%2*16)
			}
		}
	}
}

// panels is how many panels of tiles there are with so many samples in a part.
func (p *lineShape) panels(per int) int {
	tiles, nr := p.groups*p.dilation, panelWidth()
	return p.samples/per*((per*tiles+nr-1)/nr) + (p.samples%per*tiles+nr-1)/nr
}

func (p *lineShape) parts() int { return (p.samples + p.per - 1) / p.per * p.spans }

// linePart is a part: samples [n0, n1) and groups [g0, g1) of each, with so many tiles a sample.
type linePart struct{ n0, n1, g0, g1, tiles, step int }

func (p *lineShape) part(i int) (q linePart) {
	q.n0, q.g0 = i/p.spans*p.per, i%p.spans*p.span
	q.n1, q.g1 = min(q.n0+p.per, p.samples), min(q.g0+p.span, p.groups)
	q.tiles = (q.g1 - q.g0) * p.dilation
	q.step = apart((q.n1 - q.n0) * q.tiles)
	return q
}

// room is how many numbers a stretch of tiles and what they reach take, for vectors of sixteen tiles.
func (q *linePart) room(d int) int { return max((q.tiles+31)/16*64, 4*q.tiles+2*d) + 64 }

// spread transforms rows of src, [samples, channels, steps], to dst, [points][channels][tiles of the samples]. Tiles begin pad
// steps before those of their outputs.
func (p *lineShape) spread(kind lineKind, dst []float32, pointStep int, q linePart, src []float32, channels, steps, pad int, buf []float32) {
	buf = buf[:q.room(p.dilation)]
	clear(buf)
	at := q.g0*tileSide*p.dilation - pad
	lo, hi := max(0, -at), min(len(buf), steps-at)
	for n := q.n0; n < q.n1; n++ {
		for c := range channels {
			if lo < hi {
				copy(buf[lo:hi], src[(n*channels+c)*steps+at+lo:])
			}
			p.toPoints(kind, dst[c*q.step+(n-q.n0)*q.tiles:], pointStep, buf, q.tiles)
		}
	}
}

// newLine prepares Forward of a convolution, or GradInput when turned.
func (c Conv) newLine(x, w, bias, y []float32, turned bool) *line {
	p := lines.get()
	p.in, p.w, p.bias, p.out, p.turned = x, w, bias, y, turned
	p.lineShape = lineShape{samples: c.N, channels: c.CIn, outs: c.COut, inSteps: c.TIn, outSteps: c.TOut, dilation: c.Dilation, pad: c.PadLeft}
	p.outStep, p.channelStep = c.CIn*lineTaps, lineTaps
	if turned {
		p.channels, p.outs, p.inSteps, p.outSteps, p.pad = p.outs, p.channels, p.outSteps, p.inSteps, 2*p.dilation-p.pad
		p.outStep, p.channelStep = p.channelStep, p.outStep
	}
	return p
}

// run does it and gives p back.
func (p *line) run() {
	_, _ = p.in[p.samples*p.channels*p.inSteps-1], p.out[p.samples*p.outs*p.outSteps-1]
	p.set(lineBlock)
	s := calls.get()
	p.rowStep = apart(p.channels)
	p.pointSize = p.outs*p.rowStep + 16
	p.points = sized(&s.a, lineReach*p.pointSize)
	run((*lineWeights)(p), (p.outs+weightBlock-1)/weightBlock)
	run(p, p.parts())
	calls.put(s)
	*p = line{}
	lines.put(p)
}

// lineWeights transforms the weights. A part is a block of outputs.
type lineWeights line

func (p *lineWeights) do(part int) {
	u, size := p.points, p.pointSize
	first, last := 0, 2
	if p.turned {
		first, last = 2, 0
	}
	for o := part * weightBlock; o < min((part+1)*weightBlock, p.outs); o++ {
		for i := range p.channels {
			w := p.w[o*p.outStep+i*p.channelStep:]
			at := o*p.rowStep + i
			u[at], u[at+5*size] = w[first], w[last]
			even, odd := (w[first]+0.5*w[last])*(-2./3), w[1]*float32(-2./3*linePoint)
			u[at+size], u[at+2*size] = even+odd, even-odd
			even, odd = (w[first]+2*w[last])*(1./6), w[1]*float32(2./6*linePoint)
			u[at+3*size], u[at+4*size] = even+odd, even-odd
		}
	}
}

func (p *line) do(part int) {
	s := scratches.get()
	q := p.part(part)
	cols := (q.n1 - q.n0) * q.tiles
	inPoint, outPoint := p.channels*q.step+16, p.outs*q.step+16
	buf := sized(&s.a, lineReach*(inPoint+outPoint)+2*panelWidth())
	in, out := buf[:lineReach*inPoint+panelWidth()], buf[lineReach*inPoint+panelWidth():]
	row := sized(&s.b, q.room(p.dilation))
	p.spread(lineInput, in, inPoint, q, p.in, p.channels, p.inSteps, p.pad, row)
	size := even(p.channels, depth, 8)
	t := tile{rows: p.outs, rowStep: p.rowStep, termStep: 1, panelStep: q.step, ldc: q.step, alpha: 1}
	for i := range lineReach {
		for r := 0; r < p.channels; r += size {
			t.terms, t.add = min(size, p.channels-r), r > 0
			t.a = p.points[i*p.pointSize+r:]
			for c := 0; c < cols; c += panelWidth() {
				t.cols = min(panelWidth(), cols-c)
				t.b, t.c = in[i*inPoint+r*q.step+c:], out[i*outPoint+c:]
				t.run()
			}
		}
	}
	p.gather(out, outPoint, q, row)
	scratches.put(s)
}

// gather transforms the products of a part to outputs, and does what follows.
func (p *line) gather(products []float32, pointStep int, q linePart, buf []float32) {
	from := q.g0 * tileSide * p.dilation
	to := min(q.g1*tileSide*p.dilation, p.outSteps)
	for n := q.n0; n < q.n1; n++ {
		for o := range p.outs {
			var bias float32
			if p.bias != nil {
				bias = p.bias[o]
			}
			at := (n*p.outs + o) * p.outSteps
			y := p.out[at+from : at+to]
			p.fromPoints(buf, products[o*q.step+(n-q.n0)*q.tiles:], pointStep, q.tiles, bias)
			copy(y, buf)
			if p.follow {
				var more []float32
				if p.after.More != nil {
					more = p.after.More[at+from : at+to]
				}
				p.after.row(y, o, more)
			}
		}
	}
}
