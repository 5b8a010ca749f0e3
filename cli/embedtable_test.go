package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// TestEncodingsHaveTimes: a row has the time stamps of its first and last value where the input has any, as dates or as counters, and
// inputs with and without do not go into one table.
func TestEncodingsHaveTimes(t *testing.T) {
	b := newWorkshop(t)
	today := dated(t, b, "today.csv", 101, 2)
	out := b.path("codes.csv")
	must(t, "embed", "-q", "--model", b.model, "--out", out, today)
	cols, n := table(t, out)
	for i := range n {
		at := func(clock string) string {
			var minute int
			if _, err := fmt.Sscan(clock, &minute); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("2026-03-01T%02d:%02d:00Z", minute/60, minute%60)
		}
		if last := int(number(t, cols["end"][i])) - 1; cols["start_time"][i] != at(cols["start"][i]) || cols["end_time"][i] != at(fmt.Sprint(last)) {
			t.Errorf("row %d: time stamps %s to %s are %s to %s", i, cols["start"][i], cols["end"][i], cols["start_time"][i], cols["end_time"][i])
		}
	}
	if n == 0 {
		t.Error("there are no rows")
	}

	lines := []string{"pressure,flow"}
	for i := range 80 {
		lines = append(lines, fmt.Sprintf("%d,%d", i%7, i%5))
	}
	plain := write(t, b.dir, "plain.csv", strings.Join(lines, "\n")+"\n")
	must(t, "embed", "-q", "--model", b.model, "--out", out, plain)
	if cols, n = table(t, out); n == 0 || cols["start_time"] != nil || cols["end_time"] != nil {
		t.Errorf("%d rows without time stamps have the columns start_time %v and end_time %v", n, cols["start_time"], cols["end_time"])
	}
	_, errs, code := wk(t, "embed", "-q", "--model", b.model, "--out", filepath.Join(b.dir, "both.csv"), today, plain)
	if code != exitPartly || !strings.Contains(errs, "plain.csv: this input and the first one disagree in having time stamps; write them into separate files") {
		t.Errorf("code %d, %s", code, errs)
	}
}
