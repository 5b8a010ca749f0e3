package kernel

var winograds freeList[winograd]

// winograd is Forward, or GradInput, which is the same with the kernel turned around. A part is some rows of tiles: it
// transforms them, multiplies them with the weights point by point, and transforms the result, all in the cache.
type winograd struct {
	in                        tiling
	out, bias                 []float32
	samples, outs, hout, wout int
	panels, outWidth          int // of outputs, and those side by side in a tile of the product
	w, points                 []float32
	pointSize                 int  // of points, one of the 36
	turned                    bool // the weights are [channels, outs, 3, 3], turned around
	rows, parts               int  // rows of tiles in a part
}

func newWinograd(n, channels, h, w, outs, hout, wout, pad int) *winograd {
	p := winograds.get()
	p.in.set(nil, toInput, channels, h, w, pad, hout, wout)
	p.samples, p.outs, p.hout, p.wout = n, outs, hout, wout
	return p
}

// run does the convolution and gives p back.
func (p *winograd) run(in, out, bias, w []float32, turned bool) {
	channels, nr := p.in.channels, panelWidth()
	_ = in[p.samples*channels*p.in.rows.in*p.in.cols.in-1]
	_ = out[p.samples*p.outs*p.hout*p.wout-1]
	_ = w[channels*p.outs*9-1]
	p.in.data, p.out, p.bias, p.w, p.turned = in, out, bias, w, turned
	p.panels = (p.outs + nr - 1) / nr
	p.outWidth = p.panels * nr
	s := calls.get()
	p.pointSize = p.panels*channels*nr + 16
	p.points = sized(&s.a, tilePoints*p.pointSize)
	run((*winogradWeights)(p), p.panels)

	rows := p.samples * p.in.tilesDown
	// Enough tiles to repay passing over all the weights, few enough for the second-level cache.
	tiles := 32
	if channels*p.outs > 64*64 {
		tiles = 64
	}
	p.rows = max(1, tiles/p.in.tilesAcross)
	if t := Threads(); rows < 2*t*p.rows {
		p.rows = max(1, (rows+t-1)/t)
	}
	p.parts = (rows + p.rows - 1) / p.rows
	run(p, p.parts)
	calls.put(s)
	*p = winograd{}
	winograds.put(p)
}

// winogradWeights transforms the weights to panels [36, panels, channels, panel]. A part is a panel.
type winogradWeights winograd

// weightBlock is how many channels' weights are transposed at a time.
const weightBlock = 32

func (p *winogradWeights) do(part int) {
	s := scratches.get()
	nr, channels := panelWidth(), p.in.channels
	buf := sized(&s.b, weightBlock*9*8)
	t := transform{
		dstRow: tileReach * p.pointSize, dstCol: p.pointSize, dstStep: nr,
		src: buf, srcRow: 3 * 8, srcCol: 8, srcStep: 9 * 8,
	}
	if p.turned {
		t.from, t.srcRow, t.srcCol = 8*8, -3*8, -8
	}
	for o := part * nr; o < (part+1)*nr; o += 8 {
		cols := max(0, min(8, p.outs-o))
		for c := 0; c < channels; c += weightBlock {
			t.count = min(weightBlock, channels-c)
			switch {
			case cols == 0:
				clear(buf)
			case p.turned:
				for i := range t.count {
					packColumns(buf[i*72:], 8, p.w[((c+i)*p.outs+o)*9:], 9, cols, 9)
				}
			default:
				packColumns(buf, 8, p.w[(o*channels+c)*9:], channels*9, cols, t.count*9)
			}
			t.dst = p.points[part*channels*nr+c*nr+o-part*nr:]
			t.run(toWeight)
		}
	}
	scratches.put(s)
}

func (p *winograd) do(part int) {
	s := scratches.get()
	r0 := part * p.rows
	r1 := min(r0+p.rows, p.samples*p.in.tilesDown)
	tiles, channels, nr := (r1-r0)*p.in.tilesAcross, p.in.channels, panelWidth()
	inStep, outStep := apart(channels), apart(p.outWidth)
	inPoint, outPoint := tiles*inStep+16, tiles*outStep+16
	buf := sized(&s.a, tilePoints*(inPoint+outPoint))
	in, out := buf[:tilePoints*inPoint], buf[tilePoints*inPoint:]
	p.in.spread(s, in, layout{inPoint, inStep, channels + 7, 0}, r0, r1)
	size := even(channels, depth, 8)
	t := tile{rows: tiles, cols: nr, rowStep: inStep, termStep: 1, panelStep: nr, ldc: outStep, alpha: 1}
	for i := range tilePoints {
		for q := 0; q < channels; q += size {
			t.terms, t.add = min(size, channels-q), q > 0
			t.a = in[i*inPoint+q:]
			for o := range p.panels {
				t.b = p.points[i*p.pointSize+(o*channels+q)*nr:]
				t.c = out[i*outPoint+o*nr:]
				t.run()
			}
		}
	}
	p.gather(s, out, outPoint, outStep, r0, r1)
	scratches.put(s)
}

// gather transforms the products of the tile rows [r0, r1) to outputs.
func (p *winograd) gather(s *scratch, products []float32, pointStep, tileStep, r0, r1 int) {
	wide := p.in.tilesAcross * tileSide
	buf := sized(&s.b, min(r1-r0, p.in.tilesDown)*tileSide*wide*8)
	t := transform{
		dstRow: wide * 8, dstCol: 8, dstStep: tileSide * 8,
		src: products, srcRow: tileReach * pointStep, srcCol: pointStep, srcStep: tileStep, count: p.in.tilesAcross,
	}
	for r := r0; r < r1; {
		sample, row, count := stretch(r, r1, p.in.tilesDown)
		high := min(count*tileSide, p.hout-row*tileSide)
		for o := 0; o < p.outs; o += 8 {
			for i := range count {
				t.from = (r-r0+i)*p.in.tilesAcross*tileStep + o
				t.dst = buf[i*tileSide*wide*8:]
				t.run(toOutput)
			}
			p.place(buf, wide, sample, o, row*tileSide, high)
		}
		r += count
	}
}

// place copies high rows of eight outputs, wide places each, to the output from row on.
func (p *winograd) place(buf []float32, wide, sample, o, row, high int) {
	area, cols := p.hout*p.wout, min(8, p.outs-o)
	at := (sample*p.outs+o)*area + row*p.wout
	if wide == p.wout {
		unpackColumns(p.out[at:], area, buf, 8, cols, high*wide)
	} else {
		for h := range high {
			unpackColumns(p.out[at+h*p.wout:], area, buf[h*wide*8:], 8, cols, p.wout)
		}
	}
	if p.bias == nil {
		return
	}
	for j := range cols {
		y := p.out[at+j*area : at+j*area+high*p.wout]
		affine(y, y, 0, 1, p.bias[o+j])
	}
}
