package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/series"
)

// TestTable: means over the sets that all methods have, in halves, and the comparison with the fused score.
func TestTable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows")
	text := `{"set":"a","method":"fused","vus_pr":0.5,"seconds":1}
{"set":"b","method":"fused","vus_pr":0.7,"seconds":1}
{"set":"c","method":"fused","vus_pr":0.9,"seconds":1}
{"set":"a","method":"STUMPY self","vus_pr":0.1,"seconds":2}
{"set":"b","method":"STUMPY self","vus_pr":0.8,"seconds":2}
{"set":"d","method":"STUMPY self","vus_pr":0.3,"seconds":2}
{"set":"c","method":"STUMPY self","seconds":2,"error":"no"}
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	rows, err := load([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	made, err := table(rows, "")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(made.Markdown("lr"))
	lines := strings.Split(b.String(), "\n")
	for _, want := range []string{"2 sets", "fused better", "0.6000 | 0.5000 | 0.7000 | 3", "0.4500 | 0.1000 | 0.8000 | 6 | 1 | 1 | 1"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("%q is not in\n%s", want, strings.Join(lines, "\n"))
		}
	}
	if _, err := table(nil, ""); err == nil {
		t.Error("a table of nothing")
	}
}

// TestTimes: seconds are summed over the sets that all methods have, and compared with the last one's.
func TestTimes(t *testing.T) {
	var rows []row
	for _, r := range []struct {
		set     string
		ours    float64
		theirs  float64
		refused string
	}{{"a", 1, 10, ""}, {"b", 2, 50, ""}, {"c", 5, 1, "no"}} {
		rows = append(rows, row{Set: r.set, Method: "builtin", Seconds: r.ours}, row{Set: r.set, Method: "TS2Vec", Seconds: r.theirs, Error: r.refused})
	}
	var b strings.Builder
	made, err := table(rows, "")
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(made.Markdown("lr"))
	// 3 of 60 seconds; 2 of 50 and 1 of 10.
	for _, want := range []string{"2 sets", "builtin | 3.0 | 0.050 | 0.040 | 0.100", "TS2Vec | 60.0 | 1.000 | 1.000 | 1.000"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

// TestPad: shorter series have gaps behind them, up to what MiniRocket wants at least.
func TestPad(t *testing.T) {
	one := func(n int) *series.Series { return &series.Series{Values: [][]float64{make([]float64, n)}} }
	d := &archive.Data{Train: []*series.Series{one(3)}, Test: []*series.Series{one(12)}}
	if pad(d); d.Train[0].Len() != 12 || d.Test[0].Len() != 12 || !math.IsNaN(d.Train[0].Values[0][3]) {
		t.Errorf("lengths %d and %d", d.Train[0].Len(), d.Test[0].Len())
	}
	d = &archive.Data{Train: []*series.Series{one(8)}, Test: []*series.Series{one(8)}}
	if pad(d); d.Train[0].Len() != least || !sameLength("", d) {
		t.Errorf("length %d, want %d", d.Train[0].Len(), least)
	}
}

// TestEmbedding: an encoder is fitted and encodes, which takes time of the processor.
func TestEmbedding(t *testing.T) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		t.Skip("wants a system that tells the time of processors")
	}
	var part []*series.Series
	for i := range 3 {
		values := make([]float64, 40)
		for at := range values {
			values[at] = math.Sin(float64(at * (i + 1)))
		}
		part = append(part, &series.Series{ID: string(rune('a' + i)), Values: [][]float64{values}})
	}
	took, err := embedding(t.Context(), "rocket", &archive.Data{Train: part, Test: part})
	if err != nil || took <= 0 {
		t.Errorf("%g s, %v", took, err)
	}
	if _, err := embedding(t.Context(), "none", &archive.Data{}); err == nil {
		t.Error("an encoder that is not there was measured")
	}
}

// TestReadOut: wavekin's own rows of a set whose two classes differ in their pitch are all right, and are not made twice.
func TestReadOut(t *testing.T) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil {
		t.Skip("wants a system that tells the time of processors")
	}
	part := func(from int) (out []*series.Series) {
		for i := from; i < from+6; i++ {
			values := make([]float64, 48)
			for at := range values {
				values[at] = math.Sin(float64(at)*(0.3+0.9*float64(i%2)) + float64(i)/9)
			}
			out = append(out, &series.Series{ID: string(rune('a' + i)), Label: string(rune('x' + i%2)), Values: [][]float64{values}})
		}
		return out
	}
	d := &archive.Data{Train: part(0), Test: part(6)}
	b := bench{out: filepath.Join(t.TempDir(), "rows"), methods: readouts}
	for range 2 {
		if err := b.readOut(t.Context(), "s", d); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := load([]string{b.out})
	if err != nil || len(rows) != len(readouts) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, r := range rows {
		if r.Method != readouts[i] || *r.Accuracy != 1 {
			t.Errorf("%s: %g", r.Method, *r.Accuracy)
		}
	}
	if made, err := table(rows, "rocket 1-NN"); err != nil || !slices.Contains(made.Header, "rocket 1-NN better") {
		t.Errorf("%v, %v", err, made.Header)
	}
	if _, err := table(rows, "none"); err == nil {
		t.Error("a comparison with a method that has no rows")
	}
}

// TestFilled: a gap has the value before it, one at the beginning that after it.
func TestFilled(t *testing.T) {
	gap := func() float64 { var zero float64; return zero / zero }()
	got := filled([]float64{gap, 2, gap, gap, 3})
	for i, want := range []float64{2, 2, 2, 2, 3} {
		if got[i] != want {
			t.Errorf("%v at %d, want %g", got, i, want)
		}
	}
}
