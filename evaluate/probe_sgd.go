package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
)

// SGD is the linear probe of the image papers: multinomial logistic regression by minibatch gradient descent without weight
// decay, momentum 0.9 (with Nesterov's look ahead unless LARS is set), weights from N(0, 0.01²), biases from 0. Unlike
// [Linear] it stops before the optimum, and how far it comes depends on the rate; the rate is therefore chosen among many,
// by rows of the training set that are held out for that, and the probe is then fitted to all rows. The zero value is as
// SimCLR's: rate 0.1 · batch/256 as the centre of the sweep, 100 epochs, cosine.
type SGD struct {
	// LARS scales the step of the weights (not of the biases) by 0.001·|w|/|g|, as SimSiam's probe.
	LARS bool
	// Rate is the learning rate for a batch of 256; the actual one is Rate·Batch/256. 0 chooses it from Rates.
	Rate float64
	// Rates to choose from; nil means 0.001, 0.003, 0.01 ... 30, and with LARS 0.1, 0.3, 1 ... 300. Of those that get most of the
	// held-out rows right, the one with the lowest cross-entropy there is taken.
	Rates []float64
	// Held says that one row of so many, in equal share of every class, is held out for the choice; 0 means 10. With fewer
	// rows than that none is, and the choice is made on the rows that the probe is fitted to.
	Held int
	// Epochs of training, 0 means 100; Batch rows in a step, 0 means 256, at most all there are.
	Epochs, Batch int
	// Steps divides the rate by ten after 60 % and again after 80 % of the epochs, as MoCo does; otherwise it falls along half a
	// cosine to 0.
	Steps bool
	// Raw leaves the columns as they are, as the papers do; otherwise they are standardised.
	Raw bool
	// Seed of the first weights and of the order of the rows.
	Seed uint64

	scale   *scaler
	classes []int
	w, b    []float32 // [classes, dim], [classes]
	chosen  float64
}

const (
	larsTrust   = 0.001
	sgdMomentum = 0.9
)

// Name returns "sgd" or "lars".
func (p *SGD) Name() string {
	if p.LARS {
		return "lars"
	}
	return "sgd"
}

// Chosen returns the rate, for a batch of 256, that the last Fit used.
func (p *SGD) Chosen() float64 { return p.chosen }

// Fit learns weights and biases. See Probe; ErrOption also when no rate of the sweep leaves the weights finite.
func (p *SGD) Fit(x []float32, dim int, y []int) error {
	p.w = nil
	n, err := training(x, dim, y)
	if err != nil {
		return err
	}
	o, err := p.defaults(n)
	if err != nil {
		return err
	}
	p.scale, p.classes = nil, distinct(y)
	if !p.Raw {
		p.scale = newScaler(x, dim)
		x = p.scale.apply32(x)
	}
	class, m := indices(p.classes, y), len(p.classes)
	rates := slices.Sorted(slices.Values(o.Rates))
	at := 0
	if len(rates) > 1 {
		at = o.choose(x, dim, class, m, rates)
	}
	// A rate that was just bounded on a part of the rows may not be so on all: then the next lower one.
	for ; at >= 0; at-- {
		d := newDescent(o, rates[at:at+1], dim, m)
		d.run(x, class, everyRow(n))
		if d.bounded(0) {
			p.w, p.b, p.chosen = d.w, d.b, rates[at]
			return nil
		}
	}
	return fmt.Errorf("%w: the %s probe runs away at rate %g; smaller ones, or standardised columns, may do", ErrOption, p.Name(), rates[0])
}

