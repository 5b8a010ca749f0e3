package cli

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// scoreCmd is `wavekin score`.
type scoreCmd struct {
	Model     string   `help:"Model file; without one, no training is needed: several comparisons of the raw readings are combined." placeholder:"MODEL"`
	Normal    []string `help:"Files with normal readings; several may follow, up to the next flag." placeholder:"FILE" sep:"none"`
	Reference string   `help:"Normal reference written by wavekin reference, instead of --normal." placeholder:"FILE"`
	Out       string   `help:"Table to write: .arrow, .arrows, .parquet or .csv; - is an Arrow stream on standard output. A folder gets a table for each input. Without it, the most unusual segments are listed." placeholder:"FILE|DIR"`
	Alarms    int      `help:"Maximum number of segments listed, with p-values up to --level." default:"10"`
	Level     float64  `help:"The largest p-value of a time stamp that is listed." default:"0.01"`
	AlarmRate string   `help:"In place of --level: the rate at which normal readings may give alarms, in a time such as 1/day, 2/week or 1/month, or in time stamps such as 1/1000, or a share of the time stamps such as 0.1%." placeholder:"RATE"`
	Horizons  bool     `help:"With --score prediction: a column for the error of each horizon besides their mean, the nearest first."`
	PerPoint  bool     `help:"A row per time stamp, whose score comes from the windows over it (--align)."`
	Episodes  string   `help:"Table of all such segments to write, with the channels that move the score most and the nearest normal window: .arrow, .arrows, .parquet or .csv; with a folder as --out, of all inputs." placeholder:"FILE"`
	Report    string   `help:"HTML page to write, which needs nothing from outside: all series in a line each, and a picture of each of the most unusual segments." placeholder:"FILE.html"`
	Plot      string   `help:"Draw the first series with its score into this PNG: up to four channels, first those that the highest alarms name, and the listed alarms shaded." placeholder:"FILE"`
	Inputs    []string `arg:"" help:"Files to score; with a folder as --out also folders with those below, and @LIST, a file of paths."`
	verdictFlags
	fusedFlags
	normalFlags
	jobFlags
	inputFlags
}

// tellSupport warns of normal readings too few for small p-values.
func (e *env) tellSupport(windows int) {
	const enough = 100 // for p-values of 0.01
	if windows < enough {
		e.remark("warning: the normal readings hold %s without overlap, which is little support for p-values below %.2g; give more normal readings", plural.Of(windows, "window"), 1/float64(1+windows))
	}
}

// Run scores every window or time stamp of every input.
func (c *scoreCmd) Run(e *env) (rerr error) {
	if err := c.check(e); err != nil {
		return err
	}
	end, err := c.prepare(e, slices.Concat(c.Inputs, c.Normal, []string{c.Model, c.Reference}))
	if err != nil {
		return err
	}
	defer func() { rerr = end(rerr) }()
	if err := c.checkFollow(c.Inputs, c.Out); err != nil {
		return err
	}
	if !isFolder(c.Out) && !c.Follow && c.Metrics == "" { // those tell of it in their way
		if err := e.nothingThere(c.Inputs); err != nil {
			return err
		}
	}
	var m *model.Model
	if c.Model != "" {
		if m, err = c.loadOrSuit(e, c.Model, c.encodes(), c.Normal, c.Reference, c.Inputs, c.Follow); err != nil {
			return err
		}
	}
	if err := isHTML(c.Report); err != nil {
		return err
	}
	switch {
	case isAddress(c.Out):
		return c.answer(e, m)
	case isFolder(c.Out):
		return c.job(e, m)
	}
	if err := c.single(); err != nil {
		return err
	}
	if err := e.outputs(c.Out, c.Episodes, c.Verdicts); err != nil {
		return err
	}
	if err := isPNG(c.Plot); err != nil {
		return err
	}
	if err := checkOutputs(slices.Concat(c.Inputs, c.Normal, []string{c.Model, c.Reference}), c.Out, c.Plot, c.Episodes, c.Verdicts, c.Report); err != nil {
		return err
	}
	if m != nil && m.Settings.Image != nil {
		if c.Fused {
			return usagef("--fused is for series; %s is a model of images", c.Model)
		}
		return c.scoreImages(e, m)
	}
	s, err := c.begin(e, m, m)
	if err != nil {
		return err
	}
	in, err := c.reading(e, s, m)
	if err != nil {
		return err
	}
	if c.Follow {
		e = e.follower()
	}
	s.st.stop = c.OnError == "stop"
	err = s.st.each(e, c.Inputs, m, in, func(r series.Reader) error { return s.each(e, r) })
	if err == nil && c.Out != "" && s.out.w == nil && len(s.st.failed) < s.st.inputs {
		err = s.out.begin(noTimes, nil) // an input without any series gives a table without rows
	}
	if err == nil {
		err = c.tell(e, s)
	}
	// Some inputs may have failed: the others are drawn all the same.
	err = s.st.finish(e, s.out.w, c.Out, err)
	if c.Plot == "" || s.title == "" || err != nil && !errors.As(err, &partlyError{}) {
		return err
	}
	return errors.Join(s.picture(c.Plot), err)
}

