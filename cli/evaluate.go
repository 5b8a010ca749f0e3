package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// evaluateCmd is `wavekin evaluate`.
type evaluateCmd struct {
	Task   string `required:"" enum:"classify,anomaly" placeholder:"TASK" help:"classify (frozen encodings of labelled series) or anomaly (scores against labels)."`
	Model  string `help:"Model file, for classify; default builtin, the built-in encoder, fitted to --train without labels; or a file of towers for it, such as base.safetensors." placeholder:"MODEL"`
	Train  string `help:"Labelled series to fit the probe on." placeholder:"FILE"`
	Test   string `help:"Labelled series to measure on." placeholder:"FILE"`
	Probe  string `enum:"knn,knn-weighted,linear,ridge,svm,sgd,lars" default:"knn" help:"knn; knn-weighted (the vote of 200 by similarity, as in papers on images, where knn means it too); linear (logistic regression, chosen penalty); ridge (least squares, the penalty chosen by leaving out each row); svm; sgd or lars (the linear probes of papers on images, the rate chosen on held-out rows)."`
	K      int    `help:"Neighbours that vote in knn; 0 means 1, and for images 200, weighted as in their papers." default:"0"`
	Scores string `help:"Per-point scores, for anomaly." placeholder:"FILE"`
	Labels string `help:"Labels: a table with a label column, .npy or .txt of 0 and 1 by position, intervals as CSV with start and end, or NAB's combined_windows.json; matched with the scores by series and time." placeholder:"FILE"`
	Buffer int    `help:"Largest buffer around an anomaly for VUS, in time stamps; 0 means the mean length of the anomalies." default:"0"`
	layerFlag
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
	Probe string `json:"probe"`
	evaluate.Classified
}

func (c *evaluateCmd) classify(e *env) error {
	if c.Train == "" || c.Test == "" {
		return usagef("evaluate --task classify needs --train and --test")
	}
	m, err := c.loadOrFit(e, c.Model, c.Train)
	if err != nil {
		return err
	}
	if err := c.layerFlag.set(m); err != nil {
		return err
	}
	probe, err := c.probe(m)
	if err != nil {
		return err
	}
	learn, err := c.labelled(e, m, c.Train, "train")
	if err != nil {
		return err
	}
	defer learn.Close()
	c.apart = c.Train
	test, err := c.labelled(e, m, c.Test, "test")
	if err != nil {
		return err
	}
	defer test.Close()
	r := classifyResult{Probe: c.Probe}
	if r.Classified, err = evaluate.Measure(e.ctx, m, probe, learn.labelled(c.corrupt(e)), test.labelled(c.corrupt(e))); err != nil {
		return err
	}
	if r.Unknown > 0 {
		e.remark("%s: %s not in %s; samples of such a class count as errors", c.Test, plural.Of(r.Unknown, "class"), c.Train)
	}
	return e.result(r, func(w io.Writer) error {
		t := report.Table{Header: []string{"probe", "accuracy", "macro F1", "train", "test", "classes"}, Rows: [][]string{{
			r.Probe, fmt.Sprintf("%.4f", r.Accuracy), fmt.Sprintf("%.4f", r.MacroF1), fmt.Sprint(r.Train), fmt.Sprint(r.Test), fmt.Sprint(r.Classes)}}}
		return t.Render(w)
	})
}

// probe is the one that was asked for; nearest neighbours of images are found and weighted as in their papers.
func (c *evaluateCmd) probe(m *model.Model) (evaluate.Probe, error) {
	if c.K < 0 {
		return nil, usagef("--k is %d, want at least 1, or 0 for the default", c.K)
	}
	switch c.Probe {
	case "knn":
		p := evaluate.Nearest(m)
		p.K, p.Weighted = c.K, m.Settings.Image != nil
		return p, nil
	case "knn-weighted":
		return &evaluate.KNN{K: c.K, Weighted: true}, nil
	}
	return evaluate.ByName(c.Probe)
}

// labelled opens series, or a set of images, of which every sample has a label. Of an image set whose name does not say it, part
// is meant.
func (c *evaluateCmd) labelled(e *env, m *model.Model, path, part string) (*material, error) {
	set, err := c.of(part).material(e, []string{path}, part, m.Settings.Image != nil, m)
	if err != nil {
		return nil, err
	}
	for i := range set.Len() {
		if set.Label(i) == "" {
			return nil, errors.Join(&datasets.Error{File: path, Row: i + 1, Offset: -1, Err: errors.New("a sample without a label; classify needs labelled series or images (--label names the column of a table that holds them)")}, set.Close())
		}
	}
	longer := 0
	for _, s := range set.series {
		if s.Len() > m.Settings.Window {
			longer++
		}
	}
	if longer > 0 {
		e.remark("%s: %d of %d series are longer than the model's window of %d; only their beginning is used", path, longer, set.Len(), m.Settings.Window)
	}
	return set, nil
}

