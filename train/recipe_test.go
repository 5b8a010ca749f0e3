package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
)

// given is a value for a setting that differs from what recipeBase has, as a command line says it.
func given(t *testing.T, f field) string {
	t.Helper()
	named := map[string]string{
		"method": "byol(hidden=16)", "encoder": "resnet1d(width=4,stages=1)", "augment": "scale(0.3)", "image_augment": "flip",
		"space": "lab", "ground": "black", "normalize": "window", "optimizer": "sgd", "seed": "18446744073709551615",
		"lr_schedule": "{from=0.01, to=0.001, shape=\"linear\"}", "decay_schedule": "{from=0.1, to=0.2}", "groups": "[{prefix=\"encoder.\", rate=0.5}]",
		"warmup": "0.25", "precision": "bf16", "drop_last": "true", "recompute": "true", "lr_scaling": "linear",
		"exempt": "none", "momentum": "0.8", "beta1": "0.8", "trust": "0.01", "window": "24", "size": "10", "batch": "6",
	}
	if text, ok := named[f.name]; ok {
		return text
	}
	switch (Config{}).value(f).Kind() {
	case reflect.Int, reflect.Uint64:
		return "3"
	case reflect.Float64:
		return "0.5"
	}
	t.Fatalf("setting %s: say in this test what it may be set to", f.name)
	return ""
}

// forImages are the settings that an encoder of series drops.
var forImages = []string{"size", "space", "ground", "image_augment"}

// recipeBase is a run of two steps in which a setting counts, and its data.
func recipeBase(f field) (Data, Config) {
	if slices.Contains(forImages, f.name) {
		return Images(shapes{n: 12, channels: 3, size: 12}), Config{Method: methods.SimCLR{Hidden: 4, Out: 4}, Encoder: imageenc.ResNet18{Width: 1}, Batch: 4, Steps: 2, LR: 0.01}
	}
	c := Config{Method: methods.SimCLR{Hidden: 4, Out: 4}, Encoder: encoders.Conv{Width: 4, Depth: 1, Out: 4}, Views: augment.MustParse("jitter(0.1)"), Window: 16, Stride: 4, Batch: 4, Steps: 2, LR: 0.01}
	if f.name == "epochs" {
		c.Steps, c.Epochs = 0, 1
	}
	return waves(2, 40), c
}

// TestEverySettingIsEverywhere walks the fields of Config: each has a description, is set by its name with underscores or
// hyphens and in the table of a file, survives its text and its JSON, and changes the hash.
func TestEverySettingIsEverywhere(t *testing.T) {
	docs := Fields()
	if len(docs) != len(fields) || len(fields) < 20 {
		t.Fatalf("%d descriptions of %d settings", len(docs), len(fields))
	}
	config := reflect.TypeFor[Config]()
	for i := range config.NumField() {
		f := config.Field(i)
		if tag := f.Tag.Get("json"); tag == "" || tag == "-" && f.Type != reflect.TypeFor[Run]() {
			t.Errorf("field %s has no name as a setting; what is none belongs into Run", f.Name)
		}
	}
	zero := Config{}.Hash()
	for i, f := range fields {
		if docs[i].Name != f.name || docs[i].Doc == "" || docs[i].Kind == "" {
			t.Errorf("%s is described as %+v", f.name, docs[i])
		}
		text := given(t, f)
		var s Settings
		if err := s.Set(f.name, text); err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		want, err := s.Config()
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		if want.Hash() == zero || want.value(f).IsZero() {
			t.Errorf("%s: set, but the configuration is as before", f.name)
		}
		for _, spelt := range []string{strings.ReplaceAll(f.name, "_", "-"), "train." + f.name, strings.ToUpper(f.name)} {
			var other Settings
			if err := other.Set(spelt, text); err != nil || other.String() != s.String() {
				t.Errorf("%s=%s: %q, want %q; %v", spelt, text, other.String(), s.String(), err)
			}
		}
		for _, file := range []string{want.String(), strings.Replace(want.String(), f.name, strings.ReplaceAll(f.name, "_", "-"), 1), inTable(want.String())} {
			back, err := Parse(file)
			if err != nil || !reflect.DeepEqual(back, want) {
				t.Errorf("%s: %+v is written as %q and read as %+v, %v", f.name, want, file, back, err)
			}
		}
		var object map[string]any
		text2, err := json.Marshal(s)
		if err != nil || json.Unmarshal(text2, &object) != nil || object[f.name] == nil {
			t.Errorf("%s is not in %s, %v", f.name, text2, err)
		}
	}
}

