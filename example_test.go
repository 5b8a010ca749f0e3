package wavekin_test

import (
	"context"
	"fmt"
	"log"

	"github.com/wavekin/wavekin/datasets/ecg"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// From readings to the window that is least like anything seen before.
func Example() {
	heart, err := ecg.Load() // or datasets.Open("line3.arrow") and series.ReadAll
	check(err)
	quiet, latest := heart.Slice(0, 20000), heart.Slice(20000, 40000)
	for i := range 300 { // the sensor sticks
		latest.Values[0][9000+i] = latest.Values[0][9000]
	}

	ctx := context.Background()
	model, _, err := train.Pretrain(ctx, train.Series{quiet}, train.Config{
		Method:  methods.SimCLR{Temperature: 0.2},
		Encoder: encoders.Conv{Width: 16, Depth: 4, Out: 64},
		Window:  256, Steps: 60,
	})
	check(err)
	detector, err := detect.Fit(ctx, model, series.FromSlice([]*series.Series{quiet}), detect.Config{})
	check(err)
	worst := detect.Score{}
	var at *series.Window
	for alarms, err := range detector.Windows(ctx, series.FromSlice([]*series.Series{latest})) {
		check(err)
		for i, a := range alarms.Scores { // distance and p-value of each window
			if a.Score > worst.Score {
				worst, at = a, alarms.Windows[i]
			}
		}
	}
	fmt.Printf("look at time stamps %d to %d: p = %.4f\n", at.Start, at.End, worst.P)
	// Output: look at time stamps 29024 to 29280: p = 0.0032
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