func (c *evaluateCmd) anomaly(e *env) error {
	if c.Scores == "" || c.Labels == "" {
		return usagef("evaluate --task anomaly needs --scores and --labels")
	}
	if c.Buffer < 0 {
		return usagef("--buffer is %d, want at least 1, or 0 for the mean length of the anomalies", c.Buffer)
	}
	scored, told, err := (inputFlags{Series: "series"}).readTold(e, []string{c.Scores}, nil)
	if err != nil {
		return err
	}
	for _, s := range scored {
		if !slices.Contains(s.Channels, "score") {
			return &datasets.Error{File: c.Scores, Row: -1, Column: "score", Offset: -1, Err: errors.New("no such column; wavekin score --per-point writes it")}
		}
	}
	labelled, local, err := c.pointLabels(e, scored)
	if err != nil {
		return err
	}
	if local && slices.ContainsFunc(told, func(r *datasets.Reading) bool { return r.Time.Elsewhere() }) {
		e.remark("warning: %s: time stamps without a time zone are taken for UTC, but those of %s are of another one; --time-zone says that of the labels", c.Labels, c.Scores)
	}
	pairs, err := evaluate.Match(scored, labelled, "score")
	if err != nil {
		return &datasets.Error{File: c.Scores + " against " + c.Labels, Offset: -1, Err: err}
	}
	if pairs.Gaps > 0 {
		e.remark("%s: left out, as they have no score: %d of %s", c.Scores, pairs.Gaps, plural.Of(pairs.Gaps+len(pairs.Scores), "time stamp"))
	}
	if pairs.Unlabelled > 0 {
		e.remark("%s: left out, as %s has no reading for them: %d of %s", c.Scores, c.Labels, pairs.Unlabelled, plural.Of(pairs.Unlabelled+pairs.Gaps+len(pairs.Scores), "time stamp"))
	}
	r, err := pairs.Rank(c.Buffer)
	if err != nil {
		return &datasets.Error{File: c.Scores + " against " + c.Labels, Offset: -1, Err: err}
	}
	return e.result(r, func(w io.Writer) error { return printRanked(w, r) })
}

// pointLabels reads --labels, which may be stretches, a table or an array; local says that their time stamps are of no known zone.
func (c *evaluateCmd) pointLabels(e *env, scored []*series.Series) (labelled []*series.Series, local bool, err error) {
	o := c.options()
	switch stretches, err := evaluate.ReadStretches(c.Labels, scored, o); {
	case err != nil:
		return nil, false, err
	case stretches != nil:
		e.remark("%s: labelled stretches, both ends included; everything else is normal", c.Labels)
		return stretches.Labelled, stretches.Local, nil
	}
	in := c.inputFlags
	in.labelsOnly = true
	if in.Format == "" && strings.HasSuffix(strings.ToLower(c.Labels), ".txt") { // not UCR's form, whose rows begin with a class
		in.Format = "matrix"
	}
	read, told, err := in.readTold(e, []string{c.Labels}, nil)
	if err != nil {
		return nil, false, err
	}
	labelled, err = evaluate.PointLabels(c.Labels, read, len(scored), c.NormalLabel)
	return labelled, slices.ContainsFunc(told, func(r *datasets.Reading) bool { return r.Time != nil && r.Time.Local }), err
}

// printRanked shows a metric a line.
func printRanked(w io.Writer, r evaluate.Ranked) error {
	t := report.Table{Header: []string{"metric", "value"}}
	for _, m := range []struct {
		name  string
		value float64
	}{
		{"VUS-PR", r.VUSPR}, {"VUS-ROC", r.VUSROC}, {"average precision", r.AveragePrecision}, {"ROC AUC", r.ROCAUC}, {"best F1", r.BestF1},
		{"range precision", r.RangePrecision}, {"range recall", r.RangeRecall}, {"range F1", r.RangeF1},
		{"affiliation precision", r.AffiliationPrecision}, {"affiliation recall", r.AffiliationRecall},
		{"best F1, point-adjusted (inflated)", r.BestF1Adjusted},
	} {
		t.Rows = append(t.Rows, []string{m.name, fmt.Sprintf("%.4f", m.value)})
	}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d of %s are anomalous; ranges and affiliation are those of scores of at least %.4g, the threshold of the best F1\n",
		r.Anomalous, plural.Of(r.Points, "time stamp"), r.Threshold)
	return err
}
