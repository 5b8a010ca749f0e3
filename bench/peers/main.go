// Command peers trains wavekin beside public PyTorch implementations of the same methods and draws
// the table: same series, same encoder, same number of steps, one thread.
//
//	go run ./bench/peers --python PATH/TO/python --ts2vec CLONE --ts-tcc CLONE --cl-har CLONE --data UCR/GunPoint --data UCR/CBF
//
// CLONE is a folder with the public repository (peer.py names them); PyTorch, scipy, einops,
// scikit-learn and pandas must be there for that Python. A data folder holds one set, NAME_TRAIN.tsv
// and NAME_TEST.tsv, also compressed. Every seed runs the peer and wavekin one after the other, so
// that other load on the machine affects both. Nothing else should run meanwhile.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// system is a method with the repository that its peer comes from.
type system struct {
	name, repo string
	// settings are wavekin's where the peer differs from what is published.
	settings string
	// views are the augmentations; the peers' second names follow their own language.
	views, first, second string
	lr                   float64
	batch                int
}

// systems are trained as their own authors' scripts do: the batch, the rate, and a pair of views that both sides have.
var systems = []system{
	{name: "ts2vec", repo: "ts2vec", views: "identity", lr: 1e-3, batch: 8},
	{name: "simclr", repo: "cl-har", settings: `{"temperature":0.2,"shift":true}`, views: "time-warp(0.2);jitter(0.8)", first: "t_warp", second: "noise", lr: 1e-3, batch: 16},
	{name: "byol", repo: "cl-har", views: "time-warp(0.2);jitter(0.8)", first: "t_warp", second: "noise", lr: 1e-3, batch: 16},
	{name: "simsiam", repo: "cl-har", views: "time-warp(0.2);jitter(0.8)", first: "t_warp", second: "noise", lr: 3e-4, batch: 16},
	{name: "ts-tcc", repo: "ts-tcc", views: "identity", lr: 3e-4, batch: 16},
}

// options are the command's flags.
type options struct {
	python string
	repos  map[string]string
	script string
	data   []string
	only   string
	steps  int
	depth  int
	seeds  int
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o := options{repos: map[string]string{}}
	fs := flag.NewFlagSet("peers", flag.ContinueOnError)
	fs.StringVar(&o.python, "python", "python3", "Python with PyTorch")
	fs.StringVar(&o.script, "script", "bench/peers/peer.py", "the PyTorch side")
	fs.StringVar(&o.only, "systems", "", "only these, with commas between them")
	fs.IntVar(&o.steps, "steps", 200, "optimiser steps")
	fs.IntVar(&o.depth, "depth", 6, "depth of the dilated convolutions")
	fs.IntVar(&o.seeds, "seeds", 3, "runs of each")
	for _, repo := range []string{"ts2vec", "ts-tcc", "cl-har"} {
		fs.Func(repo, "folder of the public repository", func(s string) error { o.repos[repo] = s; return nil })
	}
	fs.Func("data", "folder of a set; may be given several times", func(s string) error { o.data = append(o.data, s); return nil })
	if err := fs.Parse(args); err != nil {
		return err
	}
	if len(o.data) == 0 {
		return fmt.Errorf("--data DIR names no set")
	}
	var rows []outcome
	for _, s := range systems {
		if o.repos[s.repo] == "" || (o.only != "" && !strings.Contains(","+o.only+",", ","+s.name+",")) {
			continue
		}
		for _, dir := range o.data {
			r, err := o.compare(s, dir)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", s.name, dir, err)
			}
			rows = append(rows, r)
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("nothing to compare: give --ts2vec, --ts-tcc or --cl-har")
	}
	return render(os.Stdout, rows)
}

// compare runs both sides of one system on one set, seed by seed.
func (o options) compare(s system, dir string) (outcome, error) {
	set, err := load(dir)
	if err != nil {
		return outcome{}, err
	}
	defer set.remove()
	r := outcome{method: s.name, set: set.name}
	for seed := range o.seeds {
		theirs, err := o.theirs(s, set, seed)
		if err != nil {
			return r, err
		}
		ours, err := o.ours(context.Background(), s, set, seed)
		if err != nil {
			return r, err
		}
		r.theirs, r.ours = append(r.theirs, theirs), append(r.ours, ours)
		fmt.Fprintf(os.Stderr, "%-8s %-18s seed %d   peer %.3f in %5.1f s   wavekin %.3f in %5.1f s\n",
			s.name, set.name, seed, theirs.Accuracy, theirs.Seconds, ours.Accuracy, ours.Seconds)
	}
	return r, nil
}

// theirs runs the PyTorch side in a separate process.
func (o options) theirs(s system, set *set, seed int) (one, error) {
	args := []string{o.script, "--system", s.name, "--repo", o.repos[s.repo], "--train", set.trainPath, "--test", set.testPath,
		"--steps", fmt.Sprint(o.steps), "--batch", fmt.Sprint(s.batch), "--depth", fmt.Sprint(o.depth), "--lr", fmt.Sprint(s.lr), "--seed", fmt.Sprint(seed)}
	if s.first != "" {
		args = append(args, "--first", s.first, "--second", s.second)
	}
	cmd := exec.Command(o.python, args...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return one{}, fmt.Errorf("%w: %s", err, lastLine(complaint.String()))
	}
	return parse(lastLine(string(out)))
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
