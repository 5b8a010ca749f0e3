package series

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrGrid is the kind of every error of [Regularize] that is about the time stamps; test with errors.Is.
var ErrGrid = errors.New("no grid for these time stamps")

// Repeated says what becomes of values with equal time stamps.
type Repeated string

const (
	// RepeatedMean averages the values that were measured; it is the default.
	RepeatedMean Repeated = "mean"
	// RepeatedFirst keeps the first row.
	RepeatedFirst Repeated = "first"
	// RepeatedRefuse makes them an error.
	RepeatedRefuse Repeated = "refuse"
)

// Placing says how values come onto a grid.
type Placing string

const (
	// PlaceNearest takes the value nearest in time, at most half a step away; it is the default. On a grid finer than the series,
	// half the step of the series counts, so that values are repeated.
	PlaceNearest Placing = "nearest"
	// PlaceMean takes the mean of the values that are at most half a step away; it is for grids coarser than the series.
	PlaceMean Placing = "mean"
	// PlaceLinear interpolates between the values before and after, if they are at most one and a half steps apart: the step of the
	// grid or of the series, whichever is longer.
	PlaceLinear Placing = "linear"
)

// Grid says how the values of a series are put at time stamps of equal distance. The zero value takes the series' own step.
type Grid struct {
	// Step is the distance of the time stamps; 0 means the median distance of the series.
	Step time.Duration
	// Placing is the way values come onto the grid; empty means PlaceNearest.
	Placing Placing
	// Repeated is what becomes of equal stamps; empty means RepeatedMean.
	Repeated Repeated
}

// Check reports settings that are unknown or out of range.
func (g Grid) Check() error {
	switch g.Placing {
	case "", PlaceNearest, PlaceMean, PlaceLinear:
	default:
		return fmt.Errorf("grid is %q, want nearest, mean or linear", g.Placing)
	}
	switch g.Repeated {
	case "", RepeatedMean, RepeatedFirst, RepeatedRefuse:
	default:
		return fmt.Errorf("repeated is %q, want mean, first or refuse", g.Repeated)
	}
	if g.Step < 0 {
		return fmt.Errorf("step is %v, want above 0", g.Step)
	}
	return nil
}

// Regularize puts a whole series onto a grid that begins at its first stamp. Where a stamp of the grid has no value a gap is
// left; a stamp's label is the highest of its values'. The series need not be in order, and is not changed: one that lies on
// the grid already shares its values with the result. Without time stamps it is returned itself.
//
// The grid is exact in nanoseconds, and follows the series: a stamp within 1 % of a step (of months, a tenth) becomes a stamp
// of the grid, so that a clock that drifts, or months, do not run out of step.
//
// Memory is bounded: one false stamp, years off, makes an error of the kind [ErrGrid] and not a grid of billions.
func Regularize(s *Series, g Grid) (*Series, error) { return g.regularize(s, 0) }

// regularize is Regularize for a part of a series whose own step is known; 0 finds it.
func (g Grid) regularize(s *Series, own time.Duration) (*Series, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	sorted, err := SortTimes(s)
	if err != nil || len(sorted.Times) == 0 {
		return sorted, err
	}
	single, err := g.single(sorted)
	if err != nil {
		return nil, err
	}
	how := SamplingOf(single.Times)
	if own == 0 {
		own = how.Step
	}
	step := g.Step
	if step == 0 {
		step = own
	}
	out := *single
	out.Step = step
	if step == 0 || how.Regular() && (how.Stamps == 1 || SameStep(step, how.Step)) {
		return &out, nil
	}
	p, err := place(single, step)
	if err != nil {
		return nil, err
	}
	p.longest = max(step, own)
	if g.Placing == PlaceLinear && p.at[len(p.at)-1] < int64(p.cells-1)*int64(step) {
		p.cells-- // a stamp after the last value has nothing to interpolate to
	}
	out.Start, out.Times = 0, p.times(single.Times)
	out.Values = make([][]float64, len(single.Values))
	for c, v := range single.Values {
		out.Values[c] = p.channel(v, g.Placing)
	}
	if single.PointLabels != nil {
		out.PointLabels = p.labels(single.PointLabels)
	}
	return &out, nil
}

// single makes one row of those with equal stamps; the series is in order.
func (g Grid) single(s *Series) (*Series, error) {
	repeated := 0
	for i, t := range s.Times {
		if i > 0 && t == s.Times[i-1] {
			if g.Repeated == RepeatedRefuse {
				return nil, fmt.Errorf("series %q: %w: the time stamp %s is repeated", s.ID, ErrGrid, s.stamp(t))
			}
			repeated++
		}
	}
	if repeated == 0 {
		return s, nil
	}
	out := *s
	out.Start, out.Times, out.PointLabels = 0, nil, nil
	out.Values = make([][]float64, len(s.Values))
	for from := 0; from < len(s.Times); {
		to := from + 1
		for to < len(s.Times) && s.Times[to] == s.Times[from] {
			to++
		}
		kept := to
		if g.Repeated == RepeatedFirst {
			kept = from + 1
		}
		out.Times = append(out.Times, s.Times[from])
		for c, v := range s.Values {
			value := v[from]
			if kept > from+1 {
				value = meanOf(v[from:kept])
			}
			out.Values[c] = append(out.Values[c], value)
		}
		if s.PointLabels != nil {
			out.PointLabels = append(out.PointLabels, highest(s.PointLabels[from:kept]))
		}
		from = to
	}
	return &out, nil
}

