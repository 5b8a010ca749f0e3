package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lake makes a folder of inputs of several formats and partitions, one of them bad.
func (b *workshop) lake() string {
	b.Helper()
	dir := b.path("lake")
	for _, day := range []string{"", "day=2026-11-25/line=03", "day=2026-11-26/line=__HIVE_DEFAULT_PARTITION__"} {
		if err := os.MkdirAll(filepath.Join(dir, day), 0o755); err != nil {
			b.Fatal(err)
		}
		readings(b.T, filepath.Join(dir, day), "a.csv", 150+len(day), 0)
	}
	must(b.T, "convert", "-q", filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.parquet"))
	write(b.T, dir, "bad.csv", "time,pressure,flow\n1,2,3\n2,3,x\n")
	return dir
}

// tree lists the files below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(filepath.ToSlash(p), filepath.ToSlash(dir)+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// jsonOf runs a command line with --json and returns its exit code.
func jsonOf(t *testing.T, into any, args ...string) int {
	t.Helper()
	out, errs, code := wk(t, append(args, "--json", "-q")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("wavekin %s: %v, %q and %q", strings.Join(args, " "), err, out, errs)
	}
	return code
}

// TestFolderOfOutputs embeds and scores a lake twice: the second time only the bad input is tried again.
func TestFolderOfOutputs(t *testing.T) {
	b := newWorkshop(t)
	in := b.lake()
	for _, c := range []struct {
		name, header string
		args         []string
	}{
		{"embed", "series,start,end,start_time,end_time,label,embedding_0,", []string{"embed", "--model", b.model}},
		{"windows", "series,start,end,score,p_value,nearest_series,nearest_start,measured,start_time,end_time,day,line\n", []string{"score", "--model", b.model, "--normal", b.quiet}},
		{"points", "series,time,score,p_value,day,line\n", []string{"score", "--model", b.model, "--normal", b.quiet, "--per-point"}},
		{"fused", "series,time,score,p_value,part,channel,day,line\n", []string{"score", "--window", "20", "--normal", b.quiet}},
	} {
		out := filepath.Join(b.out, c.name)
		args := append(c.args, "--out", out, "--out-format", "csv", in)
		for run, why := range []string{"new", "up to date"} {
			done, kept := 4*(1-run), 4*run
			var plan planResult
			if code := jsonOf(t, &plan, append(args, "--plan")...); code != 0 || plan.Do != done+1 || plan.Kept != kept || plan.Plan[1].Why != why {
				t.Errorf("%s, run %d: code %d, plan %+v", c.name, run, code, plan)
			}
			var r streamResult
			code := jsonOf(t, &r, args...)
			if code != exitPartly || r.Inputs != 5 || *r.Done != done || *r.Kept != kept || len(r.Failed) != 1 || len(r.Errors) != 1 ||
				r.Errors[0].Input != filepath.Join(in, "bad.csv") || !strings.Contains(r.Errors[0].Error, `row 3, column "flow"`) {
				t.Errorf("%s, run %d: code %d, %+v", c.name, run, code, r)
			}
		}
		if got := tree(t, out); got != "_wavekin.json a.csv b.csv day=2026-11-25/line=03/a.csv day=2026-11-26/line=__HIVE_DEFAULT_PARTITION__/a.csv" {
			t.Errorf("%s: there are %s", c.name, got)
		}
		table := string(fileBytes(t, filepath.Join(out, "day=2026-11-25/line=03/a.csv")))
		lines := strings.SplitAfter(table, "\n")
		if !strings.HasPrefix(lines[0], c.header) || !strings.HasSuffix(lines[0], ",day,line\n") || !strings.HasSuffix(lines[1], ",2026-11-25,03\n") {
			t.Errorf("%s: %.200s", c.name, table)
		}
		if null := string(fileBytes(t, filepath.Join(out, "day=2026-11-26/line=__HIVE_DEFAULT_PARTITION__/a.csv"))); !strings.HasSuffix(null, ",2026-11-26,\n") {
			t.Errorf("%s: a partition without a value: %s", c.name, null)
		}
		// One input alone gives the same table as into a file, where it has no partitions.
		one := b.path("one.csv")
		if _, errs, code := wk(t, append(c.args, "-q", "--out", one, filepath.Join(in, "a.csv"))...); code != 0 {
			t.Fatal(errs)
		}
		if !bytes.Equal(fileBytes(t, one), fileBytes(t, filepath.Join(out, "a.csv"))) {
			t.Errorf("%s: a table in a folder differs from one in a file", c.name)
		}
	}
}

func TestFolderOfOutputsRefuses(t *testing.T) {
	b := newWorkshop(t)
	in := b.lake()
	out := filepath.Join(b.out, "scores")
	stop := in + `/bad.csv: row 3, column "flow": "x" is not a number`
	if _, errs, code := wk(t, "embed", "-q", "--model", b.model, "--out", out+"/", "--on-error", "stop", in); code != exitInput || !strings.Contains(errs, stop) {
		t.Errorf("--on-error stop: code %d, %s", code, errs)
	}
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	plot := b.path("p.png")
	b.refuse(exitUsage, "--plot draws one input; give --out a file", "score", "-q", "--model", b.model, "--normal", b.quiet, "--out", out, "--plot", plot, in)
	b.refuse(exitUsage, "- is no file; a folder as --out takes files, folders, globs and lists", "embed", "-q", "--model", b.model, "--out", out, "-")
	b.refuse(exitUsage, "--plan, --shard, --continuous and --out-format go with a folder as --out; the name of a folder that is not there yet ends in /",
		"embed", "-q", "--model", b.model, "--out", filepath.Join(b.out, "a.csv"), "--plan", in)
	b.refuse(exitInput, b.path("no.txt")+": the list of inputs: no such file or directory", "embed", "-q", "--model", b.model, "--out", out, "@"+b.path("no.txt"))
	_, errs, code := wk(t, "embed", "-q", "--model", b.model, "--out", in, "--out-format", "csv", in)
	if !strings.Contains(errs, "is an input as well as an output") || code != exitUsage {
		t.Errorf("the inputs' own folder: code %d, %s", code, errs)
	}
	b.refuse(exitUsage, `--shard: shard "2/2", want one of 0/N to N-1/N (see wavekin embed --help)`, "embed", "-q", "--model", b.model, "--out", out, "--shard", "2/2", in)
	// One failing input ends a single table, too, where that is asked for.
	b.refuse(exitInput, strings.ReplaceAll(stop, b.dir, "{dir}"), "embed", "-q", "--model", b.model, "--on-error", "stop", "--out", filepath.Join(b.out, "a.csv"), in)
}

// TestShardsMakeTheWhole runs both parts of a job, one after the other, and then finds nothing left to do.
func TestShardsMakeTheWhole(t *testing.T) {
	b := newWorkshop(t)
	in := b.lake()
	if err := os.Remove(filepath.Join(in, "bad.csv")); err != nil {
		t.Fatal(err)
	}
	args := []string{"embed", "--model", b.model, "--out", b.out, in}
	done := 0
	for _, shard := range []string{"0/2", "1/2"} {
		var r streamResult
		if code := jsonOf(t, &r, append(args, "--shard", shard)...); code != 0 {
			t.Errorf("shard %s: code %d", shard, code)
		}
		done += *r.Done
	}
	var plan planResult
	if code := jsonOf(t, &plan, append(args, "--plan")...); code != 0 || done != 4 || plan.Kept != 4 || plan.Do != 0 {
		t.Errorf("code %d, %d done, then %+v", code, done, plan)
	}
}

// TestEpisodesOfAFolder: the table of all inputs is that of one run over them, and whole when only one input is scored again.
func TestEpisodesOfAFolder(t *testing.T) {
	b := newWorkshop(t)
	quiet, in := dated(t, b, "quiet.csv", 2000, 0), b.path("in")
	if err := os.Mkdir(in, 0o755); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"in/a.csv", "in/b.csv", "in/c.csv"} {
		dated(t, b, name, 300+i, 10*i)
	}
	one, all := b.path("one.csv"), filepath.Join(b.out, "scores", "episodes.csv")
	args := func(more ...string) []string {
		return append([]string{"score", "-q", "--normal", quiet, "--window", "64", "--episodes"}, more...)
	}
	must(t, args(one, in)...)
	cols, n := table(t, one)
	if n < 2 || cols["channel_1"][n-1] != "pressure" || cols["nearest_series"][0] != "quiet" || cols["end_time"][n-1] != "2026-03-01T05:01:00Z" || cols["input"][n-1] != filepath.Join(in, "c.csv") {
		t.Fatalf("%v", cols)
	}
	for run, done := range []int{3, 1, 1, 3} {
		var r streamResult
		more := []string{all, "--out", filepath.Dir(all) + "/", in}
		switch run {
		case 1:
			dated(t, b, "in/b.csv", 300, 10)
		case 2:
			if err := os.Remove(filepath.Join(b.out, "scores/_wavekin.beside/c.arrow.json")); err != nil {
				t.Fatal(err)
			}
		case 3:
			more = append(more, "--level", "0.5")
		}
		if code := jsonOf(t, &r, args(more...)...); code != 0 || *r.Done != done || r.Found == 0 || r.Found < len(r.Alarms) {
			t.Errorf("run %d: code %d, %+v", run, code, r)
		}
		if run == 1 {
			must(t, args(one, in)...)
		}
		if same := string(fileBytes(t, one)) == string(fileBytes(t, all)); same != (run < 3) {
			t.Errorf("run %d: the table of the folder is that of one run: %v", run, same)
		}
	}
	// Without --episodes nothing is made anew for want of them.
	var plan planResult
	if code := jsonOf(t, &plan, "score", "--normal", quiet, "--window", "64", "--out", filepath.Dir(all), "--plan", in); code != 0 || plan.Do != 0 {
		t.Errorf("code %d, %+v", code, plan)
	}
	for _, name := range []string{filepath.Join(b.out, "scores", "a.arrow"), filepath.Join(in, "a.csv")} {
		_, errs, code := wk(t, args(name, "--out", filepath.Dir(all), in)...)
		if code != exitUsage || !strings.Contains(errs, "give the table of all inputs another name") && !strings.Contains(errs, "an input as well as an output") {
			t.Errorf("%s: code %d, %s", name, code, errs)
		}
	}
}

