package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// withTorch are the flags with a Python that has PyTorch, named by WAVEKIN_PYTHON or found as python3; without one the test is
// skipped.
func withTorch(t *testing.T) options {
	t.Helper()
	if testing.Short() {
		t.Skip("takes minutes; leave -short out")
	}
	o := options{python: os.Getenv("WAVEKIN_PYTHON"), script: "twins.py", paths: "sequences,images", threads: 1, moved: 1, rows: twins}
	if o.python == "" {
		o.python = "python3"
	}
	if exec.Command(o.python, "-c", "import torch, numpy").Run() != nil {
		t.Skip("wants a Python with PyTorch and numpy; WAVEKIN_PYTHON names one")
	}
	return o
}

// TestEveryMethodHasATwin names the rows of the table by the catalogue; what is not for a path says why.
func TestEveryMethodHasATwin(t *testing.T) {
	for _, name := range append(methods.Names(), "finetune", "distill") {
		if !slices.ContainsFunc(twins, func(one twin) bool { return one.method == name }) {
			t.Errorf("%s has no twin", name)
		}
	}
	for _, one := range twins {
		for _, p := range paths() {
			if one.leftOut(p) != "" {
				continue
			}
			c, _, err := one.config(p, few)
			if err == nil {
				_, err = c.Resolved()
			}
			if err != nil {
				t.Errorf("%s on %s: %v", one.name, p.name, err)
			}
		}
	}
}

// TestTwins: every method comes to its twin's losses and weights.
func TestTwins(t *testing.T) {
	all, err := withTorch(t).compare([]int{few})
	if err != nil {
		t.Fatal(err)
	}
	if err := apart(all); err != nil {
		t.Error(err)
	}
}

// TestOtherSettingsAreFound tells the twin of a temperature that is a hundredth off.
func TestOtherSettingsAreFound(t *testing.T) {
	o := withTorch(t)
	py, err := start(o)
	if err != nil {
		t.Fatal(err)
	}
	defer py.close()
	for _, p := range paths() {
		one := twin{method: "simclr", settings: `{"temperature":0.5,"hidden":24,"out":16,"layers":2,"norm":"batch"}`, training: lars}
		c, how, err := one.config(p, few)
		if err != nil {
			t.Fatal(err)
		}
		r := &recorder{about: about{Method: "simclr", Training: how, Steps: few, Epoch: samples / batch,
			Settings: json.RawMessage(strings.Replace(one.settings, "0.5", "0.505", 1))}}
		c.Hooks = []train.Hook{r}
		if _, _, err := train.Pretrain(t.Context(), p.data, c); err != nil {
			t.Fatal(err)
		}
		file, got := filepath.Join(t.TempDir(), "record"), result{Row: "simclr", Path: p.name, Steps: few}
		if err := r.write(file); err != nil {
			t.Fatal(err)
		}
		if err := py.repeat(file, &got); err != nil {
			t.Fatal(err)
		}
		if apart([]result{got}) == nil {
			t.Errorf("%s: temperatures 0.5 and 0.505 are called the same: %+v", p.name, got)
		}
	}
}

// TestRowsAreChosen: by method, or by a name that has a comma itself.
func TestRowsAreChosen(t *testing.T) {
	for only, want := range map[string][]string{
		"byol":                        {"byol"},
		"npid":                        {"npid", "npid, softmax"}, // a method, with all its rows
		"npid, softmax":               {"npid, softmax"},
		"simclr,npid, softmax, byol":  {"npid, softmax", "simclr", "byol"},
		"cpc, second version,distill": {"cpc, second version", "distill"},
	} {
		got, err := choose(only)
		if err != nil {
			t.Errorf("%s: %v", only, err)
		}
		var names []string
		for _, one := range got {
			names = append(names, one.name)
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: %q, want %q", only, names, want)
		}
	}
	if all, err := choose(""); err != nil || len(all) != len(twins) {
		t.Errorf("without --only %d rows (%v), want %d", len(all), err, len(twins))
	}
	for _, only := range []string{"simclear", "npid, soft", "byol,", "simclr;byol"} {
		if got, err := choose(only); err == nil {
			t.Errorf("%q chooses %d rows, want an error", only, len(got))
		}
	}
}

// TestMove: the runs that tell what rounding comes to start one unit of single precision above or below, nothing else moves.
func TestMove(t *testing.T) {
	o := withTorch(t)
	one := twins[slices.IndexFunc(twins, func(one twin) bool { return one.name == "supcon" })]
	r, _, err := record(one, paths()[0], 1)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "record")
	if err := r.write(file); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(o.python, "-c", `
import sys, torch, twins
a, b = twins.Record(sys.argv[1]), twins.Record(sys.argv[1])
twins.move(b, torch.Generator().manual_seed(1))
ups = downs = wrong = 0
for name, x in a.tensors.items():
    y, own = b.tensors[name], name.removeprefix("start.") in a.trained and name.startswith("start.")
    up, down = x.nextafter(torch.tensor(torch.inf)), x.nextafter(torch.tensor(-torch.inf))
    moves = (x != 0) if own else torch.zeros_like(x, dtype=bool)
    ups, downs = ups + (moves & (y == up)).sum().item(), downs + (moves & (y == down)).sum().item()
    wrong += (moves & (y != up) & (y != down)).sum().item() + (~moves & (y != x)).sum().item()
print(ups > 100, downs > 100, wrong)
`, file).CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "True True 0" {
		t.Errorf("moves up, moves down, wrong: %s %v, want True True 0", got, err)
	}
}

func TestTable(t *testing.T) {
	all := []result{{Row: "byol", Path: "sequences", Steps: 4, Losses: 2e-7, Weights: 3e-6, Moves: 4e-5},
		{Row: "byol", Path: "sequences", Steps: 50, Losses: 2e-2, Weights: 3e-1, Moves: 1}, {Row: "tnc", Path: "images", Steps: 4, Not: ordered},
		{Row: "tnc", Path: "images", Steps: 50, Not: ordered}, {Row: "simclr", Path: "images", Steps: 4, Rounding: 1e-2, Moves: 2e-4}, {Row: "simclr", Path: "images", Steps: 50, Lost: true}}
	var b bytes.Buffer
	if err := render(&b, []int{4, 50}, all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"losses, 50", "2e-07", "3e-01", ordered, "| 2e-04 | – | – | – |\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if err := apart(all); err != nil {
		t.Errorf("long runs may differ, and there is nothing else: %v", err)
	}
	all[0].Weights = 2e-4
	if err := apart(all); err == nil || !strings.Contains(err.Error(), "byol on sequences") {
		t.Errorf("got %v, want byol on sequences", err)
	}
}
