package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/kernel"
)

// SGD is the linear probe as papers on images train it: multinomial logistic regression by stochastic gradient with a momentum
// of 0.9 and without weight decay, the rate falling along half a cosine. Methods differ in the size of their features, so that no rate suits all (SimSiam needs 100
// times that of SimCLR): unless one is given, it is chosen by what it comes to on a part of the rows that is held out. The
// zero value works.
type SGD struct {
	// LR is the rate for batches of 256 rows; another batch takes its share. 0 chooses it from Sweep.
	LR float64
	// Sweep holds the rates to try; nil means 0.01 to 30 in seven steps. The smallest of the equally good ones is taken.
	Sweep []float64
	// LARS scales the rate of the weights by the ratio of their norm to that of their gradient, times 0.001 (You et al.,
	// 2017), as in SimSiam and for very large batches; nil rates then mean 0.3 to 1000.
	LARS bool
	// Epochs is the number of passes over the rows; 0 means 100. A quarter of them serves to choose the rate.
	Epochs int
	// Batch is the number of rows in a step; 0 means 256.
	Batch int
	// Raw leaves the columns as they are, as papers do; otherwise each has mean 0 and deviation 1 first.
	Raw bool
	// Seed is what the order of the rows and the first weights are derived from.
	Seed uint64

	scale   *scaler
	classes []int
	w       []float32 // [classes, dim], and the biases [classes]
	dim     int
	chosen  float64
}

// What the sweep tries: three and a half decades.
var (
	sgdRates  = []float64{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}
	larsRates = []float64{0.3, 1, 3, 10, 30, 100, 300, 1000}
)

// trust is LARS's coefficient in the papers.
const trust = 1e-3

// Name returns "sgd", or "lars".
func (p *SGD) Name() string {
	if p.LARS {
		return "lars"
	}
	return "sgd"
}

// Chosen returns the rate that the last Fit used.
func (p *SGD) Chosen() float64 { return p.chosen }

// Fit learns weights and biases. See Probe.
func (p *SGD) Fit(x []float32, dim int, y []int) error {
	p.w = nil
	if _, err := training(x, dim, y); err != nil {
		return err
	}
	run, rates, err := p.settings()
	if err != nil {
		return err
	}
	p.dim, p.scale, p.classes = dim, nil, distinct(y)
	if !p.Raw {
		p.scale = newScaler(x, dim)
	}
	x = p.columns(x)
	class := indices(p.classes, y)
	run.dim, run.classes = dim, len(p.classes)
	p.chosen = rates[0]
	if len(rates) > 1 {
		p.chosen = run.choose(rates, x, class)
	}
	p.w = run.fit(p.chosen, x, class)
	return nil
}

// settings fills in and checks what was left open.
func (p *SGD) settings() (descent, []float64, error) {
	d := descent{epochs: p.Epochs, batch: p.Batch, lars: p.LARS, seed: p.Seed}
	if d.epochs == 0 {
		d.epochs = 100
	}
	if d.batch == 0 {
		d.batch = 256
	}
	rates := p.Sweep
	switch {
	case p.LR != 0:
		rates = []float64{p.LR}
	case rates == nil && p.LARS:
		rates = larsRates
	case rates == nil:
		rates = sgdRates
	}
	for _, r := range rates {
		if !(r > 0) || math.IsInf(r, 1) {
			return d, nil, fmt.Errorf("%w: a learning rate of %v, must be above 0 and finite", ErrOption, r)
		}
	}
	if d.epochs < 1 || d.batch < 1 || len(rates) == 0 {
		return d, nil, fmt.Errorf("%w: %d epochs in batches of %d, %d rates", ErrOption, d.epochs, d.batch, len(rates))
	}
	return d, rates, nil
}

func (p *SGD) columns(x []float32) []float32 {
	if p.scale == nil {
		return x
	}
	out := make([]float32, len(x))
	for i, v := range p.scale.apply(x) {
		out[i] = float32(v)
	}
	return out
}

// Predict returns the class of the largest logit, the lower class on a tie. See Probe.
func (p *SGD) Predict(x []float32) ([]int, error) {
	if p.w == nil {
		return nil, ErrNotFitted
	}
	if _, err := features(x, p.dim); err != nil {
		return nil, err
	}
	out := descent{dim: p.dim, classes: len(p.classes)}.predict(p.w, p.columns(x))
	for i, c := range out {
		out[i] = p.classes[c]
	}
	return out, nil
}

