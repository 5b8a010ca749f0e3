package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// onEachISA runs test once for every instruction set of this machine.
func onEachISA(t *testing.T, test func(t *testing.T)) {
	was := active
	defer func() { active = was }()
	for _, i := range machineISAs() {
		active = i
		t.Run(ISA(), test)
	}
}

// wantAVX512 skips a test on machines without AVX-512.
func wantAVX512(t testing.TB) {
	t.Helper()
	if !slices.Contains(machineISAs(), isaAVX512) {
		t.Skip("wants a processor with AVX-512")
	}
}

func random(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = r.Float32()*2 - 1
	}
	return x
}

// guarded is n random numbers followed by a guard that a write past the end breaks.
func guarded(seed uint64, n int) []float32 {
	x := random(seed, n+64)
	for i := n; i < len(x); i++ {
		x[i] = guard
	}
	return x
}

const guard = 12345

func checkGuard(t *testing.T, what string, x []float32, n int) {
	t.Helper()
	for i, v := range x[n:] {
		if v != guard {
			t.Fatalf("%s: wrote %d past the end", what, i)
		}
	}
}

// checkSum compares got with a sum of terms numbers of size at most 1, worked
// out in float64: each of the roundings is at most half a unit in the last
// place of a partial sum, and over random terms they add up as a random walk.
func checkSum(t *testing.T, got float32, want float64, terms int, format string, where ...any) {
	tolerance := 1e-6 * (2 + math.Sqrt(float64(terms)))
	if !(math.Abs(float64(got)-want) <= tolerance) {
		t.Helper()
		t.Fatalf("%s: got %v, want %v within %v", fmt.Sprintf(format, where...), got, want, tolerance)
	}
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: [%d] is %v and was %v", what, i, got[i], want[i])
		}
	}
}

type gemmCase struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    float32
	pad            int // numbers between rows
}

func (g gemmCase) sizes() (lda, ldb, ldc, a, b int) {
	ra, ca, rb, cb := g.m, g.k, g.k, g.n
	if g.transA {
		ra, ca = ca, ra
	}
	if g.transB {
		rb, cb = cb, rb
	}
	lda, ldb, ldc = ca+g.pad, cb+g.pad, g.n+g.pad
	return lda, ldb, ldc, max(0, (ra-1)*lda+ca), max(0, (rb-1)*ldb+cb)
}

func checkGemm(t *testing.T, g gemmCase) {
	t.Helper()
	lda, ldb, ldc, na, nb := g.sizes()
	a, b := random(1, na), random(2, nb)
	size := (g.m-1)*ldc + g.n
	c := guarded(3, size)
	old := append([]float32(nil), c...)
	if g.beta == 0 {
		for i := range g.m {
			for j := range g.n {
				c[i*ldc+j] = float32(math.NaN())
			}
		}
	}
	Gemm(g.transA, g.transB, g.m, g.n, g.k, g.alpha, a, lda, b, ldb, g.beta, c, ldc)
	what := fmt.Sprintf("%+v", g)
	for i := range g.m {
		for j := range ldc {
			if j >= g.n {
				if i < g.m-1 && c[i*ldc+j] != old[i*ldc+j] {
					t.Fatalf("%s: wrote between rows at %d,%d", what, i, j)
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
				sum += float64(a[ia]) * float64(b[ib])
			}
			want := float64(g.alpha) * sum
			if g.beta != 0 {
				want += float64(g.beta) * float64(old[i*ldc+j])
			}
			checkSum(t, c[i*ldc+j], want, g.k, "%+v at %d,%d", g, i, j)
		}
	}
	checkGuard(t, what, c, size)
}

func TestGemm(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		for _, m := range []int{1, 2, 3, 5, 7, 8, 13, 31} {
			for _, n := range []int{1, 3, 4, 15, 16, 17, 31, 32, 33, 67} {
				for _, k := range []int{1, 2, 7, 8, 19, 64} {
					for bits := range 4 {
						checkGemm(t, gemmCase{transA: bits&1 > 0, transB: bits&2 > 0, m: m, n: n, k: k, alpha: 1, pad: k % 3})
					}
				}
			}
		}
		// More than one block in every direction.
		for bits := range 4 {
			for _, beta := range []float32{0, 1, -0.5} {
				checkGemm(t, gemmCase{bits&1 > 0, bits&2 > 0, 263, 71, 521, 0.75, beta, 5})
				checkGemm(t, gemmCase{bits&1 > 0, bits&2 > 0, 11, 541, 37, -1.5, beta, 0})
			}
		}
		// A transposed left operand of more rows than a block has, stored in less than a block's worth of them.
		checkGemm(t, gemmCase{transA: true, m: 512, n: 9, k: 16, alpha: 1})
		checkGemm(t, gemmCase{m: 3, n: 5, k: 0, alpha: 1, beta: 0})
		checkGemm(t, gemmCase{m: 3, n: 5, k: 0, alpha: 1, beta: 0.5, pad: 1})
		Gemm(false, false, 0, 5, 5, 1, nil, 5, nil, 5, 0, nil, 5)
	})
}

