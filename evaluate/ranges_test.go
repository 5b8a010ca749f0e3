package evaluate

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestBestF1Adjusted: by hand, with one point of each stretch above the threshold.
func TestBestF1Adjusted(t *testing.T) {
	labels := bits("0011110011")
	scores := []float64{0, 2, 0, 9, 0, 0, 0, 5, 8, 0}
	// At 8 both stretches count as found, 6 points, and no other point does.
	if v, err := BestF1Adjusted(scores, labels, nil); err != nil || v != 1 {
		t.Errorf("%v (%v), want 1", v, err)
	}
	// Without the adjustment nothing is better than to call all points anomalous: 2*6/(10+6).
	if v, err := BestF1(scores, labels); err != nil || v != 0.75 {
		t.Errorf("not adjusted %v (%v), want 0.75", v, err)
	}
	// Two series: the stretch that goes on in the second series is another one.
	across, at := bits("0011110000"), []int{4}
	// At 9 the two points before the boundary are found: 2*2/(2+4). At 0 all: 2*4/(10+4).
	if v, err := BestF1Adjusted(scores, across, at); err != nil || math.Abs(v-2.0/3) > 1e-15 {
		t.Errorf("two series %v (%v), want 2/3", v, err)
	}
	if v, err := BestF1Adjusted(scores, across, nil); err != nil || v != 1 {
		t.Errorf("one series %v (%v), want 1", v, err)
	}
	if _, err := BestF1Adjusted([]float64{1, math.NaN()}, bits("01"), nil); !errors.Is(err, ErrNotFinite) {
		t.Errorf("a gap: %v", err)
	}
}

// TestAdjustedIsNeverLess: on random scores, also of several series, and it counts what its definition says.
func TestAdjustedIsNeverLess(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		n := 2 + r.IntN(40)
		scores, labels := make([]float64, n), make([]bool, n)
		for i := range scores {
			scores[i], labels[i] = float64(r.IntN(6)), r.IntN(3) == 0
		}
		labels[0] = true
		starts := []int{1 + r.IntN(n-1)}
		got, err := BestF1Adjusted(scores, labels, starts)
		plain, _ := BestF1(scores, labels)
		best := 0.0
		for th := range 6 {
			found := make([]bool, n)
			for i := range found {
				found[i] = scores[i] >= float64(th)
				for j := i; labels[i] && j < n && labels[j] && (j == i || j != starts[0]); j++ {
					found[i] = found[i] || scores[j] >= float64(th)
				}
				for j := i; labels[i] && j >= 0 && labels[j] && (j == i || j+1 != starts[0]); j-- {
					found[i] = found[i] || scores[j] >= float64(th)
				}
			}
			var tp, both float64
			for i := range found {
				if found[i] && labels[i] {
					tp++
				}
				if found[i] {
					both++
				}
				if labels[i] {
					both++
				}
			}
			best = max(best, 2*tp/both)
		}
		if err != nil || math.Abs(got-best) > 1e-14 || got < plain {
			t.Fatalf("%v (%v), by its definition %v, without adjustment %v", got, err, best, plain)
		}
	}
}

// TestAffiliationByHand: a stretch [2, 4) in [0, 8) and an alarm [5, 6).
func TestAffiliationByHand(t *testing.T) {
	// Precision: at x from 5 to 6 the distance d is 1 to 2; (max(0, 2-d) + max(0, 4-d)) / 8 has the integral (0.5 + 2.5) / 8.
	// Recall: at y from 2 to 4 the alarm is 5-y away; (max(0, 2y-5) + 3) / 8 has the integral (9/4 + 6) / 8, over 2 points.
	p, r, err := Affiliation(bits("00000100"), bits("00110000"), nil)
	if err != nil || math.Abs(p-3.0/8) > 1e-15 || math.Abs(r-8.25/16) > 1e-15 {
		t.Errorf("precision %v, recall %v (%v), want 0.375 and 0.515625", p, r, err)
	}
}

// TestAffiliationIsItsDefinition: against the definition on a fine grid, on random predictions.
func TestAffiliationIsItsDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const fine = 20
	for range 20 {
		n := 3 + r.IntN(10)
		predicted, labels := make([]bool, n), make([]bool, n)
		for i := range labels {
			predicted[i], labels[i] = r.IntN(3) == 0, r.IntN(3) == 0
		}
		predicted[r.IntN(n)], labels[r.IntN(n)] = true, true
		wantP, wantR := slowAffiliation(predicted, labels, fine)
		p, rec, err := Affiliation(predicted, labels, nil)
		if err != nil || math.Abs(p-wantP) > 0.02 || math.Abs(rec-wantR) > 0.02 {
			t.Errorf("%v against %v: %v and %v (%v), on a grid %v and %v", predicted, labels, p, rec, err, wantP, wantR)
		}
		slices.Reverse(predicted)
		slices.Reverse(labels)
		if q, s, err := Affiliation(predicted, labels, nil); err != nil || math.Abs(p-q) > 1e-12 || math.Abs(rec-s) > 1e-12 {
			t.Errorf("backwards %v and %v (%v), forwards %v and %v", q, s, err, p, rec)
		}
	}
}

