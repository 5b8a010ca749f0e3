package imageaug

import "github.com/wavekin/wavekin/augment/language"

// ColorJitter changes brightness, contrast, saturation and hue, in random order. The first three are multiplied by a factor of
// 1-v to 1+v, not below 0; the hue is turned by up to ±Hue of the colour circle. Saturation and hue of a grey image stay.
type ColorJitter struct {
	// Brightness, Contrast, Saturation (up to 10) and Hue (up to 0.5) say how much. If all of them are 0 they mean 0.4, 0.4, 0.4
	// and 0.1; if only some are, these properties stay the same.
	Brightness, Contrast, Saturation, Hue float64
	// P is the probability that anything is changed; 0 means 1.
	P float64
}

// maxFactor bounds how far brightness, contrast and saturation go.
const maxFactor = 10

// Name implements [Augmentation].
func (ColorJitter) Name() string { return "color-jitter" }

// Numbers implements [language.Numbered].
func (a ColorJitter) Numbers() []float64 {
	return []float64{a.Brightness, a.Contrast, a.Saturation, a.Hue, a.P}
}

func (a ColorJitter) strengths() [4]float64 {
	s := [4]float64{
		min(language.Or(a.Brightness, 0), maxFactor), min(language.Or(a.Contrast, 0), maxFactor),
		min(language.Or(a.Saturation, 0), maxFactor), min(language.Or(a.Hue, 0), 0.5),
	}
	if s == [4]float64{} {
		return [4]float64{0.4, 0.4, 0.4, 0.1}
	}
	return s
}

// Apply implements [Augmentation].
func (a ColorJitter) Apply(p *Picture, c *Context) {
	if !c.chance(language.Share(a.P, 1)) {
		return
	}
	strength := a.strengths()
	v := p.Values()
	order := [4]int{0, 1, 2, 3}
	for i := 3; i > 0; i-- {
		j := c.RNG.IntN(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	for _, what := range order {
		s := strength[what]
		if s == 0 {
			continue
		}
		factor := float32(c.between(max(0, 1-s), 1+s))
		switch {
		case what == 0:
			brighten(v, factor)
		case what == 1:
			contrast(v, p.Channels, factor)
		case p.Channels == 1: // has no colours
		case what == 2:
			saturate(v, factor)
		default:
			// 1-s to 1+s again, because s is below 1.
			turnHue(v, factor-1)
		}
	}
}

// Gray removes the colour, with a probability.
type Gray struct {
	// P is the probability; 0 means 0.2.
	P float64
}

// Name implements [Augmentation].
func (Gray) Name() string { return "gray" }

// Numbers implements [language.Numbered].
func (a Gray) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a Gray) Apply(p *Picture, c *Context) {
	if c.chance(language.Share(a.P, 0.2)) && p.Channels == 3 {
		greyOut(p.Values())
	}
}

// ColorDrop keeps one colour channel, a random one, and makes the others mid-grey, with a probability. It keeps patches of an image
// from being told apart by the fringes of a lens (Doersch et al. 2015); CPC v2 uses it.
type ColorDrop struct {
	// P is the probability; 0 means 0.2.
	P float64
}

// Name implements [Augmentation].
func (ColorDrop) Name() string { return "color-drop" }

// Numbers implements [language.Numbered].
func (a ColorDrop) Numbers() []float64 { return []float64{a.P} }

// Apply implements [Augmentation].
func (a ColorDrop) Apply(p *Picture, c *Context) {
	if !c.chance(language.Share(a.P, 0.2)) || p.Channels == 1 {
		return
	}
	keep := c.RNG.IntN(3)
	v := p.Values()
	n := len(v) / 3
	for i := range v {
		if i/n != keep {
			v[i] = 0.5
		}
	}
}

// Solarize inverts bright values, with a probability.
type Solarize struct {
	// P is the probability; 0 means 0.2.
	P float64
	// Threshold is the lowest value that is inverted; 0 means 0.5, which is byte 128.
	Threshold float64
}

// Name implements [Augmentation].
func (Solarize) Name() string { return "solarize" }

// Numbers implements [language.Numbered].
func (a Solarize) Numbers() []float64 { return []float64{a.P, a.Threshold} }

// Apply implements [Augmentation].
func (a Solarize) Apply(p *Picture, c *Context) {
	if c.chance(language.Share(a.P, 0.2)) {
		solarize(p.Values(), float32(language.Share(a.Threshold, 0.5)))
	}
}
