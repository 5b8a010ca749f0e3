package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/wavekin/wavekin/bench/sets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// choice is one setting of the weights.
type choice struct {
	name      string
	method    methods.CMC
	untrained bool
}

// contrast is the plain loss, to which the others are compared.
const contrast = "contrast"

// choices are the untrained encoder, the plain loss, another temperature, what is added to the loss, and heads that are normalised.
var choices = []choice{
	{name: "untrained", untrained: true},
	{name: contrast},
	{name: "temperature 0.5", method: methods.CMC{Temperature: 0.5}},
	{name: "+ 0.1 alignment", method: methods.CMC{Alignment: 0.1}},
	{name: "+ 0.3 alignment", method: methods.CMC{Alignment: 0.3}},
	{name: "+ alignment", method: methods.CMC{Alignment: 1}},
	{name: "+ 5 alignment", method: methods.CMC{Alignment: 5}},
	{name: "+ 0.05 log alignment", method: methods.CMC{LogAlignment: 0.05}},
	{name: "+ 0.2 log alignment", method: methods.CMC{LogAlignment: 0.2}},
	{name: "+ uniformity", method: methods.CMC{Uniformity: 1}},
	{name: "+ 5 alignment + uniformity", method: methods.CMC{Alignment: 5, Uniformity: 1}},
	{name: "normalised head", method: methods.CMC{Norm: "batch"}},
	{name: "normalised head + 5 alignment", method: methods.CMC{Norm: "batch", Alignment: 5}},
	{name: "normalised head + 0.2 log alignment", method: methods.CMC{Norm: "batch", LogAlignment: 0.2}},
}

// longChoices are those whose pairs are followed until negatives are far away.
var longChoices = []choice{choices[1], choices[2], choices[4], choices[11], choices[12]}

// find returns the choice of a name.
func find(name string) (choice, error) {
	i := slices.IndexFunc(choices, func(c choice) bool { return c.name == name })
	if i < 0 {
		return choice{}, fmt.Errorf("no choice %q", name)
	}
	return choices[i], nil
}

// watched are the measures of the method that are kept: the mean of |a - b|² of pairs, the uniformity of views, the probability p+
// that a sample is matched with its own other view, and how far the cosine of a pair is above that of different samples.
var watched = []string{"alignment", "uniformity", "positive", "margin"}

// figures are the means of what is watched over the last tenth of the steps, and the accuracy.
var figures = append(slices.Clone(watched), "accuracy")

// marks are the steps of a long run around which what is watched is averaged.
var marks = []int{30, 100, 300, 1000, 3000}

// longFigures are alignment, p+ and margin around each mark, and the accuracy at the end.
var longFigures = func() []string {
	var out []string
	for _, m := range marks {
		for _, name := range []string{"alignment", "positive", "margin"} {
			out = append(out, fmt.Sprintf("%s %d", name, m))
		}
	}
	return append(out, "accuracy")
}()

// data are the two parts of a set.
type data struct{ learn, test []*series.Series }

func load(folder string, names []string) (map[string]data, error) {
	out := map[string]data{}
	for _, n := range names {
		learn, test, err := sets.Load(filepath.Join(folder, n))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n, err)
		}
		out[n] = data{learn, test}
	}
	return out, nil
}

// follower averages what is watched around marks: over the fifth of the steps that ends there.
type follower struct{ sums map[string]float64 }

func (f *follower) OnStep(s train.Step) error {
	for _, m := range marks {
		from := m - m/5
		if s.Index > from && s.Index <= m {
			for name, v := range s.Measures {
				f.sums[fmt.Sprintf("%s %d", name, m)] += v / float64(m/5)
			}
		}
	}
	return nil
}

// one learns from the training part and looks up the test part.
func (c choice) one(ctx context.Context, d data, seed uint64, steps int, long bool) ([]float64, error) {
	f := &follower{map[string]float64{}}
	c.method.Form = "batch" // the probability of a match is one among the batch
	cfg := train.Config{Method: c.method, Encoder: encoders.Conv{Width: 32, Depth: 4, Out: 96}, Steps: steps, Normalize: series.ModeTrain, Seed: seed,
		Run: train.Run{Hooks: []train.Hook{f}}}
	if c.untrained {
		cfg.Steps = 1
	}
	learnt, sum, err := train.Pretrain(ctx, train.Series(d.learn), cfg)
	if err == nil && c.untrained {
		learnt, err = train.Untrained(train.Series(d.learn), cfg)
	}
	if err != nil {
		return nil, err
	}
	var out []float64
	if long {
		for _, name := range longFigures[:len(longFigures)-1] {
			out = append(out, f.sums[name])
		}
	} else {
		for _, name := range watched {
			out = append(out, sum.Measures[name])
		}
	}
	found, err := evaluate.Measure(ctx, learnt, &evaluate.KNN{Metric: knn.Cosine, Raw: true}, evaluate.Set{Series: d.learn}, evaluate.Set{Series: d.test})
	return append(out, found.Accuracy), err
}
