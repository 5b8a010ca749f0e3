package manifold

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

func ExamplePCA() {
	// Four points on a line through (1, 1), which runs along (3, 4)/5.
	y, err := PCA([]float32{1 - 6, 1 - 8, 1 - 3, 1 - 4, 1 + 3, 1 + 4, 1 + 6, 1 + 8}, 2, 1)
	fmt.Printf("%.0f %v\n", y, err)
	// Output: [-10 -5 5 10] <nil>
}

func ExampleTSNE() {
	var x []float32
	for i := range 40 { // two groups far apart
		x = append(x, float32(i/20*100), float32(i%20))
	}
	y, err := TSNE{Steps: 300}.Fit(context.Background(), x, 2)
	fmt.Println(len(y), err)
	// Output: 80 <nil>
}

// groups are three clouds in ten dimensions.
func groups(n int) (x []float32, class []int) {
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		class = append(class, i%3)
		for j := range 10 {
			v := rng.NormFloat64()
			if j == i%3 {
				v += 8
			}
			x = append(x, float32(v))
		}
	}
	return x, class
}

// The components are those of the covariance by a slow power iteration in float64, one direction after the other.
func TestPCAAgainstPowerIteration(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, dim = 200, 6
	var x []float32
	for range n {
		for j := range dim {
			x = append(x, float32(rng.NormFloat64()*math.Pow(2, float64(-j))+3))
		}
	}
	got, err := PCA(x, dim, 3)
	if err != nil {
		t.Fatal(err)
	}
	c := centre(x, n, dim)
	cov := make([][]float64, dim)
	for i := range cov {
		cov[i] = make([]float64, dim)
		for j := range cov[i] {
			for r := range n {
				cov[i][j] += float64(c[r*dim+i]) * float64(c[r*dim+j]) / n
			}
		}
	}
	last := math.Inf(1)
	for k := range 3 {
		v := make([]float64, dim)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		var value float64
		for range 2000 {
			w := make([]float64, dim)
			var norm float64
			for i := range w {
				for j := range v {
					w[i] += cov[i][j] * v[j]
				}
				norm += w[i] * w[i]
			}
			value = math.Sqrt(norm)
			for i := range v {
				v[i] = w[i] / value
			}
		}
		if value > last {
			t.Errorf("component %d has variance %g, more than %g before it", k, value, last)
		}
		last = value
		sign := 0.0
		for r := range n {
			var want float64
			for j := range v {
				want += v[j] * float64(c[r*dim+j])
			}
			have := float64(got[r*3+k])
			if sign == 0 && math.Abs(want) > 0.1 {
				sign = math.Copysign(1, want*have)
			}
			if math.Abs(have-sign*want) > 1e-3 && sign != 0 {
				t.Fatalf("component %d of row %d is %g, want %g", k, r, have, sign*want)
			}
		}
		for i := range cov {
			for j := range cov {
				cov[i][j] -= value * v[i] * v[j]
			}
		}
	}
}

// Each row of conditional probabilities has the perplexity asked for: 2 to its entropy in bits.
func TestCalibrate(t *testing.T) {
	d := []float64{0, 1, 4, 9, 16, 25, 36, 49, 64, 81}
	p := make([]float32, len(d))
	calibrate(p, d, 0, math.Log(3))
	var h, sum float64
	for _, v := range p[1:] {
		h -= float64(v) * math.Log(float64(v))
		sum += float64(v)
	}
	if math.Abs(math.Exp(h)-3) > 1e-3 || math.Abs(sum-1) > 1e-5 || p[0] != 0 {
		t.Errorf("perplexity %g, sum %g, own %g; want 3, 1, 0", math.Exp(h), sum, p[0])
	}
}