// defaults returns the options with the zero ones filled in for n rows.
func (p *SGD) defaults(n int) (SGD, error) {
	o := SGD{LARS: p.LARS, Rates: p.Rates, Held: p.Held, Epochs: p.Epochs, Batch: p.Batch, Steps: p.Steps, Seed: p.Seed}
	if o.Rates == nil {
		o.Rates = []float64{0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}
		if o.LARS {
			o.Rates = []float64{0.1, 0.3, 1, 3, 10, 30, 100, 300}
		}
	}
	if p.Rate != 0 {
		o.Rates = []float64{p.Rate}
	}
	for _, r := range o.Rates {
		if !(r > 0) || math.IsInf(r, 1) {
			return o, fmt.Errorf("%w: rate %v, must be above 0 and finite", ErrOption, r)
		}
	}
	if o.Held == 0 {
		o.Held = 10
	}
	if o.Epochs == 0 {
		o.Epochs = 100
	}
	if o.Batch == 0 {
		o.Batch = 256
	}
	if len(o.Rates) == 0 || o.Held < 2 || o.Epochs < 1 || o.Batch < 1 {
		return o, fmt.Errorf("%w: %d rates, one row of %d held out, %d epochs, batch %d", ErrOption, len(o.Rates), o.Held, o.Epochs, o.Batch)
	}
	o.Batch = min(o.Batch, n)
	return o, nil
}

// choose returns which rate does best on rows held out. All are tried at once, on the same batches.
func (p *SGD) choose(x []float32, dim int, class []int, classes int, rates []float64) int {
	var fit, held []int
	for i, f := range folds(class, classes, p.Held) {
		if f == 0 {
			held = append(held, i)
		} else {
			fit = append(fit, i)
		}
	}
	if len(class) < p.Held {
		fit = everyRow(len(class))
		held = fit
	}
	o := *p
	o.Batch = min(o.Batch, len(fit))
	d := newDescent(o, rates, dim, classes)
	d.run(x, class, fit)
	right, loss := d.score(x, class, held)
	best := 0
	for r := range rates {
		if right[r] > right[best] || right[r] == right[best] && loss[r] < loss[best] {
			best = r
		}
	}
	return best
}

// Predict returns the class of the largest logit, the lower class on a tie. See Probe.
func (p *SGD) Predict(x []float32) ([]int, error) {
	if p.w == nil {
		return nil, ErrNotFitted
	}
	m := len(p.classes)
	dim := len(p.w) / m
	if _, err := features(x, dim); err != nil {
		return nil, err
	}
	if p.scale != nil {
		x = p.scale.apply32(x)
	}
	out := argmaxLinear(p.w, p.b, x, dim, m)
	for i, c := range out {
		out[i] = p.classes[c]
	}
	return out, nil
}

// blockRows is how many rows are classified in one matrix product.
const blockRows = 1024

// highest is the index of the first of the largest numbers.
func highest(v []float32) int {
	best := 0
	for i, w := range v {
		if w > v[best] {
			best = i
		}
	}
	return best
}

