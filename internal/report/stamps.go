package report

import (
	"time"

	"gonum.org/v1/plot"
)

// Axes says what a picture of a series shows; the zero value numbers the time stamps.
type Axes struct {
	// Values names the channels.
	Values []string
	// Step is the time between two stamps in nanoseconds, 0 where only positions are known, and From the first stamp.
	From, Step int64
	// Zone is what the stamps are written in, nil for UTC.
	Zone *time.Location
}

// name is that of a channel's panel.
func (a Axes) name(channel int) string {
	if channel < len(a.Values) && a.Values[channel] != "" {
		return a.Values[channel]
	}
	return "value"
}

// times names the time axis.
func (a Axes) times() string {
	if a.Step > 0 {
		return "time (" + a.zone().String() + ")"
	}
	return "time stamp"
}

func (a Axes) zone() *time.Location {
	if a.Zone == nil {
		return time.UTC
	}
	return a.Zone
}

// spans are distances of labels, in days or else in time; the last one is for all that is longer.
var spans = []struct {
	months, days int
	time         time.Duration
	label        string
}{
	{time: time.Millisecond, label: "15:04:05.000"}, {time: 10 * time.Millisecond, label: "15:04:05.000"}, {time: 100 * time.Millisecond, label: "15:04:05.000"},
	{time: time.Second, label: "2 Jan 15:04:05"}, {time: 5 * time.Second, label: "2 Jan 15:04:05"}, {time: 15 * time.Second, label: "2 Jan 15:04:05"},
	{time: 30 * time.Second, label: "2 Jan 15:04:05"}, {time: time.Minute, label: "2 Jan 15:04"}, {time: 5 * time.Minute, label: "2 Jan 15:04"},
	{time: 15 * time.Minute, label: "2 Jan 15:04"}, {time: 30 * time.Minute, label: "2 Jan 15:04"}, {time: time.Hour, label: "2 Jan 15:04"},
	{time: 3 * time.Hour, label: "2 Jan 15:04"}, {time: 6 * time.Hour, label: "2 Jan 15:04"}, {time: 12 * time.Hour, label: "2 Jan 15:04"},
	{days: 1, label: "2 Jan 2006"}, {days: 2, label: "2 Jan 2006"}, {days: 5, label: "2 Jan 2006"}, {days: 10, label: "2 Jan 2006"}, {days: 20, label: "2 Jan 2006"},
	{months: 1, label: "Jan 2006"}, {months: 3, label: "Jan 2006"}, {months: 6, label: "Jan 2006"}, {months: 12, label: "2006"},
	{months: 60, label: "2006"}, {months: 120, label: "2006"}, {months: 600, label: "2006"},
}

// mostStamps is how many labels a picture has room for.
const mostStamps = 10

// Ticks implements plot.Ticker: round times of the clock and the calendar.
func (a Axes) Ticks(lo, hi float64) (out []plot.Tick) {
	at := func(x float64) time.Time { return time.Unix(0, a.From+int64(x*float64(a.Step))).In(a.zone()) }
	first, last := at(lo), at(hi)
	for _, s := range spans {
		out = out[:0]
		t := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, a.zone())
		switch {
		case s.months > 0:
			t = time.Date(first.Year()-first.Year()%max(1, s.months/12), 1, 1, 0, 0, 0, 0, a.zone())
		case s.time > 0:
			t = t.Add(first.Sub(t).Truncate(s.time))
		}
		for ; !t.After(last) && len(out) <= mostStamps; t = t.AddDate(0, s.months, s.days).Add(s.time) {
			if !t.Before(first) {
				out = append(out, plot.Tick{Value: float64(t.UnixNano()-a.From) / float64(a.Step), Label: t.Format(s.label)})
			}
		}
		if len(out) <= mostStamps {
			break
		}
	}
	return out
}
