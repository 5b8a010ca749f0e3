package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/output"
	"github.com/wavekin/wavekin/jobs"
	"github.com/wavekin/wavekin/model"
)

// job scores the inputs into a folder, a table for each.
func (c *scoreCmd) job(e *env, m *model.Model) error {
	switch {
	case c.Plot != "":
		return usagef("--plot draws one input; give --out a file")
	case m != nil && m.Settings.Image != nil:
		return usagef("scores of images go into one table; give --out a file")
	}
	if err := e.outputs(c.Episodes, c.Verdicts); err != nil {
		return err
	}
	if err := apart(slices.Concat(c.Normal, []string{c.Model, c.Reference}), c.Episodes, c.Verdicts, c.Report); err != nil {
		return err
	}
	for _, table := range []string{c.Episodes, c.Verdicts, c.Report} {
		if _, err := os.Stat(c.Out); table != "" && !c.Plan && (err == nil || place(filepath.Dir(table)) != place(filepath.Clean(c.Out))) {
			if err := output.Check(table); err != nil { // the folder of the outputs may be made only now
				return err
			}
		}
	}
	made, err := c.made(m)
	if err != nil {
		return err
	}
	var s *scoring
	var shared *model.Batcher
	var by model.Encoder
	if m != nil {
		shared = model.NewBatcher(m)
		by = shared
	}
	in := c.inputFlags
	if !c.Plan {
		if s, err = c.begin(e, m, by); err != nil {
			return err
		}
		if in, err = c.reading(e, s, m); err != nil {
			return err
		}
	}
	if err := c.continues(s); err != nil {
		return err
	}
	j := job{title: "scoring", thing: "window", out: c.Out, inputs: c.Inputs, flags: in, m: m}
	if s != nil && c.Continuous {
		j.settled, j.completes = s.settled(), s.completes()
	}
	if j.beside = c.besides(e); j.beside != "" {
		j.joined = []string{c.Episodes, c.Verdicts, c.Report}
		j.gather = func(files []string, r *streamResult) error { return c.gather(e, s, files, r) }
		j.told = func(w io.Writer, r streamResult) error {
			return errors.Join(printTable(w, c.Episodes, r.Episodes), r.Verdicts.print(w, c.Verdicts))
		}
	}
	if s != nil {
		j.thing = s.st.thing
	}
	alone := make(chan struct{}, min(runtime.GOMAXPROCS(0), max(1, in.budget.workers))) // combined comparisons share no batches, and take memory each
	return c.jobFlags.run(e, j, made, func(e *env, r *input, step jobs.Step) (jobs.Table, error) {
		one := s.apart(step)
		if c.Continuous {
			one.continuing(!step.Last || !j.completes)
		}
		if s.d != nil {
			defer shared.Join()()
		} else {
			alone <- struct{}{}
			defer func() { <-alone }()
		}
		err := one.each(e, r)
		if err == nil && one.out.w == nil {
			err = one.out.begin(noTimes, nil) // an input without any series gives a table without rows
		}
		if err != nil {
			return jobs.Table{}, one.out.abort(err)
		}
		t := jobs.Table{Writer: one.out.w, Rows: one.st.rows, Windows: one.st.windows}
		if j.beside != "" {
			if t.Beside, err = c.beside(e, one, step); err != nil {
				return jobs.Table{}, errors.Join(err, t.Abort())
			}
		}
		return t, nil
	})
}

// continues refuses scores of files that cannot continue each other.
func (c *scoreCmd) continues(s *scoring) error {
	if !c.Continuous || s == nil || s.d == nil {
		return nil
	}
	return c.checkContinuous(s.d.Config().Window, s.d.Config().Stride)
}

// settled is what of a series is handed out where it goes on in the next file.
func (s *scoring) settled() func(end int) detect.Seam {
	switch {
	case s.d == nil:
		return s.out.fused.Seam
	case s.points != nil:
		return s.d.Seam
	}
	c := s.d.Config()
	return func(end int) detect.Seam { return detect.WindowSeam(c.Window, c.Stride, end) }
}

