package detect

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Look is what of a series is compared with normal.
type Look string

const (
	// Level compares windows of values, standardised by the normal data: level, size and shape count.
	Level Look = "level"
	// Shape compares windows standardised each by itself: only their shape counts.
	Shape Look = "shape"
	// Change compares windows of differences between neighbouring values, standardised by those of the normal data.
	Change Look = "change"
	// Amplitude takes no windows: how far the mean over some time stamps is from the normal median, in units of the median
	// distance from it. A window of 1 takes each value by itself.
	Amplitude Look = "amplitude"
	// Kernels compares the encodings by fixed random kernels, which are fitted to the normal windows ([encoders.Rocket]), by their
	// Euclidean distance: how often short patterns occur in a window of all channels. Nothing is trained.
	Kernels Look = "kernels"
	// Learnt compares the encodings by the built-in network, which was learnt on synthetic series ([encoders.Builtin]), at
	// 128 time stamps, by their Euclidean distance: the shapes in a window of all channels. Nothing is trained on the data.
	Learnt Look = "learnt"
	// Subspace measures how far windows of one channel are from the mean of the normal ones along their principal components, in units of
	// the deviations along these: unusual combinations of values count, however small. It goes by channel. New readings that are part of
	// the normal ones are measured by all of these, themselves among them.
	Subspace Look = "subspace"
	// Encoding compares the rows that an encoder makes of windows, by their Euclidean distance.
	Encoding Look = "encoding"
)

// flattest is the least deviation, in units of the normal one, by which Shape divides: below it a window is as good as
// constant, and its shape is noise.
const flattest = 0.05

// looker makes the rows of a look; it is an [Encoder].
type looker struct {
	look Look
	norm *series.Normalizer
}

// newLooker measures what the look needs of normal series.
func newLooker(look Look, normal []*series.Series) (*looker, error) {
	if look == Change {
		var changes []*series.Series
		for _, s := range normal {
			d := *s
			d.Values = differences(s.Values)
			changes = append(changes, &d)
		}
		normal = changes
	}
	norm, err := series.FitNormalizer(normal, series.ModeTrain)
	return &looker{look, norm}, err
}

// fitted are the encoders of looks that are fitted to normal windows; docs/results/fused.md says how they were chosen.
var fitted = map[Look]encoders.Encoder{
	Kernels: encoders.Rocket{Features: 8, Out: 256},
	Learnt:  encoders.Builtin{Blocks: "learnt", Lengths: 1, Out: 256, Samples: 128},
}

// newEncoder makes the encoder of a part from normal series of the channels that it is to compare.
func newEncoder(ctx context.Context, p Part, normal []*series.Series) (Encoder, error) {
	if p.Look == Encoding {
		return p.Encoder, nil
	}
	if enc, ok := fitted[p.Look]; ok {
		return newFitted(ctx, enc, p.Window, p.stride(), normal)
	}
	return newLooker(p.Look, normal)
}

// newFitted fits an encoder to normal windows, at the places at which they are compared.
func newFitted(ctx context.Context, enc encoders.Encoder, window, stride int, normal []*series.Series) (Encoder, error) {
	norm, err := series.FitNormalizer(normal, series.ModeTrain)
	if err != nil {
		return nil, err
	}
	var windows []*series.Window
	for _, s := range normal {
		for _, w := range (series.Cut{Length: window, Stride: stride}).Windows(s) {
			if w.Measured() > 0 && w.LongestGap() <= longestGap(window) {
				windows = append(windows, w)
			}
		}
	}
	if len(windows) == 0 {
		return nil, ErrTooFew
	}
	return model.Fitted(ctx, enc, norm, windows, 0)
}

func differences(values [][]float64) [][]float64 {
	out := make([][]float64, len(values))
	for c, v := range values {
		out[c] = slices.Clone(v)
		series.Diff(out[c], 1, 1)
	}
	return out
}

// Match returns s: a [Fused] detector has matched it.
func (l *looker) Match(s *series.Series) (*series.Series, error) { return s, nil }

