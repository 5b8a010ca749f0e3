package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// shared is a folder of the public data sets, beside the project; a test that needs it skips where it is missing.
func shared(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("wants the shared data, which are not here: ", dir)
	}
	return dir
}

func TestPublishedClassification(t *testing.T) {
	for dir, want := range map[string]int{"ucr": 44, "ucr_partial": 4, "uea": 9} {
		dir := shared(t, dir)
		sets, err := Find(dir, Options{})
		if err != nil || len(sets) != want {
			t.Fatalf("%s: %d sets, %v, want %d", dir, len(sets), err, want)
		}
		for i, s := range sets {
			if i%5 != 0 && want > 10 {
				continue // their forms are the same
			}
			if _, err := s.Read(context.Background(), datasets.Options{}); err != nil {
				t.Error(err)
			}
		}
	}
	// The number of series, channels and time stamps that the sets' pages say.
	for name, want := range map[string][4]int{"MoteStrain": {20, 1252, 1, 84}, "ECG200": {100, 100, 1, 96}} {
		checkSize(t, filepath.Join(shared(t, "ucr"), name), want)
	}
	for name, want := range map[string][4]int{
		"FingerMovements": {316, 100, 28, 50}, "PenDigits": {7494, 3498, 2, 8}, "BasicMotions": {40, 40, 6, 100}, "ERing": {30, 270, 4, 65},
	} {
		checkSize(t, filepath.Join(shared(t, "uea"), name), want)
	}
	checkSize(t, filepath.Join(shared(t, "ucr_partial"), "Crop"), [4]int{7200, 16799, 1, 46})
}

// checkSize compares the number of train and test series, of channels and of time stamps.
func checkSize(t *testing.T, dir string, want [4]int) {
	t.Helper()
	sets, err := Find(dir, Options{})
	if err != nil || len(sets) != 1 {
		t.Fatalf("%s: %v, %v", dir, sets, err)
	}
	d, err := sets[0].Read(context.Background(), datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := [4]int{len(d.Train), len(d.Test), d.Train[0].NumChannels(), d.Test[0].Len()}; got != want {
		t.Errorf("%s: train, test, channels and length %v, want %v", dir, got, want)
	}
}

func TestPublishedAnomalies(t *testing.T) {
	dir := shared(t, "anomaly")
	sets, err := Find(dir, Options{Task: Anomaly})
	if err != nil {
		t.Fatal(err)
	}
	type sum struct{ sets, train, test, anomalous int }
	got := map[string]sum{}
	for _, s := range sets {
		d, err := s.Read(context.Background(), datasets.Options{})
		if err != nil {
			t.Errorf("%s, taken for %s: %v", s.Name, s.Collection, err)
			continue
		}
		n := got[s.Collection]
		n.sets++
		for _, one := range d.Train {
			n.train += one.Len()
		}
		for _, one := range d.Test {
			n.test += one.Len()
			n.anomalous += len(anomalies(one))
		}
		got[s.Collection] = n
		if s.Collection == "SMD" && n.sets == 1 {
			streams(t, s, d)
		}
	}
	// The numbers of recordings and of time stamps are those of the collections' own pages; 81 of the 82 telemetry
	// channels have labels. What was anomalous in them was counted by other programs.
	for name, want := range map[string]sum{
		"NAB": {58, 0, 365558, 0}, "SKAB": {34, 34 * 400, 37401, 13067}, "UCR anomaly": {5, 1600 + 2300 + 3000 + 1200 + 10000, 0, 0},
		"SMD": {8, 0, 0, 0}, "SMAP": {54, 0, 0, 0}, "MSL": {27, 0, 0, 0}, Table: {3, 0, 17568 + 8784 + 7040, 103 + 13},
	} {
		n := got[name]
		if n.sets != want.sets || want.train > 0 && n.train != want.train || want.test > 0 && n.test != want.test || want.anomalous > 0 && n.anomalous != want.anomalous {
			t.Errorf("%s: %+v, want %+v", name, n, want)
		}
	}
	t.Log(got)
}

// streams reads a set chunk by chunk and compares it with what was read whole.
func streams(t *testing.T, s Set, d *Data) {
	t.Helper()
	r, err := s.OpenTest(datasets.Options{ChunkRows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	all, err := series.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || len(all) != 1 || len(anomalies(all[0])) != len(anomalies(d.Test[0])) {
		t.Errorf("%s: the stream of the test part: %v", s.Name, err)
	}
}
