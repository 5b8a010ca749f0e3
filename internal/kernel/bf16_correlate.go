package kernel

import (
	"cmp"
	"slices"
)

var flatSums freeList[flatSum]

// flatSum is Forward or GradInput of a convolution with operands rounded to bfloat16. A part is some samples, which it lays
// out flat as the right operand; the left one is the weights, in tiles of sixteen rows of a step each, one behind the other.
type flatSum struct {
	sheet
	input, output, bias, w  []float32
	samples, channels, outs int
	high, wide              int // of the output
	downJump, acrossJump    int // from one output place of a phase to the next
	outStep, channelStep    int // of w
	phases                  []flatPhase
	taps                    []flatTap // of all phases
	weights                 []float32
	together, blocks        int // samples in a part, steps of a tap
	steps                   []bf16Step
}

// flatPhase is the output places from row and column on that share their taps: those from begin to end.
type flatPhase struct {
	row, column, high, wide int
	begin, end              int
}

// forwardBF16 is Forward.
func (p *plane) forwardBF16(x, w, bias, y []float32) {
	f := flatSums.get()
	f.input, f.output, f.bias, f.w = x, y, bias, w
	f.samples, f.channels, f.outs, f.high, f.wide = p.samples, p.in, p.out, p.down.out, p.across.out
	f.outStep, f.channelStep, f.downJump, f.acrossJump = p.in*p.taps(), p.taps(), 1, 1
	f.taps = p.forwardTaps(f.taps[:0])
	f.sheet.set(p.down.in, p.across.in, p.down.stride, p.across.stride, f.high, f.wide, f.taps)
	f.phases = append(f.phases[:0], flatPhase{high: f.high, wide: f.wide, end: len(f.taps)})
	f.run()
}

// forwardTaps appends the taps as the output sees them.
func (p *plane) forwardTaps(taps []flatTap) []flatTap {
	for a := range p.down.taps {
		r, down := p.down.tap(a)
		for b := range p.across.taps {
			c, across := p.across.tap(b)
			taps = append(taps, flatTap{a*p.across.taps + b, r*p.across.stride + c, down, across, 0})
		}
	}
	return taps
}

// gradInputBF16 is GradInput.
func (p *plane) gradInputBF16(dy, w, dx []float32) {
	f := flatSums.get()
	f.input, f.output, f.w = dy, dx, w
	f.samples, f.channels, f.outs, f.high, f.wide = p.samples, p.out, p.in, p.down.in, p.across.in
	f.outStep, f.channelStep, f.downJump, f.acrossJump = p.taps(), p.in*p.taps(), p.down.stride, p.across.stride
	f.taps, f.phases = f.taps[:0], f.phases[:0]
	for r := range p.down.stride {
		for c := range p.across.stride {
			h := flatPhase{row: r, column: c, high: share(f.high, f.downJump, r), wide: share(f.wide, f.acrossJump, c), begin: len(f.taps)}
			for a := range p.down.taps {
				down, sees := p.down.back(r, a)
				for b := 0; sees && b < p.across.taps; b++ {
					if across, sees := p.across.back(c, b); sees {
						f.taps = append(f.taps, flatTap{a*p.across.taps + b, 0, down, across, 0})
					}
				}
			}
			h.end = len(f.taps)
			f.phases = append(f.phases, h)
		}
	}
	f.sheet.set(p.down.out, p.across.out, 1, 1, share(f.high, f.downJump, 0), share(f.wide, f.acrossJump, 0), f.taps)
	f.run()
}

const (
	flatPlaces = 384     // places of a part, about: so few that its rows lie on few pages of memory
	flatRoom   = 1 << 18 // the most numbers that stay in the second-level cache
	tileSize   = 16 * stepPairs
)

// run does the correlation and gives f back.
func (f *flatSum) run() {
	_, _ = f.input[f.samples*f.channels*f.sheet.high*f.sheet.wide-1], f.output[f.samples*f.outs*f.high*f.wide-1]
	f.blocks = (f.channels + stepTerms - 1) / stepTerms
	for _, h := range f.phases {
		// Those that touch a panel lie together when they are in the order of their places.
		slices.SortFunc(f.taps[h.begin:h.end], func(a, b flatTap) int { return cmp.Or(a.off-b.off, a.tap-b.tap) })
	}
	// Where the rows are long and lie as they come, the flat layout has the less to move; results are the same.
	if plain := f.pictures() == 1 && len(f.phases) == 1 && f.wide >= blockSide; f.samples >= batchLeast && !plain {
		f.runBatch()
	} else {
		f.runFlat()
	}
	*f = flatSum{phases: f.phases, taps: f.taps, steps: f.steps}
	flatSums.put(f)
}

