// Command collapse measures what keeps BYOL from collapse: the normalisation, the predictor and its rate, the teacher's momentum,
// the stop-gradient, the initialisation.
//
//	go run ./docs/collapse --data path/to/ucr    # the runs that runs.tsv lacks, then the tables
//	go run ./docs/collapse                       # the tables and the picture, of the rows that are stored
//
// Every variant trains the same ResNet1D on the training parts of a few UCR sets, without labels. A row of runs.tsv holds of a run
// the spread of the projections in the last training batch and of the encodings of the test part (the standard deviation of unit
// vectors, the mean over dimensions, times √D: 1 is what independent directions have, 0 is collapse), and the accuracy of the
// nearest neighbour, by cosine, of each test series among the training series.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wavekin/wavekin/docs/trials"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "collapse:", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	data, only, rows, picture string
	sets                      []string
	steps, seeds, parallel    int
}

// usualSets are those of the page.
const usualSets = "ItalyPowerDemand,SyntheticControl,GunPoint,CBF"

func run(args []string, w io.Writer) error {
	f := flag.NewFlagSet("collapse", flag.ContinueOnError)
	data := f.String("data", "", "folder with a folder for each UCR set; without it nothing is trained")
	sets := f.String("sets", usualSets, "sets, with commas between")
	steps := f.Int("steps", 200, "optimiser steps of each run")
	seeds := f.Int("seeds", 5, "runs of each variant on each set")
	parallel := f.Int("parallel", 2, "runs at once")
	only := f.String("only", "", "only the variants whose name holds this text")
	rows := f.String("rows", "docs/collapse/runs.tsv", "table of the runs")
	picture := f.String("picture", "", "draw the spread of the projections into this PNG")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *steps < 1 || *seeds < 1 {
		return fmt.Errorf("%d steps and %d seeds, want at least 1 of each", *steps, *seeds)
	}
	o := options{data: *data, only: *only, rows: *rows, picture: *picture, sets: strings.Split(*sets, ","), steps: *steps, seeds: *seeds, parallel: *parallel}
	found, err := o.found(context.Background())
	if err != nil {
		return err
	}
	if o.picture != "" {
		if err := draw(o.picture, found, o.sets); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "%s\n%s", table(found, o.sets), pairTable(found, o.sets))
	return err
}

// found are the rows of the runs, of which the missing ones are carried out where there are data.
func (o options) found(ctx context.Context) ([]trials.Row, error) {
	if o.data == "" {
		rows, err := trials.Load(o.rows, figures)
		if err == nil && len(rows) == 0 {
			err = fmt.Errorf("%s holds no run; give --data FOLDER", o.rows)
		}
		return rows, err
	}
	all, err := o.load()
	if err != nil {
		return nil, err
	}
	one := func(ctx context.Context, r trials.Run) ([]float64, error) {
		v, err := find(r.Variant)
		if err != nil {
			return nil, err
		}
		return o.one(ctx, v, all[r.Set], uint64(r.Seed))
	}
	return trials.Do(ctx, o.rows, o.runs(), figures, o.parallel, one, func(r trials.Row) { fmt.Fprintln(os.Stderr, r) })
}
