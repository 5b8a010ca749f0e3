package train_test

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// An encoder is learnt from windows without labels, and then encodes any window of its length.
func ExamplePretrain() {
	wave := &series.Series{ID: "pump", Channels: []string{"pressure"}, Values: make([][]float64, 1)}
	for i := range 400 {
		wave.Values[0] = append(wave.Values[0], float64(math.Sin(float64(i)*0.3)))
	}
	ctx := context.Background()
	model, sum, err := train.Pretrain(ctx, train.Series{wave}, train.Config{
		Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 16}, Window: 64, Batch: 8, Steps: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := model.Encode(ctx, series.Windows(wave, 64, 64)) // [6, 16], row by row
	fmt.Println(sum.Steps, model.Dim(), len(h), err)
	// Output: 5 16 96 <nil>
}
