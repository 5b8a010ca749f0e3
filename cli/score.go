package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// scoreCmd is `wavekin score`.
type scoreCmd struct {
	Model    string   `required:"" help:"Model file." placeholder:"MODEL"`
	Normal   []string `required:"" help:"Files with normal readings; several may follow, up to the next flag." placeholder:"FILE" sep:"none"`
	Part     float64  `help:"Take this first share of every normal series." default:"1"`
	Out      string   `required:"" help:"Table to write: .arrow, .arrows, .parquet or .csv; - is an Arrow stream on standard output." placeholder:"FILE"`
	PerPoint bool     `help:"A row per time stamp: the mean score of the windows that cover it."`
	Stride   int      `help:"Distance between window starts; 0 means an eighth of the window." default:"0"`
	K        int      `help:"Normal neighbours per window." default:"3"`
	Metric   string   `enum:"cosine,euclidean" default:"cosine" help:"Distance of encodings: cosine, or euclidean, which also tells how strong a window's features are, as where level and size count."`
	Plot     string   `help:"Draw the first input with its score into this PNG." placeholder:"FILE"`
	Inputs   []string `arg:"" help:"Files to score."`
	inputFlags
}

// Run scores every window of every input against the normal ones.
func (c *scoreCmd) Run(e *env) error {
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	if !(c.Part > 0) || c.Part > 1 {
		return usagef("--part is %g, want above 0 and at most 1", c.Part)
	}
	if c.K < 1 {
		return usagef("--k is %d, want at least 1", c.K)
	}
	if c.Stride < 0 {
		return usagef("--stride is %d, want at least 1, or 0 for an eighth of the window", c.Stride)
	}
	if err := e.outputs(c.Out); err != nil {
		return err
	}
	if err := checkOutputs(slices.Concat(c.Inputs, c.Normal, []string{c.Model}), c.Out, c.Plot); err != nil {
		return err
	}
	if m.Settings.Image != nil {
		return c.scoreImages(e, m)
	}
	normal, err := c.read(e, c.Normal, m)
	if err != nil {
		return err
	}
	s := scorer{model: m, length: m.Settings.Window, stride: orInt(c.Stride, max(1, m.Settings.Window/8))}
	if s.metric, err = knn.ParseMetric(c.Metric); err != nil {
		return usageError{err}
	}
	if err := s.learnNormal(e, subset.First(normal, c.Part), c.K); err != nil {
		if errors.Is(err, context.Canceled) {
			return err
		}
		return &datasets.Error{File: strings.Join(c.Normal, ", "), Offset: -1, Err: fmt.Errorf("normal readings: %w", err)}
	}
	out := &scoreTable{path: c.Out, perPoint: c.PerPoint}
	st := newStream(e, "scoring")
	var picture *plotted
	err = st.each(e, c.Inputs, m, c.inputFlags, func(r series.Reader) error {
		if c.PerPoint || c.Plot != "" {
			return c.scorePoints(e, &s, r, out, st, &picture)
		}
		return s.windows(e, r, func(ws []*series.Window, alarms []knn.Alarm) error {
			st.windows += len(ws)
			return writeWindows(out, ws, alarms, st)
		})
	})
	if err == nil && out.w == nil && len(st.failed) < st.inputs {
		err = out.begin(false) // an input without any series gives a table without rows
	}
	// Some inputs may have failed: the others are drawn all the same.
	err = st.finish(e, out.w, c.Out, err)
	if c.Plot == "" || picture == nil || err != nil && !errors.As(err, &partlyError{}) {
		return err
	}
	return errors.Join(report.SeriesScore(c.Plot, picture.title, picture.values, picture.scores, nil), err)
}

// scoreTable is the output, whose columns the first input decides: time is a time stamp if the input has any, and
// counts from 0 otherwise.
type scoreTable struct {
	path            string
	perPoint, times bool
	w               *datasets.Writer
}

// begin makes the table on first use, and refuses an input that would not fit into it.
func (t *scoreTable) begin(times bool) error {
	times = times && t.perPoint
	if t.w == nil {
		var err error
		t.times = times
		t.w, err = datasets.NewWriter(t.path, scoreColumns(t.perPoint, times))
		return err
	}
	if times != t.times {
		return errors.New("this input and the first one disagree in having time stamps; score them into separate files")
	}
	return nil
}

// plotted is what a score picture shows.
type plotted struct {
	title          string
	values, scores []float64
}

