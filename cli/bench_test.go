package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/evaluate"
)

// ucrFolder writes a folder of UCR sets: waves whose speed is their class.
func ucrFolder(t *testing.T, sets ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, set := range sets {
		folder := filepath.Join(dir, set)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"TRAIN", "TEST"} {
			var b strings.Builder
			for i := range 8 {
				fmt.Fprint(&b, i%2+1)
				for x := range 24 {
					fmt.Fprintf(&b, "\t%.3f", math.Sin(float64(x)*(0.3+0.5*float64(i%2))+float64(i+len(part))))
				}
				b.WriteByte('\n')
			}
			write(t, folder, set+"_"+part+".tsv", b.String())
		}
	}
	return dir
}

// rowsOf runs a bench with --json.
func rowsOf(t *testing.T, args ...string) (r benchResult) {
	t.Helper()
	if err := json.Unmarshal([]byte(must(t, append([]string{"bench", "--json", "-q"}, args...)...)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

const tiny = "conv(width=4,depth=2,out=8)"

func TestBenchClassify(t *testing.T) {
	dir, out := ucrFolder(t, "Abc", "Def"), filepath.Join(t.TempDir(), "out")
	args := []string{"classify", "--data", dir, "--encoders", tiny, "--methods", "simclr(temperature=0.5),invaspread", "--steps", "3", "--seeds", "2", "--out", out}
	r := rowsOf(t, args...)
	// Of each set: raw, and for two seeds the untrained encoder and two methods.
	if len(r.Rows) != 2*(1+2*3) || r.Sets != 2 || len(r.Failed) != 0 {
		t.Fatalf("%d rows of %d sets, failed %v", len(r.Rows), r.Sets, r.Failed)
	}
	text := must(t, append([]string{"bench", "-q"}, args...)...)
	for _, want := range []string{"accuracy of the nearest neighbour", "accuracy of the linear probe", "accuracy of the ridge probe", "raw 1-NN Euclid", "untrained", "simclr(temperature=0.5)", "invaspread", "Abc", "Def", "mean over 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	lines, err := os.ReadFile(filepath.Join(out, "rows.jsonl"))
	if err != nil || bytes.Count(lines, []byte("\n")) != 14 {
		t.Errorf("%d lines of rows after running twice, want 14; %v", bytes.Count(lines, []byte("\n")), err)
	}
	if one := rowsOf(t, "classify", "--data", filepath.Join(dir, "Def"), "--encoders", tiny, "--steps", "1"); len(one.Rows) != 3 || one.Rows[0].Set != "Def" {
		t.Errorf("one set's folder: %+v", one.Rows)
	}
	if one := rowsOf(t, "classify", "--data", dir, "--sets", "Abc", "--within-train", "--encoders", tiny, "--no-training"); len(one.Rows) != 2 || one.Rows[1].Train != 6 || one.Rows[1].Test != 2 {
		t.Errorf("within the training part, of which one in three of each class is tested: %+v", one.Rows)
	}
	if one := rowsOf(t, "classify", "--data", dir, "--sets", "A*", "--encoders", tiny+",transformer(width=8,depth=1)", "--steps", "1"); len(one.Rows) != 5 || one.Rows[4].Set != "Abc" {
		t.Errorf("a chosen set with two encoders: %+v", one.Rows)
	}
}

// TestBenchAnomalyIsScore: the figure of bench is what pretrain, score and evaluate come to.
func TestBenchAnomalyIsScore(t *testing.T) {
	dir := t.TempDir()
	file := readings(t, dir, "pump.csv", 600, 450)
	r := rowsOf(t, "anomaly", "--data", dir, "--encoders", tiny, "--steps", "4", "--part", "0.5", "--window", "32", "--stride", "4", "--buffer", "10")
	if len(r.Rows) != 8 || r.Rows[7].Method != "simclr" {
		t.Fatalf("rows %+v", r.Rows)
	}
	model, scores := filepath.Join(dir, "m.safetensors"), filepath.Join(dir, "s.csv")
	must(t, "pretrain", "-q", "--data", file, "--out", model, "--set", "encoder.width=4", "--set", "encoder.depth=2", "--set", "encoder.out=8",
		"--steps", "4", "--part", "0.5", "--window", "32", "--stride", "4", "--augment", "jitter(0.2)|mask(0.3)")
	must(t, "score", "-q", "--model", model, "--normal", file, "--part", "0.5", "--per-point", "--metric", "euclidean", "--out", scores, file)
	var m evaluate.Ranked
	if err := json.Unmarshal([]byte(must(t, "evaluate", "--json", "--task", "anomaly", "--scores", scores, "--labels", file, "--buffer", "10")), &m); err != nil {
		t.Fatal(err)
	}
	if got := r.Rows[7]; math.Abs(got.VUSPR-m.VUSPR) > 1e-4 || math.Abs(got.ROCAUC-m.ROCAUC) > 1e-4 {
		t.Errorf("bench has VUS-PR %v and ROC AUC %v, pretrain with score %v and %v", got.VUSPR, got.ROCAUC, m.VUSPR, m.ROCAUC)
	}
}

// TestBenchStretches: labels as stretches of time beside the data, a file without one, rows out of order.
func TestBenchStretches(t *testing.T) {
	root := t.TempDir()
	for _, d := range []string{"data/real", "labels"} {
		if err := os.MkdirAll(filepath.Join(root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for i := range 400 {
		at := i ^ 1 // pairs of rows are out of order
		fmt.Fprintf(&b, "2014-04-%02d %02d:00:00,%.4f\n", 1+at/24, at%24, math.Sin(float64(at)*0.4))
	}
	write(t, filepath.Join(root, "data/real"), "a.csv", b.String())
	write(t, filepath.Join(root, "data/real"), "quiet.csv", b.String())
	write(t, filepath.Join(root, "labels"), "combined_windows.json",
		`{"real/a.csv": [["2014-04-10 00:00:00.000000", "2014-04-10 09:00:00.000000"]], "real/quiet.csv": []}`)
	r := rowsOf(t, "anomaly", "--data", filepath.Join(root, "data"), "--encoders", tiny, "--steps", "2", "--part", "0.4")
	if len(r.Rows) != 8 || r.Rows[0].Set != "real/a" || r.Rows[0].Anomalous != 10 || len(r.Skipped) != 1 || r.Skipped[0] != "real/quiet" {
		t.Errorf("rows %+v, skipped %v", r.Rows, r.Skipped)
	}
	// What cannot be read does not keep the others from being done.
	write(t, filepath.Join(root, "data/real"), "b.csv", "timestamp,value\n2014-04-01 00:00:00,1\n2014-04-01 01:00:00,abc\n")
	out, errs, code := wk(t, "bench", "anomaly", "-q", "--data", root, "--encoders", tiny, "--steps", "2", "--part", "0.4")
	if code != exitPartly || !strings.Contains(out, "mean over 1") || !strings.Contains(errs, "1 of 3 sets failed") || !strings.Contains(errs, "abc") {
		t.Errorf("code %d, %s%s", code, out, errs)
	}
}

// TestBenchNamesWhatFailed: normal parts that never change leave nothing to learn; all such sets are named, with the reason, and have
// the rows that need no learning.
func TestBenchNamesWhatFailed(t *testing.T) {
	root := t.TempDir()
	for set := range 3 {
		var b strings.Builder
		b.WriteString("timestamp,value,label\n")
		for i := range 400 {
			v := 7.0
			if set == 1 || i > 300 {
				v = math.Sin(float64(i) * 0.4)
			}
			fmt.Fprintf(&b, "2014-04-%02d %02d:00:00,%.4f,%d\n", 1+i/24, i%24, v, i/350)
		}
		write(t, root, fmt.Sprintf("set%d.csv", set), b.String())
	}
	args := []string{"bench", "anomaly", "-q", "--data", root, "--label", "label", "--encoders", tiny, "--steps", "2"}
	out, errs, code := wk(t, args...)
	want := "wavekin: 2 of 3 sets failed (set0, set2); the first: set0, untrained: the part to learn from: no channel ever changes its value; there is nothing to learn\n"
	if code != exitPartly || errs != want {
		t.Errorf("code %d, %q, want %q", code, errs, want)
	}
	for _, line := range []string{" set0 ", " set2 ", "mean over 1"} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is not in\n%s", line, out)
		}
	}
	if _, errs, _ = wk(t, append(args, "--sets", "set1,set2")...); !strings.HasPrefix(errs, "wavekin: 1 of 2 sets failed: set2, untrained: ") {
		t.Error(errs)
	}
}

// TestBenchNAB finds a real series by its name in the benchmark's folder, and its labels above it: five stretches of
// 207 half hours in the taxi series.
func TestBenchNAB(t *testing.T) {
	root := filepath.Join("..", "..", "..", "shared", "data", "anomaly", "NAB")
	if _, err := os.Stat(root); err != nil {
		t.Skip("wants the shared data, which are not here: ", root)
	}
	r := rowsOf(t, "anomaly", "--data", root, "--sets", "nyc_taxi", "--encoders", tiny, "--steps", "1", "--stride", "32", "--buffer", "10")
	if len(r.Rows) != 8 || r.Rows[0].Points != 10320 || r.Rows[0].Anomalous != 5*207 {
		t.Errorf("rows %+v", r.Rows)
	}
}

func TestBenchRefuses(t *testing.T) {
	dir, empty := ucrFolder(t, "Abc"), t.TempDir()
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "choose one", []string{"classify", "--data", dir, "--steps", "1", "--seconds", "1"}},
		{exitUsage, "no method", []string{"classify", "--data", dir, "--methods", "magic"}},
		{exitUsage, "breadth", []string{"classify", "--data", dir, "--encoders", "conv(breadth=3)"}},
		{exitUsage, "batch is 1", []string{"classify", "--data", dir, "--batch", "1"}},
		{exitUsage, "closing bracket", []string{"classify", "--data", dir, "--encoders", "conv(width=3"}},
		{exitUsage, "no set \"Xyz\"", []string{"classify", "--data", dir, "--sets", "Xyz"}},
		{exitUsage, "--part", []string{"anomaly", "--data", dir, "--part", "0"}},
		{exitUsage, "--seeds", []string{"anomaly", "--data", dir, "--seeds", "0"}},
		{exitUsage, "--within-train is for bench classify", []string{"anomaly", "--data", dir, "--within-train"}},
		{exitUsage, "must be one of", []string{"retrieve", "--data", dir}},
		{exitInput, "NAME_TRAIN", []string{"classify", "--data", empty}},
		{exitInput, "expected .csv", []string{"anomaly", "--data", empty}},
		{exitInput, "no such file", []string{"classify", "--data", filepath.Join(empty, "nowhere")}},
		{exitInput, "no labels", []string{"anomaly", "--data", filepath.Join(dir, "Abc", "Abc_TRAIN.tsv")}},
	} {
		out, errs, code := wk(t, append([]string{"bench"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.want) || strings.Count(errs, "wavekin: ") != 1 || out != "" {
			t.Errorf("%v: code %d, want %d; %q, want %q", c.args, code, c.code, errs, c.want)
		}
	}
}

func TestBenchInterrupted(t *testing.T) {
	dir, out := ucrFolder(t, "Abc"), t.TempDir()
	args := []string{"bench", "classify", "--data", dir, "--encoders", tiny, "--steps", "2", "--out", out}
	must(t, args...)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var o, e bytes.Buffer
	if code := Run(ctx, args, nil, &o, &e); code != exitInterrupted || !strings.Contains(e.String(), "stopped; 3 rows in ") {
		t.Errorf("code %d, %s", code, e.String())
	}
}
