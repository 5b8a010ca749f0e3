package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/knn"
	"github.com/wavekin/wavekin/series"
)

// Part is one of the scores that a [Fused] detector puts together.
type Part struct {
	// Name is what an output calls it.
	Name string `json:"name"`
	// Look is what is compared.
	Look Look `json:"look"`
	// Window is the length in time stamps of what is compared, or averaged by Amplitude. 0 with a [model.Model] is the length
	// that it was trained on, which short normal series do not shorten.
	Window int `json:"window"`
	// Each takes every channel by itself, and the mean of the three highest scores; otherwise a window holds all channels.
	// Amplitude and Subspace always go by channel.
	Each bool `json:"each,omitempty"`
	// Varied leaves out channels of at most 8 distinct values in the normal series, such as commands and switches, whose changes and
	// patterns say less than their levels. Without another channel the part says nothing.
	Varied bool `json:"varied,omitempty"`
	// Weight is the part's weight in the mean.
	Weight float64 `json:"weight"`
	// Encoder makes the rows of the look Encoding, of the channels that it matches; with Each it is asked about every channel by
	// itself, without a name.
	Encoder Encoder `json:"-"`
}

// highest is how many channels the score of a part that goes by channel is the mean of.
const highest = 3

// check reports what is out of range.
func (p *Part) check() error {
	switch {
	case !slices.Contains([]Look{Level, Shape, Change, Amplitude, Kernels, Learnt, Subspace, Encoding}, p.Look):
		return fmt.Errorf("part %q compares %q, want level, shape, change, amplitude, kernels, learnt, subspace or encoding", p.Name, p.Look)
	case p.Window < 1 || p.Window > coarsest || !(p.Weight > 0) || math.IsInf(p.Weight, 1):
		return fmt.Errorf("part %q has windows of %d time stamps and weight %g, want 1 to %d and above 0", p.Name, p.Window, p.Weight, coarsest)
	case (p.Look == Encoding) != (p.Encoder != nil):
		return fmt.Errorf("part %q compares %q; an encoder belongs to encoding, and to nothing else", p.Name, p.Look)
	}
	return nil
}

// byChannel tells whether the part takes every channel by itself.
func (p *Part) byChannel() bool { return p.Each || p.Look == Amplitude || p.Look == Subspace }

// stride is the distance of windows: an eighth of their length, and a quarter where a network encodes them, which takes longest.
func (p *Part) stride() int {
	if p.Look == Learnt {
		return max(1, p.Window/(windowStrides/2))
	}
	return max(1, p.Window/windowStrides)
}

// branch is a part on one channel, or on all channels together.
type branch struct {
	part    int
	channel int   // in the fused detector, or -1 for several
	among   []int // the several channels, nil for all
	windows *Detector
	// For Subspace; nil where it says nothing.
	components *components
	// For Amplitude.
	median, distance float64
	window           int
	calibration      Calibration
}

// newBranches makes the branches of a part, which are not calibrated yet; keep says that they keep normal readings.
func newBranches(ctx context.Context, i int, p Part, normal []*series.Series, most int, keep bool) ([]*branch, error) {
	var among []int // nil for all
	if p.Varied {
		if among = varied(normal); len(among) == 0 {
			return nil, nil
		}
	}
	channels := []int{-1}
	if p.byChannel() {
		channels, among = among, nil
		for c := 0; !p.Varied && c < normal[0].NumChannels(); c++ {
			channels = append(channels, c)
		}
	}
	out := make([]*branch, len(channels))
	errs := make([]error, len(channels))
	kernel.Parallel(len(channels), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			out[k] = &branch{part: i, channel: channels[k], among: among, window: p.Window}
			errs[k] = out[k].learn(ctx, p, normal, most, keep)
		}
	})
	return out, errors.Join(errs...)
}

// fewValues is the most distinct values of a channel that is left out by Varied.
const fewValues = 8

// varied are the channels of more distinct values than fewValues.
func varied(normal []*series.Series) []int {
	out := []int{}
	for c := range normal[0].Values {
		seen := map[float64]bool{}
		for _, s := range normal {
			for t := 0; t < len(s.Values[c]) && len(seen) <= fewValues; t++ {
				if v := s.Values[c][t]; !series.IsGap(v) {
					seen[v] = true
				}
			}
		}
		if len(seen) > fewValues {
			out = append(out, c)
		}
	}
	return out
}

// learn keeps what new series are compared with.
func (b *branch) learn(ctx context.Context, p Part, normal []*series.Series, most int, keep bool) error {
	if p.Look == Amplitude {
		b.median, b.distance = spreadOf(normal, b.channel)
		return nil
	}
	var own []*series.Series
	for _, s := range normal {
		own = append(own, b.of(s))
	}
	if p.Look == Subspace {
		var err error
		b.components, err = newComponents(p, own, most)
		return err
	}
	by, err := newEncoder(ctx, p, own)
	if errors.Is(err, ErrTooFew) {
		return nil // channels without a value
	}
	if err != nil {
		return err
	}
	c, err := Config{Window: p.Window, Stride: p.stride(), Metric: knn.Euclidean}.resolve(by)
	if err != nil {
		return err
	}
	b.windows = &Detector{config: c, by: by, prints: newPrints(c.Window)}
	if keep {
		b.windows.readings = newReadings(c.Window, most)
	}
	if err := b.windows.gather(ctx, series.FromSlice(own), most); err != nil && !errors.Is(err, ErrTooFew) {
		return fmt.Errorf("%s: %w", p.Name, err)
	} else if err != nil {
		b.windows = nil
	}
	return nil
}

