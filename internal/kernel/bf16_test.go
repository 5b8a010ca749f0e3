package kernel

import (
	"fmt"
	"math"
	"testing"
)

// onEachBF16 runs test once for every unit of this machine for bfloat16.
func onEachBF16(t *testing.T, test func(t *testing.T)) {
	was := bf16Active
	defer func() { bf16Active = was }()
	for u := bf16Rounded; u <= bestBF16(); u++ {
		bf16Active = u
		t.Run(BF16Unit(), test)
	}
}

// rounded64 is x rounded to bfloat16.
func rounded64(x float32) float64 { return float64(round1(x)) }

func TestRound1(t *testing.T) {
	for _, c := range [][2]uint32{
		{0x3f800000, 0x3f800000}, {0x3f808000, 0x3f800000}, {0x3f818000, 0x3f820000}, {0x3f808001, 0x3f810000},
		{0x7f7fffff, 0x7f800000}, {0x80000001, 0x80000000}, {0x007fffff, 0}, {0xff800000, 0xff800000}, {0x7f800001, 0x7fc00000},
	} {
		if got := math.Float32bits(round1(math.Float32frombits(c[0]))); got != c[1] {
			t.Errorf("%08x became %08x, want %08x", c[0], got, c[1])
		}
	}
}

func checkBF16Gemm(t *testing.T, g gemmCase) {
	t.Helper()
	lda, ldb, ldc, na, nb := g.sizes()
	a, b := random(1, na), random(2, nb)
	size := (g.m-1)*ldc + g.n
	c := guarded(3, size)
	old := append([]float32(nil), c...)
	BF16.Gemm(g.transA, g.transB, g.m, g.n, g.k, g.alpha, a, lda, b, ldb, g.beta, c, ldc)
	for i := range g.m {
		for j := range ldc {
			if j >= g.n {
				if i < g.m-1 && c[i*ldc+j] != old[i*ldc+j] {
					t.Fatalf("%+v: wrote between rows at %d,%d", g, i, j)
				}
				continue
			}
			var sum float64
			for p := range g.k {
				ia, ib := i*lda+p, p*ldb+j
				if g.transA {
					ia = p*lda + i
				}
				if g.transB {
					ib = j*ldb + p
				}
				sum += rounded64(a[ia]) * rounded64(b[ib])
			}
			checkSum(t, c[i*ldc+j], float64(g.alpha)*sum+float64(g.beta)*float64(old[i*ldc+j]), g.k, "%+v at %d,%d", g, i, j)
		}
	}
	checkGuard(t, fmt.Sprintf("%+v", g), c, size)
}

func TestBF16Gemm(t *testing.T) {
	onEachBF16(t, func(t *testing.T) {
		for _, m := range []int{1, 7, 8, 16, 17, 33} {
			for _, n := range []int{1, 16, 31, 33, 67} {
				for _, k := range []int{1, 2, 31, 32, 65} {
					for bits := range 4 {
						checkBF16Gemm(t, gemmCase{transA: bits&1 > 0, transB: bits&2 > 0, m: m, n: n, k: k, alpha: 1, pad: k % 3})
					}
				}
			}
		}
		for bits := range 4 {
			for _, beta := range []float32{0, 1, -0.5} {
				checkBF16Gemm(t, gemmCase{bits&1 > 0, bits&2 > 0, 70, 71, 1153, 0.75, beta, 5})
			}
		}
	})
}

// How C is cut depends on the number of threads; no bit of it may.
func TestBF16GemmThreads(t *testing.T) {
	defer SetThreads(0)
	onEachBF16(t, func(t *testing.T) {
		for bits := range 4 {
			for _, size := range [][3]int{{301, 157, 299}, {35, 601, 1331}} {
				g := gemmCase{bits&1 > 0, bits&2 > 0, size[0], size[1], size[2], 0.5, 0.25, 3}
				lda, ldb, ldc, na, nb := g.sizes()
				a, b := random(1, na), random(2, nb)
				var first []float32
				for _, n := range []int{1, 2, 5} {
					SetThreads(n)
					c := random(3, g.m*ldc)
					BF16.Gemm(g.transA, g.transB, g.m, g.n, g.k, g.alpha, a, lda, b, ldb, g.beta, c, ldc)
					if first == nil {
						first = c
					}
					sameBits(t, fmt.Sprint(size, " ", n, " threads"), c, first)
				}
			}
		}
	})
}

