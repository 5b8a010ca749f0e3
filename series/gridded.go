package series

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// StepError says that the time stamps of a series have another step than they must have.
type StepError struct {
	Series     string
	Step, Want time.Duration
}

// Error names both steps.
func (e *StepError) Error() string {
	return fmt.Sprintf("series %q has a time stamp every %s, want every %s", e.Series, StepText(e.Step), StepText(e.Want))
}

// CheckStep holds the usual distance of a series' time stamps to a step; a [*StepError] where it is another. Nothing is said of
// a series without two different stamps or of positions, nor where want is one. Only the first stamps of many are looked at.
func CheckStep(s *Series, want time.Duration) error {
	const looked = 4096
	how := SamplingOf(s.Times[:min(len(s.Times), looked)])
	if IsPosition(want) || IsPosition(how.Step) || how.near(want) {
		return nil
	}
	return &StepError{s.ID, how.Step, want}
}

// near tells whether a step is the usual distance of the stamps; that of irregular ones is only roughly that of another part
// of them.
func (s Sampling) near(step time.Duration) bool {
	return SameStep(s.Step, step) || s.Irregular*10 > s.Stamps && max(s.Step-step, step-s.Step) < step/5
}

// IsPosition tells the step of mere positions, such as 0, 1, 2, from one in time: positions are read as nanoseconds. 0 is the
// step of nothing, and a position.
func IsPosition(step time.Duration) bool { return step < time.Microsecond }

// StepText writes a step of time stamps without the zeros of time.Duration: 1m, 2h, 1d; one of positions, which is below a
// microsecond, as a number.
func StepText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case IsPosition(d):
		return fmt.Sprint(int64(d))
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Gridded puts the series of a reader onto a grid as they are read, see [OnGrid].
type Gridded struct {
	r        Reader
	grid     Grid
	resample bool
	pending  *Series       // the first chunk of the next series
	held     *Series       // rows of the present series that are not handed out yet
	own      time.Duration // the step of the present series, 0 as long as it is not known
	step     time.Duration // the step of its grid
	next     int           // position of the next row on the grid
	changed  Changes
	done     bool
	most     int // values that may be held; 0: any
}

// HeldError says that a series has to be in memory to be put on a grid, and is too long for that.
type HeldError struct {
	// Series is its name; Values are how many were read and held.
	Series string
	Values int
}

// Error is one line.
func (e *HeldError) Error() string {
	return fmt.Sprintf("series %q has irregular or repeated time stamps, so that it is held in memory until it ends: %d values so far", e.Series, e.Values)
}

// Hold bounds the values of a series that may be held to be put on the grid; more give a [*HeldError]. 0 is no bound.
func (g *Gridded) Hold(values int) { g.most = values }

// Changes counts what putting series onto a grid did.
type Changes struct {
	// Step is the step of the grid; 0 where no series has time stamps.
	Step time.Duration
	// Missing stamps became gaps, Repeated ones were made one, Irregular ones were moved. Resampled counts series of another step.
	Missing, Repeated, Irregular, Resampled int
}

// OnGrid reads series with time stamps of equal distance, see [Regularize]: missing stamps become gaps, repeated and irregular
// ones are put on the grid. A grid of step 0 takes that of the first series for all. Series of another step are a
// [*StepError], unless resample is true. Series without time stamps are passed on as they are.
//
// What lies on the grid streams through, chunk by chunk; a series that does not is held in memory from the first chunk that
// needs more than gaps.
func OnGrid(r Reader, g Grid, resample bool) *Gridded {
	return &Gridded{r: r, grid: g, resample: resample}
}

// Changes tells what was done so far.
func (g *Gridded) Changes() Changes { g.changed.Step = g.grid.Step; return g.changed }

// Next returns the next chunk.
func (g *Gridded) Next() (*Series, error) {
	for {
		chunk, err := g.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case g.held == nil && chunk == nil:
			return nil, io.EOF
		case g.held == nil && len(chunk.Times) == 0:
			g.pending = nil
			return chunk, nil
		case g.held == nil:
			g.pending = nil
			g.held, g.own, g.next = chunk.Extendable(), 0, chunk.Start
			if out, err := g.regular(); out != nil || err != nil {
				return out, err
			}
		case chunk != nil && g.held.ID == chunk.ID && chunk.Start > 0 && len(chunk.Times) > 0 && chunk.NumChannels() == g.held.NumChannels():
			g.pending = nil
			g.held.Join(chunk)
			if n := g.held.Len() * (g.held.NumChannels() + 1); g.most > 0 && n > g.most+chunk.Len()*(chunk.NumChannels()+1) {
				return nil, &HeldError{g.held.ID, n}
			}
			if out, err := g.regular(); out != nil || err != nil {
				return out, err
			}
		default:
			return g.finish()
		}
	}
}

