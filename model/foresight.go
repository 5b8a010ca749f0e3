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

// buildForesight declares the predictors that the settings ask for.
func (m *Model) buildForesight(method methods.Method) (err error) {
	if !m.Settings.Predictors {
		return nil
	}
	by, ok := method.(methods.Foreteller)
	if !ok || m.Settings.Stage != "" {
		return fmt.Errorf("predictors of %s, which keeps none", m.Settings.Method)
	}
	s := methods.Setup{Weights: m.weights.Scope("method"), Encoder: m.encoder, Net: m.net, Channels: m.Settings.Channels, Length: m.Settings.Window}
	if p := m.Settings.Image; p != nil {
		s.Length, s.Height, s.Width = 0, p.Size, p.Size
	}
	m.foresight, err = by.Foresight(s)
	return err
}

// Predicts says what the model's predictors predict, nil in a model without: horizons in steps, the nearest first, and from how many
// directions they are looked at.
func (m *Model) Predicts() (horizons []int, directions int) {
	if m.foresight == nil {
		return nil, 0
	}
	return m.foresight.Horizons(), m.foresight.Directions()
}

// Foresight makes of windows what a model of series predicted of their last steps. It is an [Encoder], and safe for concurrent use.
type Foresight struct {
	m    *Model
	busy chan struct{} // one for each batch under way, as in a Batcher
}

// Foresight returns what the model predicts of windows of the length that it was trained on. Errors: ErrNoPredictors, or an
// [*InputError] for a model of images.
func (m *Model) Foresight() (*Foresight, error) {
	switch {
	case m.foresight == nil && m.Settings.Method == (methods.CPC{}).Name() && m.Settings.Stage == "":
		return nil, fmt.Errorf("%w; it was written by an older program, which dropped them after training: train it again", ErrNoPredictors)
	case m.foresight == nil:
		return nil, fmt.Errorf("%w; method cpc trains some (this one is %s)", ErrNoPredictors, m.Settings.Method)
	case m.Settings.Image != nil:
		return nil, inputError("a model of images predicts no series")
	}
	return &Foresight{m: m, busy: make(chan struct{}, batcherBusy)}, nil
}

// Encode returns a row for each window, [N, (1+K)·D]: the encoding of its last step, and behind it the K predictions of that encoding, the one
// from the nearest step first. The last step ends with the window; see [methods.Foresight].
func (f *Foresight) Encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	for _, w := range windows {
		if n := w.End - w.Start; n != f.m.Settings.Window {
			return nil, inputError("a window of %d time stamps; predictions are made in windows of %d, as in training", n, f.m.Settings.Window)
		}
	}
	f.busy <- struct{}{}
	defer func() { <-f.busy }()
	return f.m.windows(ctx, windows, foresight)
}

// Match is [Model.Match].
func (f *Foresight) Match(s *series.Series) (*series.Series, error) { return f.m.Match(s) }

// Step is [Model.Step].
func (f *Foresight) Step() time.Duration { return f.m.Step() }

// Hash is that of the model, marked as what it predicts.
func (f *Foresight) Hash() string { return f.m.Hash() + " predicts" }

// Horizons is how many predictions there are of a step.
func (f *Foresight) Horizons() int { return len(f.m.foresight.Horizons()) }

// Dim is the length of the encoding of a step.
func (f *Foresight) Dim() int { return f.m.foresight.Dim() }

// Window is the length of the windows in time stamps.
func (f *Foresight) Window() int { return f.m.Settings.Window }

// Hop is the distance between two steps in time stamps.
func (f *Foresight) Hop() int {
	hop, _ := f.m.foresight.Step(f.m.Settings.Window)
	return hop
}

// Shown is how many time stamps a step shows.
func (f *Foresight) Shown() int {
	_, shown := f.m.foresight.Step(f.m.Settings.Window)
	return shown
}
