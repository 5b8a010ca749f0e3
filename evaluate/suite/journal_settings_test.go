package suite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/encoders"
)

// TestJournalWithoutLinearProbe: rows that were made without the linear probe are made again where it is asked for, and rows with it
// serve where it is not.
func TestJournalWithoutLinearProbe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.jsonl")
	c := Classify{Training: Training{Encoders: []encoders.Encoder{small}, UntrainedOnly: true}}
	set := Set{Name: "waves", Train: waves(8, 1), Test: waves(4, 2)}
	for i, without := range []bool{true, false, false, true} {
		c.WithoutLinear = without
		made := 0
		j := open(t, path)
		c.Done = func(r Row) {
			if _, found := j.Find(r.Run); r.Encoder != "" && (r.Linear != nil) != (i > 0) || !found {
				t.Errorf("time %d: %s has a linear probe: %v, and is kept: %v", i, r.Method, r.Linear != nil, found)
			}
			made++
		}
		if rows, err := c.Set(context.Background(), set, j); err != nil || len(rows) != 2 || made != 2 || j.Len() != 2 {
			t.Fatalf("time %d: %d rows, %d in the journal, %v", i, len(rows), j.Len(), err)
		}
	}
}

// TestJournalKnowsTheTemperature: votes of neighbours at another temperature are other rows.
func TestJournalKnowsTheTemperature(t *testing.T) {
	learnt, test, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := ImageSet{Name: "digits", Train: learnt, Test: test}
	j := NewJournal()
	for i, tau := range []float64{0, 0.07, 5} {
		ctx, stop := context.WithCancel(context.Background())
		c := Images{Tau: tau, Training: Training{UntrainedOnly: true, Done: func(Row) { stop() }}}
		_, err := c.Set(ctx, s, j)
		if want := []int{1, 1, 2}[i]; !errors.Is(err, context.Canceled) || j.Len() != want {
			t.Errorf("tau %g: %d rows (%v), want %d", tau, j.Len(), err, want)
		}
		stop()
	}
}
