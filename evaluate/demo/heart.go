// Package demo is what wavekin demo shows, on data that the library brings: an ECG whose injected faults are found
// ([Heart]), and handwritten digits that are classified ([Digits]).
//
//	h, err := demo.NewHeart(0)
//	m, _, err := train.Pretrain(ctx, train.Series{h.Normal}, h.Config(300, 0))
//	p, err := h.Score(ctx, m)
//	for _, f := range h.Found(p.Score) {
//		fmt.Println(f.Kind, f.Start, f.Found)
//	}
package demo

import (
	"context"
	"path/filepath"

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

// A window of heartWindow time stamps holds about one and a half heart beats at 360 Hz.
const heartWindow, heartStride = 256, 16

// Heart is an ECG of five minutes: its first half, and the second with faults injected.
type Heart struct {
	// Normal is the half without faults, Broken the other, with 1 in PointLabels where a fault is.
	Normal, Broken *series.Series
	faults         []ecg.Fault // in time stamps of Broken
}

// Fault is an injected fault and whether it was found.
type Fault struct {
	Kind string `json:"kind"`
	// Start and End are seconds from the beginning of the recording.
	Start float64 `json:"start_seconds"`
	End   float64 `json:"end_seconds"`
	// Score is the highest of the fault's time stamps, Rank the share of normal time stamps that score less.
	Score float64 `json:"score"`
	Rank  float64 `json:"normal_below"`
	// Found means that Rank is at least 0.99.
	Found bool `json:"found"`
}

// NewHeart loads the recording and injects faults, whose places and sizes the seed says.
func NewHeart(seed uint64) (*Heart, error) {
	heart, err := ecg.Load()
	if err != nil {
		return nil, err
	}
	broken, faults := ecg.Inject(heart, seed)
	half := heart.Len() / 2
	h := &Heart{Normal: heart.Slice(0, half), Broken: broken.Slice(half, broken.Len())}
	h.Broken.Start = 0
	for _, f := range faults {
		f.Start, f.End = f.Start-half, f.End-half
		h.faults = append(h.faults, f)
	}
	return h, nil
}

// Faults is how many faults are injected.
func (h *Heart) Faults() int { return len(h.faults) }

// Config is how the demo learns from the normal half.
func (h *Heart) Config(steps int, seed uint64) train.Config {
	return train.Config{
		// Three views of a window: as it is, its trend, and its spectrum, in which a changed rhythm shows.
		Method:  methods.CMC{Views: []string{"raw", "trend", "spectrum"}, Form: "batch"},
		Encoder: encoders.Conv{Width: 32, Depth: 5, Out: 128},
		// Level and size are what is wrong where a sensor drifts, so that the views keep both.
		Views:     augment.MustParse("jitter(0.1)"),
		Window:    heartWindow,
		Stride:    heartStride,
		Batch:     32,
		Steps:     steps,
		Normalize: series.ModeTrain,
		Seed:      seed,
	}
}

// Score scores each time stamp of the broken half by the windows of the normal one.
func (h *Heart) Score(ctx context.Context, m *model.Model) (*detect.Points, error) {
	d, err := detect.Fit(ctx, m, series.FromSlice([]*series.Series{h.Normal}), detect.Config{Stride: heartStride, Metric: knn.Euclidean})
	if err != nil {
		return nil, err
	}
	return detect.Collect(d.Points(ctx, series.FromSlice([]*series.Series{h.Broken})))
}

// Rank measures how well the scores of the broken half rank its faults.
func (h *Heart) Rank(scores []float64) (evaluate.Ranked, error) {
	labels := make([]bool, len(scores))
	for i, v := range h.Broken.PointLabels {
		labels[i] = v > 0.5
	}
	return evaluate.Rank(scores, labels, 0)
}

// Found compares each fault's highest score with those of normal time stamps.
func (h *Heart) Found(scores []float64) (out []Fault) {
	var normal []float64
	for i, v := range scores {
		if h.Broken.PointLabels[i] == 0 {
			normal = append(normal, v)
		}
	}
	offset := h.Normal.Len()
	for _, f := range h.faults {
		top := 0.0
		for i := f.Start; i < f.End; i++ {
			top = max(top, scores[i])
		}
		below := evaluate.ShareBelow(normal, top)
		out = append(out, Fault{Kind: f.Kind, Start: float64(f.Start+offset) / ecg.Hz, End: float64(f.End+offset) / ecg.Hz,
			Score: top, Rank: below, Found: below >= 0.99})
	}
	return out
}

// Write saves the model, the scores beside their labels, a picture of both and the readings of both halves in a folder, and
// returns the files' paths.
func (h *Heart) Write(dir string, m *model.Model, p *detect.Points) ([]string, error) {
	files := []string{filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "scores.arrow"), filepath.Join(dir, "scores.png"),
		filepath.Join(dir, "normal.csv"), filepath.Join(dir, "faults.csv")}
	if err := m.Save(files[0]); err != nil {
		return nil, err
	}
	for i, s := range []*series.Series{h.Normal, h.Broken} {
		if err := writeReadings(files[3+i], s); err != nil {
			return nil, err
		}
	}
	out, err := datasets.NewWriter(files[1], []datasets.Column{{Name: "series", Type: datasets.String}, {Name: "time", Type: datasets.Int64},
		{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}, {Name: "label", Type: datasets.Float64}})
	if err != nil {
		return nil, err
	}
	for i, v := range p.Score {
		if err := out.Append(h.Broken.ID, int64(i), v, p.P[i], h.Broken.PointLabels[i]); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	var shades []report.Stretch
	for _, f := range h.faults {
		shades = append(shades, report.Stretch{Name: f.Kind, Start: f.Start, End: f.End})
	}
	return files, report.SeriesScore(files[2], "ECG with injected faults, and the anomaly score of each time stamp", h.Broken.Values[:1], p.Score, shades, report.Axes{})
}

// writeReadings writes a series of one channel, with its labels.
func writeReadings(path string, s *series.Series) error {
	out, err := datasets.NewWriter(path, []datasets.Column{{Name: "ecg", Type: datasets.Float64}, {Name: "label", Type: datasets.Float64}})
	if err != nil {
		return err
	}
	for i, v := range s.Values[0] {
		label := 0.0
		if s.PointLabels != nil {
			label = s.PointLabels[i]
		}
		if err := out.Append(v, label); err != nil {
			return err
		}
	}
	return out.Close()
}
