package kernel

import (
	"math"
	"testing"
)

// everything runs each function of this half once on inputs long enough for several threads and returns all they wrote.
func everything(size int) (out [][]float32) {
	const cols, channels, groups = 37, 6, 3
	rows := size / cols
	n, t := size/(channels*101), 101
	x, dy := noise(41, size, 2), noise(42, size, 1)
	next := func(n int) []float32 { out = append(out, make([]float32, n)); return out[len(out)-1] }
	for _, f := range []func(dst, x []float32){Exp, GELU, ReLU} {
		f(next(size), x)
	}
	for _, f := range []func(dst, a, b []float32){Add, Sub, Mul, ReLUGrad, GELUGrad} {
		f(next(size), x, dy)
	}
	Axpy(0.3, x, next(size))
	Scale(next(size), 0.3, x)
	SumRows(next(size/1024), x, 1024, size/1024)
	s := next(3)
	s[0], s[1], s[2] = Dot(x, dy), Sum(x), float32(SumSquares(x))
	y := next(size)
	Softmax(y, x, rows, cols)
	SoftmaxGrad(next(size), y, dy, rows, cols)
	gamma, beta := noise(43, cols, 1), noise(44, cols, 1)
	mean, rstd := next(rows), next(rows)
	LayerNorm(next(size), x, gamma, beta, mean, rstd, rows, cols, 1e-5)
	LayerNormGrad(next(size), next(cols), next(cols), x, gamma, mean, rstd, dy, rows, cols)
	mean, rstd = next(channels), next(channels)
	BatchNorm(next(size), x, gamma, beta, mean, rstd, n, channels, t, 1e-5)
	BatchNormGrad(next(size), next(channels), next(channels), x, gamma, mean, rstd, dy, n, channels, t)
	mean, rstd = next(n*groups), next(n*groups)
	GroupNorm(next(size), x, gamma, beta, mean, rstd, n, channels, t, groups, 1e-5)
	GroupNormGrad(next(size), next(channels), next(channels), x, gamma, mean, rstd, dy, n, channels, t, groups)
	norm := next(rows)
	y = next(size)
	L2Normalize(y, norm, x, rows, cols)
	L2NormalizeGrad(next(size), y, norm, dy, rows, cols)
	const kernel, stride = 3, 2
	tout := (cols-kernel)/stride + 1
	arg := make([]int32, rows*tout)
	MaxPool(next(rows*tout), arg, x, rows, cols, kernel, stride, tout)
	MaxPoolGrad(next(size), dy, arg, rows, cols, tout)
	GlobalMean(next(rows), x, rows, cols)
	w, m, v := next(size), next(size), next(size)
	AdamW(w, x, m, v, 0.01, 0.9, 0.999, 1e-8, 0.1, 1)
	SGD(next(size), x, next(size), 0.1, 0.9, 0.01, true)
	return out
}

// TestThreads: 1, 2 and 5 threads give the same bits.
func TestThreads(t *testing.T) {
	before := Threads()
	defer SetThreads(before)
	const size = 37 * 6 * 101 * 11 // divides into rows of 37 and channels of 6 x 101
	eachISA(t, func(t *testing.T) {
		SetThreads(1)
		want := everything(size)
		for _, threads := range []int{2, 5} {
			SetThreads(threads)
			for k, got := range everything(size) {
				for i := range got {
					if math.Float32bits(got[i]) != math.Float32bits(want[k][i]) {
						t.Fatalf("%d threads: output %d differs at %d: %v, want %v", threads, k, i, got[i], want[k][i])
					}
				}
			}
		}
	})
}

// TestNoAllocations: on one thread nothing is allocated, whatever the size.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("counts allocations, and the race detector allocates: wants a run without it")
	}
	before := Threads()
	defer SetThreads(before)
	SetThreads(1)
	const n = 1 << 14
	x, y, z, w := noise(51, n, 1), make([]float32, n), make([]float32, n), make([]float32, n)
	if a := testing.AllocsPerRun(5, func() {
		Exp(y, x)
		GELUGrad(z, x, y)
		Add(y, x, z)
		Axpy(0.1, x, y)
		Softmax(z, x, 128, 128)
		LayerNorm(z, x, nil, nil, y[:128], w[:128], 128, 128, 1e-5)
		LayerNormGrad(z, y[256:384], y[384:512], x, nil, y[:128], w[:128], x, 128, 128)
		BatchNorm(z, x, nil, nil, y[:16], w[:16], 8, 16, 128, 1e-5)
		AdamW(w, x, y, z, 0.01, 0.9, 0.999, 1e-8, 0.1, 1)
	}); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func BenchmarkVector(b *testing.B) {
	const n = 1 << 14
	x, y, z, w := noise(61, n, 1), make([]float32, n), make([]float32, n), make([]float32, n)
	v := make([]float32, n)
	before := Threads()
	defer SetThreads(before)
	SetThreads(1)
	for _, k := range []struct {
		name string
		f    func()
	}{
		{"Exp", func() { Exp(y, x) }},
		{"GELU", func() { GELU(y, x) }},
		{"GELUGrad", func() { GELUGrad(y, x, z) }},
		{"Softmax128", func() { Softmax(y, x, n/128, 128) }},
		{"AdamW", func() { AdamW(w, x, z, v, 1e-9, 0.9, 0.999, 1e-8, 0, 10) }},
		{"Add", func() { Add(y, x, z) }},
		{"Axpy", func() { Axpy(1e-9, x, y) }},
		{"Dot", func() { Dot(x, y) }},
		{"SumSquares", func() { SumSquares(x) }},
		{"LayerNorm128", func() { LayerNorm(y, x, nil, nil, z, w, n/128, 128, 1e-5) }},
		{"BatchNorm", func() { BatchNorm(y, x, nil, nil, z, w, 4, 16, n/64, 1e-5) }},
	} {
		b.Run(k.name, func(b *testing.B) {
			for range b.N {
				k.f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/elem")
		})
	}
}

func TestSumRows(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, s := range [][2]int{{0, 5}, {1, 1}, {3, 7}, {17, 8}, {5, 131}} {
			rows, cols := s[0], s[1]
			x, got := noise(45, rows*cols, 1), noise(46, cols, 1)
			SumRows(got, x, rows, cols)
			for j := range cols {
				var want float32
				for i := range rows {
					want += x[i*cols+j]
				}
				if got[j] != want {
					t.Errorf("%v: column %d is %v, want %v", s, j, got[j], want)
				}
			}
		}
	})
}
