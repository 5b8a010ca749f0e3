package suite

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// Choice says in texts and settings what a suite compares; [Choice.Training] and [Choice.WithFile] make a [Training] of it.
type Choice struct {
	// Suite is "classify", "anomaly" or "images": what is not given is as suits it.
	Suite string
	// Methods and Encoders are lists such as "simclr,byol(momentum=0.99)"; "" means SimCLR and the suite's usual encoder. The
	// method "all" means every one that can learn from what the suite has.
	Methods, Encoders string
	// Settings are those of training, which count before the usual ones and before those of a file.
	Settings train.Settings
	// Seeds and Seconds are those of [Training].
	Seeds   int
	Seconds float64
}

const (
	// anomalyEncoder is a small network, since the first parts of series are short.
	anomalyEncoder = "conv(width=16,depth=4,out=64)"
	// anomalyViews are the views of the anomaly suite: they change nothing by which an anomaly shows.
	anomalyViews = "jitter(0.2)|mask(0.3)"
	// imagesEncoder is a network that learns on two cores while one waits.
	imagesEncoder = "resnet18(width=16)"
)

// Training compares the methods with the encoders. Errors name the method, encoder or setting that is wrong.
func (c Choice) Training() (Training, error) {
	t := Training{Seeds: c.Seeds, Seconds: c.Seconds}
	var err error
	if t.Methods, err = c.methods(); err != nil {
		return t, err
	}
	own, encoder, usual := c.Settings, "conv", map[string]string{}
	switch c.Suite {
	case "anomaly":
		encoder, usual["augment"] = anomalyEncoder, anomalyViews
	case "images":
		encoder, usual["batch"] = imagesEncoder, "128"
		if own.Has("augment") {
			own = own.As("augment", "image_augment")
		}
	}
	if c.Encoders != "" {
		encoder = c.Encoders
	}
	if t.Encoders, err = parsed(encoder, train.ParseEncoder); err != nil {
		return t, err
	}
	if t.Config, err = over(own, usual); err != nil {
		return t, err
	}
	return t, t.Check()
}

// methods are those of the list.
func (c Choice) methods() ([]methods.Method, error) {
	var out []methods.Method
	for _, text := range train.SplitList(c.Methods) {
		if text != "all" {
			m, err := train.ParseMethod(text)
			if err != nil {
				return nil, err
			}
			out = append(out, m)
			continue
		}
		for _, name := range methods.Names() {
			m, err := methods.ByName(name, nil)
			if err != nil {
				return nil, err
			}
			// Parts of a series to learn from have no class.
			if needs := m.Needs(); !(needs.Labels && c.Suite == "anomaly") && !(needs.Sequences && c.Suite == "images") {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// WithFile takes method, encoder and all that the choice leaves open from a settings file.
func (c Choice) WithFile(file train.Settings) (Training, error) {
	usual := map[string]string{"encoder": "conv"}
	switch c.Suite {
	case "anomaly":
		usual["encoder"], usual["augment"] = anomalyEncoder, anomalyViews
	case "images":
		usual["encoder"] = "resnet18"
	}
	cfg, err := over(c.Settings.Over(file), usual)
	if err != nil {
		return Training{}, err
	}
	if c.Seconds > 0 && !c.Settings.Has("steps") && !c.Settings.Has("epochs") {
		cfg.Steps, cfg.Epochs = 0, 0
	}
	t := Training{Seeds: c.Seeds, Seconds: c.Seconds, Encoders: []encoders.Encoder{cfg.Encoder}, Config: cfg}
	if cfg.Method != nil {
		t.Methods = []methods.Method{cfg.Method}
	}
	return t, t.Check()
}

// over is a configuration by settings over the usual ones.
func over(own train.Settings, usual map[string]string) (train.Config, error) {
	var below train.Settings
	for name, v := range usual {
		if err := below.Set(name, v); err != nil {
			return train.Config{}, err
		}
	}
	return own.Over(below).Config()
}

// parsed reads a list of choices.
func parsed[T any](list string, one func(text string) (T, error)) ([]T, error) {
	var out []T
	for _, text := range train.SplitList(list) {
		v, err := one(text)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// SettingsFiles lists settings files: paths themselves, and the .toml files of those that are folders.
func SettingsFiles(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		if st, err := os.Stat(path); err != nil || !st.IsDir() {
			out = append(out, path)
			continue
		}
		found, err := filepath.Glob(filepath.Join(path, "*.toml"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: there is no .toml file in it", path)
		}
		out = append(out, found...)
	}
	return out, nil
}
