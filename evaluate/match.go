package evaluate

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// ErrMatch: scores and labels that do not belong to the same time stamps.
var ErrMatch = errors.New("scores and labels do not belong together")

// Pairs are scores with their labels, a pair for each time stamp.
type Pairs struct {
	Scores []float64
	Labels []bool
	// Starts are the places where the second and further series start, in ascending order; nil for one series.
	Starts []int
	// Gaps counts the time stamps that have a label but a gap in place of a score; they are left out.
	Gaps int
	// Unlabelled counts the scores between labels that have none, as where readings are missing; they are left out.
	Unlabelled int
}

// Match pairs scores with labels by series and time. scored are series with the scores in one channel, labelled are series with
// point labels of 0 (normal) and 1 (anomalous). Series go together by their ID, or as they are where there is one of each. Time
// stamps go together by their value where both have them, and by their place where not. A score without a label, and a label
// without a score, is ErrMatch.
func Match(scored, labelled []*series.Series, channel string) (*Pairs, error) {
	byID := map[string]*series.Series{}
	for _, s := range scored {
		if byID[s.ID] != nil {
			return nil, fmt.Errorf("%w: scores of series %q are there twice", ErrMatch, s.ID)
		}
		byID[s.ID] = s
	}
	p := &Pairs{}
	for _, l := range labelled {
		s := byID[l.ID]
		if s == nil && len(scored) == 1 && len(labelled) == 1 {
			s = scored[0]
		}
		if s == nil {
			return nil, fmt.Errorf("%w: series %q has labels but no scores", ErrMatch, l.ID)
		}
		c := slices.Index(s.Channels, channel)
		if c < 0 || c >= s.NumChannels() {
			return nil, fmt.Errorf("%w: series %q has no column %q", ErrMatch, s.ID, channel)
		}
		if err := p.add(s, s.Values[c], l); err != nil {
			return nil, err
		}
		delete(byID, s.ID)
	}
	for _, s := range scored {
		if byID[s.ID] != nil {
			return nil, fmt.Errorf("%w: series %q has scores but no labels", ErrMatch, s.ID)
		}
	}
	return p, nil
}

// add appends the pairs of one series.
func (p *Pairs) add(s *series.Series, values []float64, l *series.Series) error {
	if len(l.PointLabels) != l.Len() || l.Len() == 0 {
		return fmt.Errorf("%w: series %q has no label for each time stamp", ErrMatch, l.ID)
	}
	at, err := places(s, l)
	if err != nil {
		return err
	}
	labels := make([]float64, s.Len()) // of each score: the highest
	for i, v := range l.PointLabels {
		switch {
		case math.IsNaN(v):
			return fmt.Errorf("series %q: no label at %s, want 0 (normal) or 1 (anomalous); leave out the time stamp in scores and labels where it is not known", l.ID, placeOf(l, i))
		case v != 0 && v != 1:
			return fmt.Errorf("series %q: label %g at %s, want 0 (normal) or 1 (anomalous); --normal-label says which other one is normal", l.ID, v, placeOf(l, i))
		}
		labels[at[i]] = max(labels[at[i]], v)
	}
	if n := len(p.Scores); n > 0 {
		p.Starts = append(p.Starts, n)
	}
	paired := make([]bool, s.Len())
	for _, k := range at {
		switch {
		case paired[k]:
			continue
		case math.IsNaN(values[k]):
			p.Gaps++
		default:
			p.Scores, p.Labels = append(p.Scores, values[k]), append(p.Labels, labels[k] == 1)
		}
		paired[k] = true
	}
	for _, ok := range paired {
		if !ok {
			p.Unlabelled++
		}
	}
	return nil
}

// places finds for each label the place of its score. Readings that lie beside the grid of the scores belong to the nearest time stamp of it.
func places(s, l *series.Series) ([]int, error) {
	out := make([]int, l.Len())
	if l.Times == nil || s.Times == nil {
		if s.Len() != l.Len() {
			return nil, fmt.Errorf("%w: series %q has %s and %s", ErrMatch, l.ID, plural.Of(s.Len(), "score"), plural.Of(l.Len(), "label"))
		}
		for i := range out {
			out[i] = i
		}
		return out, nil
	}
	where := make(map[int64]int, s.Len())
	for i, t := range s.Times {
		if _, twice := where[t]; twice {
			return nil, fmt.Errorf("%w: series %q has two scores at %s", ErrMatch, s.ID, placeOf(s, i))
		}
		where[t] = i
	}
	onGrid := gridOf(s.Times)
	labelled := make([]bool, s.Len())
	missing, first := 0, 0
	for i, t := range l.Times {
		p, ok := where[t]
		if !ok {
			p, ok = where[onGrid(t)]
		}
		if !ok {
			if missing == 0 {
				first = i
			}
			missing++
			continue
		}
		out[i], labelled[p] = p, true
	}
	if missing > 0 {
		return nil, fmt.Errorf("%w: series %q has no score for %d of %s, the first at %s (its scores begin at %s)",
			ErrMatch, l.ID, missing, plural.Of(l.Len(), "labelled time stamp"), placeOf(l, first), placeOf(s, 0))
	}
	return out, coverage(s, l, labelled)
}

// gridOf moves a time stamp to the nearest one of the grid of scores; to itself where they are on none.
func gridOf(times []int64) func(int64) int64 {
	sorted := slices.Sorted(slices.Values(times))
	step := int64(0)
	for i := 1; i < len(sorted); i++ {
		if d := sorted[i] - sorted[i-1]; step != 0 && d != step {
			return func(t int64) int64 { return t }
		} else {
			step = d
		}
	}
	if step == 0 {
		return func(t int64) int64 { return t }
	}
	return func(t int64) int64 {
		from := t - sorted[0] + step/2
		if from < 0 {
			return t
		}
		return sorted[0] + from/step*step
	}
}

// coverage refuses scores before the first label or after the last one, and those that mostly have none. A few within may lack one: score
// puts readings on a grid, where those that are missing have a score as well.
func coverage(s, l *series.Series, labelled []bool) error {
	begin, end := int64(math.MaxInt64), int64(math.MinInt64)
	for i, ok := range labelled {
		if ok {
			begin, end = min(begin, s.Times[i]), max(end, s.Times[i])
		}
	}
	missing, first, outside := 0, -1, false
	for i, ok := range labelled {
		if !ok {
			if missing++; first < 0 {
				first = i
			}
			outside = outside || s.Times[i] < begin || s.Times[i] > end
		}
	}
	if !outside && 2*missing <= s.Len() {
		return nil
	}
	return fmt.Errorf("%w: series %q has no label for %d of %s, the first at %s", ErrMatch, l.ID, missing, plural.Of(s.Len(), "score"), placeOf(s, first))
}

// placeOf names a time stamp.
func placeOf(s *series.Series, i int) string {
	if s.Times == nil {
		return fmt.Sprintf("position %d", s.Start+i)
	}
	return "time " + datasets.FormatTime(s.Times[i], s.Times)
}
