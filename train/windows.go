package train

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Recorded are recordings as a set to learn from; all must have the same channels, in any order.
type Recorded struct{ Recordings }

// Windows cuts the series; those that are shorter than a window have none, unless there is one window a series.
func (all Recorded) Windows(c Cut) (Windows, error) {
	if all.Len() == 0 {
		return nil, inputError("no series to learn from")
	}
	first := all.About(0)
	names := c.Channels
	if names == nil {
		names = first.Channels
	}
	from, err := pick(all.Recordings, names)
	if err != nil {
		return nil, err
	}
	w := &recordedWindows{from: from, length: c.Length, channels: names}
	longest := all.Stamps(all.longest())
	if w.length == 0 {
		w.length = longest
	}
	if w.length == 0 || first.NumChannels() == 0 {
		return nil, inputError("the series are empty")
	}
	cut := 0
	for i := range all.Len() {
		for start := range c.starts(all.Stamps(i)) {
			cut++
			// A window without a value holds nothing to learn.
			empty, err := from.Empty(i, start, start+w.length)
			if err != nil {
				return nil, &InputError{Err: err}
			}
			if !empty {
				w.places = append(w.places, methods.Sample{Series: i, Start: start})
			}
		}
	}
	if cut < 2 && c.Stride > 1 && longest > w.length {
		return nil, inputError("%s of %d time stamps with a stride of %d, want at least 2 to tell apart (the longest series has %d time stamps; choose a smaller stride)",
			plural.Of(cut, "window"), w.length, c.Stride, longest)
	}
	if cut < 2 {
		return nil, inputError("%s of %d time stamps, want at least 2 to tell apart (the longest series has %s; choose a smaller window)",
			plural.Of(cut, "window"), w.length, plural.Of(longest, "time stamp"))
	}
	if err := checkVaries(from); err != nil {
		return nil, err
	}
	if len(w.places) < 2 {
		return nil, inputError("%d of %d windows of %d time stamps hold a value, want at least 2 to tell apart", len(w.places), cut, w.length)
	}
	return w, nil
}

// longest is the number of the longest series, the first of several.
func (all Recorded) longest() int {
	at := 0
	for i := range all.Len() {
		if all.Stamps(i) > all.Stamps(at) {
			at = i
		}
	}
	return at
}

// starts are the positions at which windows of a series of n time stamps start.
func (c Cut) starts(n int) iter.Seq[int] {
	if c.Length == 0 || c.Stride == 0 {
		return slices.Values([]int{0})
	}
	return series.Cut{Length: c.Length, Stride: c.Stride}.Starts(n)
}

// LeftOut says what is not learnt from when series are cut: series shorter than the window, and how many windows hold no
// value.
func (all Recorded) LeftOut(c Cut) (short []*series.ShortError, empty int, err error) {
	for i := range all.Len() {
		n := all.Stamps(i)
		if c.Length > n && c.Stride > 0 {
			short = append(short, &series.ShortError{Series: all.About(i).ID, Len: n, Windows: c.Length})
			continue
		}
		length := c.Length
		if length == 0 {
			length = n
		}
		for start := range c.starts(n) {
			none, err := all.Empty(i, start, start+length)
			if err != nil {
				return nil, 0, err
			}
			if none {
				empty++
			}
		}
	}
	return short, empty, nil
}

const (
	// Series are long recordings, of which whole ones are no samples, where there are so few, or but one, and so long.
	fewSeries, longSeries = 8, 512
	// A window by the period lies between these where the series allow, and a longest series holds shares of them.
	leastWindow, mostWindow, usualWindow = 64, 256, 128
	shares                               = 8
)

// Window is a length of window in time stamps for long recordings: the least multiple of their period from 64 on, at most 256, or
// 128 where most channels have no period, and at most an eighth of the longest. period is that of the median channel, or 0. Where
// whole series do as samples, since there are many or they are short, length is 0.
func (all Recorded) Window() (length, period int, err error) {
	if all.Len() == 0 || all.Len() >= fewSeries {
		return 0, 0, nil
	}
	longest := all.longest()
	n := all.Stamps(longest)
	if n < leastWindow || all.Len() > 1 && n < longSeries {
		return 0, 0, nil
	}
	var periods []int
	looked := make([]float64, min(n, series.PeriodPoints))
	for c := range all.NumChannels() {
		if err := all.Read(looked, longest, c, 0); err != nil {
			return 0, 0, err
		}
		if p := series.Periods(looked, 1); len(p) > 0 {
			periods = append(periods, p[0].Length)
		}
	}
	length = usualWindow
	if 2*len(periods) > all.NumChannels() {
		slices.Sort(periods)
		period = periods[len(periods)/2]
		length = min((leastWindow+period-1)/period*period, mostWindow)
	}
	return min(length, n/shares), period, nil
}

// recordedWindows are windows of recordings.
type recordedWindows struct {
	from     Recordings
	places   []methods.Sample
	channels []string
	length   int
}

func (w *recordedWindows) Places() []methods.Sample { return w.places }
func (w *recordedWindows) Length() int              { return w.length }

// Channels numbers the channels where they have no names.
func (w *recordedWindows) Channels() []string {
	if n := w.from.NumChannels(); len(w.channels) != n {
		return make([]string, n)
	}
	return w.channels
}

func (w *recordedWindows) Read(dst [][]float64, i int) error {
	p := w.places[i]
	for c := range dst {
		if err := w.from.Read(dst[c], p.Series, c, p.Start); err != nil {
			return err
		}
	}
	return nil
}

func (w *recordedWindows) Describe(i int) string {
	return fmt.Sprintf("series %q", w.from.About(w.places[i].Series).ID)
}

