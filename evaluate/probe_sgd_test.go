package evaluate

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/raster"
)

func ExampleSGD() {
	x := []float32{-3, 0, -2, 1, -1, 0, 1, 1, 2, 0, 3, 1} // six rows of two
	y := []int{0, 0, 0, 1, 1, 1}
	p := SGD{Rate: 10, Epochs: 50}
	if err := p.Fit(x, 2, y); err != nil {
		fmt.Println(err)
		return
	}
	predicted, err := p.Predict([]float32{-5, 0, 0.5, 0})
	fmt.Println(predicted, err)
	// Output: [0 1] <nil>
}

// slowSGD is the probe from the formulas, row by row in float64: v = 0.9 v + g, and w loses lr (g + 0.9 v), or lr v with LARS,
// whose g is scaled by 0.001 |w|/|g|.
func slowSGD(p SGD, x []float32, dim int, class []int, m int) (w, b []float64) {
	rng := random.New(p.Seed, random.Probe)
	w, b = make([]float64, m*dim), make([]float64, m)
	vw, vb := make([]float64, m*dim), make([]float64, m)
	for i := range w {
		w[i] = float64(float32(0.01 * rng.NormFloat64()))
	}
	order := everyRow(len(class))
	for epoch := range p.Epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for lo := 0; lo < len(order); lo += p.Batch {
			batch := order[lo:min(lo+p.Batch, len(order))]
			gw, gb := make([]float64, m*dim), make([]float64, m)
			for _, i := range batch {
				e := make([]float64, m)
				var sum float64
				for c := range m {
					z := b[c]
					for j := range dim {
						z += w[c*dim+j] * float64(x[i*dim+j])
					}
					e[c] = math.Exp(z)
					sum += e[c]
				}
				for c := range m {
					d := e[c] / sum
					if c == class[i] {
						d--
					}
					d /= float64(len(batch))
					gb[c] += d
					for j := range dim {
						gw[c*dim+j] += d * float64(x[i*dim+j])
					}
				}
			}
			done := (float64(epoch) + float64(lo)/float64(len(order))) / float64(p.Epochs)
			lr := p.Rate * float64(p.Batch) / 256
			switch {
			case !p.Steps:
				lr *= (1 + math.Cos(math.Pi*done)) / 2
			case done >= 0.8:
				lr /= 100
			case done >= 0.6:
				lr /= 10
			}
			trust := 1.0
			if p.LARS {
				trust = 0.001 * math.Sqrt(dot(w, w)/dot(gw, gw))
			}
			move := func(w, g, v []float64, trust float64) {
				for i := range w {
					v[i] = 0.9*v[i] + trust*g[i]
					if p.LARS {
						w[i] -= lr * v[i]
					} else {
						w[i] -= lr * (g[i] + 0.9*v[i])
					}
				}
			}
			move(w, gw, vw, trust)
			move(b, gb, vb, 1)
		}
	}
	return w, b
}

func TestSGDIsItsSlowTwin(t *testing.T) {
	x, y := overlapping()
	for i := range x { // columns of one scale
		if i%4 == 3 {
			x[i] /= 100
		}
	}
	for _, p := range []SGD{
		{Rate: 2, Epochs: 12, Batch: 32, Raw: true},
		{Rate: 0.5, Epochs: 10, Batch: 45, Raw: true, Steps: true, Seed: 3},
		{Rate: 40, Epochs: 12, Batch: 25, Raw: true, LARS: true, Seed: 9},
	} {
		if err := p.Fit(x, 4, y); err != nil {
			t.Fatal(err)
		}
		w, b := slowSGD(p, x, 4, y, 3)
		for i, v := range append(slices.Clone(w), b...) {
			got := float64(append(slices.Clone(p.w), p.b...)[i])
			if math.Abs(got-v) > 1e-4*(1+math.Abs(v)) {
				t.Errorf("%s, steps %v: number %d is %v, want %v", p.Name(), p.Steps, i, got, v)
			}
		}
	}
}

// TestSGDReachesTheOptimum compares long full-batch descent with what L-BFGS finds without a penalty. Weights of all classes may
// move together without a change of the prediction, so differences are compared.
func TestSGDReachesTheOptimum(t *testing.T) {
	x, y := overlapping()
	p := SGD{Rate: 5, Epochs: 2000, Batch: 90}
	best := Linear{C: 1e6}
	if err := errors.Join(p.Fit(x, 4, y), best.Fit(x, 4, y)); err != nil {
		t.Fatal(err)
	}
	for c := 1; c < 3; c++ {
		for j := range 4 {
			got, want := float64(p.w[c*4+j]-p.w[j]), best.w[c*5+j]-best.w[j]
			if math.Abs(got-want) > 1e-2 {
				t.Errorf("class %d, column %d: %v, want %v", c, j, got, want)
			}
		}
	}
}

