package demo

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/draw"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/train"
)

// voters is how many nearest neighbours vote, of about 130 images of each digit.
const voters = 20

// Digits are handwritten digits: those to learn from, and those that others wrote.
type Digits struct {
	Train, Test evaluate.Set
}

// NewDigits loads them.
func NewDigits() (*Digits, error) {
	learnt, test, err := digits.Load()
	if err != nil {
		return nil, err
	}
	return &Digits{evaluate.Set{Images: learnt}, evaluate.Set{Images: test}}, nil
}

// Data is what the demo learns from.
func (d *Digits) Data() train.Data { return train.Images(d.Train.Images) }

// Config is how the demo learns; the projector is that by which the picture of the README was learnt.
func (d *Digits) Config(steps int, seed uint64) train.Config {
	return train.Config{
		Method:     methods.SimCLR{Temperature: 0.2, Shift: true},
		Encoder:    imageenc.ResNet18{Width: 16},
		ImageViews: imageaug.MustParse("crop(0.6,1)|color-jitter(0.4,0.4)|cutout"),
		Batch:      128,
		LR:         2e-3,
		Steps:      steps,
		Seed:       seed,
	}
}

// Measure returns the accuracies of nearest neighbours and of a linear probe, on the encodings of a model or, where it is nil,
// on the pixels.
func (d *Digits) Measure(ctx context.Context, m *model.Model) (nearest, linear float64, err error) {
	encode := func(s evaluate.Set) (*evaluate.Encodings, error) {
		if m == nil {
			return s.Raw(ctx, nil, 0)
		}
		return s.Encode(ctx, m)
	}
	x, err := encode(d.Train)
	if err != nil {
		return 0, 0, err
	}
	tx, err := encode(d.Test)
	if err != nil {
		return 0, 0, err
	}
	a, err := evaluate.Classify(&evaluate.KNN{K: voters, Raw: true}, x, tx)
	if err != nil {
		return 0, 0, err
	}
	b, err := evaluate.Classify(&evaluate.SGD{}, x, tx)
	if err != nil {
		return 0, 0, err
	}
	return a.Accuracy, b.Accuracy, nil
}

// Write saves the model in a folder, and draws one of each digit beside its neighbours and all of them on a map; it returns the
// files' paths.
func (d *Digits) Write(ctx context.Context, dir string, m *model.Model, seed uint64) ([]string, error) {
	files := []string{filepath.Join(dir, "digits.safetensors"), filepath.Join(dir, "neighbours.png"), filepath.Join(dir, "map.png")}
	if err := m.Save(files[0]); err != nil {
		return nil, err
	}
	var one []int
	for class := range 10 {
		for i := range d.Test.Len() {
			if d.Test.Label(i) == fmt.Sprint(class) {
				one = append(one, i)
				break
			}
		}
	}
	title := "Digits that were not learnt from, and the nearest of those that were"
	if _, err := draw.Neighbours(ctx, m, d.Test.Pick(one), d.Train, files[1], title, 8); err != nil {
		return nil, err
	}
	_, err := draw.Map(ctx, m, d.Test, files[2], draw.MapConfig{Title: "500 digits that were not learnt from", Seed: seed})
	return files, err
}
