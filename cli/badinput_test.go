package cli

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// workshop is a folder with a model and normal readings, for tests of what goes wrong.
type workshop struct {
	*testing.T
	dir, model, quiet string
	out               string // where nothing may be left
}

func newWorkshop(t *testing.T) *workshop {
	b := &workshop{T: t, dir: t.TempDir(), out: t.TempDir()}
	b.model, _ = trained(t, b.dir)
	b.quiet = readings(t, b.dir, "quiet.csv", 100, 0)
	return b
}

func (b *workshop) path(name string) string { return filepath.Join(b.dir, name) }

// refuse runs a command line and wants its exit code, exactly that line on standard error, nothing on standard output,
// and no output left. {dir} in the line is the folder.
func (b *workshop) refuse(code int, line string, args ...string) {
	b.Helper()
	out, errs, got := wk(b.T, args...)
	want := "wavekin: " + strings.ReplaceAll(line, "{dir}", b.dir) + "\n"
	if got != code || errs != want || out != "" {
		b.Errorf("wavekin %s:\ncode %d, %q\nwant %d, %q\nstandard output %q", strings.Join(args, " "), got, errs, code, want, out)
	}
	if left := listing(b.T, b.out); left != "" {
		b.Errorf("wavekin %s: left %s", strings.Join(args, " "), left)
	}
}

// each refuses an input in every command that reads one.
func (b *workshop) each(line, file string) {
	b.Helper()
	out := filepath.Join(b.out, "out.csv")
	b.refuse(exitInput, line, "pretrain", "-q", "--data", file, "--window", "24", "--steps", "2", "--out", out)
	b.refuse(exitInput, line, "embed", "-q", "--model", b.model, "--out", out, file)
	b.refuse(exitInput, line, "score", "-q", "--model", b.model, "--normal", b.quiet, "--out", out, file)
	b.refuse(exitInput, line, "score", "-q", "--per-point", "--model", b.model, "--normal", b.quiet, "--out", out, file)
	b.refuse(exitInput, line, "convert", "-q", file, out)
	b.refuse(exitInput, line, "info", "-q", file)
}

func TestDamagedArrow(t *testing.T) {
	b := newWorkshop(t)
	// 1237 rows, a number that occurs nowhere else in the files.
	csv := readings(t, b.dir, "rows.csv", 1237, 0)
	for _, ending := range []string{".arrow", ".arrows"} {
		must(t, "convert", csv, b.path("good"+ending))
		good := fileBytes(t, b.path("good"+ending))
		// refused wants the same line of every command, with that text at its end.
		refused := func(name string, content []byte, text string) {
			t.Helper()
			file := write(t, b.dir, name+ending, string(content))
			_, errs, _ := wk(t, "info", file)
			line := strings.TrimSuffix(strings.TrimPrefix(errs, "wavekin: "), "\n")
			if !strings.HasPrefix(line, file+": byte ") || !strings.HasSuffix(line, text) {
				t.Errorf("%s: %q, want %q", name, line, text)
			}
			b.each(line, file)
		}
		claims := bytes.ReplaceAll(good, binary.LittleEndian.AppendUint64(nil, 1237), binary.LittleEndian.AppendUint64(nil, 1<<40))
		refused("claims", claims, "the file is damaged: 1099511627776 rows are claimed, the batch has bytes for at most 395872")
		cut := map[string]string{
			".arrow":  fmt.Sprintf("the file ends too early: an Arrow file ends in ARROW1, this one in %q", good[len(good)/2-6:len(good)/2]),
			".arrows": "49488 bytes are announced here, 24404 are left",
		}
		refused("half", good[:len(good)/2], cut[ending])
		// Past the schema's head lies the description of the columns; a file has it at its end, where it counts.
		bad := slices.Clone(good)
		from := map[string]int{".arrow": len(good) - 400, ".arrows": 40}[ending]
		for i := from; i < from+160; i++ {
			bad[i] ^= 0xff
		}
		_, errs, code := wk(t, "info", write(t, b.dir, "bad"+ending, string(bad)))
		if code != exitInput || !strings.HasPrefix(errs, "wavekin: "+b.path("bad"+ending)+": ") || strings.Count(errs, "\n") != 1 {
			t.Errorf("damaged %s: code %d, %q", ending, code, errs)
		}
	}
}