// TestSweepIsSingleRuns: what a rate gets in the sweep is what it gets alone.
func TestSweepIsSingleRuns(t *testing.T) {
	x, y := overlapping()
	for _, lars := range []bool{false, true} {
		o := SGD{LARS: lars, Epochs: 5, Batch: 32}
		rates := []float64{0.1, 3, 30}
		all := newDescent(o, rates, 4, 3)
		all.run(x, y, everyRow(90))
		for r, rate := range rates {
			one := newDescent(o, []float64{rate}, 4, 3)
			one.run(x, y, everyRow(90))
			for i, v := range one.w {
				if got := all.w[r*12+i]; math.Abs(float64(got-v)) > 1e-4*(1+math.Abs(float64(v))) {
					t.Errorf("rate %v, weight %d: %v side by side, %v alone", rate, i, got, v)
				}
			}
		}
	}
}

// TestSweepMatters: on columns of very small numbers the papers' rate gets nowhere, and the sweep finds one that does.
func TestSweepMatters(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	x, y := blobs(rng, 300, 3, 0.7)
	for i := range x { // undo the scales of the columns, then make all of them small
		x[i] = (x[i] - 7) / float32(math.Pow(10, float64(i%3))) / 20
	}
	accuracy := func(p *SGD) float64 {
		if err := p.Fit(x[:600], 3, y[:200]); err != nil {
			t.Fatal(err)
		}
		got, err := p.Predict(x[600:])
		if err != nil {
			t.Fatal(err)
		}
		a, _ := Accuracy(y[200:], got)
		return a
	}
	var slow, chosen float64 // means over the starts
	const starts = 5
	for seed := range uint64(starts) {
		fixed, swept := &SGD{Raw: true, Rate: 0.001, Seed: seed}, &SGD{Raw: true, Seed: seed}
		slow += accuracy(fixed) / starts
		chosen += accuracy(swept) / starts
		if swept.Chosen() < 1 {
			t.Errorf("seed %d: chose rate %v for columns of 0.05", seed, swept.Chosen())
		}
	}
	if chosen < 0.97 || chosen < slow+0.1 {
		t.Errorf("accuracy %v at rate 0.001, %v at the chosen ones", slow, chosen)
	}
}

func TestRateThatRunsAway(t *testing.T) {
	x := []float32{1e20, 2, 3e20, 4, 5, 1e20, 2, 7e20}
	p := SGD{Raw: true, Rate: 1e20}
	if err := p.Fit(x, 2, []int{0, 0, 1, 1}); !errors.Is(err, ErrOption) {
		t.Errorf("got %v, want ErrOption", err)
	}
	if _, err := p.Predict(x); !errors.Is(err, ErrNotFitted) {
		t.Errorf("got %v, want ErrNotFitted", err)
	}
}

// TestWeightedIsItsSlowTwin takes the vote from the formula: sum of exp(cosine/0.07) over the 200 nearest.
func TestWeightedIsItsSlowTwin(t *testing.T) {
	const dim, n = 6, 300
	rng := rand.New(rand.NewPCG(8, 2))
	x, y := make([]float32, n*dim), make([]int, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		y[i/dim] = i / dim % 7
	}
	q := make([]float32, 50*dim)
	for i := range q {
		q[i] = float32(rng.NormFloat64())
	}
	for _, c := range []struct {
		probe KNN
		k     int
	}{{KNN{Weighted: true}, 200}, {KNN{Weighted: true, K: 20}, 20}, {KNN{Weighted: true, K: 5000}, n}} {
		got := must(c.probe.Fit(x, dim, y), func() ([]int, error) { return c.probe.Predict(q) }, t)
		for i := range got {
			type near struct {
				cos   float64
				class int
			}
			var all []near
			for r := range n {
				var ab, aa, bb float64
				for j := range dim {
					a, b := float64(q[i*dim+j]), float64(x[r*dim+j])
					ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
				}
				all = append(all, near{ab / math.Sqrt(aa*bb), y[r]})
			}
			slices.SortFunc(all, func(a, b near) int {
				if a.cos > b.cos {
					return -1
				}
				return 1
			})
			var votes [7]float64
			for _, v := range all[:c.k] {
				votes[v.class] += math.Exp(v.cos / 0.07)
			}
			best := 0
			for k := range votes {
				if votes[k] > votes[best] {
					best = k
				}
			}
			if got[i] != best {
				t.Errorf("k %d: query %d is %d, want %d", c.k, i, got[i], best)
			}
		}
	}
}

func must(err error, f func() ([]int, error), t *testing.T) []int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	out, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pixels returns a part of the handwritten digits as rows of 64.
func pixels(t testing.TB, part string) (x []float32, y []int) {
	t.Helper()
	s, test, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	if part == "test" {
		s = test
	}
	var m raster.Image
	for i := range s.Len() {
		if err := s.Read(i, &m); err != nil {
			t.Fatal(err)
		}
		for _, v := range m.Pix {
			x = append(x, float32(v)/255)
		}
		y = append(y, int(s.Label(i)[0]-'0'))
	}
	return x, y
}

