// Package series is the series itself: values with gaps and time stamps, windows
// of it, and what can be done to it before any learning: filling gaps,
// standardising, finding its periods, taking it apart into trend, seasons and
// remainder, and differencing.
//
// Values are [channel][time] float64, and NaN marks a gap:
//
//	s := &series.Series{ID: "pump", Values: [][]float32{{1, series.Gap, 3}}}
//	series.FillGaps(s.Values[0]) // 1 2 3
//
// Series come from a [Reader], in memory or from a file in chunks, and go through
// a [Windower] that holds no more than one window and one chunk.
package series
