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
	"adamw":          {1e-3, newAdamW},
	"sgd":            {0.03, newSGD(true)},
	"momentum":       {0.03, newSGD(false)},
	"lars":           {0.3, newLARS(larsPlain, 1e-3)},
	"lars-classic":   {0.3, newLARS(larsClassic, 1e-3)},
	"larc":           {0.3, newLARS(larcClipped, 0.02)},
	"larc-unclipped": {0.3, newLARS(larcUnclipped, 1e-3)},
}

func newOptimizer(cfg Config, params []*nn.Param) Optimizer {
	b := buffers{momentum: keeps(cfg.Momentum)}
	for _, p := range params {
		b.first = append(b.first, make([]float32, len(p.Data)))
	}
	return optimizers[cfg.Optimizer].make(b, cfg)
}

// keeps is a momentum as an optimiser takes it: 0.9 where it is 0, and none where it is negative.
func keeps(momentum float64) float32 { return float32(max(0, orFloat(momentum, 0.9))) }

// buffers is what the optimisers share.
type buffers struct {
	first    [][]float32
	steps    int
	momentum float32
	spare    bool // whether parameters of one dimension are neither decayed nor scaled
}

// exempt takes over the exemption of a configuration, or else the optimiser's own.
func (b *buffers) exempt(cfg Config, spare bool) {
	b.spare = spare
	if cfg.Exempt != "" {
		b.spare = cfg.Exempt == exemptVectors
	}
}

// What Config.Exempt may be.
const (
	exemptVectors = "vectors"
	exemptNone    = "none"
)

// exempts tells whether a parameter is neither decayed nor scaled.
func (b *buffers) exempts(p *nn.Param) bool { return b.spare && len(p.Shape) < 2 }

// of is the learning rate of a parameter, its weight decay and its momentum. A parameter that stays as it is has rate 0 and is left
// alone.
func (b *buffers) of(p *nn.Param, g methods.Group, now Rates) (rate, decay, momentum float32) {
	momentum, decay = b.momentum, now.Decay
	if g.Momentum != 0 {
		momentum = float32(max(0, g.Momentum))
	}
	if g.NoDecay || b.exempts(p) {
		decay = 0
	}
	return now.of(g), decay, momentum
}

func (b *buffers) State() ([][]float32, *int) { return b.first, &b.steps }

// of is the learning rate of a group, 0 where it stays as it is.
func (r Rates) of(g methods.Group) float32 {
	if g.Rate < 0 || r.Step < g.From {
		return 0
	}
	rate := r.LR
	if g.Steady {
		rate = r.Peak
	}
	if g.Rate > 0 {
		rate *= float32(g.Rate)
	}
	return rate
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
