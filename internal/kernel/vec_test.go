package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sizes are empty, below, at and above the eight lanes of the assembly, and primes.
var sizes = []int{0, 1, 2, 7, 8, 9, 13, 16, 31, 32, 33, 64, 101, 257, 1009}

func noise(seed uint64, n int, scale float64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * scale)
	}
	return x
}

// near fails unless got is within tol of want, relative above 1 and absolute below.
func near(t *testing.T, what string, got float32, want, tol float64) {
	t.Helper()
	if d := math.Abs(float64(got) - want); !(d <= tol*max(1, math.Abs(want))) {
		t.Errorf("%s: got %v, want %v, off by %.3g", what, got, want, d)
	}
}

func phi(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func bell(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

// TestAccuracy walks over the range of each function and holds the promised errors.
func TestAccuracy(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		var x []float32
		for v := -87.0; v < 88.7; v += 0.0011 {
			x = append(x, float32(v))
		}
		y, ones := make([]float32, len(x)), make([]float32, len(x))
		for i := range ones {
			ones[i] = 1
		}
		worst := func(name string, limit float64, err func(i int) float64) {
			top := 0.0
			for i := range x {
				top = max(top, err(i))
			}
			if !(top <= limit) {
				t.Errorf("%s: error %.3g, want at most %.3g", name, top, limit)
			}
		}
		Exp(y, x)
		worst("Exp", 1.2e-7, func(i int) float64 { return math.Abs(float64(y[i])/math.Exp(float64(x[i])) - 1) })
		for i := range x {
			x[i] /= 8
		}
		scaled := func(i int, want float64) float64 {
			return math.Abs(float64(y[i])-want) / max(1, math.Abs(want))
		}
		GELU(y, x)
		worst("GELU", 2e-7, func(i int) float64 { return scaled(i, float64(x[i])*phi(float64(x[i]))) })
		GELUGrad(y, x, ones)
		worst("GELUGrad", 3e-7, func(i int) float64 {
			v := float64(x[i])
			return scaled(i, phi(v)+v*bell(v))
		})
	})
}

// A number has one GELU and one derivative, wherever it stands and whichever of both is asked for, and nothing else is written.
func TestGELUPlaces(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := append(noise(1, 90, 3), inf, -inf, nan, 1e-40, -1e-40, 1e30, -1e30, 6, -6, 0)
	eachISA(t, func(t *testing.T) {
		values, slopes := make([]float32, len(x)), make([]float32, len(x))
		for i := range x {
			gelu(values[i:i+1], x[i:i+1])
			geluGrad(slopes[i:i+1], x[i:i+1], ones[:1])
		}
		for n := range 50 {
			for from := 0; from+n <= len(x); from += 7 {
				for _, run := range []struct {
					what string
					f    func(y, z []float32)
					y, z []float32
				}{
					{"GELU", func(y, _ []float32) { gelu(y, x[from:from+n]) }, values, nil},
					{"GELUGrad", func(_, z []float32) { geluGrad(z, x[from:from+n], ones[:n]) }, nil, slopes},
					{"both", func(y, z []float32) { geluSlopes(y, z, x[from:from+n]) }, values, slopes},
				} {
					y, z := slices.Repeat([]float32{7}, len(x)), slices.Repeat([]float32{7}, len(x))
					wantY, wantZ := slices.Clone(y), slices.Clone(z)
					if run.y != nil {
						copy(wantY[from:from+n], run.y[from:])
					}
					if run.z != nil {
						copy(wantZ[from:from+n], run.z[from:])
					}
					run.f(y[from:from+n], z[from:from+n])
					what := fmt.Sprintf("%s of %d from %d on", run.what, n, from)
					sameNumbers(t, what, y, wantY)
					sameNumbers(t, what+", derivative", z, wantZ)
				}
			}
		}
	})
}

