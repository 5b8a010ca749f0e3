// Package series holds time series: values with gaps and time stamps, windows of them, and what is done to them before any
// learning: putting them on a grid of equal steps, filling gaps, standardising, finding periods, decomposing into trend, seasons
// and remainder, and differencing.
//
// Values are [channel][time] float64, and NaN marks a gap:
//
//	s := &series.Series{ID: "pump", Values: [][]float64{{1, series.Gap, 3}}}
//	series.FillGaps(s.Values[0]) // 1 2 3
//
// A [Reader] returns series, from memory or from a file in chunks, and a [Windower] cuts them into windows while it holds no
// more than one window and one chunk. [SamplingOf] tells how time stamps lie, [Regularize] puts a
// series on a [Grid], and [OnGrid] does so while it is read.
package series
