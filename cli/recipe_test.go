package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/train"
)

// flagsOf are the flags of a command.
func flagsOf(t *testing.T, command string) []*kong.Flag {
	t.Helper()
	c := newCLI()
	parser, err := kong.New(&c, kong.Name("wavekin"), kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	return (&env{surroundings: &surroundings{app: parser.Model}}).of(command)
}

// TestEverySettingIsAFlag: each field of train.Config is a flag, with its description, of every command that trains, unless the
// model or the suite decides it.
func TestEverySettingIsAFlag(t *testing.T) {
	for command, without := range map[string][]string{"pretrain": nil, "finetune": train.Owned(false), "distill": train.Owned(true), "bench": {"method", "encoder"}} {
		flags := flagsOf(t, command)
		for _, f := range train.Fields() {
			name := strings.ReplaceAll(f.Name, "_", "-")
			i := slices.IndexFunc(flags, func(k *kong.Flag) bool { return k.Name == name })
			switch {
			case slices.Contains(without, f.Name) != (i < 0):
				t.Errorf("%s: there is a flag --%s: %v", command, name, i >= 0)
			case i >= 0 && f.Name != "seed" && flags[i].Help != f.Doc:
				t.Errorf("%s --%s: help %q, want %q", command, name, flags[i].Help, f.Doc)
			}
		}
	}
}

// benchValues are what a test sets a setting to in a bench, and what a row then says.
var benchValues = map[string][2]string{
	"augment": {"scale(0.3)", "scale(0.3)"}, "normalize": {"window", "window"}, "batch": {"4", "4"}, "steps": {"3", "3"}, "epochs": {"1", "1"}, "lr": {"0.5", "0.5"},
	"lr_schedule": {"{from=0.1, to=0.01}", "map[from:0.1 to:0.01]"}, "precision": {"bf16", "bf16"}, "warmup": {"0.4", "0.4"}, "optimizer": {"sgd", "sgd"}, "decay": {"0.3", "0.3"},
	"decay_schedule": {"{from=0.1, to=0.2}", "map[from:0.1 to:0.2]"}, "beta2": {"0.9", "0.9"}, "beta1": {"0.8", "0.8"}, "momentum": {"0.7", "0.7"},
	"trust": {"0.01", "0.01"}, "exempt": {"none", "none"}, "lr_scaling": {"sqrt", "sqrt"}, "drop_last": {"true", "true"}, "recompute": {"true", "true"}, "chunk": {"2", "2"}, "clip": {"0.7", "0.7"}, "clip_each": {"0.6", "0.6"},
	"groups": {`[{prefix="encoder.", rate=0.5}]`, "[map[prefix:encoder. rate:0.5]]"}, "seed": {"9", "9"},
	"image_augment": {"flip", "flip(0.5)"}, "size": {"8", "8"}, "space": {"rgb", "rgb"}, "ground": {"black", "black"},
}

// notInBench are the settings that a bench decides or has another flag for.
var notInBench = []string{"method", "encoder", "window", "stride"}

// TestBenchConfigsWithEveryFlag compares a settings file with each flag in place of what it says: the flag counts, the file's
// other settings stay, and the row is made anew.
func TestBenchConfigsWithEveryFlag(t *testing.T) {
	dir, out := ucrFolder(t, "Abc"), filepath.Join(t.TempDir(), "out")
	images := figures(t)
	config := write(t, t.TempDir(), "a.toml", "method = \"simclr\"\nencoder = \"conv\"\nbatch = 6\nsteps = 2\nlr = 0.01\nwarmup = 0.1\nseed = 5\n[set.encoder]\nwidth = 4\ndepth = 1\nout = 4\n[set.method]\nhidden = 4\nout = 4\n")
	pictures := write(t, t.TempDir(), "b.toml", "encoder = \"resnet18\"\nbatch = 6\nsteps = 1\nlr = 0.01\nseed = 5\n[set.encoder]\nwidth = 1\n[set.method]\nhidden = 4\nout = 4\n")
	trained := func(args ...string) suite.Row {
		t.Helper()
		for _, r := range rowsOf(t, append(args, "--out", out)...).Rows {
			if r.Method == "simclr" {
				return r
			}
		}
		t.Fatal("no row of simclr")
		return suite.Row{}
	}
	base := map[string]suite.Row{"classify": trained("classify", "--data", dir, "--configs", config), "images": trained("images", "--data", images, "--configs", pictures)}
	if r := base["classify"]; r.Recipe.Value("batch") != int64(6) || r.Seed != 5 || r.Steps != 2 {
		t.Errorf("the file alone: %d steps, seed %d\n%s", r.Steps, r.Seed, r.Recipe)
	}
	for _, f := range train.Fields() {
		if slices.Contains(notInBench, f.Name) {
			continue
		}
		v, ok := benchValues[f.Name]
		if !ok {
			t.Errorf("setting %s: say in this test what it may be set to", f.Name)
			continue
		}
		args := []string{"classify", "--data", dir, "--configs", config}
		if slices.Contains([]string{"size", "space", "ground", "image_augment"}, f.Name) {
			args = []string{"images", "--data", images, "--configs", pictures}
		}
		r := trained(append(args, "--"+strings.ReplaceAll(f.Name, "_", "-"), v[0])...)
		changes := train.Changes(base[args[0]].Recipe, r.Recipe)
		found := false
		for _, c := range changes {
			found = found || c.Name == f.Name
		}
		if got := fmt.Sprint(r.Recipe.Value(f.Name)); !found || got != v[1] || len(changes) > 2 { // epochs take the place of steps
			t.Errorf("--%s %s: the row says %s, and its recipe changes in %v", f.Name, v[0], got, changes)
		}
	}
}

// TestBenchTellsTrainingSettingsApart compares two files that differ in [set.train] alone, one after the other into one folder and
// side by side: each has a row and a column of its own, and the seed of one is not that of the other.
func TestBenchTellsTrainingSettingsApart(t *testing.T) {
	dir, out, files := ucrFolder(t, "Abc"), filepath.Join(t.TempDir(), "out"), t.TempDir()
	rest := "\n[set.encoder]\nwidth = 4\ndepth = 1\nout = 4\n[set.train]\n"
	a := write(t, files, "a.toml", "steps = 20\nseed = 3"+rest+"warmup = 0.9\n")
	b := write(t, files, "b.toml", "steps = 20"+rest+"warmup = -1\nclip = 0.1\n")
	var loss []float64
	for _, file := range []string{a, b} {
		r := rowsOf(t, "classify", "--data", dir, "--configs", file, "--out", out)
		if last := r.Rows[len(r.Rows)-1]; last.Steps != 20 || last.Method != "simclr" {
			t.Errorf("%s: %d steps of %s, want the file's 20", file, last.Steps, last.Method)
		}
		loss = append(loss, r.Rows[len(r.Rows)-1].Loss)
	}
	if loss[0] == loss[1] {
		t.Errorf("both have the loss %g", loss[0])
	}
	r := rowsOf(t, "classify", "--data", dir, "--configs", a, "--configs", b, "--out", out)
	var seeds []uint64
	var columns []string
	for _, row := range r.Rows {
		if row.Method == "simclr" {
			seeds = append(seeds, row.Seed)
		}
	}
	for _, m := range r.Means {
		if m.Measure == "accuracy" && strings.HasPrefix(m.Column, "simclr") {
			columns = append(columns, m.Column)
		}
	}
	if !slices.Equal(seeds, []uint64{3, 0}) {
		t.Errorf("seeds %v, want the first file's 3, and 0", seeds)
	}
	if len(columns) != 2 || !strings.Contains(columns[0], "warmup=0.9") || !strings.Contains(columns[1], "clip=0.1") {
		t.Errorf("columns %q", columns)
	}
	if _, errs, code := wk(t, "bench", "classify", "--data", dir, "--configs", write(t, files, "c.toml", "steps = 1\nspeed = 3\n")); code != exitUsage || !strings.Contains(errs, `line 2: unknown setting "speed"`) {
		t.Errorf("code %d: %s", code, errs)
	}
}

// TestFurtherTrainingChecksItsOutputs refuses, before any work, outputs that cannot be written and those that are an input.
func TestFurtherTrainingChecksItsOutputs(t *testing.T) {
	dir := t.TempDir()
	learn, test := classes(t, dir, "A_TRAIN.tsv", 24), classes(t, dir, "A_TEST.tsv", 12)
	pre, tuned := filepath.Join(dir, "pre"), filepath.Join(dir, "tuned")
	must(t, "pretrain", "-q", "--data", learn, "--steps", "1", "--batch", "8", "--set", "encoder.width=4", "--set", "encoder.depth=1", "--out", pre)
	must(t, "finetune", "-q", "--model", pre, "--train", learn, "--steps", "1", "--out", tuned)
	nowhere := filepath.Join(dir, "no", "such", "folder", "m")
	for _, c := range []struct {
		want string
		args []string
	}{
		{"is an input as well as an output", []string{"finetune", "--model", pre, "--train", learn, "--out", pre}},
		{"is an input as well as an output", []string{"finetune", "--model", pre, "--train", learn, "--out", learn}},
		{"is an input as well as an output", []string{"finetune", "--model", pre, "--train", learn, "--test", test, "--out", test}},
		{"is an input as well as an output", []string{"distill", "--teacher", tuned, "--data", learn, "--out", tuned}},
		{"is an input as well as an output", []string{"distill", "--teacher", tuned, "--data", learn, "--out", learn}},
		{nowhere, []string{"finetune", "--model", pre, "--train", learn, "--out", nowhere}},
		{nowhere, []string{"distill", "--teacher", tuned, "--data", learn, "--out", nowhere}},
	} {
		out := c.args[len(c.args)-1]
		before, _ := os.ReadFile(out)
		_, errs, code := wk(t, append(c.args, "--steps", "1000000")...) // more than a test would wait for
		after, _ := os.ReadFile(out)
		if code == 0 || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 || string(before) != string(after) {
			t.Errorf("%v: code %d, %q", c.args, code, errs)
		}
	}
}

// TestFurtherTrainingTakesEverySetting: flags and a settings file reach fine-tuning and distillation.
func TestFurtherTrainingTakesEverySetting(t *testing.T) {
	dir := t.TempDir()
	learn := classes(t, dir, "A_TRAIN.tsv", 24)
	pre, tuned, small := filepath.Join(dir, "pre"), filepath.Join(dir, "tuned"), filepath.Join(dir, "small")
	must(t, "pretrain", "-q", "--data", learn, "--steps", "1", "--batch", "8", "--encoder", "conv(width=4,depth=1,out=8)", "--out", pre)
	config := write(t, dir, "tune.toml", "optimizer = \"lars\"\nlr = 0.2\nsteps = 3\nlabels = 0.5\n[set.train]\nwarmup = 0.2\n")
	must(t, "finetune", "-q", "-c", config, "--model", pre, "--train", learn, "--steps", "2", "--decay", "0.01", "--set", "train.clip_each=3", "--out", tuned)
	says := must(t, "info", tuned)
	for _, line := range []string{`optimizer = "lars"`, "lr = 0.2", "steps = 2", "warmup = 0.2", "decay = 0.01", "clip_each = 3", "clip = -1", `method = "finetune"`} {
		if !strings.Contains(says, line+"\n") {
			t.Errorf("no %q in\n%s", line, says)
		}
	}
	must(t, "distill", "-q", "--teacher", tuned, "--data", learn, "--steps", "1", "--encoder", "conv(width=4,depth=1)", "--set", "encoder.out=6",
		"--lr-schedule", "{from=0.1, to=0.01}", "--temperature", "2", "--out", small)
	says = must(t, "info", small)
	for _, line := range []string{"lr_schedule = {from = 0.1, to = 0.01}", "out = 6", "temperature = 2", `method = "distill"`} {
		if !strings.Contains(says, line+"\n") {
			t.Errorf("no %q in\n%s", line, says)
		}
	}
	for want, args := range map[string][]string{
		"method is the model's own": {"--set", "train.method=byol"},
		"unknown flag --window":     {"--window", "8"},
		"rprop":                     {"--optimizer", "rprop"},
	} {
		_, errs, code := wk(t, append([]string{"finetune", "--model", pre, "--train", learn, "--out", tuned}, args...)...)
		if code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%v: code %d, %q", args, code, errs)
		}
	}
}

