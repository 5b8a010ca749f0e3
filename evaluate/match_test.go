package evaluate

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// scoredSeries has its scores in a channel of that name.
func scoredSeries(id string, times []int64, scores ...float64) *series.Series {
	return &series.Series{ID: id, Times: times, Channels: []string{"p_value", "score"}, Values: [][]float64{make([]float64, len(scores)), scores}}
}

func labelledSeries(id string, times []int64, labels ...float64) *series.Series {
	return &series.Series{ID: id, Times: times, Values: [][]float64{make([]float64, len(labels))}, PointLabels: labels}
}

// TestMatch: order of series and of time stamps does not matter.
func TestMatch(t *testing.T) {
	labelled := []*series.Series{labelledSeries("a", []int64{1, 2, 3}, 0, 1, 0), labelledSeries("b", []int64{7, 8}, 1, 0)}
	scored := []*series.Series{scoredSeries("b", []int64{8, 7}, 0.8, 0.7), scoredSeries("a", []int64{3, 1, 2}, 0.3, 0.1, math.NaN())}
	p, err := Match(scored, labelled, "score")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Scores, []float64{0.1, 0.3, 0.7, 0.8}) || !slices.Equal(p.Labels, []bool{false, false, true, false}) || p.Gaps != 1 {
		t.Errorf("%+v", p)
	}
	// One series of each goes together whatever it is called, and by place where there are no times.
	p, err = Match([]*series.Series{scoredSeries("today", nil, 5, 6)}, []*series.Series{labelledSeries("labels", []int64{4, 9}, 0, 1)}, "score")
	if err != nil || !slices.Equal(p.Scores, []float64{5, 6}) {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestMatchOnTheGrid: scores are on a grid, and readings with labels may be missing, repeated or beside it.
func TestMatchOnTheGrid(t *testing.T) {
	scored := []*series.Series{scoredSeries("a", []int64{0, 10, 20, 30, 40, 50}, 0, 1, 2, 3, 4, math.NaN())}
	labelled := []*series.Series{labelledSeries("a", []int64{0, 9, 30, 33, 44, 46}, 0, 0, 1, 0, 0, 1)} // 20 is missing, and 30 is there twice
	p, err := Match(scored, labelled, "score")
	if err != nil || !slices.Equal(p.Scores, []float64{0, 1, 3, 4}) || !slices.Equal(p.Labels, []bool{false, false, true, false}) || p.Gaps != 1 || p.Unlabelled != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	// Beyond half a step before the first, or where most have none, they do not belong together.
	for want, times := range map[string][]int64{"no score for 1 of 6 labelled": {-6, 9, 30, 33, 44, 46}, "no label for 4 of 6 scores, the first at time 10": {0, 0, 0, 50, 50, 50}, "no label for 1 of 6 scores, the first at time 0": {10, 20, 30, 40, 50, 50}} {
		if _, err := Match(scored, []*series.Series{labelledSeries("a", times, 0, 0, 1, 0, 0, 1)}, "score"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestMatchRefuses(t *testing.T) {
	one := func(s *series.Series) []*series.Series { return []*series.Series{s} }
	two, a := []int64{1, 2}, scoredSeries("a", []int64{1, 2}, 0.1, 0.2)
	for want, c := range map[string]struct{ scored, labelled []*series.Series }{
		`no score for 2 of 2 labelled time stamps, the first at time 5 (its scores begin at time 1)`: {one(a), one(labelledSeries("a", []int64{5, 6}, 0, 1))},
		`no label for 1 of 2 scores, the first at time 2`:                                            {one(a), one(labelledSeries("a", []int64{1}, 1))},
		`no score for 1 of 3 labelled`:                                                               {one(a), one(labelledSeries("a", []int64{1, 2, 3}, 0, 1, 0))},
		`has 2 scores and 3 labels`:                                                                  {one(a), one(labelledSeries("a", nil, 0, 1, 0))},
		`series "b" has labels but no scores`:                                                        {one(a), []*series.Series{labelledSeries("a", two, 0, 1), labelledSeries("b", two, 0, 1)}},
		`series "b" has scores but no labels`:                                                        {[]*series.Series{a, scoredSeries("b", two, 1, 2)}, one(labelledSeries("a", two, 0, 1))},
		`"a" are there twice`:                                                                        {[]*series.Series{a, a}, one(labelledSeries("a", two, 0, 1))},
		`two scores at time 1`:                                                                       {one(scoredSeries("a", []int64{1, 1}, 1, 2)), one(labelledSeries("a", two, 0, 1))},
		`label -1 at time 2, want 0 (normal) or 1`:                                                   {one(a), one(labelledSeries("a", two, 1, -1))},
		`no label for each time stamp`:                                                               {one(a), one(scoredSeries("a", two, 1, 2))},
		`no column "score"`:                                                                          {one(labelledSeries("a", two, 0, 1)), one(labelledSeries("a", two, 0, 1))},
		`at time 2024-01-05T00:00:00Z`:                                                               {one(scoredSeries("a", []int64{1704412800e9 + 60e9}, 1)), one(labelledSeries("a", []int64{1704412800e9}, 1))},
	} {
		if _, err := Match(c.scored, c.labelled, "score"); err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, ErrMatch) && !strings.Contains(want, "-1") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestRankIsEachMetric: Rank hands out what the single functions do, with the mean length of the anomalies as its buffer.
func TestRankIsEachMetric(t *testing.T) {
	scores := []float64{.1, .9, .8, .2, .3, .85, .1, .15, .4, .2}
	labels := []bool{false, true, true, true, false, false, false, true, false, false}
	r, err := Rank(scores, labels, 0)
	if err != nil {
		t.Fatal(err)
	}
	// Stretches of 3 and 1 points: 2 on average.
	roc, pr, err := VUS(scores, labels, 2)
	if err != nil || r.VUSROC != roc || r.VUSPR != pr || r.Points != 10 || r.Anomalous != 4 {
		t.Errorf("%+v, want VUS %v and %v; %v", r, roc, pr, err)
	}
	ap, _ := AveragePrecision(scores, labels)
	auc, _ := ROCAUC(scores, labels)
	f1, _ := BestF1(scores, labels)
	if r.AveragePrecision != ap || r.ROCAUC != auc || r.BestF1 != f1 || ap == 0 || auc == 0 || f1 == 0 {
		t.Errorf("%+v, want %v, %v and %v", r, ap, auc, f1)
	}
	if _, err := Rank(scores, make([]bool, 10), 0); !errors.Is(err, ErrOneClass) {
		t.Errorf("no anomaly: %v", err)
	}
}
