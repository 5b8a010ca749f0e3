package cli

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/draw"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// demoNeighbours is how many nearest neighbours vote, of about 130 images of each digit.
const demoNeighbours = 20

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
	steps := orInt(c.Steps, 400)
	learnt, test, err := digits.Load()
	if err != nil {
		return err
	}
	e.remark("%d images of handwritten digits by 13 people (UCI, 8 x 8 pixels). Learning from %d of them, without labels:",
		learnt.Len()+test.Len(), learnt.Len())
	cfg := demoImagesConfig(steps, e.cli.Seed)
	before, err := train.Untrained(train.Images(learnt), cfg)
	if err != nil {
		return err
	}
	trained, sum, took, err := learn(e, train.Images(learnt), cfg)
	if err != nil {
		return err
	}
	r := demoImagesResult{Images: learnt.Len(), Test: test.Len(), TrainSeconds: took, Diagnosis: sum.Diagnosis}
	for _, m := range []struct {
		model          *model.Model
		nearest, probe *float64
	}{{nil, &r.PixelAccuracy, &r.PixelLinear}, {before, &r.UntrainedAccuracy, &r.UntrainedLinear}, {trained, &r.Accuracy, &r.Linear}} {
		x, tx, err := demoEncode(e, m.model, evaluate.Set{Images: learnt}, evaluate.Set{Images: test})
		if err != nil {
			return err
		}
		nearest, err := evaluate.Classify(&evaluate.KNN{K: demoNeighbours, Raw: true}, x, tx)
		if err != nil {
			return err
		}
		linear, err := evaluate.Classify(&evaluate.SGD{}, x, tx)
		if err != nil {
			return err
		}
		*m.nearest, *m.probe = nearest.Accuracy, linear.Accuracy
	}
	r.Files = []string{filepath.Join(c.Out, "digits.safetensors"), filepath.Join(c.Out, "neighbours.png"), filepath.Join(c.Out, "map.png")}
	if err := trained.Save(r.Files[0]); err != nil {
		return err
	}
	if err := drawDigits(e, trained, evaluate.Set{Images: learnt}, evaluate.Set{Images: test}, r.Files[1], r.Files[2]); err != nil {
		return err
	}
	return e.result(r, func(w io.Writer) error { return r.print(w) })
}

func demoImagesConfig(steps int, seed uint64) train.Config {
	return train.Config{
		Method:     methods.SimCLR{Temperature: 0.2},
		Encoder:    imageenc.ResNet18{Width: 16},
		ImageViews: imageaug.MustParse("crop(0.6,1)|color-jitter(0.4,0.4)|cutout"),
		Batch:      128,
		LR:         2e-3,
		Steps:      steps,
		Seed:       seed,
	}
}

// demoEncode encodes both parts of the digits by a model, or takes their pixels where it is nil.
func demoEncode(e *env, m *model.Model, learnt, test evaluate.Set) (x, tx *evaluate.Encodings, err error) {
	encode := func(s evaluate.Set) (*evaluate.Encodings, error) {
		if m == nil {
			return s.Raw(e.ctx, nil, 0)
		}
		return s.Encode(e.ctx, m)
	}
	if x, err = encode(learnt); err != nil {
		return nil, nil, err
	}
	tx, err = encode(test)
	return x, tx, err
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
learnt from %d images without labels in %.1f s, measured on %d others
pictures: %s, %s

Next, with your own images (a folder, or a .tar, with a folder for each class if there are any; wavekin list formats):
  wavekin pretrain --data images:photos --size 64 --out model.safetensors
  wavekin embed --model model.safetensors --out codes.arrow images:photos
`, r.Images, r.TrainSeconds, r.Test, r.Files[1], r.Files[2])
	return err
}

// drawDigits draws one of each digit beside its neighbours, and all of them on a map.
func drawDigits(e *env, m *model.Model, learnt, test evaluate.Set, grid, plane string) error {
	var one []int
	for class := range 10 {
		for i := range test.Len() {
			if test.Label(i) == fmt.Sprint(class) {
				one = append(one, i)
				break
			}
		}
	}
	if _, err := draw.Neighbours(e.ctx, m, test.Pick(one), learnt, grid, "Digits that were not learnt from, and the nearest of those that were", 8); err != nil {
		return err
	}
	_, err := draw.Map(e.ctx, m, test, plane, draw.MapConfig{Title: "500 digits that were not learnt from", Seed: e.cli.Seed})
	return err
}
