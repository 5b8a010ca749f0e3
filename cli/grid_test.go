package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// every writes readings at the given distances from one to the next, in seconds.
func every(t *testing.T, b *workshop, name string, n int, distance func(i int) float64) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("time,v\n")
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&text, "%s,%.4f\n", at.Format(time.RFC3339Nano), math.Sin(at.Sub(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)).Minutes()*0.3))
		at = at.Add(time.Duration(distance(i) * float64(time.Second)))
	}
	return write(t, b.dir, name, text.String())
}

// TestTimeStampsCount: a model knows its step; other steps are refused or resampled, gaps and repetitions put on its grid.
func TestTimeStampsCount(t *testing.T) {
	b := newWorkshop(t)
	quiet := every(t, b, "quiet.csv", 600, func(int) float64 { return 60 })
	b.model = b.path("minutes.safetensors")
	must(t, "pretrain", "-q", "--data", quiet, "--window", "24", "--steps", "2", "--batch", "4", "--set", "encoder.width=4", "--set", "encoder.depth=2", "--out", b.model)
	out := b.path("scores.csv")
	score := func(input string, more ...string) (remarks string, cols map[string][]string, rows int) {
		t.Helper()
		_, remarks, code := wk(t, append([]string{"score", "--model", b.model, "--normal", quiet, "--per-point", "--out", out, input}, more...)...)
		if code != 0 {
			t.Fatalf("code %d: %s", code, remarks)
		}
		cols, rows = table(t, out)
		return remarks, cols, rows
	}
	fine := every(t, b, "fine.csv", 600, func(int) float64 { return 10 })
	b.refuse(exitInput, "{dir}/fine.csv: series \"fine\" has a time stamp every 10s, want every 1m; --resample brings it to that step",
		"score", "-q", "--model", b.model, "--normal", quiet, "--out", b.out+"/s.csv", fine)
	b.refuse(exitInput, "{dir}/fine.csv: series \"fine\" has a time stamp every 10s, want every 1m; --resample brings it to that step",
		"embed", "-q", "--model", b.model, "--out", b.out+"/s.csv", fine)
	b.refuse(exitInput, "{dir}/fine.csv: series \"fine\" has a time stamp every 10s, want every 1m; --resample brings it to that step", "score", "-q", "--normal", quiet, fine)
	remarks, cols, n := score(fine, "--resample", "--grid", "mean")
	if n != 101 || cols["time"][100] != "2026-03-01T01:40:00Z" || !strings.Contains(remarks, "put on a grid of 1m: 1 series of another step resampled (mean)") {
		t.Errorf("resampled: %d rows up to %s: %s", n, cols["time"][n-1], remarks)
	}
	remarks, cols, n = score(every(t, b, "gappy.csv", 200, func(i int) float64 { return map[bool]float64{true: 60, false: 240}[i%20 != 0] }))
	if n != 230 || cols["time"][2] != "2026-03-01T00:02:00Z" || !strings.Contains(remarks, "put on a grid of 1m: 30 time stamps without a reading, now gaps") {
		t.Errorf("missing stamps: %d rows: %s", n, remarks)
	}
	twice := every(t, b, "twice.csv", 200, func(i int) float64 { return 60 * float64(i%2) })
	remarks, _, n = score(twice)
	if n != 100 || !strings.Contains(remarks, "100 repeated ones made one (mean)") {
		t.Errorf("repeated stamps: %d rows: %s", n, remarks)
	}
	_, errs, code := wk(t, "score", "-q", "--repeated", "refuse", "--model", b.model, "--normal", quiet, "--out", b.out+"/s.csv", twice)
	if code != exitInput || !strings.Contains(errs, "the time stamp 2026-03-01T00:00:00Z is repeated") {
		t.Errorf("repeated stamps refused: code %d, %s", code, errs)
	}
}

