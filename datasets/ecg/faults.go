package ecg

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/wavekin/wavekin/series"
)

// Fault is one injected fault, from Start (inclusive) to End (exclusive).
type Fault struct {
	Kind       string
	Start, End int
}

// kinds are the faults and their length in seconds.
var kinds = []struct {
	name    string
	seconds float64
	apply   func(x []float64, rng *rand.Rand)
}{
	{"spike", 0.05, spike},
	{"dropout", 2, dropout},
	{"drift", 8, drift},
	{"stuck value", 3, stuck},
	{"noise burst", 3, noiseBurst},
	{"changed rhythm", 6, rhythm},
}

// Inject returns a copy of s with every kind of fault twice in the second half of
// its first channel, at places drawn from the seed that do not touch, and
// PointLabels 1 where a fault is. Faults that a short series has no room for are
// left out. s is not modified.
func Inject(s *series.Series, seed uint64) (*series.Series, []Fault) {
	rng := rand.New(rand.NewPCG(seed, 0xecf))
	out := *s
	if len(s.Values) == 0 {
		return &out, nil
	}
	x := slices.Clone(s.Values[0])
	out.Values = slices.Clone(s.Values)
	out.Values[0] = x
	out.PointLabels = make([]float64, len(x))
	half := len(x) / 2
	slot := half / (2 * len(kinds))
	var faults []Fault
	for i, k := range append(rng.Perm(len(kinds)), rng.Perm(len(kinds))...) {
		n := max(2, int(kinds[k].seconds*Hz))
		// The eighth of a slot on either side keeps faults apart.
		if n > slot-slot/4 {
			continue
		}
		at := half + i*slot + slot/8 + rng.IntN(max(1, slot-slot/4-n))
		kinds[k].apply(x[at:at+n], rng)
		for j := at; j < at+n; j++ {
			out.PointLabels[j] = 1
		}
		faults = append(faults, Fault{kinds[k].name, at, at + n})
	}
	return &out, faults
}

// spike adds a triangle of 6 mV, about three times a heart beat.
func spike(x []float64, _ *rand.Rand) {
	for i := range x {
		x[i] += float64(6 * (1 - math.Abs(2*float64(i)/float64(len(x)-1)-1)))
	}
}

// dropout sets the signal to 0 mV, as a loose electrode does.
func dropout(x []float64, _ *rand.Rand) { clear(x) }

// drift adds half a sine of 2.5 mV, up or down.
func drift(x []float64, rng *rand.Rand) {
	sign := float64(2*rng.IntN(2) - 1)
	for i := range x {
		x[i] += float64(sign * 2.5 * math.Sin(math.Pi*float64(i)/float64(len(x))))
	}
}

// stuck repeats the first value.
func stuck(x []float64, _ *rand.Rand) {
	for i := range x {
		x[i] = x[0]
	}
}

// noiseBurst adds white noise of 0.6 mV.
func noiseBurst(x []float64, rng *rand.Rand) {
	for i := range x {
		x[i] += float64(0.6 * rng.NormFloat64())
	}
}

// rhythm plays the stretch at 2.5 times its speed, over and over.
func rhythm(x []float64, _ *rand.Rand) {
	src := slices.Clone(x)
	for i := range x {
		at := math.Mod(float64(i)*2.5, float64(len(src)-1))
		j := int(at)
		w := float64(at - float64(j))
		x[i] = (1-w)*src[j] + w*src[j+1]
	}
}
