package model

import (
	"context"
	"slices"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// stageFitted is the stage of a model in which nothing was trained.
const stageFitted = "fitted"

// Fitted makes a model of an encoder in which nothing is trained, such as [encoders.Rocket]: its network is fitted to as many
// of the windows as it wants ([encoders.FitSamples]), drawn by the seed and standardised by norm. The windows are of one
// length and hold values. The model's channels have no names.
func Fitted(ctx context.Context, enc encoders.Encoder, norm *series.Normalizer, windows []*series.Window, seed uint64) (*Model, error) {
	if len(windows) == 0 || len(windows[0].Values) == 0 {
		return nil, inputError("no windows to fit %s to", enc.Name())
	}
	n := windows[0].End - windows[0].Start
	m := &Model{Settings: Settings{Channels: len(windows[0].Values), Window: n, Stride: n, Normalizer: norm, Stage: stageFitted}}
	method := methods.SimCLR{} // a model names one; none was at work
	kept, err := encoders.Kept(enc)
	if err != nil {
		return nil, err
	}
	if err := m.Settings.name(kept, method); err != nil {
		return nil, err
	}
	m.weights = nn.NewWeights(seed)
	if err := m.build(enc, method, projecting{}); err != nil {
		return nil, err
	}
	m.encoder = kept
	rng := random.New(seed, random.Fit)
	ids := rng.Perm(len(windows))[:min(len(windows), encoders.FitSamples(enc))]
	slices.Sort(ids)
	compiling.Lock()
	g := nn.NewGraph(false)
	g.FitTo(rng)
	x := g.Input("x", len(ids), m.Settings.Channels, m.Settings.Window)
	p, err := g.Compile(nil, m.net.Apply(x))
	compiling.Unlock()
	if err != nil {
		return nil, err
	}
	rows := p.Data(x)
	for _, id := range ids {
		values := make([][]float32, m.Settings.Channels)
		for c := range values {
			values[c], rows = rows[:m.Settings.Window], rows[m.Settings.Window:]
		}
		norm.Apply(values, windows[id].Values, 0)
		for _, v := range values {
			series.FillGaps(v)
		}
	}
	return m, p.RunContext(ctx)
}
