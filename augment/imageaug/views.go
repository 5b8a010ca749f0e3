package imageaug

import (
	"fmt"

	"github.com/wavekin/wavekin/augment/language"
	"github.com/wavekin/wavekin/raster"
)

// Pipeline applies augmentations in order.
type Pipeline []Augmentation

// Apply makes one view of src: dst [channels, size, size], values 0 to 1. If the pipeline does not
// bring the picture to that size, it is resized and cut as by [Center]. channels is 1 or 3: in the end an image of one channel
// is repeated, and one of three is turned grey.
func (p Pipeline) Apply(dst []float32, channels, size int, src *raster.Image, c *Context) error {
	if err := check(dst, channels, size, src); err != nil {
		return err
	}
	if c.RNG == nil && len(p) > 0 {
		return fmt.Errorf("the context has no generator of random numbers")
	}
	m := c.open(dst, size, src)
	for _, a := range p {
		a.Apply(m, c)
	}
	return m.finish(dst, channels)
}

// Language implements [language.Pipeline].
func (Pipeline) Language() *language.Language[Augmentation] { return views }

// String writes the pipeline in the language of views.
func (p Pipeline) String() string { return views.String(p) }

// Identity changes nothing: "identity;m2" leaves the first view as it is.
type Identity = language.Identity[*Picture, *Context]

// Maybe applies an augmentation with a probability. In the language it stands before it: "maybe(0.5)|cutout".
type Maybe = language.Maybe[Augmentation, *Picture, *Context]

// Choice applies one of several augmentations, each with the same probability. In the language their number stands before
// them: "choice(2)|blur(1)|solarize(1)".
type Choice = language.Choice[Augmentation, *Picture, *Context]

// Spec is the pair of pipelines that make the two views of an image. The zero value is the view without augmentation.
type Spec = language.Spec[Augmentation, Pipeline]

// ParseError points at the character at which a text of views cannot be read.
type ParseError = language.ParseError

// Parse reads views in the language of package augment: "crop(0.2,1)|flip|gray(0.2)", the second view's after a semicolon. A recipe
// such as "m2" stands for all its steps. The empty text is the view without augmentation. Errors are of type *ParseError.
func Parse(text string) (Spec, error) { return language.Parse[Augmentation, Pipeline](text) }

// MustParse is Parse for texts in the program; it panics on an error.
func MustParse(text string) Spec { return language.MustParse[Augmentation, Pipeline](text) }
