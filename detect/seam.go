package detect

// Seam says how far a series is settled whose readings go on elsewhere, such as in the next file.
type Seam struct {
	// Done is the first time stamp whose score may still change; those before it are handed out.
	Done int
	// Begun: the windows that start before it are handed out.
	Begun int
	// Needed is the first time stamp whose reading is needed to go on: a series that begins there has the scores of the whole one from
	// Done on.
	Needed int
}

// WindowSeam is that of windows alone, of a series that has readings up to end.
func WindowSeam(window, stride, end int) Seam {
	next := multipleFrom(max(0, end-window+1), stride)
	return Seam{Done: end, Begun: next, Needed: next}
}

// multipleFrom is the least multiple of a stride that is at least n.
func multipleFrom(n, stride int) int { return (n + stride - 1) / stride * stride }

// Seam is that of a series of which [Detector.Points] has read the time stamps before end, with [Detector.Continuing].
func (d *Detector) Seam(end int) Seam {
	window, stride := d.config.Window, d.config.Stride
	if end < window {
		return Seam{}
	}
	last := (end - window) / stride * stride // where the last whole window starts
	s := d.spread()
	done := s.final(last, last+window)
	// A last window that reaches the end starts after the last whole one, wherever that is.
	return Seam{Done: done, Begun: last + 1, Needed: min(last, multipleFrom(max(0, done-window+1), stride))}
}

// Continuing makes a detector hand out the scores that no later reading changes: the series goes on elsewhere.
func (f *Fused) Continuing(on bool) { f.continuing = on }

// Seam is that of a series of which [Fused.Points] has read the time stamps before end, with [Fused.Continuing].
func (f *Fused) Seam(end int) Seam {
	done := f.settled(end)
	return Seam{Done: done, Begun: done, Needed: max(0, done-f.around())}
}

// around is how far to either side of a time stamp readings have a part in its score; stretches of series begin on the grid of the
// strides, so that windows are cut at the same places as in the whole.
func (f *Fused) around() int { return (f.longest + f.grid) / f.grid * f.grid }

// settled is the first time stamp on the grid whose score readings from end on may change.
func (f *Fused) settled(end int) int { return max(0, end-f.around()) / f.grid * f.grid }
