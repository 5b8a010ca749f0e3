package methods

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// sense is one way of looking at a window, [N, C, T], or an image, [N, C, H, W], computed inside the network so that a
// deployed one needs nothing but the sample.
type sense struct {
	kind     string // a key of senses, or of imageSenses where flat
	flat     bool
	from, to int // the channels, to exclusive; 0, 0 means all
}

// senses are the kinds of view of a window. None passes a gradient to the window, which needs none.
var senses = map[string]func(x *nn.Node, c *CMC) *nn.Node{
	"raw":        func(x *nn.Node, _ *CMC) *nn.Node { return x },
	"difference": func(x *nn.Node, _ *CMC) *nn.Node { return evened(difference(x)) },
	"trend":      func(x *nn.Node, c *CMC) *nn.Node { return evened(trend(x, c.Span)) },
	"season":     func(x *nn.Node, c *CMC) *nn.Node { return evened(season(detrended(x, c.Span), c.Period)) },
	"remainder": func(x *nn.Node, c *CMC) *nn.Node {
		d := detrended(x, c.Span)
		return evened(nn.Sub(d, season(d, c.Period)))
	},
	"spectrum": func(x *nn.Node, _ *CMC) *nn.Node { return evened(logSpectrum(x)) },
}

// parseSense reads a view: a kind, then optionally a colon and a channel or a range of channels, as in "raw:0-2".
func parseSense(text string, flat bool, channels int) (sense, error) {
	kind, group, grouped := strings.Cut(text, ":")
	s := sense{kind: kind, flat: flat, to: channels}
	if s.kinds()[kind] == nil {
		return s, s.unknown(text)
	}
	if !grouped {
		return s, nil
	}
	first, last, ranged := strings.Cut(group, "-")
	if !ranged {
		last = first
	}
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || a < 0 || b < a {
		return s, fmt.Errorf("cmc: view %q: want channels as in %s:0 or %s:0-2", text, kind, kind)
	}
	if channels > 0 && b >= channels {
		return s, fmt.Errorf("cmc: view %q asks for channel %d; there are %d, from 0", text, b, channels)
	}
	s.from, s.to = a, b+1
	return s, nil
}

// kinds are those of windows, or of images.
func (s sense) kinds() map[string]func(x *nn.Node, c *CMC) *nn.Node {
	if s.flat {
		return imageSenses
	}
	return senses
}

// unknown says what a view is not, and what there is.
func (s sense) unknown(text string) error {
	what, there := "series", sortedKeys(senses)
	if s.flat {
		what, there = "images", sortedKeys(imageSenses)
	}
	last := len(there) - 1
	return fmt.Errorf("cmc: no view %q of %s; there are %s and %s", text, what, strings.Join(there[:last], ", "), there[last])
}

// width is the number of channels of the view.
func (s sense) width() int {
	if s.flat && s.kind == "edges" {
		return 2 * (s.to - s.from)
	}
	return s.to - s.from
}

// show maps a window [N, C, T] or an image [N, C, H, W] to the view of it.
func (s sense) show(x *nn.Node, c *CMC) *nn.Node {
	if s.to-s.from != x.Dim(1) {
		x = nn.Slice(x, 1, s.from, s.to)
	}
	return s.kinds()[s.kind](x, c)
}

// evened gives each row mean 0 and a deviation near 1; what deviates by less than a tenth stays small.
func evened(x *nn.Node) *nn.Node { return nn.LayerNorm(x, nil, nil, 0.01) }

// byRow computes each row of x [..., T] from the row itself; f must not depend on other rows.
func byRow(name string, x *nn.Node, f func(dst, src []float32)) *nn.Node {
	return rows(nn.Op{Name: name}, x, f)
}

// linearByRow is byRow of a linear map, which an exported model can compute.
func linearByRow(name string, x *nn.Node, f func(dst, src []float32)) *nn.Node {
	return rows(nn.Op{Name: name, Settings: nn.RowMap{Row: f}}, x, f)
}

func rows(o nn.Op, x *nn.Node, f func(dst, src []float32)) *nn.Node {
	t := x.Dim(-1)
	o.Shape = x.Shape()
	o.Forward = func(in [][]float32, out []float32) {
		kernel.Parallel(len(out)/t, max(1, 8192/t), func(lo, hi int) {
			for i := lo * t; i < hi*t; i += t {
				f(out[i:i+t], in[0][i:i+t])
			}
		})
	}
	return nn.Apply(o, x)
}

// difference is x[t] - x[t-1], and 0 first.
func difference(x *nn.Node) *nn.Node {
	return linearByRow("difference", x, func(dst, src []float32) {
		copy(dst, src)
		series.Diff(dst, 1, 1)
	})
}

