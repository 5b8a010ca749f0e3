// Command alignment measures whether the loss of cmc lets the views of a sample drift apart, and draws the table of
// docs/cmc-alignment.md.
//
//	go run ./docs/alignment --data UCR/GunPoint --data UCR/CBF
//
// A data folder holds one set, NAME_TRAIN.tsv and NAME_TEST.tsv, also compressed. For each choice of weights and each set an
// encoder is learnt from the training part for some seeds. The table holds means: alignment and uniformity of the
// embeddings over the last tenth of the steps, and the accuracy of the nearest neighbour, by cosine, on the test part.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/wavekin/wavekin/bench/sets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// choice is one setting of the weights.
type choice struct {
	name   string
	method methods.CMC
}

// choices are the plain loss, a higher temperature, and what is added to it.
var choices = []choice{
	{"contrast", methods.CMC{}},
	{"contrast, temperature 0.5", methods.CMC{Temperature: 0.5}},
	{"contrast + alignment", methods.CMC{Alignment: 1}},
	{"contrast + 5 alignment", methods.CMC{Alignment: 5}},
	{"contrast + 0.2 log alignment", methods.CMC{LogAlignment: 0.2}},
	{"contrast + log alignment", methods.CMC{LogAlignment: 1}},
	{"contrast + uniformity", methods.CMC{Uniformity: 1}},
	{"contrast + 5 alignment + uniformity", methods.CMC{Alignment: 5, Uniformity: 1}},
}

// options are the command's flags.
type options struct {
	data  []string
	steps int
	seeds int
}

// outcome is the result of a run.
type outcome struct{ alignment, uniformity, accuracy float64 }

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "alignment:", err)
		os.Exit(1)
	}
}

func run(args []string, w io.Writer) error {
	var o options
	fs := flag.NewFlagSet("alignment", flag.ContinueOnError)
	fs.Func("data", "folder of a set; may be given several times", func(s string) error { o.data = append(o.data, s); return nil })
	fs.IntVar(&o.steps, "steps", 300, "optimiser steps")
	fs.IntVar(&o.seeds, "seeds", 2, "runs of each")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if len(o.data) == 0 || o.steps < 1 || o.seeds < 1 {
		return fmt.Errorf("want --data DIR at least once, and at least 1 step and 1 seed")
	}
	var sets []set
	t := report.Table{Header: []string{"loss", "alignment", "uniformity"}}
	for _, dir := range o.data {
		s, err := load(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		sets = append(sets, s)
		t.Header = append(t.Header, s.name)
	}
	t.Header = append(t.Header, "1-NN")
	for _, c := range choices {
		row, err := o.row(c, sets)
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, row)
		fmt.Fprintln(os.Stderr, row)
	}
	return t.Render(w)
}

// row measures one choice on all sets: means over seeds, then over sets.
func (o options) row(c choice, sets []set) ([]string, error) {
	var all outcome
	var accuracies []string
	for _, s := range sets {
		var here outcome
		for seed := range o.seeds {
			r, err := o.one(c.method, s, uint64(seed))
			if err != nil {
				return nil, fmt.Errorf("%s on %s: %w", c.name, s.name, err)
			}
			here.add(r, o.seeds)
		}
		accuracies = append(accuracies, fmt.Sprintf("%.3f", here.accuracy))
		all.add(here, len(sets))
	}
	row := []string{c.name, fmt.Sprintf("%.3f", all.alignment), fmt.Sprintf("%.2f", all.uniformity)}
	return append(append(row, accuracies...), fmt.Sprintf("%.3f", all.accuracy)), nil
}

// add adds one of n outcomes to a mean.
func (m *outcome) add(r outcome, n int) {
	m.alignment += r.alignment / float64(n)
	m.uniformity += r.uniformity / float64(n)
	m.accuracy += r.accuracy / float64(n)
}

// one learns from the training part and looks up the test part.
func (o options) one(m methods.CMC, s set, seed uint64) (outcome, error) {
	ctx := context.Background()
	model, sum, err := train.Pretrain(ctx, train.Series(s.train), train.Config{Method: m, Encoder: encoders.Conv{Width: 32, Depth: 4, Out: 96},
		Steps: o.steps, Normalize: series.ModeTrain, Seed: seed})
	if err != nil {
		return outcome{}, err
	}
	r := outcome{alignment: sum.Measures["alignment"], uniformity: sum.Measures["uniformity"]}
	found, err := evaluate.Measure(ctx, model, &evaluate.KNN{Metric: knn.Cosine, Raw: true}, evaluate.Set{Series: s.train}, evaluate.Set{Series: s.test})
	r.accuracy = found.Accuracy
	return r, err
}

// set is a labelled set with its two parts.
type set struct {
	name        string
	train, test []*series.Series
}

// load reads the two parts of the set in a folder.
func load(dir string) (set, error) {
	s := set{name: filepath.Base(dir)}
	var err error
	s.train, s.test, err = sets.Load(dir)
	return s, err
}
