package augment

import "github.com/wavekin/wavekin/augment/language"

// Permutation cuts the window into 2 to Segments segments of equal length and puts them in random order, the same for all
// channels.
type Permutation struct {
	// Segments is the largest number of segments, at most 64; 0 means 5.
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
	k := min(2+c.RNG.IntN(max(1, language.Whole(a.Segments, 5, maxSegments)-1)), n)
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
			at += copy(v[at:], (*src)[s*n/k:(s+1)*n/k])
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