// trend is the centred moving average over a share of the window; at the ends it is over what is there.
func trend(x *nn.Node, span float64) *nn.Node {
	return linearByRow("trend", x, func(dst, src []float32) {
		half := max(1, int(span*float64(len(src))/2))
		var sum float64
		lo, hi := 0, 0
		for i := range src {
			for ; hi < min(len(src), i+half+1); hi++ {
				sum += float64(src[hi])
			}
			for ; lo < i-half; lo++ {
				sum -= float64(src[lo])
			}
			dst[i] = float32(sum / float64(hi-lo))
		}
	})
}

// detrended is x without its trend.
func detrended(x *nn.Node, span float64) *nn.Node { return nn.Sub(x, trend(x, span)) }

// season is what repeats with a period, the mean of each phase. A period of 0 is found for each row: the lag of the
// autocorrelation's highest peak, 2 to half the row.
func season(x *nn.Node, period int) *nn.Node {
	t := x.Dim(2)
	if period > t/2 || t < 4 {
		return nn.Scale(x, 0)
	}
	if period > 0 {
		return linearByRow("season", x, func(dst, src []float32) { fold(dst, src, period) })
	}
	return byRow("season", x, func(dst, src []float32) { fold(dst, src, strongestLag(src)) })
}

// fold writes the mean of each phase of src at all its places, less the mean of all.
func fold(dst, src []float32, period int) {
	var mean float64
	for _, v := range src {
		mean += float64(v) / float64(len(src))
	}
	for phase := range period {
		var sum float64
		n := 0
		for i := phase; i < len(src); i += period {
			sum += float64(src[i])
			n++
		}
		v := float32(sum/float64(n) - mean)
		for i := phase; i < len(src); i += period {
			dst[i] = v
		}
	}
}

// mostLags bounds the lags that are tried, so that a row costs no more than that times its length.
const mostLags = 512

// strongestLag is the lag of the highest local maximum of the mean product x[t]·x[t+lag], or 2 where there is none. series.Periods
// is more careful, but finds nothing in noise, where a view is needed all the same, and costs a spectrum for each row of a batch.
func strongestLag(x []float32) int {
	top := min(len(x)/2, mostLags)
	at := func(lag int) float32 { return kernel.Dot(x[:len(x)-lag], x[lag:]) / float32(len(x)-lag) }
	best, found := float32(math.Inf(-1)), 2
	before, here := at(1), at(2)
	for lag := 2; lag <= top; lag++ {
		next := float32(math.Inf(-1))
		if lag+1 < len(x) {
			next = at(lag + 1)
		}
		if here > before && here >= next && here > best {
			best, found = here, lag
		}
		before, here = here, next
	}
	return found
}

// spectrumLength is the longest stretch that is transformed at once.
const spectrumLength = 1024

// logSpectrum is the logarithm of the amplitude at each frequency from 0 to the highest, [N, C, F]: the mean power of equal
// stretches of at most 1024 time stamps under Hann's window (Welch, 1967), by a matrix of cosines and sines.
func logSpectrum(x *nn.Node) *nn.Node {
	g := x.Graph()
	n, c, t := x.Dim(0), x.Dim(1), x.Dim(2)
	parts := (t + spectrumLength - 1) / spectrumLength
	l := t / parts
	f := l/2 + 1
	if parts*l < t {
		x = nn.Slice(x, 2, 0, parts*l)
	}
	y := nn.Square(nn.MatMul(nn.Reshape(x, n*c*parts, l), g.Const(fourier(l, f), l, 2*f), false, false))
	power := nn.Add(nn.Slice(y, 1, 0, f), nn.Slice(y, 1, f, 2*f))
	if parts > 1 {
		power = nn.MeanLast(nn.SwapLast(nn.Reshape(power, n*c, parts, f)))
	}
	return nn.Reshape(nn.Scale(nn.Log(nn.AddScalar(power, 1e-4), 1e-4), 0.5), n, c, f)
}

// fourier is the matrix [l, 2f] of windowed cosines and sines whose squares make a power spectrum in which white noise of
// deviation 1 has power 1.
func fourier(l, f int) []float32 {
	w := make([]float64, l)
	var sum float64
	for i := range w {
		w[i] = 1
		if l > 2 {
			w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(l))
		}
		sum += w[i] * w[i]
	}
	out := make([]float32, l*2*f)
	for i := range l {
		for k := range f {
			// The product modulo l keeps the angle exact.
			angle := 2 * math.Pi * float64(i*k%l) / float64(l)
			out[i*2*f+k] = float32(w[i] * math.Cos(angle) / math.Sqrt(sum))
			out[i*2*f+f+k] = float32(w[i] * math.Sin(angle) / math.Sqrt(sum))
		}
	}
	return out
}

// defaultViews are those of a CMC that names none: three, of windows as of images.
func defaultViews(views []string, flat bool) []string {
	switch {
	case len(views) > 0:
		return slices.Clone(views)
	case flat:
		return []string{"raw", "edges", "blur"}
	}
	return []string{"raw", "difference", "spectrum"}
}
