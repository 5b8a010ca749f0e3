package datasets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/series"
)

func TestWriterRoundTrip(t *testing.T) {
	cols := []Column{{Name: "series", Type: String}, {Name: "time", Type: Timestamp}, {Name: "label", Type: Float64},
		{Name: "x", Type: Float32}, {Name: "y", Type: Float64}, {Name: "n", Type: Int64}}
	want := []*series.Series{
		{ID: "a, \"b\"", Values: [][]float64{{0.5, gap}, {1e-30, 3}, {-5, gap}}, Times: []int64{1, 1700000000123456789}, PointLabels: []float64{0, 1}},
		{ID: "c", Values: [][]float64{{7}, {8}, {9}}, Times: []int64{-1e9}, PointLabels: []float64{gap}},
	}
	for _, ending := range []string{".arrow", ".arrows", ".parquet", ".csv"} {
		t.Run(ending, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x"+ending)
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			w, err := newWriter(path, cols, WriterOptions{}, mem)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range [][]any{
				{"a, \"b\"", int64(1), float64(0), float32(0.5), 1e-30, -5},
				{"a, \"b\"", int64(1700000000123456789), float64(1), float32(gap), 3.0, nil},
				{"c", int64(-1e9), nil, float32(7), 8.0, int64(9)},
			} {
				if err := w.Append(row...); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Error("the output is there before Close")
			}
			for range 2 {
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
			}
			mem.AssertSize(t, 0)
			checkSame(t, mustRead(t, path, Options{}), want)
			if names := folder(t, filepath.Dir(path)); names != "x"+ending {
				t.Errorf("left in the folder: %s", names)
			}
		})
	}
}

func folder(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestWriterVectors(t *testing.T) {
	for _, ending := range []string{".arrow", ".csv"} {
		path := filepath.Join(t.TempDir(), "x"+ending)
		w, err := NewWriter(path, []Column{{Name: "start", Type: Int64}, {Name: "embedding", Type: Vector, Dim: 2}})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Append(int64(0), []float32{1, 2}), w.Append(int64(5), []float32{3, 4}), w.Close()); err != nil {
			t.Fatal(err)
		}
		all := mustRead(t, path, Options{})
		got := fmt.Sprint(all[0].Channels, all[0].Values, len(all))
		want := "[embedding] [[1 2]] 2"
		if ending == ".csv" {
			want = "[start embedding_0 embedding_1] [[0 5] [1 3] [2 4]] 1"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", ending, got, want)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	dir := t.TempDir()
	var e *WriteError
	for path, cols := range map[string][]Column{
		"x.csv": {{Name: "v", Type: List}}, "x.arrow": {{Name: "v"}, {Name: "v"}}, "y.arrow": {{Name: "v", Type: Vector}}, "z.arrow": {},
		"x.doc": {{Name: "v"}}, "none/x.arrow": {{Name: "v"}},
	} {
		if _, err := NewWriter(filepath.Join(dir, path), cols); !errors.As(err, &e) {
			t.Errorf("%s: %v, want a *WriteError", path, err)
		}
	}
	path := filepath.Join(dir, "a.arrow")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]any{{}, {"text"}, {1.5}, {int64(1), int64(2)}, {[]float64{1}}} {
		w, err := NewWriter(path, []Column{{Name: "v", Type: Int64}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(row...); !errors.As(err, &e) {
			t.Errorf("%v: %v, want a *WriteError", row, err)
		}
		if err := w.Close(); !errors.As(err, &e) {
			t.Errorf("Close after a failure: %v, want a *WriteError", err)
		}
	}
	w, err := NewWriter(path, []Column{{Name: "v", Type: Int64}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Append(1), w.Abort(), w.Abort()); err != nil {
		t.Fatal(err)
	}
	if old, _ := os.ReadFile(path); string(old) != "old" || folder(t, dir) != "a.arrow" {
		t.Errorf("after failures there is %q in %s", old, folder(t, dir))
	}
}

// On a full disk the error is told, what was in the place stays, and nothing else is left.
func TestFullDisk(t *testing.T) {
	for _, ending := range []string{".arrow", ".arrows", ".parquet", ".csv"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x"+ending)
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := NewWriter(path, []Column{{Name: "v", Type: Float64}})
		if err != nil {
			t.Fatal(err)
		}
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip("wants /dev/full, a disk that is full, which is not here: ", err)
		}
		// What the sink writes goes to the full device from here on.
		start, _ := sinkFor(path)
		_ = w.f.Close()
		w.f.File = full
		if w.sink, err = start(full, w.cols, WriterOptions{}, memory.DefaultAllocator); err != nil {
			t.Fatal(err)
		}
		var failed error
		for i := 0; i < 2*writeRows && failed == nil; i++ {
			failed = w.Append(float64(i))
		}
		if failed == nil {
			failed = w.Close()
		}
		var e *WriteError
		if !errors.As(failed, &e) || !strings.HasSuffix(failed.Error(), "no space left on device") || !strings.Contains(failed.Error(), path) {
			t.Errorf("%s: %v, want a *WriteError that says no space left on device", ending, failed)
		}
		if err := w.Close(); !errors.As(err, &e) {
			t.Errorf("%s: Close: %v, want a *WriteError", ending, err)
		}
		if old, _ := os.ReadFile(path); string(old) != "old" || folder(t, dir) != "x"+ending {
			t.Errorf("%s: there is %q in %s", ending, old, folder(t, dir))
		}
	}
}

func TestConvert(t *testing.T) {
	for _, name := range []string{"ucr/Chinatown/Chinatown_TRAIN.ts", "uea/BasicMotions/BasicMotions_TRAIN.ts.zst", "anomaly/NAB/data/realKnownCause/nyc_taxi.csv.zst",
		"anomaly/SKAB/other/1.csv.zst"} {
		in := shared(t, name)
		want := mustRead(t, in, Options{})
		for _, ending := range []string{".arrow", ".arrows"} {
			out := filepath.Join(t.TempDir(), "out"+ending)
			if _, err := Convert(context.Background(), in, out, Options{ChunkRows: 333}); err != nil {
				t.Fatal(err)
			}
			got := mustRead(t, out, Options{})
			checkSame(t, got, want)
			if fmt.Sprint(got[0].Channels) != fmt.Sprint(want[0].Channels) {
				t.Errorf("%s: channels %v, want %v", name, got[0].Channels, want[0].Channels)
			}
		}
	}
	// Positions where there are no time stamps; gaps survive; CSV of series with a class.
	out := filepath.Join(t.TempDir(), "out.csv")
	if _, err := Convert(context.Background(), put(t, "u.ts", "@problemName u\n@classLabel true\n@data\n1,?:a\n3:b\n"), out, Options{}); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(out)
	if want := "series,index,label,value\nu/0,0,a,1\nu/0,1,a,\nu/1,0,b,3\n"; string(text) != want {
		t.Errorf("got %q, want %q", text, want)
	}
	checkSame(t, mustRead(t, out, Options{}), []*series.Series{{ID: "u/0", Label: "a", Values: [][]float64{{1, gap}}}, {ID: "u/1", Label: "b", Values: [][]float64{{3}}}})
}

func TestConvertRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"a.csv": "v\n1\n", "b.csv": "v,w\n1,2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "x.arrow")
	_, err := Convert(context.Background(), dir, out, Options{})
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), `b.csv: column "w": there is no such channel in `) {
		t.Errorf("unequal channels: %v", err)
	}
	if _, err := Convert(context.Background(), put(t, "x.csv", "v\n1\nx\n"), out, Options{}); !errors.As(err, &e) {
		t.Errorf("bad input: %v", err)
	}
	var w *WriteError
	if _, err := Convert(context.Background(), filepath.Join(dir, "a.csv"), "x.doc", Options{}); !errors.As(err, &w) {
		t.Errorf("unknown output: %v", err)
	}
	if names := folder(t, filepath.Dir(out)); names != "" {
		t.Errorf("left behind: %s", names)
	}
}

