// Command fidelity trains wavekin beside lightly, a public PyTorch library of self-supervised learning, and draws the table:
// same images, same encoder, same recipe, same number of steps. The encoders are compared by the accuracy
// of nearest neighbours; bench/speed compares training times.
//
//	go run ./bench/fidelity --python PATH/TO/python --images cifar10-jpeg.tar.gz
//
// PyTorch, torchvision and lightly must be there for that Python. The images are CIFAR-10 as JPEG in a tar,
// train/CLASS/NNNN.jpg and test/CLASS/NNNN.jpg. Each run is a line of the results file (--results), and runs that are in it are
// not done again, so that the sides may be run at different times (--sides) and an interrupted table is continued. All
// settings are in recipe.json, which both sides read.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// recipe is what both sides go by.
type recipe struct {
	PerClass    int        `json:"per_class"`
	Stem        string     `json:"stem"`
	Width       int        `json:"width"`
	Batch       int        `json:"batch"`
	Steps       int        `json:"steps"`
	Warmup      float64    `json:"warmup"`
	Crop        [2]float64 `json:"crop"`
	Jitter      [4]float64 `json:"jitter"`
	JitterShare float64    `json:"jitter_share"`
	GreyShare   float64    `json:"grey_share"`
	K           int        `json:"k"`
	Temperature float64    `json:"temperature"`
	Systems     []system   `json:"systems"`
}

// system is a method and how it is trained; Settings are wavekin's own of that method.
type system struct {
	Method    string          `json:"method"`
	Optimizer string          `json:"optimizer"`
	LR        float64         `json:"lr"`
	Decay     float64         `json:"decay"`
	Settings  json.RawMessage `json:"settings"`
}

// readRecipe reads a recipe; a setting that it does not have is an error.
func readRecipe(path string) (recipe, error) {
	var r recipe
	f, err := os.Open(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// untrained is the system that is not trained at all.
const untrained = "untrained"

// options are the command's flags.
type options struct {
	python, script  string
	recipe          string
	images, results string
	sides, systems  string
	seeds, threads  int
	steps           int
	margin          float64
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fidelity:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	o := options{}
	fs := flag.NewFlagSet("fidelity", flag.ContinueOnError)
	fs.StringVar(&o.python, "python", "python3", "Python with lightly")
	fs.StringVar(&o.script, "script", "bench/fidelity/peer.py", "the PyTorch side")
	fs.StringVar(&o.images, "images", "", "tar of CIFAR-10 as JPEG")
	fs.StringVar(&o.results, "results", "bench/fidelity/runs.jsonl", "file of runs, read and continued")
	fs.StringVar(&o.recipe, "recipe", "bench/fidelity/recipe.json", "settings of both sides")
	fs.StringVar(&o.sides, "sides", "peer,wavekin", "which sides to run; none draws the table of what there is")
	fs.StringVar(&o.systems, "systems", "", "only these, with commas between them")
	fs.IntVar(&o.seeds, "seeds", 2, "runs of each")
	fs.IntVar(&o.threads, "threads", 1, "threads of either side")
	fs.IntVar(&o.steps, "steps", 0, "optimiser steps, in place of the recipe's")
	fs.Float64Var(&o.margin, "margin", 1.5, "points of accuracy that wavekin may fall short by")
	if err := fs.Parse(args); err != nil {
		return err
	}
	r, err := readRecipe(o.recipe)
	if err != nil {
		return err
	}
	if o.steps > 0 {
		r.Steps = o.steps
	}
	done, err := read(o.results)
	if err != nil {
		return err
	}
	// Seed by seed, so that a table of one seed is there early.
	for seed := range o.seeds {
		for _, s := range append(slices.Clone(r.Systems), system{Method: untrained}) {
			if o.systems != "" && !slices.Contains(strings.Split(o.systems, ","), s.Method) {
				continue
			}
			for _, side := range []string{"peer", "wavekin"} {
				if !slices.Contains(strings.Split(o.sides, ","), side) || done.find(side, s.Method, seed) != nil {
					continue
				}
				one, err := o.one(side, r, s, seed)
				if err != nil {
					return fmt.Errorf("%s, %s, seed %d: %w", s.Method, side, seed, err)
				}
				fmt.Fprintf(os.Stderr, "%-10s %-8s seed %d   %.2f %% in %.0f s\n", s.Method, side, seed, 100*one.Accuracy, one.Seconds)
				done = append(done, one)
				if err := keep(o.results, one); err != nil {
					return err
				}
			}
		}
	}
	if err := render(os.Stdout, r, done); err != nil {
		return err
	}
	return short(r, done, o.margin)
}

// one is a single run of a side.
func (o options) one(side string, r recipe, s system, seed int) (result, error) {
	if o.images == "" {
		return result{}, fmt.Errorf("--images names no tar")
	}
	if side == "wavekin" {
		return o.ours(context.Background(), r, s, seed)
	}
	cmd := exec.Command(o.python, "-W", "ignore", o.script, "--recipe", o.recipe, "--method", s.Method, "--images", o.images,
		"--seed", fmt.Sprint(seed), "--steps", fmt.Sprint(r.Steps), "--threads", fmt.Sprint(o.threads))
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return result{}, fmt.Errorf("%w: %s", err, lastLine(complaint.String()))
	}
	return parse(lastLine(string(out)))
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
