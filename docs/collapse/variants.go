package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/docs/trials"
	"github.com/wavekin/wavekin/methods"
)

// variant is BYOL with a choice for each factor. The norm stands in the encoder and in the heads.
type variant struct {
	norm, predictor, target string
}

// untrained is the predictor's and the target's place in a variant that takes no step.
const untrained = "untrained"

// The levels of the factors. Norms that keep no statistics of the batch, or none at all, are there to see whether these are needed;
// the last two have no place in the factorial.
var (
	norms      = []string{"batch", "group", "group-ws", "none", "actnorm"}
	factorial  = 3
	predictors = []string{"x1", "x10", "none"}
	targets    = []string{"gradient", "0", "0.95", "0.996", "fixed"}
)

// published is BYOL as its authors have it.
var published = variant{"batch", "x1", "0.996"}

// variants are the untrained encoders, the factorial, and both other norms with either predictor.
func variants() []variant {
	var out []variant
	for _, n := range norms {
		out = append(out, variant{n, untrained, untrained})
	}
	for _, n := range norms[:factorial] {
		for _, p := range predictors {
			for _, t := range targets {
				out = append(out, variant{n, p, t})
			}
		}
	}
	for _, n := range norms[factorial:] {
		for _, p := range predictors[:2] {
			out = append(out, variant{n, p, "0.95"})
		}
	}
	return out
}

// String is the variant's name in the table of runs.
func (v variant) String() string {
	if v.predictor == untrained {
		return v.norm + ", untrained"
	}
	return fmt.Sprintf("%s, predictor %s, target %s", v.norm, v.predictor, v.target)
}

// method is BYOL so changed.
func (v variant) method() methods.BYOL {
	m := methods.BYOL{Hidden: 128, Out: projection, Norm: v.norm, PredictorRate: 1}
	switch v.predictor {
	case "x10":
		m.PredictorRate = 10
	case "none":
		m.NoPredictor = true
	}
	switch v.target {
	case "gradient":
		m.NoStopGradient = true
	case "0":
		m.Momentum = -1 // the student itself, without its gradient
	case "0.95":
		m.Momentum = 0.95
	case "0.996":
		m.Momentum = 0.996
	case "fixed":
		m.Momentum = 1
	}
	return m
}

// find returns the variant of a name.
func find(name string) (variant, error) {
	all := variants()
	i := slices.IndexFunc(all, func(v variant) bool { return v.String() == name })
	if i < 0 {
		return variant{}, fmt.Errorf("no variant %q", name)
	}
	return all[i], nil
}

// runs lists what is to be done: seed after seed, so that a part of it is an experiment of fewer seeds.
func (o options) runs() []trials.Run {
	var out []trials.Run
	for seed := range o.seeds {
		for _, v := range variants() {
			for _, s := range o.sets {
				if strings.Contains(v.String(), o.only) {
					out = append(out, trials.Run{Variant: v.String(), Set: s, Seed: seed})
				}
			}
		}
	}
	return out
}
