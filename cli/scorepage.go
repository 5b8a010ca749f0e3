package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/report/page"
)

const (
	pageEpisodes = 40   // drawn
	jobEpisodes  = 4    // drawn of each input of a job
	pageSeries   = 1000 // in a line each
	pageBins     = 240  // of a series' scores, at most
	pageCurves   = 8    // channels of an episode, those that move the score first
)

// scorePage gathers what the page of a run shows, in bounded memory.
type scorePage struct {
	series []*pageStrip
	met    int // series, those beyond pageSeries too
	// The last one that was met, and its next position.
	input, name string
	at          int
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
	if s.met == 0 || s.name != p.Series || s.input != input || p.Start != s.at {
		if s.met++; s.met <= pageSeries {
			s.begin(input, p)
		}
		s.name, s.input = p.Series, input
	}
	if s.at = p.Start + len(p.Score); s.met > pageSeries {
		return
	}
	one := s.series[len(s.series)-1]
	for i, v := range p.Score {
		one.add(v)
		if p.Times != nil {
			one.last = p.Times[i]
		}
	}
}

// begin starts the line of a series.
func (s *scorePage) begin(input string, p *detect.Points) {
	one := &pageStrip{Series: page.Series{Name: p.Series}, input: input, per: 1, times: p.Times != nil, zone: p.Zone}
	if len(p.Times) > 0 {
		one.first = p.Times[0]
	}
	s.series = append(s.series, one)
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

// pagePart is what a page shows of some inputs; parts of several are joined.
type pagePart struct {
	Lines    []pageLine
	Pictures []pagePicture // the highest first
	// Episodes and Series count all, also those without a picture or a line.
	Episodes, Series int
	Alarms           int // that the episodes are
}

// pageLine is a series, and pagePicture an episode, of an input.
type pageLine struct {
	Input string
	page.Series
}

type pagePicture struct {
	Input string
	page.Episode
}

// part is what was gathered, with the episodes that were found.
func (s *scorePage) part(threshold float64, found []detect.Episode, rows []episodeResult, channels []string) *pagePart {
	out := &pagePart{Episodes: len(found), Series: s.met}
	count := map[[2]string]int{}
	for i, a := range found {
		count[[2]string{a.Source, a.Series}]++
		if i == 0 || a.Alarm != found[i-1].Alarm {
			out.Alarms++
		}
		if a.Around != nil {
			out.Pictures = append(out.Pictures, pagePicture{a.Source, pictureOf(a, rows[i], threshold, channels)})
		}
	}
	for _, one := range s.series {
		line := pageLine{one.input, one.Series}
		line.Episodes, line.Threshold = count[[2]string{one.input, one.Name}], threshold
		if line.Span = plural.Of(one.n, "time stamp"); one.times {
			line.Span = clock(one.first, one.zone) + " – " + clock(one.last, one.zone)
		}
		out.Lines = append(out.Lines, line)
	}
	out.trim()
	return out
}

// join adds another part. What a page has no place for is dropped on the way.
func (p *pagePart) join(more *pagePart) {
	p.Lines, p.Pictures = append(p.Lines, more.Lines...), append(p.Pictures, more.Pictures...)
	p.Episodes, p.Series, p.Alarms = p.Episodes+more.Episodes, p.Series+more.Series, p.Alarms+more.Alarms
	if len(p.Lines) > 2*pageSeries || len(p.Pictures) > 2*pageEpisodes {
		p.trim()
	}
}

// trim keeps the highest lines and pictures, in that order.
func (p *pagePart) trim() {
	slices.SortStableFunc(p.Lines, func(a, b pageLine) int { return compareScores(b.Highest, a.Highest) })
	slices.SortStableFunc(p.Pictures, func(a, b pagePicture) int { return compareScores(b.Score, a.Score) })
	p.Lines, p.Pictures = p.Lines[:min(len(p.Lines), pageSeries)], p.Pictures[:min(len(p.Pictures), pageEpisodes)]
}

// write makes the page. what is an alarm; the verdicts are those on all series, where they were asked for.
func (p *pagePart) write(path, what string, verdicts []verdictResult, fdr float64) error {
	p.trim()
	episodes := plural.Of(p.Episodes, "episode")
	if p.Alarms > 0 && p.Alarms < p.Episodes {
		episodes += " (" + plural.Of(p.Alarms, "alarm") + ")"
	}
	out := page.Page{Title: "Anomalies", Facts: []string{fmt.Sprintf("%s with %s in %d series", episodes, what, p.Series)}}
	judged, anomalous := map[[2]string]*page.Verdict{}, 0
	for _, v := range verdicts {
		judged[[2]string{v.Input, v.Series}] = &page.Verdict{Anomalous: v.Anomalous, Adjusted: v.Adjusted}
		if v.Anomalous {
			anomalous++
		}
	}
	if verdicts != nil {
		out.Facts = append(out.Facts, fmt.Sprintf("%d of %d series anomalous as a whole, at a false discovery rate of %g", anomalous, len(verdicts), fdr))
	}
	first := map[[2]string]int{}
	for i, one := range p.Pictures {
		out.Episodes = append(out.Episodes, one.Episode)
		if key := [2]string{one.Input, one.Episode.Series}; first[key] == 0 {
			first[key] = i + 1
		}
	}
	if n := p.Episodes - len(p.Pictures); n > 0 {
		out.Left = append(out.Left, fmt.Sprintf("%s of lower scores without a picture here; --episodes FILE lists all.", plural.Of(n, "episode")))
	}
	if n := p.Series - len(p.Lines); n > 0 {
		out.Left = append(out.Left, fmt.Sprintf("%d further series have no line here.", n))
	}
	for _, one := range p.Lines {
		key := [2]string{one.Input, one.Name}
		one.First, one.Verdict = first[key], judged[key]
		out.Series = append(out.Series, one.Series)
	}
	return out.Write(path)
}

// MarshalText writes a part as one word of JSON, which has no place for scores that are no numbers.
func (p *pagePart) MarshalText() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(*p)
	return []byte(base64.StdEncoding.EncodeToString(b.Bytes())), err
}

// UnmarshalText reads what MarshalText writes.
func (p *pagePart) UnmarshalText(text []byte) error {
	plain, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return err
	}
	return gob.NewDecoder(bytes.NewReader(plain)).Decode(p)
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
	out := page.Episode{Series: row.Series, From: row.From, To: row.To, Peak: row.At, Lasts: plural.Of(a.End-a.Start, "time stamp"), Score: row.Score, P: row.P, Part: row.Part, Named: row.named(),
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
