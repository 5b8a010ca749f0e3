package jobs

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// exposition reads the text format of Prometheus as strictly as its own parser: heads before series, one block for each metric, names,
// escaped labels, numbers, and a line feed at the end. It returns the values by series.
func exposition(t testing.TB, file string) map[string]float64 {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(text), "\n") || strings.Contains(string(text), "\n\n") {
		t.Errorf("%q: want lines that each end in one line feed", text)
	}
	name := `[a-zA-Z_:][a-zA-Z0-9_:]*`
	label := `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"`
	series := regexp.MustCompile(`^(` + name + `)\{` + label + `(?:,` + label + `)*\} (\S+)$`)
	values, ended, now, heads := map[string]float64{}, map[string]bool{}, "", 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if words := strings.SplitN(line, " ", 4); words[0] == "#" {
			if len(words) < 4 || heads == 0 && words[1] != "HELP" || heads == 1 && (words[1] != "TYPE" || words[2] != now || words[3] != "gauge") {
				t.Errorf("a head %q", line)
			}
			if heads == 0 {
				if ended[words[2]] {
					t.Errorf("%s has two blocks", words[2])
				}
				now = words[2]
				ended[now] = true
			}
			heads++
			continue
		}
		m := series.FindStringSubmatch(line)
		if m == nil || m[1] != now || heads != 2 && heads != 0 {
			t.Errorf("a series %q in the block of %s", line, now)
			continue
		}
		heads = 0
		v, err := strconv.ParseFloat(m[2], 64)
		key := strings.TrimSuffix(line, " "+m[2])
		if _, twice := values[key]; err != nil || twice {
			t.Errorf("%q: %v", line, err)
		}
		values[key] = v
	}
	return values
}

func TestMetrics(t *testing.T) {
	file := filepath.Join(t.TempDir(), "job.prom")
	m := Metrics{Command: "score", Out: "a \"b\"\\c\n/", Shard: Shard{1, 4}, Done: 3, Kept: 2, Failed: 1, Rows: 10, Windows: 20, Bytes: 1 << 33, Seconds: 1.5,
		Success: true, At: time.UnixMilli(1_700_000_000_250), Further: []Gauge{{"drift", "A figure of the command's own.", 0.25}}}
	if err := m.Write(file); err != nil {
		t.Fatal(err)
	}
	labels := `{command="score",out="a \"b\"\\c\n/",shard="1/4"`
	got := exposition(t, file)
	for name, want := range map[string]float64{`inputs` + labels + `,state="done"}`: 3, `inputs` + labels + `,state="failed"}`: 1, `rows` + labels + `}`: 10,
		`read_bytes` + labels + `}`: 1 << 33, `success` + labels + `}`: 1, lastSuccess[len("wavekin_job_"):] + labels + `}`: 1_700_000_000.25, `drift` + labels + `}`: 0.25} {
		if v, ok := got["wavekin_job_"+name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	// A run that fails keeps the time of the last one that did not.
	m.Success, m.At = false, m.At.Add(time.Hour)
	if err := m.Write(file); err != nil {
		t.Fatal(err)
	}
	if got := exposition(t, file); got[lastSuccess+labels+"}"] != 1_700_000_000.25 || got["wavekin_job_success"+labels+"}"] != 0 {
		t.Errorf("after a failure: %v", got)
	}
	m.Out = "another"
	if err := m.Write(file); err != nil {
		t.Fatal(err)
	}
	if got := exposition(t, file); got[lastSuccess+m.labels("")] != 0 {
		t.Errorf("another job took over the last success: %v", got)
	}
}
