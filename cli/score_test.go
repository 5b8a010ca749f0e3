package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/detect"
)

// dated writes readings with a date each, the value 50 in the last of them.
func dated(t *testing.T, b *workshop, name string, n, loud int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("time,pressure,flow\n")
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		v := math.Sin(float64(i) * 0.4)
		if i >= n-loud {
			v = 50
		}
		fmt.Fprintf(&text, "%s,%.4f,%.4f\n", at.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), v, math.Cos(float64(i)*0.3))
	}
	return write(t, b.dir, name, text.String())
}

// table reads a CSV table by the names of its columns.
func table(t *testing.T, path string) (cols map[string][]string, rows int) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(fileBytes(t, path))), "\n")
	names := strings.Split(lines[0], ",")
	cols = map[string][]string{}
	for _, line := range lines[1:] {
		for i, cell := range strings.Split(line, ",") {
			cols[names[i]] = append(cols[names[i]], cell)
		}
	}
	return cols, len(lines) - 1
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestNewestPointsAreScored: the last window reaches the end of the series, whatever the stride leaves over.
func TestNewestPointsAreScored(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 600, 0), dated(t, b, "today.csv", 101, 2)
	out := b.path("scores.csv")
	must(t, "score", "-q", "--metric", "euclidean", "--model", b.model, "--normal", quiet, "--per-point", "--out", out, today)
	cols, n := table(t, out)
	if n != 101 || cols["time"][100] != "2026-03-01T01:40:00Z" {
		t.Fatalf("%d rows, the last one at %s", n, cols["time"][n-1])
	}
	if last, p := number(t, cols["score"][100]), number(t, cols["p_value"][100]); !(last > 10*number(t, cols["score"][50])) || p > 0.02 {
		t.Errorf("the newest time stamp has score %g and p %g, one before it %s", last, p, cols["score"][50])
	}
	must(t, "score", "-q", "--metric", "euclidean", "--model", b.model, "--normal", quiet, "--out", out, today)
	cols, n = table(t, out)
	if cols["end"][n-1] != "101" || cols["start_time"][0] != "2026-03-01T00:00:00Z" || cols["end_time"][n-1] != "2026-03-01T01:40:00Z" {
		t.Errorf("windows from %s on, the last one to %s, %s", cols["start_time"][0], cols["end"][n-1], cols["end_time"][n-1])
	}
}

// TestAlignEnd: scores of time stamps before a change are the same with and without it.
func TestAlignEnd(t *testing.T) {
	b := newWorkshop(t)
	quiet := dated(t, b, "quiet.csv", 600, 0)
	scores := func(loud int) []string {
		out := b.path("scores.csv")
		must(t, "score", "-q", "--metric", "euclidean", "--align", "end", "--model", b.model, "--normal", quiet, "--per-point", "--out", out, dated(t, b, "today.csv", 100, loud))
		cols, _ := table(t, out)
		return cols["score"]
	}
	calm, loud := scores(0), scores(5)
	if calm[22] != "" || calm[23] == "" {
		t.Errorf("the window of 24 gives scores %q and %q to time stamps 22 and 23", calm[22], calm[23])
	}
	for i := range calm {
		if (calm[i] == loud[i]) != (i < 95) {
			t.Errorf("time stamp %d: score %s, %s where the last five change", i, calm[i], loud[i])
		}
	}
}

