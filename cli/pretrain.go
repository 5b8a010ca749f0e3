package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// pretrainCmd is `wavekin pretrain`.
type pretrainCmd struct {
	fileFlag
	Data []string `help:"Files, folders or globs to learn from; several may follow; or one set of images, as in cifar10:DIR." placeholder:"FILE" sep:"none"`
	Out  string   `help:"Model file to write." placeholder:"MODEL"`
	Part float64  `help:"Train on this leading share of every series." default:"1"`
	Plot string   `help:"Draw the loss curve into this PNG." placeholder:"FILE"`
	// Processes is no setting: it changes neither the model nor, with chunks summed one by one, any bit of it.
	Processes int `help:"Share the chunks of every batch (--chunk) out among so many processes of this machine; the model has the same bits for any number from 1 on." placeholder:"N"`
	keptFlags
	checkpointFlags
	recipeFlags
	inputFlags
}

func newPretrainCmd() pretrainCmd { return pretrainCmd{recipeFlags: newRecipeFlags()} }

// pretrainResult is what --json prints.
type pretrainResult struct {
	Method           string   `json:"method"`
	Encoder          string   `json:"encoder"`
	Parameters       int      `json:"parameters"`
	Steps            int      `json:"steps"`
	Windows          int      `json:"windows"`
	Loss             float64  `json:"loss"`
	Std              float64  `json:"std"`
	EffectiveRank    float64  `json:"effective_rank"`
	WindowsPerSecond float64  `json:"windows_per_second"`
	Seconds          float64  `json:"seconds"`
	PeakRSS          int64    `json:"peak_rss_bytes"`
	Diagnosis        []string `json:"diagnosis"`
	Model            string   `json:"model"`
	// Read says what the inputs were read as.
	Read []*inputReading `json:"read,omitempty"`
}

// Run learns and saves.
func (c *pretrainCmd) Run(e *env) error {
	own, err := c.recipeFlags.settings(e)
	if err != nil {
		return usageError{err}
	}
	if own, err = c.over(e, own); err != nil {
		return err
	}
	if len(c.Data) == 0 || c.Out == "" {
		return usagef("pretrain needs --data FILE and --out MODEL")
	}
	cfg, err := c.recipe(e, own)
	if err != nil {
		return usageError{err}
	}
	if err := c.check(e); err != nil {
		return err
	}
	crew, err := c.crew(e, cfg)
	if err != nil {
		return err
	}
	defer crew.end()
	c.ground = cfg.Ground
	in, err := c.kept(c.of("train"), c.Out)
	if err != nil {
		return err
	}
	data, err := in.material(e, c.Data, "train", encoders.Axes(cfg.Encoder) == 2, nil)
	if err != nil {
		return err
	}
	defer data.Close()
	switch {
	case data.set != nil:
		e.detail("%s", data.set)
	case data.Data != nil: // drawn when they are read
		if c.Part < 1 {
			return usagef("--part is for recordings; choose fewer synthetic series")
		}
	default:
		all := data.recorded(c.Part)
		if err := remarkConstant(e, all); err != nil {
			return err
		}
		if cfg, err = cutLong(e, all, cfg, own.Has("stride")); err != nil {
			return err
		}
		if err := remarkUnused(e, listOf(c.Data), all, cfg); err != nil {
			return err
		}
		e.detail("%d series of %s (%s); views %s", all.Len(), plural.Of(all.NumChannels(), "channel"), listOf(all.About(0).Channels), cfg.Views)
		data.Data = all
	}
	if crew != nil {
		if cfg.Team, err = crew.meet(e.ctx); errors.Is(err, context.Canceled) {
			return c.interrupted(0)
		} else if err != nil {
			return err
		}
	}
	trained, sum, took, err := learn(e, data.Data, cfg)
	if err = crew.because(err); crew.follows() {
		return err
	}
	if errors.Is(err, context.Canceled) {
		return c.interrupted(sum.Steps)
	}
	if err != nil {
		return err
	}
	if err := trained.Save(c.Out); err != nil {
		return err
	}
	if c.Plot != "" && len(sum.Losses) > 0 {
		if err := report.LossCurve(c.Plot, trained.Settings.Method+" with "+trained.Settings.Encoder, sum.Losses); err != nil {
			return err
		}
	}
	return c.tell(e, data, trained, sum, cfg.Batch, took)
}

// tell prints what was learnt in so many seconds.
func (c *pretrainCmd) tell(e *env, data *material, trained *model.Model, sum model.Summary, batch int, took float64) error {
	r := pretrainResult{Method: trained.Settings.Method, Encoder: trained.Settings.Encoder, Parameters: sum.Parameters, Steps: sum.Steps, Windows: sum.Windows,
		Loss: sum.Loss, Std: sum.Std, EffectiveRank: sum.EffectiveRank, Seconds: took,
		WindowsPerSecond: float64(sum.Steps*min(batch, sum.Windows)) / took, PeakRSS: peakRSS(), Diagnosis: sum.Diagnosis, Model: c.Out, Read: e.read}
	return e.result(r, func(w io.Writer) error {
		what := "window"
		if data.set != nil {
			what = "image"
		}
		if r.Steps == 0 {
			_, err := fmt.Fprintf(w, "%s: %s, %s in %.1f s\ndiagnosis: %s\n", c.Out, r.Encoder, plural.Of(r.Windows, what), r.Seconds, strings.Join(r.Diagnosis, "; "))
			return err
		}
		_, err := fmt.Fprintf(w, "%s: %s with %s, %s, %s, %s in %.1f s (%.0f %ss/s), loss %.3f\ndiagnosis: %s\n",
			c.Out, r.Method, r.Encoder, plural.Of(r.Parameters, "parameter"), plural.Of(r.Windows, what), plural.Of(r.Steps, "step"), r.Seconds, r.WindowsPerSecond, what, r.Loss, strings.Join(r.Diagnosis, "; "))
		return err
	})
}

