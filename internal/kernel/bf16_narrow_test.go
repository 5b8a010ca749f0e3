package kernel

import (
	"fmt"
	"math"
	"testing"
)

// A narrow number is one that round1 leaves as it is, and what it was made of, rounded.
func TestNarrow(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		if !CanNarrow() {
			t.Skip("wants AMX or AVX512-BF16")
		}
		const n = 4098 // more than a piece of GELUNarrow
		x := random(1, n)
		y := make([]float32, n)
		GELU(y, x)
		got := guarded(2, n/2)
		GELUNarrow(got, x)
		checkGuard(t, "GELU", got, n/2)
		for i, want := range [][]float32{x, y} {
			dst := got[:n/2]
			if i == 0 {
				dst = narrowed(x)
			}
			for j, v := range want {
				if w := unpaired(dst, j); w != round1(v) {
					t.Fatalf("number %d of %d is %v, want %v", j, i, w, round1(v))
				}
			}
		}
	})
}

// unpaired is number i of a narrow tensor.
func unpaired(x []float32, i int) float32 {
	b := math.Float32bits(x[i/2])
	if i%2 == 0 {
		b <<= 16
	}
	return math.Float32frombits(b &^ 0xffff)
}

func TestLayerNormNarrow(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		if !CanNarrow() {
			t.Skip("wants AMX or AVX512-BF16")
		}
		for _, size := range [][2]int{{3, 2}, {700, 130}, {700, 128}, {5, 16}} {
			rows, cols := size[0], size[1]
			x, gamma, beta := random(1, rows*cols), random(2, cols), random(3, cols)
			want, moments := make([]float32, rows*cols), make([]float32, 2*rows)
			LayerNorm(want, x, gamma, beta, moments[:rows], moments[rows:], rows, cols, 1e-5)
			got, gotMoments := guarded(4, rows*cols/2), make([]float32, 2*rows)
			LayerNormNarrow(got, x, gamma, beta, gotMoments[:rows], gotMoments[rows:], rows, cols, 1e-5)
			sameBits(t, "normalised", got[:rows*cols/2], narrowed(want))
			sameBits(t, "moments", gotMoments, moments)
			checkGuard(t, "normalised", got, rows*cols/2)
		}
	})
}

// Every form of a linear layer has the bits of one step after the other.
func TestLinearForms(t *testing.T) {
	defer SetThreads(0)
	for _, size := range [][3]int{{133, 64, 72}, {64, 32, 34}, {5, 38, 2}, {160, 1100, 40}, {256, 128, 64}} {
		rows, in, out := size[0], size[1], size[2]
		x, w, bias, plus := random(1, rows*in), random(2, in*out), random(3, out), random(4, rows*out)
		for _, p := range []Precision{Float32, BF16} {
			onEachBF16(t, func(t *testing.T) {
				for bits := range 16 {
					f := Form{NarrowX: bits&1 > 0, NarrowY: bits&2 > 0, GELU: bits&4 > 0}
					if (f.NarrowX || f.NarrowY) && (p == Float32 || !CanNarrow()) || f.NarrowY && in > NarrowTerms {
						continue
					}
					want, from := make([]float32, rows*out), x
					p.Linear(want, x, w, bias, rows, in, out)
					if f.GELU {
						GELU(want, want)
					}
					if bits&8 > 0 {
						f.Plus = plus
						Add(want, want, plus)
					}
					if f.NarrowX {
						from = narrowed(x)
					}
					if f.NarrowY {
						want = narrowed(want)
					}
					for _, n := range []int{1, 3} {
						what := fmt.Sprintf("%v %v, form %d, %d threads", p, size, bits, n)
						SetThreads(n)
						got := guarded(5, len(want))
						p.LinearAs(f, got, from, w, bias, rows, in, out)
						sameBits(t, what, got[:len(want)], want)
						checkGuard(t, what, got, len(want))
					}
				}
			})
		}
	}
}

// Two layers at once have the bits of one after the other.
func TestFeedForward(t *testing.T) {
	defer SetThreads(0)
	for _, size := range [][4]int{{133, 64, 256, 64}, {200, 38, 70, 6}, {1, 2, 2, 1}, {96, 32, 1100, 40}, {70, 1100, 40, 33}} {
		rows, in, hidden, out := size[0], size[1], size[2], size[3]
		x, w1, b1 := random(1, rows*in), random(2, in*hidden), random(3, hidden)
		w2, b2, plus := random(4, hidden*out), random(5, out), random(6, rows*out)
		check := func(t *testing.T, p Precision) {
			between, whole := make([]float32, rows*hidden), make([]float32, rows*out)
			p.Linear(between, x, w1, b1, rows, in, hidden)
			GELU(between, between)
			p.Linear(whole, between, w2, b2, rows, hidden, out)
			for bits := range 8 {
				f := Form{NarrowX: bits&1 > 0, NarrowY: bits&2 > 0}
				if (f.NarrowX || f.NarrowY) && (p == Float32 || !CanNarrow()) || f.NarrowY && out%2 > 0 {
					continue
				}
				want, from := append([]float32(nil), whole...), x
				if bits&4 > 0 {
					f.Plus = plus
					Add(want, want, plus)
				}
				if f.NarrowX {
					from = narrowed(x)
				}
				if f.NarrowY {
					want = narrowed(want)
				}
				for _, n := range []int{1, 3} {
					what := fmt.Sprintf("%v %v, form %d, %d threads", p, size, bits, n)
					SetThreads(n)
					got := guarded(5, len(want))
					p.FeedForward(f, got, from, w1, b1, w2, b2, rows, in, hidden, out)
					sameBits(t, what, got[:len(want)], want)
					checkGuard(t, what, got, len(want))
				}
			}
		}
		onEachBF16(t, func(t *testing.T) { check(t, BF16) })
		onEachISA(t, func(t *testing.T) { check(t, Float32) })
	}
}

func TestGemmNarrow(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		if !CanNarrow() {
			t.Skip("wants AMX or AVX512-BF16")
		}
		for _, size := range [][3]int{{33, 70, 38}, {1, 2, 2}, {64, 32, 1100}, {17, 34, 65}} {
			for bits := range 4 {
				g := gemmCase{transA: bits&1 > 0, transB: bits&2 > 0, m: size[0], n: size[1], k: size[2]}
				if g.transB && g.k%2 > 0 {
					continue
				}
				lda, ldb, ldc, na, nb := g.sizes()
				a, b := random(1, na), random(2, nb)
				want, got := make([]float32, g.m*ldc), guarded(3, g.m*ldc)
				BF16.Gemm(g.transA, g.transB, g.m, g.n, g.k, 0.5, a, lda, b, ldb, 0, want, ldc)
				BF16.GemmNarrow(g.transA, g.transB, g.m, g.n, g.k, 0.5, a, lda, narrowed(b), ldb, got, ldc)
				sameBits(t, fmt.Sprintf("%+v", g), got[:len(want)], want)
				checkGuard(t, fmt.Sprintf("%+v", g), got, len(want))
			}
		}
	})
}
