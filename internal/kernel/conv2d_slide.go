package kernel

// imageRoom is about how many numbers the left operand of one part of a correlation over images has: half of the
// second-level cache.
const imageRoom = 1 << 17

var images freeList[image]

// image slides a kernel over images: Forward and GradInput of a Conv2D. A part is some rows of output places.
//
// The rows of input that they look at are laid out with the channels innermost and the padding around them, so that the
// taps of one row of the kernel lie side by side. Copied together they make the left operand of a matrix product, a row for
// each place; the weights are the right operand.
type image struct {
	in, out, bias                   []float32
	samples, groups, channels, outs int // channels and outs are those of one group
	rows, cols                      axis
	block, total                    int // output rows of a part, and of all samples
	panels, panelSize, outWidth     int // panels of a group's outputs, numbers in one, outputs rounded up
	w                               []float32
	outStep, channelStep, groupStep int // of w
	weights                         []float32
}

// run does the correlation and gives p back. The weight of output o, channel i and tap (a, b) in group g is
// w[g*groupStep + o*outStep + i*channelStep + a*KW + b].
func (p *image) run(w []float32, outStep, channelStep, groupStep int) {
	_ = p.out[p.samples*p.groups*p.outs*p.rows.out*p.cols.out-1]
	if n := p.samples * p.groups * p.channels * p.rows.whole * p.cols.whole; n > 0 {
		_ = p.in[n-1]
	}
	p.w, p.outStep, p.channelStep, p.groupStep = w, outStep, channelStep, groupStep
	nr := panelWidth()
	p.panels = (p.outs + nr - 1) / nr
	p.outWidth = p.panels * nr
	p.panelSize = p.rows.size * p.cols.size * p.channels * nr
	s := calls.get()
	p.weights = sized(&s.b, p.groups*p.panels*p.panelSize)
	run((*imageWeights)(p), p.groups*p.panels)

	// Enough places to repay passing over the weights, few enough to stay in the cache.
	places := min(512, max(128, imageRoom*len(p.rows.phases)*len(p.cols.phases)/max(1, p.panelSize/nr)))
	p.total = p.samples * p.rows.out
	p.block = max(1, places/p.cols.out)
	if t := Threads(); t > 1 {
		p.block = max(1, min(p.block, (p.total+4*t-1)/(4*t)))
	}
	p.block = wholeRows(p.block, p.rows.out, len(p.rows.phases))
	run(p, (p.total+p.block-1)/p.block)
	calls.put(s)
	rows, cols := p.rows.phases, p.cols.phases
	*p = image{}
	p.rows.phases, p.cols.phases = rows[:0], cols[:0]
	images.put(p)
}

// wholeRows is about block rows, a multiple of step if there is one, so that parts do not straddle samples of high rows.
func wholeRows(block, high, step int) int {
	if block >= high {
		return block / high * high
	}
	block = min(high, (block+step-1)/step*step)
	for d := block; d > block/2; d -= step {
		if high%d == 0 {
			return d
		}
	}
	return block
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
	r0, r1 := part*p.block, min((part+1)*p.block, p.total)
	for g := range p.groups {
		// Samples whose rows are all here are taken together; of others, stretch by stretch.
		for r := r0; r < r1; {
			sample, row, count := stretch(r, r1, p.rows.out)
			samples := 1
			if count == p.rows.out {
				samples = (r1 - r) / p.rows.out
			}
			p.stretch(s, g, sample, samples, row, row+count)
			r += samples * count
		}
	}
	scratches.put(s)
}

// stretch computes the output rows [from, to) of some samples in group g.
func (p *image) stretch(s *scratch, g, sample, samples, from, to int) {
	lo, hi := p.rows.reach(from, to)
	size := (hi - lo) * p.cols.padded * p.channels // of a sample's padded input
	places := (to - from) * p.cols.out
	in, out := sized(&s.a, samples*size), sized(&s.b, samples*places*p.outWidth)
	clear(in)
	for n := range samples {
		at := ((sample+n)*p.groups + g) * p.channels * p.rows.whole * p.cols.whole
		channelsLast(in[n*size:(n+1)*size], p.channels, p.in[at:], p.channels, &p.rows, &p.cols, lo, hi)
	}
	weights := 0
	for i := range p.rows.phases {
		for j := range p.cols.phases {
			a, b := &p.rows.phases[i], &p.cols.phases[j]
			p.phase(a, b, g, weights, in, out, samples, from, to, lo, hi)
			weights += a.taps * b.taps * p.channels
		}
	}
	area := p.rows.out * p.cols.out
	for n := range samples {
		at := ((sample+n)*p.groups + g) * p.outs * area
		unpackColumns(p.out[at+from*p.cols.out:], area, out[n*places*p.outWidth:], p.outWidth, p.outs, places)
	}
}

