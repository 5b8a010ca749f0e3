package kernel

var flatWeightSums freeList[flatWeightSum]

// flatWeightSum is GradWeight of a convolution with operands rounded to bfloat16: for each tap the product of the input, as
// rows of places that the tap shifts, with the transposed gradient. The samples are cut into shares that are summed on their
// own, if there is room for as many copies of the weights, each by one part; otherwise the parts are the taps and blocks of
// input channels. Either way the order of the sum is set by the shape.
type flatWeightSum struct {
	sheet
	plane
	x, dy, dw        []float32
	seen             []flatTap
	shares, together int // and samples that are added up at a time
	size             int
	inWidth          int // rows of a picture
	outWidth         int // outputs, in whole panels
	sums             []float32
	one              flatPiece // the samples at hand, where there is one share
}

// At least so many places are added up before the sums are put away: few where the sums stay in the cache and the operands
// shall, many where they do not.
const (
	fewPlaces  = 512
	manyPlaces = 2048
)

// flatPiece is some samples laid out.
type flatPiece struct {
	first, samples int
	in, out        []float32
}

// gradWeightBF16 is GradWeight.
func (p *plane) gradWeightBF16(x, dy, dw []float32) {
	f := flatWeightSums.get()
	f.plane, f.x, f.dy, f.dw = *p, x, dy, dw
	f.seen = p.forwardTaps(f.seen[:0])
	f.sheet.set(p.down.in, p.across.in, p.down.stride, p.across.stride, p.down.out, p.across.out, f.seen)
	if p.samples >= batchLeast {
		f.runBatch()
	} else {
		f.runFlat()
	}
	*f = flatWeightSum{seen: f.seen}
	flatWeightSums.put(f)
}

// runFlat sums with the samples laid out flat.
func (f *flatWeightSum) runFlat() {
	p := &f.plane
	f.size = p.in * p.out * len(f.seen)
	f.inWidth, f.outWidth = roundUp(p.in, blockSide), roundUp(p.out, blockSide)
	f.shares = min(16, 8*flatRoom/f.size, p.samples)
	places := fewPlaces
	if f.size > flatRoom {
		places = manyPlaces
	}
	if f.shares < 4 {
		f.shares = 1
	}
	f.together = 1
	if f.joined {
		f.together = max(1, min(places/f.length(1), (p.samples+f.shares-1)/f.shares))
	}
	f.run()
}

func (f *flatWeightSum) run() {
	s := calls.get()
	f.sums = sized(&s.a, f.shares*f.size)
	if f.shares > 1 {
		run(f, f.shares)
	} else {
		f.hold(&f.one, &s.b)
		blocks := f.inWidth / blockSide
		for n := 0; n < f.plane.samples; n += f.together {
			f.one.first, f.one.samples = n, min(f.together, f.plane.samples-n)
			run((*flatLayers)(f), 2)
			run((*flatBlocks)(f), len(f.seen)*blocks)
		}
	}
	run((*flatTotal)(f), (f.in+totalBlock-1)/totalBlock)
	calls.put(s)
}

// apart is how many places apart the rows of the input and the gradient start.
func (f *flatWeightSum) apart() int { return f.lead(f.together) }

// terms is the places of the samples, in whole steps.
func (f *flatWeightSum) terms() int { return roundUp(f.length(f.together), stepTerms) }

// hold gives a piece its memory.
func (f *flatWeightSum) hold(c *flatPiece, buf *[]float32) {
	in := f.pictures() * f.inWidth * f.apart() / 2
	all := sized(buf, in+f.terms()/2*f.outWidth)
	c.in, c.out = all[:in], all[in:]
}

// do sums a share.
func (f *flatWeightSum) do(part int) {
	s, t := scratches.get(), scratches.get()
	var c flatPiece
	f.hold(&c, &s.b)
	begin, end := part*f.plane.samples/f.shares, (part+1)*f.plane.samples/f.shares
	for n := begin; n < end; n += f.together {
		c.first, c.samples = n, min(f.together, end-n)
		f.layInput(&c, t)
		f.layGradient(&c, t)
		for i := 0; i < f.in; i += blockSide {
			for k := range f.seen {
				f.tap(&c, t, f.sums[part*f.size:], k, i, min(i+blockSide, f.in), n > begin)
			}
		}
	}
	scratches.put(s)
	scratches.put(t)
}

