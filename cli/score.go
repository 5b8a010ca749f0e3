package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// scoreCmd is `wavekin score`.
type scoreCmd struct {
	Model     string   `required:"" help:"Model file." placeholder:"MODEL"`
	Normal    []string `help:"Files with normal readings; several may follow, up to the next flag." placeholder:"FILE" sep:"none"`
	Reference string   `help:"What is normal, as wavekin reference wrote it, in place of --normal." placeholder:"FILE"`
	Out       string   `required:"" help:"Table to write: .arrow, .arrows, .parquet or .csv; - is an Arrow stream on standard output." placeholder:"FILE"`
	PerPoint  bool     `help:"A row per time stamp, whose score comes from the windows over it (--align)."`
	Plot      string   `help:"Draw the first input with its score into this PNG." placeholder:"FILE"`
	Inputs    []string `arg:"" help:"Files to score."`
	normalFlags
	inputFlags
}

// normalFlags say how normal is learnt.
type normalFlags struct {
	Part      float64 `help:"Take this first share of every normal series." default:"1"`
	Stride    int     `help:"Distance between window starts; 0 means an eighth of the window, or 1 with --align end." default:"0"`
	K         int     `help:"Normal neighbours per window." default:"3"`
	Metric    string  `enum:"cosine,euclidean" default:"cosine" help:"Distance of encodings: cosine, or euclidean, which also tells how strong a window's features are, as where level and size count."`
	Align     string  `enum:"centre,end" default:"centre" help:"Score of a time stamp: centre is the mean of all windows over it, end that of the window that ends with it and so uses nothing later, for monitoring."`
	NewSeries bool    `help:"Other series are scored than the normal ones, such as further machines: a normal series is then compared with the others alone when p-values are made."`
}

// check reports flags out of range.
func (f *normalFlags) check() error {
	switch {
	case !(f.Part > 0) || f.Part > 1:
		return usagef("--part is %g, want above 0 and at most 1", f.Part)
	case f.K < 1:
		return usagef("--k is %d, want at least 1", f.K)
	case f.Stride < 0:
		return usagef("--stride is %d, want at least 1, or 0 for an eighth of the window", f.Stride)
	}
	return nil
}

// config is what the flags say.
func (f *normalFlags) config() (detect.Config, error) {
	metric, err := knn.ParseMetric(f.Metric)
	if err != nil {
		return detect.Config{}, usageError{err}
	}
	return detect.Config{Stride: f.Stride, K: f.K, Metric: metric, Align: detect.Align(f.Align), NewSeries: f.NewSeries}, nil
}

// learn fits a detector to the normal readings and says what its p-values rest on.
func (f *normalFlags) learn(e *env, files []string, in inputFlags, m *model.Model) (*detect.Detector, error) {
	c, err := f.config()
	if err != nil {
		return nil, err
	}
	normal, err := in.read(e, files, m)
	if err != nil {
		return nil, err
	}
	d, err := detect.Fit(e.ctx, m, series.FromSlice(subset.First(normal, f.Part)), c)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, err
		}
		return nil, &datasets.Error{File: listOf(files), Offset: -1, Err: fmt.Errorf("normal readings: %w", err)}
	}
	e.tellShort(listOf(files), d.Short())
	return d, nil
}

// tellSupport warns of normal readings too few for small p-values.
func (e *env) tellSupport(d *detect.Detector) {
	const enough = 100 // windows, for p-values of 0.01
	if _, n := d.Normal(); n < enough {
		e.remark("warning: the normal readings hold %s without overlap, which is little support for p-values below %.2g; give more normal readings", plural(n, "window"), 1/float64(1+n))
	}
}

// Run scores every window or time stamp of every input.
func (c *scoreCmd) Run(e *env) error {
	m, err := model.Load(c.Model)
	if err != nil {
		return err
	}
	if err := c.check(e); err != nil {
		return err
	}
	if err := e.outputs(c.Out); err != nil {
		return err
	}
	if err := checkOutputs(slices.Concat(c.Inputs, c.Normal, []string{c.Model, c.Reference}), c.Out, c.Plot); err != nil {
		return err
	}
	if m.Settings.Image != nil {
		return c.scoreImages(e, m)
	}
	var d *detect.Detector
	if c.Reference != "" {
		d, err = detect.Load(c.Reference, m)
	} else {
		d, err = c.learn(e, c.Normal, c.inputFlags, m)
	}
	if err != nil {
		return err
	}
	e.tellSupport(d)
	s := scoring{d: d, out: &scoreTable{path: c.Out, perPoint: c.PerPoint}, st: newStream(e, "scoring"), plot: c.Plot != ""}
	err = s.st.each(e, c.Inputs, m, c.inputFlags, func(r series.Reader) error {
		if c.PerPoint || c.Plot != "" {
			return s.points(e, r)
		}
		return s.windows(e, r)
	})
	if err == nil && s.out.w == nil && len(s.st.failed) < s.st.inputs {
		err = s.out.begin(noTimes, nil) // an input without any series gives a table without rows
	}
	// Some inputs may have failed: the others are drawn all the same.
	err = s.st.finish(e, s.out.w, c.Out, err)
	if c.Plot == "" || s.title == "" || err != nil && !errors.As(err, &partlyError{}) {
		return err
	}
	return errors.Join(report.SeriesScore(c.Plot, s.title, s.values, s.scores, nil), err)
}

