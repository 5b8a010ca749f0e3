package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// referenceCmd is `wavekin reference`.
type referenceCmd struct {
	Model  string   `help:"Model file; without one, the reference is for score without a model." placeholder:"MODEL"`
	Out    string   `required:"" help:"File to write, a safetensors file." placeholder:"FILE"`
	Normal []string `help:"Files with normal readings; several may follow, up to the next flag." placeholder:"FILE" sep:"none"`
	Update string   `help:"Add the normal readings to this reference, made with a model; --out may be the same file." placeholder:"REFERENCE"`
	Inputs []string `arg:"" optional:"" help:"Further files with normal readings."`
	fusedFlags
	normalFlags
	inputFlags
}

// referenceResult is what reference and info print of a reference.
type referenceResult struct {
	File string `json:"file"`
	detect.Config
	// Windows counts the normal windows, and Independent those that do not overlap.
	Windows     int      `json:"windows"`
	Independent int      `json:"independent_windows"`
	Series      []string `json:"series"`
	// Search is that of an approximate reference.
	Search *detect.Lists `json:"search,omitempty"`
}

func newReferenceResult(path string, d *detect.Detector) referenceResult {
	r := referenceResult{File: path, Config: d.Config(), Series: d.Series(), Search: d.Lists()}
	r.Windows, r.Independent = d.Normal()
	return r
}

// Run learns what is normal and writes it.
func (c *referenceCmd) Run(e *env) error {
	if err := c.check(e); err != nil {
		return err
	}
	var m *model.Model
	if c.Model != "" {
		var err error
		normal := slices.Concat(c.Normal, c.Inputs)
		if m, err = c.loadOrSuit(e, c.Model, c.encodes(), normal, c.Update, normal, false); err != nil {
			return err
		}
		if m.Settings.Image != nil {
			return usagef("a reference is made of series; score --normal takes sets of images")
		}
	}
	normal := slices.Concat(c.Normal, c.Inputs)
	if err := checkOutputs(append(normal, c.Model), c.Out); err != nil {
		return err
	}
	if c.Update == "" && c.fused(m) {
		return c.fuse(e, normal, m)
	}
	var d *detect.Detector
	var err error
	c.scratch = filepath.Dir(c.Out)
	if c.Update != "" {
		d, err = c.update(e, normal, m)
	} else {
		d, err = c.learn(e, normal, c.inputFlags, m, m, true)
	}
	if err != nil {
		return err
	}
	if err := d.Save(c.Out); err != nil {
		return err
	}
	r := newReferenceResult(c.Out, d)
	return e.result(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s of %s (%d without overlap) from %d series\n", c.Out, plural.Of(r.Windows, "normal window"), plural.Of(r.Window, "time stamp"), r.Independent, len(r.Series))
		if err == nil && r.Search != nil {
			_, err = fmt.Fprintln(w, searchText(r.Search))
		}
		return err
	})
}

// check refuses flags that do not go together.
func (c *referenceCmd) check(e *env) error {
	if err := c.normalFlags.check(); err != nil {
		return err
	}
	if len(c.Normal)+len(c.Inputs) == 0 {
		return usagef("what is normal? give --normal FILE")
	}
	if err := wantsModel(c.Model, slices.Concat(c.Normal, c.Inputs)); err != nil {
		return err
	}
	if c.Update == "" {
		return c.fusedFlags.check(e, c.Model)
	}
	for _, name := range slices.Concat([]string{"window", "fused", "fast"}, modelFlags) {
		if e.given[name] {
			return usagef("--%s is part of the reference %s, which stays as it was made; leave it out", name, c.Update)
		}
	}
	return nil
}