// layInput lays the input of a piece out as rows of places.
func (f *flatWeightSum) layInput(c *flatPiece, t *scratch) {
	f.sheet.lines(c.in, t, f.x[c.first*f.in*f.sheet.high*f.sheet.wide:], f.in, c.samples, f.inWidth, f.apart())
}

// layGradient lays the gradient of a piece out as rows of pairs of places, the outputs side by side.
func (f *flatWeightSum) layGradient(c *flatPiece, t *scratch) {
	high, wide := f.down.out, f.across.out
	g := sheet{downStep: 1, acrossStep: 1, high: high, wide: wide, pitch: f.pitch, rows: f.rows}
	lead := f.apart()
	rows := sized(&t.b, f.out*lead/2)
	g.lines(rows, t, f.dy[c.first*f.out*high*wide:], f.out, c.samples, f.out, lead)
	packColumns(c.out, f.outWidth, rows[flatLead/2:], lead/2, f.out, f.terms()/2)
}

// tap adds the products of a piece for a tap and some input channels to sums [taps, in, out].
func (f *flatWeightSum) tap(c *flatPiece, t *scratch, sums []float32, k, from, to int, add bool) {
	tap := f.seen[k]
	steps := f.steps(&t.c, tap.off)
	j := bf16Job{
		a: &c.in[(tap.picture*f.inWidth+from)*f.apart()/2], aStep: f.apart() * 2, aHalf: 16 * f.apart() * 2,
		b: &c.out[0], bStep: f.outWidth * 4, bNext: blockSide * 4,
		c: &sums[(k*f.in+from)*f.out], ldc: f.out * 4, rows: to - from, cols: f.out, alpha: 1, sums: &t.sums,
	}
	if add {
		if len(steps) == 0 {
			return
		}
		j.add = 1
	}
	j.run(steps)
}

// steps are those from which a tap so many places further on touches the input.
func (f *flatWeightSum) steps(buf *[]bf16Step, off int) []bf16Step {
	steps := (*buf)[:0]
	length := f.length(f.together)
	for i := range f.terms() / stepTerms {
		if at := i*stepTerms + off; touches(at, stepTerms, length) {
			steps = append(steps, bf16Step{(flatLead + at) * 2, i * stepPairs * f.outWidth * 4})
		}
	}
	*buf = steps
	return steps
}

// flatLayers lays a piece out. A part is one of its operands.
type flatLayers flatWeightSum

func (p *flatLayers) do(part int) {
	f, s := (*flatWeightSum)(p), scratches.get()
	if part == 0 {
		f.layInput(&f.one, s)
	} else {
		f.layGradient(&f.one, s)
	}
	scratches.put(s)
}

// flatBlocks adds a piece up. A part is a tap and a block of input channels.
type flatBlocks flatWeightSum

func (p *flatBlocks) do(part int) {
	f, s := (*flatWeightSum)(p), scratches.get()
	from := part / len(f.seen) * blockSide
	f.tap(&f.one, s, f.sums, part%len(f.seen), from, min(from+blockSide, f.in), f.one.first > 0)
	scratches.put(s)
}

// totalBlock is how many input channels' weights are put in their places at a time.
const totalBlock = 8

// flatTotal adds up the shares and puts the weights in their places. A part is a block of input channels.
type flatTotal flatWeightSum

func (f *flatTotal) do(part int) {
	from := part * totalBlock
	to := min(from+totalBlock, f.in)
	taps := len(f.seen)
	for k := range taps {
		at, n := (k*f.in+from)*f.out, (to-from)*f.out
		for g := 1; g < f.shares; g++ {
			add(f.sums[at:at+n], f.sums[at:at+n], f.sums[g*f.size+at:g*f.size+at+n])
		}
	}
	for o := range f.out {
		for i := from; i < to; i++ {
			dst := f.dw[(o*f.in+i)*taps:][:taps]
			for k, t := range f.seen {
				dst[t.tap] = f.sums[(k*f.in+i)*f.out+o]
			}
		}
	}
}
