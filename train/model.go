package train

import (
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
)

// Untrained returns the encoder that training would start from: the baseline of every claim of learning.
func Untrained(d Data, cfg Config) (*model.Model, error) {
	t, err := newTrainer(d, cfg, nil)
	if err != nil {
		return nil, err
	}
	return t.model(t.cfg.Method, t.settings(), Summary{})
}

// model makes a model of the present weights.
func (t *trainer) model(method methods.Method, s model.Settings, sum Summary) (*model.Model, error) {
	return model.New(s, t.cfg.String(), sum, t.cfg.Encoder, method, t.weights)
}

// settings say what a model of this run takes.
func (t *trainer) settings() model.Settings {
	s := model.Settings{Channels: t.data.channels, Stride: t.cfg.Stride}
	t.data.describe(&s)
	return s
}

// derive makes the model that a run on top of another ended with; stage says what the run was.
func (t *trainer) derive(sum Summary, stage string, layers int, classes []string) (*model.Model, error) {
	s, b := t.settings(), t.base.Settings
	s.Window, s.Stride, s.ChannelNames, s.Image, s.Step = b.Window, b.Stride, b.ChannelNames, b.Image, b.Step
	s.Stage, s.KeptLayers, s.Classes = stage, layers, classes
	return t.model(t.base.Method(), s, sum)
}
