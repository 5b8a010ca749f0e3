package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"
)

func runs() (recipe, results) {
	return recipe{Systems: []system{{Method: "byol"}, {Method: "dino"}}}, results{
		{Side: "peer", Method: "byol", Seed: 0, Accuracy: 0.40}, {Side: "peer", Method: "byol", Seed: 1, Accuracy: 0.44},
		{Side: "wavekin", Method: "byol", Seed: 0, Accuracy: 0.39}, {Side: "wavekin", Method: "byol", Seed: 1, Accuracy: 0.41},
		{Side: "peer", Method: "dino", Seed: 0, Accuracy: 0.3}}
}

func TestRender(t *testing.T) {
	r, all := runs()
	var b strings.Builder
	if err := render(&b, r, all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"42.0", "40.0 44.0", "39.0 41.0", "-2.0", "30.0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

func TestShort(t *testing.T) {
	r, all := runs()
	if err := short(r, all, 1.5); err == nil || !strings.Contains(err.Error(), "byol by 2.0") {
		t.Errorf("got %v, want byol short by 2.0 points", err)
	}
	if err := short(r, all, 2.5); err != nil {
		t.Error(err)
	}
}

func TestResultsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.jsonl")
	if got, err := read(path); got != nil || err != nil {
		t.Fatalf("got %v, %v of no file", got, err)
	}
	_, all := runs()
	for _, r := range all {
		if err := keep(path, r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(path)
	if err != nil || len(got) != len(all) || got.find("peer", "byol", 1) == nil || got.find("wavekin", "dino", 0) != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parse("Traceback"); err == nil {
		t.Error("text was taken for a run")
	}
}

// Every setting of the recipe is one of wavekin's, under the name that it has there.
func TestRecipe(t *testing.T) {
	r, err := readRecipe("recipe.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(r.Systems, system{Method: untrained}) {
		c, err := r.config(s, 1)
		if err != nil {
			t.Errorf("%s: %v", s.Method, err)
			continue
		}
		got, err := c.Resolved()
		if err != nil {
			t.Errorf("%s: %v", s.Method, err)
		}
		if s.Method != untrained && (got.Clip >= 0 || got.ClipEach != 0 || math.Abs(got.Decay-s.Decay) > 1e-12 || got.DecaySchedule.To != 0) {
			t.Errorf("%s: clip %g and %g, decay %g with %+v; want no clip and decay %g", s.Method, got.Clip, got.ClipEach, got.Decay, got.DecaySchedule, s.Decay)
		}
	}
}