// completes tells whether the last file of a recording has scores that readings of a further one would change.
func (s *scoring) completes() bool {
	if s.d != nil && s.d.Config().Align == detect.End && s.d.Config().Stride == 1 {
		return false
	}
	return s.points != nil
}

// continuing makes the scoring of an input one of a series that goes on in the next file, or ends here.
func (s *scoring) continuing(on bool) {
	if s.d == nil {
		f := *s.out.fused
		f.Continuing(on)
		s.points = f.Points
		return
	}
	d := *s.d
	d.Continuing(on)
	if s.d = &d; s.points != nil {
		s.points = s.single
	}
}

// answer scores what connections send, and writes the scores to them.
func (c *scoreCmd) answer(e *env, m *model.Model) error {
	if err := c.single(); err != nil {
		return err
	}
	if c.Plot != "" || c.Report != "" || m != nil && m.Settings.Image != nil {
		return usagef("connections are read as series, and nothing is drawn; leave --plot, --report and models of images out")
	}
	if c.Episodes != "" || c.judges(e) {
		return usagef("connections are answered with scores alone; leave --episodes, --verdicts and --fdr out")
	}
	var shared *model.Batcher
	var by model.Encoder
	if m != nil {
		shared = model.NewBatcher(m)
		by = shared
	}
	s, err := c.begin(e, m, by)
	if err != nil {
		return err
	}
	in, err := c.reading(e, s, m)
	if err != nil {
		return err
	}
	err = c.serve(e.follower(), c.Out, s.st, in.connection(c.Out, m), func(e *env, r *input, to io.Writer) (rows, windows int, err error) {
		one := s.apart(jobs.Step{Output: c.Out})
		one.out.to, one.out.delay = to, c.waiting()
		if s.d != nil {
			defer shared.Join()()
		}
		if err = one.each(e, r); err == nil && one.out.w == nil {
			err = one.out.begin(noTimes, nil)
		}
		if one.out.w == nil {
			return 0, 0, err
		}
		if err != nil {
			return one.st.rows, one.st.windows, one.out.abort(err)
		}
		return one.st.rows, one.st.windows, one.out.w.Close()
	})
	return s.st.served(e, c.Out, err)
}

// reading is how inputs are read: in the memory that is left, and on the grid of the normal readings where no model has one.
func (c *scoreCmd) reading(e *env, s *scoring, m *model.Model) (inputFlags, error) {
	channels := 1
	switch {
	case s.out.fused != nil:
		channels = s.out.fused.Count()
	case m != nil:
		channels = m.Settings.Channels
	}
	b, err := c.divide(e, max(1, channels))
	in := c.bounded(b)
	if s.out.fused != nil {
		in = in.gridded(s.out.fused.Step()).fitted(s.out.fused.Channels(), s.out.fused.Count())
	}
	return in, err
}

// recentPlaces is how many windows without overlap tell whether a run that goes on has drifted.
const recentPlaces = 500

// watchDrift looks at the p-values of a run: at all of them, or at the recent ones of a run that goes on.
func (s *scoring) watchDrift(follow bool) {
	s.drift = &detect.Drift{Window: 1}
	if s.d != nil {
		s.drift.Window = s.d.Config().Window
	} else {
		s.drift.Window = s.out.fused.Window()
	}
	if follow {
		s.drift.Recent = recentPlaces
	}
	s.st.drift = s.drift
}

// within makes scores come within a time, where it is not 0.
func (s *scoring) within(delay time.Duration) {
	if delay == 0 {
		return
	}
	s.out.delay = delay
	if s.d != nil {
		s.d.Within(delay)
	} else {
		s.out.fused.Within(rowsAtOnce)
	}
}

