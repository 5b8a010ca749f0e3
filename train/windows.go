package train

import (
	"slices"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// windows is the training set: positions in series that stay in memory once.
type windows struct {
	series           []*series.Series
	at               []methods.Sample
	length, channels int
	norm             *series.Normalizer
}

// newWindows lists every window of the series. With a length of 0 a window is a
// whole series; shorter ones are continued with gaps.
func newWindows(all []*series.Series, length, stride int, norm *series.Normalizer) (*windows, error) {
	if len(all) == 0 {
		return nil, inputError("no series to learn from")
	}
	w := &windows{series: all, length: length, channels: all[0].NumChannels(), norm: norm}
	for _, s := range all {
		if s.NumChannels() != w.channels {
			return nil, inputError("series %q has %d channels, series %q has %d; all must agree",
				s.ID, s.NumChannels(), all[0].ID, w.channels)
		}
		if length == 0 {
			w.length = max(w.length, s.Len())
		}
	}
	if w.length == 0 || w.channels == 0 {
		return nil, inputError("the series are empty")
	}
	for i, s := range all {
		if length == 0 {
			w.at = append(w.at, methods.Sample{Series: i})
			continue
		}
		for start := 0; start+length <= s.Len(); start += stride {
			w.at = append(w.at, methods.Sample{Series: i, Start: start})
		}
	}
	if len(w.at) < 2 {
		longest := 0
		for _, s := range all {
			longest = max(longest, s.Len())
		}
		return nil, inputError("%d windows of %d time stamps, want at least 2 to tell apart (the longest series has %d time stamps; choose a smaller window)",
			len(w.at), w.length, longest)
	}
	return w, checkVaries(all)
}

// raw copies a window's values, normalised, gaps kept, into dst [C][L].
func (w *windows) raw(dst [][]float32, i int) {
	p := w.at[i]
	s := w.series[p.Series]
	for c := range dst {
		n := copy(dst[c], s.Values[c][p.Start:])
		for j := n; j < len(dst[c]); j++ {
			dst[c][j] = series.Gap
		}
	}
	w.norm.Apply(dst)
}

// labels numbers the classes of the windows in the order in which they are met, or returns nil where a series has
// none; required makes that an error.
func (w *windows) labels(required bool) ([]int, error) {
	for _, s := range w.series {
		if s.Label == "" {
			if required {
				return nil, inputError("series %q has no label, and the method learns from labels", s.ID)
			}
			return nil, nil
		}
	}
	return w.numbers(w.classes()), nil
}

// classes lists the labels in the order in which they are met.
func (w *windows) classes() []string {
	var out []string
	for _, s := range w.series {
		if s.Label != "" && !slices.Contains(out, s.Label) {
			out = append(out, s.Label)
		}
	}
	return out
}

// numbers returns the class of each window, or -1 where its label is none of the classes.
func (w *windows) numbers(classes []string) []int {
	out := make([]int, len(w.at))
	for i, p := range w.at {
		out[i] = slices.Index(classes, w.series[p.Series].Label)
	}
	return out
}
