package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFullDisk writes every kind of output to a device that is always full, through a link.
func TestFullDisk(t *testing.T) {
	const device = "/dev/full"
	if st, err := os.Stat(device); err != nil || st.Mode()&os.ModeDevice == 0 {
		t.Skip("wants /dev/full, a disk that is full, which is not here")
	}
	b := newWorkshop(t)
	full := func(name string) string {
		t.Helper()
		path := filepath.Join(b.out, name)
		if err := os.Symlink(device, path); err != nil {
			t.Skip("wants symbolic links, which this system refuses: ", err)
		}
		return path
	}
	fails := func(path string, args ...string) {
		t.Helper()
		_, errs, code := wk(t, append(args, "-q")...)
		if want := "wavekin: cannot write " + path + ": no space left on device\n"; code != exitFailed || errs != want {
			t.Errorf("%s: code %d, %q, want %q", strings.Join(args, " "), code, errs, want)
		}
	}
	for _, ending := range []string{".arrow", ".arrows", ".csv"} {
		out := full("out" + ending)
		fails(out, "embed", "--model", b.model, "--out", out, b.quiet)
		fails(out, "score", "--model", b.model, "--normal", b.quiet, "--out", out, b.quiet)
		fails(out, "score", "--per-point", "--model", b.model, "--normal", b.quiet, "--out", out, b.quiet)
		fails(out, "convert", b.quiet, out)
	}
	pre := []string{"pretrain", "--data", b.quiet, "--window", "24", "--steps", "3", "--batch", "4", "--out"}
	model := full("m.safetensors")
	fails(model, append(pre, model)...)
	plot := full("plot.png")
	fails(plot, append(pre, filepath.Join(b.dir, "new"), "--plot", plot)...)
	fails(plot, "score", "--model", b.model, "--normal", b.quiet, "--out", filepath.Join(b.dir, "s.csv"), "--plot", plot, b.quiet)
	ck := full("checkpoint.safetensors")
	fails(ck, append(pre, filepath.Join(b.dir, "new"), "--checkpoint", b.out, "--every", "1")...)
	if got := listing(t, b.out); got != "checkpoint.safetensors m.safetensors out.arrow out.arrows out.csv plot.png" {
		t.Errorf("left %s", got)
	}
	if st, err := os.Stat(device); err != nil || st.Mode()&os.ModeDevice == 0 {
		t.Fatal("the device has been replaced")
	}
}

// TestOutputsThatCannotBe asks before the work whether there is a place for its result.
func TestOutputsThatCannotBe(t *testing.T) {
	b := newWorkshop(t)
	nowhere := b.path("no/out.csv")
	line := "cannot write {dir}/no/out.csv: no such file or directory"
	b.refuse(exitFailed, line, "pretrain", "-q", "--data", b.quiet, "--window", "24", "--steps", "1000000", "--out", nowhere)
	long := []string{"pretrain", "-q", "--data", b.quiet, "--window", "24", "--steps", "1000000", "--out", filepath.Join(b.out, "m")}
	b.refuse(exitFailed, strings.Replace(line, ".csv", ".png", 1), append(long, "--plot", b.path("no/out.png"))...)
	b.refuse(exitUsage, "{dir}/no/out.csv: a picture is written as PNG; give it a name that ends in .png", append(long, "--plot", nowhere)...)
	twice := filepath.Join(b.out, "m.png")
	if _, errs, code := wk(t, "pretrain", "-q", "--data", b.quiet, "--steps", "1000000", "--out", twice, "--plot", twice); code != exitUsage || !strings.Contains(errs, "would be written twice") {
		t.Errorf("one name for model and picture: code %d, %q", code, errs)
	}
	taken := write(t, b.dir, "taken", "")
	b.refuse(exitFailed, "cannot write {dir}/taken: not a directory", append(long, "--checkpoint", taken)...)
	b.refuse(exitUsage, "temperature is -1, want 0.0001 to 1000", append(long, "--set", "method.temperature=-1")...)
	b.refuse(exitUsage, "learning rate is 1e+06, want above 0 and at most 1000", append(long, "--lr", "1e6")...)
	b.refuse(exitFailed, line, "embed", "-q", "--model", b.model, "--out", nowhere, b.quiet)
	b.refuse(exitFailed, line, "score", "-q", "--model", b.model, "--normal", b.quiet, "--out", nowhere, b.quiet)
	b.refuse(exitFailed, line, "convert", b.quiet, nowhere)
	file := write(t, b.dir, "file", "")
	b.refuse(exitFailed, "cannot write {dir}/file: not a directory", "pretrain", "-q", "--data", b.quiet, "--window", "24", "--steps", "3",
		"--every", "1", "--checkpoint", file, "--out", filepath.Join(b.out, "m"))
}