// The sums of the units in the order that Intel's manual gives, to the bit: of AMX the even and the odd terms of a step on
// their own, both added up and then added to what is there; of VDPBF16PS the odd term of a pair before the even one.
func TestBF16SumOrder(t *testing.T) {
	const m, n, k = 5, 35, 100
	a, b := random(1, m*k), random(2, k*n)
	orders := map[string]func(product func(p int) float32) float32{
		"amx": func(product func(p int) float32) (sum float32) {
			for from := 0; from < k; from += stepTerms {
				var even, odd float32
				for p := from; p < min(from+stepTerms, k); p += 2 {
					even += product(p)
					odd += product(p + 1)
				}
				sum += even + odd
			}
			return sum
		},
		"avx512": func(product func(p int) float32) (sum float32) {
			for p := 0; p < k; p += 2 {
				sum += product(p + 1)
				sum += product(p)
			}
			return sum
		},
	}
	onEachBF16(t, func(t *testing.T) {
		order := orders[BF16Unit()]
		if order == nil {
			t.Skip("wants AMX or AVX512-BF16: emulated, the order of the sums is that of float32")
		}
		c := make([]float32, m*n)
		BF16.Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n)
		for i := range m {
			for j := range n {
				// A product of two bfloat16 is a float32, so no fused sum differs.
				want := order(func(p int) float32 { return round1(a[i*k+p]) * round1(b[p*n+j]) })
				if c[i*n+j] != want {
					t.Fatalf("%d,%d: %v, want %v", i, j, c[i*n+j], want)
				}
			}
		}
	})
}

func TestLinearGELU(t *testing.T) {
	const rows, in, out = 133, 1100, 71 // more terms than are packed at a time
	x, w, bias := random(1, rows*in), random(2, in*out), random(3, out)
	for _, p := range []Precision{Float32, BF16} {
		onEachBF16(t, func(t *testing.T) {
			want, got := make([]float32, rows*out), guarded(4, rows*out)
			p.Linear(want, x, w, bias, rows, in, out)
			GELU(want, want)
			p.LinearAs(Form{GELU: true}, got, x, w, bias, rows, in, out)
			sameBits(t, p.String(), got, want)
			checkGuard(t, p.String(), got, rows*out)
		})
	}
}

func TestBF16Allocates(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	a, b, c := random(1, 1<<16), random(2, 1<<16), random(3, 1<<16)
	onEachBF16(t, func(t *testing.T) {
		if got := mallocs(func() { BF16.Gemm(true, true, 256, 256, 256, 1, a, 256, b, 256, 0, c, 256) }); got > 0 {
			t.Errorf("%v allocations a call", got)
		}
	})
}

func BenchmarkBF16Gemm(b *testing.B) {
	defer SetThreads(0)
	SetThreads(1)
	for _, s := range []struct {
		transA, transB bool
		m, n, k        int
	}{
		{false, false, 512, 512, 512}, {false, true, 4096, 128, 512}, {false, true, 4096, 512, 128},
		{true, false, 512, 128, 4096}, {false, true, 128, 128, 32}, {false, false, 128, 32, 128},
	} {
		x, y, z := random(1, s.m*s.k), random(2, s.k*s.n), make([]float32, s.m*s.n)
		lda, ldb := s.k, s.n
		if s.transA {
			lda = s.m
		}
		if s.transB {
			ldb = s.k
		}
		for _, p := range []Precision{Float32, BF16} {
			b.Run(fmt.Sprintf("%d,%d,%d/%s", s.m, s.n, s.k, p), func(b *testing.B) {
				for range b.N {
					p.Gemm(s.transA, s.transB, s.m, s.n, s.k, 1, x, lda, y, ldb, 0, z, s.n)
				}
				b.ReportMetric(2*float64(s.m*s.n*s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
