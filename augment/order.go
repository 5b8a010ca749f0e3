package augment

import (
	"slices"

	"github.com/wavekin/wavekin/augment/language"
)

// Permutation cuts the window at random into 1 to Segments-1 segments, of any length, and puts them in random order, the same
// for all channels. So does TS-TCC's code (Eldele et al., 2021), but that it gives every channel the values of the first.
type Permutation struct {
	// Segments is one more than the largest number of segments, 3 to 64; 0 means 5.
	Segments int
}

const maxSegments = 64

// Name implements [Augmentation].
func (Permutation) Name() string { return "permutation" }

// Numbers implements [language.Numbered].
func (a Permutation) Numbers() []float64 { return []float64{float64(a.Segments)} }

// Apply implements [Augmentation].
func (a Permutation) Apply(x [][]float32, c *Context) {
	n := len(x[0])
	k := min(1+c.RNG.IntN(max(2, language.Whole(a.Segments, 5, maxSegments)-1)), n)
	if k == 1 {
		return
	}
	// The cuts are k-1 different places 1 to n-1 (Floyd's algorithm), in order.
	var room [maxSegments + 1]int
	cuts := room[:1]
	for j := n - k + 1; j < n; j++ {
		at := 1 + c.RNG.IntN(j)
		if slices.Contains(cuts[1:], at) {
			at = j
		}
		cuts = append(cuts, at)
	}
	slices.Sort(cuts)
	cuts = append(cuts, n)
	var order [maxSegments]int
	for i := range k {
		order[i] = i
	}
	c.RNG.Shuffle(k, func(i, j int) { order[i], order[j] = order[j], order[i] })
	src := scratch(n)
	defer release(src)
	for _, v := range x {
		copy(*src, v)
		at := 0
		for _, s := range order[:k] {
			at += copy(v[at:], (*src)[cuts[s]:cuts[s+1]])
		}
	}
}

// Flip reverses time, with a probability. It is not for data in which the order of events matters.
type Flip struct {
	// P is the probability; 0 means 0.5.
	P float64
}

// Name implements [Augmentation].
func (Flip) Name() string { return "flip" }

// Numbers implements [language.Numbered].
func (a Flip) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a Flip) Apply(x [][]float32, c *Context) {
	if !language.Chance(c.RNG, language.Share(a.P, 0.5)) {
		return
	}
	for _, v := range x {
		for i, j := 0, len(v)-1; i < j; i, j = i+1, j-1 {
			v[i], v[j] = v[j], v[i]
		}
	}
}
