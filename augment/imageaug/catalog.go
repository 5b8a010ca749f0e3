package imageaug

import "github.com/wavekin/wavekin/augment/language"

// Param is one number that an augmentation takes.
type Param = language.Param

// Entry describes one augmentation of the catalogue, or a recipe.
type Entry = language.Entry[Augmentation]

// Catalog lists every augmentation and recipe in alphabetical order, those of other modules included.
func Catalog() []Entry { return views.Catalog() }

// New makes an augmentation from its name and its numbers, of which the last ones may be left out. Recipes are read by [Parse] only.
func New(name string, numbers ...float64) (Augmentation, error) { return views.New(name, numbers...) }

// Register adds an augmentation or a recipe of another module to the catalogue: [Parse], [Catalog], and with them the command
// line and settings files, then know it by that name. It fails, and changes nothing, if the name is taken or the entry is
// incomplete (see [language.Language.Register]). It may be called at any time and from any goroutine; a program that reads
// models registers the augmentations they were trained with before.
func Register(name string, e Entry) error { return views.Register(name, e) }

// The kinds of numbers, by short names.
var number, maybeZero, count = language.Number, language.MaybeZero, language.Count

func filter() Param { return count("filter", 0, 0, 1) }

// views is the language of views of images: the one place where a name becomes an augmentation or a recipe.
var views = language.New[Augmentation, *Picture, *Context](withRecipes(map[string]Entry{
	"crop": {Doc: "show a random rectangle of min to max of the area, width to height ratio to 1/ratio; filter 0 bilinear, 1 bicubic",
		Params: []Param{number("min", 0.08, 1), number("max", 1, 1), number("ratio", 0.75, 1), filter()},
		Make: func(a []float64) Augmentation {
			return Crop{Min: a[0], Max: a[1], Ratio: a[2], Filter: Filter(a[3])}
		}},
	"center": {Doc: "show the middle, share of the shorter side; filter 0 bilinear, 1 bicubic", Params: []Param{number("share", 1, 1), filter()},
		Make: func(a []float64) Augmentation { return CenterCrop{Share: a[0], Filter: Filter(a[1])} }},
	"resize": {Doc: "squeeze all of it into the view; filter 0 bilinear, 1 bicubic", Params: []Param{filter()},
		Make: func(a []float64) Augmentation { return Resize{Filter: Filter(a[0])} }},
	"pad-crop": {Doc: "move by up to padding pixels of the view; the border is black (mirror 0) or mirrored (1)",
		Params: []Param{count("padding", 4, 1, maxPadding), count("mirror", 0, 0, 1)},
		Make:   func(a []float64) Augmentation { return PadCrop{Padding: int(a[0]), Mirror: int(a[1])} }},
	"flip": {Doc: "mirror left and right with probability p", Params: []Param{number("p", 0.5, 1)},
		Make: func(a []float64) Augmentation { return Flip{P: a[0]} }},
	"cutout": {Doc: "hide a square, side a share of the picture's, with probability p", Params: []Param{number("share", 0.5, 1), number("p", 1, 1)},
		Make: func(a []float64) Augmentation { return Cutout{Share: a[0], P: a[1]} }},

	"color-jitter": {Doc: "change brightness, contrast, saturation (factors 1±) and hue (turns ±) in random order, with probability p",
		Params: []Param{maybeZero("brightness", 0.4, maxFactor), maybeZero("contrast", 0.4, maxFactor), maybeZero("saturation", 0.4, maxFactor), maybeZero("hue", 0.1, 0.5), number("p", 1, 1)},
		Make: func(a []float64) Augmentation {
			return ColorJitter{Brightness: a[0], Contrast: a[1], Saturation: a[2], Hue: a[3], P: a[4]}
		}},
	"gray": {Doc: "take the colour away with probability p", Params: []Param{number("p", 0.2, 1)},
		Make: func(a []float64) Augmentation { return Gray{P: a[0]} }},
	"color-drop": {Doc: "keep one colour channel, the others mid-grey, with probability p", Params: []Param{number("p", 0.2, 1)},
		Make: func(a []float64) Augmentation { return ColorDrop{P: a[0]} }},
	"solarize": {Doc: "turn values from threshold on to their negative with probability p", Params: []Param{number("p", 0.2, 1), number("threshold", 0.5, 1)},
		Make: func(a []float64) Augmentation { return Solarize{P: a[0], Threshold: a[1]} }},
	"blur": {Doc: "Gaussian blur with probability p; deviation min to max pixels, kernel a share of the side",
		Params: []Param{number("p", 0.5, 1), number("min", 0.1, maxBlur), number("max", 2, maxBlur), number("kernel", 0.1, 1)},
		Make:   func(a []float64) Augmentation { return Blur{P: a[0], Min: a[1], Max: a[2], Kernel: a[3]} }},

	"patches": {Doc: "apply all that follows to each patch of a grid x grid of them, overlapping by a share of their side, and lay them side by side",
		Params: []Param{count("grid", 7, 1, maxGrid), maybeZero("overlap", 0, maxOverlap)},
		Make:   func(a []float64) Augmentation { return Patches{Grid: int(a[0]), Overlap: a[1]} },
		Follow: func([]float64) int { return language.Rest },
		With: func(a Augmentation, parts []Augmentation) Augmentation {
			p := a.(Patches)
			p.Of = parts
			return p
		}},
}))
