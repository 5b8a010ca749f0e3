package augment

import "github.com/wavekin/wavekin/augment/language"

// Crop cuts out a part k of the window, drawn from U(Min, Max), which begins at a share of the window drawn from U(0, 1-k), and stretches it
// to the full length, by linear interpolation. Things then seem to happen more slowly, by a factor of up to 1/Min.
type Crop struct {
	// Min and Max bound the share of the window that is kept; 0 means 0.8 and 1.
	Min, Max float64
}

// Name implements [Augmentation].
func (Crop) Name() string { return "crop" }

// Numbers implements [language.Numbered].
func (a Crop) Numbers() []float64 { return []float64{a.Min, a.Max} }

// Check implements [language.Checked].
func (a Crop) Check() error {
	return language.Ordered(language.Share(a.Min, 0.8), language.Share(a.Max, 1))
}

// Apply implements [Augmentation].
func (a Crop) Apply(x [][]float32, c *Context) {
	lo, hi := language.Share(a.Min, 0.8), language.Share(a.Max, 1)
	stretch(x, c, lo+(hi-lo)*c.RNG.Float64())
}

// Slice cuts out a part of fixed length, which begins at a share of the window drawn from U(0, 1-Keep), and stretches it to the full
// length.
type Slice struct {
	// Keep is the share of the window that is kept; 0 means 0.9.
	Keep float64
}

// Name implements [Augmentation].
func (Slice) Name() string { return "slice" }

// Numbers implements [language.Numbered].
func (a Slice) Numbers() []float64 { return []float64{a.Keep} }

// Apply implements [Augmentation].
func (a Slice) Apply(x [][]float32, c *Context) { stretch(x, c, language.Share(a.Keep, 0.9)) }

// stretch resamples a share of the window, at a random place, to the full length.
func stretch(x [][]float32, c *Context, keep float64) {
	n := len(x[0])
	start := (1 - keep) * float64(n-1) * c.RNG.Float64()
	pos := scratch64(n)
	defer release64(pos)
	for t := range *pos {
		(*pos)[t] = start + float64(t)*keep
	}
	resample(x, *pos)
}
