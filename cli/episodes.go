package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report"
)

// episodeResult is a stretch of unusual time stamps, as it is printed.
type episodeResult struct {
	// Alarm is the number of its alarm; one at a rate (--alarm-rate) may have several episodes.
	Alarm  int    `json:"alarm"`
	Input  string `json:"input"`
	Series string `json:"series"`
	// Start, End (exclusive) and Peak, where the score is highest, are positions; From, To and At are the time stamps of the
	// first, the last and the highest, where there are any, and Zone is their zone.
	Start int     `json:"start"`
	End   int     `json:"end"`
	Peak  int     `json:"peak"`
	From  string  `json:"from,omitempty"`
	To    string  `json:"to,omitempty"`
	At    string  `json:"at,omitempty"`
	Zone  string  `json:"zone,omitempty"`
	Score float64 `json:"score"`
	P     float64 `json:"p_value"`
	// Part says most of the peak, and Channel is where.
	Part    string `json:"part,omitempty"`
	Channel string `json:"channel,omitempty"`
	// Channels are those without which the score would be lower, the one that moves it most first.
	Channels []channelEffect `json:"channels,omitempty"`
	// Nearest is the normal window that the readings around the peak resemble most.
	Nearest *nearestResult `json:"nearest,omitempty"`
}

// channelEffect is a channel without which a score would be lower by Drop.
type channelEffect struct {
	Channel string  `json:"channel"`
	Drop    float64 `json:"drop"`
}