func TestBadTables(t *testing.T) {
	b := newWorkshop(t)
	b.each("{dir}/text.csv: row 4, column \"pressure\": \"oops\" is not a number",
		write(t, b.dir, "text.csv", "time,pressure,flow\n1,2,0\n2,3,0\n3,oops,0\n"+strings.Repeat("4,5,0\n", 50)))
	b.each("{dir}/empty.csv: the file is empty", write(t, b.dir, "empty.csv", ""))
	b.each("{dir}/empty.arrow: the file is empty", write(t, b.dir, "empty.arrow", ""))
	b.each("{dir}/head.csv: there is a header but no row below it", write(t, b.dir, "head.csv", "time,pressure,flow\n"))
	b.each("{dir}/no-such.csv: no such file or directory", b.path("no-such.csv"))
}

func TestSeriesThatDoNotFit(t *testing.T) {
	b := newWorkshop(t)
	out := filepath.Join(b.out, "out.csv")
	pre := func(line string, files ...string) {
		t.Helper()
		b.refuse(exitInput, line, append([]string{"pretrain", "-q", "--window", "24", "--steps", "2", "--out", out, "--data"}, files...)...)
	}
	use := func(line, file string) {
		t.Helper()
		b.refuse(exitInput, line, "embed", "-q", "--model", b.model, "--out", out, file)
		b.refuse(exitInput, line, "score", "-q", "--model", b.model, "--normal", b.quiet, "--out", out, file)
		b.refuse(exitInput, line, "score", "-q", "--per-point", "--model", b.model, "--normal", b.quiet, "--out", out, file)
	}
	short := readings(t, b.dir, "short.csv", 23, 0)
	pre("0 windows of 24 time stamps, want at least 2 to tell apart (the longest series has 23 time stamps; choose a smaller window)", short)
	use(`{dir}/short.csv: series "short" has 23 time stamps, the window needs 24`, short)
	b.refuse(exitInput, `{dir}/short.csv: normal readings: series "short" has 23 time stamps, the window needs 24`,
		"score", "-q", "--model", b.model, "--normal", short, "--out", out, b.quiet)

	one := readings(t, b.dir, "one.csv", 1, 0)
	pre("0 windows of 24 time stamps, want at least 2 to tell apart (the longest series has 1 time stamp; choose a smaller window)", one)
	use(`{dir}/one.csv: series "one" has 1 time stamp, the window needs 24`, one)
	b.refuse(exitInput, "1 window of 24 time stamps with a stride of 1000, want at least 2 to tell apart (the longest series has 100 time stamps; choose a smaller stride)",
		"pretrain", "-q", "--window", "24", "--stride", "1000", "--data", b.quiet, "--out", out)
	b.refuse(exitInput, "1 window of 1 time stamps, want at least 2 to tell apart (the longest series has 1 time stamp; choose a smaller window)",
		"pretrain", "-q", "--data", one, "--out", out)

	single := write(t, b.dir, "single.csv", "time,pressure\n"+strings.Repeat("1,2\n", 50))
	pre(`{dir}/single.csv: column "flow": no such channel here, but in {dir}/quiet.csv; all inputs must have the same ones, or be read with --channels`, b.quiet, single)
	use(`{dir}/single.csv: column "flow": no such channel; the file has pressure, and pressure, flow are needed (--channels names those to take, in this order)`, single)
	three := write(t, b.dir, "three.csv", "x,y,z\n"+strings.Repeat("1,2,3\n", 50))
	use(`{dir}/three.csv: column "pressure": no such channel; the file has x, y, z, and pressure, flow are needed (--channels names those to take, in this order)`, three)
}

