package evaluate

import (
	"context"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// Classified is how well samples were put into their classes.
type Classified struct {
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	// Train and Test count samples, Classes the classes of both parts.
	Train   int `json:"train"`
	Test    int `json:"test"`
	Classes int `json:"classes"`
	// Unknown counts the classes that occur in the test part only, whose samples are all counted as errors.
	Unknown int `json:"unknown_classes,omitempty"`
}

// Classify fits a probe on the rows of train and measures it on those of test. Classes are numbered in the order of their names,
// so that the order of the rows does not matter. A row without a label is ErrNoLabel; otherwise errors are those of the probe.
func Classify(p Probe, train, test *Encodings) (Classified, error) {
	if train.Dim != test.Dim {
		return Classified{}, fmt.Errorf("%w: rows of %d numbers to learn from and of %d to test on", ErrShape, train.Dim, test.Dim)
	}
	number := map[string]int{}
	y, err := numbered(train, number)
	if err != nil {
		return Classified{}, err
	}
	known := len(number)
	truth, err := numbered(test, number)
	if err != nil {
		return Classified{}, err
	}
	if err := p.Fit(train.Rows, train.Dim, y); err != nil {
		return Classified{}, err
	}
	got, err := p.Predict(test.Rows)
	if err != nil {
		return Classified{}, err
	}
	r, err := compared(truth, got)
	r.Train, r.Classes, r.Unknown = len(y), len(number), len(number)-known
	return r, err
}

// numbered gives each label a number; labels that are new get the next ones in alphabetical order.
func numbered(e *Encodings, number map[string]int) ([]int, error) {
	fresh := slices.Clone(e.Labels)
	slices.Sort(fresh)
	for _, l := range fresh {
		if _, ok := number[l]; !ok && l != "" {
			number[l] = len(number)
		}
	}
	y := make([]int, len(e.Labels))
	for i, l := range e.Labels {
		if l == "" {
			return nil, fmt.Errorf("%w: number %d (%s)", ErrNoLabel, i+1, e.Groups[i])
		}
		y[i] = number[l]
	}
	return y, nil
}

// compared measures predictions.
func compared[T int | string](truth, predicted []T) (Classified, error) {
	r := Classified{Test: len(truth)}
	var err error
	if r.Accuracy, err = Accuracy(truth, predicted); err != nil {
		return r, err
	}
	r.MacroF1, err = MacroF1(truth, predicted)
	return r, err
}

// Measure encodes two labelled sets by a model, fits a probe on the first and measures it on the second: [Set.Encode] and
// [Classify] in one call.
func Measure(ctx context.Context, m *model.Model, p Probe, train, test Set) (Classified, error) {
	x, err := train.Encode(ctx, m)
	if err != nil {
		return Classified{}, err
	}
	tx, err := test.Encode(ctx, m)
	if err != nil {
		return Classified{}, err
	}
	return Classify(p, x, tx)
}

// Classify measures the classifier of a fine-tuned model on all samples of the set, which need labels; one whose class the model
// does not know is counted as an error.
func (s Set) Classify(ctx context.Context, m *model.Model) (Classified, error) {
	var truth, got []string
	err := s.each(ctx, m.Settings.Window, func(ws []*series.Window, images []*raster.Image, ids []int) error {
		var classes []string
		var err error
		switch {
		case images == nil:
			classes, err = m.Classify(ctx, ws)
		case m.Settings.Image != nil:
			classes, err = m.ClassifyImages(ctx, images)
		default:
			classes, err = m.Classify(ctx, imageRows(images, m.Settings.Window))
		}
		for _, i := range ids {
			if s.Label(i) == "" && err == nil {
				err = fmt.Errorf("%w: number %d", ErrNoLabel, i+1)
			}
			truth = append(truth, s.Label(i))
		}
		got = append(got, classes...)
		return err
	})
	if err != nil {
		return Classified{}, err
	}
	r, err := compared(truth, got)
	known := m.Settings.Classes
	all := distinct(truth, known)
	r.Classes, r.Unknown = len(all), len(all)-len(known)
	return r, err
}
