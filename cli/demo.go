package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/wavekin/wavekin/evaluate/demo"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/train"
)

// demoCmd is `wavekin demo`.
type demoCmd struct {
	Kind  string `arg:"" optional:"" enum:"series,images" default:"series" help:"series (an ECG with injected faults) or images (handwritten digits)."`
	Out   string `help:"Folder for what the demo writes." default:"wavekin-demo" placeholder:"DIR"`
	Steps int    `help:"Optimiser steps; 0 means the demo's own." default:"0" hidden:""`
}

// demoResult is what --json prints.
type demoResult struct {
	ROCAUC           float64      `json:"roc_auc"`
	AveragePrecision float64      `json:"average_precision"`
	VUSPR            float64      `json:"vus_pr"`
	Windows          int          `json:"windows"`
	TrainSeconds     float64      `json:"train_seconds"`
	ScoreSeconds     float64      `json:"score_seconds"`
	Files            []string     `json:"files"`
	Faults           []demo.Fault `json:"faults"`
	Diagnosis        []string     `json:"diagnosis"`
}

// Run shows images, or learns from the first half of an ECG, and scores the second with faults injected.
func (c *demoCmd) Run(e *env) error {
	if c.Steps < 0 {
		return usagef("--steps is %d, want at least 1, or 0 for the demo's own", c.Steps)
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	if c.Kind == "images" {
		return c.images(e)
	}
	heart, err := demo.NewHeart(e.cli.Seed)
	if err != nil {
		return err
	}
	e.remark("Five minutes of real ECG (MIT-BIH record 208, 360 Hz). The first half is taken as normal; into the\n"+
		"second half this demo injects %d faults at known places. Learning from the first half, without labels:", heart.Faults())

	trained, sum, took, err := learn(e, train.Series{heart.Normal}, heart.Config(cmp.Or(c.Steps, 300), e.cli.Seed))
	if err != nil {
		return err
	}
	start := time.Now()
	p, err := heart.Score(e.ctx, trained)
	if err != nil {
		return err
	}
	r := demoResult{Windows: len(p.Windows.Windows), TrainSeconds: took, ScoreSeconds: since(start), Diagnosis: sum.Diagnosis, Faults: heart.Found(p.Score)}
	m, err := heart.Rank(p.Score)
	if err != nil {
		return err
	}
	r.ROCAUC, r.AveragePrecision, r.VUSPR = m.ROCAUC, m.AveragePrecision, m.VUSPR
	if r.Files, err = heart.Write(c.Out, trained, p); err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error { return r.print(w) })
}

func (r *demoResult) print(w io.Writer) error {
	t := report.Table{Header: []string{"injected fault", "from (s)", "to (s)", "score", "above normal", "found"}}
	for _, f := range r.Faults {
		found := "no"
		if f.Found {
			found = "yes"
		}
		t.Rows = append(t.Rows, []string{f.Kind, fmt.Sprintf("%.1f", f.Start), fmt.Sprintf("%.1f", f.End),
			fmt.Sprintf("%.3f", f.Score), fmt.Sprintf("%.1f %%", 100*f.Rank), found})
	}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
ROC AUC %.3f, average precision %.3f, VUS-PR %.3f over every time stamp of the second half
learnt in %.1f s, scored %s in %.1f s
picture: %s

Next, with your own file (any CSV, Arrow, Parquet, .ts, .tsv, .npy), without training and with:
  wavekin score --normal quiet.csv today.csv
  wavekin pretrain --data quiet.csv --method 'cmc(form=batch)' --window 256 --augment 'jitter(0.1)' --out model.safetensors
  wavekin score --model model.safetensors --normal quiet.csv --metric euclidean --per-point --out scores.csv --plot scores.png today.csv
`, r.ROCAUC, r.AveragePrecision, r.VUSPR, r.TrainSeconds, plural.Of(r.Windows, "window"), r.ScoreSeconds, r.Files[2])
	return err
}
