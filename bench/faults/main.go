// Command faults plants faults in single channels of normal readings and asks whether the explanation of wavekin score names the channel.
// It writes the table of docs/results/explanations.md.
//
//	go run ./bench/faults --data ../shared/data/anomaly/SMD
//
// Readings before the middle of a machine's training part are learnt from, and the faults are planted in those after it, one at a time. Of the channels
// the first ones that vary are taken.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run() error {
	data := flag.String("data", "../shared/data/anomaly/SMD", "folder with SMD")
	each := flag.Int("each", 1, "faults of each kind for each machine")
	length := flag.Int("readings", 6000, "time stamps that are learnt from, and as many that faults are planted in")
	channels := flag.Int("channels", 10, "channels of a machine")
	seed := flag.Uint64("seed", 0, "seed of the faults")
	verbose := flag.Bool("v", false, "tell each fault")
	flag.Parse()
	files, err := filepath.Glob(filepath.Join(*data, "*_train.npy*"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no *_train.npy in %s", *data)
	}
	t := tally{}
	for i, file := range files {
		s, err := read(file)
		if err != nil {
			return err
		}
		half, n := s.Len()/2, min(*length, s.Len()/2)
		normal, later := s.Slice(half-n, half), s.Slice(half, half+n)
		normal.Start, later.Start = 0, 0
		keep(normal, later, *channels)
		by, err := scorers(normal)
		if err != nil {
			return err
		}
		for _, f := range plant(normal, later, *each, *seed, i) {
			for _, one := range by {
				v, err := one.judge(f)
				if err != nil {
					return err
				}
				t.add(one.name, f.kind, v)
				if *verbose {
					fmt.Fprintf(os.Stderr, "%s %s, channel %d at %d: %s %v\n", filepath.Base(file), f.kind, f.channel, f.at, one.name, v)
				}
			}
		}
		fmt.Fprintf(os.Stderr, "%s done\n", filepath.Base(file))
	}
	t.print(os.Stdout)
	return nil
}

// keep leaves the first channels that vary in the normal readings.
func keep(normal, later *series.Series, most int) {
	var chosen []int
	for c, v := range normal.Values {
		if distinct(v) >= fewest && len(chosen) < most {
			chosen = append(chosen, c)
		}
	}
	for _, s := range []*series.Series{normal, later} {
		values := make([][]float64, len(chosen))
		for i, c := range chosen {
			values[i] = s.Values[c]
		}
		s.Values, s.Channels = values, nil
	}
}

func read(file string) (*series.Series, error) {
	r, err := datasets.Open(file, datasets.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all, err := series.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// scorer is a way of scoring, with its explanations.
type scorer struct {
	name   string
	by     detect.Explainer
	points func(ctx context.Context, s *series.Series) (*detect.Points, error)
	reach  int
}

// scorers learn what is normal.
func scorers(normal *series.Series) ([]scorer, error) {
	ctx := context.Background()
	window, _ := train.Series{normal}.Window()
	if window == 0 {
		window = 128
	}
	m, err := train.Builtin(normal.NumChannels(), window)
	if err != nil {
		return nil, err
	}
	d, err := detect.Fit(ctx, m, series.FromSlice([]*series.Series{normal}), detect.Config{})
	if err != nil {
		return nil, err
	}
	out := []scorer{{"built-in encoder", d, func(ctx context.Context, s *series.Series) (*detect.Points, error) {
		return detect.Collect(d.Points(ctx, series.FromSlice([]*series.Series{s})))
	}, window}}
	f, err := detect.FitFused(ctx, []*series.Series{normal}, detect.FusedConfig{})
	if err != nil {
		return nil, err
	}
	return append(out, scorer{"combined", f, func(ctx context.Context, s *series.Series) (*detect.Points, error) {
		for p, err := range f.Points(ctx, series.FromSlice([]*series.Series{s})) {
			return &p.Points, err // the stretch is scored at once
		}
		return nil, fmt.Errorf("%s: no score", s.ID)
	}, f.Window()}), nil
}

// verdict is what was said of a fault.
type verdict struct {
	alarm        bool // the p-value is at most level
	named, right bool
	among        bool // the channel is among those that are named
	said         []int
}

// level is the p-value of an alarm.
const level = 0.05

// judge scores the readings with the fault and around it, and explains the time stamp of the fault with the highest score.
func (s scorer) judge(f fault) (v verdict, err error) {
	ctx := context.Background()
	lo, hi := max(0, f.at-2*s.reach), min(f.of.Len(), f.at+f.length+2*s.reach)
	faulty := f.planted().Slice(lo, hi)
	points, err := s.points(ctx, faulty)
	if err != nil {
		return v, err
	}
	most, p := math.Inf(-1), 1.0
	for i, score := range points.Score {
		if at := points.Start + i; at < f.at || at >= f.at+f.length {
			points.Score[i] = math.NaN()
		} else if score > most {
			most, p = score, points.P[i]
		}
	}
	v.alarm = p <= level
	e := detect.Episodes{Threshold: most, Join: faulty.Len(), By: s.by}
	if err := e.Add(ctx, points, nil, nil); err != nil {
		return v, err
	}
	all, _, err := e.All(ctx)
	if err != nil {
		return v, err
	}
	if len(all) != 1 {
		return v, fmt.Errorf("%d episodes at %g, want 1", len(all), most)
	}
	for _, c := range all[0].Effects {
		v.said = append(v.said, c.Channel)
	}
	v.named = len(v.said) > 0
	v.right = v.named && v.said[0] == f.channel
	v.among = slices.Contains(v.said, f.channel)
	return v, nil
}