func TestProbesOnDigits(t *testing.T) {
	x, y := pixels(t, "train")
	q, truth := pixels(t, "test")
	for _, c := range []struct {
		probe Probe
		least float64
	}{
		{&KNN{}, 0.93}, {&KNN{Weighted: true}, 0.90}, {&KNN{Weighted: true, K: 20}, 0.95},
		{&Linear{C: 0.1}, 0.91}, {&SGD{Epochs: 30}, 0.90}, {&SGD{Epochs: 30, Raw: true}, 0.91},
		{&SGD{Epochs: 30, LARS: true}, 0.89}, {&SGD{Epochs: 30, LARS: true, Raw: true}, 0.90},
	} {
		got := must(c.probe.Fit(x, 64, y), func() ([]int, error) { return c.probe.Predict(q) }, t)
		a, _ := Accuracy(truth, got)
		t.Logf("%s %.4f", c.probe.Name(), a)
		if s, ok := c.probe.(*SGD); ok {
			t.Logf("  rate %v", s.Chosen())
		}
		if a < c.least {
			t.Errorf("%s: accuracy %.3f, want at least %v", c.probe.Name(), a, c.least)
		}
	}
}

// TestSGDSeed: another seed is another run, the same seed the same one.
func TestSGDSeed(t *testing.T) {
	x, y := overlapping()
	run := func(seed uint64) []float32 {
		p := SGD{Rate: 1, Epochs: 3, Batch: 10, Seed: seed}
		if err := p.Fit(x, 4, y); err != nil {
			t.Fatal(err)
		}
		return p.w
	}
	if !reflect.DeepEqual(run(1), run(1)) || reflect.DeepEqual(run(1), run(2)) {
		t.Error("the seed does not say how the probe runs")
	}
}

// TestLargeLinearIsTheSmallOne holds the float32 way of Linear to the other one.
func TestLargeLinearIsTheSmallOne(t *testing.T) {
	x, y := overlapping()
	for _, c := range []float64{0.01, 0.5, 10} {
		small, large := Linear{C: c}, Linear{C: c, many: 1}
		if err := errors.Join(small.Fit(x, 4, y), large.Fit(x, 4, y)); err != nil {
			t.Fatal(err)
		}
		for i, v := range small.w {
			if math.Abs(large.w[i]-v) > 2e-3 {
				t.Errorf("C %v: weight %d is %v, want %v", c, i, large.w[i], v)
			}
		}
	}
	px, py := pixels(t, "train")
	l := newLogistic(px, 64, py, 10)
	w, g, scratch := make([]float64, 650), make([]float64, 650), make([]float64, 650)
	if at := l.gradient(w, g); math.Abs(at-math.Log(10)) > 1e-6 {
		t.Errorf("the loss without weights is %v, want ln 10", at)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range w {
		w[i] = rng.NormFloat64() / 5
	}
	l.gradient(w, g)
	for i := 3; i < len(w); i += 41 {
		const h = 1e-2
		old := w[i]
		w[i] = old + h
		up := l.gradient(w, scratch)
		w[i] = old - h
		down := l.gradient(w, scratch)
		w[i] = old
		if got := (up - down) / (2 * h); math.Abs(got-g[i]) > 1e-5+1e-3*math.Abs(g[i]) {
			t.Errorf("gradient %d is %v, want %v", i, g[i], got)
		}
	}
}

// TestProbesOnALargeSet prints what the probes take for 50,000 rows of 512 numbers in ten classes.
func TestProbesOnALargeSet(t *testing.T) {
	if os.Getenv("WAVEKIN_LARGE") == "" {
		t.Skip("takes minutes; set WAVEKIN_LARGE to run it")
	}
	const n, dim = 60_000, 512
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := make([]float32, n*dim), make([]int, n)
	for i := range y {
		y[i] = rng.IntN(10)
		for j := range dim {
			x[i*dim+j] = float32(rng.NormFloat64())
			if j%10 == y[i] {
				x[i*dim+j] += 0.25
			}
		}
	}
	const m = 50_000
	for _, p := range []Probe{&SGD{}, &SGD{LARS: true}, &Linear{}, &KNN{Weighted: true}} {
		start := time.Now()
		got := must(p.Fit(x[:m*dim], dim, y[:m]), func() ([]int, error) { return p.Predict(x[m*dim:]) }, t)
		a, _ := Accuracy(y[m:], got)
		rate := 0.0
		if c, ok := p.(interface{ Chosen() float64 }); ok {
			rate = c.Chosen()
		}
		t.Logf("%s: %.1f s, accuracy %.4f, chosen %g", p.Name(), time.Since(start).Seconds(), a, rate)
	}
}
