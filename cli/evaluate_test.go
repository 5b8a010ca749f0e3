package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wavekin/wavekin/evaluate"
)

// TestLabelFiles: the same labels in every form that --labels takes give the same figures.
func TestLabelFiles(t *testing.T) {
	dir := t.TempDir()
	scores := write(t, dir, "scores.csv", "series,time,score\na,2024-03-09T00:00:00Z,3\na,2024-03-09T01:00:00Z,2\na,2024-03-09T02:00:00Z,9\na,2024-03-09T03:00:00Z,1\n")
	header := "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }"
	header += strings.Repeat(" ", 117-len(header)) + "\n"
	for _, c := range []struct{ name, text, flags string }{
		{"table.csv", "time,v,label\n2024-03-09T03:00:00Z,7,0\n2024-03-09T00:00:00Z,7,0\n2024-03-09T01:00:00Z,7,1\n2024-03-09T02:00:00Z,7,1\n", "--sort"},
		{"only.csv", "time,is_anomaly\n2024-03-09T00:00:00Z,0\n2024-03-09T01:00:00Z,1\n2024-03-09T02:00:00Z,1\n2024-03-09T03:00:00Z,0\n", ""},
		{"words.csv", "time,v,label\n2024-03-09T00:00:00Z,7,normal\n2024-03-09T01:00:00Z,7,attack\n2024-03-09T02:00:00Z,7,attack\n2024-03-09T03:00:00Z,7,normal\n", ""},
		{"minus.csv", "time,v,label\n2024-03-09T00:00:00Z,7,1\n2024-03-09T01:00:00Z,7,-1\n2024-03-09T02:00:00Z,7,-1\n2024-03-09T03:00:00Z,7,1\n", "--normal-label=1"},
		{"lines.txt", "0\n1\n1\n0\n", ""},
		{"line.txt", "0 1 1 0\n", ""},
		{"minus.txt", "-1\n1\n1\n-1\n", "--normal-label=-1"},
		{"labels.npy", "\x93NUMPY\x01\x00\x76\x00" + header + "\x00\x01\x01\x00", ""},
		{"intervals.csv", "start,end\n2024-03-09 01:00,2024-03-09 02:00\n", ""},
		{"positions.csv", "start,end\n1,2\n", ""},
		{"windows.json", `{"x/a.csv": [["2024-03-09 01:00:00", "2024-03-09 02:00:00"]]}`, ""},
	} {
		args := append([]string{"evaluate", "-q", "--json", "--task", "anomaly", "--scores", scores, "--labels", write(t, dir, c.name, c.text)}, strings.Fields(c.flags)...)
		out, errs, code := wk(t, args...)
		var r evaluate.Ranked
		// Of the pairs (2, 3), (2, 1), (9, 3), (9, 1) of anomalous and normal scores three are in the right order.
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || r.ROCAUC != 0.75 || r.Anomalous != 2 || r.Points != 4 {
			t.Errorf("%s: code %d, %s%s", c.name, code, out, errs)
		}
	}
}

// TestLabelsOfAnotherZone: labels without a zone beside scores of another one than UTC are warned of, and --time-zone puts them right.
func TestLabelsOfAnotherZone(t *testing.T) {
	if _, err := time.LoadLocation("Europe/Berlin"); err != nil {
		t.Skip("wants the time zones of the system, which are not here: ", err)
	}
	dir := t.TempDir()
	rows := func(offset string) string {
		return fmt.Sprintf("time,series,score\n2024-03-09T00:00:00%[1]s,a,1\n2024-03-09T01:00:00%[1]s,a,2\n2024-03-09T02:00:00%[1]s,a,9\n2024-03-09T03:00:00%[1]s,a,1\n", offset)
	}
	berlin, utc := write(t, dir, "berlin.csv", rows("+01:00")), write(t, dir, "utc.csv", rows("Z"))
	const warning = "time stamps without a time zone are taken for UTC"
	for name, text := range map[string]string{"intervals.csv": "start,end\n2024-03-09 02:00,2024-03-09 02:00\n",
		"table.csv": "time,label\n2024-03-09 00:00,0\n2024-03-09 01:00,0\n2024-03-09 02:00,1\n2024-03-09 03:00,0\n"} {
		labels := write(t, dir, name, text)
		for _, c := range []struct {
			scores string
			flags  []string
			warned bool
		}{{berlin, nil, true}, {utc, nil, false}, {berlin, []string{"--time-zone", "Europe/Berlin"}, false}} {
			out, errs, _ := wk(t, append([]string{"evaluate", "--json", "--task", "anomaly", "--scores", c.scores, "--labels", labels}, c.flags...)...)
			var r evaluate.Ranked
			if strings.Contains(errs, warning) != c.warned || !c.warned && (json.Unmarshal([]byte(out), &r) != nil || r.ROCAUC != 1 || r.Points != 4) {
				t.Errorf("%s, %s %v: %s%s", name, c.scores, c.flags, out, errs)
			}
		}
	}
}