func TestGapsAndConstants(t *testing.T) {
	b := newWorkshop(t)
	rows := func(name string, f func(i int) string) string {
		var text strings.Builder
		text.WriteString("pressure,flow\n")
		for i := range 100 {
			text.WriteString(f(i) + "\n")
		}
		return write(t, b.dir, name, text.String())
	}
	out := filepath.Join(b.out, "out.csv")
	pre := func(file string) []string {
		return []string{"pretrain", "--data", file, "--window", "24", "--steps", "2", "--batch", "4", "--out", out}
	}
	b.refuse(exitInput, "the series hold gaps only, no value", append(pre(rows("gaps.csv", func(int) string { return ",?" })), "-q")...)
	b.refuse(exitInput, "no channel ever changes its value; there is nothing to learn", append(pre(rows("flat.csv", func(int) string { return "7,NaN" })), "-q")...)

	remarks := func(want string, args ...string) {
		t.Helper()
		_, errs, code := wk(t, args...)
		if want = strings.ReplaceAll(want, "{dir}", b.dir); code != 0 || errs != want {
			t.Errorf("%s: code %d, %q, want %q", strings.Join(args, " "), code, errs, want)
		}
	}
	read := "{dir}/%s.csv: csv; no time stamps; channels pressure, flow\n"
	half := rows("half.csv", func(i int) string { return fmt.Sprintf("%.3f,", math.Sin(float64(i))) })
	remarks(fmt.Sprintf(read, "half")+"{dir}/half.csv: no value in flow; gaps only, which are read as the mean\n", pre(half)...)
	remarks(fmt.Sprintf(read, "const")+"channel flow is 7 throughout: there is nothing to learn from it, and a later change of it scores high\n", pre(rows("const.csv", func(i int) string { return fmt.Sprintf("%.3f,7", math.Sin(float64(i))) }))...)
	codes := filepath.Join(b.out, "codes.csv")
	remarks(fmt.Sprintf(read, "half")+"{dir}/half.csv: no value in flow; gaps only, which are read as the mean\n", "embed", "--model", b.model, "--out", codes, half)
	remarks("{dir}/quiet.csv: csv; time \"time\" in steps of 1; labels in \"label\"; channels pressure, flow\n"+
		"warning: the normal readings hold 4 windows without overlap, which is little support for p-values below 0.2; give more normal readings\n"+
		fmt.Sprintf(read, "half")+"{dir}/half.csv: no value in flow; gaps only, which are read as the mean\n",
		"score", "--model", b.model, "--normal", b.quiet, "--per-point", "--out", codes, half)
	if text := string(fileBytes(t, codes)); strings.Contains(text, "NaN") || strings.Contains(text, ",,") || strings.Count(text, "\n") != 101 {
		t.Errorf("a score is missing in %s", text)
	}
}

func TestChannelsByName(t *testing.T) {
	b := newWorkshop(t)
	column := func(name, header string, row func(i int) string) string {
		text := header + "\n"
		for i := range 60 {
			text += row(i) + "\n"
		}
		return write(t, b.dir, name, text)
	}
	p := func(i int) string { return fmt.Sprintf("%.4f", math.Sin(float64(i)*0.4)) }
	q := func(i int) string { return fmt.Sprintf("%.4f", math.Cos(float64(i)*0.3)) }
	embed := func(file, remark string, more ...string) string {
		out := filepath.Join(b.out, "codes.csv")
		_, errs, code := wk(t, append([]string{"embed", "--model", b.model, "--out", out, file}, more...)...)
		// The order of these two is that in which they are known.
		before, read, found := strings.Cut(errs, file+": csv; no time stamps; ")
		if code != 0 || before != strings.ReplaceAll(remark, "{dir}", b.dir) || !found || strings.Count(read, "\n") != 1 {
			t.Fatalf("%s: code %d, %q, want %q", file, code, errs, remark)
		}
		// Without the series' name, which is the file's.
		return withoutSeries(t, out)
	}
	want := embed(column("same.csv", "pressure,flow", func(i int) string { return p(i) + "," + q(i) }), "")
	if embed(column("swapped.csv", "flow,pressure", func(i int) string { return q(i) + "," + p(i) }), "") != want {
		t.Error("another order of the columns gives other encodings")
	}
	if embed(column("more.csv", "anomaly,pressure,flow", func(i int) string { return "0," + p(i) + "," + q(i) }), "") != want {
		t.Error("a further column gives other encodings")
	}
	others := column("others.csv", "x,y", func(i int) string { return p(i) + "," + q(i) })
	out := filepath.Join(b.out, "codes.csv")
	if err := os.Remove(out); err != nil {
		t.Fatal(err)
	}
	b.refuse(exitInput, `{dir}/others.csv: column "pressure": no such channel; the file has x, y, and pressure, flow are needed (--channels names those to take, in this order)`,
		"embed", "-q", "--model", b.model, "--out", out, others)
	if _, errs, code := wk(t, "embed", "--channels", "x,y", "--model", b.model, "--out", out, others); code != 0 ||
		!strings.Contains(errs, "others.csv: warning: channels x, y are taken for pressure, flow\n") || withoutSeries(t, out) != want {
		t.Errorf("channels named in the model's order: code %d, %q", code, errs)
	}
}

