package augment

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

// Param is one number that an augmentation takes.
type Param struct {
	Name              string
	Default, Min, Max float64
}

// Entry describes one augmentation of the catalogue.
type Entry struct {
	Name, Doc string
	Params    []Param
	// Usage shows the name with its defaults.
	Usage string
	apply func(x [][]float32, c *Context, a []float64)
}

var inf = math.Inf(1)

func sigma(d float64) Param           { return Param{"sigma", d, 0, inf} }
func share(n string, d float64) Param { return Param{n, d, 0, 1} }

// catalogue is the one place where a name becomes an augmentation.
var catalogue = map[string]Entry{
	"diff":            {Doc: "replace by differences of an order, the first value held", Params: []Param{{"order", 1, 1, 3}}, apply: diff},
	"trend":           {Doc: "keep the trend: a moving average over a share of the window", Params: []Param{share("span", 0.1)}, apply: trend},
	"season":          {Doc: "perturb amplitude and phase of the strongest rhythm (sigma), remainder kept", Params: []Param{sigma(0.3)}, apply: seasonPerturb},
	"season-keep":     {Doc: "keep only what repeats with the strongest rhythm", apply: seasonKeep},
	"season-drop":     {Doc: "take out what repeats with the strongest rhythm", apply: seasonDrop},
	"season-swap":     {Doc: "exchange the season for another sample's", apply: seasonSwap},
	"trend-swap":      {Doc: "exchange the trend for another sample's", Params: []Param{share("span", 0.1)}, apply: trendSwap},
	"jitter":          {Doc: "add white noise", Params: []Param{sigma(0.03)}, apply: jitter},
	"scale":           {Doc: "multiply each channel by N(1, sigma)", Params: []Param{sigma(0.1)}, apply: scale},
	"shift":           {Doc: "add N(0, sigma) to each channel", Params: []Param{sigma(0.1)}, apply: shift},
	"crop":            {Doc: "take a random stretch of a share of the window and stretch it back", Params: []Param{share("min", 0.8), share("max", 1)}, apply: crop},
	"slice":           {Doc: "take a stretch of a fixed share and stretch it back", Params: []Param{share("keep", 0.9)}, apply: slice},
	"time-warp":       {Doc: "run time smoothly faster and slower", Params: []Param{sigma(0.2), {"knots", 4, 1, 64}}, apply: timeWarp},
	"magnitude-warp":  {Doc: "multiply by a smooth random curve", Params: []Param{sigma(0.2), {"knots", 4, 1, 64}}, apply: magnitudeWarp},
	"window-warp":     {Doc: "play a share of the window at half or double speed", Params: []Param{share("share", 0.1)}, apply: windowWarp},
	"permutation":     {Doc: "cut into up to n segments and reorder them, all channels alike", Params: []Param{{"segments", 5, 1, 64}}, apply: permutation},
	"mask":            {Doc: "set single time stamps to 0, with a probability", Params: []Param{share("p", 0.1)}, apply: maskPoints},
	"mask-span":       {Doc: "set one stretch of a share of the window to 0", Params: []Param{share("share", 0.1)}, apply: maskSpan},
	"mask-channel":    {Doc: "set whole channels to 0, with a probability, never all", Params: []Param{share("p", 0.2)}, apply: maskChannel},
	"freq-mask":       {Doc: "remove a share of the frequencies", Params: []Param{share("share", 0.1)}, apply: freqMask},
	"freq-noise":      {Doc: "multiply each frequency's amplitude by N(1, sigma)", Params: []Param{sigma(0.2)}, apply: freqNoise},
	"phase-shift":     {Doc: "add U(-max, max) radians to every frequency's phase", Params: []Param{{"max", 0.5, 0, math.Pi}}, apply: phaseShift},
	"low-pass":        {Doc: "keep the lowest share of the frequencies", Params: []Param{share("keep", 0.5)}, apply: lowPass},
	"high-pass":       {Doc: "remove the lowest share of the frequencies", Params: []Param{share("drop", 0.05)}, apply: highPass},
	"flip":            {Doc: "reverse time, with a probability", Params: []Param{share("p", 0.5)}, apply: flip},
	"negate":          {Doc: "change the sign, with a probability", Params: []Param{share("p", 0.5)}, apply: negate},
	"channel-shuffle": {Doc: "permute the channels", apply: channelShuffle},
	"rotation":        {Doc: "rotate neighbouring channels into each other by up to an angle in radians", Params: []Param{{"max", 0.3, 0, math.Pi}}, apply: rotation},
	"mixup":           {Doc: "mix in another sample with a weight drawn from U(0, max)", Params: []Param{share("max", 0.2)}, apply: mixup},
}

// Catalog lists every augmentation in alphabetical order.
func Catalog() []Entry {
	out := make([]Entry, 0, len(catalogue))
	for name, e := range catalogue {
		e.Name = name
		args := make([]string, len(e.Params))
		for i, p := range e.Params {
			args[i] = fmt.Sprintf("%s=%g", p.Name, p.Default)
		}
		e.Usage = name
		if len(args) > 0 {
			e.Usage += "(" + strings.Join(args, ", ") + ")"
		}
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
