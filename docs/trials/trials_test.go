package trials

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// plan are two variants on two sets from two seeds.
func plan() []Run {
	var out []Run
	for seed := range 2 {
		for _, v := range []string{"a", "b"} {
			for _, s := range []string{"x", "y"} {
				out = append(out, Run{v, s, seed})
			}
		}
	}
	return out
}

// TestGoesOn: a run that failed stops the others, what was done is kept, and is not done again.
func TestGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.tsv")
	figures := []string{"one", "two"}
	var done atomic.Int32
	work := func(fail bool) func(context.Context, Run) ([]float64, error) {
		return func(_ context.Context, r Run) ([]float64, error) {
			if fail && r == (Run{"b", "y", 0}) {
				return nil, errors.New("no more")
			}
			done.Add(1)
			return []float64{float64(r.Seed) + 0.1234567, math.NaN()}, nil
		}
	}
	quiet := func(Row) {}
	if _, err := Do(t.Context(), path, plan(), figures, 1, work(true), quiet); err == nil || !strings.Contains(err.Error(), "b on y, seed 0: no more") {
		t.Fatalf("got %v", err)
	}
	if n := done.Load(); n != 3 {
		t.Errorf("%d runs before the failure, want 3", n)
	}
	rows, err := Do(t.Context(), path, plan(), figures, 2, work(false), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if n := done.Load(); n != 8 {
		t.Errorf("%d runs, want 8: none twice", n)
	}
	for i, r := range plan() {
		if rows[i].Run != r || math.Abs(rows[i].Figures[0]-float64(r.Seed)-0.1234567) > 1e-5 || !math.IsNaN(rows[i].Figures[1]) {
			t.Errorf("row %d is %v", i, rows[i])
		}
	}
	loaded, err := Load(path, figures)
	if err != nil || len(loaded) != 8 {
		t.Errorf("%d rows are stored (%v)", len(loaded), err)
	}
}

func TestWrongTables(t *testing.T) {
	path := filepath.Join(t.TempDir(), "runs.tsv")
	if rows, err := Load(path, nil); err != nil || rows != nil {
		t.Errorf("no file: %v, %v", rows, err)
	}
	for _, text := range []string{"variant\tset\tseed\ttwo\n", "variant\tset\tseed\tone\na\tx\t0\n", "variant\tset\tseed\tone\na\tx\tz\t1\n", "variant\tset\tseed\tone\na\tx\t0\tz\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path, []string{"one"}); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestSummarize(t *testing.T) {
	var rows []Row
	for i, r := range plan() {
		rows = append(rows, Row{r, []float64{float64(i)}})
	}
	// Variant b has 2 and 3 from the first seed and 6 and 7 from the second.
	s := Summarize(rows, "b", []string{"x", "y"}, 0)
	if s.Mean != 4.5 || math.Abs(s.Deviation-4/math.Sqrt2) > 1e-12 || !slices.Equal(s.Sets, []float64{4, 5}) || !slices.Equal(s.Seeds, []float64{2.5, 6.5}) {
		t.Errorf("got %+v", s)
	}
	if s := Summarize(rows, "c", []string{"x"}, 0); len(s.Seeds) != 0 || !math.IsNaN(s.Mean) {
		t.Errorf("a variant without rows: %+v", s)
	}
}

func ExampleSummarize() {
	rows := []Row{{Run{"plain", "GunPoint", 0}, []float64{0.9}}, {Run{"plain", "GunPoint", 1}, []float64{0.8}}}
	s := Summarize(rows, "plain", []string{"GunPoint"}, 0)
	fmt.Printf("%.2f ± %.2f\n", s.Mean, s.Deviation)
	// Output: 0.85 ± 0.07
}