// A transposed left operand is packed and the other is not, in strips or not; the bits are the same.
func TestGemmTransposed(t *testing.T) {
	defer SetThreads(0)
	onEachISA(t, func(t *testing.T) {
		for _, size := range [][3]int{{775, 33, 259}, {264, 70, 24}, {31, 96, 520}, {3, 5, 7}, {141, 130, 2050}, {403, 300, 520}} {
			m, n, k := size[0], size[1], size[2]
			a, b := random(1, m*k), random(2, k*n)
			turned := make([]float32, m*k)
			Transpose(turned, a, 1, m, k)
			for _, threads := range []int{1, 3} {
				SetThreads(threads)
				want, got := make([]float32, m*n), guarded(3, m*n)
				Gemm(false, false, m, n, k, 1, a, k, b, n, 0, want, n)
				Gemm(true, false, m, n, k, 1, turned, m, b, n, 0, got, n)
				sameBits(t, fmt.Sprintf("%v, %d threads", size, threads), got, want)
				checkGuard(t, "transposed", got, m*n)
			}
		}
	})
}

// Too short an operand must panic before the assembly reads past its end.
func TestGemmShort(t *testing.T) {
	onEachISA(t, func(t *testing.T) {
		for short := range 3 {
			size := [3]int{64, 64, 64}
			size[short]--
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("operand %d one short: no panic", short)
					}
				}()
				Gemm(false, true, 8, 8, 8, 1, make([]float32, size[0]), 8, make([]float32, size[1]), 8, 0, make([]float32, size[2]), 8)
			}()
		}
	})
}

// How C is cut depends on the number of threads; no bit of it may.
func TestGemmThreads(t *testing.T) {
	defer SetThreads(0)
	onEachISA(t, func(t *testing.T) {
		for bits := range 4 {
			// Panels shared by all parts; packed by each; more threads than blocks of rows; few rows.
			for _, size := range [][3]int{{301, 157, 299}, {70, 601, 521}, {35, 67, 1031}, {7, 263, 601}} {
				g := gemmCase{bits&1 > 0, bits&2 > 0, size[0], size[1], size[2], 0.5, 0.25, 3}
				lda, ldb, ldc, na, nb := g.sizes()
				a, b := random(1, na), random(2, nb)
				var first []float32
				for _, n := range []int{1, 2, 5} {
					SetThreads(n)
					c := random(3, g.m*ldc)
					Gemm(g.transA, g.transB, g.m, g.n, g.k, g.alpha, a, lda, b, ldb, g.beta, c, ldc)
					if first == nil {
						first = c
					}
					sameBits(t, fmt.Sprint(size, " ", n, " threads"), c, first)
				}
			}
		}
	})
}

func TestLinear(t *testing.T) {
	defer SetThreads(0)
	onEachISA(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {5, 3, 0}, {7, 19, 17}, {9, 300, 33}, {263, 521, 70}, {64, 640, 411}} {
			rows, in, out := s[0], s[1], s[2]
			x, w, bias := random(1, rows*in), random(2, in*out), random(3, out)
			var first []float32
			for _, n := range []int{1, 2, 5} {
				SetThreads(n)
				y := guarded(4, rows*out)
				Linear(y, x, w, bias, rows, in, out)
				checkGuard(t, fmt.Sprint(s), y, rows*out)
				if first == nil {
					first = y
				}
				sameBits(t, fmt.Sprint(s, " ", n, " threads"), y, first)
			}
			for i := range rows {
				for j := range out {
					want := float64(bias[j])
					for p := range in {
						want += float64(x[i*in+p]) * float64(w[j*in+p])
					}
					checkSum(t, first[i*out+j], want, in, "%v at %d,%d", s, i, j)
				}
			}
		}
		SetThreads(0)
		y := make([]float32, 6)
		Linear(y, nil, nil, []float32{1, 2, 3}, 2, 0, 3)
		sameBits(t, "no inputs", y, []float32{1, 2, 3, 1, 2, 3})
	})
}

func TestGemmAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	defer SetThreads(0)
	a, b, c := random(1, 1<<16), random(2, 1<<16), random(3, 1<<16)
	for _, n := range []int{1, 2} {
		SetThreads(n)
		call := func() { Gemm(true, true, 256, 256, 256, 1, a, 256, b, 256, 0, c, 256) }
		if got := mallocs(call); got > 0 {
			t.Errorf("%d threads: %v allocations a call", n, got)
		}
	}
}

