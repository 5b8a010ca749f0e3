package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// distillCmd is `wavekin distill`.
type distillCmd struct {
	Teacher     string   `required:"" help:"Model file with a classifier (wavekin finetune)." placeholder:"MODEL"`
	Data        []string `required:"" help:"Files, folders or globs to learn from; labels are not needed." placeholder:"FILE"`
	Out         string   `required:"" help:"Model file to write." placeholder:"MODEL"`
	Test        string   `help:"Labelled series to measure on." placeholder:"FILE"`
	Settings    string   `name:"encoder-settings" help:"The architecture's settings as JSON, as in '{\"width\":16,\"depth\":3,\"out\":64}'." placeholder:"JSON"`
	Temperature float64  `help:"Divides the logits of both." default:"1"`
	Alpha       float64  `help:"Weight of the teacher's probabilities; the rest is that of the labels, where there are any." default:"1"`
	furtherFlags
	inputFlags
}

func newDistillCmd() distillCmd {
	return distillCmd{furtherFlags: furtherFlags{recipeFlags: newRecipeFlags(train.Owned(true)...)}}
}

// encoder adds --encoder-settings to the settings.
func (c *distillCmd) encoder(own train.Settings) (train.Settings, error) {
	if c.Settings == "" {
		return own, nil
	}
	if !own.Has("encoder") {
		return own, errors.New("--encoder-settings needs --encoder NAME")
	}
	var of map[string]json.RawMessage
	if err := json.Unmarshal([]byte(c.Settings), &of); err != nil {
		return own, fmt.Errorf("--encoder-settings %s: want a JSON object: %w", c.Settings, err)
	}
	for name, v := range of {
		tree, err := settings.Tree(v)
		if err != nil {
			return own, err
		}
		if err := own.Set("encoder."+name, settings.Literal(tree)); err != nil {
			return own, err
		}
	}
	return own, nil
}

// Run distils and saves.
func (c *distillCmd) Run(e *env) error {
	own, err := c.recipeFlags.settings(e)
	if err == nil {
		own, err = c.encoder(own)
	}
	if err != nil {
		return usageError{err}
	}
	if own, err = c.over(e, own); err != nil {
		return err
	}
	if err := c.checkRun(e, append([]string{c.Teacher, c.Test, c.Config}, c.Data...), c.Out); err != nil {
		return err
	}
	teacher, err := model.Load(c.Teacher)
	if err != nil {
		return err
	}
	if len(teacher.Settings.Classes) == 0 {
		return usagef("--teacher %s has no classifier; fine-tune it first (wavekin finetune)", c.Teacher)
	}
	data, err := c.material(e, c.Data, "train", teacher.Settings.Image != nil, teacher)
	if err != nil {
		return err
	}
	defer data.Close()
	bar := e.progress("distilling")
	cfg, err := c.config(own, bar, data.set != nil, c.corrupt(e))
	if err != nil {
		return err
	}
	d := train.Distillation{Temperature: c.Temperature, Alpha: c.Alpha, Config: cfg}
	start := time.Now()
	m, sum, err := train.Distill(e.ctx, teacher, data.Data, d)
	bar.Done()
	if err != nil {
		return err
	}
	return finishFurther(e, m, sum, since(start), c.Out, c.Test, c.inputFlags)
}