// withoutSeries returns a table without its first column.
func withoutSeries(t *testing.T, path string) string {
	var rows []string
	for line := range strings.Lines(string(fileBytes(t, path))) {
		_, rest, _ := strings.Cut(line, ",")
		rows = append(rows, rest)
	}
	return strings.Join(rows, "")
}

// unsealed is a model file without its checksum, as if of another format.
func unsealed(model []byte, format string) []byte {
	b := bytes.Replace(model, []byte(`"checksum"`), []byte(`"unsealed"`), 1)
	return bytes.Replace(b, []byte(`"format":"4"`), []byte(`"format":"`+format+`"`), 1)
}

func TestDamagedModels(t *testing.T) {
	b := newWorkshop(t)
	good := fileBytes(t, b.model)
	out := filepath.Join(b.out, "out.csv")
	each := func(line string, content []byte) {
		t.Helper()
		file := write(t, b.dir, "bad.safetensors", string(content))
		b.refuse(exitInput, line, "embed", "--model", file, "--out", out, b.quiet)
		b.refuse(exitInput, line, "score", "--model", file, "--normal", b.quiet, "--out", out, b.quiet)
		b.refuse(exitInput, line, "evaluate", "--task", "classify", "--model", file, "--train", b.quiet, "--test", b.quiet)
		if len(content) > 8 && content[8] == '{' {
			b.refuse(exitInput, line, "info", file)
		}
	}
	n := binary.LittleEndian.Uint64(good)
	each("{dir}/bad.safetensors: an empty file, not a model; wavekin pretrain writes models", nil)
	each(fmt.Sprintf("{dir}/bad.safetensors: byte 0: cut off: a header of %d bytes in a file of 100; take another copy of the file", n), good[:100])
	each("{dir}/bad.safetensors: a text file, not a model; wavekin pretrain writes models", []byte("time,pressure"))
	b.refuse(exitInput, "{dir}: a folder, not a model; wavekin pretrain writes models", "distill", "--teacher", b.dir, "--data", b.quiet, "--out", out)
	b.refuse(exitInput, b.quiet+": a text file, not a reference of normal data; wavekin reference writes one", "score", "--reference", b.quiet, b.quiet)
	each("{dir}/bad.safetensors: model format \"9\", this program reads 1 to 4", unsealed(good, "9"))
	damaged := slices.Clone(good)
	damaged[len(damaged)-1] ^= 64
	each("{dir}/bad.safetensors: damaged: its content does not fit its checksum; take another copy of the file, or make it anew", damaged)
	each("{dir}/bad.safetensors: damaged: its content does not fit its checksum; take another copy of the file, or make it anew (the checksum is missing)", unsealed(good, "4"))
	nan := unsealed(good, "2")
	copy(nan[len(nan)-4:], "\x00\x00\xc0\x7f")
	_, errs, code := wk(t, "info", write(t, b.dir, "nan.safetensors", string(nan)))
	if code != exitInput || !strings.HasSuffix(errs, "is NaN, want a finite number\n") {
		t.Errorf("a weight that is no number: code %d, %q", code, errs)
	}
	b.refuse(exitInput, "{dir}/no-such: no such file or directory", "embed", "--model", b.path("no-such"), "--out", out, b.quiet)
}