// runFlat does the correlation with the samples laid out flat.
func (f *flatSum) runFlat() {
	f.together = 1
	if f.joined {
		f.together = max(1, flatPlaces/f.length(1))
		if t := Threads(); t > 1 {
			f.together = max(1, min(f.together, (f.samples+2*t-1)/(2*t)))
		}
	}
	f.steps = f.steps[:0]
	lead, each := f.lead(f.together), f.blocks*stepPairs
	for _, h := range f.phases {
		for i, t := range f.taps[h.begin:h.end] {
			for b := range f.blocks {
				f.steps = append(f.steps, bf16Step{((h.begin+i)*f.blocks + b) * tileSize * 4, ((t.picture*each+b*stepPairs)*lead + t.off) * 4})
			}
		}
	}
	s := calls.get()
	f.weights = sized(&s.a, roundUp(f.outs, blockSide)*len(f.taps)*each)
	run((*flatWeights)(f), f.outs)
	run(f, (f.samples+f.together-1)/f.together)
	calls.put(s)
}

// flatWeights rounds the weights to rows of phases, taps and channels. A part is an output.
type flatWeights flatSum

func (f *flatWeights) do(o int) {
	s := scratches.get()
	wide := f.blocks * stepTerms
	row := sized(&s.a, len(f.taps)*wide)
	for t := range f.taps {
		dst := row[t*wide : (t+1)*wide]
		at := o*f.outStep + f.taps[t].tap
		for i := range f.channels {
			dst[i] = f.w[at]
			at += f.channelStep
		}
		clear(dst[f.channels:])
	}
	if len(row) > 0 {
		steps := len(f.taps) * f.blocks
		roundRows(&f.weights[o/16*steps*tileSize+o%16*stepPairs], 0, tileSize*4, &row[0], stepTerms*4, steps, stepTerms)
	}
	scratches.put(s)
}

func (f *flatSum) do(part int) {
	s := scratches.get()
	first := part * f.together
	samples := min(f.together, f.samples-first)
	input := sized(&s.b, f.pictures()*f.blocks*stepPairs*f.lead(f.together))
	f.pairs(input, s, f.input[first*f.channels*f.sheet.high*f.sheet.wide:], f.channels, samples, f.lead(f.together))
	for i := range f.phases {
		f.phase(s, &f.phases[i], input, first, samples)
	}
	scratches.put(s)
}

// phase computes the output places of a phase in some samples.
func (f *flatSum) phase(s *scratch, h *flatPhase, input []float32, first, samples int) {
	if h.high == 0 || h.wide == 0 {
		return
	}
	length := ((samples-1)*f.rows+h.high-1)*f.pitch + h.wide
	area := f.high * f.wide
	out := f.output[first*f.outs*area : (first+samples)*f.outs*area]
	if samples == 1 && h.high == 1 && h.wide == area {
		f.multiply(s, h, out, area, input, 0, f.outs, length)
		return
	}
	wide := apart(length)
	buf := sized(&s.a, blockSide*wide)
	for o := 0; o < f.outs; o += blockSide {
		rows := min(blockSide, f.outs-o)
		f.multiply(s, h, buf, wide, input, o, rows, length)
		for n := range samples {
			for r := range rows {
				f.place(out[(n*f.outs+o+r)*area:], h, buf[r*wide+n*f.rows*f.pitch:])
			}
		}
	}
}

// place copies the flat places of a phase to one sample's output.
func (f *flatSum) place(out []float32, h *flatPhase, src []float32) {
	for i := range h.high {
		dst := out[(h.row+i*f.downJump)*f.wide+h.column:]
		row := src[i*f.pitch:][:h.wide]
		if f.acrossJump == 1 {
			copy(dst, row)
			continue
		}
		for j, v := range row {
			dst[j*f.acrossJump] = v
		}
	}
}

// multiply computes length flat places of rows outputs from o on; panels that see the same taps are one job.
func (f *flatSum) multiply(s *scratch, h *flatPhase, c []float32, ldc int, input []float32, o, rows, length int) {
	half := len(f.taps) * f.blocks * tileSize
	j := bf16Job{
		aStep: stepPairs * 4, aHalf: half * 4, bStep: f.lead(f.together) * 4, bNext: blockSide * 4,
		ldc: ldc * 4, rows: rows, alpha: 1, sums: &s.sums,
	}
	if half > 0 {
		j.a = &f.weights[o/16*half]
	}
	if f.bias != nil {
		j.bias = &f.bias[o]
	}
	whole := f.length(f.together)
	steps := f.steps[h.begin*f.blocks : h.end*f.blocks]
	for p := 0; p < length; {
		lo, hi := f.reach(h, p, whole)
		end := p + blockSide
		for ; end < length; end += blockSide {
			if l, u := f.reach(h, end, whole); l != lo || u != hi {
				break
			}
		}
		j.b, j.c, j.cols = &input[flatLead+p], &c[p], min(end, length)-p
		j.run(steps[lo*f.blocks : hi*f.blocks])
		p = end
	}
}

// reach is the range of a phase's taps that touch the input from a panel at place p.
func (f *flatSum) reach(h *flatPhase, p, whole int) (lo, hi int) {
	taps := f.taps[h.begin:h.end]
	for hi = len(taps); hi > 0 && !touches(p+taps[hi-1].off, blockSide, whole); hi-- {
	}
	for lo = 0; lo < hi && !touches(p+taps[lo].off, blockSide, whole); lo++ {
	}
	return lo, hi
}
