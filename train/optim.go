package train

import (
	"slices"
	"strings"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// Optimizer moves parameters along their gradients.
type Optimizer interface {
	// Step applies the gradients of params, each in its group; both must be the same on every call.
	Step(params []*nn.Param, groups []methods.Group, now Rates)
	// State returns what must be kept to go on: one slice per buffer, in a fixed
	// order, and the number of steps taken. The slices are live.
	State() (buffers [][]float32, steps *int)
}

// Rates are what an optimiser goes by in one step.
type Rates struct {
	// LR is the learning rate, Peak the highest of the run, and Decay the weight decay.
	LR, Peak, Decay float32
	// Step counts the steps of the run from 0.
	Step int
}

// optimizers are the optimisers by name, with the learning rate where none is given.
var optimizers = map[string]struct {
	rate float64
	make func(b buffers, cfg Config) Optimizer
}{
	"adamw":    {1e-3, newAdamW},
	"sgd":      {0.03, func(b buffers, _ Config) Optimizer { return &SGD{b, true} }},
	"momentum": {0.03, func(b buffers, _ Config) Optimizer { return &SGD{b, false} }},
	"lars":     {0.3, func(b buffers, _ Config) Optimizer { return &LARS{b, 1e-3, false} }},
	"larc":     {0.3, func(b buffers, _ Config) Optimizer { return &LARS{b, 0.02, true} }},
}

func newOptimizer(cfg Config, params []*nn.Param) Optimizer {
	var b buffers
	for _, p := range params {
		b.first = append(b.first, make([]float32, len(p.Data)))
	}
	return optimizers[cfg.Optimizer].make(b, cfg)
}

// buffers is what the optimisers share.
type buffers struct {
	first [][]float32
	steps int
}

func (b *buffers) State() ([][]float32, *int) { return b.first, &b.steps }

// of is the learning rate of a parameter and its weight decay: none for biases and scales, which have one
// dimension. A parameter that stays as it is has rate 0 and is left alone.
func (r Rates) of(p *nn.Param, g methods.Group) (rate, decay float32) {
	if g.Rate < 0 || r.Step < g.From {
		return 0, 0
	}
	if rate = r.LR; g.Steady {
		rate = r.Peak
	}
	if g.Rate > 0 {
		rate *= float32(g.Rate)
	}
	if len(p.Shape) < 2 || g.NoDecay {
		return rate, 0
	}
	return rate, r.Decay
}

// groupsOf finds the group of each parameter: the user's exceptions first, then the method's.
func groupsOf(params []*nn.Param, obj methods.Objective, own []methods.Group) []methods.Group {
	all := own
	if g, ok := obj.(methods.Grouper); ok {
		all = append(slices.Clone(own), g.Groups()...)
	}
	out := make([]methods.Group, len(params))
	for i, p := range params {
		for _, g := range all {
			if strings.HasPrefix(p.Name, g.Prefix) && (!g.Vectors || len(p.Shape) < 2) {
				out[i] = g
				break
			}
		}
	}
	return out
}

// forget clears the momentum of the groups that ask for it at this epoch. The second moments stay: they tell the
// gradient's size.
func forget(o Optimizer, groups []methods.Group, epoch int) {
	first, _ := o.State()
	for i, g := range groups {
		if g.Fresh > 0 && epoch%g.Fresh == 0 {
			clear(first[i])
		}
	}
}