// TestInterruptedJobGoesOn stops a job by a signal, which keeps what is done.
func TestInterruptedJobGoesOn(t *testing.T) {
	signals(t)
	b := newWorkshop(t)
	in := b.path("in")
	if err := os.Mkdir(in, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.csv", "b.csv"} {
		readings(t, in, name, 30, 0)
	}
	readings(t, in, "c.csv", 200000, 0)
	args := []string{"embed", "-q", "--model", b.model, "--stride", "1", "--out", b.out, in}
	p := start(t, args...)
	for _, name := range []string{"a.arrow", "b.arrow", ".c.arrow.*.tmp"} {
		appears(t, filepath.Join(b.out, name))
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := p.end(t)
	if says := regexp.MustCompile("^wavekin: interrupted; 2 of 3 outputs done, the same command goes on from there\n$"); code != exitInterrupted || !says.MatchString(p.errs.String()) {
		t.Errorf("code %d, %q", code, p.errs.String())
	}
	if left := listing(t, b.out); left != "_wavekin.json a.arrow b.arrow" {
		t.Errorf("left %s", left)
	}
	readings(t, in, "c.csv", 40, 0)
	var r streamResult
	if code := jsonOf(t, &r, args...); code != 0 || *r.Done != 1 || *r.Kept != 2 {
		t.Errorf("code %d, %+v", code, r)
	}
}