// apart is the scoring of one input into a table of its own.
func (s *scoring) apart(step jobs.Step) *scoring {
	one := *s
	one.out = &scoreTable{timedTable{path: step.Output, keys: step.Keys, about: s.out.about}, s.out.perPoint, s.out.fused, s.out.horizons}
	one.st = &stream{meter: &meter{}, thing: s.st.thing}
	if s.verdicts != nil {
		one.verdicts = &detect.Verdicts{Rates: s.verdicts.Rates}
	}
	if s.page != nil {
		one.page, one.found.Pictures = &scorePage{}, jobEpisodes
	}
	return &one
}

// besideOutput is what is kept beside the scores of an input.
type besideOutput struct {
	Episodes []episodeResult `json:"episodes,omitempty"`
	Verdicts []verdictResult `json:"verdicts,omitempty"`
	Page     *pagePart       `json:"page,omitempty"`
	Cut      *cutFrom        `json:"cut,omitempty"` // nil where each file stands by itself
}

// besides says in words what is kept beside the scores of an input; "" is nothing.
func (c *scoreCmd) besides(e *env) string {
	var what []string
	if c.Episodes != "" {
		what = append(what, "episodes with "+c.wanted())
	}
	if c.judges(e) {
		what = append(what, "verdicts")
	}
	if c.Report != "" {
		what = append(what, "pictures of "+c.wanted())
	}
	return strings.Join(what, ", ")
}

// beside is what goes along with the scores of an input.
func (c *scoreCmd) beside(e *env, s *scoring, step jobs.Step) ([]byte, error) {
	found, all, _, err := s.episodes(e.ctx)
	if err != nil {
		return nil, err
	}
	out := besideOutput{Verdicts: s.judged()}
	if c.Episodes != "" {
		out.Episodes = all
	}
	if c.Continuous {
		out.Cut = newCutFrom(step)
	}
	if s.page != nil {
		out.Page = s.page.part(s.found.Threshold, found, all, s.channels)
	}
	return json.Marshal(out)
}

// gather makes the tables and the page of all inputs, whether they were scored now or before.
func (c *scoreCmd) gather(e *env, s *scoring, files []string, r *streamResult) error {
	all := besideOutput{Page: &pagePart{}}
	var parts []besideOutput
	for _, file := range files {
		text, err := os.ReadFile(file)
		var one besideOutput
		if err == nil {
			err = json.Unmarshal(text, &one)
		}
		if err != nil {
			return &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf("the episodes of an input (%w); without the file they are made anew", err)}
		}
		parts, all.Verdicts = append(parts, one), append(all.Verdicts, one.Verdicts...)
		if one.Page != nil {
			all.Page.join(one.Page)
			parts[len(parts)-1].Page = nil // which is large
		}
	}
	if c.Episodes != "" {
		all.Episodes, r.Found = joinedEpisodes(parts, s.found.Join, s.found.Longest)
		r.Alarms, r.Episodes = ranked(all.Episodes, c.Alarms), len(all.Episodes)
		if err := episodeTable(c.Episodes, all.Episodes); err != nil {
			return err
		}
	}
	c.adjust(all.Verdicts)
	if c.Report != "" {
		if err := all.Page.write(c.Report, c.unusual(s), all.Verdicts, c.FDR); err != nil {
			return err
		}
	}
	if !c.judges(e) {
		return nil
	}
	var err error
	r.Verdicts, err = c.judgement(all.Verdicts, c.Alarms)
	return err
}

// made is what the scores depend on besides inputs and flags.
func (c *scoreCmd) made(m *model.Model) (jobs.Making, error) {
	made := jobs.Making{}
	if m != nil {
		made["model"] = m.Hash()
	}
	if c.Reference != "" {
		sum, err := jobs.Hash(c.Reference)
		if err != nil {
			return nil, &datasets.Error{File: c.Reference, Offset: -1, Err: err}
		}
		made["reference"] = sum
		return made, nil
	}
	h := sha256.New()
	for _, file := range files(c.Normal) {
		sum, err := jobs.Hash(file)
		if err != nil {
			return nil, &datasets.Error{File: file, Offset: -1, Err: err}
		}
		fmt.Fprintln(h, sum)
	}
	made["normal readings"] = hex.EncodeToString(h.Sum(nil))
	return made, nil
}
