package cli

import (
	"slices"
	"strings"
	"testing"
)

// TestJoinedEpisodes: episodes of files that continue each other are joined over a seam, and an alarm of one file goes on in the next as long as
// it lasts; files that stand by themselves have alarms of their own.
func TestJoinedEpisodes(t *testing.T) {
	one := func(alarm, start, end int, score float64) episodeResult {
		return episodeResult{Alarm: alarm, Series: "a", Start: start, End: end, Peak: start, Score: score}
	}
	parts := []besideOutput{
		{Episodes: []episodeResult{one(1, 10, 12, 3), one(2, 90, 100, 4)}},
		{Episodes: []episodeResult{one(1, 101, 104, 5), one(1, 120, 125, 3), one(2, 180, 190, 3), one(2, 201, 202, 3)}},
	}
	const join, last = 5, 80
	for _, c := range []struct {
		cut     bool
		longest int
		want    [][3]int // alarm, start, end
	}{
		{true, last, [][3]int{{1, 10, 12}, {2, 90, 104}, {2, 120, 125}, {3, 180, 190}, {3, 201, 202}}}, // the alarm that begins at 90 ends at 170
		{true, 0, [][3]int{{1, 10, 12}, {2, 90, 104}, {3, 120, 125}, {4, 180, 190}, {5, 201, 202}}},
		{false, last, [][3]int{{1, 10, 12}, {2, 90, 100}, {3, 101, 104}, {3, 120, 125}, {4, 180, 190}, {4, 201, 202}}},
	} {
		in := []besideOutput{{Episodes: slices.Clone(parts[0].Episodes)}, {Episodes: slices.Clone(parts[1].Episodes)}}
		if c.longest == 0 { // then each is an alarm
			for i, p := range in {
				for k := range p.Episodes {
					in[i].Episodes[k].Alarm = k + 1
				}
			}
		}
		if c.cut {
			in[0].Cut, in[1].Cut = &cutFrom{Recording: "r"}, &cutFrom{Recording: "r"}
		}
		out, alarms := joinedEpisodes(in, join, c.longest)
		var got [][3]int
		for _, o := range out {
			got = append(got, [3]int{o.Alarm, o.Start, o.End})
		}
		if !slices.Equal(got, c.want) || alarms != got[len(got)-1][0] {
			t.Errorf("cut %v, at most %d: %d alarms, %v, want %v", c.cut, c.longest, alarms, got, c.want)
		}
		if c.cut && (out[1].Score != 5 || out[1].Peak != 101) {
			t.Errorf("the joined episode has a peak of %g at %d, want 5 at 101", out[1].Score, out[1].Peak)
		}
	}
}

// TestListOfAlarms: the list numbers alarms where one has several episodes, and counts both.
func TestListOfAlarms(t *testing.T) {
	two := []episodeResult{{Alarm: 3, Series: "a", Start: 5, End: 6, Score: 2}, {Alarm: 3, Series: "a", Start: 50, End: 60, Score: 1}}
	for _, c := range []struct {
		alarms int
		header bool
		says   string
	}{{1, true, "1 alarm in 2 episodes with a score"}, {2, false, "2 alarms with a score"}} {
		var text strings.Builder
		r := ranking{rows: two, found: 2, alarms: c.alarms, what: "a score of 1 or more"}
		if err := r.print(&text, streamResult{Inputs: 1}, "time stamp"); err != nil || !strings.Contains(text.String(), c.says) || strings.HasPrefix(text.String(), " alarm ") != c.header {
			t.Errorf("%d alarms: %v\n%s", c.alarms, err, text.String())
		}
	}
}
