package model

import (
	"context"
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// width is how many numbers are made of a sample.
func (m *Model) width(to result) int {
	switch to {
	case pieces:
		return m.predictor.PieceDim()
	case predictions, guesses:
		return m.predictor.Dim() * (1 + len(m.predictor.Horizons()))
	case logits:
		return len(m.Settings.Classes)
	}
	return m.Dim()
}

// classify maps encodings [N, Dim] to logits [N, classes].
func (m *Model) classify(h *nn.Node) *nn.Node {
	if m.projector != nil {
		h = m.projector.Apply(h)
	}
	return m.classifier.Apply(h)
}

// Logits returns for each window a number per class, [N, len(Settings.Classes)]: its softmax are the probabilities. It
// fails for a model without a classifier; otherwise as [Model.Encode].
func (m *Model) Logits(ctx context.Context, windows []*series.Window) ([]float32, error) {
	if err := m.classifies(); err != nil {
		return nil, err
	}
	return m.windows(ctx, windows, logits)
}

// classifies fails for a model without a classifier.
func (m *Model) classifies() error {
	if m.classifier == nil {
		return fmt.Errorf("the model has no classifier; fine-tune it first")
	}
	return nil
}

// Classify returns the most probable class of each window. Errors as for [Model.Logits].
func (m *Model) Classify(ctx context.Context, windows []*series.Window) ([]string, error) {
	rows, err := m.Logits(ctx, windows)
	if err != nil {
		return nil, err
	}
	return m.likeliest(rows), nil
}

// ClassifyImages returns the most probable class of each image. It fails for a model without a classifier; otherwise as
// [Model.EncodeImages].
func (m *Model) ClassifyImages(ctx context.Context, images []*raster.Image) ([]string, error) {
	if err := m.classifies(); err != nil {
		return nil, err
	}
	rows, err := m.images(ctx, images, logits)
	if err != nil {
		return nil, err
	}
	return m.likeliest(rows), nil
}

// likeliest is the class of the largest logit of each row.
func (m *Model) likeliest(rows []float32) []string {
	k := len(m.Settings.Classes)
	out := make([]string, len(rows)/k)
	for i := range out {
		row := rows[i*k : (i+1)*k]
		out[i] = m.Settings.Classes[slices.Index(row, slices.Max(row))]
	}
	return out
}
