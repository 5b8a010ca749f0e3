package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

func waveSet(n int) set {
	s := set{name: "waves"}
	for _, one := range waves() {
		s.test = append(s.test, one)
		if len(s.learn) < n {
			s.learn = append(s.learn, one)
		}
	}
	return s
}

// TestLongBatches: every epoch has the same steps, or the set is refused.
func TestLongBatches(t *testing.T) {
	for n, want := range map[int]int{32: 32, 30: 30, 20: 20, 16: 16} {
		p, err := waveSet(n).long(0)
		if err != nil || p.batch != want || p.samples != n {
			t.Errorf("%d samples: %+v, %v; want batches of %d", n, p, err, want)
		}
	}
	s := waveSet(32)
	s.learn = append(s.learn, s.test[:5]...) // 37 is a prime
	if _, err := s.long(0); err == nil || !strings.Contains(err.Error(), "37 samples") {
		t.Errorf("37 samples: %v", err)
	}
}

func TestNumbered(t *testing.T) {
	of := func(labels ...string) (out []*series.Series) {
		for _, l := range labels {
			out = append(out, &series.Series{Label: l})
		}
		return out
	}
	if got := fmt.Sprint(numbered(of("b", "a", "b"), of("a", "b", "c"))); got != "[1 0 -1]" {
		t.Errorf("got %s", got)
	}
}

func TestLongTable(t *testing.T) {
	all := []outcome{{Row: "dino", Set: "A", Steps: 5, Untrained: 0.5, Wavekin: 0.9, Twin: 0.8, Losses: 1e-6},
		{Row: "dino", Set: "A", Steps: 5, Seed: 1, Untrained: 0.6, Wavekin: 0.7, Twin: 0.7, Losses: 2e-6}, {Row: "swav", Set: "A", Steps: 5, Wavekin: 1, Twin: 1}}
	got := longTable(all)
	if want := "| dino | A | 5 | 0.500, 0.600 | 0.900, 0.700 | 0.800, 0.700 | 0.100 | 0.200 | 2e-06 |\n"; !strings.Contains(got, want) || strings.Count(got, "\n") != 4 {
		t.Errorf("got\n%s", got)
	}
}

// TestLongRuns: of a set that is learnt from, both sides come to the same accuracy.
func TestLongRuns(t *testing.T) {
	py, err := start(withTorch(t))
	if err != nil {
		t.Fatal(err)
	}
	defer py.close()
	s := waveSet(32)
	for _, name := range []string{"dino", "swav"} {
		for _, one := range twins {
			if one.name != name {
				continue
			}
			got, err := s.one(py, t.TempDir()+"/run", one, 6, 3)
			if err != nil {
				t.Fatal(err)
			}
			if got.Wavekin != got.Twin || got.Untrained == 0 || got.Losses > near {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
}
