package series

import (
	"errors"
	"fmt"
	"slices"
	"sort"
)

// ErrGrid is the kind of every error of [Regularize]; test with errors.Is.
var ErrGrid = errors.New("no grid for these time stamps")

// Sampling says how time stamps lie. All durations are nanoseconds.
type Sampling struct {
	// Sorted: no stamp is earlier than the one before it.
	Sorted bool
	// Regular: every stamp is later than the one before it, by the same step within 1 %.
	Regular bool
	// Repeated counts the stamps that occurred already.
	Repeated int
	// Step is the median distance of neighbours in time, repetitions left out; 0 if
	// there are not two different stamps.
	Step int64
}

// SamplingOf looks at time stamps; it does not change them. Fewer than two are regular.
func SamplingOf(times []int64) Sampling {
	s := Sampling{Sorted: slices.IsSorted(times)}
	ordered := times
	if !s.Sorted {
		ordered = slices.Clone(times)
		slices.Sort(ordered)
	}
	var steps []uint64
	for i := 1; i < len(ordered); i++ {
		// Unsigned: the distance of two int64 always fits, their difference may not.
		if d := uint64(ordered[i]) - uint64(ordered[i-1]); d > 0 {
			steps = append(steps, d)
		} else {
			s.Repeated++
		}
	}
	s.Regular = s.Sorted && s.Repeated == 0
	if len(steps) == 0 {
		return s
	}
	slices.Sort(steps)
	median := steps[len(steps)/2]
	s.Step = int64(min(median, 1<<63-1))
	if slack := median / 100; median-steps[0] > slack || steps[len(steps)-1]-median > slack {
		s.Regular = false
	}
	return s
}

// SortTimes brings a series into the order of its time stamps; equal stamps keep
// their order. A series that is in order, or has no stamps, is returned itself,
// otherwise a copy.
func SortTimes(s *Series) (*Series, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if slices.IsSorted(s.Times) {
		return s, nil
	}
	order := make([]int, len(s.Times))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return s.Times[order[i]] < s.Times[order[j]] })
	out := *s
	out.Times = pick(s.Times, order)
	out.PointLabels = pick(s.PointLabels, order)
	out.Values = make([][]float64, len(s.Values))
	for c, v := range s.Values {
		out.Values[c] = pick(v, order)
	}
	return &out, nil
}

func pick[T any](x []T, order []int) []T {
	if x == nil {
		return nil
	}
	out := make([]T, len(order))
	for i, at := range order {
		out[i] = x[at]
	}
	return out
}

// GridLimit returns how many time stamps [Regularize] makes of n at most: one false
// stamp, years off, must not cost all memory.
func GridLimit(n int) int { return max(1<<20, 256*n) }

// Regularize puts a whole series onto a grid of equal steps (nanoseconds) from its
// first stamp on; 0 takes the median step. Every value goes to the nearest stamp
// of the grid, several at one are averaged, and where there is none a gap is left; a
// stamp's label is the highest of its values'. A series without stamps, or with
// regular ones of the step asked for, is returned itself. A negative step and a grid
// beyond [GridLimit] are an error of the kind [ErrGrid].
func Regularize(s *Series, step int64) (*Series, error) {
	if step < 0 {
		return nil, fmt.Errorf("series %q: %w: the step is %d ns", s.ID, ErrGrid, step)
	}
	sorted, err := SortTimes(s)
	if err != nil || len(sorted.Times) == 0 {
		return sorted, err
	}
	how := SamplingOf(sorted.Times)
	if how.Regular && (step == 0 || step == how.Step) {
		return sorted, nil
	}
	if step == 0 {
		step = max(how.Step, 1)
	}
	times := sorted.Times
	span := uint64(times[len(times)-1]) - uint64(times[0])
	last := nearest(span, uint64(step))
	if last >= uint64(GridLimit(len(times))) {
		return nil, fmt.Errorf("series %q: %w: %d ns in steps of %d ns are more than %d time stamps",
			s.ID, ErrGrid, span, step, GridLimit(len(times)))
	}
	cells := int(last) + 1
	cell := make([]int, len(times))
	for i, at := range times {
		cell[i] = int(nearest(uint64(at)-uint64(times[0]), uint64(step)))
	}
	out := *sorted
	out.Start = 0
	out.Times = make([]int64, cells)
	for i := range out.Times {
		out.Times[i] = times[0] + int64(i)*step
	}
	out.Values = make([][]float64, len(sorted.Values))
	for c, v := range sorted.Values {
		out.Values[c] = average(v, cell, cells)
	}
	if sorted.PointLabels != nil {
		out.PointLabels = make([]float64, cells)
		for i, at := range cell {
			out.PointLabels[at] = max(out.PointLabels[at], sorted.PointLabels[i])
		}
	}
	return &out, nil
}

// nearest divides and rounds; a half goes up.
func nearest(distance, step uint64) uint64 {
	cell := distance / step
	if rest := distance % step; rest >= step-rest {
		cell++
	}
	return cell
}

// average returns the mean of what was measured in each cell, a gap where nothing was.
func average(x []float64, cell []int, cells int) []float64 {
	sum, count := make([]float64, cells), make([]int, cells)
	for i, v := range x {
		if !IsGap(v) {
			sum[cell[i]] += v
			count[cell[i]]++
		}
	}
	out := make([]float64, cells)
	for i := range out {
		out[i] = Gap
		if count[i] > 0 {
			out[i] = sum[i] / float64(count[i])
		}
	}
	return out
}