// descent is one way of training.
type descent struct {
	dim, classes, epochs, batch int
	lars                        bool
	seed                        uint64
}

// heldOut is the share of the rows, one in so many, that a rate is chosen by.
const heldOut = 5

// choose returns the rate that does best on held-out rows of every class.
func (d descent) choose(rates []float64, x []float32, class []int) float64 {
	in := folds(class, d.classes, heldOut)
	var ax, bx []float32
	var ac, bc []int
	for i, f := range in {
		row := x[i*d.dim : (i+1)*d.dim]
		if f == 0 {
			bx, bc = append(bx, row...), append(bc, class[i])
		} else {
			ax, ac = append(ax, row...), append(ac, class[i])
		}
	}
	best, most := rates[len(rates)/2], -1
	if len(ac) == 0 || len(bc) == 0 {
		return best
	}
	short := d
	short.epochs = max(1, d.epochs/4)
	for _, r := range rates {
		right := 0
		for i, c := range short.predict(short.fit(r, ax, ac), bx) {
			if c == bc[i] {
				right++
			}
		}
		if right > most || right == most && r < best {
			best, most = r, right
		}
	}
	return best
}

// fit trains weights [classes, dim], with the biases [classes] behind them.
func (d descent) fit(rate float64, x []float32, class []int) []float32 {
	n, k, dim := len(class), d.classes, d.dim
	rng := rand.New(rand.NewPCG(d.seed, 0x5bd))
	w, v := make([]float32, k*dim+k), make([]float32, k*dim+k)
	for i := range k * dim {
		w[i] = float32(0.01 * rng.NormFloat64())
	}
	b := min(d.batch, n)
	rows, logits, grad := make([]float32, b*dim), make([]float32, b*k), make([]float32, len(w))
	per := (n + b - 1) / b
	step, total := 0, d.epochs*per
	rate *= float64(d.batch) / 256
	for range d.epochs {
		order := rng.Perm(n)
		for at := 0; at < n; at += b {
			ids := order[at:min(at+b, n)]
			d.gradient(grad, w, x, class, ids, rows, logits)
			now := rate / 2 * (1 + math.Cos(math.Pi*float64(step)/float64(total)))
			step++
			part := float32(now)
			if d.lars {
				part = float32(now * ratio(w[:k*dim], grad[:k*dim]))
			}
			for i, g := range grad {
				if i == k*dim {
					part = float32(now) // biases
				}
				v[i] = 0.9*v[i] + part*g
				w[i] -= v[i]
			}
		}
	}
	return w
}

// ratio is LARS's factor of the rate.
func ratio(w, g []float32) float64 {
	a, b := math.Sqrt(float64(kernel.Dot(w, w))), math.Sqrt(float64(kernel.Dot(g, g)))
	if a == 0 || b == 0 {
		return 1
	}
	return trust * a / b
}

// gradient is that of the mean cross-entropy of the rows ids; rows and logits are working memory.
func (d descent) gradient(grad, w, x []float32, class, ids []int, rows, logits []float32) {
	n, k, dim := len(ids), d.classes, d.dim
	for i, id := range ids {
		copy(rows[i*dim:(i+1)*dim], x[id*dim:])
	}
	kernel.Linear(logits, rows, w[:k*dim], w[k*dim:], n, dim, k)
	kernel.Softmax(logits[:n*k], logits[:n*k], n, k)
	bias := grad[k*dim:]
	clear(bias)
	for i, id := range ids {
		p := logits[i*k : (i+1)*k]
		p[class[id]]--
		for c := range p {
			p[c] /= float32(n)
			bias[c] += p[c]
		}
	}
	kernel.Gemm(true, false, k, dim, n, 1, logits, k, rows, dim, 0, grad, dim)
}

// predict returns the class of each row; weights that ran away put all rows into the first one.
func (d descent) predict(w, x []float32) []int {
	n, k := len(x)/d.dim, d.classes
	logits := make([]float32, n*k)
	kernel.Linear(logits, x, w[:k*d.dim], w[k*d.dim:], n, d.dim, k)
	out := make([]int, n)
	for i := range out {
		row := logits[i*k : (i+1)*k]
		for c, v := range row {
			if v > row[out[i]] {
				out[i] = c
			}
		}
	}
	return out
}
