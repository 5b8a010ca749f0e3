package model_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// TestBatcherIsTheModel streams series of many lengths at once: the rows are those that each has alone, and a series whose
// encoding overflows fails alone.
func TestBatcherIsTheModel(t *testing.T) {
	m := untrained(t)
	b := model.NewBatcher(m)
	var wait sync.WaitGroup
	for n := range 40 {
		s := wave("s", 16+3*n)
		if n == 17 {
			s.Values[0][20] = 1e300
		}
		wait.Go(func() {
			defer b.Join()()
			want, wantErr := rowsOf(m, s)
			got, err := rowsOf(b, s)
			if !slices.Equal(got, want) || (err == nil) != (wantErr == nil) || (err != nil) != (n == 17) {
				t.Errorf("series %d: %d and %d numbers, %v and %v", n, len(got), len(want), err, wantErr)
			}
		})
	}
	wait.Wait()
}

// rowsOf joins the rows of a stream.
func rowsOf(e model.Encoder, s *series.Series) (rows []float32, err error) {
	for batch, err := range model.Stream(context.Background(), e, series.FromSlice([]*series.Series{s}), model.StreamOptions{Window: 16, Stride: 3}) {
		if err != nil {
			return nil, err
		}
		for _, r := range batch.Rows {
			rows = append(rows, r...)
		}
	}
	return rows, nil
}

// TestBatcherWaitsNotForEver lets a stream join that never has a window.
func TestBatcherWaitsNotForEver(t *testing.T) {
	m := untrained(t)
	b := model.NewBatcher(m)
	defer b.Join()()
	w := &series.Window{Values: wave("s", 16).Values, End: 16}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	defer b.Join()()
	if rows, err := b.Encode(ctx, []*series.Window{w}); err != nil || len(rows) != m.Dim() {
		t.Errorf("%d numbers, %v", len(rows), err)
	}
	gone, end := context.WithCancel(context.Background())
	end()
	if _, err := b.Encode(gone, []*series.Window{w}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