// peek returns the chunk that was read but not used yet, nil at the end.
func (g *Gridded) peek() (*Series, error) {
	if g.pending != nil || g.done {
		return g.pending, nil
	}
	s, err := g.r.Next()
	if errors.Is(err, io.EOF) {
		g.done = true
		return nil, nil
	}
	if err == nil {
		err = errors.Join(g.grid.Check(), s.Check())
	}
	if err != nil {
		return nil, err
	}
	g.pending = s
	return s, nil
}

// enough is how many time stamps tell the step of a series that goes on.
const enough = 64

// measure finds the step of the present series and holds it against the grid's.
func (g *Gridded) measure() error {
	if g.own != 0 {
		return nil
	}
	how := SamplingOf(g.held.Times)
	g.own, g.step = how.Step, g.grid.Step
	switch {
	case g.own == 0:
	case g.grid.Step == 0:
		g.grid.Step, g.step = g.own, g.own
	case how.near(g.grid.Step):
		g.own = g.grid.Step
	case IsPosition(g.own) != IsPosition(g.grid.Step):
		g.step = g.own // positions and times cannot be compared
	case g.resample:
		g.changed.Resampled++
	default:
		err := &StepError{g.held.ID, g.own, g.grid.Step}
		g.held = nil
		return err
	}
	return nil
}

// regular hands out what is held but for the last row, which may be repeated in the next chunk, if it lies on the grid but
// for missing stamps; otherwise it is kept until the series ends.
func (g *Gridded) regular() (*Series, error) {
	n := g.held.Len()
	if n < enough && g.own == 0 {
		return nil, nil
	}
	if err := g.measure(); err != nil {
		return nil, err
	}
	how := SamplingOf(g.held.Times)
	if n < 2 || !how.Sorted || how.Irregular > 0 || how.Repeated > 0 || !SameStep(g.own, g.step) || !SameStep(how.Step, g.own) {
		return nil, nil
	}
	last := g.held.Slice(n-1, n)
	out, err := g.place(g.held.Slice(0, n-1))
	if err != nil {
		return nil, err
	}
	// The stamps between the last row handed out and the one that is kept are missing.
	k, _, _ := multiple(uint64(last.Times[0])-uint64(g.held.Times[n-2]), g.step)
	out = extended(out, int(min(k, 1<<32))-1, g.step)
	g.changed.Missing += how.Missing
	g.next += out.Len()
	g.held = last.Extendable()
	return out, nil
}

// extended adds gaps after a series on a grid.
func extended(s *Series, gaps int, step time.Duration) *Series {
	if gaps < 1 {
		return s
	}
	out := s.Extendable()
	for c := range out.Values {
		out.Values[c] = append(out.Values[c], slices.Repeat([]float64{Gap}, gaps)...)
	}
	for range gaps {
		out.Times = append(out.Times, out.Times[len(out.Times)-1]+int64(step))
	}
	if out.PointLabels != nil {
		out.PointLabels = append(out.PointLabels, make([]float64, gaps)...)
	}
	return out
}

// finish ends the present series.
func (g *Gridded) finish() (*Series, error) {
	if err := g.measure(); err != nil {
		return nil, err
	}
	how := SamplingOf(g.held.Times)
	out, err := g.place(g.held)
	g.held = nil
	if err == nil && SameStep(g.own, g.step) {
		g.changed.Missing += how.Missing
		g.changed.Irregular += how.Irregular
	}
	g.changed.Repeated += how.Repeated
	return out, err
}

// place puts rows onto the grid; their first one is position g.next of the series.
func (g *Gridded) place(s *Series) (*Series, error) {
	grid := g.grid
	grid.Step = g.step
	out, err := grid.regularize(s, g.own)
	if err != nil {
		return nil, err
	}
	own := *out
	own.Start = g.next
	return &own, nil
}
