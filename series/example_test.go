package series_test

import (
	"fmt"

	"github.com/wavekin/wavekin/series"
)

// A sensor that repeats every 4 values, rises slowly, and missed one value.
func Example() {
	var x []float64
	for i := range 48 {
		x = append(x, float64(i)*0.5+[]float64{0, 8, 0, -8}[i%4])
	}
	x[10] = series.Gap

	period := series.Periods(x, 1)[0].Length
	parts := series.Decompose(x, []int{period})
	fmt.Println("period:", period)
	fmt.Printf("trend in the middle: %.1f to %.1f\n", parts.Trend[20], parts.Trend[28])
	fmt.Println("the gap is kept:", series.IsGap(parts.Compose()[10]))

	w := series.NewWindower(series.FromSlice([]*series.Series{{ID: "pump", Values: [][]float64{x}}}), series.Cut{Length: 16, Stride: 16})
	for {
		win, err := w.Next()
		if err != nil { // io.EOF
			break
		}
		fmt.Println(win.Series, win.Start, win.End)
	}
	// Output:
	// period: 4
	// trend in the middle: 10.0 to 14.0
	// the gap is kept: true
	// pump 0 16
	// pump 16 32
	// pump 32 48
}
