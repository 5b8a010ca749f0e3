package cli

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pumps writes a table of series, of which those in bad have a fault.
func pumps(t *testing.T, b *workshop, name string, from, count, rows int, bad ...int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(from), 8))
	var text strings.Builder
	text.WriteString("pump,time,pressure\n")
	for k := from; k < from+count; k++ {
		x := 0.0
		for i := range rows {
			x = 0.6*x + r.NormFloat64()
			v := x + 2*math.Sin(float64(i)/5)
			for _, one := range bad {
				if one == k && i >= rows/2 && i < rows/2+40 {
					v = 9 - 0.3*float64(i%7)
				}
			}
			fmt.Fprintf(&text, "p%d,%d,%.4f\n", k, i, v)
		}
	}
	return write(t, b.dir, name, text.String())
}

// TestVerdicts: of forty series the two with a fault are anomalous as a whole, in one run as in a job, which goes on where it was stopped.
func TestVerdicts(t *testing.T) {
	b := newWorkshop(t)
	normal := pumps(t, b, "normal.csv", 0, 8, 1000)
	in := b.path("in")
	if err := os.Mkdir(in, 0o755); err != nil {
		t.Fatal(err)
	}
	pumps(t, b, "in/a.csv", 100, 20, 300, 107)
	pumps(t, b, "in/b.csv", 120, 20, 300, 133)
	common := []string{"score", "--series", "pump", "--normal", normal, "--window", "32"}
	args := func(more ...string) []string { return append(append([]string{}, common...), more...) }
	one, all, page := b.path("one.csv"), b.path("all.csv"), b.path("page.html")
	var r streamResult
	if code := jsonOf(t, &r, args("--verdicts", one, "--report", page, in)...); code != 0 {
		t.Fatalf("code %d", code)
	}
	v := r.Verdicts
	if v == nil || v.FDR != 0.05 || v.Tested != 40 || v.Anomalous != 2 || v.Series[0].Series+v.Series[1].Series != "p107p133" && v.Series[0].Series+v.Series[1].Series != "p133p107" {
		t.Fatalf("%+v", v)
	}
	if at := v.Series[0].Peak; at < 140 || at > 200 {
		t.Errorf("the highest score is at %d, the fault from 150 to 190", at)
	}
	cols, n := table(t, one)
	called := 0
	for i := range n {
		if cols["anomalous"][i] == "1" {
			called++
		}
	}
	if n != 40 || called != 2 || cols["points"][0] != "300" || cols["series"][7] != "p107" {
		t.Errorf("%d of %d rows are anomalous", called, n)
	}
	html := string(fileBytes(t, page))
	if strings.Count(html, `verdict bad">anomalous`) != 2 || strings.Count(html, "adjusted p-value") != 40 || !strings.Contains(html, "2 of 40 series anomalous as a whole") {
		t.Error("the page does not say which series are anomalous")
	}
	out := filepath.Join(b.out, "scores")
	for run, done := range []int{2, 0, 1} {
		if run == 2 {
			if err := os.Remove(filepath.Join(out, "b.arrow")); err != nil {
				t.Fatal(err)
			}
		}
		var r streamResult
		if code := jsonOf(t, &r, args("--verdicts", all, "--out", out+"/", in)...); code != 0 || *r.Done != done || r.Verdicts.Anomalous != 2 || r.Verdicts.Tested != 40 {
			t.Errorf("run %d: code %d, %+v", run, code, r)
		}
		if string(fileBytes(t, one)) != string(fileBytes(t, all)) {
			t.Errorf("run %d: another table than that of one run", run)
		}
	}
	said := must(t, args("--fdr", "0.2", in)...)
	if !strings.Contains(said, "anomalous series") || !strings.Contains(said, "of 40 series anomalous as a whole, at a false discovery rate of 0.2") {
		t.Errorf("said %s", said)
	}
	few := pumps(t, b, "few.csv", 50, 1, 70)
	for _, c := range []struct{ args, want string }{
		{"--fdr 1", "--fdr is 1, want a share above 0 and below 1"},
		{"--verdicts x.txt", "x.txt"},
		{"--normal " + few + " --fdr 0.1", "too few for p-values of whole series"},
		{"--fdr 0.1 --follow --out tcp://127.0.0.1:0", "connections are answered with scores alone"},
	} {
		more := append(strings.Fields(c.args), filepath.Join(in, "a.csv"))
		if strings.Contains(c.args, "tcp") {
			more[len(more)-1] = "tcp://127.0.0.1:0"
		}
		base := common
		if strings.Contains(c.args, "--normal") {
			base = []string{"score", "--series", "pump", "--window", "32"}
		}
		if _, errs, code := wk(t, append(append([]string{}, base...), more...)...); code != exitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: code %d, %s", c.args, code, errs)
		}
	}
}
