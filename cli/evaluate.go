package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// evaluateCmd is `wavekin evaluate`.
type evaluateCmd struct {
	Task   string `required:"" enum:"classify,anomaly" placeholder:"TASK" help:"classify (frozen encodings of labelled series) or anomaly (scores against labels)."`
	Model  string `help:"Model file, for classify." placeholder:"MODEL"`
	Train  string `help:"Labelled series to fit the probe on." placeholder:"FILE"`
	Test   string `help:"Labelled series to measure on." placeholder:"FILE"`
	Probe  string `enum:"knn,knn-weighted,linear,svm,sgd,lars" default:"knn" help:"knn; knn-weighted (the vote of 200 by similarity, as in papers on images, where knn means it too); linear (the optimum, chosen penalty); svm; sgd or lars (the linear probes of papers on images, the rate chosen on held-out rows)."`
	K      int    `help:"Neighbours that vote in knn; 0 means 1, and for images 200, weighted as in their papers." default:"0"`
	Scores string `help:"Per-point scores, for anomaly." placeholder:"FILE"`
	Labels string `help:"Series with a label column, in the same order." placeholder:"FILE"`
	Buffer int    `help:"Largest buffer around an anomaly for VUS, in time stamps; 0 means the mean length of the anomalies." default:"0"`
	inputFlags
}

// Run measures.
func (c *evaluateCmd) Run(e *env) error {
	if c.Task == "anomaly" {
		return c.anomaly(e)
	}
	return c.classify(e)
}

// classifyResult is what --json prints for classify.
type classifyResult struct {
	Probe    string  `json:"probe"`
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Train    int     `json:"train"`
	Test     int     `json:"test"`
	Classes  int     `json:"classes"`
}

func (c *evaluateCmd) classify(e *env) error {
	if c.Model == "" || c.Train == "" || c.Test == "" {
		return usagef("evaluate --task classify needs --model, --train and --test")
	}
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	classes := map[string]int{}
	x, y, err := c.encodeLabelled(e, m, c.Train, "train", classes)
	if err != nil {
		return err
	}
	known := len(classes)
	tx, ty, err := c.encodeLabelled(e, m, c.Test, "test", classes)
	if err != nil {
		return err
	}
	if len(classes) > known {
		e.remark("the test file has %d class(es) that the train file has not; they count as errors", len(classes)-known)
	}
	probe, err := c.probe(m.Settings.Image != nil)
	if err != nil {
		return err
	}
	if err := probe.Fit(x, m.Dim(), y); err != nil {
		return err
	}
	got, err := probe.Predict(tx)
	if err != nil {
		return err
	}
	r := classifyResult{Probe: c.Probe, Train: len(y), Test: len(ty), Classes: len(classes)}
	if r.Accuracy, err = evaluate.Accuracy(ty, got); err != nil {
		return err
	}
	if r.MacroF1, err = evaluate.MacroF1(ty, got); err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error {
		t := report.Table{Header: []string{"probe", "accuracy", "macro F1", "train", "test", "classes"}, Rows: [][]string{{
			r.Probe, fmt.Sprintf("%.4f", r.Accuracy), fmt.Sprintf("%.4f", r.MacroF1), fmt.Sprint(r.Train), fmt.Sprint(r.Test), fmt.Sprint(r.Classes)}}}
		return t.Render(w)
	})
}

// probe is the one that was asked for; nearest neighbours of images are found and weighed as in their papers.
func (c *evaluateCmd) probe(images bool) (evaluate.Probe, error) {
	if c.K < 0 {
		return nil, usagef("--k is %d, want at least 1, or 0 for the default", c.K)
	}
	switch c.Probe {
	case "knn":
		return &evaluate.KNN{K: c.K, Weighted: images}, nil
	case "knn-weighted":
		return &evaluate.KNN{K: c.K, Weighted: true}, nil
	}
	return evaluate.ByName(c.Probe)
}

// encodeLabelled encodes whole series, or images, and numbers their labels. Of an image set whose name does not say it,
// part is meant.
func (c *evaluateCmd) encodeLabelled(e *env, m *model.Model, path, part string, classes map[string]int) ([]float32, []int, error) {
	if m.Settings.Image != nil {
		set, err := c.openImages(path, part)
		if err != nil {
			return nil, nil, err
		}
		x, labels, err := encodeImages(e, m, set, path, c.corrupt(e))
		return x, number(labels, classes), errors.Join(err, set.Close())
	}
	all, err := c.of(part).read(e, []string{path}, m)
	if err != nil {
		return nil, nil, err
	}
	longer := 0
	for _, s := range all {
		if s.Len() > m.Settings.Window {
			longer++
		}
	}
	if longer > 0 {
		e.remark("%s: %d of %d series are longer than the model's window of %d; only their beginning is looked at", path, longer, len(all), m.Settings.Window)
	}
	x, err := encodeWhole(e, m, all)
	if err != nil {
		return nil, nil, err
	}
	labels := make([]string, len(all))
	for i, s := range all {
		if s.Label == "" {
			return nil, nil, &datasets.Error{File: path, Row: i + 1, Offset: -1, Err: errors.New("a series without a label; classify needs labelled series")}
		}
		labels[i] = s.Label
	}
	return x, number(labels, classes), nil
}

