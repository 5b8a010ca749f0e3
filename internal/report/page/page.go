// Package page writes anomalies as one HTML page that needs nothing from outside: all series in a line each, what to look at first, and a
// picture of each episode, which opens at a click.
package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/wavekin/wavekin/internal/output"
)

// Page is what is shown.
type Page struct {
	Title string
	// Facts are lines above all else: what was scored, what makes an alarm.
	Facts []string
	// Series are in the order in which they are shown, Episodes too, the first to be looked at first.
	Series   []Series
	Episodes []Episode
	// Left says what is not shown, if anything.
	Left []string
}

// Series is a line of the overview.
type Series struct {
	Name, Span string
	// Episodes counts all, First is the number of its first one that is drawn, counted from 1, or 0.
	Episodes, First int
	Highest         float64
	// Strip is the highest score of each of some equal stretches; NaN where there is none. Threshold is where an alarm begins, 0: not
	// known.
	Strip     []float64
	Threshold float64
	// Verdict is that on the series as a whole, nil where there is none.
	Verdict *Verdict
}

// Verdict says whether a series is anomalous as a whole, and its p-value, adjusted for the number of series.
type Verdict struct {
	Anomalous bool
	Adjusted  float64
}

// Episode is what there is to be seen of one.
type Episode struct {
	Series, From, To, Peak, Lasts string
	Score, P                      float64
	Part, Nearest                 string
	// Named are the channels of its heading, and Channels those whose effects are drawn.
	Named    []string
	Channels []Channel
	// Curves are the channels to be drawn and Scores the scores below, over the same time stamps; the episode lies from Begin to End
	// (exclusive) of these, the peak at At.
	Curves         []Curve
	Scores         []float64
	Begin, End, At int
	First, Last    string // time stamps of the picture's ends
	Threshold      float64
	Hidden         int // channels that are not drawn
}

// Channel is one that moves the score.
type Channel struct {
	Name string
	Drop float64
}

// Curve is a channel around an episode.
type Curve struct {
	Name   string
	Values []float64
	// Normal are the values of the nearest normal window, which is drawn from position From on; nil for none.
	Normal []float64
	From   int
}

//go:embed page.html
var text string

var tmpl = template.Must(template.New("page").Funcs(template.FuncMap{
	"strip": strip, "curve": curve, "scores": scores, "inc": func(i int) int { return i + 1 }, "number": number, "p": pvalue, "bar": bar,
}).Parse(text))

// Write writes the page whole.
func (p Page) Write(path string) error {
	f, err := output.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := tmpl.Execute(f, p); err != nil {
		return output.Wrap(path, err)
	}
	return f.Commit()
}

// number has as many digits as are worth reading.
func number(v float64) string { return fmt.Sprintf("%.3g", v) }

func pvalue(v float64) string {
	if v < 0.0001 {
		return fmt.Sprintf("%.1e", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// bar is the length of a channel's bar in per cent of the first one's.
func bar(c Channel, all []Channel) string { return fmt.Sprintf("%.0f", 100*c.Drop/all[0].Drop) }

// The size of a picture in its own units.
const (
	width  = 860.0
	height = 74.0
)

// extent is the lowest and the highest of some numbers.
func extent(all ...[]float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range all {
		for _, x := range v {
			if !math.IsNaN(x) {
				lo, hi = min(lo, x), max(hi, x)
			}
		}
	}
	if !(lo < hi) {
		if math.IsInf(lo, 0) {
			lo = 0
		}
		air := max(1, 1e-9*math.Abs(lo)) // 1 is lost beside 1e17
		return lo - air, lo + air
	}
	return lo, hi
}

// line is the path of values from position from on, of n positions over the width; gaps are left out.
func line(values []float64, from, n int, lo, hi, h float64) string {
	var b strings.Builder
	pen := "M"
	for i, v := range values {
		if at := from + i; math.IsNaN(v) || at < 0 || at >= n {
			pen = "M"
			continue
		} else {
			fmt.Fprintf(&b, "%s%.1f %.1f", pen, width*float64(at)/float64(max(1, n-1)), h-4-(h-8)*(v-lo)/(hi-lo))
		}
		pen = "L"
	}
	return b.String()
}

// band marks an episode and its peak.
func band(e Episode, h float64) string {
	x := func(i int) float64 { return width * float64(i) / float64(max(1, len(e.Scores)-1)) }
	from, to := x(max(0, e.Begin)), x(min(len(e.Scores)-1, e.End-1))
	return fmt.Sprintf(`<rect class="ep" x="%.1f" y="0" width="%.1f" height="%g"/><line class="pk" x1="%.1f" x2="%.1f" y1="0" y2="%g"/>`, from-1, to-from+2, h, x(e.At), x(e.At), h)
}

func svg(class string, h float64, inner string) template.HTML {
	// Numbers only: nothing in it comes from a file's text.
	return template.HTML(fmt.Sprintf(`<svg class="%s" viewBox="0 0 %g %g" preserveAspectRatio="none">%s</svg>`, class, width, h, inner))
}

// curve draws a channel, with the nearest normal window.
func curve(c Curve, e Episode) template.HTML {
	lo, hi := extent(c.Values, c.Normal)
	inner := band(e, height)
	if c.Normal != nil {
		inner += fmt.Sprintf(`<path class="near" d="%s"/>`, line(c.Normal, c.From, len(c.Values), lo, hi, height))
	}
	return svg("curve", height, inner+fmt.Sprintf(`<path class="val" d="%s"/>`, line(c.Values, 0, len(c.Values), lo, hi, height)))
}

// scores draws the scores below the channels.
func scores(e Episode) template.HTML {
	_, hi := extent(e.Scores, []float64{e.Threshold, 0})
	inner := band(e, height)
	if e.Threshold > 0 {
		y := height - 4 - (height-8)*e.Threshold/hi
		inner += fmt.Sprintf(`<line class="th" x1="0" x2="%g" y1="%.1f" y2="%.1f"/>`, width, y, y)
	}
	return svg("curve", height, inner+fmt.Sprintf(`<path class="sc" d="%s"/>`, line(e.Scores, 0, len(e.Scores), 0, hi, height)))
}

// strip draws the scores of a whole series, to a scale that all share.
func strip(s Series, all []Series) template.HTML {
	top := 1e-9
	for _, one := range all {
		top = max(top, one.Highest)
	}
	var b strings.Builder
	w := width / float64(max(1, len(s.Strip)))
	for i, v := range s.Strip {
		if math.IsNaN(v) {
			continue
		}
		class := "q"
		if s.Threshold > 0 && v >= s.Threshold {
			class = "a"
		}
		h := max(1, 30*min(1, max(0, v)/top))
		fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, class, float64(i)*w, 32-h, w*0.92, h)
	}
	return svg("strip", 32, b.String())
}