// mallocs is the number of allocations of a call, on the whole, once warm. Unlike testing.AllocsPerRun it leaves
// the other threads running.
func mallocs(call func()) uint64 {
	const calls = 50
	for range 3 {
		call()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		call()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / calls
}

func TestChoose(t *testing.T) {
	x86, narrow, arm, none := []isa{isaGo, isaAVX2, isaAVX512}, []isa{isaGo, isaAVX2}, []isa{isaGo, isaNEON}, []isa{isaGo}
	for _, c := range []struct {
		name string
		has  []isa
		want isa
	}{
		{"", x86, isaAVX512}, {"avx2", x86, isaAVX2}, {"go", narrow, isaGo}, {"avx512", narrow, isaAVX2},
		{"neon", narrow, isaAVX2}, {"", arm, isaNEON}, {"go", arm, isaGo}, {"neon", arm, isaNEON},
		{"avx2", arm, isaNEON}, {"avx512", none, isaGo}, {"neon", none, isaGo},
	} {
		if got := choose(c.name, c.has); got != c.want {
			t.Errorf("choose(%q, %v) = %v, want %v", c.name, c.has, got, c.want)
		}
	}
}

func ExampleGemm() {
	a := []float32{
		1, 2, 3,
		4, 5, 6,
	}
	b := []float32{
		1, 0,
		0, 1,
		1, 1,
	}
	c := make([]float32, 4)
	Gemm(false, false, 2, 2, 3, 1, a, 3, b, 2, 0, c, 2)
	fmt.Println(c)
	// Output: [4 5 10 11]
}

func BenchmarkGemm(b *testing.B) {
	defer SetThreads(0)
	was := active
	defer func() { active = was }()
	for _, s := range []struct {
		transA, transB bool
		m, n, k        int
	}{
		{false, false, 64, 4096, 192}, {false, false, 512, 512, 512}, {false, true, 2048, 128, 128},
		{false, true, 64, 192, 4096}, {true, false, 192, 4096, 64}, {false, true, 128, 128, 32},
		{true, false, 64, 64, 8192},
	} {
		x, y, z := random(1, s.m*s.k), random(2, s.k*s.n), make([]float32, s.m*s.n)
		lda, ldb := s.k, s.n
		if s.transA {
			lda = s.m
		}
		if s.transB {
			ldb = s.k
		}
		for _, i := range machineISAs() {
			active = i
			for _, threads := range []int{1, 2} {
				b.Run(fmt.Sprintf("%d,%d,%d/%s/%d", s.m, s.n, s.k, ISA(), threads), func(b *testing.B) {
					SetThreads(threads)
					for range b.N {
						Gemm(s.transA, s.transB, s.m, s.n, s.k, 1, x, lda, y, ldb, 0, z, s.n)
					}
					b.ReportMetric(2*float64(s.m*s.n*s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}

// GemmAs has the bits of the product, what follows it and the sums of rows one after the other, without terms too.
func TestGemmAs(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {5, 7, 3}, {33, 65, 40}, {70, 48, 700}, {1600, 9, 300}, {70, 400, 300}, {205, 70, 300}, {400, 290, 300}, {4, 6, 0}} {
			m, n, k := s[0], s[1], s[2]
			for _, trans := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
				a, b, slope, plus := noise(1, m*k, 1), noise(2, n*k, 1), noise(3, m*n, 2), noise(4, m*n, 1)
				lda, ldb := k, n
				if trans[0] {
					lda = m
				}
				if trans[1] {
					ldb = k
				}
				for _, f := range []Form{{}, {Slope: slope}, {Plus: plus}, {Slope: slope, Plus: plus}, {Times: slope}} {
					if trans[0] {
						f.Sums = noise(7, m, 1)
					}
					got, want := noise(5, m*n, 1), noise(6, m*n, 1)
					GemmAs(f, trans[0], trans[1], m, n, k, a, b, got)
					Gemm(trans[0], trans[1], m, n, k, 1, a, lda, b, ldb, 0, want, n)
					if f.Slope != nil {
						GELUGrad(want, slope, want)
					}
					if f.Times != nil {
						Mul(want, want, slope)
					}
					if f.Plus != nil {
						Add(want, want, plus)
					}
					what := fmt.Sprint(s, trans, f.Slope != nil, f.Plus != nil, f.Times != nil)
					sameBits(t, what, got, want)
					if f.Sums != nil {
						sums := make([]float32, m)
						SumRows(sums, a, k, m)
						sameBits(t, what+" sums", f.Sums, sums)
					}
				}
			}
		}
	})
}

// A linear layer leaves GELU and its derivative to the bits of one after the other, without terms too.
func TestLinearSlopes(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, s := range [][3]int{{1, 1, 1}, {5, 7, 3}, {70, 48, 65}, {300, 200, 333}, {4, 0, 6}} {
			rows, in, out := s[0], s[1], s[2]
			x, w, bias := noise(1, rows*in, 2), noise(2, out*in, 1), noise(3, out, 1)
			got, slopes := noise(4, rows*out, 1), noise(5, rows*out, 1)
			Float32.LinearAs(Form{GELU: true, Slopes: slopes}, got, x, w, bias, rows, in, out)
			h, want, dy := make([]float32, rows*out), make([]float32, rows*out), noise(6, rows*out, 1)
			Linear(h, x, w, bias, rows, in, out)
			GELU(want, h)
			sameBits(t, fmt.Sprint(s), got, want)
			GELUGrad(want, h, dy)
			Mul(got, dy, slopes)
			sameBits(t, fmt.Sprint(s, " slopes"), got, want)
		}
	})
}