// Step is that of the first series which has one; positions have none.
func (w *recordedWindows) Step() time.Duration {
	for i := range w.from.Len() {
		s := w.from.About(i)
		step := s.Step
		if how := series.SamplingOf(s.Times); step == 0 && how.Regular() {
			step = how.Step
		}
		if !series.IsPosition(step) {
			return step
		}
	}
	return 0
}

func (w *recordedWindows) Normalizer(mode series.Mode) (*series.Normalizer, error) {
	return series.Fit(w.from, mode)
}

// windows is the source of samples that are windows.
type windows struct {
	Windows
	at       []methods.Sample
	length   int
	channels int
	names    []string // nil where they have none
	norm     *series.Normalizer
}

// windowSamples cuts series, normalised as the settings or the model before say.
func windowSamples(d SeriesSet, c Config, base *model.Model) (*samples, error) {
	cut := Cut{Length: c.Window, Stride: c.Stride}
	if base != nil {
		if base.Settings.Image != nil {
			return nil, inputError("series for a model of images")
		}
		cut = Cut{Length: base.Settings.Window, Channels: base.Settings.ChannelNames}
	}
	all, err := d.Windows(cut)
	if err != nil {
		return nil, err
	}
	w, err := newWindows(all)
	if err != nil {
		return nil, err
	}
	switch {
	case base == nil:
		if w.norm, err = w.fit(c.Normalize); err != nil {
			return nil, err
		}
	case w.channels != base.Settings.Channels:
		return nil, inputError("series of %d channel(s) for a model of %d (%v)", w.channels, base.Settings.Channels, base.Settings.ChannelNames)
	case w.length != base.Settings.Window:
		return nil, inputError("windows of %d time stamps for a model of %d", w.length, base.Settings.Window)
	default:
		w.norm = base.Settings.Normalizer
		if err := w.holdStep(base.Step()); err != nil {
			return nil, err
		}
	}
	return &samples{at: w.at, channels: w.channels, axes: []int{w.length}, data: d, source: w}, nil
}

// holdStep refuses time stamps of another step than those that a model was trained on; nothing is said of positions.
func (w *windows) holdStep(want time.Duration) error {
	t, ok := w.Windows.(Stepped)
	if !ok || series.IsPosition(want) || series.IsPosition(t.Step()) || series.SameStep(t.Step(), want) {
		return nil
	}
	return inputError("the series have a time stamp every %s, want every %s, as in training (series.OnGrid resamples)", series.StepText(t.Step()), series.StepText(want))
}

// newWindows checks the shape of windows.
func newWindows(all Windows) (*windows, error) {
	w := &windows{Windows: all, at: all.Places(), length: all.Length(), names: all.Channels()}
	w.channels = len(w.names)
	if w.length < 1 || w.channels < 1 {
		return nil, inputError("windows of %d channels and %d time stamps, want at least 1 of each", w.channels, w.length)
	}
	if len(w.at) < 2 {
		return nil, inputError("%d windows of %d time stamps, want at least 2 to tell apart", len(w.at), w.length)
	}
	if unnamed(w.names) {
		w.names = nil
	}
	return w, nil
}

func unnamed(names []string) bool {
	for _, n := range names {
		if n != "" {
			return false
		}
	}
	return true
}

// mostMeasuredValues bounds how many values of windows a normaliser is fitted to, and with it the memory that this takes.
const mostMeasuredValues = 1 << 22

// fit measures what windows are standardised by.
func (w *windows) fit(mode series.Mode) (*series.Normalizer, error) {
	if m, ok := w.Windows.(Measured); ok {
		norm, err := m.Normalizer(mode)
		if err != nil {
			return nil, &InputError{Err: err}
		}
		return norm, nil
	}
	some := min(len(w.at), max(2, mostMeasuredValues/(w.length*w.channels)))
	looked := make([]*series.Series, some)
	for i := range looked {
		s := &series.Series{ID: fmt.Sprint(i), Channels: w.names, Values: valueRows(w.channels, w.length)}
		if err := w.read(s.Values, i*len(w.at)/some); err != nil {
			return nil, err
		}
		looked[i] = s
	}
	if err := checkVaries(Series(looked)); err != nil {
		return nil, err
	}
	return series.FitNormalizer(looked, mode)
}

// read is Read with an error that names the window.
func (w *windows) read(dst [][]float64, i int) error {
	if err := w.Read(dst, i); err != nil {
		return inputError("%s: %w", w.name(i), err)
	}
	return nil
}

// raw writes a window, normalised, gaps kept, into dst [C][L]; scratch is as large.
func (w *windows) raw(dst [][]float32, scratch [][]float64, i int) error {
	if err := w.read(scratch, i); err != nil {
		return err
	}
	w.norm.Apply(dst, scratch, 0)
	return nil
}

func (w *windows) name(i int) string { return describe(w.Windows, i) }

// whole writes a window [C, T], gaps interpolated.
func (w *windows) whole(dst []float32, i int) error {
	x := make([][]float32, w.channels)
	for c := range x {
		x[c] = dst[c*w.length : (c+1)*w.length]
	}
	if err := w.raw(x, valueRows(w.channels, w.length), i); err != nil {
		return err
	}
	for _, row := range x {
		series.FillGaps(row)
	}
	return nil
}

func (w *windows) viewer(c Config) (viewer, error) { return newBatcher(w, c) }

func (w *windows) describe(s *model.Settings) {
	s.Window, s.ChannelNames, s.Normalizer = w.length, w.names, w.norm
	if t, ok := w.Windows.(Stepped); ok {
		s.Step = int64(t.Step())
	}
}

// valueRows makes c rows of l values in one piece of memory.
func valueRows(c, l int) [][]float64 {
	out := make([][]float64, c)
	flat := make([]float64, c*l)
	for i := range out {
		out[i] = flat[i*l : (i+1)*l]
	}
	return out
}
