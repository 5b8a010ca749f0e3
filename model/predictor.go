package model

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// ErrNoPredictors says that a model keeps nothing that it could predict with.
var ErrNoPredictors = errors.New("the model keeps no predictors")

// buildPredictor declares the predictors that the settings ask for.
func (m *Model) buildPredictor(method methods.Method) (err error) {
	if !m.Settings.Predictors {
		return nil
	}
	by, ok := method.(methods.Predicting)
	if !ok || m.Settings.Stage != "" {
		return fmt.Errorf("predictors of %s, which keeps none", m.Settings.Method)
	}
	s := methods.Setup{Weights: m.weights.Scope("method"), Encoder: m.encoder, Net: m.net, Channels: m.Settings.Channels, Length: m.Settings.Window}
	if p := m.Settings.Image; p != nil {
		s.Length, s.Height, s.Width = 0, p.Size, p.Size
	}
	m.predictor, err = by.Predictor(s)
	return err
}

// Predicts says what the model's predictors predict, nil in a model without: horizons in steps, the nearest first, and from how many
// directions they are looked at.
func (m *Model) Predicts() (horizons []int, directions int) {
	if m.predictor == nil {
		return nil, 0
	}
	return m.predictor.Horizons(), m.predictor.Directions()
}

// Predictor makes of windows what a model of series predicted of their last steps. It is an [Encoder], and safe for concurrent use.
type Predictor struct {
	m    *Model
	busy chan struct{} // one for each batch under way, as in a Batcher
	seen *memory       // encodings of pieces; nil where these are not encoded by themselves
}

// Predictor returns what the model predicts of windows of the length that it was trained on. Errors: ErrNoPredictors, or an
// [*InputError] for a model of images.
func (m *Model) Predictor() (*Predictor, error) {
	switch {
	case m.predictor == nil && m.Settings.Method == (methods.CPC{}).Name() && m.Settings.Stage == "":
		return nil, fmt.Errorf("%w; it was written by an older program, which dropped them after training: train it again", ErrNoPredictors)
	case m.predictor == nil:
		return nil, fmt.Errorf("%w; method cpc trains some (this one is %s)", ErrNoPredictors, m.Settings.Method)
	case m.Settings.Image != nil:
		return nil, inputError("a model of images predicts no series")
	}
	f := &Predictor{m: m, busy: make(chan struct{}, batcherBusy)}
	if _, _, _, _, ok := m.predictor.Pieces(m.Settings.Window); ok {
		f.seen = newMemory(max(leastRemembered, rememberedWindows*m.Settings.Window))
	}
	return f, nil
}

// Encode returns a row for each window, [N, (1+K)·D]: the encoding of its last step, and after it the K predictions of that encoding, the one
// from the nearest step first. The last step ends with the window; see [methods.Predictor]. Where a step is a piece that is encoded by itself,
// pieces that were met not long ago are not encoded again: the bits are those of windows encoded one by one.
func (f *Predictor) Encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	for _, w := range windows {
		if n := w.End - w.Start; n != f.m.Settings.Window {
			return nil, inputError("a window of %d time stamps; predictions are made in windows of %d, as in training", n, f.m.Settings.Window)
		}
	}
	f.busy <- struct{}{}
	defer func() { <-f.busy }()
	if f.seen != nil {
		return f.byPieces(ctx, windows)
	}
	return f.m.windows(ctx, windows, predictions)
}

// Match is [Model.Match].
func (f *Predictor) Match(s *series.Series) (*series.Series, error) { return f.m.Match(s) }

// Step is [Model.Step].
func (f *Predictor) Step() time.Duration { return f.m.Step() }

// Hash is that of the model, marked as what it predicts.
func (f *Predictor) Hash() string { return f.m.Hash() + " predicts" }

// Horizons is how many predictions there are of a step.
func (f *Predictor) Horizons() int { return len(f.m.predictor.Horizons()) }

// Dim is the length of the encoding of a step.
func (f *Predictor) Dim() int { return f.m.predictor.Dim() }

// Window is the length of the windows in time stamps.
func (f *Predictor) Window() int { return f.m.Settings.Window }

// Hop is the distance between two steps in time stamps.
func (f *Predictor) Hop() int {
	hop, _ := f.m.predictor.Step(f.m.Settings.Window)
	return hop
}

// Shown is how many time stamps a step shows.
func (f *Predictor) Shown() int {
	_, shown := f.m.predictor.Step(f.m.Settings.Window)
	return shown
}