// update adds normal readings to a reference, and says how they compare with what it held.
func (c *referenceCmd) update(e *env, files []string, m *model.Model) (*detect.Detector, error) {
	var by model.Encoder
	if m != nil {
		by = m
	}
	d, err := detect.Load(c.Update, by)
	switch {
	case errors.Is(err, detect.ErrFused):
		return nil, usagef("%s combines comparisons over a sample of its readings, to which none can be added; make it anew: wavekin reference --normal with all files", c.Update)
	case err != nil:
		return nil, err
	case d.Config().Approximate:
		return nil, usagef("%s has an approximate search and keeps no encodings to which others could be added; make it anew: wavekin reference --normal with all files", c.Update)
	case m == nil:
		return nil, usagef("the reference %s was made with a model; give it by --model", c.Update)
	case d.Config().Score == detect.Prediction:
		return nil, usagef("%s keeps a sample of its readings, to which none can be added; make it anew: wavekin reference --normal with all files", c.Update)
	}
	all, err := c.read(e, files, m)
	if err != nil {
		return nil, err
	}
	all = subset.First(all, c.Part)
	if err := tellMoved(e, d, all); err != nil {
		return nil, err
	}
	if err := d.Extend(e.ctx, series.FromSlice(all)); err != nil {
		return nil, aboutNormal(files, err)
	}
	e.tellShort(listOf(files), d.Short())
	_, n := d.Normal()
	e.tellSupport(n)
	return d, nil
}

// tellMoved scores new normal readings by what was normal before.
func tellMoved(e *env, d *detect.Detector, all []*series.Series) error {
	drift := detect.Drift{Window: d.Config().Window}
	for b, err := range d.Windows(e.ctx, series.FromSlice(all)) {
		var short *series.ShortError
		if errors.As(err, &short) {
			continue // which is told where it is learnt from
		}
		if err != nil {
			return err
		}
		for i, w := range b.Windows {
			drift.Add(w.Series, w.Start, b.Scores[i].P)
		}
	}
	t := drift.Test()
	moved := "as the reference has it"
	if t.Told() {
		moved = fmt.Sprintf("normal has moved (Kolmogorov-Smirnov, p = %.1g)", t.P)
	}
	e.remark("by the reference as it was, %.0f %% of %s without overlap have p-values up to 0.1, where 10 %% are expected: %s", 100*t.Low, plural.Of(t.Places, "new window"), moved)
	return nil
}

// fuse makes the reference of combined comparisons.
func (c *referenceCmd) fuse(e *env, normal []string, m *model.Model) error {
	f, err := c.learnFused(e, normal, c.Part, c.inputFlags, m, true)
	if err != nil {
		return err
	}
	if err := f.Save(c.Out); err != nil {
		return err
	}
	r := newFusedResult(c.Out, f)
	return e.result(r, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s over windows of up to %s (%d without overlap) from %d series\n", c.Out, plural.Of(len(r.Parts), "comparison"), plural.Of(r.Window, "time stamp"), r.Independent, len(r.Series))
		return err
	})
}

// fusedResult is what reference and info print of a reference of combined comparisons.
type fusedResult struct {
	File string `json:"file"`
	// Window is the longest, and Independent counts the normal ones of its length that do not overlap.
	Window      int           `json:"window"`
	Independent int           `json:"independent_windows"`
	Parts       []detect.Part `json:"parts"`
	Channels    []string      `json:"channels"`
	Series      []string      `json:"series"`
}

func newFusedResult(path string, f *detect.Fused) fusedResult {
	return fusedResult{path, f.Window(), f.Independent(), f.Parts(), f.Channels(), f.Series()}
}

// print is what info shows.
func (r fusedResult) print(w io.Writer) error {
	t := report.Table{Header: []string{"setting", "value"}, Rows: [][]string{
		{"longest window", plural.Of(r.Window, "time stamp")}, {"without overlap", fmt.Sprint(r.Independent)},
		{"series", listOf(r.Series)}, {"channels", listOf(r.Channels)},
	}}
	for _, p := range r.Parts {
		t.Rows = append(t.Rows, []string{"part " + p.Name, fmt.Sprintf("%s over %s, weight %g", p.Look, plural.Of(p.Window, "time stamp"), p.Weight)})
	}
	return t.Render(w)
}

// searchText says how an approximate reference is searched.
func searchText(l *detect.Lists) string {
	text := fmt.Sprintf("%d of %d lists are compared with, %v", l.Probes, l.Lists, size(l.Bytes))
	if l.Recall == nil {
		return text
	}
	return fmt.Sprintf("%s; the nearest other normal window is found for %.1f %% of them", text, 100**l.Recall)
}