// check refuses flags that do not go together.
func (c *scoreCmd) check(e *env) error {
	if err := c.normalFlags.check(); err != nil {
		return err
	}
	switch {
	case c.Reference == "" && len(c.Normal) == 0:
		return usagef("what is normal? give --normal FILE, or --reference FILE from wavekin reference")
	}
	if c.Reference == "" {
		return nil
	}
	for _, name := range []string{"normal", "part", "stride", "k", "metric", "align", "new-series"} {
		if e.given[name] {
			return usagef("--%s is part of the reference %s; make another one with wavekin reference", name, c.Reference)
		}
	}
	return nil
}

// scoring is one run over all inputs.
type scoring struct {
	d    *detect.Detector
	out  *scoreTable
	st   *stream
	plot bool
	// The picture is of the first series.
	title          string
	values, scores []float64
}

// windows writes the scores of an input's windows.
func (s *scoring) windows(e *env, r series.Reader) error {
	left := leftOut{e: e, path: nameOf(r)}
	for b, err := range s.d.Windows(e.ctx, r) {
		if left.short(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := s.write(b, &left); err != nil {
			return err
		}
	}
	return left.tell("score", "window", "they hold no value")
}

// write adds windows to the table.
func (s *scoring) write(b *detect.Windows, left *leftOut) error {
	if b == nil || len(b.Windows) == 0 {
		return nil
	}
	if err := s.out.begin(timesOf(b.Windows[0].Times), b.Windows[0].Zone); err != nil {
		return err
	}
	for _, one := range b.Scores {
		left.count(!math.IsNaN(one.Score))
	}
	s.st.rows += len(b.Windows)
	s.st.windows += len(b.Windows)
	return s.out.windows(b)
}

// points scores an input's time stamps, and writes them or the windows on the way.
func (s *scoring) points(e *env, r series.Reader) error {
	left := leftOut{e: e, path: nameOf(r)}
	for p, err := range s.d.Points(e.ctx, r) {
		if left.short(err) {
			continue
		}
		if err != nil {
			return err
		}
		s.draw(p)
		if !s.out.perPoint {
			if err := s.write(p.Windows, &left); err != nil {
				return err
			}
			continue
		}
		if p.Windows != nil {
			s.st.windows += len(p.Windows.Windows)
		}
		if err := s.out.begin(timesOf(p.Times), p.Zone); err != nil {
			return err
		}
		for _, one := range p.Score {
			left.count(!math.IsNaN(one))
		}
		s.st.rows += len(p.Score)
		if err := s.out.points(p); err != nil {
			return err
		}
	}
	switch {
	case !s.out.perPoint:
		return left.tell("score", "window", "they hold no value")
	case s.d.Config().Align == detect.End:
		return left.tell("score", "time stamp", "no window with a value ends with them")
	}
	return left.tell("score", "time stamp", "no window with a value covers them")
}

// draw keeps what the picture shows: the first series.
func (s *scoring) draw(p *detect.Points) {
	if s.plot && len(p.Score) > 0 && (s.title == "" || s.title == p.Series && p.Start == len(s.scores)) {
		s.title, s.values, s.scores = p.Series, append(s.values, p.Values[0]...), append(s.scores, p.Score...)
	}
}

// leftOut counts what of an input has no score or no encoding.
type leftOut struct {
	e          *env
	path       string
	shorts     []*series.ShortError
	met, empty int
}

// short keeps an error that says no more than that a series is shorter than a window.
func (l *leftOut) short(err error) bool {
	var one *series.ShortError
	if !errors.As(err, &one) {
		return false
	}
	l.shorts = append(l.shorts, one)
	return true
}

func (l *leftOut) count(done bool) {
	l.met++
	if !done {
		l.empty++
	}
}

// tell names it; an input of short series alone is an error.
func (l *leftOut) tell(what, thing, why string) error {
	if len(l.shorts) > 0 && l.met == 0 {
		return l.shorts[0]
	}
	if l.empty > 0 {
		l.e.remark("%s: no %s for %s of %d: %s", l.path, what, plural(l.empty, thing), l.met, why)
	}
	l.e.tellShort(l.path, l.shorts)
	return nil
}

// nameOf is the file that a reader reads.
func nameOf(r series.Reader) string {
	if in, ok := r.(*input); ok {
		return in.path
	}
	return "input"
}

// tellShort names the series that are left out because they are shorter than a window.
func (e *env) tellShort(path string, short []*series.ShortError) {
	if len(short) == 0 {
		return
	}
	var names []string
	for _, s := range short {
		names = append(names, fmt.Sprintf("%s (%d)", s.Series, s.Len))
	}
	e.remark("%s: left out, shorter than the window of %d time stamps: %s", path, short[0].Windows, listOf(names))
}
