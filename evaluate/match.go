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
	if n := len(p.Scores); n > 0 {
		p.Starts = append(p.Starts, n)
	}
	for i, v := range l.PointLabels {
		switch {
		case math.IsNaN(v):
			return fmt.Errorf("series %q: no label at %s, want 0 (normal) or 1 (anomalous); leave out the time stamp in scores and labels where it is not known", l.ID, placeOf(l, i))
		case v != 0 && v != 1:
			return fmt.Errorf("series %q: label %g at %s, want 0 (normal) or 1 (anomalous); --normal-label says which other one is normal", l.ID, v, placeOf(l, i))
		}
		if math.IsNaN(values[at[i]]) {
			p.Gaps++
			continue
		}
		p.Scores, p.Labels = append(p.Scores, values[at[i]]), append(p.Labels, v == 1)
	}
	return nil
}

// places finds for each label the place of its score.
func places(s, l *series.Series) ([]int, error) {
	stamps := s.Times
	if l.Times == nil || s.Times == nil {
		if s.Len() != l.Len() {
			return nil, fmt.Errorf("%w: series %q has %s and %s", ErrMatch, l.ID, plural.Of(s.Len(), "score"), plural.Of(l.Len(), "label"))
		}
		stamps = nil
	}
	out := make([]int, l.Len())
	if stamps == nil {
		for i := range out {
			out[i] = i
		}
		return out, nil
	}
	where := make(map[int64]int, len(stamps))
	for i, t := range stamps {
		if _, twice := where[t]; twice {
			return nil, fmt.Errorf("%w: series %q has two scores at %s", ErrMatch, s.ID, placeOf(s, i))
		}
		where[t] = i
	}
	missing, first := 0, 0
	for i, t := range l.Times {
		p, ok := where[t]
		if !ok {
			if missing == 0 {
				first = i
			}
			missing++
			continue
		}
		out[i] = p
		delete(where, t)
	}
	if missing > 0 {
		return nil, fmt.Errorf("%w: series %q has no score for %d of %s, the first at %s (its scores begin at %s)",
			ErrMatch, l.ID, missing, plural.Of(l.Len(), "labelled time stamp"), placeOf(l, first), placeOf(s, 0))
	}
	for i, t := range stamps {
		if _, left := where[t]; left {
			return nil, fmt.Errorf("%w: series %q has no label for %d of %s, the first at %s", ErrMatch, l.ID, len(where), plural.Of(s.Len(), "score"), placeOf(s, i))
		}
	}
	return out, nil
}

// placeOf names a time stamp.
func placeOf(s *series.Series, i int) string {
	if s.Times == nil {
		return fmt.Sprintf("position %d", s.Start+i)
	}
	return "time " + datasets.FormatTime(s.Times[i], s.Times)
}
