package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wavekin/wavekin/internal/report"
)

// alarmResult is a stretch of unusual time stamps, as it is printed.
type alarmResult struct {
	Series string `json:"series"`
	// Start, End (exclusive) and Peak, where the score is highest, are positions; From, To and At are the time stamps of the
	// first, the last and the highest, where there are any.
	Start   int     `json:"start"`
	End     int     `json:"end"`
	Peak    int     `json:"peak"`
	From    string  `json:"from,omitempty"`
	To      string  `json:"to,omitempty"`
	At      string  `json:"at,omitempty"`
	Score   float64 `json:"score"`
	P       float64 `json:"p_value"`
	Part    string  `json:"part,omitempty"`
	Channel string  `json:"channel,omitempty"`
}

// ranking is the list of alarms.
type ranking struct {
	rows  []alarmResult
	found int
	level float64
}

// ranking lists the alarms of a run.
func (s *scoring) ranking() *ranking {
	alarms, found := s.alarms.Ranked()
	r := &ranking{found: found, level: s.alarms.Level}
	for _, a := range alarms {
		row := alarmResult{Series: a.Series, Start: a.Start, End: a.End, Peak: a.Peak, Score: a.Score, P: a.P}
		if a.HasTimes {
			row.From, row.To, row.At = clock(a.StartTime, a.Zone), clock(a.EndTime, a.Zone), clock(a.PeakTime, a.Zone)
		}
		if s.out.fused != nil {
			row.Part, row.Channel = sourceOf(s.out.fused, a.Part, a.Channel)
		}
		r.rows = append(r.rows, row)
	}
	return r
}

// clock writes a time stamp in its zone, or the number that it is.
func clock(ns int64, zone *time.Location) string {
	if timesOf([]int64{ns}) != dates {
		return fmt.Sprint(ns)
	}
	if zone == nil {
		zone = time.UTC
	}
	return time.Unix(0, ns).In(zone).Format("2006-01-02T15:04:05.999999999Z07:00")
}

// print shows the list, the most unusual stretch first.
func (r *ranking) print(w io.Writer, run streamResult, thing string) error {
	if len(r.rows) == 0 {
		_, err := fmt.Fprintf(w, "nothing unusual: no time stamp of %s has a p-value of %g or less\n", plural(run.Inputs-len(run.Failed), "input"), r.level)
		return err
	}
	t := report.Table{Header: []string{"series", "from", "to", "highest at", "score", "p-value", "part", "channel"}}
	sources := false
	for _, a := range r.rows {
		from, to, at := a.From, a.To, a.At
		if from == "" {
			from, to, at = fmt.Sprint(a.Start), fmt.Sprint(a.End-1), fmt.Sprint(a.Peak)
		}
		t.Rows = append(t.Rows, []string{a.Series, from, to, at, fmt.Sprintf("%.3f", a.Score), fmt.Sprintf("%.4f", a.P), a.Part, a.Channel})
		sources = sources || a.Part != ""
	}
	if !sources {
		t.Header = t.Header[:6]
		for i := range t.Rows {
			t.Rows[i] = t.Rows[i][:6]
		}
	}
	if err := t.Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s with p-values of %g or less%s; %s of %s in %.1f s\nevery time stamp: add --out scores.csv; a picture: add --plot scores.png\n",
		plural(r.found, "alarm"), r.level, strings.Repeat(", the first "+fmt.Sprint(len(r.rows))+" are listed", min(1, r.found-len(r.rows))),
		plural(run.Windows, thing), plural(run.Inputs-len(run.Failed), "input"), run.Seconds)
	return err
}