// begin learns what is normal, or reads it; by is the model, or shares it.
func (c *scoreCmd) begin(e *env, m *model.Model, by model.Encoder) (*scoring, error) {
	s := &scoring{out: &scoreTable{timedTable: timedTable{path: c.Out}}, st: newStream(e, "scoring", c.Out, c.jobFlags), plot: c.Plot != "", found: detect.Episodes{Level: c.Level, Most: c.Alarms}}
	if c.Episodes != "" || c.Report != "" {
		s.found.Most = 0
	}
	if c.Report != "" {
		s.page, s.found.Pictures = &scorePage{}, pageEpisodes
	}
	var err error
	switch {
	case c.Reference != "":
		s.d, s.out.fused, err = c.load(e, m, by)
	case c.fused(m):
		s.out.fused, err = c.learnFused(e, c.Normal, c.Part, c.inputFlags, m, c.rates(e))
	default:
		s.d, err = c.learn(e, c.Normal, c.inputFlags, m, by, c.rates(e))
	}
	if err != nil {
		return nil, err
	}
	if c.Horizons {
		if s.d == nil || s.d.Config().Score != detect.Prediction {
			return nil, usagef("--horizons are those of --score prediction; leave it out")
		}
		s.out.horizons, _ = m.Predicts()
	}
	s.out.about = func(cols []datasets.Column) (map[string]string, error) {
		if s.d == nil {
			return e.metadata(m, fusedSettings{s.out.fused.Window(), true}, "none, a weighted mean of calibrated scores", cols)
		}
		return e.metadata(m, s.d.Config(), distance(s.d.Config()), cols)
	}
	s.within(c.waiting())
	s.watchDrift(c.Follow)
	if s.out.perPoint = c.PerPoint || s.d == nil; s.d == nil {
		s.points, s.st.thing, s.found.Join = s.out.fused.Points, "time stamp", s.out.fused.Join()
		s.found.By, s.channels = s.out.fused, s.out.fused.Channels()
		return s, c.setRate(e, s, s.out.fused.Step())
	}
	s.found.By, s.channels = s.d, m.Settings.ChannelNames
	if s.found.Join = s.d.Join(); c.PerPoint || c.Plot != "" || c.Out == "" || c.Episodes != "" || c.Report != "" || c.judges(e) {
		s.points = s.single
	}
	return s, c.setRate(e, s, s.d.Step())
}

// rates tells whether it is to be known how often normal readings have episodes.
func (c *scoreCmd) rates(e *env) bool { return c.AlarmRate != "" || c.judges(e) }

// setRate makes ready what rests on how often normal readings have episodes: verdicts, and the threshold that --alarm-rate asks for.
func (c *scoreCmd) setRate(e *env, s *scoring, step time.Duration) error {
	if c.judges(e) {
		if err := s.judge(c.Reference); err != nil {
			return err
		}
	}
	if c.AlarmRate == "" {
		return nil
	}
	r, err := parseAlarmRate(c.AlarmRate)
	if err != nil {
		return err
	}
	return s.rate(e, r, c.Reference, step)
}

