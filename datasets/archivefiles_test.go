package datasets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestVariantsOfArchiveFiles: what Weka and sktime accept in .arff and .ts files.
func TestVariantsOfArchiveFiles(t *testing.T) {
	arff := "@relation x\n@attribute t0 numeric\n@attribute t1 numeric\n@attribute cls {a,b,'it\\'s'}\n@data\n"
	for _, c := range []struct{ name, text, label, values, err string }{
		{"comment.arff", arff + "1,2,a % note\n", "a", "1 2", ""},
		{"percent.arff", arff + "1,2,'a % note'\n", "a % note", "1 2", ""},
		{"missing.arff", arff + "1,2,?\n", "", "1 2", ""},
		{"question.arff", arff + "1,2,'?'\n", "?", "1 2", ""},
		{"escaped.arff", arff + "1,2,'it\\'s'\n", "it's", "1 2", ""},
		{"double.arff", arff + "1,2,\"back\\\\slash\"\n", "back\\slash", "1 2", ""},
		{"tabs.arff", arff + "1\t2\ta\n", "a", "1 2", ""},
		{"blanks.arff", arff + "1  2 'a b'\n", "a b", "1 2", ""},
		{"both.arff", arff + "1 , 2 ,\ta\n", "a", "1 2", ""},
		{"open.arff", arff + "1,2,'a\n", "", "", "row 6: a quote that is not closed"},
		{"tabs.ts", "@problemName\tx\n@timeStamps\tfalse\n@classLabel\ttrue\ta\tb\n@data\n1,2:a\n", "a", "1 2", ""},
		{"stamped.ts", "@problemName x\n@timeStamps true\n@targetlabel true\n@data\n(2013-03-01 00:00:00,1),(2013-03-01 01:00:00,2):a\n", "a", "1 2 @3600000000000", ""},
		{"counted.ts", "@timeStamps true\n@classLabel false\n@data\n(0,1), (5,2) : (0,3),(5,4)\n", "", "1 2 3 4 @5", ""},
		{"apart.ts", "@timeStamps true\n@classLabel false\n@data\n(0,1),(5,2):(0,3),(6,4)\n", "", "", "channel 1 has other time stamps than channel 0"},
		{"back.ts", "@timeStamps true\n@classLabel false\n@data\n(5,1),(0,2)\n", "", "", "out of order: time stamp"},
		{"pair.ts", "@timeStamps true\n@classLabel true\n@data\n(5;1):a\n", "", "", `"(5;1)"; want a time stamp, a comma and a value`},
	} {
		path := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, Options{})
		var all []*series.Series
		if err == nil {
			all, err = series.ReadAll(r)
		}
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || len(all) != 1 {
			t.Errorf("%s: %d series, %v", c.name, len(all), err)
			continue
		}
		if got := valuesText(all[0]); all[0].Label != c.label || got != c.values {
			t.Errorf("%s: label %q and values %s, want %q and %s", c.name, all[0].Label, got, c.label, c.values)
		}
	}
}

// valuesText writes the values of all channels, and behind @ the distance of the first two time stamps.
func valuesText(s *series.Series) string {
	var words []string
	for _, v := range s.Values {
		for _, x := range v {
			words = append(words, FormatNumber(x))
		}
	}
	if len(s.Times) > 1 {
		words = append(words, "@"+FormatNumber(float64(s.Times[1]-s.Times[0])))
	}
	return strings.Join(words, " ")
}