// TestOutputsApart gives one name to two outputs, or to an output and what else the command reads.
func TestOutputsApart(t *testing.T) {
	b := newWorkshop(t)
	set := write(t, b.dir, "set.tsv", "1\t0\t1\t0\t1\n2\t3\t2\t1\t0\n")
	conf := write(t, b.dir, "run.toml", "steps = 1\n")
	if err := os.MkdirAll(b.path("ck"), 0o755); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(b.dir, "ck", "..", "ck", "checkpoint.safetensors")
	kept := write(t, b.path("ck"), "kept.safetensors", string(fileBytes(t, b.model)))
	input, twice := " is an input as well as an output; give the output another name", " would be written twice; give each output a name of its own"
	refuse := func(path, why string, args ...string) {
		t.Helper()
		b.refuse(exitUsage, path+why, append(args, "-q")...)
	}
	refuse(again, twice, "pretrain", "--data", b.quiet, "--checkpoint", b.path("ck"), "--out", again)
	refuse(conf, input, "pretrain", "--data", b.quiet, "-c", conf, "--out", conf)
	refuse(b.model, input, "finetune", "--model", b.model, "--train", set, "--out", b.model)
	refuse(again, twice, "finetune", "--model", b.model, "--train", set, "--checkpoint", b.path("ck"), "--out", again)
	refuse(set, input, "finetune", "--model", b.model, "--train", set, "--out", set)
	refuse(b.model, input, "distill", "--teacher", b.model, "--data", set, "--out", b.model)
	refuse(again, twice, "distill", "--teacher", b.model, "--data", set, "--checkpoint", b.path("ck"), "--out", again)
	refuse(kept, input, "reference", "--model", kept, "--out", kept, b.quiet)
	picture := write(t, b.dir, "score.png", string(fileBytes(t, b.quiet)))
	refuse(picture, input, "score", "--model", b.model, "--normal", picture, "--plot", picture, b.quiet)
	noPicture := ": a picture is written as PNG; give it a name that ends in .png"
	refuse(b.path("s.doc"), noPicture, "score", "--model", b.model, "--normal", b.quiet, "--plot", b.path("s.doc"), b.quiet)
	refuse(b.path("s.doc"), noPicture, "draw", "map", "--model", b.model, "--data", set, "--out", b.path("s.doc"))
	refuse("cannot write "+b.path("s.doc"), `: not a format that wavekin writes: an output ends in .arrow, .arrows, .parquet or .csv, this one in ".doc"`,
		"score", "--model", b.model, "--normal", b.quiet, "--out", b.path("s.doc"), b.quiet)
}

// TestPicturesAreNotOverwritten: an existing file in the folder of a set is none to write to, also by a link; a new one beside it is.
func TestPicturesAreNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "set", "cat"), 0o755); err != nil {
		t.Fatal(err)
	}
	picture, link := filepath.Join(dir, "set", "cat", "1.png"), filepath.Join(dir, "link.png")
	if err := os.WriteFile(picture, []byte("a picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(picture, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{picture: true, link: true, filepath.Join(dir, "set", "map.png"): false, filepath.Join(dir, "map.png"): false, "": false} {
		err := apart([]string{"images:" + filepath.Join(dir, "set") + "#train"}, path)
		if got := err != nil; got != want {
			t.Errorf("%q: refused %v, want %v: %v", path, got, want, err)
		}
	}
}

// TestInputsAreNotOverwritten gives an input as the output too, once by another path.
func TestInputsAreNotOverwritten(t *testing.T) {
	b := newWorkshop(t)
	before := fileBytes(t, b.quiet)
	again := b.dir + "/../" + filepath.Base(b.dir) + "/quiet.csv"
	for _, args := range [][]string{
		{"pretrain", "-q", "--data", b.quiet, "--window", "24", "--steps", "1", "--out", again},
		{"embed", "-q", "--model", b.model, "--out", again, b.quiet},
		{"score", "-q", "--model", b.model, "--normal", b.quiet, "--out", again, readings(t, b.dir, "today.csv", 50, 0)},
	} {
		b.refuse(exitUsage, again+" is an input as well as an output; give the output another name", args...)
	}
	if !bytes.Equal(fileBytes(t, b.quiet), before) {
		t.Error("the input has changed")
	}
}

