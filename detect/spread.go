package detect

// spread turns scores of the windows of one series, in the order of their starts, into scores of time stamps: the mean over
// the windows that cover a time stamp or, with end, the score of the window that ends with it.
type spread struct {
	end bool
	// last, unless 0, is how many time stamps at its end a window's score is of.
	last int
	// at is the time stamp that sum and count begin with.
	at          int
	sum         []float64
	count       []int
	open        bool // a window was added
	independent int  // where the next window may start that shares no time stamp with the last one counted
}

// add takes a window's score, or NaN, and returns the scores of time stamps that are final now, as no later window has a part in
// them; NaN where there is none.
func (s *spread) add(start, end int, score float64) []float64 {
	if !s.open {
		s.open, s.at = true, start
	}
	for len(s.sum) < end-s.at {
		s.sum, s.count = append(s.sum, 0), append(s.count, 0)
	}
	final := s.final(start, end)
	from := final
	if s.end {
		from = end - 1
	}
	if score == score {
		for i := from - s.at; i < end-s.at; i++ {
			s.sum[i] += score
			s.count[i]++
		}
	}
	return s.take(final)
}

// final is up to where time stamps are final when a window is the last one.
func (s *spread) final(start, end int) int {
	switch {
	case s.end:
		return end
	case s.last > 0:
		return max(start, end-s.last)
	}
	return start
}

// take returns the scores of the time stamps before to.
func (s *spread) take(to int) []float64 {
	n := min(max(to-s.at, 0), len(s.sum))
	out := make([]float64, n)
	for i := range out {
		out[i] = s.sum[i] / float64(s.count[i]) // 0/0 is NaN
	}
	s.sum, s.count = s.sum[:copy(s.sum, s.sum[n:])], s.count[:copy(s.count, s.count[n:])]
	s.at += n
	return out
}

// finish returns the rest, for the series to end.
func (s *spread) finish() []float64 {
	out := s.take(s.at + len(s.sum))
	s.open = false
	return out
}