func TestSomeInputsFail(t *testing.T) {
	b := newWorkshop(t)
	text := write(t, b.dir, "text.csv", "pressure,flow\n"+strings.Repeat("1,2\n", 30)+"x,2\n")
	short := readings(t, b.dir, "short.csv", 5, 0)
	for _, command := range [][]string{{"embed"}, {"score", "--normal", b.quiet}} {
		out := filepath.Join(b.out, "out.csv")
		args := append(command, "--json", "-q", "--model", b.model, "--out", out)
		stdout, errs, code := wk(t, append(args, short, b.quiet, text)...)
		want := strings.ReplaceAll("wavekin: {dir}/short.csv: series \"short\" has 5 time stamps, the window needs 24\n"+
			"wavekin: {dir}/text.csv: row 32, column \"pressure\": \"x\" is not a number\n"+
			"wavekin: 2 of 3 inputs failed ({dir}/short.csv, {dir}/text.csv), the others are done\n", "{dir}", b.dir)
		var r streamResult
		if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != exitPartly || errs != want {
			t.Errorf("%s: code %d, %q, want %q (%v)", command[0], code, errs, want, err)
		}
		if r.Inputs != 3 || !slices.Equal(r.Failed, []string{short, text}) || r.Rows != r.Windows || r.Rows == 0 {
			t.Errorf("%s: %+v", command[0], r)
		}
		if n := strings.Count(string(fileBytes(t, out)), "\n"); n != r.Rows+1 {
			t.Errorf("%s: %d lines for %d rows", command[0], n, r.Rows)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
		_, errs, code = wk(t, append(args, short, text)...)
		if code != exitInput || !strings.HasSuffix(errs, "\nwavekin: all 2 inputs failed; no output was written\n") {
			t.Errorf("%s: code %d, %q", command[0], code, errs)
		}
		if left := listing(t, b.out); left != "" {
			t.Errorf("%s: left %s", command[0], left)
		}
	}
}

func TestScoresThatCannotBeMeasured(t *testing.T) {
	b := newWorkshop(t)
	scores := write(t, b.dir, "scores.csv", "series,time,score\na,0,1\na,1,2\n")
	gap := write(t, b.dir, "gap.csv", "series,time,score\na,0,\na,1,2\n")
	labels := write(t, b.dir, "labels.csv", "time,v,label\n0,1,1\n1,2,0\n")
	f := func(code int, line, scores, labels string, more ...string) {
		t.Helper()
		b.refuse(code, line, append([]string{"evaluate", "-q", "--task", "anomaly", "--scores", scores, "--labels", labels}, more...)...)
	}
	f(exitInput, "{dir}/scores.csv against {dir}/normal.csv: labels are all of one kind: no anomalous point",
		scores, write(t, b.dir, "normal.csv", "time,v,label\n0,1,0\n1,2,0\n"))
	f(exitInput, "{dir}/gap.csv against {dir}/labels.csv: labels are all of one kind: no anomalous point", gap, labels)
	f(exitInput, "{dir}/scores.csv against {dir}/more.csv: scores and labels do not belong together: series \"more\" has no score for 1 of 3 labelled time stamps, the first at time 2 (its scores begin at time 0)",
		scores, write(t, b.dir, "more.csv", "time,v,label\n0,1,0\n1,2,0\n2,2,1\n"))
	f(exitInput, "{dir}/labels.csv: column \"score\": no such column; wavekin score --per-point writes it",
		write(t, b.dir, "labels.csv", "series,time,v,label\na,0,1,1\na,1,2,0\n"), labels)
	f(exitInput, "{dir}/scores.csv against {dir}/later.csv: scores and labels do not belong together: series \"later\" has no score for 2 of 2 labelled time stamps, the first at time 50 (its scores begin at time 0)",
		scores, write(t, b.dir, "later.csv", "time,v,label\n50,1,0\n51,2,1\n"))
	f(exitInput, "{dir}/scores.csv against {dir}/minus.csv: series \"minus\": label -1 at time 1, want 0 (normal) or 1 (anomalous); --normal-label says which other one is normal",
		scores, write(t, b.dir, "minus.csv", "time,v,label\n0,1,1\n1,2,-1\n"))
	f(exitInput, "{dir}/scores.csv against {dir}/hole.csv: series \"hole\": no label at time 0, want 0 (normal) or 1 (anomalous); leave out the time stamp in scores and labels where it is not known",
		scores, write(t, b.dir, "hole.csv", "time,v,label\n0,1,\n1,2,1\n"))
	f(exitInput, "{dir}/unlabelled.csv: series \"unlabelled\" has no column of labels such as 0 and 1 for each time stamp; name it with --label",
		scores, write(t, b.dir, "unlabelled.csv", "time,v\n0,1\n1,2\n"))
	f(exitInput, "{dir}/days.csv: row 2: scores and labels do not belong together: the stretch is given by time stamps, but the scores of series \"a\" have none; give positions",
		scores, write(t, b.dir, "days.csv", "start,end\n2024-01-01,2024-01-02\n"))
	f(exitUsage, "--buffer is -3, want at least 1, or 0 for the mean length of the anomalies", scores, labels, "--buffer=-3")
}

// TestFolderWithABadFile: each file of a folder is an input of its own.
func TestFolderWithABadFile(t *testing.T) {
	b := newWorkshop(t)
	folder := b.path("runs")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	readings(t, folder, "a.csv", 60, 0)
	readings(t, folder, "b.csv", 5, 0)
	readings(t, folder, "c.csv", 60, 0)
	_, errs, code := wk(t, "embed", "-q", "--model", b.model, "--out", b.path("codes.csv"), folder)
	if code != exitPartly || !strings.HasSuffix(errs, "wavekin: 1 of 3 inputs failed ("+filepath.Join(folder, "b.csv")+"), the others are done\n") {
		t.Errorf("code %d, %q", code, errs)
	}
	if text := string(fileBytes(t, b.path("codes.csv"))); !strings.Contains(text, "\na,") || strings.Contains(text, "\nb,") || !strings.Contains(text, "\nc,") {
		t.Errorf("%d bytes without the good files or with the bad one", len(text))
	}
}

// TestFailureInTheMiddle says how much of a failing input is in the output already.
func TestFailureInTheMiddle(t *testing.T) {
	b := newWorkshop(t)
	text := &strings.Builder{}
	fmt.Fprintln(text, "time,pressure,flow")
	for i := range 70000 {
		fmt.Fprintf(text, "%d,1,2\n", i)
	}
	long := write(t, b.dir, "long.csv", text.String()+"70000,x,2\n")
	_, errs, code := wk(t, "embed", "-q", "--stride", "200", "--model", b.model, "--out", b.path("codes.csv"), long, b.quiet)
	if want := "wavekin: " + long + `: row 70002, column "pressure": "x" is not a number` + "\n"; code != exitPartly || !strings.HasPrefix(errs, want) {
		t.Errorf("code %d, %q, want %q", code, errs, want)
	}
	if want := "the others are done; rows from before the failure are in the output (" + long + ": 328)\n"; !strings.HasSuffix(errs, want) {
		t.Errorf("%q, want %q at its end", errs, want)
	}
	if text := string(fileBytes(t, b.path("codes.csv"))); strings.Count(text, "\nlong,") != 328 || !strings.Contains(text, "\nquiet,") {
		t.Errorf("%d rows of the failing input", strings.Count(text, "\nlong,"))
	}
	// Alone, its rows are nowhere.
	b.refuse(exitInput, `{dir}/long.csv: row 70002, column "pressure": "x" is not a number`,
		"embed", "-q", "--stride", "200", "--model", b.model, "--out", filepath.Join(b.out, "codes.csv"), long)
}

func TestWrongSettings(t *testing.T) {
	b := newWorkshop(t)
	out := filepath.Join(b.out, "out.csv")
	pre := func(line string, more ...string) {
		t.Helper()
		b.refuse(exitUsage, line, append([]string{"pretrain", "-q", "--data", b.quiet, "--out", out}, more...)...)
	}
	b.refuse(exitUsage, "pretrain needs --data FILE and --out MODEL", "pretrain")
	b.refuse(exitUsage, "unknown flag --no-such-flag (see wavekin pretrain --help)", "pretrain", "--no-such-flag")
	b.refuse(exitUsage, "unexpected argument magic (see wavekin --help)", "magic")
	pre(`views "jitter(0.1", character 11: want , or )`, "--augment", "jitter(0.1")
	pre("batch is 1, want at least 2: a sample is told apart from the others of its batch", "--batch", "1")
	pre(`optimizer is "rprop", want adamw, sgd, momentum, lars, lars-classic, larc or larc-unclipped`, "--optimizer", "rprop")
	pre("--part is 0, want above 0 and at most 1", "--part", "0")
	pre("--resume needs --checkpoint DIR, the folder of the run to go on with", "--resume")
	pre("{dir}/run.toml: line 2: unknown setting \"stepps\" (the settings are named like the flags of wavekin pretrain)",
		"-c", write(t, b.dir, "run.toml", "steps = 3\nstepps = 4\n"))
	pre("{dir}/none.toml: no such file or directory", "-c", b.path("none.toml"))
	b.refuse(exitUsage, "--k is 0, want at least 1", "score", "--model", b.model, "--normal", b.quiet, "--k", "0", "--out", out, b.quiet)
	b.refuse(exitUsage, "--stride is -1, want at least 1, or 0 for that of the training", "embed", "--model", b.model, "--stride=-1", "--out", out, b.quiet)
	b.refuse(exitUsage, "cannot write {dir}/x.doc: not a format that wavekin writes: an output ends in .arrow, .arrows, .parquet or .csv, this one in \".doc\"",
		"embed", "--model", b.model, "--out", b.path("x.doc"), b.quiet)
}
