package kernel

// imageRoom is how many numbers of padded input, and of output, one part of a correlation over images holds at most, if a
// single row of the image has not more: together with a panel they stay in the second-level cache.
const imageRoom = 1 << 16

var images freeList[image]

// image slides a kernel over images: Forward and GradInput of a Conv2D. A part is a few samples, or a strip of rows of one.
//
// The strip is laid out with the channels innermost and its padding around it. All taps of one row of the kernel then lie
// side by side for every output place, and the tile takes its left operand from there: places are its rows, the channels of
// the taps its terms, and a panel of output channels its columns.
type image struct {
	in, out, bias                   []float32
	samples, groups, channels, outs int // channels and outs are those of one group
	rows, cols                      axis
	strip, strips, batch            int // output rows and samples of a part, strips in a sample
	panels, panelSize               int // panels of a group's outputs, numbers in one
	w                               []float32
	outStep, channelStep, groupStep int // of w
	weights                         []float32
}

// run does the correlation and gives p back. The weight of output o, channel i and tap (a, b) in group g is
// w[g*groupStep + o*outStep + i*channelStep + a*KW + b].
func (p *image) run(w []float32, outStep, channelStep, groupStep int) {
	_ = p.out[p.samples*p.groups*p.outs*p.rows.out*p.cols.out-1]
	if n := p.samples * p.groups * p.channels * p.rows.in * p.cols.in; n > 0 {
		_ = p.in[n-1]
	}
	p.w, p.outStep, p.channelStep, p.groupStep = w, outStep, channelStep, groupStep
	nr := panelWidth()
	p.panels = (p.outs + nr - 1) / nr
	p.panelSize = p.rows.size * p.cols.size * p.channels * nr
	s := scratches.get()
	p.weights = sized(&s.b, p.groups*p.panels*p.panelSize)
	run((*imageWeights)(p), p.groups*p.panels)

	// A part has enough rows for the tile to repay loading a panel, and few enough to stay in the cache.
	line := max(1, max(p.cols.padded*p.channels*p.rows.phases[0].jump, p.cols.out*nr))
	p.strip = min(p.rows.out, max(1, imageRoom/line))
	p.strip = even(p.rows.out, p.strip, 1)
	p.strips = (p.rows.out + p.strip - 1) / p.strip
	p.batch = 1
	if p.strips == 1 {
		p.batch = max(1, min(imageRoom/(line*p.rows.out), p.samples/(4*Threads())))
	}
	run(p, (p.samples+p.batch-1)/p.batch*p.strips)
	scratches.put(s)
	rows, cols := p.rows.phases, p.cols.phases
	*p = image{}
	p.rows.phases, p.cols.phases = rows[:0], cols[:0]
	images.put(p)
}

// imageWeights packs the weights into panels. A part is a panel; phase follows phase in it, and within one the rows of taps,
// the taps of a row and the channels.
type imageWeights image

func (p *imageWeights) do(part int) {
	nr := panelWidth()
	g, o := part/p.panels, part%p.panels*nr
	dst := p.weights[part*p.panelSize : (part+1)*p.panelSize]
	w := p.w[g*p.groupStep+o*p.outStep:]
	cols := min(nr, p.outs-o)
	for i := range p.rows.phases {
		for j := range p.cols.phases {
			a, b := &p.rows.phases[i], &p.cols.phases[j]
			for t := range a.taps * b.taps {
				tap := (a.tap+t/b.taps*a.next)*p.cols.size + b.tap + t%b.taps*b.next
				for c := range p.channels {
					row := dst[:nr]
					at := c*p.channelStep + tap
					for k := range cols {
						row[k] = w[k*p.outStep+at]
					}
					clear(row[cols:])
					dst = dst[nr:]
				}
			}
		}
	}
}

