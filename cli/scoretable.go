package cli

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/detect"
)

// scoreTable is the output of score.
type scoreTable struct {
	timedTable
	perPoint bool
	fused    *detect.Fused // names parts and channels; nil with a model
	horizons []int         // in steps, of columns of their own; nil for none
}

// begin makes the table on first use.
func (t *scoreTable) begin(times stamps, zone *time.Location) error {
	return t.timedTable.begin(times, zone, t.columns)
}

func (t *scoreTable) columns(at func(name string) datasets.Column) []datasets.Column {
	if t.perPoint {
		cols := []datasets.Column{{Name: "series", Type: datasets.String}, at("time"),
			{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}}
		if t.fused != nil {
			cols = append(cols, datasets.Column{Name: "part", Type: datasets.String}, datasets.Column{Name: "channel", Type: datasets.String})
		}
		return t.withHorizons(cols)
	}
	cols := []datasets.Column{{Name: "series", Type: datasets.String}, {Name: "start", Type: datasets.Int64}, {Name: "end", Type: datasets.Int64},
		{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64},
		{Name: "nearest_series", Type: datasets.String}, {Name: "nearest_start", Type: datasets.Int64}, {Name: "measured", Type: datasets.Float64}}
	if t.times != noTimes {
		cols = append(cols, at("start_time"), at("end_time"))
	}
	return t.withHorizons(cols)
}

// withHorizons adds a column for each horizon.
func (t *scoreTable) withHorizons(cols []datasets.Column) []datasets.Column {
	for _, h := range t.horizons {
		cols = append(cols, datasets.Column{Name: fmt.Sprintf("score_%02d", h), Type: datasets.Float64})
	}
	return cols
}

// ofHorizons are the values of these columns; each has those of a row, nil for none.
func (t *scoreTable) ofHorizons(each [][]float64) []datasets.Values {
	out := make([]datasets.Values, len(t.horizons))
	for k := range out {
		out[k].Float64 = slices.Repeat([]float64{math.NaN()}, len(each))
		for i, one := range each {
			if k < len(one) {
				out[k].Float64[i] = one[k]
			}
		}
	}
	return out
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
		nearest[i], from[i], none[i] = s.Nearest.Series, int64(s.Nearest.Start), s.Nearest.End == 0
	}
	cols := []datasets.Values{{String: ids}, {Int64: start}, {Int64: end}, {Float64: score}, {Float64: p},
		{String: nearest, Null: none}, {Int64: from, Null: none}, {Float64: measured}}
	if t.times != noTimes {
		cols = append(cols, datasets.Values{Int64: first}, datasets.Values{Int64: last})
	}
	return t.w.AppendColumns(append(cols, t.ofHorizons(b.Horizons)...)...)
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
	for k := range t.horizons {
		cols = append(cols, datasets.Values{Float64: p.Horizons[k]})
	}
	return t.w.AppendColumns(cols...)
}

// sourceOf names a part and a channel; "" for none.
func sourceOf(f *detect.Fused, part, channel int) (p, c string) {
	if part >= 0 {
		p = f.Parts()[part].Name
	}
	if channel >= 0 {
		c = channelName(f.Channels(), channel)
	}
	return p, c
}