// encodeWhole encodes each series as one window.
func encodeWhole(e *env, m *model.Model, all []*series.Series) ([]float32, error) {
	var out []float32
	for lo := 0; lo < len(all); lo += streamBatch {
		h, err := m.Encode(e.ctx, wholeWindows(m, all[lo:min(lo+streamBatch, len(all))]))
		if err != nil {
			return nil, err
		}
		out = append(out, h...)
	}
	return out, nil
}

// wholeWindows makes each series one window, cut or continued with gaps to the model's length.
func wholeWindows(m *model.Model, all []*series.Series) []*series.Window {
	ws := make([]*series.Window, 0, len(all))
	for _, s := range all {
		ws = append(ws, s.Whole(m.Settings.Window))
	}
	return ws
}

// anomalyResult is what --json prints for anomaly.
type anomalyResult struct {
	VUSPR            float64 `json:"vus_pr"`
	VUSROC           float64 `json:"vus_roc"`
	AveragePrecision float64 `json:"average_precision"`
	ROCAUC           float64 `json:"roc_auc"`
	BestF1           float64 `json:"best_f1"`
}

func (c *evaluateCmd) anomaly(e *env) error {
	if c.Scores == "" || c.Labels == "" {
		return usagef("evaluate --task anomaly needs --scores and --labels")
	}
	if c.Buffer < 0 {
		return usagef("--buffer is %d, want at least 1, or 0 for the mean length of the anomalies", c.Buffer)
	}
	scored, err := (inputFlags{Series: "series"}).read(e, []string{c.Scores}, nil)
	if err != nil {
		return err
	}
	in := c.inputFlags
	if in.Label == "" {
		in.Label = "label"
	}
	labelled, err := in.read(e, []string{c.Labels}, nil)
	if err != nil {
		return err
	}
	scores, err := scoreColumn(scored, c.Scores)
	if err != nil {
		return err
	}
	var labels []bool
	for _, s := range labelled {
		if s.PointLabels == nil {
			return &datasets.Error{File: c.Labels, Row: -1, Column: in.Label, Offset: -1, Err: errors.New("no such column of 0 and 1; name it with --label")}
		}
		for _, v := range s.PointLabels {
			labels = append(labels, v > 0.5)
		}
	}
	if len(scores) != len(labels) {
		return &datasets.Error{File: c.Scores, Row: -1, Offset: -1, Err: fmt.Errorf("%d scores for %d labels in %s; score the same series with --per-point", len(scores), len(labels), c.Labels)}
	}
	r, err := measure(scores, labels, c.Buffer)
	if err != nil {
		return &datasets.Error{File: c.Scores + " against " + c.Labels, Offset: -1, Err: err}
	}
	return e.result(r, func(w io.Writer) error {
		t := report.Table{Header: []string{"VUS-PR", "VUS-ROC", "average precision", "ROC AUC", "best F1"}, Rows: [][]string{{
			fmt.Sprintf("%.4f", r.VUSPR), fmt.Sprintf("%.4f", r.VUSROC), fmt.Sprintf("%.4f", r.AveragePrecision),
			fmt.Sprintf("%.4f", r.ROCAUC), fmt.Sprintf("%.4f", r.BestF1)}}}
		return t.Render(w)
	})
}

// scoreColumn finds the channel named score.
func scoreColumn(all []*series.Series, path string) ([]float64, error) {
	var out []float64
	for _, s := range all {
		found := false
		for i, name := range s.Channels {
			if name == "score" {
				out, found = append(out, s.Values[i]...), true
			}
		}
		if !found {
			return nil, &datasets.Error{File: path, Row: -1, Column: "score", Offset: -1, Err: errors.New("no such column; wavekin score --per-point writes it")}
		}
	}
	return out, nil
}

// measure computes every ranking metric of scores against labels.
func measure(scores []float64, labels []bool, buffer int) (anomalyResult, error) {
	var r anomalyResult
	if buffer == 0 {
		buffer = meanAnomaly(labels)
	}
	var err error
	get := func(dst *float64, f func() (float64, error)) {
		if err == nil {
			*dst, err = f()
		}
	}
	get(&r.VUSPR, func() (float64, error) { return evaluate.VUSPR(scores, labels, buffer) })
	get(&r.VUSROC, func() (float64, error) { return evaluate.VUSROC(scores, labels, buffer) })
	get(&r.AveragePrecision, func() (float64, error) { return evaluate.AveragePrecision(scores, labels) })
	get(&r.ROCAUC, func() (float64, error) { return evaluate.ROCAUC(scores, labels) })
	get(&r.BestF1, func() (float64, error) { return evaluate.BestF1(scores, labels) })
	return r, err
}

// meanAnomaly is the mean length of the labelled stretches, at most 100.
func meanAnomaly(labels []bool) int {
	points, runs := 0, 0
	for i, l := range labels {
		if l {
			points++
			if i == 0 || !labels[i-1] {
				runs++
			}
		}
	}
	if runs == 0 {
		return 0
	}
	return min(100, points/runs)
}
