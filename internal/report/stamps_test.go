package report

import (
	"slices"
	"testing"
	"time"
)

// TestStampsAreRound looks at the labels of axes from a second to a century.
func TestStampsAreRound(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("wants the time zones of the system, which are not here: ", err)
	}
	from := time.Date(2026, 3, 28, 22, 30, 7, 0, time.UTC)
	for _, c := range []struct {
		step  time.Duration
		n     int
		zone  *time.Location
		first string
		next  string
	}{
		{time.Second, 60, nil, "28 Mar 22:30:15", "28 Mar 22:30:30"},
		{time.Minute, 600, nil, "28 Mar 23:00", "29 Mar 00:00"},
		{time.Minute, 600, berlin, "29 Mar 00:00", "29 Mar 01:00"}, // the clocks go forward at 2
		{time.Hour, 24 * 14, nil, "30 Mar 2026", "1 Apr 2026"},
		{24 * time.Hour, 365, nil, "Apr 2026", "Jul 2026"},
		{24 * time.Hour, 36500, nil, "2030", "2040"},
		{time.Millisecond, 5, nil, "22:30:07.000", "22:30:07.001"},
	} {
		a := Axes{From: from.UnixNano(), Step: int64(c.step), Zone: c.zone}
		ticks := a.Ticks(0, float64(c.n-1))
		var labels []string
		for i, k := range ticks {
			labels = append(labels, k.Label)
			if k.Value < 0 || k.Value > float64(c.n-1) || i > 0 && k.Value <= ticks[i-1].Value {
				t.Errorf("%v x %d: %q at %g", c.step, c.n, k.Label, k.Value)
			}
		}
		if len(labels) < 2 || len(labels) > mostStamps || !slices.Equal(labels[:2], []string{c.first, c.next}) {
			t.Errorf("%v x %d: %q, want %q, %q and at most %d", c.step, c.n, labels, c.first, c.next, mostStamps)
		}
	}
	for want, a := range map[string]Axes{"flow value time (Europe/Berlin)": {Values: []string{"flow"}, Step: 1, Zone: berlin}, "value value time stamp": {}} {
		if got := a.name(0) + " " + a.name(1) + " " + a.times(); got != want {
			t.Errorf("axes %q, want %q", got, want)
		}
	}
}
