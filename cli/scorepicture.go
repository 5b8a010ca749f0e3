package cli

import (
	"slices"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/report"
)

// draw keeps what the picture shows: the first series.
func (s *scoring) draw(p *detect.Points) {
	if s.plot && len(p.Score) > 0 && (s.title == "" || s.title == p.Series && p.Start == len(s.scores)) {
		if s.title = p.Series; s.values == nil {
			s.values = make([][]float64, len(p.Values))
		}
		for c, v := range p.Values {
			s.values[c] = append(s.values[c], v...)
		}
		if s.axes.Step == 0 && len(p.Times) > 1 && timesOf(p.Times) == dates {
			s.axes.Zone, s.axes.Step = p.Zone, p.Times[1]-p.Times[0]
			s.axes.From = p.Times[0] - int64(len(s.scores))*s.axes.Step // on the grid
		}
		s.scores = append(s.scores, p.Score...)
	}
}

// mostPanels is how many channels a picture shows.
const mostPanels = 4

// shown are the channels of the picture in the order of the series: those that the highest alarms name, then the first ones.
func (s *scoring) shown() []int {
	var out []int
	add := func(c int) {
		if c >= 0 && c < len(s.values) && len(out) < mostPanels && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	for _, a := range s.listed() {
		for _, name := range a.named() {
			add(slices.Index(s.channels, name))
		}
	}
	for c := range s.values {
		add(c)
	}
	slices.Sort(out)
	return out
}

// listed are the alarms of the drawn series in the list.
func (s *scoring) listed() (out []episodeResult) {
	if s.st.alarms == nil {
		return nil
	}
	for _, a := range s.st.alarms.rows {
		if a.Series == s.title {
			out = append(out, a)
		}
	}
	return out
}

// picture draws these channels above the scores, with the listed alarms shaded.
func (s *scoring) picture(path string) error {
	var values [][]float64
	for _, c := range s.shown() {
		values = append(values, s.values[c])
		if len(s.values) == len(s.channels) {
			s.axes.Values = append(s.axes.Values, s.channels[c])
		}
	}
	var alarms []report.Stretch
	for _, a := range s.listed() {
		alarms = append(alarms, report.Stretch{Name: "alarm", Start: a.Start, End: a.End})
	}
	return report.SeriesScore(path, s.title, values, s.scores, alarms, s.axes)
}
