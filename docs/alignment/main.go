// Command alignment measures whether the loss of cmc lets the views of a sample drift apart, and draws the tables of
// docs/cmc-alignment.md.
//
//	go run ./docs/alignment --data UCR    # the runs that runs.tsv and long.tsv lack, then the tables
//	go run ./docs/alignment               # the tables and pictures, of the rows that are stored
//
// UCR is a folder with a folder for each set. For each choice of weights and each set an encoder is learnt from the training part
// for some seeds. A row of a table holds of a run what the embeddings were like over the last tenth of the steps, and the accuracy of
// the nearest neighbour, by cosine, on the test part. Long runs, on fewer sets, are for the question what becomes of the pairs once
// negatives are far away.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/docs/trials"
)

// options are the command's flags.
type options struct {
	data, only, folder, picture string
	sets, longSets              []string
	steps, longSteps            int
	seeds, longSeeds, parallel  int
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "alignment:", err)
		os.Exit(1)
	}
}

// The sets of the page.
const (
	usualSets = "ItalyPowerDemand,SyntheticControl,CBF,GunPoint,ECG200,BME"
	usualLong = "SyntheticControl,CBF"
)

func run(args []string, w io.Writer) error {
	var o options
	fs := flag.NewFlagSet("alignment", flag.ContinueOnError)
	fs.StringVar(&o.data, "data", "", "folder with a folder for each set; without it nothing is trained")
	sets := fs.String("sets", usualSets, "sets, with commas between")
	longSets := fs.String("long-sets", usualLong, "sets of the long runs")
	fs.IntVar(&o.steps, "steps", 300, "optimiser steps")
	fs.IntVar(&o.longSteps, "long-steps", 3000, "optimiser steps of the long runs")
	fs.IntVar(&o.seeds, "seeds", 10, "runs of each")
	fs.IntVar(&o.longSeeds, "long-seeds", 1, "long runs of each")
	fs.IntVar(&o.parallel, "parallel", 2, "runs at once")
	fs.StringVar(&o.only, "only", "", "only the choices whose name holds this text")
	fs.StringVar(&o.folder, "rows", "docs/alignment", "folder of runs.tsv and long.tsv")
	fs.StringVar(&o.picture, "picture", "", "draw the accuracies into this PNG")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if o.steps < 1 || o.longSteps < 1 || o.seeds < 1 {
		return fmt.Errorf("%d and %d steps and %d seeds, want at least 1 of each", o.steps, o.longSteps, o.seeds)
	}
	o.sets, o.longSets = strings.Split(*sets, ","), strings.Split(*longSets, ",")
	short, long, err := o.found(context.Background())
	if err != nil {
		return err
	}
	if o.picture != "" {
		if err := draw(o.picture, short, o.sets); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "%s\n%s", table(short, o.sets), longTable(long, o.longSets))
	return err
}

// found are the rows of both tables.
func (o options) found(ctx context.Context) (short, long []trials.Row, err error) {
	if short, err = o.table(ctx, "runs.tsv", false); err != nil {
		return nil, nil, err
	}
	long, err = o.table(ctx, "long.tsv", true)
	return short, long, err
}

// plan lists the runs, seed after seed.
func (o options) plan(choices []choice, sets []string, seeds int) []trials.Run {
	var out []trials.Run
	for seed := range seeds {
		for _, c := range choices {
			for _, s := range sets {
				if strings.Contains(c.name, o.only) {
					out = append(out, trials.Run{Variant: c.name, Set: s, Seed: seed})
				}
			}
		}
	}
	return out
}

// table reads rows, and carries out the missing runs where there are data.
func (o options) table(ctx context.Context, name string, long bool) ([]trials.Row, error) {
	figures, steps, runs := figures, o.steps, o.plan(choices, o.sets, o.seeds)
	if long {
		figures, steps, runs = longFigures, o.longSteps, o.plan(longChoices, o.longSets, o.longSeeds)
	}
	path := filepath.Join(o.folder, name)
	if o.data == "" {
		rows, err := trials.Load(path, figures)
		if err == nil && len(rows) == 0 {
			err = fmt.Errorf("%s holds no run; give --data FOLDER", path)
		}
		return rows, err
	}
	sets, err := load(o.data, slices.Concat(o.sets, o.longSets))
	if err != nil {
		return nil, err
	}
	one := func(ctx context.Context, r trials.Run) ([]float64, error) {
		c, err := find(r.Variant)
		if err != nil {
			return nil, err
		}
		return c.one(ctx, sets[r.Set], uint64(r.Seed), steps, long)
	}
	return trials.Do(ctx, path, runs, figures, o.parallel, one, func(r trials.Row) { fmt.Fprintln(os.Stderr, r) })
}
