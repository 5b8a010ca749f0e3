package suite_test

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Two classes that differ in nothing but their speed.
func ExampleClassify() {
	wave := func(speed float64, label string, n int) (all []*series.Series) {
		for i := range n {
			v := make([]float64, 48)
			for t := range v {
				v[t] = float64(math.Sin(speed*float64(t) + float64(i)))
			}
			all = append(all, &series.Series{Label: label, Values: [][]float64{v}})
		}
		return all
	}
	set := suite.Set{Name: "speeds", Train: append(wave(0.2, "slow", 8), wave(1.1, "fast", 8)...), Test: append(wave(0.2, "slow", 20), wave(1.1, "fast", 20)...)}

	c := suite.Classify{Training: suite.Training{Encoders: []encoders.Encoder{encoders.Conv{Width: 8, Depth: 2, Out: 16}}, Config: train.Config{Steps: 10}}}
	rows, err := c.Set(context.Background(), set, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rows {
		fmt.Printf("%-10s %2d steps, nearest neighbour %.0f %%\n", r.Method, r.Steps, 100*r.Accuracy)
	}
	// Output:
	// raw         0 steps, nearest neighbour 100 %
	// untrained   0 steps, nearest neighbour 100 %
	// simclr     10 steps, nearest neighbour 100 %
}
