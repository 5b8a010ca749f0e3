package manifold

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
)

// MostRows bounds what TSNE takes: its time and memory grow with the square of the rows.
const MostRows = 5000

// TSNE is t-distributed stochastic neighbour embedding, exact, in two dimensions. The zero value works.
type TSNE struct {
	// Perplexity is about the number of neighbours that a row is drawn to; 0 means 30. It is at most a third of the rows.
	Perplexity float64
	// Steps of gradient descent; 0 means 750, of which the first third exaggerates the attraction 12 times.
	Steps int
	// Seed is what the small noise of the start, the leading two components, is derived from.
	Seed uint64
	// Progress, where not nil, is told of the steps.
	Progress func(done, total int)
}

// exaggeration pulls groups together before they are laid out.
const exaggeration = 12

// Fit returns a place [rows, 2] for each row of dim numbers. Errors: ErrShape, settings out of range, more than MostRows
// rows, or the context's.
func (t TSNE) Fit(ctx context.Context, x []float32, dim int) ([]float32, error) {
	n, err := rowsOf(x, dim)
	if err != nil {
		return nil, err
	}
	if n > MostRows {
		return nil, fmt.Errorf("t-SNE of %d rows, want at most %d; take a part of them", n, MostRows)
	}
	if t.Perplexity == 0 {
		t.Perplexity = 30
	}
	if t.Steps == 0 {
		t.Steps = 750
	}
	if !(t.Perplexity >= 1) || t.Steps < 1 {
		return nil, fmt.Errorf("a perplexity of %g and %d steps, want at least 1", t.Perplexity, t.Steps)
	}
	y := start(x, n, dim, t.Seed)
	if n < 4 {
		return floats(y), nil // too few for neighbours
	}
	p := affinities(x, n, dim, min(t.Perplexity, float64(n-1)/3))
	return t.descend(ctx, p, y, n)
}

// start is the leading two components, as wide as 1e-4, with a little noise that tells equal rows apart.
func start(x []float32, n, dim int, seed uint64) []float64 {
	y := make([]float64, 2*n)
	k := min(2, dim)
	if pca, err := PCA(x, dim, k); err == nil {
		for i := range n {
			for j := range k {
				y[2*i+j] = float64(pca[i*k+j])
			}
		}
	}
	var square float64
	for i := range n {
		square += y[2*i] * y[2*i]
	}
	scale := 1e-4 / max(math.Sqrt(square/float64(n)), 1e-30)
	rng := random.New(seed, random.Projection)
	for i := range y {
		y[i] = y[i]*scale + 1e-6*rng.NormFloat64()
	}
	return y
}

// affinities are the symmetric probabilities p [n, n] of eq. 1 and 3.8 of the paper: each row's Gaussian has the given
// perplexity.
func affinities(x []float32, n, dim int, perplexity float64) []float32 {
	c := centre(x, n, dim)
	p := make([]float32, n*n)
	kernel.Gemm(false, true, n, n, dim, 1, c, dim, c, dim, 0, p, n)
	norms := make([]float64, n)
	for i := range norms {
		norms[i] = float64(p[i*n+i])
	}
	kernel.Parallel(n, 8, func(lo, hi int) {
		d := make([]float64, n)
		for i := lo; i < hi; i++ {
			for j := range d {
				d[j] = max(0, norms[i]+norms[j]-2*float64(p[i*n+j]))
			}
			calibrate(p[i*n:(i+1)*n], d, i, math.Log(perplexity))
		}
	})
	for i := range n {
		for j := range i {
			v := max((p[i*n+j]+p[j*n+i])/float32(2*n), 1e-12)
			p[i*n+j], p[j*n+i] = v, v
		}
		p[i*n+i] = 0
	}
	return p
}

// calibrate fills a row of conditional probabilities, of squared distances d from row i, whose entropy is the given one.
func calibrate(p []float32, d []float64, i int, entropy float64) {
	// The nearest row sets the scale, so that the exponents do not vanish.
	nearest := math.Inf(1)
	var mean float64
	for j, v := range d {
		if j != i {
			nearest = min(nearest, v)
			mean += v / float64(len(d)-1)
		}
	}
	beta, lo, hi := 1/max(mean, 1e-30), 0.0, math.Inf(1)
	for range 64 {
		var sum, weighted float64
		for j, v := range d {
			if j != i {
				e := math.Exp(-beta * (v - nearest))
				sum += e
				weighted += e * (v - nearest)
			}
		}
		h := math.Log(sum) + beta*weighted/sum
		if math.Abs(h-entropy) < 1e-5 {
			break
		}
		if h > entropy {
			lo = beta
			if math.IsInf(hi, 1) {
				beta *= 2
			} else {
				beta = (lo + hi) / 2
			}
		} else {
			hi = beta
			beta = (lo + hi) / 2
		}
	}
	var sum float64
	for j, v := range d {
		if j != i {
			sum += math.Exp(-beta * (v - nearest))
		}
	}
	for j, v := range d {
		p[j] = 0
		if j != i {
			p[j] = float32(math.Exp(-beta*(v-nearest)) / sum)
		}
	}
}

// descend moves the rows by gradient descent with momentum and gains (section 3.4).
func (t TSNE) descend(ctx context.Context, p []float32, y []float64, n int) ([]float32, error) {
	grad, speed, gain := make([]float64, 2*n), make([]float64, 2*n), make([]float64, 2*n)
	for i := range gain {
		gain[i] = 1
	}
	rate := max(float64(n)/exaggeration/4, 50)
	sums := make([]float64, n)
	for step := range t.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		momentum, pull := 0.8, 1.0
		if step < t.Steps/3 {
			momentum, pull = 0.5, exaggeration
		}
		slope(grad, y, p, sums, n, pull)
		for i, g := range grad {
			if (g > 0) == (speed[i] > 0) {
				gain[i] = max(0.01, gain[i]*0.8)
			} else {
				gain[i] += 0.2
			}
			speed[i] = momentum*speed[i] - rate*gain[i]*g
			y[i] += speed[i]
		}
		if t.Progress != nil {
			t.Progress(step+1, t.Steps)
		}
	}
	return floats(y), nil
}

// slope is the gradient of the divergence (eq. 5), with the probabilities multiplied by pull; sums is working memory.
func slope(grad, y []float64, p []float32, sums []float64, n int, pull float64) {
	kernel.Parallel(n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			var sum float64
			for j := range n {
				a, b := y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]
				sum += 1 / (1 + a*a + b*b)
			}
			sums[i] = sum - 1
		}
	})
	var z float64
	for _, s := range sums {
		z += s
	}
	kernel.Parallel(n, 16, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			var gx, gy float64
			row := p[i*n : (i+1)*n]
			for j, pj := range row {
				a, b := y[2*i]-y[2*j], y[2*i+1]-y[2*j+1]
				q := 1 / (1 + a*a + b*b)
				m := (pull*float64(pj) - q/z) * q
				gx += m * a
				gy += m * b
			}
			grad[2*i], grad[2*i+1] = 4*gx, 4*gy
		}
	})
}

func floats(y []float64) []float32 {
	out := make([]float32, len(y))
	for i, v := range y {
		out[i] = float32(v)
	}
	return out
}
