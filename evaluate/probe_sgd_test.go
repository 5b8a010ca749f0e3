package evaluate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/internal/kernel"
)

// slowGradient is the gradient of the mean cross-entropy from its definition, weights [classes, dim] and biases behind them.
func slowGradient(w []float64, x []float32, class, ids []int, dim, classes int) []float64 {
	out := make([]float64, len(w))
	for _, id := range ids {
		p, sum := make([]float64, classes), 0.0
		for c := range p {
			z := w[classes*dim+c]
			for j := range dim {
				z += w[c*dim+j] * float64(x[id*dim+j])
			}
			p[c] = math.Exp(z)
			sum += p[c]
		}
		for c := range p {
			d := p[c] / sum
			if c == class[id] {
				d--
			}
			d /= float64(len(ids))
			out[classes*dim+c] += d
			for j := range dim {
				out[c*dim+j] += d * float64(x[id*dim+j])
			}
		}
	}
	return out
}

// The probe takes the steps that the formulas say, in float64: cosine rate, momentum 0.9, and for LARS the ratio of norms.
func TestSGDAgainstItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x, y := blobs(rng, 30, 4, 1)
	classes := distinct(y)
	class := indices(classes, y)
	for _, lars := range []bool{false, true} {
		d := descent{dim: 4, classes: 3, epochs: 3, batch: 8, lars: lars, seed: 7}
		rate := 2.0
		got := d.fit(rate, x, class)

		draw := rand.New(rand.NewPCG(7, 0x5bd))
		w, v := make([]float64, 15), make([]float64, 15)
		for i := range 12 {
			w[i] = float64(float32(0.01 * draw.NormFloat64()))
		}
		step := 0
		for range 3 {
			order := draw.Perm(30)
			for at := 0; at < 30; at += 8 {
				g := slowGradient(w, x, class, order[at:min(at+8, 30)], 4, 3)
				now := rate * 8 / 256 * 0.5 * (1 + math.Cos(math.Pi*float64(step)/12))
				step++
				local := 1.0
				if lars {
					var a, b float64
					for i := range 12 {
						a += w[i] * w[i]
						b += g[i] * g[i]
					}
					local = 0.001 * math.Sqrt(a/b)
				}
				for i := range w {
					part := now
					if i < 12 {
						part *= local
					}
					v[i] = 0.9*v[i] + part*g[i]
					w[i] -= v[i]
				}
			}
		}
		for i := range w {
			// Twelve steps in float32.
			if math.Abs(float64(got[i])-w[i]) > 1e-5*(1+math.Abs(w[i])) {
				t.Errorf("lars %v: weight %d is %g, want %g", lars, i, got[i], w[i])
			}
		}
	}
}

// Features a thousand times smaller need a larger rate, and the sweep finds one; a rate that is given is kept.
func TestSGDChoosesItsRate(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var small []float32
	var y []int
	for i := range 300 {
		y = append(y, i%3)
		for j := range 6 {
			v := rng.NormFloat64()
			if j%3 == i%3 {
				v += 4
			}
			small = append(small, float32(1e-2*v))
		}
	}
	for name, c := range map[string]struct {
		x     []float32
		probe *SGD
		least float64
		most  float64
	}{
		"small, swept": {small, &SGD{Raw: true, Epochs: 200, Batch: 32}, 0.95, 1},
		"small, fixed": {small, &SGD{Raw: true, Epochs: 200, Batch: 32, LR: 0.0001}, 0, 0.9},
		"small, lars":  {small, &SGD{Raw: true, Epochs: 200, Batch: 32, LARS: true}, 0.95, 1},
		"standardised": {small, &SGD{Epochs: 30}, 0.95, 1},
	} {
		if err := c.probe.Fit(c.x, 6, y); err != nil {
			t.Fatal(name, err)
		}
		got, err := c.probe.Predict(c.x)
		if err != nil {
			t.Fatal(name, err)
		}
		acc, err := Accuracy(y, got)
		if err != nil || acc < c.least || acc > c.most {
			t.Errorf("%s: accuracy %.3f at a rate of %g, want %g to %g (%v)", name, acc, c.probe.Chosen(), c.least, c.most, err)
		}
	}
}

// The same seed gives the same bits for any number of threads.
func TestSGDSameBits(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	x, y := blobs(rng, 700, 64, 3)
	classes := distinct(y)
	d := descent{dim: 64, classes: 3, epochs: 3, batch: 256, seed: 1}
	defer kernel.SetThreads(0)
	var want []float32
	for _, threads := range []int{1, 2, 3} {
		kernel.SetThreads(threads)
		got := d.fit(0.3, x, indices(classes, y))
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d threads give other weights", threads)
		}
	}
}

// BenchmarkSGD is the probe of a paper on CIFAR-10 behind a ResNet-18: 50,000 rows of 512, the sweep included.
func BenchmarkSGD(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := blobs(rng, 50_000, 512, 8)
	for b.Loop() {
		if err := (&SGD{}).Fit(x, 512, y); err != nil {
			b.Fatal(err)
		}
	}
}