// TestReference: scores by the file are those by the normal readings; it is refused for another model.
func TestReference(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 600, 0), dated(t, b, "today.csv", 200, 20)
	ref, one, two := b.path("normal.safetensors"), b.path("one.csv"), b.path("two.csv")
	must(t, "score", "-q", "--k", "2", "--model", b.model, "--normal", quiet, "--out", one, today)
	if text := must(t, "reference", "-q", "--k", "2", "--model", b.model, "--out", ref, quiet); !strings.Contains(text, "193 normal windows of 24 time stamps (25 without overlap) from 1 series") {
		t.Errorf("reference printed %q", text)
	}
	must(t, "score", "-q", "--model", b.model, "--reference", ref, "--out", two, today)
	if string(fileBytes(t, one)) != string(fileBytes(t, two)) {
		t.Error("the reference gives other scores than the readings it was made of")
	}
	if text := must(t, "info", ref); !strings.Contains(text, "2, cosine") || !strings.Contains(text, "quiet") {
		t.Errorf("info printed %q", text)
	}
	b.refuse(exitUsage, "--k is part of the reference {dir}/normal.safetensors; make another one with wavekin reference",
		"score", "--k", "3", "--model", b.model, "--reference", ref, "--out", b.out+"/s.csv", today)
	b.refuse(exitUsage, "what is normal? give --normal FILE, or --reference FILE from wavekin reference", "score", "--model", b.model, "--out", b.out+"/s.csv", today)
	b.refuse(exitInput, "{dir}/normal.safetensors: a reference of normal data, not a model; it belongs to --reference", "score", "--model", ref, "--normal", quiet, "--out", b.out+"/s.csv", today)
	b.refuse(exitInput, "{dir}/"+b.model[len(b.dir)+1:]+": not a reference of normal data; wavekin reference makes one",
		"score", "--model", b.model, "--reference", b.model, "--out", b.out+"/s.csv", today)
	other := b.path("other.safetensors")
	must(t, "pretrain", "-q", "--data", quiet, "--window", "24", "--steps", "2", "--batch", "4", "--seed", "5", "--out", other)
	_, errs, code := wk(t, "score", "-q", "--model", other, "--reference", ref, "--out", b.out+"/s.csv", today)
	if code != exitInput || !strings.Contains(errs, "the reference was made with another model") {
		t.Errorf("another model: code %d, %q", code, errs)
	}
	if _, err := os.Stat(b.out + "/s.csv"); err == nil {
		t.Error("another model: an output is left")
	}
}

// TestScoreWithoutModel: nothing but normal readings and new ones gives a ranked list, and a table if asked.
func TestScoreWithoutModel(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 2000, 0), dated(t, b, "today.csv", 300, 10)
	text := must(t, "score", "-q", "--normal", quiet, today)
	if lines := strings.Split(text, "\n"); len(lines) < 3 || !strings.Contains(lines[2], "today") || strings.Count(lines[2], "2026-03-01T04:5") != 2 || strings.Contains(lines[2], "flow") {
		t.Errorf("the first alarm is not that of the last ten minutes:\n%s", text)
	}
	var r streamResult
	if err := json.Unmarshal([]byte(must(t, "score", "-q", "--json", "--normal", quiet, today)), &r); err != nil || len(r.Alarms) == 0 || r.Found < len(r.Alarms) || r.Alarms[0].Channel == "flow" {
		t.Errorf("%+v, %v", r, err)
	}
	out := b.path("scores.csv")
	must(t, "score", "-q", "--normal", quiet, "--out", out, today)
	cols, n := table(t, out)
	if n != 300 || number(t, cols["p_value"][295]) > 0.01 || cols["part"][295] == "" || number(t, cols["p_value"][150]) < 0.01 {
		t.Errorf("%d rows; p %s at a calm time stamp and %s (%s, %s) in the last minutes", n, cols["p_value"][150], cols["p_value"][295], cols["part"][295], cols["channel"][295])
	}
	if text := must(t, "score", "-q", "--normal", quiet, dated(t, b, "calm.csv", 300, 0)); !strings.Contains(text, "nothing unusual") {
		t.Errorf("calm readings: %s", text)
	}
	if text := must(t, "score", "-q", "--metric", "euclidean", "--model", b.model, "--normal", quiet, today); !strings.Contains(text, "2026-03-01T04:59:00Z") {
		t.Errorf("the list by a model: %s", text)
	}
	b.refuse(exitUsage, "--metric is for scores by a model; give one by --model", "score", "--metric", "euclidean", "--normal", quiet, today)
	b.refuse(exitUsage, "--window is that of the model; leave one of them out, or add --fused", "score", "--window", "9", "--model", b.model, "--normal", quiet, today)
	b.refuse(exitUsage, "--level is 0, want above 0 and at most 1", "score", "--level", "0", "--normal", quiet, today)
	b.refuse(exitInput, "{dir}/short.csv: normal readings: series \"short\" has 5 time stamps, the window needs 24", "score", "-q", "--normal", dated(t, b, "short.csv", 5, 0), today)
}

