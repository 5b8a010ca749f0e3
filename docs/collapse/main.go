// Command collapse measures what keeps BYOL from collapse: the normalisation, the initialisation, the predictor, the
// stop-gradient, the teacher's momentum.
//
//	go run ./docs/collapse --data path/to/ucr
//
// Every variant trains the same ResNet1D on the training parts of a few UCR sets, without labels. The table holds means over
// sets and seeds: the spread of the projections in the last training batch and of the encodings of the test part (the standard
// deviation of unit vectors, the mean over dimensions, times √D: 1 is what independent directions have, 0 is collapse), and the
// accuracy of the nearest neighbour, by cosine, of each test series among the training series.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "collapse:", err)
		os.Exit(1)
	}
}

// options are the command's flags.
type options struct {
	data, only   string
	sets         []string
	steps, seeds int
}

func run(args []string) error {
	f := flag.NewFlagSet("collapse", flag.ContinueOnError)
	data := f.String("data", "", "folder with a folder for each UCR set")
	sets := f.String("sets", "ItalyPowerDemand,SyntheticControl,GunPoint", "sets, with commas between")
	steps := f.Int("steps", 200, "optimiser steps of each run")
	seeds := f.Int("seeds", 3, "runs of each variant on each set")
	only := f.String("only", "", "run only the variants whose name holds this text")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *data == "" || *steps < 1 || *seeds < 1 {
		return fmt.Errorf("want --data FOLDER, and at least 1 step and 1 seed; for example --data path/to/ucr")
	}
	o := options{data: *data, only: *only, sets: strings.Split(*sets, ","), steps: *steps, seeds: *seeds}
	rows, err := o.measureAll(context.Background(), func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err != nil {
		return err
	}
	return render(os.Stdout, o.sets, rows)
}
