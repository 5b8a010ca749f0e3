package suite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Training says what is compared and how long each may learn. The zero value is
// SimCLR with the convolutional encoder, 200 steps and one seed.
type Training struct {
	// Methods and Encoders are compared each with each.
	Methods  []methods.Method
	Encoders []encoders.Encoder
	// Config is everything else about training, the same for all; Method,
	// Encoder, Window and Seed are set for each run, Config.Seed being the first.
	Config train.Config
	// Seeds is how many runs each comparison has; 0 means 1.
	Seeds int
	// Seconds, where above 0, is a budget of training per run in place of
	// Config.Steps: the speed of a few steps is measured first, and the number of
	// steps follows from it, so that the learning rate ends where it should.
	Seconds float64
	// UntrainedOnly leaves out everything that is trained: the encoders are compared as training would find them, which is how
	// encoders.Builtin and encoders.Rocket are used.
	UntrainedOnly bool
	// Done, where not nil, is told of every row, found or made.
	Done func(r Row)
}

// defaultSteps is the budget where none is given.
const defaultSteps = 200

func (t Training) defaults() (Training, error) {
	if len(t.Methods) == 0 {
		t.Methods = []methods.Method{methods.SimCLR{}}
	}
	if len(t.Encoders) == 0 {
		t.Encoders = []encoders.Encoder{encoders.Conv{}}
	}
	if t.Seeds == 0 {
		t.Seeds = 1
	}
	var err error
	if t.Config.Normalize, err = series.ParseMode(string(t.Config.Normalize)); err != nil {
		return t, err
	}
	if t.Seeds < 0 || t.Seconds < 0 || t.Config.Steps < 0 {
		return t, fmt.Errorf("%d seeds, %g seconds and %d steps must not be negative", t.Seeds, t.Seconds, t.Config.Steps)
	}
	if t.Seconds > 0 && (t.Config.Steps > 0 || t.Config.Epochs > 0) {
		return t, fmt.Errorf("a budget of %d steps and one of %g seconds; choose one", t.Config.Steps, t.Seconds)
	}
	if t.Seconds == 0 && t.Config.Steps == 0 && t.Config.Epochs == 0 {
		t.Config.Steps = defaultSteps
	}
	return t, nil
}

// Check reports settings out of range.
func (t Training) Check() error {
	t, err := t.defaults()
	for _, m := range t.Methods {
		if err == nil {
			cfg := t.Config
			cfg.Method = m
			_, err = cfg.Resolved()
		}
	}
	return err
}

// perSet is how many rows a set has, baselines of them without an encoder; 0 if the settings are wrong.
func (t Training) perSet(baselines int) int {
	t, err := t.defaults()
	if err != nil {
		return 0
	}
	trained := len(t.Methods)
	if t.UntrainedOnly {
		trained = 0
	}
	return baselines + len(t.Encoders)*t.Seeds*(len(t.floors())+trained)
}

// floors are the methods whose untrained networks differ: one for all that
// deploy a bare encoder, and each that deploys a network of its own.
func (t Training) floors() []methods.Method {
	var out []methods.Method
	bare := false
	for _, m := range t.Methods {
		if _, own := m.(methods.Networker); own {
			out = append(out, m)
		} else if !bare {
			bare = true
			out = append(out, m)
		}
	}
	return out
}

// protocol is what a suite does with an encoder, or without one.
type protocol interface {
	// run fills in what makes a row of the suite.
	run(r *Run)
	// learns returns what the encoder of a run learns from, with labels only where the method asks for them.
	learns(cfg train.Config) (train.Data, error)
	// measure adds the result of a model's encodings, or of raw values standardised by mode where the model is nil.
	measure(ctx context.Context, m *model.Model, mode series.Mode, r *Row) error
	// whole tells whether a row of the journal has all that measure would add.
	whole(r Row) bool
}

// baseline is a row without an encoder, made of readings that are standardised by a mode.
type baseline struct {
	name string
	mode series.Mode
}

// compare makes the rows of a set that the journal does not hold: the baselines first, then for each encoder and seed the
// untrained network and every method.
func (t Training) compare(ctx context.Context, p protocol, baselines []baseline, j *Journal) ([]Row, error) {
	var rows []Row
	add := func(r Run, f func(row *Row) error) error {
		row, err := once(ctx, p, r, j, f)
		if err != nil {
			return err
		}
		rows = append(rows, row)
		if t.Done != nil {
			t.Done(row)
		}
		return nil
	}
	for _, b := range baselines {
		r := Run{Method: b.name, Settings: Settings{Normalize: string(b.mode)}}
		p.run(&r)
		if err := add(r, func(row *Row) error { return p.measure(ctx, nil, b.mode, row) }); err != nil {
			return rows, err
		}
	}
	for _, enc := range t.Encoders {
		for i := range t.Seeds {
			cfg := t.Config
			cfg.Encoder, cfg.Seed = enc, t.Config.Seed+uint64(i)
			for _, m := range t.floors() {
				cfg.Method = m
				r, err := t.runOf(p, cfg, false)
				if err != nil {
					return rows, err
				}
				if err := add(r, func(row *Row) error { return untrained(ctx, p, cfg, row) }); err != nil {
					return rows, err
				}
			}
			for _, m := range t.Methods {
				if t.UntrainedOnly {
					break
				}
				cfg.Method = m
				r, err := t.runOf(p, cfg, true)
				if err != nil {
					return rows, err
				}
				if err := add(r, func(row *Row) error { return t.trained(ctx, p, cfg, row) }); err != nil {
					return rows, err
				}
			}
		}
	}
	return rows, nil
}

