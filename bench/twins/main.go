// Command twins repeats wavekin's training outside of it. For every method a twin is written again from the paper's formulas in
// plain PyTorch, in double precision, with its own networks, losses, gradients, optimisers and schedules; it starts from the
// weights, queues, banks and views of a run of wavekin, and must come to the same losses and the same weights:
//
//	go run ./bench/twins --python PATH/TO/python              # after 4, 50 and 200 steps
//	go run ./bench/twins --python PATH/TO/python --only 'simclr,npid, softmax' --steps 4
//	go run ./bench/twins --python PATH/TO/python --data UCR/CBF --only swav,dino --steps 1000
//
// The last compares the accuracies of long runs, long.go. That Python needs PyTorch and numpy. The table of docs/results/twins.md is what it prints. bench/fidelity compares with a
// library, and by accuracies; here it is step by step.
//
// record.go writes what a run starts from and sees, cases.go has the methods with their settings, draws.go what their random
// numbers came to; twins.py reads the records. A further twin is a line in cases.go and a class in Python.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// options are the command's flags.
type options struct {
	python, script, paths, steps, keep, data string
	threads, seeds, moved                    int
	rows                                     []twin // those that are compared
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "twins:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o, only := options{}, ""
	fs := flag.NewFlagSet("twins", flag.ContinueOnError)
	fs.StringVar(&o.python, "python", "python3", "Python with PyTorch and numpy")
	fs.StringVar(&o.script, "script", "bench/twins/twins.py", "the PyTorch side")
	fs.StringVar(&only, "only", "", "only these rows or methods, with commas between them")
	fs.StringVar(&o.paths, "paths", "sequences,images", "only these paths")
	fs.StringVar(&o.steps, "steps", "4,50,200", "lengths of the runs, with commas between them")
	fs.StringVar(&o.keep, "keep", "", "folder in which the records stay; they may take a gigabyte")
	fs.StringVar(&o.data, "data", "", "folders of labelled sets of series, with commas between: long runs are compared on them, by accuracies")
	fs.IntVar(&o.seeds, "seeds", 3, "long runs of each")
	fs.IntVar(&o.moved, "moved", 8, "runs of the twin in single precision, from weights that are moved by a unit of it, that tell what rounding comes to")
	fs.IntVar(&o.threads, "threads", 1, "threads of either side")
	if err := fs.Parse(args); err != nil {
		return err
	}
	var err error
	if o.rows, err = choose(only); err != nil {
		return err
	}
	var lengths []int
	for _, text := range strings.Split(o.steps, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return fmt.Errorf("--steps %s: want whole numbers above 0 with commas between them", o.steps)
		}
		lengths = append(lengths, n)
	}
	if o.moved < 0 {
		return fmt.Errorf("--moved %d: want 0 or more", o.moved)
	}
	slices.Sort(lengths)
	train.SetThreads(o.threads)
	if o.data != "" {
		return o.accuracies(os.Stdout, lengths)
	}
	all, err := o.compare(lengths)
	if err != nil {
		return err
	}
	if err := render(os.Stdout, lengths, all); err != nil {
		return err
	}
	return apart(all)
}

// choose finds the rows that are asked for, by their names or methods with commas between them. A name may have a comma itself: the longest
// that the text goes on with is meant.
func choose(only string) ([]twin, error) {
	if only == "" {
		return twins, nil
	}
	var names []string
	for _, t := range twins {
		names = append(names, t.name, t.method)
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	wanted := map[string]bool{}
	for rest := only + ","; rest != ""; rest = strings.TrimLeft(rest, " ") {
		i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(rest, n+",") })
		if i < 0 {
			return nil, fmt.Errorf("--only: no row and no method begins %q; want names of docs/results/twins.md with commas between them", strings.TrimSuffix(rest, ","))
		}
		wanted[names[i]] = true
		rest = rest[len(names[i])+1:]
	}
	return slices.DeleteFunc(slices.Clone(twins), func(t twin) bool { return !wanted[t.name] && !wanted[t.method] }), nil
}

// compare records each row on each path, one length after the other, and has the twins repeat it.
func (o options) compare(lengths []int) ([]result, error) {
	dir := o.keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "twins"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
	}
	py, err := start(o)
	if err != nil {
		return nil, err
	}
	defer py.close()
	var out []result
	rounding := map[[2]string]float64{} // of the longest run so far, by row and path
	for _, n := range lengths {
		for _, t := range o.rows {
			for _, p := range paths() {
				if !slices.Contains(strings.Split(o.paths, ","), p.name) {
					continue
				}
				r := result{Row: t.name, Path: p.name, Steps: n, Not: t.leftOut(p), Lost: rounding[[2]string{t.name, p.name}] > lost}
				if r.compared() {
					if err := o.one(py, dir, t, p, &r); err != nil {
						return nil, fmt.Errorf("%s, %s, %d steps: %w", t.name, p.name, n, err)
					}
					rounding[[2]string{t.name, p.name}] = r.Rounding
				}
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// one records a run and has its twin repeat it.
func (o options) one(py *python, dir string, t twin, p *path, r *result) error {
	file := filepath.Join(dir, fmt.Sprintf("%s %s %d.safetensors", t.name, p.name, r.Steps))
	rec, _, err := record(t, p, r.Steps)
	if err == nil {
		err = rec.write(file)
	}
	if err != nil {
		return err
	}
	if o.keep == "" {
		defer os.Remove(file)
	}
	if err := py.repeat(file, r); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%-22s %-10s %4d steps   losses %.1e   rounding %.1e   weights %.1e (%s)   moves %.1e\n", r.Row, r.Path, r.Steps, r.Losses, r.Rounding, r.Weights, r.Where, r.Moves)
	return nil
}

// record trains by wavekin and has what the twin needs.
func record(t twin, p *path, steps int) (*recorder, *model.Model, error) {
	c, how, err := t.config(p, steps)
	if err != nil {
		return nil, nil, err
	}
	r := &recorder{about: about{Method: t.method, Settings: t.on(p), Training: how, Steps: steps, Epoch: p.samples / p.batch}, draws: t.draws.on(p)}
	if t.all {
		whole, err := wholes(p, p.data, p.samples)
		if err != nil {
			return nil, nil, err
		}
		r.add("whole", whole.Shape, whole.Data)
	}
	c.Hooks = []train.Hook{r}
	run := t.learn
	if run == nil {
		run = pretrained
	}
	m, err := run(p, c, r)
	return r, m, err
}

// wholes are n samples as they are, by their ids.
func wholes(p *path, data train.Data, n int) (tensorfile.Tensor, error) {
	r := &looker{}
	c := train.Config{Method: methods.NPID{}, Encoder: p.encoder, Views: augment.MustParse("identity"), ImageViews: imageaug.MustParse("identity"),
		Normalize: p.normalize, Batch: n, Steps: 1, Run: train.Run{Hooks: []train.Hook{r}}}
	_, _, err := train.Pretrain(context.Background(), data, c)
	return r.whole, err
}

// looker takes the samples of a step, by their ids.
type looker struct{ whole tensorfile.Tensor }

func (r *looker) OnBatch(b train.Batch) error {
	view := b.Views[0]
	r.whole = tensorfile.Tensor{Shape: slices.Clone(b.Shapes[0]), Data: make([]float32, len(view))}
	size := len(view) / len(b.Samples)
	for at, id := range b.Samples {
		copy(r.whole.Data[id*size:], view[at*size:(at+1)*size])
	}
	return nil
}

func (r *looker) OnStep(train.Step) error { return nil }
