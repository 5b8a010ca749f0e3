package main

import (
	"math/rand/v2"
	"slices"

	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/series"
)

// fault is a change of one channel of normal readings.
type fault struct {
	kind       string
	of         *series.Series
	channel    int
	at, length int
	change     func(x []float64) // of the channel, from the beginning of the fault
}

// planted are the readings with the fault.
func (f fault) planted() *series.Series {
	out := *f.of
	out.Values = slices.Clone(out.Values)
	out.Values[f.channel] = slices.Clone(out.Values[f.channel])
	f.change(out.Values[f.channel][f.at:])
	return &out
}

// kind makes a fault of a length, of a channel with a deviation.
type kind struct {
	name   string
	length int
	moving bool // it takes a channel that moves where the fault begins
	change func(x []float64, n int, std float64, rng *rand.Rand)
}

var kinds = []kind{
	{"spike", 1, false, func(x []float64, n int, std float64, _ *rand.Rand) { x[0] += 10 * std }},
	{"level shift", 64, false, func(x []float64, n int, std float64, _ *rand.Rand) {
		for i := range n {
			x[i] += 4 * std
		}
	}},
	{"frozen value", 128, true, func(x []float64, n int, _ float64, _ *rand.Rand) {
		for i := range n {
			x[i] = x[0]
		}
	}},
	{"noise", 64, false, func(x []float64, n int, std float64, rng *rand.Rand) {
		for i := range n {
			x[i] += 2 * std * rng.NormFloat64()
		}
	}},
	{"changed period", 128, true, func(x []float64, n int, _ float64, _ *rand.Rand) {
		fast := slices.Clone(x[:3*n])
		for i := range n {
			x[i] = fast[3*i]
		}
	}},
}

// fewest is how many distinct normal values a channel has that faults are planted in.
const fewest = 32

// plant makes faults of each kind at random in channels that vary.
func plant(normal, later *series.Series, each int, seed uint64, machine int) (out []fault) {
	var channels []int
	std := make([]float64, normal.NumChannels())
	for c, v := range normal.Values {
		std[c] = deviation(v)
		if distinct(v) >= fewest {
			channels = append(channels, c)
		}
	}
	for k, kind := range kinds {
		rng := random.New(seed, random.Member, machine, k)
		for i := 0; i < each && len(channels) > 0; {
			f := fault{kind: kind.name, of: later, channel: channels[rng.IntN(len(channels))], length: kind.length}
			f.at = 512 + rng.IntN(later.Len()-1024-3*kind.length)
			s := std[f.channel]
			if kind.moving && deviation(later.Values[f.channel][f.at:f.at+kind.length]) < s/2 && rng.IntN(1000) > 0 {
				continue
			}
			own := random.New(seed, random.Member, machine, k, i)
			f.change = func(x []float64) { kind.change(x, kind.length, s, own) }
			out, i = append(out, f), i+1
		}
	}
	return out
}

func deviation(x []float64) float64 {
	var y []float32
	for _, v := range x {
		y = append(y, float32(v))
	}
	_, std, _ := series.Stats(y)
	return std
}

func distinct(x []float64) int {
	seen := map[float64]bool{}
	for _, v := range x {
		seen[v] = true
	}
	return len(seen)
}
