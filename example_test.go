package wavekin_test

import (
	"context"
	"fmt"
	"log"

	"github.com/wavekin/wavekin/datasets/ecg"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// Ten lines from readings to the window that is least like anything seen before.
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
	normal, err := model.Encode(ctx, series.Windows(quiet, 256, 64)) // [N, 64], row by row
	check(err)
	today, err := model.Encode(ctx, series.Windows(latest, 256, 64))
	check(err)
	detector, err := knn.NewDetector(normal, model.Dim(), 3)
	check(err)
	alarms, err := detector.Score(today) // distance and p-value of each window
	check(err)

	worst := 0
	for i, a := range alarms {
		if a.Score > alarms[worst].Score {
			worst = i
		}
	}
	fmt.Println("look at time stamps", worst*64, "to", worst*64+256)
	// Output: look at time stamps 9024 to 9280
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
