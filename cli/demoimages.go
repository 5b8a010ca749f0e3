package cli

import (
	"cmp"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/evaluate/demo"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// demoImagesResult is what --json prints.
type demoImagesResult struct {
	// Accuracy is that of nearest neighbours on the encodings, Linear that of a linear probe; beside them those of the same
	// encoder before it learnt, and of the pixels.
	Accuracy          float64  `json:"accuracy"`
	Linear            float64  `json:"linear_accuracy"`
	UntrainedAccuracy float64  `json:"untrained_accuracy"`
	UntrainedLinear   float64  `json:"untrained_linear_accuracy"`
	PixelAccuracy     float64  `json:"pixel_accuracy"`
	PixelLinear       float64  `json:"pixel_linear_accuracy"`
	Images            int      `json:"images"`
	Test              int      `json:"test"`
	TrainSeconds      float64  `json:"train_seconds"`
	Files             []string `json:"files"`
	Diagnosis         []string `json:"diagnosis"`
}

// images learns handwritten digits without their labels, and looks up the nearest ones.
func (c *demoCmd) images(e *env) error {
	steps := cmp.Or(c.Steps, 400)
	d, err := demo.NewDigits()
	if err != nil {
		return err
	}
	e.remark("%s of handwritten digits by 13 people (UCI, 8 x 8 pixels). Learning from %d of them, without labels:",
		plural.Of(d.Train.Len()+d.Test.Len(), "image"), d.Train.Len())
	cfg := d.Config(steps, e.cli.Seed)
	before, err := train.Untrained(d.Data(), cfg)
	if err != nil {
		return err
	}
	trained, sum, took, err := learn(e, d.Data(), cfg)
	if err != nil {
		return err
	}
	r := demoImagesResult{Images: d.Train.Len(), Test: d.Test.Len(), TrainSeconds: took, Diagnosis: sum.Diagnosis}
	for _, m := range []struct {
		model           *model.Model
		nearest, linear *float64
	}{{nil, &r.PixelAccuracy, &r.PixelLinear}, {before, &r.UntrainedAccuracy, &r.UntrainedLinear}, {trained, &r.Accuracy, &r.Linear}} {
		if *m.nearest, *m.linear, err = d.Measure(e.ctx, m.model); err != nil {
			return err
		}
	}
	if r.Files, err = d.Write(e.ctx, c.Out, trained, e.cli.Seed); err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error { return r.print(w) })
}

func (r *demoImagesResult) print(w io.Writer) error {
	row := func(name string, a, b float64) []string {
		return []string{name, fmt.Sprintf("%.1f %%", 100*a), fmt.Sprintf("%.1f %%", 100*b)}
	}
	t := report.Table{Header: []string{"digits told apart by", "nearest neighbours", "linear probe"}, Rows: [][]string{
		row("their pixels", r.PixelAccuracy, r.PixelLinear), row("the encoder before it learnt", r.UntrainedAccuracy, r.UntrainedLinear),
		row("the encoder", r.Accuracy, r.Linear)}}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `
learnt from %s without labels in %.1f s, measured on %d others
pictures: %s, %s

Next, with your own images (a folder, or a .tar, with a folder for each class if there are any; wavekin list formats):
  wavekin pretrain --data images:photos --size 64 --out model.safetensors
  wavekin embed --model model.safetensors --out codes.arrow images:photos
`, plural.Of(r.Images, "image"), r.TrainSeconds, r.Test, r.Files[1], r.Files[2])
	return err
}
