package imageaug

import "github.com/wavekin/wavekin/augment/language"

// Param is one number that an augmentation takes.
type Param = language.Param

// Entry describes one augmentation of the catalogue, or a recipe.
type Entry = language.Entry[Augmentation]

// views is the language with the catalogue of this package.
var views = &language.Language[Augmentation]{
	Entries: catalogue,
	Numbers: func(a Augmentation) ([]float64, bool) {
		if d, ok := a.(described); ok {
			return d.args(), true
		}
		return nil, false
	},
	Parts: func(a Augmentation) []Augmentation {
		if c, ok := a.(interface{ parts() []Augmentation }); ok {
			return c.parts()
		}
		return nil
	},
	Wrong: func(a Augmentation) string {
		if c, ok := a.(interface{ check() string }); ok {
			return c.check()
		}
		return ""
	},
}

// Catalog lists every augmentation and recipe in alphabetical order.
func Catalog() []Entry { return views.Catalog() }

// New makes an augmentation from its name and its numbers, of which the last ones may be left out. Recipes are read by [Parse] only.
func New(name string, numbers ...float64) (Augmentation, error) { return views.New(name, numbers...) }

// The kinds of numbers, by short names.
var number, maybeZero, count = language.Number, language.MaybeZero, language.Count

func filter() Param { return count("filter", 0, 1) }

// catalogue is the one place where a name becomes an augmentation. What a number is when it is left out, the struct knows.
var catalogue = withRecipes(map[string]Entry{
	"identity": {Doc: "change nothing", Make: func([]float64) Augmentation { return Identity{} }},
	"maybe": {Doc: "apply the next one with probability p", Params: []Param{number("p", 1)},
		Make:   func(a []float64) Augmentation { return Maybe{P: a[0]} },
		Follow: func([]float64) int { return 1 },
		With:   func(a Augmentation, parts []Augmentation) Augmentation { return Maybe{P: a.(Maybe).P, Of: parts[0]} }},
	"choice": {Doc: "apply one of the next n", Params: []Param{count("n", 2, maxChoice)},
		Make:   func(a []float64) Augmentation { return Choice{Of: make([]Augmentation, 0, int(a[0]))} },
		Follow: func(a []float64) int { return int(a[0]) },
		With:   func(_ Augmentation, parts []Augmentation) Augmentation { return Choice{Of: parts} }},

	"crop": {Doc: "show a random rectangle of min to max of the area, width to height ratio to 1/ratio; filter 0 bilinear, 1 bicubic",
		Params: []Param{number("min", 1), number("max", 1), number("ratio", 1), filter()},
		Make: func(a []float64) Augmentation {
			return Crop{Min: a[0], Max: a[1], Ratio: a[2], Filter: Filter(a[3])}
		}},
	"center": {Doc: "show the middle, share of the shorter side; filter 0 bilinear, 1 bicubic", Params: []Param{number("share", 1), filter()},
		Make: func(a []float64) Augmentation { return CenterCrop{Share: a[0], Filter: Filter(a[1])} }},
	"resize": {Doc: "squeeze all of it into the view; filter 0 bilinear, 1 bicubic", Params: []Param{filter()},
		Make: func(a []float64) Augmentation { return Resize{Filter: Filter(a[0])} }},
	"pad-crop": {Doc: "move by up to padding pixels of the view; the border is black (mirror 0) or mirrored (1)",
		Params: []Param{count("padding", 1, maxPadding), count("mirror", 0, 1)},
		Make:   func(a []float64) Augmentation { return PadCrop{Padding: int(a[0]), Mirror: int(a[1])} }},
	"flip": {Doc: "mirror left and right with probability p", Params: []Param{number("p", 1)},
		Make: func(a []float64) Augmentation { return Flip{P: a[0]} }},
	"cutout": {Doc: "hide a square, side a share of the picture's, with probability p", Params: []Param{number("share", 1), number("p", 1)},
		Make: func(a []float64) Augmentation { return Cutout{Share: a[0], P: a[1]} }},

	"color-jitter": {Doc: "change brightness, contrast, saturation (factors 1±) and hue (turns ±) in random order, with probability p",
		Params: []Param{maybeZero("brightness", maxFactor), maybeZero("contrast", maxFactor), maybeZero("saturation", maxFactor), maybeZero("hue", 0.5), number("p", 1)},
		Make: func(a []float64) Augmentation {
			return ColorJitter{Brightness: a[0], Contrast: a[1], Saturation: a[2], Hue: a[3], P: a[4]}
		}},
	"gray": {Doc: "take the colour away with probability p", Params: []Param{number("p", 1)},
		Make: func(a []float64) Augmentation { return Gray{P: a[0]} }},
	"color-drop": {Doc: "keep one colour channel, the others mid-grey, with probability p", Params: []Param{number("p", 1)},
		Make: func(a []float64) Augmentation { return ColorDrop{P: a[0]} }},
	"solarize": {Doc: "turn values from threshold on to their negative with probability p", Params: []Param{number("p", 1), number("threshold", 1)},
		Make: func(a []float64) Augmentation { return Solarize{P: a[0], Threshold: a[1]} }},
	"blur": {Doc: "Gaussian blur with probability p; deviation min to max pixels, kernel a share of the side",
		Params: []Param{number("p", 1), number("min", maxBlur), number("max", maxBlur), number("kernel", 1)},
		Make:   func(a []float64) Augmentation { return Blur{P: a[0], Min: a[1], Max: a[2], Kernel: a[3]} }},

	"patches": {Doc: "apply all that follows to each patch of a grid x grid of them, overlapping by a share of their side, and lay them side by side",
		Params: []Param{count("grid", 1, maxGrid), maybeZero("overlap", maxOverlap)},
		Make:   func(a []float64) Augmentation { return Patches{Grid: int(a[0]), Overlap: a[1]} },
		Follow: func([]float64) int { return language.Rest },
		With: func(a Augmentation, parts []Augmentation) Augmentation {
			p := a.(Patches)
			p.Of = parts
			return p
		}},
})
