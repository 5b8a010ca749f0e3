package kernel

import "unsafe"

var batchWeightSums freeList[batchWeightSum]

// batchWeightSum is GradWeight with samples innermost: for each tap the sum over places of the products of blocks of input
// channels by samples and blocks of samples by outputs. It goes through the batch piece by piece, of a size that the shape
// sets.
type batchWeightSum struct {
	sheet
	plane
	x, dy, dw           []float32
	seen                []flatTap
	inBlocks, outBlocks int
	inSize, outSize     int // numbers of a place
	first, groups       int // groups of samples in the piece at hand
	from, to            int // its output places
	low, high           int // between which it sees the input
	add                 int
	in, out             []float32 // the piece laid out: [group, place, block]
	steps               []bf16Step
	begin, counts       []int     // of the steps of each tap
	sums                []float32 // [input block, output block, tap, input, output]
}

// batchPiece is the most numbers of a piece, unless the weights are more.
const batchPiece = 1 << 18

func (f *flatWeightSum) runBatch() {
	b := batchWeightSums.get()
	b.sheet, b.plane, b.x, b.dy, b.dw, b.seen = f.sheet, f.plane, f.x, f.dy, f.dw, f.seen
	b.inBlocks, b.outBlocks = (b.plane.in+blockSide-1)/blockSide, (b.plane.out+blockSide-1)/blockSide
	b.inSize, b.outSize = b.inBlocks*blockSize+16, b.outBlocks*blockSize+16
	all := (b.samples + groupSize - 1) / groupSize
	places := b.down.out * b.across.out
	each := b.sheet.high*b.sheet.wide*b.inSize + places*b.outSize
	most := max(batchPiece, b.plane.in*b.plane.out*len(b.seen))
	b.groups = min(all, max(1, most/each))
	step := places
	if each > most {
		step = roundUp(places*most/each, 16)
	}
	s := calls.get()
	taps := len(b.seen)
	// The last taps are read with those up to sixteen behind them.
	b.sums = sized(&s.a, (b.inBlocks*b.outBlocks*taps+16)*blockApart)
	for b.first = 0; b.first < all; b.first += b.groups {
		b.groups = min(b.groups, all-b.first)
		for b.from = 0; b.from < places; b.from += step {
			b.to = min(b.from+step, places)
			b.look()
			in := b.groups * (b.high - b.low) * b.inSize
			buf := sized(&s.b, in+b.groups*(b.to-b.from)*b.outSize+1)
			b.in, b.out = buf[:in+1], buf[in:]
			run((*batchLayers)(b), b.groups*(b.inBlocks+b.outBlocks))
			run(b, b.inBlocks*b.outBlocks*taps)
			b.add = 1
		}
	}
	run((*batchTotal)(b), b.inBlocks*b.outBlocks)
	calls.put(s)
	*b = batchWeightSum{steps: b.steps, begin: b.begin, counts: b.counts}
	batchWeightSums.put(b)
}

// look finds out what the taps see of the piece.
func (b *batchWeightSum) look() {
	b.steps, b.begin, b.counts = b.steps[:0], b.begin[:0], b.counts[:0]
	b.low, b.high = b.sheet.high*b.sheet.wide, 0
	for _, t := range b.seen {
		for q := b.from; q < b.to; q++ {
			if p, inside := b.sheet.at(t, q/b.across.out, q%b.across.out); inside {
				b.low, b.high = min(b.low, p), max(b.high, p+1)
			}
		}
	}
	b.high = max(b.low, b.high)
	for _, t := range b.seen {
		b.begin = append(b.begin, len(b.steps))
		for g := range b.groups {
			in, out := g*(b.high-b.low)-b.low, g*(b.to-b.from)-b.from
			for q := b.from; q < b.to; q++ {
				if p, inside := b.sheet.at(t, q/b.across.out, q%b.across.out); inside {
					b.steps = append(b.steps, bf16Step{(in + p) * b.inSize * 4, (out + q) * b.outSize * 4})
				}
			}
		}
		b.counts = append(b.counts, len(b.steps)-b.begin[len(b.begin)-1])
	}
}

