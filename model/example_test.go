package model_test

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// A stream encodes window by window what a reader hands out, here two series in memory; a reader of datasets.Open does the same
// for files larger than memory.
func ExampleModel_Stream() {
	wave := func(id string, n int) *series.Series {
		s := &series.Series{ID: id, Channels: []string{"pressure"}, Values: [][]float64{make([]float64, n)}}
		for i := range n {
			s.Values[0][i] = math.Sin(float64(i) * 0.3)
		}
		return s
	}
	m, err := train.Untrained(train.Series{wave("quiet", 200)}, train.Config{Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 16}, Window: 32, Stride: 32})
	if err != nil {
		fmt.Println(err)
		return
	}
	readings := series.FromSlice([]*series.Series{wave("pump 1", 64), wave("pump 2", 96)})
	for batch, err := range m.Stream(context.Background(), readings, model.StreamOptions{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, w := range batch.Windows {
			fmt.Println(w.Series, w.Start, w.End, len(batch.Rows[i]))
		}
	}
	// Output:
	// pump 1 0 32 16
	// pump 1 32 64 16
	// pump 2 0 32 16
	// pump 2 32 64 16
	// pump 2 64 96 16
}