// once finds a row or makes it.
func once(ctx context.Context, p protocol, r Run, j *Journal, f func(row *Row) error) (Row, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, err
	}
	if row, ok := j.Find(r); ok && p.whole(row) {
		return row, nil
	}
	row := Row{Run: r}
	start := time.Now()
	if err := f(&row); err != nil {
		if errors.Is(err, context.Canceled) {
			return row, err
		}
		return row, fmt.Errorf("%s, %s: %w", r.Set, r.Method, err)
	}
	row.Seconds = time.Since(start).Seconds()
	return row, j.Add(row)
}

// runOf says what makes the row of an encoder, as learning begins or as it ends.
func (t Training) runOf(p protocol, cfg train.Config, learns bool) (Run, error) {
	r := Run{Method: Untrained, Encoder: cfg.Encoder.Name(), Seed: cfg.Seed}
	full, err := cfg.Resolved()
	if err != nil {
		return r, err
	}
	if r.EncoderSettings, err = settingsOf(cfg.Encoder); err != nil {
		return r, err
	}
	if r.EncoderFile, err = encoders.FileSum(cfg.Encoder); err != nil {
		return r, err
	}
	_, own := cfg.Method.(methods.Networker)
	if learns || own {
		if r.MethodSettings, err = settingsOf(cfg.Method); err != nil {
			return r, err
		}
	}
	if !learns {
		first := train.Config{Encoder: full.Encoder, Window: full.Window, Stride: full.Stride, Size: full.Size, Space: full.Space, Ground: full.Ground,
			Normalize: full.Normalize, Seed: full.Seed}
		if own {
			first.Method = full.Method
			r.Method += " " + cfg.Method.Name()
		}
		full = first
	} else {
		r.Method = cfg.Method.Name()
	}
	if r.Recipe, err = full.Settings(); err != nil {
		return r, err
	}
	if learns && t.Seconds > 0 {
		r.Recipe, r.Settings.Seconds = r.Recipe.Without("steps", "epochs"), t.Seconds
	}
	p.run(&r)
	return r, nil
}

func untrained(ctx context.Context, p protocol, cfg train.Config, row *Row) error {
	data, err := p.learns(cfg)
	if err != nil {
		return err
	}
	m, err := train.Untrained(data, cfg)
	if err != nil {
		return ofPart(err)
	}
	return p.measure(ctx, m, "", row)
}

func (t Training) trained(ctx context.Context, p protocol, cfg train.Config, row *Row) error {
	data, err := p.learns(cfg)
	if err != nil {
		return err
	}
	if t.Seconds > 0 {
		if cfg.Steps, err = stepsWithin(ctx, t.Seconds, data, cfg); err != nil {
			return ofPart(err)
		}
	}
	start := time.Now()
	m, sum, err := train.Pretrain(ctx, data, cfg)
	if err != nil {
		return ofPart(err)
	}
	row.TrainSeconds = time.Since(start).Seconds()
	row.Steps, row.Loss, row.Diagnosis = sum.Steps, sum.Loss, sum.Diagnosis
	return p.measure(ctx, m, "", row)
}

// ofPart says which readings cannot be learnt from: not those that are scored.
func ofPart(err error) error {
	if input := (*train.InputError)(nil); errors.As(err, &input) {
		return fmt.Errorf("the part to learn from: %w", err)
	}
	return err
}

// shown is what a method sees of series: their labels only where it asks for them.
func shown(all []*series.Series, labels bool) train.Series {
	if labels {
		return all
	}
	out := make(train.Series, len(all))
	for i, s := range all {
		bare := *s
		bare.Label, bare.PointLabels = "", nil
		out[i] = &bare
	}
	return out
}

// Steps that are taken to learn how long one takes: the first ones compile, and
// some more stand for all of them.
const (
	warmSteps  = 2
	timedSteps = 10
)

var errTimed = errors.New("speed is known")

// stepsWithin is how many steps of training fit into a time, at least one.
func stepsWithin(ctx context.Context, seconds float64, data train.Data, cfg train.Config) (int, error) {
	var begin time.Time
	var each float64
	cfg.Steps, cfg.Checkpoint = 1000, ""
	cfg.Hooks = []train.Hook{train.HookFunc(func(s train.Step) error {
		took := time.Since(begin).Seconds()
		switch {
		case s.Index == warmSteps:
			begin = time.Now()
		// Where a step takes long against the budget, one has to do.
		case s.Index > warmSteps && (s.Index == warmSteps+timedSteps || took > seconds/10):
			each = took / float64(s.Index-warmSteps)
			return errTimed
		}
		return nil
	})}
	if _, _, err := train.Pretrain(ctx, data, cfg); !errors.Is(err, errTimed) {
		return 0, err
	}
	// A clock that does not tick fast enough must not ask for endless work.
	each = max(each, 1e-6)
	return int(max(1, seconds/each)), nil
}
