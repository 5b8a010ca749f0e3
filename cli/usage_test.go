package cli

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wavekin/wavekin/detect"
)

// TestWhatIsWrongWithACommandLine: each line says what is wanted, not how the parser saw it.
func TestWhatIsWrongWithACommandLine(t *testing.T) {
	b := newWorkshop(t)
	out := filepath.Join(b.out, "x.csv")
	for _, c := range []struct{ line, want string }{
		{"convert Q --out x", "cannot write x: not a format that wavekin writes: an output ends in .arrow, .arrows, .parquet or .csv, this one has no ending"},
		{"convert Q", "convert needs a file to write, whose name ends in .arrow, .arrows, .parquet or .csv"},
		{"convert Q --out a.csv b.csv", "b.csv and --out a.csv are two outputs; convert writes one file"},
		{"convert", "<input> is missing: File to read (see wavekin convert --help)"},
		{"score --normal Q", "<inputs> is missing: Files to score; with a folder as --out also folders with those below, and @LIST, a file of paths (see wavekin score --help)"},
		{"score --normal Q Q --fast", "<inputs> is missing: --normal takes all files up to the next flag, Q among them; put the files to score at the end of the line (see wavekin score --help)"},
		{"info --out x Q", "unknown flag --out (see wavekin info --help)"},
		{"info --serie x Q", `unknown flag --serie, did you mean "--series"? (see wavekin info --help)`},
		{"score --windw 3 --normal Q Q", `unknown flag --windw, did you mean "--window"? (see wavekin score --help)`},
		{"score --window -3 --normal Q Q", "--window is -3, want at least 1, or 0 for 128"},
		{"score --part -.5 --normal Q Q", "--part is -0.5, want above 0 and at most 1"},
		{"score --alarm-rate -1/day --normal Q Q", `--alarm-rate is "-1/day", want a share of normal time such as 0.1%, alarms in a time such as 1/day, 2/week or 1/month, or in time stamps such as 1/1000`},
		{"score --window x --normal Q Q", `--window: want a whole number, not "x" (see wavekin score --help)`},
		{"score --level x --normal Q Q", `--level: want a number, not "x" (see wavekin score --help)`},
		{"score --settle 5 --normal Q Q", `--settle: want a time such as 30s or 5m, not "5": time: missing unit in duration "5" (see wavekin score --help)`},
		{"score --memory 2 --normal Q Q", "--memory is 1KB; the program alone takes most of it, want at least 64MB"},
		{"score --shard 3/2 --normal Q --out x/ Q", `--shard: shard "3/2", want one of 0/N to N-1/N (see wavekin score --help)`},
		{"--seed -1 info Q", `--seed: want a whole number from 0 on, not "-1" (see wavekin --help)`},
		{"--threads -1 info Q", "--threads is -1, want at least 1, or 0 for all of the machine (see wavekin --help)"},
		{"info --retries -1 Q", `--retries: want a whole number from 0 on, not "-1" (see wavekin info --help)`},
		{"info --time-zone Mars Q", `time zone "Mars" is not known here, want a name such as Europe/Berlin`},
	} {
		args := strings.Fields(strings.ReplaceAll(c.line, "Q", b.quiet))
		if _, errs, code := wk(t, args...); code != exitUsage || errs != "wavekin: "+strings.ReplaceAll(c.want, " Q ", " "+b.quiet+" ")+"\n" {
			t.Errorf("%s: code %d, %q, want %q", c.line, code, errs, c.want)
		}
	}
	must(t, "convert", b.quiet, "--out", out)
	if got, want := string(fileBytes(t, out)), string(fileBytes(t, b.quiet)); strings.Count(got, "\n") != strings.Count(want, "\n") {
		t.Errorf("convert --out wrote %d lines of %d", strings.Count(got, "\n"), strings.Count(want, "\n"))
	}
}

// TestUnreadableFiles: a file that may not be read is bad input, whatever wants it.
func TestUnreadableFiles(t *testing.T) {
	err := fmt.Errorf("the model: %w", &fs.PathError{Op: "open", Path: "m.safetensors", Err: syscall.EACCES})
	if code, text := codeOf(err), message(err); code != exitInput || text != "the model: m.safetensors: permission denied" {
		t.Errorf("code %d, %q", code, text)
	}
}

