package train

import (
	"fmt"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
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

// raw writes a window, normalised, gaps kept, into dst [C][L].
func (w *windows) raw(dst [][]float32, i int) {
	p := w.at[i]
	w.norm.Apply(dst, w.series[p.Series].Values, p.Start)
}

func (w *windows) name(i int) string {
	return fmt.Sprintf("series %q", w.series[w.at[i].Series].ID)
}

// whole writes a window [C, T], gaps interpolated.
func (w *windows) whole(dst []float32, i int) error {
	x := make([][]float32, w.channels)
	for c := range x {
		x[c] = dst[c*w.length : (c+1)*w.length]
	}
	w.raw(x, i)
	for _, row := range x {
		series.FillGaps(row)
	}
	return nil
}

func (w *windows) viewer(c Config) (viewer, error) { return newBatcher(w, c) }

func (w *windows) describe(s *model.Settings) {
	s.Window, s.ChannelNames, s.Normalizer = w.length, w.series[0].Channels, w.norm
}
