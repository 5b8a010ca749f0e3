package detect_test

import (
	"context"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// A sine with a dent: raw windows are compared here; a model takes the place of detect.Raw.
func Example() {
	quiet := &series.Series{ID: "quiet", Values: [][]float64{sine(2000)}}
	today := &series.Series{ID: "today", Values: [][]float64{sine(400)}}
	for i := range 10 {
		today.Values[0][250+i] = 0
	}
	ctx := context.Background()
	norm, err := series.FitNormalizer([]*series.Series{quiet}, series.ModeTrain)
	check(err)
	d, err := detect.Fit(ctx, detect.Raw{Normalizer: norm}, series.FromSlice([]*series.Series{quiet}), detect.Config{Window: 32, Metric: knn.Euclidean})
	check(err)
	worst, at := 0.0, 0
	for p, err := range d.Points(ctx, series.FromSlice([]*series.Series{today})) {
		check(err)
		for i, s := range p.Score {
			if s > worst {
				worst, at = s, p.Start+i
			}
		}
	}
	fmt.Println("the highest score is at", at)
	// Output: the highest score is at 252
}

func sine(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Sin(float64(i) * 0.37)
	}
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Distances and counts of errors are brought to one scale by what is normal of each.
func ExampleCalibrate() {
	normalDistances, normalErrors := sine(200), []float64{0, 0, 1, 0, 2, 1, 0, 1, 0, 3}
	distances, errors := []float64{0.1, 0.9, 7}, []float64{0, 9, 4}
	detect.Calibrate(normalDistances).Apply(distances)
	detect.Calibrate(normalErrors).Apply(errors)
	for i := range distances {
		fmt.Printf("%.2f\n", (distances[i]+errors[i])/2)
	}
	// Output:
	// 0.03
	// 1.17
	// 1.61
}