// TestScoresOfWhatIsThere: a channel that the normal readings lack is named, and readings without a value are not called usual.
func TestScoresOfWhatIsThere(t *testing.T) {
	b := newWorkshop(t)
	quiet := dated(t, b, "quiet.csv", 2000, 0)
	calm := string(fileBytes(t, dated(t, b, "calm.csv", 300, 0)))
	more := write(t, b.dir, "more.csv", strings.Replace(strings.ReplaceAll(calm, "\n", ",1\n"), "flow,1", "flow,heat", 1))
	if _, text, code := wk(t, "score", "--normal", quiet, more); code != 0 || !strings.Contains(text, `channels pressure, flow; left out "heat"`) {
		t.Errorf("code %d:\n%s", code, text)
	}
	dead := write(t, b.dir, "dead.csv", regexp.MustCompile(`Z,.*`).ReplaceAllString(calm, "Z,,"))
	if text := must(t, "score", "-q", "--normal", quiet, dead); !strings.HasPrefix(text, "nothing was scored") {
		t.Errorf("readings without a value: %s", text)
	}
	b.refuse(exitUsage, "r.txt: a report is written as HTML; give it a name that ends in .html", "score", "--report", "r.txt", "--normal", quiet, more)
}

// TestAlarmRate: a rate becomes a threshold, the same by a reference.
func TestAlarmRate(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 2000, 0), dated(t, b, "today.csv", 300, 10)
	ref := b.path("normal.safetensors")
	must(t, "reference", "-q", "--fast", "--window", "32", "--normal", quiet, "--out", ref)
	for _, with := range [][]string{{"--normal", quiet, "--fast", "--window", "32"}, {"--reference", ref}} {
		for rate, says := range map[string]string{"2/day": "as normal readings have at 2/day", "4/week": "a score of", "1/500": "1/500", "1%": "1%"} {
			text := must(t, append([]string{"score", "-q", "--alarm-rate", rate, today}, with...)...)
			if !strings.Contains(text, says) || !strings.Contains(text, "2026-03-01T04:5") {
				t.Errorf("%v, %s: %s", with, rate, text)
			}
		}
	}
	one := must(t, "score", "-q", "--json", "--normal", quiet, "--fast", "--window", "32", "--alarm-rate", "2/day", today)
	two := must(t, "score", "-q", "--json", "--reference", ref, "--alarm-rate", "2/day", today)
	var x, y streamResult
	if err := errors.Join(json.Unmarshal([]byte(one), &x), json.Unmarshal([]byte(two), &y)); err != nil || len(x.Alarms) == 0 || !reflect.DeepEqual(x.Alarms, y.Alarms) {
		t.Errorf("%+v\n%+v, %v", x.Alarms, y.Alarms, err)
	}
	must(t, "score", "-q", "--model", b.model, "--normal", quiet, "--alarm-rate", "2/day", today)
	_, errs, code := wk(t, "score", "-q", "--reference", ref, "--alarm-rate", "0.001/week", today)
	if code != exitUsage || !strings.Contains(errs, "too short for a rate that small; they hold 33.3 hours, which supports rates from 0.5/week on") {
		t.Errorf("code %d, %s", code, errs)
	}
	b.refuse(exitUsage, `--alarm-rate is "1/century", want a share of normal time such as 0.1%, alarms in a time such as 1/day, 2/week or 1/month, or in time stamps such as 1/1000`,
		"score", "--alarm-rate", "1/century", "--normal", quiet, today)
	b.refuse(exitUsage, "--alarm-rate and --level both say what an alarm is; leave one out", "score", "--alarm-rate", "1/day", "--level", "0.1", "--normal", quiet, today)
	b.refuse(exitUsage, "--alarm-rate 1/day: how far apart time stamps are is not known, the normal readings have none; give a rate in time stamps such as 1/1000, or a share such as 0.1%",
		"score", "-q", "--alarm-rate", "1/day", "--fast", "--window", "32", "--normal", readings(t, b.dir, "plain.csv", 500, 0), today)
}

