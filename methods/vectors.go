package methods

import (
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/nn"
)

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