// TestFilesAreNamedLikeFlags: a settings file holds the command's own flags too, with hyphens or underscores.
func TestFilesAreNamedLikeFlags(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 200, 0)
	out := filepath.Join(dir, "m")
	text := "data = [\"" + quiet + "\"]\nout = \"" + out + "\"\nskip-corrupt = true\nlabel = \"label\"\nchannels = [\"pressure\"]\npart = 0.9\nwindow = 16\nsteps = 1\nthreads = 1\nseed = 4\n" +
		"clip-each = 2\n[set.encoder]\nwidth = 4\ndepth = 1\n"
	must(t, "pretrain", "-q", "-c", write(t, dir, "run.toml", text))
	if says := must(t, "info", out); !strings.Contains(says, "1 channel: pressure") || !strings.Contains(says, "clip_each = 2\n") || !strings.Contains(says, "seed = 4\n") {
		t.Error(says)
	}
	for line, want := range map[string]string{
		"skip_corrupt = 3":    "skip_corrupt is a number, want a true or false",
		"channels = 3":        "channels is a number, want a text",
		"config = \"x\"":      `unknown setting "config"`,
		"set = 3":             "set is 3, want tables",
		"part = \"a\"":        "part is a string, want a number",
		"checkpoint = [\"\"]": "checkpoint is an array, want a text",
	} {
		_, errs, code := wk(t, "pretrain", "-q", "-c", write(t, dir, "bad.toml", line+"\n"+text[:strings.Index(text, "skip")]))
		if code != exitUsage || !strings.Contains(errs, "line 1: "+want) {
			t.Errorf("%s: code %d, %q, want %q", line, code, errs, want)
		}
	}
}

