package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestSuspectNumbers: a number that often stands for nothing measured is warned about where it is far from the others, and
// stays a value.
func TestSuspectNumbers(t *testing.T) {
	for _, c := range []struct {
		cells   string
		suspect bool
	}{
		{"1 -9999 2 3", true}, {"1.5 -999 2 -20", true}, {"1 -99999 2", true},
		{"-9000 -9999 -9998", false}, {"1 2 3", false}, {"-9999 -9999 1", false}, {"1 -9998 2", false},
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte("v\n"+strings.ReplaceAll(c.cells, " ", "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := series.ReadAll(r)
		if err != nil || all[0].Len() != len(strings.Fields(c.cells)) || slices.ContainsFunc(all[0].Values[0], series.IsGap[float64]) {
			t.Errorf("%s: %v", c.cells, err)
		}
		warned := strings.Contains(strings.Join(Readings(r)[0].Warnings, "\n"), "--missing=-99")
		if warned != c.suspect {
			t.Errorf("%s: warned %v, want %v", c.cells, warned, c.suspect)
		}
	}
}

// Whole numbers in a column "class" are classes up to a hundred of them, however many cells are looked at.
func TestHowManyClasses(t *testing.T) {
	for _, classes := range []int{2, 100, 101, 500} {
		var text strings.Builder
		text.WriteString("time,x,class\n")
		for i := range 900 {
			fmt.Fprintf(&text, "%d,%d.5,%d\n", i, i%7, i%classes)
		}
		r, err := Open(put(t, "a.csv", text.String()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Readings(r)[0].LabelColumn; (got == "class") != (classes <= 100) {
			t.Errorf("%d classes: label %q", classes, got)
		}
		_ = r.Close()
	}
}
