//go:build !noasm && (amd64 || arm64)

package kernel

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"
)

// convolved runs products and convolutions once, forwards and backwards, and returns all they wrote. Every way through them is
// taken: whole and narrow panels, more than one piece of a sum, strides, few channels, and the transforms of 3 by 3 kernels.
func convolved() (out [][]float32) {
	next := func(n int) []float32 { out = append(out, make([]float32, n)); return out[len(out)-1] }
	const m, n, k = 37, 45, 301
	a, b, bias := random(1, m*k), random(2, k*n), random(3, n)
	for bits := range 4 {
		transA, transB, lda, ldb := bits&1 > 0, bits&2 > 0, k, n
		if transA {
			lda = m
		}
		if transB {
			ldb = k
		}
		Gemm(transA, transB, m, n, k, 0.7, a, lda, b, ldb, 0, next(m*n), n)
	}
	Linear(next(m*n), a, b, bias, m, k, n)
	for _, c := range []Conv{
		{N: 3, CIn: 17, TIn: 53, COut: 19, K: 3, Stride: 1, Dilation: 2, PadLeft: 2, TOut: 53},
		{N: 2, CIn: 1, TIn: 64, COut: 9, K: 5, Stride: 2, Dilation: 1, PadLeft: 2, TOut: 32},
	} {
		x, w, bias, dy := c.buffers()
		c.Forward(x, w, bias, next(len(dy)))
		c.GradInput(dy, w, next(len(x)))
		c.GradWeight(x, dy, next(len(w)))
		c.GradBias(dy, next(len(bias)))
	}
	for _, c := range []Conv2D{
		square2D(3, 16, 12, 12, 21, 3, 1, 1, 1), square2D(2, 8, 11, 9, 12, 3, 2, 1, 1), square2D(2, 3, 10, 10, 8, 5, 1, 2, 1),
	} {
		x, w, bias, dy := c.buffers()
		c.Forward(x, w, bias, next(len(dy)))
		c.GradInput(dy, w, next(len(x)))
		c.GradWeight(x, dy, next(len(w)))
		c.GradBias(dy, next(len(bias)))
	}
	return out
}

// TestBitsOfAVX2AndNEON: both give the same bits, whatever the machine. The two sums are those of AVX2 on an AMD EPYC.
func TestBitsOfAVX2AndNEON(t *testing.T) {
	has := machineISAs()
	if len(has) == 1 {
		t.Skip("wants a processor with AVX2 and FMA or NEON")
	}
	defer func(was isa, vec bool) { active, vecAsm = was, vec }(active, vecAsm)
	active, vecAsm = has[1], true
	for _, part := range []struct {
		name string
		out  [][]float32
		want uint64
	}{
		{"products and convolutions", convolved(), 0xc2b40c3815e9bd39},
		{"vectors", everything(37 * 6 * 101 * 2), 0xcbdf3c44cedcb870},
	} {
		all := fnv.New64a()
		var each []uint64 // tells which output differs
		for _, x := range part.out {
			one := fnv.New64a()
			for _, v := range x {
				one.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
			}
			each = append(each, one.Sum64())
			all.Write(binary.LittleEndian.AppendUint64(nil, one.Sum64()))
		}
		if got := all.Sum64(); got != part.want {
			t.Errorf("%s with %s: %#x, want %#x; the outputs one by one: %#x", part.name, ISA(), got, part.want, each)
		}
	}
}