// interrupted says what is left.
func (c *pretrainCmd) interrupted(step int) error {
	switch {
	case c.Checkpoint == "":
		return interruption(fmt.Sprintf("interrupted after step %d; nothing is kept (with --checkpoint DIR a run can be resumed)", step))
	case step == 0:
		return interruption("interrupted before the first step; start again")
	}
	return interruption(fmt.Sprintf("interrupted after step %d, which is kept in %s; go on with the same command and --resume", step, c.Checkpoint))
}

// check tells before the work whether everything can be written, and whether a run goes on.
func (c *pretrainCmd) check(e *env) error {
	if err := isPNG(c.Plot); err != nil {
		return err
	}
	return c.checkRun(e, append(c.Data, c.Config), c.Out, c.Plot)
}

// cutLong chooses a window for long recordings where none was given, and says so.
func cutLong(e *env, all train.Recorded, cfg train.Config, strided bool) (train.Config, error) {
	if cfg.Window > 0 {
		return cfg, nil
	}
	length, period, err := all.Window()
	if length == 0 || err != nil {
		return cfg, err
	}
	why := "no period was found"
	if period > 0 {
		why = fmt.Sprintf("the period is %d", period)
	}
	e.remark("windows of %s, since the recording is long and %s; --window sets another length", plural.Of(length, "time stamp"), why)
	if cfg.Window = length; !strided {
		cfg.Stride = 0
	}
	return cfg.Resolved()
}

// remarkUnused says what of the series is not learnt from, and what is lost to rounding.
func remarkUnused(e *env, path string, all train.Recorded, cfg train.Config) error {
	short, empty, err := all.LeftOut(train.Cut{Length: cfg.Window, Stride: cfg.Stride})
	if err != nil {
		return err
	}
	if len(short) < all.Len() {
		e.tellShort(path, short)
	}
	if empty > 0 {
		e.remark("%s: %s without a value; they are not learnt from", path, plural.Of(empty, "window"))
	}
	norm, err := series.Fit(all, cfg.Normalize)
	if err != nil {
		return err
	}
	lost, err := norm.LostOf(all)
	for _, l := range lost {
		e.remarkLost(path, channelName(all.About(0).Channels, l.Channel), l)
	}
	return err
}

// remarkConstant names the channels that never change, which is nothing to learn from.
func remarkConstant(e *env, all train.Recorded) error {
	for c := range all.NumChannels() {
		lo, hi, n, err := series.ExtentOf(all, c)
		if err != nil {
			return err
		}
		if n > 0 && lo == hi {
			e.remark("channel %s is %v throughout: there is nothing to learn from it, and a later change of it scores high", channelName(all.About(0).Channels, c), lo)
		}
	}
	return nil
}

// recipe makes the settings a training configuration, resolved.
func (c *pretrainCmd) recipe(e *env, own train.Settings) (train.Config, error) {
	if !(c.Part > 0) || c.Part > 1 {
		return train.Config{}, fmt.Errorf("--part is %g, want above 0 and at most 1", c.Part)
	}
	var usual train.Settings
	if imageset.IsSet(c.Data[0]) {
		var err error
		if usual, err = train.UsualOfImages(own); err != nil {
			return train.Config{}, err
		}
	}
	cfg, err := own.Over(usual).Config()
	if err != nil {
		return cfg, err
	}
	if cfg.Run, err = c.run(c.corrupt(e)); err != nil {
		return cfg, err
	}
	switch images := cfg.Encoder != nil && encoders.Axes(cfg.Encoder) == 2; {
	case images && (cfg.Window > 0 || cfg.Stride > 0 || c.Part != 1):
		return cfg, fmt.Errorf("--window, --stride and --part are for series; %s learns from whole images", cfg.Encoder.Name())
	case !images && (cfg.Size > 0 || cfg.Space != "" || cfg.Ground != ""):
		return cfg, errors.New("--size, --space and --ground are for encoders of images, such as resnet18; the one chosen reads series")
	}
	return cfg.Resolved()
}

// learn trains with a progress bar and returns how long it took, in seconds.
func learn(e *env, data train.Data, cfg train.Config) (*model.Model, model.Summary, float64, error) {
	bar := e.progress("learning")
	cfg.Hooks = append(cfg.Hooks, train.HookFunc(func(s train.Step) error {
		bar.Set(s.Index, s.Total, fmt.Sprintf("loss %.3f", s.Loss))
		for _, w := range s.Warnings {
			bar.Say(fmt.Sprintf("warning at step %d: %s", s.Index, w))
		}
		return nil
	}))
	start := time.Now()
	trained, sum, err := train.Pretrain(e.ctx, data, cfg)
	bar.Done()
	return trained, sum, since(start), err
}
