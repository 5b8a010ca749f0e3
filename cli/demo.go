package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/ecg"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// demoCmd is `wavekin demo`.
type demoCmd struct {
	Kind  string `arg:"" optional:"" enum:"series,images" default:"series" help:"series (an ECG with injected faults) or images (handwritten digits)."`
	Out   string `help:"Folder for what the demo writes." default:"wavekin-demo" placeholder:"DIR"`
	Steps int    `help:"Optimiser steps; 0 means the demo's own." default:"0" hidden:""`
}

// The demo's settings: a window holds about one and a half heart beats at 360 Hz.
const (
	demoWindow = 256
	demoStride = 16
)

// demoResult is what --json prints.
type demoResult struct {
	ROCAUC           float64     `json:"roc_auc"`
	AveragePrecision float64     `json:"average_precision"`
	VUSPR            float64     `json:"vus_pr"`
	Windows          int         `json:"windows"`
	TrainSeconds     float64     `json:"train_seconds"`
	ScoreSeconds     float64     `json:"score_seconds"`
	Files            []string    `json:"files"`
	Faults           []demoFault `json:"faults"`
	Diagnosis        []string    `json:"diagnosis"`
}

// demoFault is one injected fault and whether it was found.
type demoFault struct {
	Kind  string  `json:"kind"`
	Start float64 `json:"start_seconds"`
	End   float64 `json:"end_seconds"`
	Score float64 `json:"score"`
	Rank  float64 `json:"normal_below"`
	Found bool    `json:"found"`
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
	heart, err := ecg.Load()
	if err != nil {
		return err
	}
	broken, faults := ecg.Inject(heart, e.cli.Seed)
	half := heart.Len() / 2
	normal, rest := heart.Slice(0, half), broken.Slice(half, broken.Len())
	rest.Start = 0
	e.remark("Five minutes of real ECG (MIT-BIH record 208, 360 Hz). The first half is taken as normal; into the\n"+
		"second half this demo injects %d faults at known places. Learning from the first half, without labels:", len(faults))

	trained, sum, took, err := learn(e, train.Series{normal}, demoConfig(orInt(c.Steps, 300), e.cli.Seed))
	if err != nil {
		return err
	}
	start := time.Now()
	p, err := e.demoScores(trained, normal, rest)
	if err != nil {
		return err
	}
	r := demoResult{Windows: len(p.Windows.Windows), TrainSeconds: took, ScoreSeconds: since(start), Diagnosis: sum.Diagnosis}
	if err := r.measure(rest, p.Score); err != nil {
		return err
	}
	r.match(faults, half, p.Score, rest.PointLabels)
	if err := c.write(&r, trained, rest, p, faults, half); err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error { return r.print(w, c.Out) })
}

// demoScores scores the time stamps of the second half by the windows of the first.
func (e *env) demoScores(m *model.Model, normal, rest *series.Series) (*detect.Points, error) {
	d, err := detect.Fit(e.ctx, m, series.FromSlice([]*series.Series{normal}), detect.Config{Stride: demoStride, Metric: knn.Euclidean})
	if err != nil {
		return nil, err
	}
	all := &detect.Points{Windows: &detect.Windows{}}
	for p, err := range d.Points(e.ctx, series.FromSlice([]*series.Series{rest})) {
		if err != nil {
			return nil, err
		}
		all.Score, all.P = append(all.Score, p.Score...), append(all.P, p.P...)
		if p.Windows != nil {
			all.Windows.Windows = append(all.Windows.Windows, p.Windows.Windows...)
		}
	}
	return all, nil
}

func demoConfig(steps int, seed uint64) train.Config {
	return train.Config{
		// Three looks at a stretch: as it is, its trend, and its spectrum, in which a changed rhythm shows.
		Method:  methods.CMC{Views: []string{"raw", "trend", "spectrum"}},
		Encoder: encoders.Conv{Width: 32, Depth: 5, Out: 128},
		// Level and size are what is wrong where a sensor drifts, so that the views keep both.
		Views:     augment.MustParse("jitter(0.1)"),
		Window:    demoWindow,
		Stride:    demoStride,
		Batch:     32,
		Steps:     steps,
		Normalize: series.ModeTrain,
		Seed:      seed,
	}
}

func (r *demoResult) measure(rest *series.Series, scores []float64) error {
	labels := make([]bool, len(scores))
	for i, v := range rest.PointLabels {
		labels[i] = v > 0.5
	}
	m, err := evaluate.Rank(scores, labels, 0)
	if err != nil {
		return err
	}
	r.ROCAUC, r.AveragePrecision, r.VUSPR = m.ROCAUC, m.AveragePrecision, m.VUSPR
	return nil
}

// match compares each fault's highest score with those of normal time stamps;
// found means above 99 % of them.
func (r *demoResult) match(faults []ecg.Fault, half int, scores []float64, labels []float64) {
	var normal []float64
	for i, v := range scores {
		if labels[i] == 0 {
			normal = append(normal, v)
		}
	}
	for _, f := range faults {
		top := 0.0
		for i := f.Start - half; i < f.End-half; i++ {
			top = max(top, scores[i])
		}
		below := evaluate.ShareBelow(normal, top)
		r.Faults = append(r.Faults, demoFault{Kind: f.Kind, Start: float64(f.Start) / ecg.Hz, End: float64(f.End) / ecg.Hz,
			Score: top, Rank: below, Found: below >= 0.99})
	}
}

// write saves the model, the scores, the series with its faults, and the picture.
func (c *demoCmd) write(r *demoResult, m *model.Model, rest *series.Series, p *detect.Points, faults []ecg.Fault, half int) error {
	modelPath, scoresPath, plotPath := filepath.Join(c.Out, "model.safetensors"), filepath.Join(c.Out, "scores.arrow"), filepath.Join(c.Out, "scores.png")
	if err := m.Save(modelPath); err != nil {
		return err
	}
	out, err := datasets.NewWriter(scoresPath, append((&scoreTable{perPoint: true}).columns(nil), datasets.Column{Name: "label", Type: datasets.Float64}))
	if err != nil {
		return err
	}
	for i, v := range p.Score {
		if err := out.Append(rest.ID, int64(i), v, p.P[i], rest.PointLabels[i]); err != nil {
			_ = out.Abort()
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	var shades []report.Stretch
	for _, f := range faults {
		shades = append(shades, report.Stretch{Name: f.Kind, Start: f.Start - half, End: f.End - half})
	}
	if err := report.SeriesScore(plotPath, "ECG with injected faults, and how unlike normal each moment is", rest.Values[0], p.Score, shades); err != nil {
		return err
	}
	r.Files = []string{modelPath, scoresPath, plotPath}
	return nil
}

func (r *demoResult) print(w io.Writer, dir string) error {
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
learnt in %.1f s, scored %d windows in %.1f s
picture: %s

Next, with your own file (any CSV, Arrow, .ts, .tsv, .npy):
  wavekin pretrain --data quiet.csv --method cmc --window 256 --augment 'jitter(0.1)' --out model.safetensors
  wavekin score --model model.safetensors --normal quiet.csv --metric euclidean --per-point --out scores.csv --plot scores.png today.csv
`, r.ROCAUC, r.AveragePrecision, r.VUSPR, r.TrainSeconds, r.Windows, r.ScoreSeconds, r.Files[2])
	return err
}
