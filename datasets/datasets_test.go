package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// put writes a file into a fresh folder and returns its path.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll opens a path and joins all chunks.
func readAll(path string, o Options) ([]*series.Series, error) {
	r, err := Open(path, o)
	if err != nil {
		return nil, err
	}
	all, err := series.ReadAll(r)
	return all, errors.Join(err, r.Close())
}

// readBytes does the same with what would be in a file, which is faster.
func readBytes(path string, b []byte, o Options) ([]*series.Series, error) {
	if o.ChunkRows < 1 {
		o.ChunkRows = DefaultChunkRows
	}
	closed := 0
	r, err := openContent(path, bytes.NewReader(b), int64(len(b)), func() { closed++ }, &o)
	if err == nil {
		var all []*series.Series
		all, err = series.ReadAll(r)
		if err = errors.Join(err, r.Close()); err == nil && closed == 1 {
			return all, nil
		}
	}
	if closed != 1 {
		return nil, fmt.Errorf("the file was closed %d times", closed)
	}
	return nil, err
}

func mustRead(t testing.TB, path string, o Options) []*series.Series {
	t.Helper()
	all, err := readAll(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sameValues compares bits, all gaps being alike.
func sameValues(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !(series.IsGap(a[i]) && series.IsGap(b[i])) {
			return false
		}
	}
	return true
}

func checkSame(t *testing.T, got, want []*series.Series) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d series, want %d", len(got), len(want))
	}
	for i, g := range got {
		w := want[i]
		if g.ID != w.ID || g.Label != w.Label || len(g.Values) != len(w.Values) || len(g.Times) != len(w.Times) || len(g.PointLabels) != len(w.PointLabels) {
			t.Fatalf("series %d: %q %q, %d channels, %d times, %d labels; want %q %q, %d, %d, %d", i, g.ID, g.Label, len(g.Values), len(g.Times),
				len(g.PointLabels), w.ID, w.Label, len(w.Values), len(w.Times), len(w.PointLabels))
		}
		for c := range g.Values {
			if !sameValues(g.Values[c], w.Values[c]) {
				t.Fatalf("series %d channel %d: %v, want %v", i, c, g.Values[c], w.Values[c])
			}
		}
		for j := range g.Times {
			if g.Times[j] != w.Times[j] {
				t.Fatalf("series %d time %d: %d, want %d", i, j, g.Times[j], w.Times[j])
			}
		}
		if !sameValues(g.PointLabels, w.PointLabels) {
			t.Fatalf("series %d: labels %v, want %v", i, g.PointLabels, w.PointLabels)
		}
	}
}

// shared returns a path of the data that the project's tests share, or skips.
func shared(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "shared", "data", filepath.FromSlash(path))
	if _, err := os.Stat(full); err != nil {
		t.Skip("wants the shared data, which are not here: ", full)
	}
	return full
}

func TestRealFiles(t *testing.T) {
	// Counts as the archives' own descriptions give them.
	tests := []struct {
		path                   string
		series, channels, long int
		label                  string
	}{
		{"ucr/GunPoint/GunPoint_TRAIN.tsv.zst", 50, 1, 150, "2"},
		{"ucr/GunPoint/GunPoint_TEST.tsv.zst", 150, 1, 150, "1"},
		{"ucr/Chinatown/Chinatown_TRAIN.ts", 20, 1, 24, "1"},
		{"uea/BasicMotions/BasicMotions_TRAIN.ts.zst", 40, 6, 100, "Standing"},
		{"uea/ERing/ERing_TRAIN.arff.zst", 30, 4, 65, "3"},
		{"anomaly/SMD/machine-1-6_test.npy.zst", 1, 38, 23689, ""},
		{"anomaly/NAB/data/realKnownCause/nyc_taxi.csv.zst", 1, 1, 10320, ""},
		{"anomaly/SKAB/other/1.csv.zst", 1, 8, 745, ""},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.path), func(t *testing.T) {
			all := mustRead(t, shared(t, tt.path), Options{})
			if len(all) != tt.series {
				t.Fatalf("%d series, want %d", len(all), tt.series)
			}
			for _, s := range all {
				if s.NumChannels() != tt.channels || s.Len() != tt.long {
					t.Fatalf("%s: %d channels of %d, want %d of %d", s.ID, s.NumChannels(), s.Len(), tt.channels, tt.long)
				}
			}
			if all[0].Label != tt.label {
				t.Errorf("label %q, want %q", all[0].Label, tt.label)
			}
		})
	}
}

func TestRealFolder(t *testing.T) {
	dir := shared(t, "anomaly/NAB/data/realKnownCause")
	all := mustRead(t, dir, Options{Sort: true})
	if len(all) != 7 {
		t.Fatalf("%d series, want 7", len(all))
	}
	if all[0].ID != "ambient_temperature_system_failure" || all[0].Times == nil {
		t.Errorf("first series %q, times %v", all[0].ID, all[0].Times != nil)
	}
	// One of them has a stretch of time twice.
	if _, err := readAll(filepath.Join(dir, "machine_temperature*"), Options{}); !errors.Is(err, ErrOrder) {
		t.Errorf("got %v, want ErrOrder", err)
	}
}

func TestChunksJoin(t *testing.T) {
	path := shared(t, "anomaly/NAB/data/realKnownCause/nyc_taxi.csv.zst")
	whole := mustRead(t, path, Options{})
	r, err := Open(path, Options{ChunkRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := 0
	for {
		s, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s.Start != at || s.Len() > 100 {
			t.Fatalf("chunk at %d of %d, want at %d of at most 100", s.Start, s.Len(), at)
		}
		at += s.Len()
	}
	if at != whole[0].Len() {
		t.Errorf("%d rows in chunks, %d at once", at, whole[0].Len())
	}
	checkSame(t, mustRead(t, path, Options{ChunkRows: 97}), whole)
}

func TestStamps(t *testing.T) {
	tests := []struct {
		text string
		want int64
	}{
		{"1970-01-01 00:00:01", 1e9},
		{"1970-01-01T00:00:01.5Z", 15e8},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1970-01-02", 864e11},
		{"1970/01/01 00:01", 60e9},
		{"1477238400", 1477238400e9}, // seconds, as in the KPI data
		{"1477238400000", 1477238400e9},
		{"1477238400000000", 1477238400e9},
		{"1477238400000000000", 1477238400e9},
		{"17", 17}, // a position
		{"0.25", 25e7},
	}
	for _, tt := range tests {
		var p stamps
		if got, err := p.fromText(tt.text); err != nil || got != tt.want {
			t.Errorf("%s: %d, %v, want %d", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"yesterday", "1066-10-14", "9999-01-01", "", "99999999999999999999"} {
		var p stamps
		if got, err := p.fromText(text); err == nil {
			t.Errorf("%q: %d, want an error", text, got)
		}
	}
	// The first number decides the unit.
	p := stamps{}
	_, _ = p.fromText("1477238400")
	if _, err := p.fromText("1477238400000000000"); err == nil {
		t.Error("seconds and nanoseconds in one column: want an error")
	}
}

func TestHalf(t *testing.T) {
	// Values of IEEE 754 binary16: one, the largest, the smallest normal and subnormal.
	for bits, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: math.Ldexp(1, -14), 0x0001: math.Ldexp(1, -24), 0x8000: 0} {
		if got := half(bits); got != want {
			t.Errorf("%#x: %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(half(0x7e00)) || !math.IsInf(half(0x7c00), 1) {
		t.Error("NaN or infinity is neither")
	}
}