// sameNumbers is sameBits for which one NaN is as good as another.
func sameNumbers(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if got[i] != got[i] && want[i] != want[i] {
			got[i], want[i] = 0, 0
		}
	}
	sameBits(t, what, got, want)
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	x := []float32{inf, -inf, nan, 89, -104, -95, 0, 100, -100, 1e30, -1e30}
	table := []struct {
		name string
		run  func(y []float32)
		want []float32
	}{
		{"Exp", func(y []float32) { Exp(y, x) },
			[]float32{inf, 0, nan, inf, 0, float32(math.Exp(-95)), 1, inf, float32(math.Exp(-100)), inf, 0}},
		{"GELU", func(y []float32) { GELU(y, x) }, []float32{inf, 0, nan, 89, 0, 0, 0, 100, 0, 1e30, 0}},
		{"ReLU", func(y []float32) { ReLU(y, x) }, []float32{inf, 0, nan, 89, 0, 0, 0, 100, 0, 1e30, 0}},
	}
	ones := make([]float32, len(x))
	for i := range ones {
		ones[i] = 1
	}
	slopes := []float32{1, 0, nan, 1, 0, 0, 0.5, 1, 0, 1, 0}
	table = append(table, struct {
		name string
		run  func(y []float32)
		want []float32
	}{"GELUGrad", func(y []float32) { GELUGrad(y, x, ones) }, slopes})
	eachISA(t, func(t *testing.T) {
		for _, row := range table {
			y := make([]float32, len(x))
			row.run(y)
			for i, want := range row.want {
				if y[i] != want && !(y[i] != y[i] && want != want) {
					t.Errorf("%s(%v) = %v, want %v", row.name, x[i], y[i], want)
				}
			}
		}
	})
}

// TestElementwise holds every elementwise function against float64, for every size, out of place and in place.
func TestElementwise(t *testing.T) {
	relu := func(x float64) float64 { return max(x, 0) }
	step := func(x float64) float64 {
		if x > 0 {
			return 1
		}
		return 0
	}
	one := []struct {
		name string
		f    func(dst, x []float32)
		want func(float64) float64
	}{
		{"Exp", Exp, math.Exp}, {"ReLU", ReLU, relu},
		{"GELU", GELU, func(x float64) float64 { return x * phi(x) }},
		{"Scale", func(dst, x []float32) { Scale(dst, -1.5, x) }, func(x float64) float64 { return -1.5 * x }},
	}
	two := []struct {
		name string
		f    func(dst, a, b []float32)
		want func(a, b float64) float64
	}{
		{"Add", Add, func(a, b float64) float64 { return a + b }},
		{"Sub", Sub, func(a, b float64) float64 { return a - b }},
		{"Mul", Mul, func(a, b float64) float64 { return a * b }},
		{"ReLUGrad", ReLUGrad, func(a, b float64) float64 { return step(a) * b }},
		{"GELUGrad", GELUGrad, func(a, b float64) float64 { return (phi(a) + a*bell(a)) * b }},
	}
	eachISA(t, func(t *testing.T) {
		for _, n := range sizes {
			a, b := noise(1, n, 2), noise(2, n, 2)
			check := func(name string, got []float32, want func(i int) float64) {
				for i := range got {
					near(t, fmt.Sprintf("%s n=%d i=%d", name, n, i), got[i], want(i), 5e-7)
				}
			}
			for _, f := range one {
				y, in := make([]float32, n), append([]float32(nil), a...)
				f.f(y, a)
				f.f(in, in)
				want := func(i int) float64 { return f.want(float64(a[i])) }
				check(f.name, y, want)
				check(f.name+" in place", in, want)
			}
			for _, f := range two {
				y, p, q := make([]float32, n), append([]float32(nil), a...), append([]float32(nil), b...)
				f.f(y, a, b)
				f.f(p, p, b)
				f.f(q, a, q)
				want := func(i int) float64 { return f.want(float64(a[i]), float64(b[i])) }
				check(f.name, y, want)
				check(f.name+" in place of a", p, want)
				check(f.name+" in place of b", q, want)
			}
			y := append([]float32(nil), b...)
			Axpy(0.3, a, y)
			check("Axpy", y, func(i int) float64 { return float64(b[i]) + float64(float32(0.3))*float64(a[i]) })
		}
	})
}