// load reads a reference, of a model alone or of combined comparisons.
func (c *scoreCmd) load(e *env, m *model.Model, by model.Encoder) (*detect.Detector, *detect.Fused, error) {
	if m != nil {
		if d, err := detect.Load(c.Reference, by); !errors.Is(err, detect.ErrFused) {
			if err == nil {
				_, n := d.Normal()
				e.tellSupport(n)
				c.tellExplains(e, d.Explains())
				if l := d.Lists(); l != nil {
					e.detail("%s: %s", c.Reference, searchText(l))
				}
			}
			return d, nil, err
		}
	}
	f, err := detect.LoadFused(c.Reference, encodersOf(m)...)
	if err != nil {
		return nil, nil, err
	}
	encodes := slices.ContainsFunc(f.Parts(), func(p detect.Part) bool { return p.Look == detect.Encoding })
	switch {
	case encodes && m == nil:
		return nil, nil, usagef("a model is part of the reference %s; give it by --model", c.Reference)
	case !encodes && m != nil:
		return nil, nil, usagef("no model is part of the reference %s; leave --model out", c.Reference)
	}
	e.tellSupport(f.Independent())
	c.tellExplains(e, f.Explains())
	return nil, f, nil
}

// tellExplains says what a reference of an older program lacks.
func (c *scoreCmd) tellExplains(e *env, explains bool) {
	if !explains {
		e.remark("%s: made by an older wavekin, which kept no readings to tell the channels of an alarm by: they are left out as gaps; make it anew with wavekin reference", c.Reference)
	}
}

// check refuses flags that do not go together.
func (c *scoreCmd) check(e *env) error {
	if err := c.normalFlags.check(); err != nil {
		return err
	}
	switch {
	case c.Alarms < 1:
		return usagef("--alarms is %d, want at least 1", c.Alarms)
	case !(c.Level > 0 && c.Level <= 1):
		return usagef("--level is %g, want above 0 and at most 1", c.Level)
	case !(c.FDR > 0 && c.FDR < 1):
		return usagef("--fdr is %g, want a share above 0 and below 1", c.FDR)
	case c.AlarmRate != "" && e.given["level"]:
		return usagef("--alarm-rate and --level both say what an alarm is; leave one out")
	case c.Reference == "" && len(c.Normal) == 0:
		return usagef("what is normal? give --normal FILE, or --reference FILE from wavekin reference")
	}
	if err := wantsModel(c.Model, slices.Concat(c.Normal, c.Inputs)); err != nil {
		return err
	}
	if c.AlarmRate != "" {
		if _, err := parseAlarmRate(c.AlarmRate); err != nil {
			return err
		}
	}
	if c.Reference == "" {
		return c.fusedFlags.check(e, c.Model)
	}
	for _, name := range slices.Concat([]string{"normal", "part", "window", "fused", "fast"}, modelFlags) {
		if e.given[name] {
			return usagef("--%s is part of the reference %s; make another one with wavekin reference", name, c.Reference)
		}
	}
	return nil
}

// scoring is one run over all inputs.
type scoring struct {
	drift  *detect.Drift
	d      *detect.Detector // nil without a model
	points func(ctx context.Context, r series.Reader) iter.Seq2[*detect.FusedPoints, error]
	out    *scoreTable
	st     *stream
	found  detect.Episodes
	// scored and unscored count the time stamps, or the windows, with a score and without.
	scored, unscored int
	// verdicts are of whole series; nil where they are not asked for.
	verdicts *detect.Verdicts
	plot     bool
	page     *scorePage // nil without --report
	// channels are the names of those compared, where they have any.
	channels []string
	// The picture is of the first series: its values by channel, and its first and second stamp where there are dates.
	title  string
	values [][]float64
	scores []float64
	axes   report.Axes
}

