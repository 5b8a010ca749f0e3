package train

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// Optimizer moves parameters along their gradients.
type Optimizer interface {
	// Step applies the gradients of params, which must be the same on every call.
	Step(params []*nn.Param, lr float32)
	// State returns what must be kept to go on: one slice per buffer, in a fixed
	// order, and the number of steps taken. The slices are live.
	State() (buffers [][]float32, steps *int)
}

func newOptimizer(cfg Config, params []*nn.Param) Optimizer {
	b := buffers{params: params, decay: float32(cfg.Decay)}
	for _, p := range params {
		b.first = append(b.first, make([]float32, len(p.Data)))
	}
	switch cfg.Optimizer {
	case "sgd":
		return &SGD{b}
	case "lars":
		return &LARS{b}
	}
	a := &AdamW{buffers: b}
	for _, p := range params {
		a.second = append(a.second, make([]float32, len(p.Data)))
	}
	return a
}

// buffers is what the optimisers share.
type buffers struct {
	params []*nn.Param
	first  [][]float32
	steps  int
	decay  float32
}

func (b *buffers) State() ([][]float32, *int) { return b.first, &b.steps }

// decayOf is the weight decay of a parameter: none for biases and scales, which have one dimension.
func (b *buffers) decayOf(p *nn.Param) float32 {
	if len(p.Shape) < 2 {
		return 0
	}
	return b.decay
}

// AdamW is Adam with decoupled weight decay (Loshchilov and Hutter, 2019),
// betas 0.9 and 0.999, epsilon 1e-8; one-dimensional parameters are not decayed.
type AdamW struct {
	buffers
	second [][]float32
}

// Step applies algorithm 2 of the paper.
func (o *AdamW) Step(params []*nn.Param, lr float32) {
	o.steps++
	for i, p := range params {
		kernel.AdamW(p.Data, p.Grad, o.first[i], o.second[i], lr, 0.9, 0.999, 1e-8, o.decayOf(p), o.steps)
	}
}

// State adds the second moments.
func (o *AdamW) State() ([][]float32, *int) {
	return append(append([][]float32(nil), o.first...), o.second...), &o.steps
}

// SGD is stochastic gradient descent with Nesterov momentum 0.9; everything is decayed.
type SGD struct{ buffers }

// Step applies v = 0.9v + g + decay·w; w -= lr·(g + decay·w + 0.9v).
func (o *SGD) Step(params []*nn.Param, lr float32) {
	o.steps++
	for i, p := range params {
		kernel.SGD(p.Data, p.Grad, o.first[i], lr, 0.9, o.decay, true)
	}
}

// LARS scales each tensor's step by trust·|w|/|g| (You et al., 2017), in the
// variant that leaves one-dimensional parameters without decay and scaling and
// keeps the learning rate outside the momentum, as Barlow Twins, MoCo v3 and DINO do.
type LARS struct{ buffers }

// trust is the coefficient of LARS.
const trust = 1e-3

// Step applies g += decay·w, g *= trust·|w|/|g|, v = 0.9v + g, w -= lr·v.
func (o *LARS) Step(params []*nn.Param, lr float32) {
	o.steps++
	for i, p := range params {
		if len(p.Shape) > 1 {
			kernel.Axpy(o.decay, p.Data, p.Grad)
			w, g := math.Sqrt(kernel.SumSquares(p.Data)), math.Sqrt(kernel.SumSquares(p.Grad))
			if w > 0 && g > 0 {
				kernel.Scale(p.Grad, float32(trust*w/g), p.Grad)
			}
		}
		kernel.SGD(p.Data, p.Grad, o.first[i], lr, 0.9, 0, false)
	}
}

// clip scales all gradients so that their joint norm is at most limit; a limit of 0 does nothing.
func clip(params []*nn.Param, limit float64) {
	if limit <= 0 {
		return
	}
	var sum float64
	for _, p := range params {
		sum += kernel.SumSquares(p.Grad)
	}
	if norm := math.Sqrt(sum); norm > limit {
		for _, p := range params {
			kernel.Scale(p.Grad, float32(limit/norm), p.Grad)
		}
	}
}

// rate is the learning rate of a step (from 0) of total: a linear rise over the
// warm-up share, then half a cosine down to 0 (Loshchilov and Hutter, 2017).
func rate(step, total int, peak, warmup float64) float64 {
	rise := warmup * float64(total)
	if s := float64(step + 1); s < rise {
		return peak * s / rise
	}
	done := (float64(step) - rise) / math.Max(1, float64(total)-rise)
	return peak * 0.5 * (1 + math.Cos(math.Pi*math.Min(1, math.Max(0, done))))
}