// TestPictureIsNotAskedForTwice: what is added to a command line is not proposed again.
func TestPictureIsNotAskedForTwice(t *testing.T) {
	dir := t.TempDir()
	quiet, today, plot := readings(t, dir, "quiet.csv", 1000, 0), readings(t, dir, "today.csv", 400, 100), filepath.Join(dir, "s.png")
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{nil, "every time stamp: add --out scores.csv; a picture: add --plot scores.png\n"},
		{[]string{"--plot", plot}, plot + ": the picture; every time stamp: add --out scores.csv\n"},
	} {
		if out := must(t, append(append([]string{"score", "-q", "--fast", "--level", "0.5", "--normal", quiet}, c.flags...), today)...); !strings.HasSuffix(out, "\n"+c.want) {
			t.Errorf("%v: %s", c.flags, out)
		}
	}
}

// TestThePictureShowsTheChannelsOfTheAlarms: of six channels those that the highest alarms name, then the first ones, with the dates of a file.
func TestThePictureShowsTheChannelsOfTheAlarms(t *testing.T) {
	hour := func(h int) int64 { return time.Date(2026, 2, 1, h, 0, 0, 0, time.UTC).UnixNano() }
	s := &scoring{plot: true, st: &stream{}, channels: []string{"a", "b", "c", "d", "e", "f"}}
	six := func(v ...float64) (out [][]float64) {
		for range 6 {
			out = append(out, v)
		}
		return out
	}
	for _, p := range []detect.Points{
		{Series: "pump", Start: 0, Times: []int64{hour(0)}, Values: six(1), Score: []float64{0}},
		{Series: "pump", Start: 1, Times: []int64{hour(1), hour(2)}, Values: six(3, 5), Score: []float64{1, 2}},
		{Series: "other", Start: 3, Times: []int64{hour(3)}, Values: six(7), Score: []float64{3}},
	} {
		s.draw(&p)
	}
	if c := s.shown(); !slices.Equal(c, []int{0, 1, 2, 3}) {
		t.Errorf("without alarms: channels %v", c)
	}
	s.st.alarms = &ranking{rows: []episodeResult{{Series: "other", Channels: []channelEffect{{"c", 1}}},
		{Series: "pump", Start: 1, End: 2, Channels: []channelEffect{{"f", 1}, {"d", 0.5}, {"e", 0.09}}}}} // e moves the score too little to be named
	if c := s.shown(); !slices.Equal(c, []int{0, 1, 3, 5}) || !slices.Equal(s.values[5], []float64{1, 3, 5}) || !slices.Equal(s.scores, []float64{0, 1, 2}) {
		t.Errorf("channels %v of %v with scores %v", c, s.values, s.scores)
	}
	if s.axes.From != hour(0) || s.axes.Step != int64(time.Hour) {
		t.Errorf("the axis begins at %d in steps of %d", s.axes.From, s.axes.Step)
	}
	if err := s.picture(filepath.Join(t.TempDir(), "s.png")); err != nil || !slices.Equal(s.axes.Values, []string{"a", "b", "d", "f"}) {
		t.Errorf("the panels are called %q: %v", s.axes.Values, err)
	}
}

// TestPValuesOfAList: a p-value is never 0.
func TestPValuesOfAList(t *testing.T) {
	for p, want := range map[float64]string{0.01: "0.0100", 0.0001: "0.0001", 0.00005: "0.0001", 0.0000385: "3.9e-05", 3e-7: "3.0e-07"} {
		if got := pText(p); got != want {
			t.Errorf("%g is written %q, want %q", p, got, want)
		}
	}
}

// TestFormatsSayHowTheyAreGiven: the ending of a file, or the word in front of a folder.
func TestFormatsSayHowTheyAreGiven(t *testing.T) {
	text := must(t, "list", "formats")
	for _, want := range []string{".arrow, .feather, .ipc", "--format matrix", "fashion-mnist:DIR", "synthetic:N"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not among the formats:\n%s", want, text)
		}
	}
}

// TestVerdictsOfTooFewReadings names what was asked for, whichever flag asked.
func TestVerdictsOfTooFewReadings(t *testing.T) {
	dir := t.TempDir()
	quiet, today := readings(t, dir, "quiet.csv", 300, 0), readings(t, dir, "today.csv", 200, 100)
	for _, flag := range [][]string{{"--verdicts", filepath.Join(dir, "v.csv")}, {"--fdr", "0.1"}} {
		_, errs, code := wk(t, append(append([]string{"score", "-q", "--fast", "--normal", quiet}, flag...), today)...)
		if code != exitUsage || !strings.Contains(errs, "whole series cannot be judged (--verdicts, --fdr): the normal readings of 300 time stamps have") {
			t.Errorf("%v: code %d, %s", flag, code, errs)
		}
	}
}