func scoreColumns(perPoint, times bool) []datasets.Column {
	if perPoint {
		time := datasets.Int64
		if times {
			time = datasets.Timestamp
		}
		return []datasets.Column{{Name: "series", Type: datasets.String}, {Name: "time", Type: time},
			{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}}
	}
	return []datasets.Column{{Name: "series", Type: datasets.String}, {Name: "start", Type: datasets.Int64}, {Name: "end", Type: datasets.Int64},
		{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}, {Name: "neighbour", Type: datasets.Int64}}
}

func writeWindows(out *scoreTable, ws []*series.Window, alarms []knn.Alarm, st *stream) error {
	if err := out.begin(false); err != nil {
		return err
	}
	for i, w := range ws {
		a := alarms[i]
		if err := out.w.Append(w.Series, int64(w.Start), int64(w.End), a.Score, a.P, int64(a.Neighbour)); err != nil {
			return err
		}
		st.rows++
	}
	return nil
}

// scorePoints needs one series at a time in memory, to spread window scores over time stamps.
func (c *scoreCmd) scorePoints(e *env, s *scorer, r series.Reader, out *scoreTable, st *stream, picture **plotted) error {
	all, err := series.ReadAll(r)
	if err != nil {
		return err
	}
	for _, one := range all {
		p, err := s.points(e, one)
		if err != nil {
			return err
		}
		st.windows += p.windows
		if c.Plot != "" && *picture == nil {
			*picture = &plotted{one.ID, one.Values[0], p.scores}
		}
		if !c.PerPoint {
			if err := writeWindows(out, p.ws, p.alarms, st); err != nil {
				return err
			}
			continue
		}
		if err := out.begin(datasets.AreDates(one.Times)); err != nil {
			return err
		}
		for i, v := range p.scores {
			t := int64(i)
			if one.Times != nil {
				t = one.Times[i]
			}
			if err := out.w.Append(one.ID, t, v, p.p[i]); err != nil {
				return err
			}
			st.rows++
		}
	}
	return nil
}

// scorer compares windows with normal ones by their encodings.
type scorer struct {
	model          *model.Model
	length, stride int
	metric         knn.Metric
	detector       *knn.Detector
}

// learnNormal encodes the windows of normal series.
func (s *scorer) learnNormal(e *env, normal []*series.Series, k int) error {
	var codes []float32
	err := eachWindow(series.FromSlice(normal), s.length, s.stride, streamBatch, func(ws []*series.Window) error {
		h, err := s.model.Encode(e.ctx, ws)
		codes = append(codes, h...)
		return err
	})
	if err != nil {
		return err
	}
	// Overlapping windows would find themselves among the normal ones.
	overlap := (s.length + s.stride - 1) / s.stride
	if s.detector, err = (knn.DetectorConfig{K: k, Metric: s.metric, Exclude: overlap}).Fit(codes, s.model.Dim()); err != nil {
		return err
	}
	return nil
}

// windows streams the scores of a reader's windows.
func (s *scorer) windows(e *env, r series.Reader, f func([]*series.Window, []knn.Alarm) error) error {
	return eachWindow(r, s.length, s.stride, streamBatch, func(ws []*series.Window) error {
		h, err := s.model.Encode(e.ctx, ws)
		if err != nil {
			return err
		}
		alarms, err := s.detector.Score(h)
		if err != nil {
			return err
		}
		return f(ws, alarms)
	})
}

// pointScores are the scores of one series, by time stamp.
type pointScores struct {
	scores, p []float64
	ws        []*series.Window
	alarms    []knn.Alarm
	windows   int
}

// points gives every time stamp the mean score, and p-value, of the windows that cover it.
func (s *scorer) points(e *env, one *series.Series) (*pointScores, error) {
	r := &pointScores{}
	err := s.windows(e, series.FromSlice([]*series.Series{one}), func(ws []*series.Window, as []knn.Alarm) error {
		for i, w := range ws {
			// Only the place is needed later; the values may go.
			r.ws = append(r.ws, &series.Window{Series: w.Series, Start: w.Start, End: w.End})
			r.alarms = append(r.alarms, as[i])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.windows = len(r.ws)
	starts, ends := make([]int, len(r.ws)), make([]int, len(r.ws))
	scores, ps := make([]float64, len(r.ws)), make([]float64, len(r.ws))
	for i, w := range r.ws {
		starts[i], ends[i], scores[i], ps[i] = w.Start, w.End, r.alarms[i].Score, r.alarms[i].P
	}
	r.scores = knn.Spread(one.Len(), starts, ends, scores)
	r.p = knn.Spread(one.Len(), starts, ends, ps)
	return r, nil
}