func (p *image) do(part int) {
	s := scratches.get()
	n0, from := part/p.strips*p.batch, part%p.strips*p.strip
	n1, to := min(n0+p.batch, p.samples), min(from+p.strip, p.rows.out)
	lo, hi := p.rows.reach(from, to)
	nr := panelWidth()
	size := (hi - lo) * p.cols.padded * p.channels // of a sample's padded input
	places := (to - from) * p.cols.out
	in, out := sized(&s.a, (n1-n0)*size), sized(&s.b, (n1-n0)*places*nr)
	clear(in) // the padding; every group fills the same places
	for g := range p.groups {
		for n := n0; n < n1; n++ {
			at := (n*p.groups + g) * p.channels * p.rows.in * p.cols.in
			channelsLast(in[(n-n0)*size:(n-n0+1)*size], p.channels, p.in[at:], p.channels, &p.rows, &p.cols, lo, hi)
		}
		for o := 0; o < p.outs; o += nr {
			t := tile{cols: min(nr, p.outs-o), panelStep: nr, ldc: nr, alpha: 1, termStep: 1}
			if p.bias != nil {
				t.base = p.bias[g*p.outs+o : g*p.outs+o+t.cols]
			}
			p.panel(&t, g*p.panels+o/nr, in, out, n1-n0, from, to, lo, hi)
			for n := n0; n < n1; n++ {
				at := (n*p.groups+g)*p.outs + o
				area := p.rows.out * p.cols.out
				unpackColumns(p.out[at*area+from*p.cols.out:], area, out[(n-n0)*places*nr:], nr, t.cols, places)
			}
		}
	}
	scratches.put(s)
}

// panel computes a panel of output channels for the output rows [from, to) of samples, out [samples, places, panel], from
// the padded rows [lo, hi) in in.
func (p *image) panel(t *tile, panel int, in, out []float32, samples, from, to, lo, hi int) {
	nr := panelWidth()
	weights := p.weights[panel*p.panelSize : (panel+1)*p.panelSize]
	line := p.cols.padded * p.channels
	base, clipped := t.base, p.bias != nil
	for i := range p.rows.phases {
		for j := range p.cols.phases {
			a, b := &p.rows.phases[i], &p.cols.phases[j]
			terms := b.taps * p.channels
			first, last := a.within(from, to)
			t.rows, t.rowStep, t.ldc = b.count, b.jump*p.channels, b.step*nr
			for k := range max(1, a.taps) {
				for q := 0; q == 0 || q < terms; q += depth {
					t.terms = min(depth, terms-q)
					if a.taps == 0 {
						t.terms = 0
					}
					t.add, t.base = k > 0 || q > 0, nil
					if clipped && !t.add {
						t.base = base
					}
					if t.terms > 0 {
						t.b = weights[(k*terms+q)*nr:]
					}
					for n := range samples {
						for r := first; r < last && b.count > 0; r++ {
							if t.terms > 0 {
								t.a = in[(n*(hi-lo)+a.at+r*a.jump+k-lo)*line+b.at*p.channels+q:]
							}
							t.c = out[((n*(to-from)+a.first+r*a.step-from)*p.cols.out+b.first)*nr:]
							t.run()
						}
					}
				}
			}
			weights = weights[a.taps*terms*nr:]
		}
	}
}

// channelsLast lays the padded rows [lo, hi) of channels planes of src out with the channels innermost, width numbers for
// each place. It writes what comes from the image; the rest, zeros, is there already.
func channelsLast(dst []float32, width int, src []float32, channels int, rows, cols *axis, lo, hi int) {
	line := cols.padded * width
	wide := min(cols.in, cols.padded-cols.before)
	if wide <= 0 {
		return
	}
	area := rows.in * cols.in
	for r := max(lo, rows.before); r < min(hi, rows.before+rows.in); r++ {
		d := dst[(r-lo)*line+cols.before*width:]
		at := (r - rows.before) * cols.in
		c := 0
		for ; c+8 <= channels; c += 8 {
			done := transpose8(d[c:], width, src[c*area+at:], area, wide)
			for k := c; k < c+8 && done < wide; k++ {
				packColumn(d[done*width+k:], width, src[k*area+at+done:k*area+at+wide])
			}
		}
		for ; c < channels; c++ {
			packColumn(d[c:], width, src[c*area+at:c*area+at+wide])
		}
	}
}

// unpackColumns copies cols columns of src, n rows of width numbers, to rows of dst that start step apart.
func unpackColumns(dst []float32, step int, src []float32, width, cols, n int) {
	q := 0
	for ; q+8 <= n; q += 8 {
		done := transpose8(dst[q:], step, src[q*width:], width, cols)
		for ; done < cols; done++ {
			row := dst[done*step+q : done*step+q+8]
			for i := range row {
				row[i] = src[(q+i)*width+done]
			}
		}
	}
	for ; q < n; q++ {
		for j := range cols {
			dst[j*step+q] = src[q*width+j]
		}
	}
}