func TestSettingsOfTrainingAreListed(t *testing.T) {
	out := must(t, "list", "settings")
	for _, f := range train.Fields() {
		if !strings.Contains(out, f.Name) {
			t.Errorf("no %s in\n%s", f.Name, out)
		}
	}
}

// TestPretrainChoosesAWindow: a long recording is cut by its period, which is said, and what is given is left as it is.
func TestPretrainChoosesAWindow(t *testing.T) {
	b := newWorkshop(t)
	var text strings.Builder
	text.WriteString("time,v\n")
	for i := range 1200 {
		fmt.Fprintf(&text, "%d,%.4f\n", i, math.Sin(2*math.Pi*float64(i)/24))
	}
	long, out := write(t, b.dir, "long.csv", text.String()), b.path("m2.safetensors")
	args := []string{"pretrain", "--data", long, "--steps", "1", "--batch", "4", "--encoder", "conv(width=4,depth=1,out=8)", "--out", out}
	for _, c := range []struct {
		more          []string
		said, windows string
	}{
		{nil, "windows of 72 time stamps, since the recording is long and the period is 24; --window sets another length", "windows of 72 time stamps, stride 18,"},
		{[]string{"--stride", "1"}, "windows of 72 time stamps", "windows of 72 time stamps, stride 1,"},
		{[]string{"--window", "40"}, "", "windows of 40 time stamps, stride 10,"},
	} {
		_, errs, code := wk(t, append(args, c.more...)...)
		if code != 0 || !strings.Contains(errs, c.said) || c.said == "" && strings.Contains(errs, "the period is") {
			t.Errorf("%v: code %d, %q", c.more, code, errs)
		}
		if info := must(t, "info", out); !strings.Contains(info, c.windows) {
			t.Errorf("%v: %s, want %s", c.more, info, c.windows)
		}
	}
}
