package suite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Anomaly learns from the first part of a series, scores every time stamp by how
// far the windows over it are from the windows of that part, and measures how
// well the scores rank the labelled stretches. Of a model that keeps its predictors the errors of prediction are
// measured too. Raw windows are scored in the
// same way, once standardised by the first part and once each by itself. Simple
// scores ([Variance], [Subspace], [Amplitude]) and the fused one stand beside them.
type Anomaly struct {
	Training
	// Part is the share of the series, from its beginning, that is learnt from; 0 means 0.15.
	Part float64
	// Normal, where not nil, is learnt from in place of the first part.
	Normal *series.Series
	// Window is its length in time stamps; 0 means the period of the first part
	// between 64 and 128, and at most a third of it.
	Window int
	// Stride is the distance between windows, in learning and in scoring; 0 means an eighth of the window.
	Stride int
	// K is the number of nearest windows that a score averages over; 0 means 3.
	K int
	// Metric is the distance of encodings; raw windows have knn.Euclidean.
	Metric knn.Metric
	// Buffer is the largest buffer around an anomaly for VUS, in time stamps; 0
	// means the period of the series, as in the benchmark of its authors.
	Buffer int
}

// Bounds of the window that is chosen by the period: shorter ones hold too little
// to be told from noise, and longer ones blur where something happens.
const (
	shortWindow = 64
	longWindow  = 128
)

// baselines are the rows without an encoder.
var baselines = []baseline{{RawWindow, series.ModeWindow}, {Raw, series.ModeTrain}, {Variance, series.ModeNone}, {Subspace, series.ModeNone},
	{Amplitude, series.ModeNone}, {Fused, series.ModeNone}}

// Rows is how many rows each series has.
func (a Anomaly) Rows() int { return a.perSet(len(baselines)) }

// Series returns the rows of one series with point labels. Rows that the journal does not hold yet are made and added to it. With
// an error it returns the rows made so far.
func (a Anomaly) Series(ctx context.Context, name string, s *series.Series, j *Journal) ([]Row, error) {
	t, err := a.defaults()
	if err != nil {
		return nil, err
	}
	d, err := a.detection(name, s)
	if err != nil {
		return nil, err
	}
	t.Config.Window, t.Config.Stride = d.length, d.stride
	return t.compare(ctx, d, baselines, j)
}

// Check reports settings out of range.
func (a Anomaly) Check() error {
	if err := a.Training.Check(); err != nil {
		return err
	}
	if !(a.Part >= 0 && a.Part < 1) || a.Window < 0 || a.Stride < 0 || a.K < 0 || a.Buffer < 0 {
		return fmt.Errorf("the first part is %g of a series, want above 0 and below 1; window %d, stride %d, k %d and buffer %d must not be negative",
			a.Part, a.Window, a.Stride, a.K, a.Buffer)
	}
	return nil
}

// detection is a series with its labels, and how it is scored.
type detection struct {
	length, stride, k int

	name, data     string
	series, normal *series.Series
	part           float64
	labels         []bool
	buffer         int
	anomalous      int
	distance       knn.Metric
	parts          json.RawMessage // of detect.DefaultParts
}

func (a Anomaly) detection(name string, s *series.Series) (*detection, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	if a.Part == 0 {
		a.Part = 0.15
	}
	d := &detection{name: name, data: checksum([]*series.Series{s}), series: s, part: a.Part, buffer: a.Buffer, distance: a.Metric}
	for _, l := range s.PointLabels {
		d.labels = append(d.labels, l > 0.5)
		if l > 0.5 {
			d.anomalous++
		}
	}
	if d.anomalous == 0 || d.anomalous == s.Len() {
		return nil, fmt.Errorf("%w: series %q has %s of %d, want some and not all", evaluate.ErrOneClass, name, plural.Of(d.anomalous, "anomalous time stamp"), s.Len())
	}
	d.normal = a.Normal
	if a.Normal != nil {
		d.part, d.data = 0, checksum([]*series.Series{a.Normal}, []*series.Series{s})
	} else {
		d.normal = s.Slice(0, int(a.Part*float64(s.Len())))
	}
	var err error
	if d.parts, err = json.Marshal(struct {
		Parts []detect.Part `json:"parts"`
	}{detect.DefaultParts(0)}); err != nil {
		return nil, err
	}
	n := d.normal.Len()
	d.length, d.stride, d.k = a.Window, a.Stride, a.K
	if d.length == 0 {
		d.length = max(1, min(min(max(series.VUSPeriod(d.normal), shortWindow), longWindow), n/3))
	}
	if d.stride == 0 {
		d.stride = max(1, d.length/8)
	}
	if d.k == 0 {
		d.k = 3
	}
	if d.buffer == 0 {
		d.buffer = min(series.VUSPeriod(s), s.Len())
	}
	return d, nil
}