// single gives the points of a model's detector, which has one part.
func (s *scoring) single(ctx context.Context, r series.Reader) iter.Seq2[*detect.FusedPoints, error] {
	return func(yield func(*detect.FusedPoints, error) bool) {
		for p, err := range s.d.Points(ctx, r) {
			var out *detect.FusedPoints
			if err == nil {
				out = &detect.FusedPoints{Points: *p}
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

// each scores an input.
func (s *scoring) each(e *env, r series.Reader) error {
	if s.points != nil {
		return s.eachPoint(e, r)
	}
	return s.eachWindow(e, r)
}

// eachWindow writes the scores of an input's windows.
func (s *scoring) eachWindow(e *env, r series.Reader) error {
	left := leftOutOf(e, r)
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
	return left.tell("score", "window", "they hold no value, or more than half of each is one gap")
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
	for i, w := range b.Windows {
		s.drift.Add(w.Series, w.Start, b.Scores[i].P)
	}
	s.st.pulse()
	return s.out.windows(b)
}

// eachPoint scores an input's time stamps, and writes them or the windows on the way.
func (s *scoring) eachPoint(e *env, r series.Reader) error {
	left := leftOutOf(e, r)
	s.found.Source = left.path
	for p, err := range s.points(e.ctx, r) {
		if left.short(err) {
			continue
		}
		if err != nil {
			return err
		}
		p = seamOf(r).after(p)
		s.draw(&p.Points)
		if s.page != nil {
			s.page.add(left.path, &p.Points)
		}
		if s.verdicts != nil {
			s.verdicts.Source = left.path
			s.verdicts.Add(&p.Points)
		}
		if err := s.found.Add(e.ctx, &p.Points, p.Part, p.Channel); err != nil {
			return err
		}
		if !s.out.perPoint && s.out.path != "" {
			if err := s.write(p.Windows, &left); err != nil {
				return err
			}
			continue
		}
		switch {
		case s.d == nil:
			s.st.windows += len(p.Score)
		case p.Windows != nil:
			s.st.windows += len(p.Windows.Windows)
		}
		for i, one := range p.Score {
			left.count(!math.IsNaN(one))
			s.drift.Add(p.Series, p.Start+i, p.P[i])
		}
		if s.out.path == "" || len(p.Score) == 0 {
			continue
		}
		if err := s.out.begin(timesOf(p.Times), p.Zone); err != nil {
			return err
		}
		s.st.rows += len(p.Score)
		s.st.pulse()
		if err := s.out.points(p); err != nil {
			return err
		}
	}
	s.scored, s.unscored = s.scored+left.met-left.empty, s.unscored+left.empty
	switch {
	case !s.out.perPoint && s.out.path != "":
		return left.tell("score", "window", "they hold no value")
	case s.d != nil && s.d.Config().Align == detect.End:
		if s.d.Config().Score == detect.Prediction {
			return left.tell("score", "time stamp", "no window with a value ends with them")
		}
		return left.tell("score", "time stamp", "no window ends with them that has a value and no gap of more than half its length")
	}
	return left.tell("score", "time stamp", "no window covers them that has a value and no gap of more than half its length")
}

// tell ends the gathering of unusual stretches: the table of all, and the list of most for people.
func (c *scoreCmd) tell(e *env, s *scoring) error {
	episodes, all, found, err := s.episodes(e.ctx)
	if err == nil && c.Episodes != "" {
		err = episodeTable(c.Episodes, all)
	}
	judged := s.judged()
	c.adjust(judged)
	if err == nil && s.page != nil {
		err = s.page.part(s.found.Threshold, episodes, all, s.channels).write(c.Report, c.unusual(s), judged, c.FDR)
	}
	s.st.alarms = &ranking{rows: ranked(all, c.Alarms), found: found, alarms: s.found.Alarms(), what: c.unusual(s), scored: s.scored, unscored: s.unscored, table: c.Episodes, plot: c.Plot, verdicts: c.Verdicts}
	if err == nil && s.verdicts != nil {
		s.st.alarms.judged, err = c.judgement(judged, c.Alarms)
	}
	return err
}

// nameOf is the file that a reader reads.
func nameOf(r series.Reader) string {
	if in, ok := r.(*input); ok {
		return in.path
	}
	return "input"
}
