package suite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/train"
)

// items are n sets of waves, one of them without labels.
func items(c Classify, n, bad int) []Item {
	var out []Item
	for i := range n {
		s := Set{Name: fmt.Sprint("set", i), Train: waves(6, uint64(2*i)), Test: waves(6, uint64(2*i+1))}
		if i == bad {
			s.Train[0].Label = ""
		}
		out = append(out, Item{s.Name, func(ctx context.Context, j *Journal) ([]Row, error) { return c.Set(ctx, s, j) }})
	}
	return out
}

// timeless leaves out how long a row took.
func timeless(rows []Row) []Row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Seconds, out[i].TrainSeconds = 0, 0
	}
	return out
}

// TestCompare: several sets at once give the rows of one after the other; one that fails keeps no other from being done.
func TestCompare(t *testing.T) {
	c := Classify{Training: Training{Encoders: []encoders.Encoder{small}, Config: train.Config{Steps: 2}}}
	one, err := Compare(context.Background(), items(c, 5, 3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Rows) != 4*3 || one.Sets != 5 || len(one.Failed) != 1 || one.Failed[0].Set != "set3" || !strings.Contains(one.Failed[0].Err.Error(), "no label") {
		t.Fatalf("%d rows, failed %v", len(one.Rows), one.Failed)
	}
	j := open(t, filepath.Join(t.TempDir(), "rows.jsonl"))
	three, err := Compare(context.Background(), items(c, 5, 3), Options{Parallel: 3, Journal: j})
	if err != nil || !reflect.DeepEqual(timeless(three.Rows), timeless(one.Rows)) {
		t.Errorf("three at once: %v, %v; one after the other %v", names(three.Rows), err, names(one.Rows))
	}
	again, err := Compare(context.Background(), items(c, 5, 3), Options{Parallel: 2, Journal: j})
	if err != nil || !reflect.DeepEqual(again.Rows, three.Rows) || j.Len() != 12 {
		t.Errorf("from the journal of %d rows: %v", j.Len(), err)
	}
	if _, err := Compare(context.Background(), nil, Options{Parallel: -1}); err == nil {
		t.Error("-1 sets at once is no error")
	}
}

func TestCompareEnds(t *testing.T) {
	made := 0
	item := func(err error) Item {
		return Item{"x", func(context.Context, *Journal) ([]Row, error) { made++; return []Row{{}}, err }}
	}
	r, err := Compare(context.Background(), []Item{item(fmt.Errorf("a: %w", evaluate.ErrOneClass)), item(ErrJournal), item(nil)}, Options{})
	if !errors.Is(err, ErrJournal) || made != 2 || len(r.Rows) != 2 || len(r.Skipped) != 1 || len(r.Failed) != 0 {
		t.Errorf("%d made, %+v, %v", made, r, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compare(ctx, []Item{item(nil)}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestASeriesWithoutAnAnomaly: of several series in a file it is left out alone, in each of several comparisons.
func TestASeriesWithoutAnAnomaly(t *testing.T) {
	var text strings.Builder
	text.WriteString("machine,value,label\n")
	for _, id := range []string{"a", "quiet", "b"} {
		s := broken(300)
		for i, v := range s.Values[0] {
			label := s.PointLabels[i]
			if id == "quiet" {
				label = 0
			}
			fmt.Fprintf(&text, "%s,%.4f,%g\n", id, v, label)
		}
	}
	path := filepath.Join(t.TempDir(), "plant.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	sets, err := archive.Find(path, archive.Options{Task: archive.Anomaly})
	if err != nil || len(sets) != 1 {
		t.Fatalf("%v, %v", sets, err)
	}
	each := func(seed uint64) []Item {
		a := Anomaly{Training: Training{Encoders: []encoders.Encoder{small}, UntrainedOnly: true, Config: train.Config{Seed: seed}}, Part: 0.5}
		return a.Items(sets, datasets.Options{Series: "machine"})
	}
	r, err := Compare(context.Background(), Together(each(0), each(1)), Options{})
	if err != nil || len(r.Failed) > 0 || !slices.Equal(r.Skipped, []string{"plant/quiet"}) {
		t.Fatalf("skipped %v, failed %v, %v", r.Skipped, r.Failed, err)
	}
	made := map[string]int{}
	for _, row := range r.Rows {
		made[row.Set]++
	}
	// One floor for each seed.
	if want := len(baselines) + 2; !reflect.DeepEqual(made, map[string]int{"plant/a": want, "plant/b": want}) {
		t.Errorf("rows of %v, want %d each", made, want)
	}
}

// TestTables by hand: means are over seeds, then over the sets that have every column.
func TestTables(t *testing.T) {
	row := func(set, method string, seed uint64, accuracy float64) Row {
		linear := accuracy / 2
		r := Row{Run: Run{Suite: "classify", Set: set, Method: method, Encoder: "conv", Seed: seed}, Classified: &Classified{Accuracy: accuracy, Linear: &linear}}
		if method == Raw {
			r.Encoder, r.Linear = "", nil
		}
		return r
	}
	rows := []Row{row("a", Raw, 0, 0.5), row("a", "byol", 0, 0.6), row("a", "byol", 1, 0.8), row("b", Raw, 0, 0.1), row("c", Raw, 0, 0.3), row("c", "byol", 0, 0.9)}
	tables := Tables(rows)
	if len(tables) != 2 || tables[0].Measure != "accuracy" || tables[1].Measure != "linear_accuracy" {
		t.Fatalf("tables %+v", tables)
	}
	if v, ok := tables[0].Cell("a", "byol"); !ok || v != 0.7 {
		t.Errorf("mean of the seeds %v", v)
	}
	want := []Mean{{"accuracy", "raw 1-NN Euclid", 0.4, 2}, {"accuracy", "byol", 0.8, 2}}
	if got := tables[0].Means(); !reflect.DeepEqual(got, want) {
		t.Errorf("means %v, want %v", got, want)
	}
	var b strings.Builder
	if err := tables[0].Render(&b); err != nil || !strings.Contains(b.String(), "mean over 2") || !strings.Contains(b.String(), "0.700") || !strings.Contains(b.String(), "-") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestTableOfSeeds by hand: the means of each seed over the sets that have every column, the lowest and the highest; a seed that
// one of them lacks has none.
func TestTableOfSeeds(t *testing.T) {
	table := &Table{Title: "t"}
	for set, values := range map[string][]float64{"a": {0.1, 0.5, 0.9}, "b": {0.3, 0.2}} {
		table.put(set, "raw", 0, 0.5)
		for seed, v := range values {
			table.put(set, "byol", uint64(seed), v)
		}
	}
	table.put("c", "byol", 0, 1)
	var b strings.Builder
	if err := table.Render(&b); err != nil {
		t.Fatal(err)
	}
	fields := map[string][]string{}
	for line := range strings.Lines(b.String()) {
		if f := strings.Fields(line); len(f) > 2 {
			fields[f[0]] = f[1:]
		}
	}
	for name, want := range map[string][]string{"mean": {"over", "2", "0.500", "0.375"}, "lowest": {"seed", "-", "0.200"}, "highest": {"seed", "-", "0.350"}} {
		if !slices.Equal(fields[name], want) {
			t.Errorf("%s: %q, want %q in\n%s", name, fields[name], want, b.String())
		}
	}
}

// TestWideTable lies on its side only where that is narrower: 25 methods on one set do, on sets with long names not.
func TestWideTable(t *testing.T) {
	of := func(sets ...string) string {
		table := &Table{Title: "t"}
		for _, set := range sets {
			for i := range 25 {
				table.put(set, fmt.Sprintf("method %02d", i), 0, float64(i)/100)
			}
		}
		var b strings.Builder
		if err := table.Render(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if text := of("a"); !regexp.MustCompile(`(?m)^ method 07 +0\.070 +0\.070 *$`).MatchString(text) {
		t.Error(text)
	}
	var long []string
	for i := range 4 {
		long = append(long, fmt.Sprintf("%d%s", i, strings.Repeat("x", 90)))
	}
	if text := of(long...); !regexp.MustCompile(`(?m)^ set +method 00 `).MatchString(text) {
		t.Error(text)
	}
}

// TestPairsOfSeeds: means over seeds that are equal but for their last bits are a tie.
func TestPairsOfSeeds(t *testing.T) {
	table := &Table{Title: "t", Measure: "accuracy"}
	put := func(set string, one, two []float64) {
		for i := range one {
			table.put(set, "one", uint64(i), one[i])
			table.put(set, "two", uint64(i), two[i])
		}
	}
	put("tie", []float64{0.1, 0.2, 0.3}, []float64{0.2, 0.3, 0.1})
	put("up", []float64{0.5, 0.5, 0.5}, []float64{0.6, 0.6, 0.6})
	put("down", []float64{0.3, 0.3, 0.3}, []float64{0.2, 0.2, 0.2})
	a, _ := table.Cell("tie", "one")
	if b, _ := table.Cell("tie", "two"); a == b {
		t.Fatal("the example has no last bits that differ")
	}
	if got := table.Pairs(); len(got) != 1 || got[0].Better != 1 || got[0].Equal != 1 || got[0].Worse != 1 || got[0].Difference != 0 || got[0].P != 1 {
		t.Errorf("%+v", got)
	}
}

// TestPairs: differences set by set, in the sets that have both, with the p-value of their signs and ranks.
func TestPairs(t *testing.T) {
	table := &Table{Title: "t", Measure: "accuracy"}
	for i, set := range []string{"a", "b", "c", "d", "e", "f"} {
		table.put(set, "one", 0, 0.5)
		table.put(set, "two", 0, 0.5+float64(i+1)/100)
	}
	table.put("g", "one", 0, 1) // the other column lacks it
	got := table.Pairs()
	if len(got) != 1 || got[0].A != "two" || got[0].B != "one" || got[0].Better != 6 || got[0].Worse != 0 || got[0].P != 2./64 || math.Abs(got[0].Difference-0.035) > 1e-12 {
		t.Errorf("%+v", got)
	}
	var text strings.Builder
	if err := table.Render(&text); err != nil || !strings.Contains(text.String(), "+0.035") || !strings.Contains(text.String(), "0.031") {
		t.Errorf("%s %v", text.String(), err)
	}
}