// print is what info shows.
func (r referenceResult) print(w io.Writer) error {
	by := []string{"neighbours", fmt.Sprintf("%d, %s", r.K, r.Metric)}
	if r.Score == detect.Prediction {
		by = []string{"predictions", fmt.Sprintf("told from %s", plural.Of(r.Windows, "normal step"))}
	}
	t := report.Table{Header: []string{"setting", "value"}, Rows: [][]string{
		{"normal windows", fmt.Sprintf("%d of %s, stride %d", r.Windows, plural.Of(r.Window, "time stamp"), r.Stride)},
		{"without overlap", fmt.Sprint(r.Independent)},
		{"series", listOf(r.Series)},
		by,
		{"alignment", string(r.Align)},
	}}
	if r.Search != nil {
		t.Rows = append(t.Rows, []string{"search", searchText(r.Search)})
	}
	return t.Render(w)
}

// fusedFlags say what is combined into a score.
type fusedFlags struct {
	Fused  bool `help:"With a model: its encodings are one more comparison, combined with those of the raw readings."`
	Fast   bool `help:"Compare the raw readings alone, without kernels, network and principal components: a third of the time."`
	Window int  `help:"Length of the windows in time stamps, without a model or with --fused; 0 means 128, or less if normal series are short. With --model builtin the length it encodes; 0 is one by the period." default:"0"`
}

// modelFlags are about scores by a model alone.
var modelFlags = []string{"score", "negatives", "stride", "k", "metric", "align", "new-series", "coreset", "approximate"}

// fused tells whether several comparisons are combined.
func (f *fusedFlags) fused(m *model.Model) bool { return m == nil || f.Fused }

// encodes is the length of the windows that the built-in encoder is to take, 0 for one by the readings.
func (f *fusedFlags) encodes() int {
	if f.Fused { // --window is that of the other comparisons
		return 0
	}
	return f.Window
}

// check refuses flags that do not go together.
func (f *fusedFlags) check(e *env, model string) error {
	why := "for scores by a model alone; leave --fused out"
	switch {
	case f.Window < 0:
		return usagef("--window is %d, want at least 1, or 0 for 128", f.Window)
	case f.Fused && model == "":
		return usagef("--fused adds the encodings of a model to the raw readings; give it by --model, or leave --fused out")
	case model == "":
		why = "for scores by a model; give one by --model"
	case !f.Fused && f.Fast:
		return usagef("--fast is for scores without a model, or with --fused")
	case !f.Fused && f.Window > 0 && !new(inputFlags).isBuiltin(model):
		return usagef("--window is that of the model; leave one of them out, or add --fused")
	case !f.Fused:
		return nil
	}
	for _, name := range modelFlags {
		if e.given[name] {
			return usagef("--%s is %s", name, why)
		}
	}
	return nil
}

// learnFused fits several comparisons to the normal readings, one of them by a model where there is one, and says what p-values
// rest on. rates also learns how often normal readings have episodes.
func (f *fusedFlags) learnFused(e *env, files []string, part float64, in inputFlags, m *model.Model, rates bool) (*detect.Fused, error) {
	normal, err := in.gridded(0).read(e, files, m)
	if err != nil {
		return nil, err
	}
	e.tellCounters(normal)
	parts := detect.DefaultParts(f.Window)
	if f.Fast {
		parts = detect.RawParts(f.Window)
	}
	if m != nil {
		parts = append(parts, detect.EncodingPart("model", m, 0))
	}
	d, err := detect.FitFused(e.ctx, subset.First(normal, part), detect.FusedConfig{Parts: parts, Rates: rates})
	if err != nil {
		return nil, aboutNormal(files, err)
	}
	e.tellShort(listOf(files), d.Short())
	e.tellSupport(d.Independent())
	return d, nil
}

// encodersOf are the encoders that a reference may have been made with.
func encodersOf(m *model.Model) []detect.Encoder {
	if m == nil {
		return nil
	}
	return []detect.Encoder{m}
}

// referenceModel is the length of the windows that a reference has of encodings, and what series their model took, nil where that is not
// known.
func referenceModel(path string) (int, *detect.Input, error) {
	d, err := detect.Load(path, nil)
	if err == nil {
		return d.Config().Window, d.Input(), nil
	}
	if !errors.Is(err, detect.ErrFused) {
		return 0, nil, err
	}
	f, err := detect.LoadFused(path)
	if err != nil {
		return 0, nil, err
	}
	for _, p := range f.Parts() {
		if p.Look == detect.Encoding {
			return p.Window, nil, nil
		}
	}
	return 0, nil, usagef("no model is part of the reference %s; leave --model out", path)
}