func everyRow(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// descent trains one classifier for each of several rates side by side: their weights stand one above the other, so that one
// matrix product serves all of them.
type descent struct {
	SGD
	rates                []float64
	dim, m, outs         int
	rng                  *rand.Rand
	w, gw, vw, b, gb, vb []float32 // [rates, m, dim] and [rates, m]: values, gradients, momenta
	rows, logit          []float32 // [batch, dim], [batch, rates, m]
}

func newDescent(o SGD, rates []float64, dim, classes int) *descent {
	d := &descent{SGD: o, rates: rates, dim: dim, m: classes, outs: len(rates) * classes, rng: random.New(o.Seed, random.Probe)}
	take := func(n int) []float32 { return make([]float32, n) }
	d.w, d.gw, d.vw = take(d.outs*dim), take(d.outs*dim), take(d.outs*dim)
	d.b, d.gb, d.vb = take(d.outs), take(d.outs), take(d.outs)
	d.rows, d.logit = take(max(o.Batch, blockRows)*dim), take(max(o.Batch, blockRows)*d.outs)
	one := d.w[:classes*dim]
	for i := range one {
		one[i] = float32(0.01 * d.rng.NormFloat64())
	}
	for r := range rates { // all start from the same point
		copy(d.w[r*len(one):], one)
	}
	return d
}

// run trains on the given rows of x.
func (d *descent) run(x []float32, class []int, rows []int) {
	order := slices.Clone(rows)
	for epoch := range d.Epochs {
		d.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for lo := 0; lo < len(order); lo += d.Batch {
			at := float64(epoch) + float64(lo)/float64(len(order))
			d.step(x, class, order[lo:min(lo+d.Batch, len(order))], d.decay(at/float64(d.Epochs)))
		}
	}
}

// decay is the share of the rate that is left after the given share of the training.
func (d *descent) decay(done float64) float64 {
	switch {
	case !d.Steps:
		return 0.5 * (1 + math.Cos(math.Pi*done))
	case done >= 0.8:
		return 0.01
	case done >= 0.6:
		return 0.1
	}
	return 1
}

// step moves all classifiers by the mean gradient over a batch of rows.
func (d *descent) step(x []float32, class []int, batch []int, share float64) {
	n := len(batch)
	d.gather(x, batch)
	kernel.Linear(d.logit, d.rows, d.w, d.b, n, d.dim, d.outs)
	kernel.Softmax(d.logit, d.logit, n*len(d.rates), d.m)
	for i, row := range batch {
		for r := range d.rates {
			d.logit[i*d.outs+r*d.m+class[row]]--
		}
	}
	mean := float32(1 / float64(n))
	kernel.Gemm(true, false, d.outs, d.dim, n, mean, d.logit, d.outs, d.rows, d.dim, 0, d.gw, d.dim)
	kernel.SumRows(d.gb, d.logit, n, d.outs)
	kernel.Scale(d.gb, mean, d.gb)
	for r, rate := range d.rates {
		lr := float32(rate * float64(d.Batch) / 256 * share)
		lo, hi := r*d.m, (r+1)*d.m
		w, gw := d.w[lo*d.dim:hi*d.dim], d.gw[lo*d.dim:hi*d.dim]
		if d.LARS {
			if wn, gn := math.Sqrt(kernel.SumSquares(w)), math.Sqrt(kernel.SumSquares(gw)); wn > 0 && gn > 0 {
				kernel.Scale(gw, float32(larsTrust*wn/gn), gw)
			}
		}
		kernel.SGD(w, gw, d.vw[lo*d.dim:hi*d.dim], lr, sgdMomentum, 0, !d.LARS)
		kernel.SGD(d.b[lo:hi], d.gb[lo:hi], d.vb[lo:hi], lr, sgdMomentum, 0, !d.LARS)
	}
}

// gather copies rows of x next to each other.
func (d *descent) gather(x []float32, rows []int) {
	kernel.Parallel(len(rows), 32, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			copy(d.rows[i*d.dim:(i+1)*d.dim], x[rows[i]*d.dim:(rows[i]+1)*d.dim])
		}
	})
}

// score counts, for each rate, the rows it gets right, and sums their cross-entropy. A classifier that ran away gets -1.
func (d *descent) score(x []float32, class []int, rows []int) (right []int, loss []float64) {
	right, loss = make([]int, len(d.rates)), make([]float64, len(d.rates))
	for lo := 0; lo < len(rows); lo += blockRows {
		block := rows[lo:min(lo+blockRows, len(rows))]
		d.gather(x, block)
		kernel.Linear(d.logit, d.rows, d.w, d.b, len(block), d.dim, d.outs)
		for i, row := range block {
			for r := range d.rates {
				z := d.logit[i*d.outs+r*d.m:][:d.m]
				top := highest(z)
				if top == class[row] {
					right[r]++
				}
				var sum float64
				for _, v := range z {
					sum += math.Exp(float64(v) - float64(z[top]))
				}
				loss[r] += math.Log(sum) + float64(z[top]) - float64(z[class[row]])
			}
		}
	}
	for r := range d.rates {
		if !d.bounded(r) {
			right[r], loss[r] = -1, math.Inf(1)
		}
	}
	return right, loss
}

// bounded tells whether the classifier of rate r has only finite weights.
func (d *descent) bounded(r int) bool {
	unusable := func(v float32) bool { return v-v != 0 }
	return !slices.ContainsFunc(d.w[r*d.m*d.dim:(r+1)*d.m*d.dim], unusable) && !slices.ContainsFunc(d.b[r*d.m:(r+1)*d.m], unusable)
}
