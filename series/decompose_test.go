package series

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestDecomposeSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, n := range []int{1, 2, 5, 12, 25, 300} {
		for _, gaps := range []float64{0, 0.2} {
			x := noise(rng, n, 50, gaps)
			for _, periods := range [][]int{nil, {12}, {7, 24}, {1, -3, 1000}} {
				c := Decompose(x, periods)
				if len(c.Seasons) != len(periods) || len(c.Trend) != n {
					t.Fatalf("n %d: %d seasons", n, len(c.Seasons))
				}
				// One rounding of a value near 50 is 4e-6.
				if !near(c.Compose(), x, 1e-5) {
					t.Errorf("n %d gaps %v periods %v: the sum is not the series", n, gaps, periods)
				}
				for i, v := range x {
					if IsGap(v) != IsGap(c.Remainder[i]) || !finite(c.Trend[i]) {
						t.Fatalf("gap at %d not kept", i)
					}
				}
			}
		}
	}
}

func TestDecomposeAwkward(t *testing.T) {
	for name, x := range awkward() {
		c := Decompose(x, []int{2, 3})
		if !near(c.Compose(), x, 1e32) {
			t.Errorf("%s: sum is %v", name, c.Compose())
		}
		if name == "constant" || name == "constant with gaps" {
			for i := range x {
				if c.Trend[i] != 3 || c.Seasons[0][i] != 0 || !IsGap(x[i]) && c.Remainder[i] != 0 {
					t.Errorf("%s: %+v", name, c)
					break
				}
			}
		}
	}
}

// Known parts must be found again, also with a tenth of the values missing.
func TestDecomposeFindsParts(t *testing.T) {
	for _, gaps := range []float64{0, 0.1} {
		rng := rand.New(rand.NewPCG(15, 16))
		n := 168 * 6
		x, day, week, trend := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range x {
			day[i] = 3 * math.Sin(2*math.Pi*float64(i)/24)
			week[i] = 2 * math.Cos(2*math.Pi*float64(i)/168)
			trend[i] = 100 + 0.02*float64(i)
			x[i] = float64(day[i] + week[i] + trend[i])
			if rng.Float64() < gaps {
				x[i] = Gap
			}
		}
		c := Decompose(x, []int{24, 168})
		for name, p := range map[string]struct {
			got  []float64
			want []float64
		}{"day": {c.Seasons[0], day}, "week": {c.Seasons[1], week}, "trend": {c.Trend, trend}} {
			worst := 0.0
			for i := range p.got {
				worst = math.Max(worst, math.Abs(float64(p.got[i])-p.want[i]))
			}
			// The amplitudes are 3, 2 and 20; the ends of the trend are the hardest.
			if worst > 0.5 {
				t.Errorf("gaps %v: %s is off by %.3f", gaps, name, worst)
			}
		}
	}
}
