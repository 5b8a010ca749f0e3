package series

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/wavekin/wavekin/internal/plural"
)

// Sampling says how the time stamps of a series lie.
type Sampling struct {
	// Stamps is their number.
	Stamps int
	// Sorted: no stamp is earlier than the one before it.
	Sorted bool
	// Step is the median distance of neighbours in time, repetitions left out; 0 if there are not two different stamps.
	Step time.Duration
	// Irregular counts distances that are no multiple of the step, Missing the stamps that are left out where a distance is a
	// multiple of it, Repeated the stamps that are equal to the one before. A distance is a multiple if it is one within 1 % of
	// the step; steps of 27 days or more may vary by a tenth, because months and quarters do.
	Irregular, Missing, Repeated int
}

// Regular tells whether the stamps are in order, with one step, none missing and none repeated.
func (s Sampling) Regular() bool {
	return s.Sorted && s.Irregular == 0 && s.Missing == 0 && s.Repeated == 0
}

// String says it in a few words, such as "every 1m0s, 3 irregular, 12 missing, 1 repeated".
func (s Sampling) String() string {
	text := plural.Of(s.Stamps, "stamp")
	if s.Step > 0 {
		text = fmt.Sprintf("every %v", s.Step)
	}
	if !s.Sorted {
		text += ", not in order"
	}
	for _, c := range []struct {
		n    int
		what string
	}{{s.Irregular, "irregular"}, {s.Missing, "missing"}, {s.Repeated, "repeated"}} {
		if c.n > 0 {
			text += fmt.Sprintf(", %d %s", c.n, c.what)
		}
	}
	return text
}

// SamplingOf looks at time stamps, in nanoseconds, brought into order; it does not change them.
func SamplingOf(times []int64) Sampling {
	s := Sampling{Stamps: len(times), Sorted: slices.IsSorted(times)}
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
	if len(steps) == 0 {
		return s
	}
	slices.Sort(steps)
	s.Step = time.Duration(min(steps[len(steps)/2], 1<<63-1))
	for _, d := range steps {
		if k, _, ok := multiple(d, s.Step); !ok {
			s.Irregular++
		} else {
			s.Missing += int(min(k-1, 1<<40))
		}
	}
	return s
}

// SameStep tells whether two steps are equal within what [Sampling] allows for one.
func SameStep(a, b time.Duration) bool {
	if a <= 0 || b <= 0 {
		return a == b
	}
	k, _, ok := multiple(uint64(a), b)
	return ok && k == 1
}

// multiple returns the multiple of a step, above 0, that is nearest to a distance (a half goes up), what the distance is
// above it, and whether that is little enough for clocks that drift and for months. Nothing is no multiple.
func multiple(distance uint64, step time.Duration) (k uint64, above int64, ok bool) {
	u := uint64(step)
	k = distance / u
	rest := distance % u
	above = int64(rest)
	if rest >= u-rest {
		k++
		above = -int64(u - rest)
	}
	slack := u / 100
	if step >= 27*24*time.Hour {
		slack = u / 10
	}
	if k > 1 {
		slack = max(slack, min(u/4, slack*min(k, 25)))
	}
	return k, above, k > 0 && uint64(max(above, -above)) <= slack
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
	out.Kept = nil
	for _, c := range s.Kept {
		out.Kept = append(out.Kept, Column{c.Name, pick(c.Text, order), pick(c.Number, order), pick(c.Whole, order), pick(c.Time, order), pick(c.Null, order)})
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