// The gradient is that of the divergence, by finite differences.
func TestSlope(t *testing.T) {
	x, _ := groups(20)
	p := affinities(x, 20, 10, 5)
	rng := rand.New(rand.NewPCG(5, 6))
	y := make([]float64, 40)
	for i := range y {
		y[i] = rng.NormFloat64()
	}
	grad := make([]float64, 40)
	slope(grad, y, p, make([]float64, 20), 20, 1)
	for i := range y {
		const h = 1e-5
		at := y[i]
		y[i] = at + h
		up := divergence(y, p, 20)
		y[i] = at - h
		down := divergence(y, p, 20)
		y[i] = at
		if want := (up - down) / (2 * h); math.Abs(grad[i]-want) > 1e-5 {
			t.Errorf("coordinate %d: gradient %g, want %g", i, grad[i], want)
		}
	}
}

// Three clouds stay three clouds, the divergence falls, and threads change nothing.
func TestTSNE(t *testing.T) {
	x, class := groups(150)
	defer kernel.SetThreads(0)
	var want []float32
	for _, threads := range []int{1, 3} {
		kernel.SetThreads(threads)
		steps := 0
		y, err := TSNE{Steps: 250, Perplexity: 15, Progress: func(done, _ int) { steps = done }}.Fit(context.Background(), x, 10)
		if err != nil || steps != 250 {
			t.Fatalf("%d steps, %v", steps, err)
		}
		if want == nil {
			want = y
		}
		if !slices.Equal(y, want) {
			t.Fatal("three threads give other places")
		}
	}
	alike := 0
	for i := range class {
		best, at := math.Inf(1), 0
		for j := range class {
			a, b := float64(want[2*i]-want[2*j]), float64(want[2*i+1]-want[2*j+1])
			if d := a*a + b*b; i != j && d < best {
				best, at = d, j
			}
		}
		if class[at] == class[i] {
			alike++
		}
	}
	if alike != len(class) {
		t.Errorf("%d of %d rows lie next to one of their own cloud", alike, len(class))
	}
	p := affinities(x, 150, 10, 15)
	end := make([]float64, len(want))
	for i, v := range want {
		end[i] = float64(v)
	}
	// At the start all places coincide, and the divergence is that from even probabilities.
	if before, after := divergence(start(x, 150, 10, 0), p, 150), divergence(end, p, 150); after > before/2 {
		t.Errorf("divergence %g, at the start %g", after, before)
	}
}

func TestRefuses(t *testing.T) {
	ctx := context.Background()
	nan := []float32{1, 2, float32(math.NaN()), 4}
	for name, f := range map[string]func() error{
		"no rows":       func() error { _, err := PCA(nil, 2, 1); return err },
		"half a row":    func() error { _, err := PCA(make([]float32, 3), 2, 1); return err },
		"not a number":  func() error { _, err := TSNE{}.Fit(ctx, nan, 2); return err },
		"NaN in PCA":    func() error { _, err := PCA(nan, 2, 1); return err },
		"too many rows": func() error { _, err := TSNE{}.Fit(ctx, make([]float32, MostRows+1), 1); return err },
		"components":    func() error { _, err := PCA(make([]float32, 4), 2, 3); return err },
		"perplexity":    func() error { _, err := TSNE{Perplexity: -1}.Fit(ctx, make([]float32, 8), 2); return err },
	} {
		if f() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := (TSNE{}).Fit(stopped, make([]float32, 40), 2); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	// Equal rows, and fewer than have neighbours, give places that are numbers.
	for _, n := range []int{1, 2, 3, 4, 12} {
		y, err := TSNE{Steps: 50}.Fit(ctx, make([]float32, 2*n), 2)
		if err != nil || len(y) != 2*n {
			t.Fatalf("%d equal rows: %v", n, err)
		}
		for _, v := range y {
			if v-v != 0 {
				t.Fatalf("%d equal rows: %v", n, y)
			}
		}
	}
}

// divergence is Kullback and Leibler's, the value that the places minimise.
func divergence(y []float64, p []float32, n int) float64 {
	var z float64
	for i := range n {
		for j := range n {
			if i != j {
				a, b := y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]
				z += 1 / (1 + a*a + b*b)
			}
		}
	}
	var kl float64
	for i := range n {
		for j := range n {
			if i != j {
				a, b := y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]
				q := 1 / (1 + a*a + b*b) / z
				kl += float64(p[i*n+j]) * math.Log(float64(p[i*n+j])/q)
			}
		}
	}
	return kl
}
