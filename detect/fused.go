package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// FusedConfig says what a [Fused] detector puts together. The zero value is the setting that was chosen by experiment.
type FusedConfig struct {
	// Parts are the scores that are averaged; nil means [DefaultParts] of Window.
	Parts []Part
	// Window is the length in time stamps that DefaultParts is given; 0 means 128. It is shortened where normal series are
	// short.
	Window int
	// Most is how many normal windows a part keeps, or is fitted to with the look Subspace; 0 means 2000, spread evenly.
	Most int
	// Rates is as in [Config], for [Fused.Rates].
	Rates bool
}

const (
	fusedWindow = 128
	fusedMost   = 2000
)

// Fused scores time stamps without any training. It compares them with normal ones in several ways ([Part]), calibrates each by
// the scores that normal data get when what overlaps is left out, and averages. It is safe for concurrent use.
type Fused struct {
	parts    []Part
	branches []*branch
	channels []string
	count    int           // channels
	step     time.Duration // of the normal series; 0 where it is not known
	normal   []float32     // fused scores of normal time stamps, ascending
	alike    int
	longest  int // window
	grid     int // a multiple of all strides
	short    []*series.ShortError
	names    []string // normal series
	windows  int      // that do not overlap
	within   int      // time stamps that are scored at once; 0 means segment
	rates    *Rates

	continuing bool
}

// Within makes a detector score about so many time stamps at once, for readers that wait for new readings: a score is handed out when
// these and two to three of the longest windows have come. Few time stamps cost time, since what lies around them is looked at again for
// each lot. 0, the default, is fastest for files. The scores do not depend on it.
func (f *Fused) Within(rows int) { f.within = max(0, rows) }

// FitFused learns from normal series, which are in memory. They must have the same channels, found by name where they have
// names. Series shorter than 24 time stamps are left out, see [Fused.Short]; windows are at most a third of the longest series.
func FitFused(ctx context.Context, normal []*series.Series, c FusedConfig) (*Fused, error) {
	if c.Most == 0 {
		c.Most = fusedMost
	}
	if c.Window < 0 || c.Most < 1 {
		return nil, fmt.Errorf("windows of %d time stamps, at most %d of them; neither may be negative", c.Window, c.Most)
	}
	f := &Fused{}
	normal, err := f.take(normal)
	if err != nil {
		return nil, err
	}
	if err := f.choose(c, normal); err != nil {
		return nil, err
	}
	for i, p := range f.parts {
		more, err := newBranches(ctx, i, p, normal, c.Most, f.keeps(p))
		if err != nil {
			return nil, err
		}
		f.branches = append(f.branches, more...)
	}
	if err := f.calibrate(ctx, normal); err != nil || !c.Rates {
		return f, err
	}
	return f, f.rate(ctx, normal)
}

