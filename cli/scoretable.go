package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/jobs"
)

// stamps says what the time stamps of a series are.
type stamps int

const (
	noTimes  stamps = iota // positions only
	counters               // whole numbers such as 0, 1, 2
	dates
)

func timesOf(times []int64) stamps {
	switch {
	case len(times) == 0:
		return noTimes
	case datasets.AreDates(times):
		return dates
	}
	return counters
}

// scoreTable is the output of score, whose columns the first input decides: its rows have time stamps if that has any.
type scoreTable struct {
	path     string
	perPoint bool
	fused    *detect.Fused // names parts and channels; nil with a model
	times    stamps
	keys     []jobs.Key // columns with one value
	w        *datasets.Writer
}

// begin makes the table on first use, and refuses an input that would not fit into it.
func (t *scoreTable) begin(times stamps, zone *time.Location) error {
	if t.w != nil {
		if times != t.times {
			return errors.New("this input and the first one disagree in having time stamps; score them into separate files")
		}
		return nil
	}
	var err error
	t.times = times
	cols := t.columns(zone)
	t.w, err = datasets.Create(t.path, cols, datasets.WriterOptions{Constants: partitions(t.keys, cols)})
	return err
}

func (t *scoreTable) columns(zone *time.Location) []datasets.Column {
	stamp := datasets.Column{Type: datasets.Int64}
	if t.times == dates {
		stamp = datasets.Column{Type: datasets.Timestamp}
		if zone != nil {
			stamp.Zone = zone.String()
		}
	}
	at := func(name string) datasets.Column {
		c := stamp
		c.Name = name
		return c
	}
	if t.perPoint {
		cols := []datasets.Column{{Name: "series", Type: datasets.String}, at("time"),
			{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}}
		if t.fused != nil {
			cols = append(cols, datasets.Column{Name: "part", Type: datasets.String}, datasets.Column{Name: "channel", Type: datasets.String})
		}
		return cols
	}
	cols := []datasets.Column{{Name: "series", Type: datasets.String}, {Name: "start", Type: datasets.Int64}, {Name: "end", Type: datasets.Int64},
		{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64},
		{Name: "nearest_series", Type: datasets.String}, {Name: "nearest_start", Type: datasets.Int64}, {Name: "measured", Type: datasets.Float64}}
	if t.times != noTimes {
		cols = append(cols, at("start_time"), at("end_time"))
	}
	return cols
}

// windows adds a row for each window.
func (t *scoreTable) windows(b *detect.Windows) error {
	n := len(b.Windows)
	ids, nearest := make([]string, n), make([]string, n)
	start, end, from := make([]int64, n), make([]int64, n), make([]int64, n)
	first, last := make([]int64, n), make([]int64, n)
	score, p, measured := make([]float64, n), make([]float64, n), make([]float64, n)
	none := make([]bool, n)
	for i, w := range b.Windows {
		s := b.Scores[i]
		ids[i], start[i], end[i], first[i], last[i] = w.Series, int64(w.Start), int64(w.End), w.StartTime, w.EndTime
		score[i], p[i], measured[i] = s.Score, s.P, w.Share()
		nearest[i], from[i], none[i] = s.Nearest.Series, int64(s.Nearest.Start), s.Score != s.Score
	}
	cols := []datasets.Values{{String: ids}, {Int64: start}, {Int64: end}, {Float64: score}, {Float64: p},
		{String: nearest, Null: none}, {Int64: from, Null: none}, {Float64: measured}}
	if t.times != noTimes {
		cols = append(cols, datasets.Values{Int64: first}, datasets.Values{Int64: last})
	}
	return t.w.AppendColumns(cols...)
}

// points adds a row for each time stamp.
func (t *scoreTable) points(p *detect.FusedPoints) error {
	n := len(p.Score)
	ids, times := make([]string, n), p.Times
	for i := range ids {
		ids[i] = p.Series
	}
	if times == nil {
		times = make([]int64, n)
		for i := range times {
			times[i] = int64(p.Start + i)
		}
	}
	cols := []datasets.Values{{String: ids}, {Int64: times}, {Float64: p.Score}, {Float64: p.P}}
	if t.fused != nil {
		part, channel := datasets.Values{String: make([]string, n), Null: make([]bool, n)}, datasets.Values{String: make([]string, n), Null: make([]bool, n)}
		for i := range n {
			part.String[i], channel.String[i] = sourceOf(t.fused, p.Part[i], p.Channel[i])
			part.Null[i], channel.Null[i] = p.Part[i] < 0, p.Channel[i] < 0
		}
		cols = append(cols, part, channel)
	}
	return t.w.AppendColumns(cols...)
}

// sourceOf names a part and a channel; "" for none.
func sourceOf(f *detect.Fused, part, channel int) (p, c string) {
	if part >= 0 {
		p = f.Parts()[part].Name
	}
	switch names := f.Channels(); {
	case channel >= 0 && channel < len(names):
		c = names[channel]
	case channel >= 0:
		c = fmt.Sprintf("channel%d", channel)
	}
	return p, c
}

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
