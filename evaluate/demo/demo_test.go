package demo

import (
	"context"
	"testing"

	"github.com/wavekin/wavekin/train"
)

// TestHeartFindsItsFaults: after 20 steps most faults stand out, and the numbers of [Heart.Found] and [Heart.Rank] are of the same scores.
func TestHeartFindsItsFaults(t *testing.T) {
	h, err := NewHeart(0)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	m, _, err := train.Pretrain(ctx, train.Series{h.Normal}, h.Config(20, 0))
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.Score(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Score) != h.Broken.Len() || len(p.P) != len(p.Score) {
		t.Fatalf("%d scores and %d p-values for %d time stamps", len(p.Score), len(p.P), h.Broken.Len())
	}
	r, err := h.Rank(p.Score)
	if err != nil {
		t.Fatal(err)
	}
	found := h.Found(p.Score)
	count := 0
	for _, f := range found {
		if f.Start < 150 || f.End > 300.1 || f.End <= f.Start {
			t.Errorf("%s lies at %g to %g s, want it in the second half of five minutes", f.Kind, f.Start, f.End)
		}
		if f.Found {
			count++
		}
	}
	// Labels that lie at other time stamps than their faults give 0.5 and find about none.
	if len(found) != h.Faults() || count < h.Faults()/2 || r.ROCAUC < 0.75 {
		t.Errorf("%d of %d faults found, ROC AUC %.3f", count, h.Faults(), r.ROCAUC)
	}
}

// TestDigitsFromPixels: neighbours of the pixels are right for most digits of other people.
func TestDigitsFromPixels(t *testing.T) {
	d, err := NewDigits()
	if err != nil {
		t.Fatal(err)
	}
	nearest, linear, err := d.Measure(context.Background(), nil)
	if err != nil || nearest < 0.93 || linear < 0.85 {
		t.Errorf("neighbours %.3f, linear probe %.3f, %v", nearest, linear, err)
	}
}
