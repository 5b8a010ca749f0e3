package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/bench/sets"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// set is a labelled set of series, for runs so long that their encodings are worth more than those of an untrained encoder.
type set struct {
	name        string
	learn, test []*series.Series
}

// long is a path over the training part of a set. The batch is the largest of 16 to 32 that divides the samples, so that every
// epoch has the same steps.
func (s set) long(seed uint64) (*path, error) {
	p := &path{name: s.name, samples: len(s.learn), length: s.learn[0].Len(), seed: seed, data: train.Series(s.learn), normalize: series.ModeSeries,
		encoder: encoders.Conv{Width: 16, Depth: 3, Out: 32}, views: augment.MustParse("crop(0.6,1)|scale(0.2)|shift(0.2)|jitter(0.05)")}
	for p.batch = 32; p.samples%p.batch != 0; p.batch-- {
		if p.batch == 16 {
			return nil, fmt.Errorf("%s: %d samples, which no batch of 16 to 32 divides", s.name, p.samples)
		}
	}
	return p, nil
}

// outcome is a long run: accuracies of the nearest neighbour, by cosine, of each test series among the training series.
type outcome struct {
	Row, Set                 string
	Steps                    int
	Seed                     uint64
	Untrained, Wavekin, Twin float64
	Losses                   float64
}

// accuracies compares long runs on sets, for each of some seeds, and draws the table.
func (o options) accuracies(w io.Writer, lengths []int) error {
	var all []outcome
	py, err := start(o)
	if err != nil {
		return err
	}
	defer py.close()
	dir, err := os.MkdirTemp(o.keep, "twins")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, folder := range strings.Split(o.data, ",") {
		learn, test, err := sets.Load(folder)
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		s := set{name: filepath.Base(folder), learn: learn, test: test}
		for _, t := range o.rows {
			if t.learn != nil || t.method == "supcon" {
				return fmt.Errorf("--data with %s, which learns from labels: want methods without them", t.name)
			}
			for _, n := range lengths {
				for seed := range o.seeds {
					one, err := s.one(py, filepath.Join(dir, "run"), t, n, uint64(seed))
					if err != nil {
						return fmt.Errorf("%s, %s, %d steps, seed %d: %w", t.name, s.name, n, seed, err)
					}
					fmt.Fprintf(os.Stderr, "%+v\n", one)
					all = append(all, one)
				}
			}
		}
	}
	_, err = io.WriteString(w, longTable(all))
	return err
}

// one trains wavekin, has the twin repeat all steps, and measures both.
func (s set) one(py *python, file string, t twin, steps int, seed uint64) (outcome, error) {
	out := outcome{Row: t.name, Set: s.name, Steps: steps, Seed: seed}
	p, err := s.long(seed)
	if err != nil {
		return out, err
	}
	if t.long != "" {
		t.settings = t.long
	}
	r, m, err := record(t, p, steps)
	if err != nil {
		return out, err
	}
	if out.Wavekin, err = nearest(m, s); err != nil {
		return out, err
	}
	for part, data := range map[string][]*series.Series{"learn": s.learn, "test": s.test} {
		whole, err := wholes(p, train.Series(data), len(data))
		if err != nil {
			return out, err
		}
		r.add("evaluate."+part, whole.Shape, whole.Data)
		r.add("evaluate."+part+".labels", []int{len(data)}, floats(numbered(s.learn, data)))
	}
	if err := r.write(file); err != nil {
		return out, err
	}
	var told result
	if err := py.repeat(file, &told); err != nil {
		return out, err
	}
	out.Untrained, out.Twin, out.Losses = told.Untrained, told.Accuracy, told.Losses
	return out, nil
}

// nearest is the accuracy of a model's encodings.
func nearest(m *model.Model, s set) (float64, error) {
	found, err := evaluate.Measure(context.Background(), m, &evaluate.KNN{Metric: knn.Cosine, Raw: true}, evaluate.Set{Series: s.learn}, evaluate.Set{Series: s.test})
	return found.Accuracy, err
}

// numbered are the labels of some series as numbers, by their first place in the training part.
func numbered(learn, some []*series.Series) []int {
	number := map[string]int{}
	for _, one := range learn {
		if _, known := number[one.Label]; !known {
			number[one.Label] = len(number)
		}
	}
	var out []int
	for _, one := range some {
		k, known := number[one.Label]
		if !known {
			k = -1
		}
		out = append(out, k)
	}
	return out
}

// longTable has a line for each method, set and length: accuracies of both sides by seed, the largest difference of one seed beside
// that of one side's seeds, and how far the losses are apart at most.
func longTable(all []outcome) string {
	t := report.Table{Header: []string{"method", "set", "steps", "untrained", "wavekin", "twin", "apart", "spread of seeds", "losses"}}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Row == all[0].Row && all[n].Set == all[0].Set && all[n].Steps == all[0].Steps {
			n++
		}
		var sides [3][]string
		var wavekin []float64
		apart, losses := 0.0, 0.0
		for _, one := range all[:n] {
			for i, v := range []float64{one.Untrained, one.Wavekin, one.Twin} {
				sides[i] = append(sides[i], fmt.Sprintf("%.3f", v))
			}
			wavekin = append(wavekin, one.Wavekin)
			apart, losses = max(apart, math.Abs(one.Wavekin-one.Twin)), max(losses, one.Losses)
		}
		cells := []string{all[0].Row, all[0].Set, fmt.Sprint(all[0].Steps)}
		for _, side := range sides {
			cells = append(cells, strings.Join(side, ", "))
		}
		t.Rows = append(t.Rows, append(cells, fmt.Sprintf("%.3f", apart), fmt.Sprintf("%.3f", slices.Max(wavekin)-slices.Min(wavekin)), fmt.Sprintf("%.0e", losses)))
		all = all[n:]
	}
	return t.Markdown("llrlllr")
}