// TestReport: the page has the series, the episode with its picture, and the nearest normal window; that of a job over the same inputs
// is the same, also where only some are scored again.
func TestReport(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 700, 0), dated(t, b, "today.csv", 300, 10)
	html := b.path("report.html")
	must(t, "score", "-q", "--fast", "--window", "32", "--normal", quiet, "--report", html, today, dated(t, b, "calm.csv", 300, 0))
	text := string(fileBytes(t, html))
	for _, want := range []string{"in 2 series", "quiet from 2026-03-01T", `id="episode-1"`, `class="near"`, ">calm<", "pressure"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	must(t, "score", "-q", "--model", b.model, "--normal", quiet, "--report", html, today)
	if text := string(fileBytes(t, html)); !strings.Contains(text, `id="episode-1"`) || strings.Contains(text, `class="near"`) {
		t.Error("the page of scores by a model")
	}
	again, out := b.path("again.html"), filepath.Join(b.out, "scores")
	args := []string{"score", "-q", "--fast", "--window", "32", "--normal", quiet, "--verdicts", b.path("v.csv"), "--report"}
	inputs := []string{b.path("calm.csv"), today}
	must(t, append(append(args, html), inputs...)...)
	for run, done := range []int{2, 0, 1} {
		if run == 2 {
			if err := os.Remove(filepath.Join(out, "calm.arrow")); err != nil {
				t.Fatal(err)
			}
		}
		var r streamResult
		if code := jsonOf(t, &r, append(append(args, again, "--out", out+"/"), inputs...)...); code != 0 || *r.Done != done {
			t.Errorf("run %d: code %d, %+v", run, code, r)
		}
		if string(fileBytes(t, again)) != string(fileBytes(t, html)) {
			t.Errorf("run %d: another page than that of one run", run)
		}
	}
}

// TestScoreFusedWithModel: a model's encodings are one more part of the score.
func TestScoreFusedWithModel(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 2000, 0), dated(t, b, "today.csv", 300, 10)
	raw, both := b.path("raw.csv"), b.path("both.csv")
	must(t, "score", "-q", "--normal", quiet, "--out", raw, today)
	must(t, "score", "-q", "--fused", "--model", b.model, "--normal", quiet, "--out", both, today)
	one, _ := table(t, raw)
	two, n := table(t, both)
	differ := 0
	for i := range n {
		if one["score"][i] != two["score"][i] {
			differ++
		}
	}
	if n != 300 || differ < 100 || number(t, two["p_value"][295]) > 0.01 {
		t.Errorf("%d rows, %d of them with another score than without a model; p %s in the last minutes", n, differ, two["p_value"][295])
	}
	must(t, "score", "-q", "--fast", "--normal", quiet, "--out", both, today)
	if fast, n := table(t, both); n != 300 || slices.Equal(fast["score"], one["score"]) || slices.Contains(fast["part"], "kernels") {
		t.Error("--fast does not leave the kernels out")
	}
	b.refuse(exitUsage, "--fast is for scores without a model, or with --fused", "score", "--fast", "--model", b.model, "--normal", quiet, today)
	b.refuse(exitUsage, "--fused adds the encodings of a model to the raw readings; give it by --model, or leave --fused out", "score", "--fused", "--normal", quiet, today)
	b.refuse(exitUsage, "--k is for scores by a model alone; leave --fused out", "score", "--fused", "--k", "2", "--model", b.model, "--normal", quiet, today)
}