// rate scores the normal series once more, without what lies near each window.
func (f *Fused) rate(ctx context.Context, normal []*series.Series) error {
	own, errs := make([][][]float64, len(f.branches)), make([]error, len(f.branches))
	kernel.Parallel(len(f.branches), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			if own[k], errs[k] = f.branches[k].own(ctx, normal, beside); errs[k] == nil {
				for _, v := range own[k] {
					f.branches[k].calibration.Apply(v)
				}
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	f.rates = newRates(f.fuseNormal(own, normal), f.Join())
	return nil
}

// fuseNormal fuses the scores of the branches on normal series.
func (f *Fused) fuseNormal(own [][][]float64, normal []*series.Series) (fused [][]float64) {
	all := make([][]float64, len(f.branches))
	for i, s := range normal {
		for k := range own {
			all[k] = own[k][i]
		}
		fused = append(fused, f.fuseAll(all, s).Score)
	}
	return fused
}

// Join is how near two episodes are one: half the longest window.
func (f *Fused) Join() int { return f.longest / 2 }

// Rates says how often normal readings have episodes. Error: [ErrNoRates].
func (f *Fused) Rates() (*Rates, error) {
	if f.rates == nil {
		return nil, ErrNoRates
	}
	return f.rates, nil
}

// shortest is the least length of a normal series: three windows of eight.
const shortest = 24

// take brings normal series to the same channels and leaves out short ones.
func (f *Fused) take(normal []*series.Series) (out []*series.Series, err error) {
	for _, s := range normal {
		if s.Len() < shortest {
			f.short = append(f.short, &series.ShortError{Series: s.ID, Len: s.Len(), Windows: shortest})
			continue
		}
		if out == nil {
			f.channels, f.count, f.step = s.Channels, s.NumChannels(), s.Step
		}
		if s, err = f.match(s); err != nil {
			return nil, err
		}
		out, f.names = append(out, s), append(f.names, s.ID)
	}
	if out == nil && len(f.short) > 0 {
		return nil, f.short[0]
	}
	if out == nil || f.count == 0 {
		return nil, fmt.Errorf("%w: no normal series", ErrTooFew)
	}
	return out, nil
}

func (f *Fused) match(s *series.Series) (*series.Series, error) {
	if s.Step == 0 && s.Start == 0 {
		if err := series.CheckStep(s, f.step); err != nil {
			return nil, fmt.Errorf("%w, as in the normal series (series.OnGrid resamples)", err)
		}
	}
	out, err := s.Pick(f.channels)
	if err == nil && out.NumChannels() != f.count {
		err = &series.ChannelError{Series: s.ID, Have: s.Channels, HaveCount: s.NumChannels(), WantCount: f.count}
	}
	return out, err
}

// choose fits the parts to the length of the normal series.
func (f *Fused) choose(c FusedConfig, normal []*series.Series) error {
	longest := 0
	for _, s := range normal {
		longest = max(longest, s.Len())
	}
	if f.parts = slices.Clone(c.Parts); f.parts == nil {
		f.parts = DefaultParts(c.Window)
	}
	for i := range f.parts {
		p := &f.parts[i]
		if m, ok := p.Encoder.(*model.Model); ok && p.Window == 0 {
			p.Window = m.Settings.Window
		} else if p.Look != Amplitude && p.Window > 0 {
			// Multiples of the strides in a window, so that the grid stays small.
			p.Window = max(windowStrides, min(p.Window, longest/3)/windowStrides*windowStrides)
		}
	}
	if err := f.layout(); err != nil {
		return err
	}
	for _, s := range normal {
		f.windows += s.Len() / max(f.longest, 1)
	}
	return nil
}

// coarsest is the largest grid, which a stretch of a series is at least as long as.
const coarsest = 1 << 24

// layout checks the parts, and computes what follows from their windows.
func (f *Fused) layout() error {
	f.grid, f.alike, f.longest = 1, math.MaxInt, 0
	for i := range f.parts {
		p := &f.parts[i]
		if err := p.check(); err != nil {
			return err
		}
		if p.Look == Amplitude {
			f.alike = 1
			continue
		}
		stride := p.stride()
		f.longest = max(f.longest, p.Window)
		f.grid, f.alike = multiple(f.grid, stride), min(f.alike, stride)
		if f.grid > coarsest {
			return fmt.Errorf("the windows of the parts have strides whose least common multiple is above %d; choose lengths that divide each other", coarsest)
		}
	}
	return nil
}

// multiple is the least common one.
func multiple(a, b int) int {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// calibrate makes the calibration of the branches, and the fused scores of normal time stamps.
func (f *Fused) calibrate(ctx context.Context, normal []*series.Series) error {
	own, errs := make([][][]float64, len(f.branches)), make([]error, len(f.branches))
	kernel.Parallel(len(f.branches), 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			own[k], errs[k] = f.branches[k].calibrate(ctx, normal)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, scores := range f.fuseNormal(own, normal) {
		f.normal = appendScored(f.normal, scores)
	}
	if len(f.normal) == 0 {
		return fmt.Errorf("%w: no window holds a value, or all overlap each other", ErrTooFew)
	}
	slices.Sort(f.normal)
	return nil
}

// Parts are the parts with their windows as they are used.
func (f *Fused) Parts() []Part { return slices.Clone(f.parts) }

// Window is the length of the longest windows.
func (f *Fused) Window() int { return f.longest }

// Channels names the channels; nil where they have no names.
func (f *Fused) Channels() []string { return f.channels }

// Count is the number of channels.
func (f *Fused) Count() int { return f.count }

// Step is the distance between two time stamps of the normal series where they are on a grid, else 0.
func (f *Fused) Step() time.Duration { return f.step }

// Independent counts the longest windows that the normal data hold without overlap, see [Detector.Normal].
func (f *Fused) Independent() int { return f.windows }

// Series names the normal series, in their order.
func (f *Fused) Series() []string { return slices.Clone(f.names) }

// Short returns the normal series that were left out because they are too short.
func (f *Fused) Short() []*series.ShortError { return f.short }