// of is a series with the branch's channels alone.
func (b *branch) of(s *series.Series) *series.Series {
	out := *s
	switch {
	case b.channel >= 0:
		out.Values, out.Channels = s.Values[b.channel:b.channel+1], nil
	case b.among != nil:
		out.Values, out.Channels = make([][]float64, len(b.among)), make([]string, len(b.among))
		for i, c := range b.among {
			out.Values[i] = s.Values[c]
			if c < len(s.Channels) {
				out.Channels[i] = s.Channels[c]
			}
		}
		if len(s.Channels) == 0 {
			out.Channels = nil
		}
	}
	return &out
}

// raw scores the time stamps of a series, which is the normal one of a number, counted by those that have windows, or unknown;
// NaN where there is no score.
func (b *branch) raw(ctx context.Context, s *series.Series, itself int) ([]float64, error) {
	switch {
	case (b.windows != nil || b.components != nil) && s.Len() < b.window:
		return slices.Repeat([]float64{math.NaN()}, s.Len()), nil
	case b.windows != nil:
		all, err := Collect(b.windows.pointsOf(ctx, series.FromSlice([]*series.Series{b.of(s)}), itself))
		if err != nil {
			return nil, err
		}
		return all.Score, nil
	case b.components != nil:
		return b.components.scores(s.Values[b.channel]), nil
	case b.distance > 0:
		return amplitudes(s.Values[b.channel], b.median, b.distance, b.window), nil
	}
	// Nothing is known of a channel without a normal value; and an amplitude has no unit where most values are equal.
	return slices.Repeat([]float64{math.NaN()}, s.Len()), nil
}

// own scores normal series without what overlaps, and without a share of the series to either side.
func (b *branch) own(ctx context.Context, normal []*series.Series, share float64) ([][]float64, error) {
	if b.components != nil {
		return b.components.own(normal, b.channel, share), nil
	}
	own := make([][]float64, len(normal))
	learnt := 0 // series before this one that have windows
	for i, s := range normal {
		if b.windows != nil {
			b.windows.margin = int(share * float64(s.Len()))
		}
		var err error
		if own[i], err = b.raw(ctx, s, learnt); err != nil {
			return nil, err
		}
		if s.Len() >= b.window {
			learnt++
		}
	}
	if b.windows != nil {
		b.windows.margin = 0
	}
	return own, nil
}

// calibrate measures the scores of normal series, each made without what overlaps, and returns them calibrated.
func (b *branch) calibrate(ctx context.Context, normal []*series.Series) ([][]float64, error) {
	own, err := b.own(ctx, normal, 0)
	if err != nil {
		return nil, err
	}
	var all []float64
	for _, scores := range own {
		all = append(all, scores...)
	}
	if b.components != nil && !slices.ContainsFunc(all, func(v float64) bool { return v == v }) {
		b.components = nil // too short to leave out a fifth
	}
	b.calibration = Calibrate(all)
	for _, v := range own {
		b.calibration.Apply(v)
	}
	return own, nil
}

// scores are the calibrated scores of a new series.
func (b *branch) scores(ctx context.Context, s *series.Series) ([]float64, error) {
	out, err := b.raw(ctx, s, unknown)
	b.calibration.Apply(out)
	return out, err
}

// DefaultParts are the parts that were chosen by experiment for windows of a length, 0 for 128: those that together had the
// highest mean VUS-PR on every second series of six collections, added one by one, and the last of them on other series;
// docs/results/fused.md has the tables.
func DefaultParts(window int) []Part {
	if window == 0 {
		window = fusedWindow
	}
	return append(RawParts(window), Part{Name: "kernels", Look: Kernels, Window: window, Varied: true, Weight: 1},
		Part{Name: "learnt", Look: Learnt, Window: window, Varied: true, Weight: 1},
		Part{Name: "subspace", Look: Subspace, Window: min(widest, max(1, window/4)), Each: true, Varied: true, Weight: 1})
}

// widest is the longest window of the default part of look Subspace, whose components take time with the cube of it.
const widest = 64

// RawParts are the DefaultParts that compare the readings themselves.
func RawParts(window int) []Part {
	if window == 0 {
		window = fusedWindow
	}
	return []Part{
		{Name: "change", Look: Change, Window: max(1, window/2), Weight: 1},
		{Name: "level", Look: Level, Window: window, Weight: 1},
		{Name: "channels", Look: Level, Window: max(1, window/2), Each: true, Weight: 0.5},
		{Name: "amplitude", Look: Amplitude, Window: 1, Weight: 0.5},
	}
}

// EncodingPart is the part that an encoder adds to [DefaultParts], a [model.Model] or another one, with the weight that was chosen
// by experiment as well. Window is as in [Part].
func EncodingPart(name string, e Encoder, window int) Part {
	return Part{Name: name, Look: Encoding, Window: window, Weight: 1, Encoder: e}
}
