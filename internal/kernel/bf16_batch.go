package kernel

import "unsafe"

var batchSums freeList[batchSum]

// batchSum is a flatSum of samples in groups, to the same bits. A part is a group and a band of output places. Its input is
// laid out little by little, shortly before it is used.
type batchSum struct {
	*flatSum
	seen    []bf16Step // of each output place the input places and the taps that it sees
	counts  []int      // of these
	reaches []batchReach
	size    int // numbers of an input place
	bands   int
	ahead   int // output places whose input is laid out at a time
}

// batchReach is the first step of an output place, and between which places it sees the input.
type batchReach struct{ first, low, high int }

const (
	batchRoom   = 1 << 19 // numbers of input that a part holds, about
	batchAhead  = 1 << 17 // and those that are laid out at a time
	batchPlaces = 64      // output places that are computed before they are put where they belong
)

// run does the correlation.
func (f *flatSum) runBatch() {
	b := batchSums.get()
	b.flatSum = f
	b.size = f.blocks*blockSize + 16
	b.look()
	groups := (f.samples + groupSize - 1) / groupSize
	places, whole := f.high*f.wide, f.sheet.high*f.sheet.wide*b.size
	b.bands = (whole + batchRoom - 1) / batchRoom
	if t := Threads(); t > 1 {
		b.bands = max(b.bands, 2*t/groups)
	}
	b.bands = min(b.bands, (places+15)/16)
	b.ahead = roundUp(max(batchPlaces, int(float64(batchAhead)/float64(whole)*float64(places))), batchPlaces)
	s := calls.get()
	panels := (f.outs + blockSide - 1) / blockSide
	f.weights = sized(&s.a, panels*len(f.taps)*f.blocks*blockSize)
	run((*batchWeights)(b), panels)
	run(b, groups*b.bands)
	calls.put(s)
	*b = batchSum{seen: b.seen, counts: b.counts, reaches: b.reaches}
	batchSums.put(b)
}

// look finds out what the output places see.
func (b *batchSum) look() {
	b.seen, b.counts, b.reaches = b.seen[:0], b.counts[:0], b.reaches[:0]
	for r := range b.high {
		for c := range b.wide {
			h := &b.phases[r%b.downJump*b.acrossJump+c%b.acrossJump]
			at := batchReach{first: len(b.seen), low: b.sheet.high * b.sheet.wide}
			for _, t := range b.taps[h.begin:h.end] {
				if p, inside := b.sheet.at(t, r/b.downJump, c/b.acrossJump); inside {
					b.seen = append(b.seen, bf16Step{p * b.size * 4, t.tap * b.blocks * blockSize * 4})
					at.low, at.high = min(at.low, p), max(at.high, p+1)
				}
			}
			b.reaches, b.counts = append(b.reaches, at), append(b.counts, len(b.seen)-at.first)
		}
	}
}

// reach is between which places the output places [from, to) see the input.
func (b *batchSum) reach(from, to int) (low, high int) {
	low = b.sheet.high * b.sheet.wide
	for _, r := range b.reaches[from:to] {
		low, high = min(low, r.low), max(high, r.high)
	}
	return low, max(low, high)
}

// batchWeights lays the weights out as blocks of pairs of channels by outputs, one for each tap and 32 channels. A part is
// 32 outputs.
type batchWeights batchSum

func (b *batchWeights) do(part int) {
	taps := len(b.taps)
	tap := b.blocks * blockSize
	dst := b.weights[part*taps*tap : (part+1)*taps*tap]
	if b.channels%blockSide > 0 || (part+1)*blockSide > b.outs {
		clear(dst)
	}
	for half := range 2 {
		o := part*blockSide + half*16
		rows := min(16, b.outs-o)
		for c := 0; rows > 0 && c < b.channels; c += 2 {
			odds := rows
			if c+1 == b.channels {
				odds = 0
			}
			layPairs(&dst[c/2*blockSide+half*16], tap*4, &b.w[o*b.outStep+c*b.channelStep], b.outStep*4, b.channelStep*4, rows, odds, taps)
		}
	}
}

// batchPart is what a part works on: samples from first on, and the input from place low to place high.
type batchPart struct {
	first, samples, low, high int
	input, sums               []float32
}

func (b *batchSum) do(part int) {
	s, t := scratches.get(), scratches.get()
	places := b.high * b.wide
	units := (places + 15) / 16
	band := part % b.bands
	from, to := band*units/b.bands*16, min((band+1)*units/b.bands*16, places)
	var p batchPart
	p.first = part / b.bands * groupSize
	p.samples = min(groupSize, b.samples-p.first)
	p.low, p.high = b.reach(from, to)
	p.input = sized(&s.b, max(1, p.high-p.low)*b.size)
	p.sums = sized(&s.a, batchPlaces*blockApart)
	done := p.low
	for q := from; q < to; q += b.ahead {
		end := min(q+b.ahead, to)
		if _, high := b.reach(q, end); high > done {
			high = min(p.high, p.low+roundUp(high-p.low, 16))
			b.lay(&p, done, high)
			done = high
		}
		for o := 0; o < b.outs; o += blockSide {
			for at := q; at < end; at += batchPlaces {
				b.places(t, &p, o, at, min(at+batchPlaces, end))
			}
		}
	}
	scratches.put(s)
	scratches.put(t)
}

// lay lays out the input places [from, to).
func (b *batchSum) lay(p *batchPart, from, to int) {
	area := b.sheet.high * b.sheet.wide
	_ = b.input[(p.first+p.samples)*b.channels*area-1]
	dst := p.input[(from-p.low)*b.size : (to-p.low)*b.size]
	for n := range p.samples {
		for c := 0; c < b.channels; c += blockSide {
			some := min(blockSide, b.channels-c)
			src := &b.input[((p.first+n)*b.channels+c)*area+from]
			layPairs(&dst[(c+n)*stepPairs], b.size*4, src, 2*area*4, area*4, (some+1)/2, some/2, to-from)
		}
	}
}

// places computes 32 outputs from o on at the places [from, to).
func (b *batchSum) places(t *scratch, p *batchPart, o, from, to int) {
	j := blocksJob{
		steps: unsafe.SliceData(b.seen[b.reaches[from].first:]), counts: &b.counts[from], blocks: to - from, depth: b.blocks,
		a: &p.input[0], back: p.low * b.size * 4, b: &b.weights[o/blockSide*len(b.taps)*b.blocks*blockSize],
		c: &p.sums[0], cStep: blockApart * 4,
	}
	if p.samples <= 16 {
		j.half = 1
	}
	j.run(t)
	area := b.high * b.wide
	out := b.output[(p.first*b.outs+o)*area:]
	_ = out[((p.samples-1)*b.outs+min(blockSide, b.outs-o))*area-1]
	for k := 0; k < blockSide && o+k < b.outs; k += 16 {
		bias := &noBias[0]
		if b.bias != nil {
			bias = &b.bias[o+k]
		}
		spreadPlaces(&out[k*area+from], area*4, b.outs*area*4, &p.sums[k], blockApart*4, blockSide*4, bias,
			p.samples, min(16, b.outs-o-k), to-from)
	}
}