// Positions in a time column stay the numbers that they were, dates become dates, and both come back as they were.
func TestConvertKeepsPositions(t *testing.T) {
	for content, want := range map[string]string{
		"time,v\n7,1\n8,2\n": "series,time,v\na,7,1\na,8,2\n",
		"time,v\n2024-05-01 12:30:00,1\n2024-05-01 12:30:00.5,2\n": "series,time,v\na,2024-05-01T12:30:00Z,1\na,2024-05-01T12:30:00.5Z,2\n",
	} {
		in := put(t, "a.csv", content)
		arrow, back := filepath.Join(t.TempDir(), "a.arrow"), filepath.Join(t.TempDir(), "b.csv")
		for _, step := range [][2]string{{in, arrow}, {arrow, back}} {
			if n, err := Convert(context.Background(), step[0], step[1], Options{}); err != nil || n.Rows != 2 || n.Series != 1 {
				t.Fatalf("%+v, %v", n, err)
			}
		}
		if got, _ := os.ReadFile(back); string(got) != want {
			t.Errorf("%q became %q, want %q", content, got, want)
		}
	}
}

func TestConvertInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	if _, err := Convert(ctx, put(t, "a.csv", "v\n1\n2\n"), filepath.Join(dir, "a.arrow"), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left := folder(t, dir); left != "" {
		t.Errorf("left behind: %s", left)
	}
}

// TestConstants writes columns of one value by rows and by columns, and refuses one that is called like another.
func TestConstants(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.csv")
	cols := []Column{{Name: "v", Type: Int64}}
	w, err := Create(out, cols, WriterOptions{Constants: []Constant{{Name: "day", Value: "2026-11-25"}, {Name: "line", Null: true}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{w.Append(1), w.AppendColumns(Values{Int64: []int64{2, 3}}), w.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(out)
	if want := "v,day,line\n1,2026-11-25,\n2,2026-11-25,\n3,2026-11-25,\n"; err != nil || string(text) != want {
		t.Errorf("got %q (%v), want %q", text, err, want)
	}
	if _, err := Create(out, cols, WriterOptions{Constants: []Constant{{Name: "v"}}}); err == nil || !strings.Contains(err.Error(), "there twice") {
		t.Errorf("two columns of one name: %v", err)
	}
}
