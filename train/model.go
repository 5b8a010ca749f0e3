package train

import (
	"encoding/json"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
)

// Untrained returns the encoder that training would start from: the baseline of every claim of learning.
func Untrained(d Data, cfg Config) (*model.Model, error) {
	t, err := newTrainer(d, cfg)
	if err != nil {
		return nil, err
	}
	return t.model(Summary{})
}

// model makes a model of the present weights.
func (t *trainer) model(sum Summary) (*model.Model, error) {
	s, err := settingsOf(t.cfg, t.data)
	if err != nil {
		return nil, err
	}
	s.Steps = sum.Steps
	return model.New(s, sum, t.cfg.Encoder, t.cfg.Method, t.weights)
}

// derive makes the model that a run on top of base, by its method, ended with; stage says what the run was.
func derive(base *model.Model, method methods.Method, t *trainer, sum Summary, stage string, layers int, classes []string) (*model.Model, error) {
	s, err := settingsOf(t.cfg, t.data)
	if err != nil {
		return nil, err
	}
	b := base.Settings
	s.Method, s.MethodSettings, s.Window, s.Stride, s.ChannelNames = b.Method, b.MethodSettings, b.Window, b.Stride, b.ChannelNames
	s.Image = b.Image
	s.Steps, s.Stage, s.KeptLayers, s.Classes = sum.Steps, stage, layers, classes
	return model.New(s, sum, t.cfg.Encoder, method, t.weights)
}

func settingsOf(cfg Config, data *samples) (model.Settings, error) {
	ms, err := json.Marshal(cfg.Method)
	if err != nil {
		return model.Settings{}, err
	}
	es, err := json.Marshal(cfg.Encoder)
	if err != nil {
		return model.Settings{}, err
	}
	s := model.Settings{
		Method: cfg.Method.Name(), MethodSettings: ms, Encoder: cfg.Encoder.Name(), EncoderSettings: es,
		Views: cfg.Views.String(), Channels: data.channels, Stride: cfg.Stride, Batch: cfg.Batch, LR: cfg.LR, Optimizer: cfg.Optimizer,
		Decay: cfg.Decay, Warmup: cfg.Warmup, Clip: cfg.Clip, ClipEach: cfg.ClipEach, Seed: cfg.Seed, Groups: cfg.Groups,
	}
	data.describe(&s)
	if cfg.LRSchedule != (methods.Schedule{}) {
		s.LRSchedule = &cfg.LRSchedule
	}
	if cfg.DecaySchedule != (methods.Schedule{}) {
		s.DecaySchedule = &cfg.DecaySchedule
	}
	return s, nil
}