// TestPlace checks that the bits of an element do not depend on where it stands: a thread may start anywhere.
func TestPlace(t *testing.T) {
	x, dy := noise(3, 67, 3), noise(4, 67, 1)
	eachISA(t, func(t *testing.T) {
		for name, f := range map[string]func(dst, x, dy []float32){
			"Exp":      func(d, x, _ []float32) { Exp(d, x) },
			"GELU":     func(d, x, _ []float32) { GELU(d, x) },
			"ReLU":     func(d, x, _ []float32) { ReLU(d, x) },
			"GELUGrad": GELUGrad,
			"Axpy":     func(d, x, dy []float32) { copy(d, dy); Axpy(0.7, x, d) },
		} {
			all := make([]float32, len(x))
			f(all, x, dy)
			for from := range 9 {
				part := make([]float32, len(x)-from)
				f(part, x[from:], dy[from:])
				for i := range part {
					if math.Float32bits(part[i]) != math.Float32bits(all[from+i]) {
						t.Errorf("%s from %d: element %d has other bits", name, from, i)
					}
				}
			}
		}
	})
}

func TestSums(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, n := range sizes {
			a, b := noise(5, n, 1), noise(6, n, 1)
			var dot, sum, squares, size float64
			for i := range a {
				dot += float64(a[i]) * float64(b[i])
				size += math.Abs(float64(a[i]) * float64(b[i]))
				sum += float64(a[i])
				squares += float64(a[i]) * float64(a[i])
			}
			if d := math.Abs(float64(Dot(a, b)) - dot); d > 2e-7*size+1e-12 {
				t.Errorf("Dot of %d: off by %g", n, d)
			}
			near(t, fmt.Sprint("Sum of ", n), Sum(a), sum, 1e-7)
			if d := math.Abs(SumSquares(a) - squares); d > 1e-13*squares {
				t.Errorf("SumSquares of %d: off by %g", n, d)
			}
			near(t, "products64", float32(func() float64 { _, p := products64(b, a, 0); return p }()), dot, 1e-7)
		}
	})
}

func TestSoftmax(t *testing.T) {
	inf := float32(math.Inf(-1))
	eachISA(t, func(t *testing.T) {
		for _, cols := range sizes {
			const rows = 3
			x, dy := noise(7, rows*cols, 5), noise(8, rows*cols, 1)
			if cols > 2 {
				x[1] = inf // a masked element
			}
			y, dx := make([]float32, len(x)), make([]float32, len(x))
			Softmax(y, x, rows, cols)
			SoftmaxGrad(dx, y, dy, rows, cols)
			for r := range rows {
				row := x[r*cols : (r+1)*cols]
				var sum, inner float64
				for _, v := range row {
					sum += math.Exp(float64(v))
				}
				for i, v := range row {
					inner += math.Exp(float64(v)) / sum * float64(dy[r*cols+i])
				}
				for i, v := range row {
					p := math.Exp(float64(v)) / sum
					near(t, fmt.Sprintf("Softmax cols=%d i=%d", cols, i), y[r*cols+i], p, 4e-7)
					near(t, fmt.Sprintf("SoftmaxGrad cols=%d i=%d", cols, i), dx[r*cols+i], p*(float64(dy[r*cols+i])-inner), 1e-6)
				}
			}
			Softmax(x, x, rows, cols)
			for i := range x {
				if x[i] != y[i] {
					t.Fatalf("in place differs at %d", i)
				}
			}
		}
		masked := []float32{inf, inf, float32(math.NaN()), inf}
		Softmax(masked, masked, 2, 2)
		if masked[0] != 0 || masked[1] != 0 || masked[2] == masked[2] {
			t.Errorf("masked rows: %v", masked)
		}
	})
}

func ExampleSoftmax() {
	scores := []float32{0, 0, 0, 0}
	Softmax(scores, scores, 2, 2)
	fmt.Println(scores)
	// Output: [0.5 0.5 0.5 0.5]
}