// TestPretrainSaysWhatItLeavesOut: short series, windows without a value, and changes below the digits of 32 bits.
func TestPretrainSaysWhatItLeavesOut(t *testing.T) {
	b := newWorkshop(t)
	var text strings.Builder
	text.WriteString("series,v,w\n")
	for i := range 200 {
		v := fmt.Sprintf("%.4f", math.Sin(float64(i)*0.3))
		w := fmt.Sprintf("%.4f", 1e9*float64(i/100)+0.001*float64(i))
		if i >= 100 && i < 150 {
			v, w = "", ""
		}
		fmt.Fprintf(&text, "long,%s,%s\n", v, w)
	}
	for i := range 5 {
		fmt.Fprintf(&text, "tiny,%d,1\n", i)
	}
	some := write(t, b.dir, "some.csv", text.String())
	_, remarks, code := wk(t, "pretrain", "--data", some, "--window", "24", "--stride", "1", "--steps", "2", "--batch", "4", "--out", b.path("m.safetensors"))
	for _, want := range []string{"left out, shorter than the window of 24 time stamps: tiny (5)", "27 windows without a value; they are not learnt from",
		"channel w: ", " changes are lost when it is scaled to 32 bits"} {
		if code != 0 || !strings.Contains(remarks, want) {
			t.Errorf("code %d, %q is missing in\n%s", code, want, remarks)
		}
	}
	// The model says so of what it encodes too, of the channel that it concerns alone.
	_, remarks, code = wk(t, "embed", "--model", b.path("m.safetensors"), "--out", b.path("codes.arrow"), some)
	if n := strings.Count(remarks, "are lost when it is scaled to 32 bits"); code != 0 || n != 1 || !strings.Contains(remarks, "some.csv: channel w: ") {
		t.Errorf("embed: code %d, %d remarks on rounding:\n%s", code, n, remarks)
	}
}

// TestShortSeriesAreNamedOnce gives a file as normal and as what is scored.
func TestShortSeriesAreNamedOnce(t *testing.T) {
	b := newWorkshop(t)
	rows := strings.Repeat("long,1,2\nlong,2,3\nlong,4,1\n", 40) + strings.Repeat("tiny,1,2\n", 5)
	both := write(t, b.dir, "both.csv", "series,pressure,flow\n"+rows)
	_, remarks, code := wk(t, "score", "--model", b.model, "--normal", both, "--out", b.path("s.csv"), both)
	if n := strings.Count(remarks, "left out, shorter than the window of 24 time stamps: tiny (5)"); code != 0 || n != 1 {
		t.Errorf("code %d, the remark is there %d times:\n%s", code, n, remarks)
	}
}

// TestTimesInTheirZone: tables, episodes and the list of alarms show the clock of --time-zone, over the night in which it is put
// back as well.
func TestTimesInTheirZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("wants the time zones of the system, which are not here: ", err)
	}
	dir := t.TempDir()
	begin := time.Date(2024, 10, 26, 22, 0, 0, 0, zone)
	readings := func(name string, from, to int) string {
		b := "time,v\n"
		for i := from; i < to; i++ {
			v := math.Sin(float64(i) * 0.3)
			if i >= 400 && i < 420 {
				v = 4
			}
			b += fmt.Sprintf("%s,%.4f\n", begin.Add(time.Duration(i)*time.Minute).Format("2006-01-02T15:04:05"), v)
		}
		return write(t, dir, name, b)
	}
	normal, path, out := readings("quiet.csv", -2000, 0), readings("night.csv", 0, 600), filepath.Join(dir, "out.csv")
	at := func(i int) string { return begin.Add(time.Duration(i) * time.Minute).Format(time.RFC3339) }
	score := []string{"score", "-q", "--normal", normal, "--fast", "--time-zone", "Europe/Berlin", path}
	must(t, append(score, "--out", out, "--episodes", filepath.Join(dir, "e.csv"))...)
	for name, rows := range map[string][]int{"out.csv": {0, 239, 240, 300, 599}, "e.csv": nil} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range rows {
			if !strings.Contains(string(got), at(i)+",") {
				t.Errorf("%s lacks %s", name, at(i))
			}
		}
		if strings.Contains(string(got), "Z,") || !strings.Contains(string(got), "+01:00,") {
			t.Errorf("%s has times of another zone:\n%.300s", name, got)
		}
	}
	if text := must(t, score...); strings.Contains(text, "Z ") || !strings.Contains(text, "+01:00 ") {
		t.Error(text)
	}
}

// TestCounters are warned of where they only grow: not the noise beside one, nor a counter that begins again.
func TestCounters(t *testing.T) {
	dir := t.TempDir()
	readings := func(name string, wrap int) string {
		b := "litres,flow\n"
		for i := range 800 {
			b += fmt.Sprintf("%d,%.3f\n", i/2%wrap, math.Sin(float64(i)*0.3))
		}
		return write(t, dir, name, b)
	}
	for _, c := range []struct {
		name string
		wrap int
		want string
	}{{"grows.csv", 1000, `channel "litres" only grows in the normal readings`}, {"wraps.csv", 100, ""}} {
		path := readings(c.name, c.wrap)
		_, errs, _ := wk(t, "score", "--normal", path, "--fast", path)
		if !strings.Contains(errs, c.want) || strings.Contains(errs, "only grows") != (c.want != "") || strings.Contains(errs, `"flow" only`) {
			t.Errorf("%s: %s", c.name, errs)
		}
	}
}