func (d *detection) learns(cfg train.Config) (train.Data, error) {
	return shown([]*series.Series{d.normal}, cfg.Method.Needs().Labels), nil
}

func (d *detection) run(r *Run) {
	r.Suite, r.Set, r.Data = "anomaly", d.name, d.data
	s := &r.Settings
	s.Part, s.Buffer = d.part, d.buffer
	switch r.Method {
	case Fused:
		// Its windows are its own; the parts make the row.
		r.MethodSettings = d.parts
		return
	case Variance, Subspace, Amplitude:
		return // so have these
	}
	s.Window, s.Stride, s.K = d.length, d.stride, d.k
	s.Metric = knn.Euclidean.String()
	if r.Encoder != "" {
		s.Metric = d.distance.String()
	}
}

func (d *detection) measure(ctx context.Context, m *model.Model, mode series.Mode, r *Row) error {
	scores, err := d.scores(ctx, m, mode, r.Method)
	if err != nil {
		return err
	}
	if r.Ranked, err = d.rank(scores); err != nil || m == nil || !learnt(r) {
		return err
	}
	if f, ferr := m.Predictor(); ferr == nil {
		if scores, err = d.errors(ctx, m, f); err == nil {
			r.Prediction, err = d.rank(scores)
		}
	}
	return err
}

func (*detection) whole(Row) bool { return true }

// rank measures how well scores rank the labelled stretches.
func (d *detection) rank(scores []float64) (r *Ranked, err error) {
	r = &Ranked{Points: len(scores), Anomalous: d.anomalous}
	if r.VUSROC, r.VUSPR, err = evaluate.VUS(scores, d.labels, d.buffer); err != nil {
		return nil, err
	}
	if r.AveragePrecision, err = evaluate.AveragePrecision(scores, d.labels); err != nil {
		return nil, err
	}
	r.ROCAUC, err = evaluate.ROCAUC(scores, d.labels)
	return r, err
}

// learnt tells a row of a trained encoder.
func learnt(r *Row) bool { return !strings.HasPrefix(r.Method, Untrained) }

// errors are those of the model's predictions at every time stamp: the mean over the steps that show it.
func (d *detection) errors(ctx context.Context, m *model.Model, f *model.Predictor) ([]float64, error) {
	c := detect.Config{Score: detect.Prediction, Align: detect.Centre, Stride: min(d.stride, f.Shown())}
	fitted, err := detect.Fit(ctx, m, series.FromSlice([]*series.Series{d.normal}), c)
	if err != nil {
		return nil, fmt.Errorf("series %q: the first part: %w", d.series.ID, err)
	}
	return gather(fitted.Points(ctx, series.FromSlice([]*series.Series{d.series})))
}

// scores are those of every time stamp, by a model's encodings or, without a model, by raw windows, which are scored in the
// same way, or by the fused detector.
func (d *detection) scores(ctx context.Context, m *model.Model, mode series.Mode, method string) ([]float64, error) {
	normal, all := []*series.Series{d.normal}, series.FromSlice([]*series.Series{d.series})
	switch method {
	case Variance, Subspace:
		return simply(simples[method], d.normal, d.series), nil
	case Amplitude:
		return d.amplitudes(ctx)
	case Fused:
		f, err := detect.FitFused(ctx, normal, detect.FusedConfig{})
		if err != nil {
			return nil, err
		}
		return gather(scoresOf(f.Points(ctx, all)))
	}
	c := detect.Config{Window: d.length, Stride: d.stride, K: d.k, Metric: d.distance}
	var by detect.Encoder = m
	if m == nil {
		norm, err := series.FitNormalizer(normal, mode)
		if err != nil {
			return nil, err
		}
		by, c.Metric = detect.Raw{Normalizer: norm}, knn.Euclidean
	}
	fitted, err := detect.Fit(ctx, by, series.FromSlice(normal), c)
	if err != nil {
		return nil, fmt.Errorf("series %q: the first part: %w", d.series.ID, err)
	}
	return gather(fitted.Points(ctx, all))
}