// TestJSON holds every command to one document with the promised keys.
func TestJSON(t *testing.T) {
	b := newWorkshop(t)
	today := readings(t, b.dir, "today.csv", 100, 50)
	labelled := write(t, b.dir, "set.tsv", "1\t0\t1\t0\t1\n2\t3\t2\t1\t0\n1\t0\t1\t1\t0\n2\t3\t2\t1\t1\n")
	single := b.path("single.safetensors")
	scores := b.path("scores.csv")
	for _, c := range []struct {
		keys string
		args []string
	}{
		{"method encoder parameters steps loss windows_per_second seconds peak_rss_bytes diagnosis",
			[]string{"pretrain", "--data", labelled, "--steps", "2", "--batch", "4", "--out", single}},
		{"inputs windows rows windows_per_second seconds peak_rss_bytes failed", []string{"embed", "--model", b.model, "--out", b.path("codes.csv"), today}},
		{"inputs windows rows windows_per_second seconds peak_rss_bytes failed",
			[]string{"score", "--model", b.model, "--normal", b.quiet, "--per-point", "--out", scores, today}},
		{"probe accuracy macro_f1 train test classes", []string{"evaluate", "--task", "classify", "--model", single, "--train", labelled, "--test", labelled}},
		{"vus_pr vus_roc average_precision roc_auc best_f1 best_f1_threshold range_precision range_recall range_f1 affiliation_precision affiliation_recall best_f1_adjusted points anomalous", []string{"evaluate", "--task", "anomaly", "--scores", scores, "--labels", today}},
		{"input output rows series", []string{"convert", today, b.path("today.arrow")}},
		{"file count points gaps series", []string{"info", today}},
		{"settings summary dim parameters", []string{"info", single}},
		{"roc_auc average_precision vus_pr windows train_seconds score_seconds files", []string{"demo", "--steps", "1", "--out", b.path("demo")}},
	} {
		out := must(t, append(c.args, "--json")...)
		var doc map[string]any
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Errorf("%s: %v in %s", c.args[0], err, out)
		}
		for _, k := range strings.Fields(c.keys) {
			if _, ok := doc[k]; !ok {
				t.Errorf("%s: no %s among %v", c.args[0], k, slices.Sorted(maps.Keys(doc)))
			}
		}
	}
}

func TestEveryHelpShowsAnExample(t *testing.T) {
	for _, command := range strings.Fields("demo pretrain embed score reference evaluate finetune distill bench draw convert list info") {
		out, _, code := wk(t, command, "--help")
		if code != 0 || !strings.Contains(out, "Example") || !strings.Contains(out, "\n    wavekin "+command+" ") {
			t.Errorf("%s --help: code %d, %s", command, code, out)
		}
		if all, _, _ := wk(t); !strings.Contains(all, "\n  "+command+" ") {
			t.Errorf("no %s in %s", command, all)
		}
	}
}

// TestSettingsFile holds the file to the flags: the same names, and a flag wins even with its default value.
func TestSettingsFile(t *testing.T) {
	b := newWorkshop(t)
	conf := func(text string) string { return write(t, b.dir, "run.toml", text) }
	out := b.path("new.safetensors")
	learn := func(args ...string) []byte {
		t.Helper()
		must(t, append([]string{"pretrain", "-q", "--out", out}, args...)...)
		return fileBytes(t, out)
	}
	flags := learn("--data", b.quiet, "--window", "24", "--steps", "3", "--batch", "4", "--seed", "5", "--channels", "flow", "--augment", "jitter(0.2)", "--lr", "0.002")
	text := fmt.Sprintf("data = [%q]\nwindow = 24\nsteps = 3\nbatch = 4\nseed = 5\nthreads = 1\nchannels = [\"flow\"]\naugment = \"jitter(0.2)\"\nlr = 0.002\n", b.quiet)
	if !bytes.Equal(learn("-c", conf(text)), flags) {
		t.Error("the file's settings give another model than the flags")
	}
	if bytes.Equal(learn("-c", conf(text), "--seed", "0"), flags) {
		t.Error("--seed 0 does not win over the file's seed 5")
	}
	var r pretrainResult
	stdout := must(t, "pretrain", "-q", "--json", "-c", conf(text+"every = 7\n"), "--batch", "32", "--steps", "2", "--out", out)
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.Steps != 2 {
		t.Errorf("%s (%v), want the flag's 2 steps", stdout, err)
	}
	for text, line := range map[string]string{
		"steps = 3\nbatch = [4]\n":   "{dir}/run.toml: line 2: batch is an array, want a whole number",
		"steps = 3\nsteps\n":         "{dir}/run.toml: line 2: expected '.' or '=', but got '\\n' instead",
		"seeds = 3\n":                "{dir}/run.toml: line 1: unknown setting \"seeds\" (the settings are named like the flags of wavekin pretrain)",
		"\n[encoder]\nwidth = 3\n":   "{dir}/run.toml: line 2: encoder is {width = 3}, want a name; its settings stand in [set.encoder]",
		"optimizer = \"magic\"\n":    `optimizer is "magic", want adamw, sgd, momentum, lars, lars-classic, larc or larc-unclipped`,
		"resume = true\nsteps = 3\n": "--resume needs --checkpoint DIR, the folder of the run to go on with",
	} {
		b.refuse(exitUsage, line, "pretrain", "-q", "--data", b.quiet, "--out", out+"2", "-c", conf(text))
	}
}