// inTable moves the first lines of a file into [set.train].
func inTable(file string) string { return "[set.train]\n" + file }

// TestResumeNamesTheSettingThatDiffers changes each setting between an interrupted run and its going on.
func TestResumeNamesTheSettingThatDiffers(t *testing.T) {
	for _, f := range fields {
		data, cfg := recipeBase(f)
		cfg.Checkpoint, cfg.Every = t.TempDir(), 1
		if _, _, err := Pretrain(context.Background(), data, cfg); err != nil {
			t.Fatal(err)
		}
		cfg.Resume = true
		if _, _, err := Pretrain(context.Background(), data, cfg); err != nil {
			t.Errorf("%s: the same run is refused: %v", f.name, err)
		}
		was, err := cfg.Resolved()
		if err != nil {
			t.Fatal(err)
		}
		var s Settings
		if err := s.Set(f.name, given(t, f)); err != nil {
			t.Fatal(err)
		}
		if err := s.Apply(&cfg); err != nil {
			t.Fatal(err)
		}
		var file *model.FileError
		_, _, err = Pretrain(context.Background(), data, cfg)
		if !errors.As(err, &file) || !strings.Contains(err.Error(), f.name+" was ") || !strings.Contains(err.Error(), " and is ") {
			t.Errorf("%s: %v", f.name, err)
			continue
		}
		v, err := f.get(was)
		if err != nil || v == nil || f.isName() {
			continue
		}
		if want := fmt.Sprintf("%s was %s and is ", f.name, valueText(v, true)); !strings.Contains(file.Error(), want) {
			t.Errorf("%s: %v, want %q", f.name, file, want)
		}
	}
}