// TestFusedReference: scores by the file are those by the normal readings, with a model and without.
func TestFusedReference(t *testing.T) {
	b := newWorkshop(t)
	quiet, today := dated(t, b, "quiet.csv", 700, 0), dated(t, b, "today.csv", 200, 20)
	ref, one, two := b.path("normal.safetensors"), b.path("one.csv"), b.path("two.csv")
	for _, with := range [][]string{nil, {"--fused", "--model", b.model}} {
		must(t, append([]string{"score", "-q", "--normal", quiet, "--window", "64", "--out", one, today}, with...)...)
		if text := must(t, append([]string{"reference", "-q", "--normal", quiet, "--window", "64", "--out", ref}, with...)...); !strings.Contains(text, "comparisons over windows of up to 64 time stamps (10 without overlap) from 1 series") {
			t.Errorf("%v: reference printed %q", with, text)
		}
		args := []string{"score", "-q", "--reference", ref, "--out", two, today}
		if with != nil {
			b.refuse(exitUsage, "a model is part of the reference {dir}/normal.safetensors; give it by --model", args...)
			args = append(args, with[1:]...)
		} else {
			b.refuse(exitUsage, "no model is part of the reference {dir}/normal.safetensors; leave --model out", append(args, "--model", b.model)...)
		}
		must(t, args...)
		if string(fileBytes(t, one)) != string(fileBytes(t, two)) {
			t.Errorf("%v: the reference gives other scores than the readings it was made of", with)
		}
		if text := must(t, "info", ref); !strings.Contains(text, "part channels") || !strings.Contains(text, "pressure, flow") || strings.Contains(text, "part model") != (with != nil) {
			t.Errorf("%v: info printed %q", with, text)
		}
	}
	b.refuse(exitUsage, "--window is part of the reference {dir}/normal.safetensors; make another one with wavekin reference", "score", "--window", "9", "--reference", ref, today)
	b.refuse(exitUsage, "what is normal? give --normal FILE", "reference", "--out", ref)
	must(t, "reference", "-q", "--model", b.model, "--out", ref, quiet)
	b.refuse(exitInput, "{dir}/normal.safetensors: a reference made with a model; give the model by --model", "score", "--reference", ref, today)
}

// TestPageBeyondItsLines: series without a line are counted once each, however their points come.
func TestPageBeyondItsLines(t *testing.T) {
	s := &scorePage{}
	for k := range pageSeries + 3 {
		for at := range 3 {
			s.add("file", &detect.Points{Series: fmt.Sprint(k), Start: 2 * at, Score: []float64{float64(k), math.NaN()}})
		}
	}
	if s.met != pageSeries+3 || len(s.series) != pageSeries || s.series[7].n != 6 || s.series[7].Highest != 7 {
		t.Errorf("%d series met, %d with a line; the eighth has %d scores up to %g", s.met, len(s.series), s.series[7].n, s.series[7].Highest)
	}
}