// Encode returns what is compared of each window, [N, channels * time].
func (l *looker) Encode(_ context.Context, windows []*series.Window) (rows []float32, err error) {
	for _, w := range windows {
		src := w.Values
		if l.look == Change {
			src = differences(src)
		}
		values := make([][]float32, len(src))
		for c, v := range src {
			values[c] = make([]float32, len(v))
		}
		l.norm.Apply(values, src, 0)
		for _, v := range values {
			series.FillGaps(v)
			if l.look == Shape {
				mean, std, _ := series.Stats(v)
				std = max(std, flattest)
				for i := range v {
					v[i] = float32((float64(v[i]) - mean) / std)
				}
			}
			rows = append(rows, v...)
		}
	}
	return rows, nil
}

// Raw compares the readings themselves, standardised, in place of encodings: a row is the window's values, channel after
// channel, with gaps interpolated. It goes with knn.Euclidean, and is the baseline of every comparison.
type Raw struct {
	// Normalizer standardises the windows, fitted on the normal series.
	Normalizer *series.Normalizer
	// Channels are those to compare, by name; nil means those that there are.
	Channels []string
}

// Encode returns the values of the windows, [N, channels * time].
func (r Raw) Encode(_ context.Context, windows []*series.Window) (rows []float32, err error) {
	for _, w := range windows {
		values := make([][]float32, len(w.Values))
		for c, v := range w.Values {
			values[c] = make([]float32, len(v))
		}
		r.Normalizer.Apply(values, w.Values, 0)
		for _, v := range values {
			series.FillGaps(v)
			rows = append(rows, v...)
		}
	}
	return rows, nil
}

// Match returns a series with the channels to compare, in their order.
func (r Raw) Match(s *series.Series) (*series.Series, error) {
	if len(r.Channels) == 0 {
		return s, nil
	}
	return s.Pick(r.Channels)
}

// Hash tells one way of comparing from another.
func (r Raw) Hash() string {
	text, err := json.Marshal(r)
	if err != nil {
		return "" // a normaliser of numbers that are not finite
	}
	return "raw " + string(text)
}

// spreadOf is the median of a channel over all series and the median distance from it; gaps do not count.
func spreadOf(all []*series.Series, c int) (median, distance float64) {
	var v []float64
	for _, s := range all {
		for _, x := range s.Values[c] {
			if !series.IsGap(x) {
				v = append(v, x)
			}
		}
	}
	if len(v) == 0 {
		return 0, 0
	}
	slices.Sort(v)
	median = quantile(v, 0.5)
	for i, x := range v {
		v[i] = math.Abs(x - median)
	}
	slices.Sort(v)
	return median, quantile(v, 0.5)
}

// quantile of sorted numbers: one of them.
func quantile(sorted []float64, q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }

// longestGap is how long a gap in all channels of a window may be. Where it is longer, most of what would be compared is
// interpolated, and no normal window is like that.
func longestGap(window int) int { return max(1, window/2) }

// shortGap is how many time stamps may be missing for the values around them to stand in.
const shortGap = 8

// bridged interpolates gaps of at most shortGap time stamps between values, as windows do: where a single reading is missing,
// a fused score keeps all its parts.
func bridged(x []float64) []float64 {
	out := slices.Clone(x)
	series.FillGaps(out)
	last := -1 // the last value
	for i := 0; i <= len(x); i++ {
		if i < len(x) && series.IsGap(x[i]) {
			continue
		}
		if i-last-1 > shortGap || last < 0 || i == len(x) {
			for j := last + 1; j < i; j++ {
				out[j] = series.Gap
			}
		}
		last = i
	}
	return out
}

// amplitudes are the distances of means over window time stamps, centred, from the median, in units of distance; NaN where
// there is no value.
func amplitudes(x []float64, median, distance float64, window int) []float64 {
	x = bridged(x)
	out := make([]float64, len(x))
	for i := range out {
		// Summed anew for each, so that the bits do not depend on where x begins.
		var sum float64
		n := 0
		for _, v := range x[max(0, i-window/2):min(len(x), i-window/2+window)] {
			if !series.IsGap(v) {
				sum, n = sum+(v-median)/distance, n+1
			}
		}
		out[i] = math.Abs(sum) / float64(n) // 0/0 is NaN
	}
	return out
}