// stamp shows a time stamp in the series' zone.
func (s *Series) stamp(t int64) string {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	return time.Unix(0, t).In(zone).Format(time.RFC3339Nano)
}

// meanOf is the mean of what was measured, a gap where nothing was.
func meanOf(x []float64) float64 {
	sum, n := 0.0, 0
	for _, v := range x {
		if !IsGap(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return Gap
	}
	return sum / float64(n)
}

// highest is the highest label, 0 where there is none.
func highest(x []float64) float64 {
	best := 0.0
	for i, v := range x {
		if i == 0 || v > best || best != best {
			best = v
		}
	}
	return best
}

// placed are the rows of a series on a grid.
type placed struct {
	step    time.Duration
	longest time.Duration // the step of the grid or of the series, whichever is longer
	at      []int64       // where each row lies, in nanoseconds on the grid
	cells   int           // stamps of the grid
}

// gridLimit returns how many values a grid of a series of n rows may have.
func gridLimit(rows, columns int) uint64 { return max(1<<24, 64*uint64(rows)*uint64(columns)) }

// place finds where the rows of a series, in order and without equal stamps, lie.
func place(s *Series, step time.Duration) (*placed, error) {
	p := &placed{step: step, at: make([]int64, len(s.Times))}
	columns := len(s.Values) + 1
	limit := min(gridLimit(len(s.Times), columns)/uint64(columns), uint64(math.MaxInt64)/uint64(step))
	anchor, base, last := s.Times[0], uint64(0), uint64(0)
	for i, t := range s.Times {
		k, above, ok := multiple(uint64(t)-uint64(anchor), step)
		if k >= limit || base+k >= limit {
			return nil, fmt.Errorf("series %q: %w: from %s to %s in steps of %v are more than %d stamps, the most for %d rows of %d channels",
				s.ID, ErrGrid, s.stamp(s.Times[max(i-1, 0)]), s.stamp(t), step, limit, len(s.Times), len(s.Values))
		}
		last = base + k
		if ok {
			anchor, base, above = t, last, 0
		}
		p.at[i] = int64(last)*int64(step) + above
	}
	p.cells = int(last) + 1
	if end := s.Times[len(s.Times)-1]; end > math.MaxInt64-int64(step) {
		return nil, fmt.Errorf("series %q: %w: %s and a step of %v reach beyond the year 2262", s.ID, ErrGrid, s.stamp(end), step)
	}
	return p, nil
}

// times returns the stamps of the grid: those of rows that lie on it, and equal steps from each to the next.
func (p *placed) times(of []int64) []int64 {
	out := make([]int64, p.cells)
	row, step := 0, int64(p.step)
	anchor, from := of[0], int64(0)
	for i := range out {
		for ; row < len(of) && p.at[row] <= int64(i)*step; row++ {
			if p.at[row]%step == 0 {
				anchor, from = of[row], p.at[row]
			}
		}
		out[i] = anchor + int64(i)*step - from
	}
	return out
}

// channel puts the values of one channel onto the grid.
func (p *placed) channel(x []float64, how Placing) []float64 {
	var at []int64
	var values []float64
	for i, v := range x {
		if !IsGap(v) {
			at, values = append(at, p.at[i]), append(values, v)
		}
	}
	out := make([]float64, p.cells)
	next := 0 // the first value after the stamp
	for i := range out {
		g := int64(i) * int64(p.step)
		for next < len(at) && at[next] <= g {
			next++
		}
		switch how {
		case PlaceMean:
			out[i] = p.mean(g, at, values, next)
		case PlaceLinear:
			out[i] = p.linear(g, at, values, next)
		default:
			out[i] = p.nearest(g, at, values, next)
		}
	}
	return out
}

// before and after tell whether a value is near enough to a stamp of the grid: one in the middle belongs to the later one.
func before(g, at int64, step time.Duration) bool { return g-at <= int64(step)-(g-at) }
func after(g, at int64, step time.Duration) bool  { return at-g < int64(step)-(at-g) }

func (p *placed) nearest(g int64, at []int64, values []float64, next int) float64 {
	early := next > 0 && before(g, at[next-1], p.longest)
	late := next < len(at) && after(g, at[next], p.longest)
	switch {
	case early && (!late || g-at[next-1] <= at[next]-g):
		return values[next-1]
	case late:
		return values[next]
	}
	return Gap
}

func (p *placed) mean(g int64, at []int64, values []float64, next int) float64 {
	from, to := next, next
	for from > 0 && before(g, at[from-1], p.step) {
		from--
	}
	for to < len(at) && after(g, at[to], p.step) {
		to++
	}
	return meanOf(values[from:to])
}

func (p *placed) linear(g int64, at []int64, values []float64, next int) float64 {
	switch {
	case next > 0 && at[next-1] == g:
		return values[next-1]
	case next == 0 || next == len(at):
		return Gap
	}
	distance := at[next] - at[next-1]
	if distance-int64(p.longest) > int64(p.longest)/2 {
		return Gap
	}
	share := float64(g-at[next-1]) / float64(distance)
	return values[next-1]*(1-share) + values[next]*share
}

// labels puts labels onto the grid.
func (p *placed) labels(x []float64) []float64 {
	out := make([]float64, p.cells)
	from, to := 0, 0
	for i := range out {
		g := int64(i) * int64(p.step)
		for from < len(x) && p.at[from] < g && !before(g, p.at[from], p.longest) {
			from++
		}
		for to < len(x) && (p.at[to] <= g || after(g, p.at[to], p.longest)) {
			to++
		}
		out[i] = highest(x[from:max(to, from)])
	}
	return out
}