// TestScorePrediction: a model of cpc finds a break of a rhythm by the first steps of it; windows, references, jobs and
// horizons agree, and what does not fit is refused.
func TestScorePrediction(t *testing.T) {
	b := newWorkshop(t)
	m, quiet := b.path("cpc"), readings(t, b.dir, "long.csv", 1500, 0)
	lines := strings.SplitAfter(readingsText(300, 0), "\n")
	for i := 200; i < 240; i++ {
		lines[1+i] = fmt.Sprintf("%d,0.2,0.1,1\n", i) // it stands still, within the range of normal values
	}
	today := write(t, b.dir, "today.csv", strings.Join(lines, ""))
	must(t, "pretrain", "-q", "--data", quiet, "--method", "cpc", "--set", "encoder.width=8", "--set", "encoder.depth=2", "--set", "encoder.out=16", "--set", "method.context.width=16",
		"--window", "32", "--stride", "4", "--steps", "150", "--out", m)
	info := must(t, "info", m)
	if !strings.Contains(info, "of 2 to 6 steps ahead") {
		t.Errorf("info says\n%s", info)
	}
	out, ref, again := b.path("s.csv"), b.path("ref"), b.path("again.csv")
	score := []string{"score", "-q", "--model", m, "--horizons", "--per-point"}
	must(t, append(score, "--score", "prediction", "--normal", quiet, "--out", out, today)...)
	must(t, "reference", "-q", "--model", m, "--score", "prediction", "--normal", quiet, "--out", ref)
	must(t, append(score, "--reference", ref, "--out", again, today)...)
	if string(fileBytes(t, out)) != string(fileBytes(t, again)) {
		t.Error("a reference scores otherwise")
	}
	if shown := must(t, "info", ref); !strings.Contains(shown, "told from 128 normal steps") {
		t.Errorf("info says of the reference\n%s", shown)
	}
	cols, n := table(t, out)
	var before, within float64
	for i := range n {
		if i < 31 {
			if cols["score"][i] != "" {
				t.Errorf("time stamp %d has a score", i)
			}
			continue
		}
		var mean float64
		for _, h := range []string{"score_02", "score_03", "score_04", "score_05", "score_06"} {
			mean += number(t, cols[h][i]) / 5
		}
		v := number(t, cols["score"][i])
		if math.Abs(v-mean) > 1e-9 {
			t.Fatalf("time stamp %d: %g is not the mean %g of its horizons", i, v, mean)
		}
		switch {
		case i < 200:
			before = max(before, v)
		case i < 208: // two steps
			within = max(within, v)
		}
	}
	if within <= before {
		t.Errorf("the first steps of the fault have %g, what came before up to %g", within, before)
	}
	must(t, "score", "-q", "--model", m, "--score", "prediction", "--horizons", "--normal", quiet, "--out", b.path("w.csv"), today)
	if cols, _ := table(t, b.path("w.csv")); cols["score_06"] == nil || cols["nearest_series"][0] != "" || cols["score"][0] == "" {
		t.Errorf("windows have the columns %v", cols)
	}
	if page := must(t, "score", "-q", "--json", "--model", m, "--reference", ref, "--episodes", b.path("e.csv"), today); !strings.Contains(page, "today") {
		t.Errorf("no episode: %s", page)
	}
	for want, args := range map[string][]string{
		"--score prediction: the model keeps no predictors": {"--model", b.model, "--score", "prediction", "--normal", quiet},
		"--metric belongs to --score distance":              {"--model", m, "--score", "prediction", "--metric", "euclidean", "--normal", quiet},
		"--negatives belongs to --score prediction":         {"--model", m, "--negatives", "5", "--normal", quiet},
		"--score is part of the reference":                  {"--model", m, "--score", "prediction", "--reference", ref},
		"--horizons are those of --score prediction":        {"--model", m, "--horizons", "--normal", quiet},
		"the reference was made with another model":         {"--model", b.model, "--reference", b.path("other")},
		"keeps no predictors":                               {"--model", b.model, "--reference", ref},
		"--score is for scores by a model":                  {"--score", "prediction", "--normal", quiet},
	} {
		if want == "the reference was made with another model" {
			must(t, "reference", "-q", "--model", m, "--normal", quiet, "--out", b.path("other"))
		}
		if _, errs, code := wk(t, append(append([]string{"score", "-q", "--out", b.path("no.csv")}, args...), today)...); code == 0 || !strings.Contains(errs, want) {
			t.Errorf("%q: code %d, %s", want, code, errs)
		}
	}
	if _, errs, code := wk(t, "reference", "--model", m, "--update", ref, "--out", ref, today); code != 2 || !strings.Contains(errs, "to which none can be added") {
		t.Errorf("update: code %d, %s", code, errs)
	}
}

// TestMissingInputsAreToldFirst: normal readings are not learnt, nor what they are read as told, where no input is there.
func TestMissingInputsAreToldFirst(t *testing.T) {
	dir := t.TempDir()
	quiet := readings(t, dir, "quiet.csv", 300, 0)
	missing := filepath.Join(dir, "missing.csv")
	if out, errs, code := wk(t, "score", "--normal", quiet, missing); code != exitInput || out != "" || errs != "wavekin: "+missing+": no such file or directory\n" {
		t.Errorf("code %d, %q, %q", code, out, errs)
	}
	if _, errs, code := wk(t, "score", "--normal", quiet, missing, missing+"2"); code != exitInput || strings.Count(errs, "\n") != 3 || !strings.HasSuffix(errs, "all 2 inputs failed; no output was written\n") {
		t.Errorf("code %d, %q", code, errs)
	}
	if _, errs, code := wk(t, "score", "--normal", quiet, "--label", "label", missing, quiet); code != exitPartly || !strings.Contains(errs, "1 of 2 inputs failed") {
		t.Errorf("code %d, %q", code, errs)
	}
}
