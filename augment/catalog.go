package augment

import (
	"math"

	"github.com/wavekin/wavekin/augment/language"
)

// Param is one number that an augmentation takes.
type Param = language.Param

// Entry describes one augmentation of the catalogue.
type Entry = language.Entry[Augmentation]

// Catalog lists every augmentation in alphabetical order, those of other modules included.
func Catalog() []Entry { return views.Catalog() }

// New makes an augmentation from its name and its numbers, of which the last ones may be left out.
func New(name string, numbers ...float64) (Augmentation, error) { return views.New(name, numbers...) }

// Register adds an augmentation of another module to the catalogue: [Parse], [Catalog], and with them the command line and
// settings files, then know it by that name. It fails, and changes nothing, if the name is taken or the entry is incomplete
// (see [language.Language.Register]). It may be called at any time and from any goroutine; a program that reads models
// registers the augmentations they were trained with before.
func Register(name string, e Entry) error { return views.Register(name, e) }

// maxSigma keeps noise within what float32 can hold.
const maxSigma = 1e6

// The kinds of numbers, by short names.
var number, maybeZero, count = language.Number, language.MaybeZero, language.Count

// views is the language of views of series: the one place where a name becomes an augmentation.
var views = language.New[Augmentation, [][]float32, *Context](map[string]Entry{
	"diff": {Doc: "take differences of an order, length kept", Params: []Param{count("order", 1, 1, 3)},
		Make: func(a []float64) Augmentation { return Diff{Order: int(a[0])} }},
	"season-diff": {Doc: "take differences to one period before (0: found)", Params: []Param{count("period", 0, 0, maxPeriod)},
		Make: func(a []float64) Augmentation { return SeasonDiff{Period: int(a[0])} }},
	"frac-diff": {Doc: "take the fractional difference of order d", Params: []Param{number("d", 0.4, 2)},
		Make: func(a []float64) Augmentation { return FracDiff{D: a[0]} }},
	"standardize": {Doc: "give each channel mean 0 and deviation 1 again", Make: func([]float64) Augmentation { return Standardize{} }},

	"trend": {Doc: "keep the moving average over a span, a share of the window", Params: []Param{number("span", 0.1, 1)},
		Make: func(a []float64) Augmentation { return Trend{Span: a[0]} }},
	"trend-drop": {Doc: "take the trend away", Params: []Param{number("span", 0.1, 1)},
		Make: func(a []float64) Augmentation { return TrendDrop{Span: a[0]} }},
	"trend-scale": {Doc: "multiply the trend by N(1, sigma)", Params: []Param{number("sigma", 0.3, maxSigma), number("span", 0.1, 1)},
		Make: func(a []float64) Augmentation { return TrendScale{Sigma: a[0], Span: a[1]} }},
	"trend-swap": {Doc: "exchange the trend for another sample's", Params: []Param{number("span", 0.1, 1)},
		Make: func(a []float64) Augmentation { return TrendSwap{Span: a[0]} }},

	"season": {Doc: "perturb what repeats: amplitude by N(1, ·), phase by N(0, ·) radians; period (0: found)",
		Params: []Param{maybeZero("amplitude", 0.3, maxSigma), maybeZero("phase", 0.3, maxSigma), count("period", 0, 0, maxPeriod)},
		Make:   func(a []float64) Augmentation { return Season{Amplitude: a[0], Phase: a[1], Period: int(a[2])} }},
	"season-keep": {Doc: "keep only what repeats, with a period (0: found)", Params: []Param{count("period", 0, 0, maxPeriod)},
		Make: func(a []float64) Augmentation { return SeasonKeep{Period: int(a[0])} }},
	"season-drop": {Doc: "take away what repeats, with a period (0: found)", Params: []Param{count("period", 0, 0, maxPeriod)},
		Make: func(a []float64) Augmentation { return SeasonDrop{Period: int(a[0])} }},
	"season-swap": {Doc: "exchange what repeats for another sample's, with a period (0: found)", Params: []Param{count("period", 0, 0, maxPeriod)},
		Make: func(a []float64) Augmentation { return SeasonSwap{Period: int(a[0])} }},

	"jitter": {Doc: "add white noise of deviation sigma", Params: []Param{number("sigma", 0.03, maxSigma)},
		Make: func(a []float64) Augmentation { return Jitter{Sigma: a[0]} }},
	"scale": {Doc: "multiply each channel by N(1, sigma)", Params: []Param{number("sigma", 0.1, maxSigma)},
		Make: func(a []float64) Augmentation { return Scale{Sigma: a[0]} }},
	"scale-steps": {Doc: "multiply each time stamp by N(mean, sigma), all channels alike", Params: []Param{number("sigma", 1.1, maxSigma), number("mean", 2, maxSigma)},
		Make: func(a []float64) Augmentation { return ScaleSteps{Sigma: a[0], Mean: a[1]} }},
	"shift": {Doc: "add N(0, sigma) to each channel", Params: []Param{number("sigma", 0.1, maxSigma)},
		Make: func(a []float64) Augmentation { return Shift{Sigma: a[0]} }},
	"magnitude-warp": {Doc: "multiply by a smooth curve through knots N(1, sigma)",
		Params: []Param{number("sigma", 0.2, maxSigma), count("knots", 4, 1, maxKnots)},
		Make:   func(a []float64) Augmentation { return MagnitudeWarp{Sigma: a[0], Knots: int(a[1])} }},

	"crop": {Doc: "stretch a random part, min to max of the window, to the full length", Params: []Param{number("min", 0.8, 1), number("max", 1, 1)},
		Make: func(a []float64) Augmentation { return Crop{Min: a[0], Max: a[1]} }},
	"slice": {Doc: "stretch a part, keep of the window, to the full length", Params: []Param{number("keep", 0.9, 1)},
		Make: func(a []float64) Augmentation { return Slice{Keep: a[0]} }},
	"time-warp": {Doc: "let time run smoothly faster and slower: speed N(1, sigma) at knots",
		Params: []Param{number("sigma", 0.2, maxSigma), count("knots", 4, 1, maxKnots)},
		Make:   func(a []float64) Augmentation { return TimeWarp{Sigma: a[0], Knots: int(a[1])} }},
	"window-warp": {Doc: "play a share of the window at half or double speed", Params: []Param{number("share", 0.1, 1)},
		Make: func(a []float64) Augmentation { return WindowWarp{Share: a[0]} }},
	"permutation": {Doc: "cut at random into 1 to n-1 segments and reorder them, all channels alike", Params: []Param{count("segments", 5, 3, maxSegments)},
		Make: func(a []float64) Augmentation { return Permutation{Segments: int(a[0])} }},
	"flip": {Doc: "reverse time with probability p", Params: []Param{number("p", 0.5, 1)},
		Make: func(a []float64) Augmentation { return Flip{P: a[0]} }},
	"negate": {Doc: "change the sign with probability p", Params: []Param{number("p", 0.5, 1)},
		Make: func(a []float64) Augmentation { return Negate{P: a[0]} }},

	"mask": {Doc: "hide time stamps (value 0) with probability p", Params: []Param{number("p", 0.1, 1)},
		Make: func(a []float64) Augmentation { return Mask{P: a[0]} }},
	"mask-span": {Doc: "hide stretches, each a share of the window; their number", Params: []Param{number("share", 0.1, 1), count("spans", 1, 1, maxSpans)},
		Make: func(a []float64) Augmentation { return MaskSpan{Share: a[0], Spans: int(a[1])} }},
	"mask-channel": {Doc: "hide channels with probability p, never all", Params: []Param{number("p", 0.2, 1)},
		Make: func(a []float64) Augmentation { return MaskChannel{P: a[0]} }},

	"freq-mask": {Doc: "take away a share of the frequencies", Params: []Param{number("share", 0.1, 1)},
		Make: func(a []float64) Augmentation { return FreqMask{Share: a[0]} }},
	"freq-noise": {Doc: "add to a share of the frequencies up to size of the largest amplitude",
		Params: []Param{number("share", 0.1, 1), number("size", 0.1, maxSigma)},
		Make:   func(a []float64) Augmentation { return FreqNoise{Share: a[0], Size: a[1]} }},
	"freq-perturb": {Doc: "perturb each frequency: amplitude by N(1, ·), phase by N(0, ·) radians",
		Params: []Param{maybeZero("amplitude", 0.2, maxSigma), maybeZero("phase", 0.2, maxSigma)},
		Make:   func(a []float64) Augmentation { return FreqPerturb{Amplitude: a[0], Phase: a[1]} }},
	"phase-shift": {Doc: "move all frequencies by one angle of up to max radians", Params: []Param{number("max", 0.5, math.Pi)},
		Make: func(a []float64) Augmentation { return PhaseShift{Max: a[0]} }},
	"low-pass": {Doc: "keep the lowest frequencies, min to all of them", Params: []Param{number("min", 0.3, 1)},
		Make: func(a []float64) Augmentation { return LowPass{Min: a[0]} }},
	"high-pass": {Doc: "take away the mean and the lowest frequencies, up to max of them", Params: []Param{number("max", 0.1, 1)},
		Make: func(a []float64) Augmentation { return HighPass{Max: a[0]} }},

	"channel-shuffle": {Doc: "put the channels in random order", Make: func([]float64) Augmentation { return ChannelShuffle{} }},
	"rotation": {Doc: "turn neighbouring channels into each other, by up to max radians", Params: []Param{number("max", 0.3, math.Pi)},
		Make: func(a []float64) Augmentation { return Rotation{Max: a[0]} }},
	"mixup": {Doc: "mix in another sample with a weight of up to max", Params: []Param{number("max", 0.2, 1)},
		Make: func(a []float64) Augmentation { return Mixup{Max: a[0]} }},
})
