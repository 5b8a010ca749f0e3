package cli

import (
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// distillCmd is `wavekin distill`.
type distillCmd struct {
	Teacher     string   `required:"" help:"Model file with a classifier (wavekin finetune)." placeholder:"MODEL"`
	Data        []string `required:"" help:"Files, folders or globs to learn from; labels are not needed." placeholder:"FILE"`
	Out         string   `required:"" help:"Model file to write." placeholder:"MODEL"`
	Test        string   `help:"Labelled series to measure on." placeholder:"FILE"`
	Encoder     string   `help:"The student's architecture (wavekin list encoders); default the teacher's." placeholder:"NAME"`
	Settings    string   `name:"encoder-settings" help:"The architecture's settings as JSON, as in '{\"width\":16,\"depth\":3,\"out\":64}'." placeholder:"JSON"`
	Temperature float64  `help:"Divides the logits of both." default:"1"`
	Alpha       float64  `help:"Weight of the teacher's probabilities; the rest is that of the labels, where there are any." default:"1"`
	furtherFlags
	inputFlags
}

// Run distils and saves.
func (c *distillCmd) Run(e *env) error {
	teacher, err := model.Load(c.Teacher)
	if err != nil {
		return err
	}
	data, err := c.material(e, c.Data, "train", teacher.Settings.Image != nil, teacher)
	if err != nil {
		return err
	}
	defer data.Close()
	bar := report.NewProgress(e.stderr, "distilling", e.cli.Quiet)
	cfg, err := c.settings(e, bar, data)
	if err != nil {
		return err
	}
	cfg.Corrupt = c.corrupt(e)
	d := train.Distillation{Temperature: c.Temperature, Alpha: c.Alpha, Finetuning: cfg}
	switch {
	case c.Encoder != "":
		if d.Encoder, err = encoders.ByName(c.Encoder, []byte(c.Settings)); err != nil {
			return usageError{err}
		}
	case c.Settings != "":
		return usagef("--encoder-settings needs --encoder NAME")
	}
	start := time.Now()
	m, sum, err := train.Distill(e.ctx, teacher, data, d)
	bar.Done()
	if err != nil {
		return err
	}
	return finishFurther(e, m, sum, since(start), c.Out, c.Test, c.inputFlags)
}
