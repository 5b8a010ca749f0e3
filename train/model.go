package train

import (
	"fmt"

	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Untrained returns the encoder that training would start from: the baseline of every claim of learning.
func Untrained(d Data, cfg Config) (*model.Model, error) {
	t, err := newTrainer(d, cfg, nil)
	if err != nil {
		return nil, err
	}
	return t.model(t.cfg.Method, t.settings(), Summary{})
}

// builtinSamples is how many synthetic series the built-in encoder is fitted to.
const builtinSamples = 256

// builtinOut is the length of its encodings.
const builtinOut = 512

// Builtin is the built-in encoder ([encoders.Builtin]) as a model for windows of a length and a number of channels. No
// data are needed: what is fitted is fitted to synthetic series, the same every time, and every window is standardised by
// itself, so that encodings of different inputs can be compared. To fit it to a set of one's own, see [Untrained]; to train it
// further, [Pretrain] with encoders.Builtin.
func Builtin(channels, window int) (*model.Model, error) { return BuiltinFrom("", channels, window) }

// BuiltinFrom is [Builtin] with the towers of a file, see encoders.Builtin.Towers; "" stands for the built-in ones.
func BuiltinFrom(towers string, channels, window int) (*model.Model, error) {
	if channels > synthetic.MostChannels {
		return nil, &model.InputError{Err: fmt.Errorf("the built-in encoder takes at most %d channels, there are %d; choose some, or learn an encoder from the data",
			synthetic.MostChannels, channels)}
	}
	set, err := synthetic.New(synthetic.Config{Series: builtinSamples, Length: max(window, 8), Channels: channels})
	if err != nil {
		return nil, err
	}
	return Untrained(Drawn(set), Config{Encoder: encoders.Builtin{Out: builtinOut, Towers: towers}, Window: window, Normalize: series.ModeWindow})
}

// model makes a model of the present weights.
func (t *trainer) model(method methods.Method, s model.Settings, sum Summary) (*model.Model, error) {
	_, s.Predictors = method.(methods.Predicting)
	s.Predictors = s.Predictors && s.Stage == "" // what follows changes the encodings that they predict
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
