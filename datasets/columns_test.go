package datasets

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/datasets/internal/ipc"
	"github.com/wavekin/wavekin/datasets/internal/pq"
)

// Rows by columns are the same file as rows one by one, in any portions.
func TestAppendColumns(t *testing.T) {
	cols := []Column{{Name: "series", Type: String}, {Name: "time", Type: Timestamp, Zone: "Europe/Berlin"}, {Name: "x", Type: Float32}, {Name: "y", Type: Float64},
		{Name: "n", Type: Int64}, {Name: "v", Type: Vector, Dim: 2}}
	const rows = writeRows + 100
	all := []Values{{String: make([]string, rows)}, {Int64: make([]int64, rows)}, {Float32: make([]float32, rows)}, {Float64: make([]float64, rows)},
		{Int64: make([]int64, rows), Null: make([]bool, rows)}, {Float32: make([]float32, 2*rows)}}
	for i := range rows {
		all[0].String[i], all[1].Int64[i], all[2].Float32[i], all[3].Float64[i] = string(rune('a'+i%3)), int64(i), float32(i), float64(i)/3
		all[4].Int64[i], all[4].Null[i], all[5].Float32[2*i] = int64(i), i%7 == 0, float32(i)
		if i%7 == 0 {
			all[4].Int64[i] = 0
		}
		if i%5 == 0 {
			all[2].Float32[i], all[3].Float64[i] = float32(gap), gap
		}
	}
	part := func(from, to int) (out []Values) {
		return []Values{{String: all[0].String[from:to]}, {Int64: all[1].Int64[from:to]}, {Float32: all[2].Float32[from:to]}, {Float64: all[3].Float64[from:to]},
			{Int64: all[4].Int64[from:to], Null: all[4].Null[from:to]}, {Float32: all[5].Float32[2*from : 2*to]}}
	}
	for _, ending := range []string{".arrow", ".arrows", ".parquet", ".csv"} {
		dir := t.TempDir()
		write := func(name string, fill func(w *Writer) error) []byte {
			t.Helper()
			w, err := Create(filepath.Join(dir, name+ending), cols, WriterOptions{Metadata: map[string]string{"model": "m1"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(fill(w), w.Close()); err != nil {
				t.Fatal(err)
			}
			if w.Rows() != rows {
				t.Errorf("%d rows, want %d", w.Rows(), rows)
			}
			b, err := os.ReadFile(filepath.Join(dir, name+ending))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		whole := write("whole", func(w *Writer) error { return w.AppendColumns(all...) })
		parts := write("parts", func(w *Writer) error {
			for from := 0; from < rows; from += 999 {
				if err := w.AppendColumns(part(from, min(from+999, rows))...); err != nil {
					return err
				}
			}
			return nil
		})
		single := write("single", func(w *Writer) error {
			for i := range rows {
				var n any
				if i%7 != 0 {
					n = i
				}
				if err := w.Append(all[0].String[i], int64(i), all[2].Float32[i], all[3].Float64[i], n, all[5].Float32[2*i:2*i+2]); err != nil {
					return err
				}
			}
			return nil
		})
		if !bytes.Equal(whole, single) || !bytes.Equal(whole, parts) {
			t.Errorf("%s: the three ways differ", ending)
		}
		var meta map[string]string
		switch ending {
		case ".arrow":
			r, err := ipc.OpenFile(bytes.NewReader(whole), int64(len(whole)), ipc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			meta = r.Metadata()
			if name := r.Columns()[1].TypeName; name != "timestamp[ns, tz=Europe/Berlin]" {
				t.Errorf("the time is %s", name)
			}
		case ".parquet":
			r, err := pq.OpenFile(bytes.NewReader(whole), int64(len(whole)), pq.Options{})
			if err != nil {
				t.Fatal(err)
			}
			meta = r.Metadata()
		default:
			continue
		}
		if meta["model"] != "m1" {
			t.Errorf("%s: metadata %v", ending, meta)
		}
	}
}

func TestAppendColumnsRefuses(t *testing.T) {
	cols := []Column{{Name: "a", Type: Int64}, {Name: "v", Type: Vector, Dim: 2}}
	for _, bad := range [][]Values{
		{{Int64: []int64{1}}},
		{{Int64: []int64{1}}, {Float32: []float32{1}}},
		{{Int64: []int64{1}}, {Float32: []float32{1, 2, 3, 4}}},
		{{Float64: []float64{1}}, {Float32: []float32{1, 2}}},
		{{Int64: []int64{1}, Null: []bool{true, false}}, {Float32: []float32{1, 2}}},
	} {
		w, err := NewWriter(filepath.Join(t.TempDir(), "x.arrow"), cols)
		if err != nil {
			t.Fatal(err)
		}
		var e *WriteError
		if err := w.AppendColumns(bad...); !errors.As(err, &e) {
			t.Errorf("%v: %v, want a *WriteError", bad, err)
		}
	}
}

// Appending columns allocates nothing for a value.
func TestAppendColumnsAllocates(t *testing.T) {
	w, err := NewWriter(filepath.Join(t.TempDir(), "x.arrow"), []Column{{Name: "a", Type: Int64}, {Name: "v", Type: Vector, Dim: 4}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Abort() }()
	a, v := make([]int64, 1024), make([]float32, 4096)
	if n := testing.AllocsPerRun(64, func() {
		if err := w.AppendColumns(Values{Int64: a}, Values{Float32: v}); err != nil {
			t.Fatal(err)
		}
	}); n > 20 {
		t.Errorf("%v allocations for 1,024 rows", n)
	}
}
