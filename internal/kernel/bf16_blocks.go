package kernel

import "unsafe"

// Where there are samples enough they lie innermost: a place of an image is blocks of 32 samples by 32 channels, in one piece
// each. A tap then meets whole blocks, whatever the stride is, and what lies outside the image is left out where the flat
// layout multiplies it by zeros.

const (
	batchLeast = 12             // the fewest samples that are laid out like this
	groupSize  = blockSide      // samples of a group
	blockSize  = tileSize * 2   // numbers that a block of pairs takes
	blockApart = blockSide * 33 // from one block of sums to the next, an odd number of cache lines
)

// blocksJob is sums of products of blocks: each of its blocks of C is the sum over its steps, and over depth pairs of blocks
// from each step on, of A * B, and of what is in C if add is 1. The assembly knows the order of the fields.
type blocksJob struct {
	steps  *bf16Step
	counts *int // steps of each block of C
	blocks int
	depth  int
	a      *float32
	back   int // bytes before a that steps count from
	b      *float32
	c      *float32
	cStep  int // in bytes
	add    int
	half   int // 1 where sixteen rows of A are enough
}

// run does the job.
func (j *blocksJob) run(t *scratch) {
	if bf16Active == bf16AMX {
		amxBlocks(j)
		return
	}
	rows := blockSide / (1 + j.half)
	steps, counts := unsafe.Slice(j.steps, j.total()), unsafe.Slice(j.counts, j.blocks)
	for i, n := range counts {
		all := t.c[:0]
		for _, s := range steps[:n] {
			for d := range j.depth {
				all = append(all, bf16Step{s.a - j.back + d*blockSize*4, s.b + d*blockSize*4})
			}
		}
		t.c, steps = all, steps[n:]
		p := bf16Job{
			a: j.a, aStep: stepPairs * 4, aHalf: tileSize * 4, b: j.b, bStep: blockSide * 4,
			c: (*float32)(unsafe.Add(unsafe.Pointer(j.c), i*j.cStep)), ldc: blockSide * 4, rows: rows, cols: blockSide,
			alpha: 1, add: uint32(j.add), sums: &t.sums,
		}
		p.run(all)
	}
}

// total is the steps of all blocks.
func (j *blocksJob) total() (n int) {
	for _, c := range unsafe.Slice(j.counts, j.blocks) {
		n += c
	}
	return n
}

// noBias is the bias where there is none.
var noBias [16]float32

// at is the place of the image that a tap of output place i, j sees.
func (s *sheet) at(t flatTap, i, j int) (place int, inside bool) {
	row := (i+t.down)*s.downStep + t.picture/s.acrossStep
	column := (j+t.across)*s.acrossStep + t.picture%s.acrossStep
	return row*s.wide + column, row >= 0 && row < s.high && column >= 0 && column < s.wide
}