func TestFilesUpToTheNextFlag(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		if got := strings.Join(spread(strings.Fields(line)), " "); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", line, got, want)
		}
	}
	f("pretrain --data a b c --out m", "pretrain --data a --data b --data c --out m")
	f("pretrain --out m --data a b", "pretrain --out m --data a --data b")
	f("embed --window -3 -- -3.csv", "embed --window=-3 -- -3.csv")
	f("score --normal a b --out c d e", "score --normal a --normal b --out c d e")
	f("score --out c --normal a d e", "score --out c --normal a d e")
	f("evaluate --task forecast --data a b", "evaluate --task forecast --data a b")
	f("pretrain --data", "pretrain --data")
	f("score --normal -- a b", "score --normal -- a b")
	f("pretrain --data=a -- --data b c", "pretrain --data=a -- --data b c")
}

// TestResume goes on from a checkpoint, starts anew without one, and refuses that where there must be one.
func TestResume(t *testing.T) {
	b := newWorkshop(t)
	set := write(t, b.dir, "set.tsv", "1\t0\t1\t0\t1\n2\t3\t2\t1\t0\n1\t0\t1\t1\t0\n2\t3\t2\t1\t1\n")
	base := b.path("base.safetensors")
	learn := []string{"pretrain", "--data", set, "--steps", "2", "--batch", "4", "--every", "1", "--out", base}
	further := []string{"finetune", "--model", base, "--train", set, "--steps", "2", "--batch", "4", "--every", "1", "--out", b.path("tuned.safetensors")}
	for _, args := range [][]string{learn, further} {
		ck := b.path(args[0])
		args = append(args, "--checkpoint", ck)
		missing := ck + "/checkpoint.safetensors: there is no checkpoint to go on from; --resume, without =must, starts anew"
		b.refuse(exitInput, missing, append(args, "-q", "--resume=must")...)
		b.refuse(exitInput, missing, append(args, "-q", "-c", write(t, b.dir, "must.toml", "resume = \"must\"\n"))...)
		b.refuse(exitUsage, `{dir}/perhaps.toml: line 1: resume is "perhaps", want true, false or must`,
			append(args, "-q", "-c", write(t, b.dir, "perhaps.toml", "resume = \"perhaps\"\n"))...)
		for _, more := range [][]string{{"--resume"}, {"--resume", "--json"}, {"--resume=must"}} {
			_, errs, code := wk(t, append(args, more...)...)
			if anew := strings.Contains(errs, ck+": there is no checkpoint; the run starts anew\n"); code != 0 || anew != (len(more) == 1 && more[0] == "--resume") {
				t.Errorf("%s %s: code %d, %q", args[0], more, code, errs)
			}
		}
	}
}

// TestNamesAreBytes uses names that are not UTF-8 for all files; what is written is UTF-8.
func TestNamesAreBytes(t *testing.T) {
	b := newWorkshop(t)
	named := func(name string) string { return b.path("\xff" + name) }
	if err := os.Rename(b.quiet, named("quiet.csv")); err != nil {
		t.Skip("wants file names that are not UTF-8, which this system refuses: ", err)
	}
	must(t, "pretrain", "-q", "--data", named("quiet.csv"), "--window", "24", "--steps", "1", "--batch", "4", "--out", named("m"))
	for _, ending := range []string{".csv", ".arrow", ".parquet"} {
		must(t, "convert", "-q", named("quiet.csv"), named("c"+ending))
		must(t, "embed", "-q", "--model", named("m"), "--out", named("e"+ending), named("quiet.csv"))
		must(t, "score", "-q", "--model", named("m"), "--normal", named("quiet.csv"), "--out", named("s"+ending), named("c"+ending))
		must(t, "info", named("s"+ending))
	}
	for _, table := range []string{"c.csv", "e.csv", "s.csv"} {
		if text := string(fileBytes(t, named(table))); !utf8.ValidString(text) || !strings.Contains(text, "\n\ufffdquiet,") {
			t.Errorf("%s is not UTF-8, or names no series as its file: %.80q", table, text)
		}
	}
}
