package ipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	foreign "github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

// stream makes an IPC stream with a dictionary of texts and a column of numbers.
func stream(t testing.TB, o ...foreign.Option) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "series", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
		{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := range 100 {
		if err := b.Field(0).(*array.BinaryDictionaryBuilder).AppendString("series " + string(rune('a'+i/50))); err != nil {
			t.Fatal(err)
		}
		b.Field(1).(*array.Float64Builder).Append(float64(i))
	}
	var out bytes.Buffer
	w := foreign.NewWriter(&out, append(o, foreign.WithSchema(schema))...)
	if err := w.Write(b.NewRecord()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// split cuts an IPC stream into its messages.
func split(t *testing.T, stream []byte) (out [][]byte) {
	t.Helper()
	for len(stream) > 8 {
		size := int(binary.LittleEndian.Uint32(stream[4:]))
		m, err := parseMessage(stream[8 : 8+size])
		if err != nil {
			t.Fatal(err)
		}
		n := 8 + size + int(m.body)
		out, stream = append(out, stream[:n]), stream[n:]
	}
	return out
}

// drain reads all rows of a stream, with random access and as out of a pipe.
func drain(content []byte, memory int64, pipe bool) (rows int, err error) {
	at, size := io.ReaderAt(bytes.NewReader(content)), int64(len(content))
	if pipe {
		at, size = nil, -1
	}
	r, err := OpenStream(bytes.NewReader(content), at, size, Options{Memory: memory})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var all []int
	for i, c := range r.Columns() {
		if c.Type != nil {
			all = append(all, i)
		}
	}
	r.Select(all)
	for {
		arrays, err := r.Next(64)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if len(arrays) == 0 {
			return rows, nil
		}
		rows += arrays[0].Len()
	}
}

func TestOrderOfMessages(t *testing.T) {
	m := split(t, stream(t, foreign.WithZstd()))
	if len(m) != 3 {
		t.Fatalf("%d messages, want schema, dictionary and records", len(m))
	}
	for _, tt := range []struct {
		order []int
		rows  int
		want  string
	}{
		{[]int{0, 1, 2}, 100, ""},
		{[]int{0, 1, 2, 1, 2}, 200, ""},
		{[]int{0, 2}, 0, "records before the dictionaries that they need"},
		{[]int{0, 0, 1, 2}, 0, "a second schema"},
		{[]int{1, 2}, 0, "the schema does not come first"},
		{nil, 0, "no schema in the Arrow stream"},
	} {
		var s []byte
		for _, i := range tt.order {
			s = append(s, m[i]...)
		}
		for _, pipe := range []bool{false, true} {
			rows, err := drain(s, 0, pipe)
			if tt.want == "" && (err != nil || rows != tt.rows) || tt.want != "" && (err == nil || !strings.HasSuffix(err.Error(), tt.want)) {
				t.Errorf("%v: %d rows and %v, want %d and %q", tt.order, rows, err, tt.rows, tt.want)
			}
		}
	}
}

// Dictionaries that add to each other stay in memory, so they are bounded together.
func TestDictionariesBounded(t *testing.T) {
	m := split(t, stream(t))
	if _, err := drain(bytes.Join(m, nil), 8, false); !errors.Is(err, fault.ErrLimit) || !strings.Contains(err.Error(), "dictionaries") {
		t.Errorf("a dictionary of some 30 bytes with 8 of memory: %v, want ErrLimit", err)
	}
}

// A marker of the end in the middle hides data; zeros after it are padding.
func TestDataAfterTheEnd(t *testing.T) {
	whole := stream(t)
	if _, err := drain(append(whole, make([]byte, 5000)...), 0, false); err != nil {
		t.Errorf("zeros after the end: %v", err)
	}
	m := split(t, whole)
	hidden := bytes.Join([][]byte{m[0], {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, m[1], m[2]}, nil)
	if _, err := drain(hidden, 0, false); !errors.Is(err, fault.ErrCorrupt) {
		t.Errorf("messages after the end: %v, want ErrCorrupt", err)
	}
}

// A file whose blocks overlap, lie outside or differ from the messages is refused.
func TestBlocks(t *testing.T) {
	for name, b := range map[string][]block{
		"outside":  {{8, 100, 1000}},
		"before":   {{0, 100, 100}},
		"overlap":  {{8, 100, 100}, {200, 100, 100}},
		"twice":    {{8, 100, 100}, {8, 100, 100}},
		"negative": {{8, 100, -1}},
		"overflow": {{8, 100, 1<<63 - 1}},
		"no room":  {{8, 4, 0}},
	} {
		if err := apart(b, 1000); !errors.Is(err, fault.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
	if err := apart([]block{{300, 100, 600}, {8, 100, 192}}, 1000); err != nil {
		t.Error(err)
	}
}

// FuzzStream reads whatever it is given without a panic, with the same outcome from a pipe.
func FuzzStream(f *testing.F) {
	f.Add(stream(f))
	f.Add(stream(f, foreign.WithLZ4()))
	f.Add(stream(f, foreign.WithZstd()))
	for _, name := range []string{"types.arrows", "delta.arrows", "polars.arrows"} {
		b, err := os.ReadFile("../../testdata/columnar/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		rows, err := drain(content, 1<<16, false)
		piped, perr := drain(content, 1<<16, true)
		if err == nil && (perr != nil || piped != rows) {
			t.Fatalf("%d rows at random, %d and %v from a pipe", rows, piped, perr)
		}
	})
}

// FuzzFile is FuzzStream for files.
func FuzzFile(f *testing.F) {
	for _, name := range []string{"types.arrow", "types-lz4.arrow", "types-zstd.arrow", "lists.arrow", "polars.arrow", "polars-zstd.arrow", "duckdb.arrow"} {
		b, err := os.ReadFile("../../testdata/columnar/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{Memory: 1 << 16})
		if err != nil {
			return
		}
		defer r.Close()
		for i, c := range r.Columns() {
			if c.Type == nil {
				continue
			}
			one, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{Memory: 1 << 16})
			if err != nil {
				t.Fatal(err)
			}
			one.Select([]int{i})
			for range 1000 {
				if _, err := one.Next(50); err != nil {
					break
				}
			}
			if err := one.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