// do adds up the products of the piece for an input block, an output block and a tap.
func (b *batchWeightSum) do(part int) {
	t := scratches.get()
	taps := len(b.seen)
	tap, block := part%taps, part/taps
	j := blocksJob{
		steps: unsafe.SliceData(b.steps[b.begin[tap]:]), counts: &b.counts[tap], blocks: 1, depth: 1,
		a: &b.in[block/b.outBlocks*blockSize], b: &b.out[block%b.outBlocks*blockSize],
		c: &b.sums[part*blockApart], add: b.add,
	}
	j.run(t)
	scratches.put(t)
}

// batchLayers lays a piece out. A part is a block of input or output channels of a group.
type batchLayers batchWeightSum

func (p *batchLayers) do(part int) {
	b := (*batchWeightSum)(p)
	each := b.inBlocks + b.outBlocks
	g, block := part/each, part%each
	first := (b.first + g) * groupSize
	samples := min(groupSize, b.samples-first)
	if block < b.inBlocks {
		b.layInput(g, block*blockSide, first, samples)
	} else {
		b.layGradient(g, (block-b.inBlocks)*blockSide, first, samples)
	}
}

// layInput lays out 32 input channels from c on, each as a row of samples.
func (b *batchWeightSum) layInput(g, c, first, samples int) {
	places, area, channels := b.high-b.low, b.sheet.high*b.sheet.wide, b.plane.in
	if places == 0 {
		return
	}
	_ = b.x[(first+samples)*channels*area-1]
	dst := b.in[g*places*b.inSize+c*stepPairs:]
	_ = dst[(places-1)*b.inSize+blockSize-1]
	for i := range min(blockSide, channels-c) {
		src := &b.x[(first*channels+c+i)*area+b.low]
		layPairs(&dst[i*stepPairs], b.inSize*4, src, 2*channels*area*4, channels*area*4, (samples+1)/2, samples/2, places)
	}
}

// layGradient lays out 32 output channels from o on, as pairs of samples by channels.
func (b *batchWeightSum) layGradient(g, o, first, samples int) {
	places, area, channels := b.to-b.from, b.down.out*b.across.out, b.plane.out
	_ = b.dy[(first+samples)*channels*area-1]
	dst := b.out[g*places*b.outSize+o*stepPairs:]
	_ = dst[(places-1)*b.outSize+blockSize-1]
	for k := 0; k < blockSide && o+k < channels; k += 16 {
		for n := 0; n < groupSize; n += 2 {
			rows, src := min(16, channels-o-k), &b.dy[0]
			odds := rows
			if n < samples {
				src = &b.dy[((first+n)*channels+o+k)*area+b.from]
			} else {
				rows = 0 // a missing sample is zeros
			}
			if n+1 >= samples {
				odds = 0
			}
			layPairs(&dst[n/2*blockSide+k], b.outSize*4, src, area*4, channels*area*4, rows, odds, places)
		}
	}
}

// batchTotal puts the weights in their places. A part is an input block and an output block.
type batchTotal batchWeightSum

func (b *batchTotal) do(part int) {
	taps, channels := len(b.seen), b.plane.in
	i, o := part/b.outBlocks*blockSide, part%b.outBlocks*blockSide
	_ = b.dw[b.plane.out*channels*taps-1]
	for k := 0; k < blockSide && o+k < b.plane.out; k += 16 {
		spreadPlaces(&b.dw[((o+k)*channels+i)*taps], channels*taps*4, taps*4, &b.sums[part*taps*blockApart+k], blockApart*4,
			blockSide*4, &noBias[0], min(blockSide, channels-i), min(16, b.plane.out-o-k), taps)
	}
}