// nearestResult is a normal window; From is its first time stamp.
type nearestResult struct {
	Series string `json:"series"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	From   string `json:"from,omitempty"`
}

// episodes ends the gathering of unusual stretches and names what was found.
func (s *scoring) episodes(ctx context.Context) (all []detect.Episode, out []episodeResult, found int, err error) {
	all, found, err = s.found.All(ctx)
	for _, a := range all {
		row := episodeResult{Alarm: a.Alarm, Input: a.Source, Series: a.Series, Start: a.Start, End: a.End, Peak: a.Peak, Score: a.Score, P: a.P}
		if a.HasTimes {
			row.From, row.To, row.At = clock(a.StartTime, a.Zone), clock(a.EndTime, a.Zone), clock(a.PeakTime, a.Zone)
		}
		if a.Zone != nil {
			row.Zone = a.Zone.String()
		}
		if s.out.fused != nil {
			row.Part, row.Channel = sourceOf(s.out.fused, a.Part, a.Channel)
		}
		for _, c := range a.Effects {
			row.Channels = append(row.Channels, channelEffect{channelName(s.channels, c.Channel), c.Drop})
		}
		if n := a.Nearest; n.End > 0 {
			row.Nearest = &nearestResult{Series: n.Series, Start: n.Start, End: n.End}
			if n.HasTimes {
				row.Nearest.From = clock(n.StartTime, a.Zone)
			}
		}
		out = append(out, row)
	}
	return all, out, found, err
}

// named are the channels that move the score at least a tenth as much as the first one.
func (r *episodeResult) named() (out []string) {
	for _, c := range r.Channels {
		if c.Drop >= minorShare*r.Channels[0].Drop {
			out = append(out, c.Channel)
		}
	}
	return out
}

// minorShare of the greatest fall of the score is the least for which a list names another channel; tables have all.
const minorShare = 0.1

// pText writes a p-value, which is never 0.
func pText(p float64) string {
	if p < 0.00005 {
		return fmt.Sprintf("%.1e", p)
	}
	return fmt.Sprintf("%.4f", p)
}

// channelName is the name of a channel, which may have none.
func channelName(names []string, c int) string {
	if c < len(names) {
		return names[c]
	}
	return fmt.Sprintf("channel%d", c)
}

// clock writes a time stamp in its zone, or the number that it is.
func clock(ns int64, zone *time.Location) string {
	if timesOf([]int64{ns}) != dates {
		return fmt.Sprint(ns)
	}
	if zone == nil {
		zone = time.UTC
	}
	return time.Unix(0, ns).In(zone).Format(time.RFC3339Nano)
}

// unclock reads what clock has written.
func unclock(text string) (ns int64, what stamps) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UnixNano(), dates
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, counters
	}
	return 0, noTimes
}

// ranking is the list of episodes.
type ranking struct {
	rows  []episodeResult // the highest scores first
	found int
	// alarms is how many alarms they are.
	alarms int
	what   string // makes an alarm
	// scored and unscored count what could have been in one.
	scored, unscored int
	table            string // of all episodes
	plot             string // the picture, "" for none
	// judged are the verdicts on whole series, nil where they are not asked for, and verdicts the table of them.
	judged   *judgement
	verdicts string
}

// ranked are the episodes of a run, the highest scores first.
func ranked(all []episodeResult, most int) []episodeResult {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b episodeResult) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(len(out), most)]
}

// wanted says in words what an alarm is.
func (c *scoreCmd) wanted() string {
	if c.AlarmRate != "" {
		return "the score that normal readings reach at " + c.AlarmRate
	}
	return fmt.Sprintf("a p-value of %g or less", c.Level)
}

// unusual is the same with the threshold.
func (c *scoreCmd) unusual(s *scoring) string {
	if s.found.Threshold != 0 {
		return fmt.Sprintf("a score of %.3f or more, as normal readings have at %s", s.found.Threshold, c.AlarmRate)
	}
	return c.wanted()
}

// printTable says where all episodes are.
func printTable(w io.Writer, path string, n int) error {
	if path == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", path, plural.Of(n, "episode"))
	return err
}

// printTables says where all episodes are, and lists the anomalous series.
func (r *ranking) printTables(w io.Writer) error {
	return errors.Join(printTable(w, r.table, r.found), r.judged.print(w, r.verdicts))
}

// print shows the list, the most unusual stretch first.
func (r *ranking) print(w io.Writer, run streamResult, thing string) error {
	inputs := plural.Of(run.Inputs-len(run.Failed), "input")
	switch {
	case len(r.rows) > 0:
	case r.scored == 0 && r.unscored > 0:
		_, err := fmt.Fprintf(w, "nothing was scored: there is no value to score in %s\n", inputs)
		return err
	default:
		_, err := fmt.Fprintf(w, "nothing unusual: no time stamp of %s has %s%s\n", inputs, r.what, r.gaps())
		return err
	}
	t := report.Table{Header: []string{"alarm", "series", "from", "to", "highest at", "score", "p-value", "part", "channels"}}
	for _, a := range r.rows {
		from, to, at := a.From, a.To, a.At
		if from == "" {
			from, to, at = fmt.Sprint(a.Start), fmt.Sprint(a.End-1), fmt.Sprint(a.Peak)
		}
		alarm := ""
		if r.found > r.alarms {
			alarm = fmt.Sprint(a.Alarm)
		}
		t.Rows = append(t.Rows, []string{alarm, a.Series, from, to, at, fmt.Sprintf("%.3f", a.Score), pText(a.P), a.Part, strings.Join(a.named(), ", ")})
	}
	if err := t.WithoutEmpty().Render(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s with %s%s; %s of %s in %.1f s\n",
		alarmsOf(r.alarms, r.found), r.what, strings.Repeat(", the first "+fmt.Sprint(len(r.rows))+" are listed", min(1, r.found-len(r.rows))),
		plural.Of(run.Windows, thing), inputs, run.Seconds)
	more := "every time stamp: add --out scores.csv; a picture: add --plot scores.png"
	if r.plot != "" {
		more = r.plot + ": the picture; every time stamp: add --out scores.csv"
	}
	_, merr := fmt.Fprintln(w, more)
	return errors.Join(err, merr)
}

// alarmsOf counts alarms, and their episodes where these are more.
func alarmsOf(alarms, episodes int) string {
	if episodes > alarms {
		return plural.Of(alarms, "alarm") + " in " + plural.Of(episodes, "episode")
	}
	return plural.Of(alarms, "alarm")
}

// gaps says that some could not be in an alarm.
func (r *ranking) gaps() string {
	if r.unscored == 0 {
		return ""
	}
	return fmt.Sprintf("; %d of %d have no score", r.unscored, r.scored+r.unscored)
}

// episodeTable writes episodes to a file of a table's format.
func episodeTable(path string, all []episodeResult) error {
	texts := make([]zoned, len(all))
	for i, a := range all {
		texts[i] = zoned{a.From, a.Zone}
	}
	when, stamp := stampColumns(texts)
	col := func(name string, t datasets.Type) datasets.Column { return datasets.Column{Name: name, Type: t} }
	cols := []datasets.Column{col("input", datasets.String), col("series", datasets.String), col("start", datasets.Int64), col("end", datasets.Int64), col("peak", datasets.Int64),
		col("duration", datasets.Int64), stamp("start_time"), stamp("end_time"), stamp("peak_time"), col("score", datasets.Float64), col("p_value", datasets.Float64),
		col("part", datasets.String)}
	for i := range mostChannels {
		cols = append(cols, col(fmt.Sprintf("channel_%d", i+1), datasets.String), col(fmt.Sprintf("drop_%d", i+1), datasets.Float64))
	}
	cols = append(cols, col("nearest_series", datasets.String), col("nearest_start", datasets.Int64), col("nearest_end", datasets.Int64), stamp("nearest_time"), col("alarm", datasets.Int64))
	w, err := datasets.NewWriter(path, cols)
	if err != nil {
		return err
	}
	for _, a := range all {
		row := []any{a.Input, a.Series, a.Start, a.End, a.Peak, a.End - a.Start, when.cell(a.From), when.cell(a.To), when.cell(a.At), a.Score, a.P, textCell(a.Part)}
		for i := range mostChannels {
			if i < len(a.Channels) {
				row = append(row, a.Channels[i].Channel, a.Channels[i].Drop)
			} else {
				row = append(row, nil, nil)
			}
		}
		if n := a.Nearest; n != nil {
			row = append(row, n.Series, n.Start, n.End, when.cell(n.From))
		} else {
			row = append(row, nil, nil, nil, nil)
		}
		if err := w.Append(append(row, a.Alarm)...); err != nil {
			return err
		}
	}
	return w.Close()
}

// zoned is a time stamp as clock has written it, and the name of its zone.
type zoned struct{ text, zone string }

// stampColumns says what time stamps of a table are, and makes columns for them: dates in the zone of the first, or whole numbers where
// one of them is such.
func stampColumns(texts []zoned) (stamps, func(name string) datasets.Column) {
	when, zone := noTimes, ""
	for _, t := range texts {
		if _, what := unclock(t.text); what != noTimes && (when == noTimes || what == counters) {
			when, zone = what, t.zone
		}
	}
	return when, func(name string) datasets.Column {
		if when == dates {
			return datasets.Column{Name: name, Type: datasets.Timestamp, Zone: zone}
		}
		return datasets.Column{Name: name, Type: datasets.Int64}
	}
}

// mostChannels is how many channels of an episode have columns.
const mostChannels = 3

// cell is the time stamp of a text, in a column of such; nil where there is none.
func (s stamps) cell(text string) any {
	if ns, what := unclock(text); what == s && what != noTimes {
		return ns
	}
	return nil
}

func textCell(text string) any {
	if text == "" {
		return nil
	}
	return text
}
