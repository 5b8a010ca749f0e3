package page

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample is a page of two episodes whose names are no HTML.
func sample() Page {
	p := Page{Title: "Anomalies", Facts: []string{"2 episodes"}}
	for i, name := range []string{"<u>pump</u> & 1", "pump 2"} {
		e := Episode{Series: name, From: "08:00", To: "09:00", Peak: "08:30", Lasts: "60 time stamps", Score: 3, P: 0.0001, Part: "level", Nearest: "quiet from 07:00",
			Begin: 10, End: 30, At: 20, First: "07:00", Last: "10:00", Threshold: 1, Named: []string{"flow", "steam & co"}, Channels: []Channel{{"flow", 0.5}, {"pressure", 0.1}}}
		for k := range 60 {
			e.Scores = append(e.Scores, math.Abs(math.Sin(float64(k))))
		}
		e.Scores[3] = math.NaN()
		e.Curves = []Curve{{Name: "flow", Values: e.Scores, Normal: e.Scores[:20], From: 10}, {Name: "flat", Values: make([]float64, 60)},
			{Name: "flat and large", Values: slices.Repeat([]float64{-3e38}, 60)}}
		p.Episodes = append(p.Episodes, e)
		p.Series = append(p.Series, Series{Name: name, Span: "all day", Episodes: 1, First: i + 1, Highest: 3, Strip: []float64{0, math.NaN(), 3}, Threshold: 1})
	}
	return p
}

func written(t *testing.T, p Page) (path, text string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "report.html")
	if err := p.Write(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, string(content)
}

// TestPageStandsAlone: nothing is fetched, names are text, and no number is none.
func TestPageStandsAlone(t *testing.T) {
	_, text := written(t, sample())
	for _, bad := range []string{"http:", "https:", "//cdn", "<u>pump", "NaN", "Inf", "ZgotmplZ", " src="} {
		if strings.Contains(text, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, want := range []string{"&lt;u&gt;pump&lt;/u&gt; &amp; 1", `id="episode-2"`, `href="#episode-2"`, `class="near"`, "quiet from 07:00", `width:20%`, ">flow, steam &amp; co<"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if _, text := written(t, Page{Title: "Anomalies"}); !strings.Contains(text, "Nothing unusual was found.") {
		t.Error("an empty page says nothing")
	}
}

// TestPageInABrowser follows the link of a series to its episode, which opens.
func TestPageInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs Debian's chromium to open the page")
	}
	path, _ := written(t, sample())
	// open are the episodes whose details are shown at a fragment.
	open := func(fragment string) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		dom, err := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+path+fragment).Output()
		if err != nil || len(dom) == 0 {
			t.Skipf("chromium does not run here: %v", err)
		}
		var ids []string
		for _, m := range regexp.MustCompile(`<details class="card" id="(episode-\d+)" open`).FindAllStringSubmatch(string(dom), -1) {
			ids = append(ids, m[1])
		}
		return strings.Join(ids, " ")
	}
	if got := open(""); got != "episode-1" {
		t.Errorf("at first %q is open, want the first episode", got)
	}
	if got := open("#episode-2"); got != "episode-2" {
		t.Errorf("at the link of the second series %q is open", got)
	}
}
