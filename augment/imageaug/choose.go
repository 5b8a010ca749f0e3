package imageaug

import "github.com/wavekin/wavekin/augment/language"

// Identity changes nothing: "identity;m2" leaves the first view as it is.
type Identity struct{}

// Name implements [Augmentation].
func (Identity) Name() string { return "identity" }

func (Identity) args() []float64 { return nil }

// Apply implements [Augmentation].
func (Identity) Apply(*Picture, *Context) {}

// Maybe applies an augmentation, sometimes. In the language it stands before it: "maybe(0.5)|cutout".
type Maybe struct {
	// P is the probability; 0 means 0.5.
	P float64
	// Of is what is applied.
	Of Augmentation
}

// Name implements [Augmentation].
func (Maybe) Name() string { return "maybe" }

func (a Maybe) args() []float64 { return []float64{language.Share(a.P, 0.5)} }

func (a Maybe) parts() []Augmentation {
	if a.Of == nil {
		return nil
	}
	return []Augmentation{a.Of}
}

// Apply implements [Augmentation].
func (a Maybe) Apply(p *Picture, c *Context) {
	if c.chance(language.Share(a.P, 0.5)) && a.Of != nil {
		a.Of.Apply(p, c)
	}
}

// Choice applies one of several augmentations, each as likely as the others. In the language their number stands before them:
// "choice(2)|blur(1)|solarize(1)".
type Choice struct {
	// Of is what is chosen from.
	Of []Augmentation
}

const maxChoice = 64

// Name implements [Augmentation].
func (Choice) Name() string { return "choice" }

func (a Choice) args() []float64 {
	if len(a.Of) == 0 {
		return []float64{2}
	}
	return []float64{float64(len(a.Of))}
}

func (a Choice) parts() []Augmentation { return a.Of }

// Apply implements [Augmentation].
func (a Choice) Apply(p *Picture, c *Context) {
	if len(a.Of) > 0 {
		a.Of[c.RNG.IntN(len(a.Of))].Apply(p, c)
	}
}
