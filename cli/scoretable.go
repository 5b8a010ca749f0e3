package cli

import (
	"errors"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
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
	times    stamps
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
	t.w, err = datasets.NewWriter(t.path, t.columns(zone))
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
		return []datasets.Column{{Name: "series", Type: datasets.String}, at("time"),
			{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}}
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
func (t *scoreTable) points(p *detect.Points) error {
	ids, times := make([]string, len(p.Score)), p.Times
	for i := range ids {
		ids[i] = p.Series
	}
	if times == nil {
		times = make([]int64, len(p.Score))
		for i := range times {
			times[i] = int64(p.Start + i)
		}
	}
	return t.w.AppendColumns(datasets.Values{String: ids}, datasets.Values{Int64: times}, datasets.Values{Float64: p.Score}, datasets.Values{Float64: p.P})
}
