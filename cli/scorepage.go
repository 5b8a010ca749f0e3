package cli

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/report/page"
)

const (
	pageEpisodes = 40   // drawn
	pageSeries   = 1000 // in a line each
	pageBins     = 240  // of a series' scores, at most
	pageCurves   = 8    // channels of an episode, those that move the score first
)

// scorePage gathers what the page of a run shows, in bounded memory.
type scorePage struct {
	series []*pageStrip
	met    int // series, those beyond pageSeries too
	at     int // the next position of the last one
	facts  []string
}

// pageStrip is the scores of a series, the highest of every so many.
type pageStrip struct {
	page.Series
	input       string
	per, n      int
	first, last int64
	times       bool
	zone        *time.Location
}

// add takes the next points.
func (s *scorePage) add(input string, p *detect.Points) {
	n := len(s.series)
	if n == 0 || s.series[n-1].Name != p.Series || s.series[n-1].input != input || p.Start != s.at {
		if s.met++; s.met > pageSeries {
			return
		}
		s.series = append(s.series, &pageStrip{Series: page.Series{Name: p.Series}, input: input, per: 1, times: p.Times != nil, zone: p.Zone})
		if len(p.Times) > 0 {
			s.series[n].first = p.Times[0]
		}
	}
	one := s.series[len(s.series)-1]
	s.at = p.Start + len(p.Score)
	for i, v := range p.Score {
		one.add(v)
		if p.Times != nil {
			one.last = p.Times[i]
		}
	}
}

func (s *pageStrip) add(v float64) {
	if s.n%s.per == 0 {
		if len(s.Strip) == pageBins {
			for i := range pageBins / 2 {
				s.Strip[i] = higher(s.Strip[2*i], s.Strip[2*i+1])
			}
			s.Strip, s.per = s.Strip[:pageBins/2], 2*s.per
		}
		s.Strip = append(s.Strip, math.NaN())
	}
	end := len(s.Strip) - 1
	s.Strip[end], s.n = higher(s.Strip[end], v), s.n+1
	s.Highest = higher(s.Highest, v)
}

// higher is the larger number; NaN is none.
func higher(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// write makes the page of all that was gathered.
func (s *scorePage) write(path, what string, threshold float64, found []detect.Episode, rows []episodeResult, channels []string) error {
	order := make([]int, len(found))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareScores(found[b].Score, found[a].Score) })
	p := page.Page{Title: "Anomalies", Facts: append([]string{fmt.Sprintf("%s with %s in %d series", plural(len(found), "episode"), what, s.met)}, s.facts...)}
	first, count := map[[2]string]int{}, map[[2]string]int{}
	for _, a := range found {
		count[[2]string{a.Source, a.Series}]++
	}
	for _, i := range order {
		if found[i].Around == nil || len(p.Episodes) == pageEpisodes {
			continue
		}
		p.Episodes = append(p.Episodes, pictureOf(found[i], rows[i], threshold, channels))
		if key := [2]string{found[i].Source, found[i].Series}; first[key] == 0 {
			first[key] = len(p.Episodes)
		}
	}
	if n := len(found) - len(p.Episodes); n > 0 {
		p.Left = append(p.Left, fmt.Sprintf("%s of lower scores without a picture here; --episodes FILE lists all.", plural(n, "episode")))
	}
	if n := s.met - len(s.series); n > 0 {
		p.Left = append(p.Left, fmt.Sprintf("%d further series have no line here.", n))
	}
	for _, one := range s.series {
		key := [2]string{one.input, one.Name}
		one.Episodes, one.First, one.Threshold = count[key], first[key], threshold
		if one.Span = plural(one.n, "time stamp"); one.times {
			one.Span = clock(one.first, one.zone) + " – " + clock(one.last, one.zone)
		}
		p.Series = append(p.Series, one.Series)
	}
	slices.SortStableFunc(p.Series, func(a, b page.Series) int { return compareScores(b.Highest, a.Highest) })
	return p.Write(path)
}

// judge adds verdicts to the lines of series.
func (s *scorePage) judge(all []verdictResult, fdr float64) {
	found, anomalous := map[[2]string]*page.Verdict{}, 0
	for _, v := range all {
		found[[2]string{v.Input, v.Series}] = &page.Verdict{Anomalous: v.Anomalous, Adjusted: v.Adjusted}
		if v.Anomalous {
			anomalous++
		}
	}
	for _, one := range s.series {
		one.Verdict = found[[2]string{one.input, one.Name}]
	}
	s.facts = append(s.facts, fmt.Sprintf("%d of %d series anomalous as a whole, at a false discovery rate of %g", anomalous, len(all), fdr))
}

func compareScores(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// pictureOf is what the page shows of an episode.
func pictureOf(a detect.Episode, row episodeResult, threshold float64, channels []string) page.Episode {
	r := a.Around
	out := page.Episode{Series: row.Series, From: row.From, To: row.To, Peak: row.At, Lasts: plural(a.End-a.Start, "time stamp"), Score: row.Score, P: row.P, Part: row.Part,
		Scores: r.Scores, Begin: a.Start - r.From, End: a.End - r.From, At: a.Peak - r.From, Threshold: threshold}
	if !a.HasTimes {
		out.From, out.To, out.Peak = fmt.Sprint(a.Start), fmt.Sprint(a.End-1), fmt.Sprint(a.Peak)
	}
	out.First, out.Last = fmt.Sprint(r.From), fmt.Sprint(r.From+len(r.Scores)-1)
	if len(r.Times) > 0 {
		out.First, out.Last = clock(r.Times[0], a.Zone), clock(r.Times[len(r.Times)-1], a.Zone)
	}
	if n := row.Nearest; n != nil {
		if out.Nearest = fmt.Sprintf("%s, positions %d to %d", n.Series, n.Start, n.End-1); n.From != "" {
			out.Nearest = n.Series + " from " + n.From
		}
	}
	order := []int{}
	for i, c := range a.Effects {
		out.Channels = append(out.Channels, page.Channel{Name: row.Channels[i].Channel, Drop: c.Drop})
		order = append(order, c.Channel)
	}
	for c := range r.Values {
		if !slices.Contains(order, c) {
			order = append(order, c)
		}
	}
	for _, c := range order[:min(len(order), pageCurves)] {
		one := page.Curve{Name: channelName(channels, c), Values: r.Values[c], From: a.From}
		if a.Normal != nil {
			one.Normal = a.Normal[c]
		}
		out.Curves = append(out.Curves, one)
	}
	out.Hidden = len(order) - len(out.Curves)
	return out
}
