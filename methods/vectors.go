package methods

import (
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// unitVectors brings each row of length d to length 1; a row of zeros stays.
func unitVectors(x []float32, d int) {
	for at := 0; at < len(x); at += d {
		row := x[at : at+d]
		if length := math.Sqrt(kernel.SumSquares(row)); length > 1e-12 {
			kernel.Scale(row, float32(1/length), row)
		}
	}
}

// randomUnits fills rows of length d with directions drawn uniformly.
func randomUnits(d int) nn.Init {
	return func(data []float32, rng *rand.Rand) {
		for at := 0; at < len(data); at += d {
			var sum float64
			row := data[at : at+d]
			for i := range row {
				v := rng.NormFloat64()
				row[i] = float32(v)
				sum += v * v
			}
			for i := range row {
				row[i] /= float32(math.Sqrt(sum))
			}
		}
	}
}
