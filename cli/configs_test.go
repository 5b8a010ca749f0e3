package cli

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/train"
)

// TestConfigsFit reads every file of configs as pretrain does, and makes the objective that it asks for, on a narrow
// encoder: no setting is misspelt or out of range. Every method has a file in each folder.
func TestConfigsFit(t *testing.T) {
	for folder, images := range map[string]methods.Setup{
		"cifar10":       {Channels: 3, Height: 32, Width: 32, Samples: make([]methods.Sample, 4000)},
		"fashion-mnist": {Channels: 1, Height: 28, Width: 28, Samples: make([]methods.Sample, 4000)},
	} {
		files, err := filepath.Glob(filepath.Join("..", "configs", folder, "*.toml"))
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, file := range files {
			name := strings.TrimSuffix(filepath.Base(file), ".toml")
			found = append(found, name)
			cfg, err := configured(file, folder+":DIR")
			if err == nil && cfg.Method.Name() != name {
				t.Errorf("%s: its method is %s", file, cfg.Method.Name())
			}
			if err == nil {
				err = objective(cfg, images)
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
		slices.Sort(found)
		if !slices.Equal(found, methods.Names()) {
			t.Errorf("configs/%s has %v, the methods are %v", folder, found, methods.Names())
		}
	}
}

// TestSeriesConfigsFit reads the authors' runs on series and the settings for short runs on small sets of them, and makes their
// objectives.
func TestSeriesConfigsFit(t *testing.T) {
	for folder, length := range map[string]int{"series": 256, "short": 128} {
		files, err := filepath.Glob(filepath.Join("..", "configs", folder, "*.toml"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, files, err)
		}
		for _, file := range files {
			cfg, err := configured(file, "series.csv")
			if err == nil && cfg.Method.Name() != strings.TrimSuffix(filepath.Base(file), ".toml") {
				t.Errorf("%s: its method is %s", file, cfg.Method.Name())
			}
			if err == nil {
				err = objective(cfg, methods.Setup{Channels: 1, Height: max(length, cfg.Window), Width: 1, Samples: make([]methods.Sample, 200)})
			}
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

// TestFurtherConfigsRun takes the files of fine-tuning and distillation for a step, on small images, and finds their settings in the
// recipes of the models.
func TestFurtherConfigsRun(t *testing.T) {
	set, dir := figures(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	files := func(name string) string {
		return filepath.Join("..", "configs", "cifar10", "further", "simclr-v2-"+name+".toml")
	}
	all, err := filepath.Glob(files("*"))
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	must(t, "pretrain", "-q", "--data", set, "--method", "simclr-v2", "--set", "encoder.width=4", "--batch", "16", "--steps", "2", "--out", at("pre"))
	must(t, "finetune", "-q", "-c", files("finetune"), "--model", at("pre"), "--train", set, "--epochs", "1", "--out", at("finetune"))
	must(t, "distill", "-q", "-c", files("distill"), "--teacher", at("finetune"), "--data", set, "--epochs", "1", "--out", at("distill"))
	for _, name := range []string{"finetune", "distill"} {
		m, err := model.Load(at(name))
		if err != nil {
			t.Fatal(err)
		}
		was, _, err := train.ParseSettings(m.Recipe)
		if err != nil {
			t.Fatal(err)
		}
		file, _, err := readSettings(files(name))
		if err != nil {
			t.Fatal(err)
		}
		if m.Settings.Stage != name || m.Settings.KeptLayers != map[string]int{"finetune": 1}[name] {
			t.Errorf("%s: stage %s with %d layers", name, m.Settings.Stage, m.Settings.KeptLayers)
		}
		for _, c := range train.Changes(file.As("augment", "image_augment"), was) {
			// The views are written with the defaults of their parts.
			if c.Was != "not set" && c.Name != "epochs" && c.Name != "image_augment" {
				t.Errorf("%s: %s", name, c)
			}
		}
	}
}

// TestBuiltinConfig: the file by which the built-in encoder was learnt is read, its steps take as many series as it says, and the weights
// name the same settings, those of the larger size a seed for each network.
func TestBuiltinConfig(t *testing.T) {
	cfg, err := configured(filepath.Join("..", "configs", "builtin", "small.toml"), "synthetic:256000")
	if err != nil || cfg.Steps*cfg.Batch != 256000 || cfg.Encoder.Name() != "towers" || cfg.Method.Name() != "simclr" {
		t.Errorf("%+v, %v", cfg, err)
	}
	for name, networks := range map[string]int{"small.safetensors": 1, "base.safetensors": 4} {
		meta, _, err := tensorfile.Read(filepath.Join("..", "encoders", "learnt", name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range networks {
			cfg.Seed = uint64(i)
			was, _, err := train.ParseSettings(meta[learnt.Recipe(i)])
			if err != nil {
				t.Fatal(err)
			}
			now, err := cfg.Settings()
			if err != nil {
				t.Fatal(err)
			}
			if now, _, err = train.ParseSettings(now.String()); err != nil {
				t.Fatal(err)
			}
			// configured narrows the encoder.
			for _, c := range train.Changes(was, now.Without("encoder.width")) {
				t.Errorf("%s, network %d: in the recipe of the weights %s", name, i, c)
			}
		}
	}
}

// configured is what pretrain makes of a file, on a narrow encoder.
func configured(file, data string) (train.Config, error) {
	c := newPretrainCmd()
	c.Config, c.Data, c.Out, c.Part, c.Every = file, []string{data}, "out", 1, 100
	e := &env{context.Background(), &surroundings{stdout: io.Discard, stderr: io.Discard, log: newLogger(io.Discard, &cli{}), cli: &cli{}}}
	own, err := c.over(e, train.Settings{})
	if err != nil {
		return train.Config{}, err
	}
	if err := own.Set("encoder.width", "8"); err != nil {
		return train.Config{}, err
	}
	return c.recipe(e, own)
}

// objective makes a method's objective for samples like those given.
func objective(cfg train.Config, s methods.Setup) error {
	if encoders.Axes(cfg.Encoder) == 1 {
		s.Channels, s.Length, s.Height, s.Width = s.Channels*s.Width, s.Height, 0, 0
	}
	w := nn.NewWeights(0)
	net, err := methods.NetworkOf(cfg.Method, w, cfg.Encoder, s.Channels)
	if err != nil {
		return err
	}
	s.Weights, s.Encoder, s.Net, s.Batch, s.Steps = w.Scope("method"), cfg.Encoder, net, cfg.Batch, 1000
	s.Labels = make([]int, len(s.Samples))
	_, err = cfg.Method.New(s)
	return err
}
