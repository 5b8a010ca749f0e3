package train

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// Series are series in memory; all must have the same channels, in any order.
type Series []*series.Series

// Len is the number of series.
func (all Series) Len() int { return len(all) }

// Label is the class of a series.
func (all Series) Label(i int) string { return all[i].Label }

// Windows cuts the series; those that are shorter than a window have none, unless there is one window a series.
func (all Series) Windows(c Cut) (Windows, error) {
	if len(all) == 0 {
		return nil, inputError("no series to learn from")
	}
	names := c.Channels
	if names == nil {
		names = all[0].Channels
	}
	w := &seriesWindows{length: c.Length, channels: names}
	longest := 0
	for _, s := range all {
		if s.NumChannels() != all[0].NumChannels() {
			return nil, inputError("series %q has %d channels, series %q has %d; all must agree",
				s.ID, s.NumChannels(), all[0].ID, all[0].NumChannels())
		}
		picked, err := s.Pick(names)
		if err != nil {
			return nil, &InputError{Err: err}
		}
		w.series = append(w.series, picked)
		longest = max(longest, s.Len())
	}
	if w.length == 0 {
		w.length = longest
	}
	if w.length == 0 || all[0].NumChannels() == 0 {
		return nil, inputError("the series are empty")
	}
	cut := 0
	for i, s := range w.series {
		for start := range c.starts(s) {
			cut++
			// A window without a value holds nothing to learn.
			if s.Measured(start, start+w.length) > 0 {
				w.places = append(w.places, methods.Sample{Series: i, Start: start})
			}
		}
	}
	if cut < 2 && c.Stride > 1 && longest > w.length {
		return nil, inputError("%d window of %d time stamps with a stride of %d, want at least 2 to tell apart (the longest series has %d time stamps; choose a smaller stride)",
			cut, w.length, c.Stride, longest)
	}
	if cut < 2 {
		return nil, inputError("%d windows of %d time stamps, want at least 2 to tell apart (the longest series has %d time stamps; choose a smaller window)",
			cut, w.length, longest)
	}
	if err := checkVaries(w.series); err != nil {
		return nil, err
	}
	if len(w.places) < 2 {
		return nil, inputError("%d of %d windows of %d time stamps hold a value, want at least 2 to tell apart", len(w.places), cut, w.length)
	}
	return w, nil
}

// starts are the positions at which windows of a series start.
func (c Cut) starts(s *series.Series) iter.Seq[int] {
	if c.Length == 0 || c.Stride == 0 {
		return slices.Values([]int{0})
	}
	return series.Cut{Length: c.Length, Stride: c.Stride}.Starts(s.Len())
}

// LeftOut says what is not learnt from when series are cut: series shorter than the window, and how many windows hold no
// value.
func (all Series) LeftOut(c Cut) (short []*series.ShortError, empty int) {
	for _, s := range all {
		if c.Length > s.Len() && c.Stride > 0 {
			short = append(short, &series.ShortError{Series: s.ID, Len: s.Len(), Windows: c.Length})
			continue
		}
		length := c.Length
		if length == 0 {
			length = s.Len()
		}
		for start := range c.starts(s) {
			if s.Measured(start, start+length) == 0 {
				empty++
			}
		}
	}
	return short, empty
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
func (all Series) Window() (length, period int) {
	if len(all) == 0 || len(all) >= fewSeries {
		return 0, 0
	}
	longest := all[0]
	for _, s := range all {
		if s.Len() > longest.Len() {
			longest = s
		}
	}
	if n := longest.Len(); n < leastWindow || len(all) > 1 && n < longSeries {
		return 0, 0
	}
	var periods []int
	for _, v := range longest.Values {
		if p := series.Periods(v, 1); len(p) > 0 {
			periods = append(periods, p[0].Length)
		}
	}
	length = usualWindow
	if 2*len(periods) > len(longest.Values) {
		slices.Sort(periods)
		period = periods[len(periods)/2]
		length = min((leastWindow+period-1)/period*period, mostWindow)
	}
	return min(length, longest.Len()/shares), period
}

// seriesWindows are windows of series in memory.
type seriesWindows struct {
	series   []*series.Series
	places   []methods.Sample
	channels []string
	length   int
}

func (w *seriesWindows) Places() []methods.Sample { return w.places }
func (w *seriesWindows) Length() int              { return w.length }

// Channels numbers the channels where they have no names.
func (w *seriesWindows) Channels() []string {
	if n := w.series[0].NumChannels(); len(w.channels) != n {
		return make([]string, n)
	}
	return w.channels
}

func (w *seriesWindows) Read(dst [][]float64, i int) error {
	p := w.places[i]
	for c, v := range w.series[p.Series].Values {
		n := copy(dst[c], v[min(p.Start, len(v)):])
		for k := n; k < len(dst[c]); k++ {
			dst[c][k] = series.Gap
		}
	}
	return nil
}

func (w *seriesWindows) Describe(i int) string {
	return fmt.Sprintf("series %q", w.series[w.places[i].Series].ID)
}

// Step is that of the first series which has one; positions have none.
func (w *seriesWindows) Step() time.Duration {
	for _, s := range w.series {
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

func (w *seriesWindows) Normalizer(mode series.Mode) (*series.Normalizer, error) {
	return series.FitNormalizer(w.series, mode)
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
	}
	return &samples{at: w.at, channels: w.channels, axes: []int{w.length}, data: d, source: w}, nil
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
	if err := checkVaries(looked); err != nil {
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
