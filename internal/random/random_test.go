package random_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/internal/random"
)

// name is what a stream of a run is called.
type name struct {
	purpose random.Purpose
	a, b, c int
	ids     int
}

// stream returns the first numbers of a stream.
func stream(seed uint64, n name) [2]uint64 {
	var src rand.PCG
	random.Seed(&src, seed, n.purpose, []int{n.a, n.b, n.c}[:n.ids]...)
	return [2]uint64{src.Uint64(), src.Uint64()}
}

// TestStreamsOfARunDiffer walks the streams of a run of several epochs: steps, views, offsets, orders, surveys. Two of them
// were one when they were named by shifting numbers into one word: step 1<<40 and the view 0 of epoch 1, say.
func TestStreamsOfARunDiffer(t *testing.T) {
	var all []name
	for step := range 3000 {
		all = append(all, name{purpose: random.Step, a: step, ids: 1}, name{purpose: random.Dropout, a: step, ids: 1})
	}
	for epoch := range 4 {
		all = append(all, name{purpose: random.Order, a: epoch, ids: 1}, name{purpose: random.Survey, a: epoch, ids: 1}, name{purpose: random.Draw, a: epoch, ids: 1})
		for sample := range 2000 {
			all = append(all, name{purpose: random.Offset, a: epoch, b: sample, ids: 2})
			for view := range 3 {
				all = append(all, name{purpose: random.View, a: epoch, b: sample, c: view, ids: 3})
			}
		}
	}
	seen, keys := map[[2]uint64]string{}, map[uint64]string{}
	for _, seed := range []uint64{0, 1, 1 << 40, math.MaxUint64} {
		for _, n := range all {
			what := fmt.Sprintf("seed %d, %+v", seed, n)
			s := stream(seed, n)
			if other, ok := seen[s]; ok {
				t.Fatalf("%s begins as %s", what, other)
			}
			key := random.Key(seed, n.purpose, []int{n.a, n.b, n.c}[:n.ids]...)
			if other, ok := keys[key]; ok {
				t.Fatalf("%s has the key of %s", what, other)
			}
			seen[s], keys[key] = what, what
		}
	}
}

// TestNeighboursAreUnrelated takes the first number of 20,000 neighbouring streams, of neighbouring seeds, epochs, samples or
// views: uniform, and without correlation to the next stream's.
func TestNeighboursAreUnrelated(t *testing.T) {
	const n = 20000
	for which, first := range map[string]func(i int) float64{
		"seed":   func(i int) float64 { return random.New(uint64(i), random.View, 1, 2, 3).Float64() },
		"epoch":  func(i int) float64 { return random.New(5, random.View, i, 2, 3).Float64() },
		"sample": func(i int) float64 { return random.New(5, random.View, 1, i, 3).Float64() },
		"view":   func(i int) float64 { return random.New(5, random.View, 1, 2, i).Float64() },
		"key":    func(i int) float64 { return float64(random.Key(5, random.Dropout, i)>>11) / (1 << 53) },
	} {
		var counts [20]float64
		var product float64
		last := first(n)
		for i := range n {
			x := first(i)
			counts[int(x*20)]++
			product += (x - 0.5) * (last - 0.5)
			last = x
		}
		chi := 0.0
		for _, c := range counts {
			chi += (c - n/20) * (c - n/20) / (n / 20)
		}
		// The chi-squared distribution of 19 degrees of freedom is above 43.8 once in a thousand times.
		if chi > 43.8 {
			t.Errorf("%s: chi squared is %.1f, want at most 43.8", which, chi)
		}
		// The correlation of independent numbers has a deviation of 1/sqrt(n).
		if r := product / n * 12; math.Abs(r) > 4/math.Sqrt(n) {
			t.Errorf("%s: neighbours correlate by %.4f", which, r)
		}
	}
}

func TestSeedingAllocatesNothing(t *testing.T) {
	var src rand.PCG
	i := 0
	if n := testing.AllocsPerRun(100, func() { i++; random.Seed(&src, 1, random.View, i, 2, 3) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
	// The same name gives the same stream.
	a := src.Uint64()
	random.Seed(&src, 1, random.View, i, 2, 3)
	if b := src.Uint64(); a != b || a != random.New(1, random.View, i, 2, 3).Uint64() {
		t.Error("one name gave two streams")
	}
}

func Example() {
	// Epoch 3, sample 120, view 1 of a run with seed 7.
	rng := random.New(7, random.View, 3, 120, 1)
	fmt.Println(rng.IntN(1000), rng.IntN(1000))
	// Output: 668 520
}