// slowAffiliation is the definition with times at the middles of steps of 1/fine.
func slowAffiliation(predicted, labels []bool, fine int) (precision, recall float64) {
	events := intervals(labels)
	distance := func(x float64, in []interval) (d float64, nearest int) {
		d = math.Inf(1)
		for i, v := range in {
			if own := max(0, v.from-x, x-v.to); own < d {
				d, nearest = own, i
			}
		}
		return d, nearest
	}
	zones, alarms, truths := make([][]float64, len(events)), make([][]float64, len(events)), make([][]float64, len(events))
	for i := range len(labels) * fine {
		x := (float64(i) + 0.5) / float64(fine)
		_, j := distance(x, events)
		zones[j] = append(zones[j], x)
		if predicted[i/fine] {
			alarms[j] = append(alarms[j], x)
		}
		if labels[i/fine] {
			truths[j] = append(truths[j], x)
		}
	}
	found := 0.0
	for j := range events {
		if len(alarms[j]) == 0 {
			continue
		}
		found++
		for _, x := range alarms[j] {
			d, _ := distance(x, events[j:j+1])
			for _, z := range zones[j] {
				if other, _ := distance(z, events[j:j+1]); other >= d {
					precision += 1 / float64(len(zones[j])*len(alarms[j]))
				}
			}
		}
		for _, y := range truths[j] {
			d := math.Inf(1)
			for _, x := range alarms[j] {
				d = min(d, math.Abs(x-y))
			}
			for _, z := range zones[j] {
				if math.Abs(z-y) >= d {
					recall += 1 / float64(len(zones[j])*len(truths[j]))
				}
			}
		}
	}
	return precision / found, recall / float64(len(events))
}

// TestSeriesAreApart: ranges and zones end with their series, and a series without an anomaly has no zone.
func TestSeriesAreApart(t *testing.T) {
	predicted, labels, starts := bits("0001"+"1000"+"0100"), bits("0011"+"1100"+"0000"), []int{4, 8}
	s, err := RangeMetric{}.Score(predicted, labels, starts)
	// Of the two labelled ranges one half each is found; two of the three alarms are right.
	if err != nil || s.Recall != 0.5 || math.Abs(s.Precision-2.0/3) > 1e-15 {
		t.Errorf("%+v (%v)", s, err)
	}
	p1, r1, _ := Affiliation(predicted[:4], labels[:4], nil)
	p2, r2, _ := Affiliation(predicted[4:8], labels[4:8], nil)
	p, r, err := Affiliation(predicted, labels, starts)
	if err != nil || math.Abs(p-(p1+p2)/2) > 1e-15 || math.Abs(r-(r1+r2)/2) > 1e-15 || p1 == 0 || r2 == 0 {
		t.Errorf("%v and %v (%v), apart %v, %v and %v, %v", p, r, err, p1, r1, p2, r2)
	}
}

func TestRangesRefuse(t *testing.T) {
	none := RangeScore{}
	if s, err := (RangeMetric{}).Score(bits("000"), bits("010"), nil); err != nil || s != none {
		t.Errorf("no alarm: %+v (%v)", s, err)
	}
	if p, r, err := Affiliation(bits("000"), bits("010"), nil); err != nil || p != 0 || r != 0 {
		t.Errorf("no alarm: %v, %v (%v)", p, r, err)
	}
	for _, c := range []struct {
		predicted, labels string
		m                 RangeMetric
		want              error
	}{
		{"01", "011", RangeMetric{}, ErrShape}, {"", "", RangeMetric{}, ErrShape}, {"01", "00", RangeMetric{}, ErrOneClass},
		{"01", "01", RangeMetric{Existence: 1.5}, ErrOption}, {"01", "01", RangeMetric{Existence: math.NaN()}, ErrOption}, {"01", "01", RangeMetric{Bias: 7}, ErrOption},
	} {
		if _, err := c.m.Score(bits(c.predicted), bits(c.labels), nil); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c, err, c.want)
		}
		if _, _, err := Affiliation(bits(c.predicted), bits(c.labels), nil); c.m == (RangeMetric{}) && !errors.Is(err, c.want) {
			t.Errorf("affiliation %+v: %v, want %v", c, err, c.want)
		}
	}
}

// TestManyAlarmsInALongRange takes hours where each of them is a walk along the range.
func TestManyAlarmsInALongRange(t *testing.T) {
	const n = 1 << 20
	labels, predicted := make([]bool, n), make([]bool, n)
	for i := range n {
		labels[i], predicted[i] = true, i%2 == 0
	}
	s, err := (RangeMetric{Bias: BackBias}).Score(predicted, labels, nil)
	if err != nil || s.Precision != 1 || math.Abs(s.Recall-0.5) > 1e-6 {
		t.Errorf("%+v, %v; half of a range is found", s, err)
	}
}
