package augment

import (
	"slices"
	"testing"
)

// One view of a window of 256 values.
func BenchmarkApply(b *testing.B) {
	for _, e := range Catalog() {
		if e.Name == "maybe" || e.Name == "choice" {
			continue
		}
		a := MustParse(e.Usage).First
		b.Run(e.Name, func(b *testing.B) {
			x, o := wave(1, 1, 256, 0), wave(2, 1, 256, 0)
			work := clone(x)
			c := &Context{RNG: rngOf(1), Other: o}
			b.ReportAllocs()
			for b.Loop() {
				copy(work[0], x[0])
				a.Apply(work, c)
			}
		})
	}
}

// What runs for every sample of every step must not leave work to the garbage collector.
func TestAllocations(t *testing.T) {
	free := []string{"identity", "diff", "standardize", "trend", "trend-drop", "trend-scale", "jitter", "scale", "scale-steps", "shift", "magnitude-warp",
		"crop", "slice", "time-warp", "window-warp", "permutation", "flip", "negate", "mask", "mask-span", "mask-channel", "channel-shuffle", "rotation", "mixup"}
	x := wave(1, 3, 256, 0)
	c := &Context{RNG: rngOf(1), Other: wave(2, 3, 256, 0)}
	for _, e := range Catalog() {
		if !slices.Contains(free, e.Name) {
			continue
		}
		p := MustParse(e.Usage).First
		if n := testing.AllocsPerRun(50, func() { p.Apply(x, c) }); n > 1 {
			t.Errorf("%s: %.0f allocations", e.Name, n)
		}
	}
}
