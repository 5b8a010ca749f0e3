package detect

// spread turns scores of the windows of one series, in the order of their starts, into scores of time stamps: the mean over
// the windows that cover a time stamp or, with end, the score of the window that ends with it.
type spread struct {
	end bool
	// at is the time stamp that sum and count begin with.
	at          int
	sum         []float64
	count       []int
	open        bool // a window was added
	independent int  // where the next window may start that shares no time stamp with the last one counted
}

// add takes a window's score, or NaN, and returns the scores of the time stamps before its start, which are final now; NaN
// where there is none.
func (s *spread) add(start, end int, score float64) []float64 {
	if !s.open {
		s.open, s.at = true, start
	}
	done := s.take(start)
	for len(s.sum) < end-s.at {
		s.sum, s.count = append(s.sum, 0), append(s.count, 0)
	}
	if score != score {
		return done
	}
	if s.end {
		start = end - 1
	}
	for i := start - s.at; i < end-s.at; i++ {
		s.sum[i] += score
		s.count[i]++
	}
	return done
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
