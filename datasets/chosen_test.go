package datasets

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// TestChosenChannels: channels are chosen alike from files with columns and from those that have a series in a line.
func TestChosenChannels(t *testing.T) {
	for name, text := range map[string]string{
		"a.csv": "channel0,channel1,channel2\n1,2,3\n4,5,6\n",
		"a.ts":  "@univariate false\n@classLabel true x y\n@data\n1,4:2,5:3,6:x\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, Options{Channels: []string{"Channel2", "channel0"}})
		if err != nil {
			t.Fatal(name, err)
		}
		all, err := series.ReadAll(r)
		if err != nil {
			t.Fatal(name, err)
		}
		s := all[0]
		if !slices.Equal(s.Channels, []string{"channel2", "channel0"}) || !slices.Equal(s.Values[0], []float64{3, 6}) || !slices.Equal(s.Values[1], []float64{1, 4}) {
			t.Errorf("%s: %v %v", name, s.Channels, s.Values)
		}
		if told := Readings(r)[0]; !slices.Equal(told.Channels, s.Channels) || len(told.LeftOut) != 1 || told.LeftOut[0].Column != "channel1" {
			t.Errorf("%s: read as %+v", name, told)
		}
		r, err = Open(path, Options{Channels: []string{"flow"}})
		if err == nil {
			_, err = series.ReadAll(r)
		}
		var known *Error
		if err == nil || !strings.Contains(err.Error(), "flow") || !errors.As(err, &known) || known.File != path {
			t.Errorf("%s: a channel that is not there: %v", name, err)
		}
	}
}