// TestOtherDataIsNamedOnResume goes on with other samples.
func TestOtherDataIsNamedOnResume(t *testing.T) {
	data, cfg := recipeBase(field{})
	cfg.Checkpoint, cfg.Every = t.TempDir(), 1
	if _, _, err := Pretrain(context.Background(), data, cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Resume = true
	other := waves(2, 40)
	for _, s := range other {
		s.Channels = []string{"p", "q"}
	}
	_, _, err := Pretrain(context.Background(), other, cfg)
	if err == nil || !strings.Contains(err.Error(), `channel_names was ["x", "y"] and is ["p", "q"]`) {
		t.Error(err)
	}
}

// TestEverySettingCountsFurther sets each setting of Config for fine-tuning and for distillation: the model's recipe has it, or
// it is refused as the model's own.
func TestEverySettingCountsFurther(t *testing.T) {
	ctx := context.Background()
	base := kept(t)
	tuned, _, err := Finetune(ctx, base, withLabels(12, 1), Finetuning{Config: Config{Steps: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		if slices.Contains(forImages[1:], f.name) || f.name == "size" {
			continue // of a model of images
		}
		var s Settings
		if err := s.Set(f.name, given(t, f)); err != nil {
			t.Fatal(err)
		}
		cfg, err := s.Config()
		if err != nil {
			t.Fatal(err)
		}
		if f.name != "steps" && f.name != "epochs" {
			cfg.Steps = 1
		}
		for _, distill := range []bool{false, true} {
			var m *model.Model
			if distill {
				m, _, err = Distill(ctx, tuned, withLabels(12, 1), Distillation{Config: cfg})
			} else {
				m, _, err = Finetune(ctx, base, withLabels(12, 1), Finetuning{Config: cfg})
			}
			if slices.Contains(Owned(distill), f.name) {
				if err == nil || !strings.Contains(err.Error(), f.name+" is the model's own") {
					t.Errorf("%s, distilling %v: %v", f.name, distill, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, distilling %v: %v", f.name, distill, err)
				continue
			}
			back, err := Parse(m.Recipe)
			if err != nil {
				t.Errorf("%s: recipe %q: %v", f.name, m.Recipe, err)
				continue
			}
			a, _ := f.get(back)
			b, _ := f.get(cfg)
			if !f.isName() && !reflect.DeepEqual(a, b) {
				t.Errorf("%s, distilling %v: the recipe says %v, want %v", f.name, distill, a, b)
			}
		}
	}
}

// TestRecipesCannotBeRunWithoutTheirModel reads the recipe of a fine-tuned model.
func TestRecipesCannotBeRunWithoutTheirModel(t *testing.T) {
	tuned, _, err := Finetune(context.Background(), kept(t), withLabels(12, 1), Finetuning{FromLayer: 1, Config: Config{Steps: 1}})
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := Parse(tuned.Recipe)
	if err != nil {
		t.Fatal(err)
	}
	if f, ok := cfg.Method.(*finetuning); !ok || f.FromLayer != 1 || len(f.Base) != 16 {
		t.Errorf("the method is %+v", cfg.Method)
	}
	if _, _, err := Pretrain(context.Background(), withLabels(12, 1), cfg); !errors.Is(err, errNeedsModel) {
		t.Error(err)
	}
}

func TestResolvingTwiceChangesNothing(t *testing.T) {
	for _, name := range methods.Names() {
		m, err := methods.ByName(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []Config{{Method: m}, {Method: m, Encoder: imageenc.ResNet18{}}, {Method: m, Decay: -3, Warmup: -2, Clip: -1, ClipEach: -1, Epochs: 3}, {Method: m, ClipEach: 2}} {
			once, err := c.Resolved()
			if err != nil {
				t.Fatal(err)
			}
			twice, err := once.Resolved()
			if err != nil || once.Hash() != twice.Hash() {
				t.Errorf("%s: %s\nand then\n%s%v", name, once, twice, err)
			}
			back, err := Parse(once.String())
			if err != nil || back.Hash() != once.Hash() {
				t.Errorf("%s: %s\nis read as\n%s%v", name, once, back, err)
			}
		}
	}
}

func TestSettingsMerge(t *testing.T) {
	file, others, err := ParseSettings(`
method = "moco-v2"
lr = 0.5
label = "quality"   # no setting of training
augment = "flip"
[set.method]
queue = 40
temperature = 0.3
[set.encoder]
width = 8
[set.train]
lr_schedule = {from = 0.1, to = 0.01}
clip-each = 2
[[set.train.groups]]
prefix = "a"
[[set.train.groups]]
prefix = "b"
rate = -1
`)
	if err != nil {
		t.Fatal(err)
	}
	if len(others) != 1 || others[0] != (Other{"label", 4, "quality"}) {
		t.Errorf("others: %+v", others)
	}
	var own Settings
	for name, text := range map[string]string{"method.queue": "20", "lr_schedule.shape": "linear", "encoder": "resnet18(stem=tiny)", "train.decay": "-1"} {
		if err := own.Set(name, text); err != nil {
			t.Fatal(err)
		}
	}
	c, err := own.Over(file).Config()
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Method: methods.MoCoV2{MoCo: methods.MoCo{Queue: 20, Temperature: 0.3}}, Encoder: imageenc.ResNet18{Width: 8, Stem: "tiny"}, LR: 0.5,
		ImageViews: imageaug.MustParse("flip"), LRSchedule: methods.Schedule{From: 0.1, To: 0.01, Shape: "linear"}, ClipEach: 2, Decay: -1,
		Groups: []methods.Group{{Prefix: "a"}, {Prefix: "b", Rate: -1}}}
	if c.String() != want.String() {
		t.Errorf("got\n%s\nwant\n%s", c, want)
	}
	if file.Has("decay") {
		t.Error("merging changed what was merged")
	}
}

func TestBadSettingsFiles(t *testing.T) {
	for text, want := range map[string]string{
		"lr = 0.1\nspeed = 3":                      `line 2: unknown setting "speed"`,
		"lr = 0.1\n[set.train]\nlr = 0.2":          "line 3: lr is set twice",
		"clip_each = 1\nclip-each = 1":             "line 2: clip_each is set twice",
		"[set.train]\nclipp = 1":                   `line 2: unknown setting "clipp"`,
		"[set.network]\nwidth = 1":                 `line 1: no settings of "network"`,
		"set = 1":                                  "line 1: set is 1, want tables",
		"lr = \"fast\"":                            "lr is a string, want a number",
		"batch = 1.5":                              "batch is a number 1.5, want a whole number",
		"lr = nan":                                 "lr is NaN, want a finite number",
		"augment = 3":                              "augment is 3, want a text",
		"augment = \"jiter\"":                      "jiter",
		"method = 3":                               "method is 3, want a name",
		"method = \"magic\"":                       `no method "magic"`,
		"seed = -1":                                "seed is a number -1, want a whole number",
		"seed = \"-1\"":                            `seed is "-1", want a whole number`,
		"lr_schedule = {form = 1}":                 `unknown field "form"`,
		"method = \"simclr\"\n[set.method]\nx = 1": `settings of simclr: unknown field "x"`,
		"lr = ": "line 1",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, c := range []Config{{LR: math.NaN()}, {Warmup: math.NaN()}, {Method: closure{}}} {
		if _, err := c.Resolved(); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

// closure is a method that cannot be written down.
type closure struct {
	methods.SimCLR
	F func() `json:"f"`
}