// phase computes the output places of one phase, whose weights start at row weights of every panel, in out [samples, places,
// outWidth], from the padded rows [lo, hi) in in.
func (p *image) phase(a, b *phase, g, weights int, in, out []float32, samples, from, to, lo, hi int) {
	first, last := a.within(from, to)
	count := samples * (last - first) * b.count
	if count <= 0 {
		return
	}
	s := scratches.get()
	terms := a.taps * b.taps * p.channels
	left, step := in, p.channels
	if a.taps != 1 || b.taps != 1 || a.jump*b.jump != 1 || b.count != p.cols.padded || samples > 1 && last-first != hi-lo {
		step = terms + 8 // rows of a power of two would fall on the same few places of the cache
		left = sized(&s.a, count*step)
		p.collect(left, step, a, b, in, samples, first, last, lo, hi)
	} else {
		left = in[(a.at+first-lo)*b.count*p.channels:]
	}
	product, apart := out, b.step*a.step != 1
	if apart {
		product = sized(&s.b, count*p.outWidth)
	}
	p.multiply(product, left, step, terms, count, g, weights)
	for i := 0; apart && i < samples*(last-first); i++ {
		n, r := i/(last-first), first+i%(last-first)
		dst := out[((n*(to-from)+a.first+r*a.step-from)*p.cols.out+b.first)*p.outWidth:]
		for c := range b.count {
			at := (i*b.count + c) * p.outWidth
			copy(dst[c*b.step*p.outWidth:], product[at:at+p.outWidth])
		}
	}
	scratches.put(s)
}

// collect copies the inputs of the places of rows [first, last) of a phase together, step numbers for each place.
func (p *image) collect(dst []float32, step int, a, b *phase, in []float32, samples, first, last, lo, hi int) {
	line, run := p.cols.padded*p.channels, b.taps*p.channels
	for n := range samples {
		for r := first; r < last; r++ {
			for k := range a.taps {
				src := in[(n*(hi-lo)+a.at+r*a.jump+k-lo)*line+b.at*p.channels:]
				copyRuns(dst[k*run:], step, src, b.jump*p.channels, run, b.count)
			}
			dst = dst[b.count*step:]
		}
	}
}

// copyRuns copies count runs of n numbers, srcStep apart, to places dstStep apart.
func copyRuns(dst []float32, dstStep int, src []float32, srcStep, n, count int) {
	for i := range count {
		copy(dst[i*dstStep:i*dstStep+n], src[i*srcStep:i*srcStep+n])
	}
}

// multiply computes count rows of products with the weights of a phase.
func (p *image) multiply(product, left []float32, step, terms, count, g, weights int) {
	nr := panelWidth()
	t := tile{rows: count, rowStep: step, termStep: 1, panelStep: nr, ldc: p.outWidth, alpha: 1}
	size := max(1, terms)
	if terms > 0 {
		size = even(terms, depth, 8)
	}
	for q := 0; q == 0 || q < terms; q += size {
		t.terms, t.add = min(size, terms-q), q > 0
		if t.terms > 0 {
			t.a = left[q:]
		}
		for o := range p.panels {
			t.cols = min(nr, p.outs-o*nr)
			if t.base = nil; p.bias != nil && q == 0 {
				t.base = p.bias[g*p.outs+o*nr : g*p.outs+o*nr+t.cols]
			}
			if t.terms > 0 {
				t.b = p.weights[(g*p.panels+o)*p.panelSize+(weights+q)*nr:]
			}
			t.c = product[o*nr:]
			t.run()
		}
	}
}
