package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/series"
)

// arrowBytes makes an IPC stream or file of records, built by the library alone.
func arrowBytes(t testing.TB, file bool, schema *arrow.Schema, fill func(b *array.RecordBuilder), batches int, o ...ipc.Option) []byte {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	f, err := os.Create(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var w interface {
		Write(arrow.Record) error
		Close() error
	}
	o = append(o, ipc.WithSchema(schema))
	if file {
		if w, err = ipc.NewFileWriter(f, o...); err != nil {
			t.Fatal(err)
		}
	} else {
		w = ipc.NewWriter(f, o...)
	}
	for range batches {
		fill(b)
		rec := b.NewRecord()
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
		rec.Release()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFormatOfColumns: the format and the zone of time stamps hold for columns of numbers, too. 45443.5 is noon of 31 May 2024 in a
// spreadsheet, and 10:00 UTC where it was written in Berlin.
func TestFormatOfColumns(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "time", Type: arrow.PrimitiveTypes.Float64}, {Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	file := arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Float64Builder).AppendValues([]float64{45443.5, 45443.5 + 1./24}, nil)
		b.Field(1).(*array.Float64Builder).AppendValues([]float64{1, 2}, nil)
	}, 1)
	path := filepath.Join(t.TempDir(), "x.arrow")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2024, 5, 31, 12, 0, 0, 0, time.UTC).UnixNano()
	for _, c := range []struct {
		o     Options
		first int64
		step  time.Duration
	}{
		{Options{}, 45443.5e9, time.Second / 24},
		{Options{TimeFormat: "excel"}, noon, time.Hour},
		{Options{TimeFormat: "excel", TimeZone: "Europe/Berlin"}, noon - 2*int64(time.Hour), time.Hour},
		{Options{TimeFormat: "ms"}, 45443.5e6, time.Millisecond / 24},
	} {
		all, err := readAll(path, c.o)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v: %d series, %v", c.o, len(all), err)
		}
		if got := all[0].Times; got[0] != c.first || time.Duration(got[1]-got[0]-int64(c.step)).Abs() > time.Microsecond {
			t.Errorf("%q %q: %v, want %d and %v later", c.o.TimeFormat, c.o.TimeZone, got, c.first, c.step)
		}
	}
}

// longSchema and fillLong are a small long table.
var longSchema = arrow.NewSchema([]arrow.Field{
	{Name: "when", Type: &arrow.TimestampType{Unit: arrow.Millisecond}},
	{Name: "series", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
	{Name: "label", Type: arrow.FixedWidthTypes.Boolean},
	{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	{Name: "n", Type: arrow.PrimitiveTypes.Uint16, Nullable: true},
	{Name: "note", Type: arrow.BinaryTypes.String},
}, nil)

func fillLong(b *array.RecordBuilder) {
	b.Field(0).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{1, 2, 3}, nil)
	for _, s := range []string{"a", "a", "b"} {
		_ = b.Field(1).(*array.BinaryDictionaryBuilder).AppendString(s)
	}
	b.Field(2).(*array.BooleanBuilder).AppendValues([]bool{true, false, true}, nil)
	b.Field(3).(*array.Float64Builder).AppendValues([]float64{0.5, 9, 2}, []bool{true, false, true})
	b.Field(4).(*array.Uint16Builder).AppendValues([]uint16{1, 2, 65535}, nil)
	b.Field(5).(*array.StringBuilder).AppendValues([]string{"p", "q", "r"}, nil)
}

var longWant = []*series.Series{
	{ID: "a", Values: [][]float64{{0.5, gap}, {1, 2}}, Times: []int64{1e6, 2e6}, PointLabels: []float64{1, 0}},
	{ID: "b", Values: [][]float64{{2}, {65535}}, Times: []int64{3e6}, PointLabels: []float64{1}},
}

func TestArrowLong(t *testing.T) {
	for _, file := range []bool{true, false} {
		for name, o := range map[string][]ipc.Option{"plain": nil, "zstd": {ipc.WithZstd()}, "lz4": {ipc.WithLZ4()}} {
			content := string(arrowBytes(t, file, longSchema, fillLong, 1, o...))
			for _, chunk := range []int{1, 2, 0} {
				all := mustRead(t, put(t, "x", content), Options{ChunkRows: chunk})
				t.Run(fmt.Sprintf("%s/file=%v/chunk=%d", name, file, chunk), func(t *testing.T) { checkSame(t, all, longWant) })
			}
		}
	}
}

func TestArrowTypes(t *testing.T) {
	half := float16.New(1.5)
	for _, tt := range []struct {
		typ  arrow.DataType
		fill func(b array.Builder)
		want []float64
	}{
		{arrow.PrimitiveTypes.Int8, func(b array.Builder) { b.(*array.Int8Builder).Append(-128) }, []float64{-128, gap}},
		{arrow.PrimitiveTypes.Int16, func(b array.Builder) { b.(*array.Int16Builder).Append(-300) }, []float64{-300, gap}},
		{arrow.PrimitiveTypes.Int32, func(b array.Builder) { b.(*array.Int32Builder).Append(70000) }, []float64{70000, gap}},
		{arrow.PrimitiveTypes.Int64, func(b array.Builder) { b.(*array.Int64Builder).Append(-7) }, []float64{-7, gap}},
		{arrow.PrimitiveTypes.Uint8, func(b array.Builder) { b.(*array.Uint8Builder).Append(255) }, []float64{255, gap}},
		{arrow.PrimitiveTypes.Uint32, func(b array.Builder) { b.(*array.Uint32Builder).Append(1 << 31) }, []float64{1 << 31, gap}},
		{arrow.PrimitiveTypes.Uint64, func(b array.Builder) { b.(*array.Uint64Builder).Append(1 << 63) }, []float64{1 << 63, gap}},
		{arrow.FixedWidthTypes.Float16, func(b array.Builder) { b.(*array.Float16Builder).Append(half) }, []float64{1.5, gap}},
		{arrow.PrimitiveTypes.Float32, func(b array.Builder) { b.(*array.Float32Builder).Append(float32(gap)) }, []float64{gap, gap}},
	} {
		schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: tt.typ, Nullable: true}}, nil)
		content := arrowBytes(t, false, schema, func(b *array.RecordBuilder) { tt.fill(b.Field(0)); b.Field(0).AppendNull() }, 1)
		all := mustRead(t, put(t, "x.arrows", string(content)), Options{})
		if !sameValues(all[0].Values[0], tt.want) {
			t.Errorf("%s: %v, want %v", tt.typ, all[0].Values[0], tt.want)
		}
	}
}

func TestArrowLists(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "label", Type: arrow.PrimitiveTypes.Int64},
		{Name: "x", Type: arrow.ListOf(arrow.PrimitiveTypes.Float64)},
		{Name: "y", Type: arrow.LargeListOf(arrow.PrimitiveTypes.Int32)},
		{Name: "z", Type: arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Float32)},
	}, nil)
	content := string(arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Int64Builder).AppendValues([]int64{3, 4}, nil)
		x, y, z := b.Field(1).(*array.ListBuilder), b.Field(2).(*array.LargeListBuilder), b.Field(3).(*array.FixedSizeListBuilder)
		for i := range 2 {
			x.Append(true)
			x.ValueBuilder().(*array.Float64Builder).AppendValues([]float64{float64(i), 1}, []bool{true, i == 0})
			y.Append(true)
			y.ValueBuilder().(*array.Int32Builder).AppendValues([]int32{5, int32(i)}, nil)
			z.Append(true)
			z.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{float32(i), -1}, nil)
		}
	}, 1))
	checkSame(t, mustRead(t, put(t, "s.arrow", content), Options{ChunkRows: 1}), []*series.Series{
		{ID: "s/0", Label: "3", Values: [][]float64{{0, 1}, {5, 0}, {0, -1}}}, {ID: "s/1", Label: "4", Values: [][]float64{{1, gap}, {5, 1}, {1, -1}}}})
	checkSame(t, mustRead(t, put(t, "s.arrow", content), Options{Channels: []string{"z"}}), []*series.Series{
		{ID: "s/0", Label: "3", Values: [][]float64{{0, -1}}}, {ID: "s/1", Label: "4", Values: [][]float64{{1, -1}}}})
}

// A reader that is closed early leaves no file open and none behind, wherever its batch is.
func TestArrowEarlyClose(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Float64}}, nil)
	content := arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Float64Builder).AppendValues(make([]float64, 1<<16), nil)
	}, 1, ipc.WithLZ4())
	for name, c := range map[string][]byte{"x.arrow": content, "x.arrow.gz": gzipped(t, content)} {
		before := openFiles(t)
		r, err := Open(put(t, name, string(c)), Options{Memory: 1 << 14, ChunkRows: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if during := openFiles(t); during < before+2 {
			t.Errorf("%s: %d open files, want the input and a temporary one beside the %d from before", name, during, before)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if after := openFiles(t); after != before {
			t.Errorf("%s: %d open files after Close, %d before", name, after, before)
		}
		if left := folder(t, dir); left != "" {
			t.Errorf("%s: left behind: %s", name, left)
		}
	}
}

// openFiles counts the files that this process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("wants /proc, to count open files in")
	}
	return len(entries)
}

// Memory follows the setting, not the batch: neither plain nor compressed, neither from a file nor from a pipe is a batch held.
func TestArrowMemory(t *testing.T) {
	const rows, cols, setting = 1 << 19, 8, 2 << 20 // a batch of 32 MiB
	var fields []arrow.Field
	for i := range cols {
		fields = append(fields, arrow.Field{Name: fmt.Sprint("c", i), Type: arrow.PrimitiveTypes.Float64})
	}
	values := make([]float64, rows)
	for i := range values {
		values[i] = float64(i % 1000)
	}
	for _, tt := range []struct {
		name string
		file bool
		o    []ipc.Option
	}{{"x.arrow", true, nil}, {"lz4.arrow", true, []ipc.Option{ipc.WithLZ4()}}, {"zstd.arrow", true, []ipc.Option{ipc.WithZstd()}},
		{"x.arrows", false, nil}, {"x.arrows.zst", false, nil}} {
		content := arrowBytes(t, tt.file, arrow.NewSchema(fields, nil), func(b *array.RecordBuilder) {
			for _, f := range b.Fields() {
				f.(*array.Float64Builder).AppendValues(values, nil)
			}
		}, 1, tt.o...)
		if strings.HasSuffix(tt.name, ".zst") {
			content = zstandard(t, content)
		}
		path := put(t, tt.name, string(content))
		content = nil
		runtime.GC()
		before := liveBytes()
		r, err := Open(path, Options{Memory: setting, ChunkRows: 8192})
		if err != nil {
			t.Fatal(err)
		}
		var peak uint64
		n := 0
		for {
			s, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range s.Len() {
				if s.Values[cols-1][i] != values[n+i] {
					t.Fatalf("%s: row %d is %v, want %v", tt.name, n+i, s.Values[cols-1][i], values[n+i])
				}
			}
			if n += s.Len(); n%(1<<17) < s.Len() {
				runtime.GC()
				peak = max(peak, liveBytes())
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if n != rows {
			t.Errorf("%s: %d rows, want %d", tt.name, n, rows)
		}
		most := int64(3 * setting)
		if strings.Contains(tt.name, "zst") {
			most += 8 << 20 // the window of the frame
		}
		if held := int64(peak) - int64(before); held > most {
			t.Errorf("%s: %.1f MiB are held, the setting is %.1f", tt.name, float64(held)/(1<<20), float64(setting)/(1<<20))
		}
	}
}

// liveBytes is what is allocated on the heap; after a collection, what is in use.
func liveBytes() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A file cut anywhere is an error, never a panic and never half of the data unnoticed.
func TestArrowTruncated(t *testing.T) {
	whole := arrowBytes(t, true, longSchema, fillLong, 1)
	for n := 1; n < len(whole); n++ {
		const path = "cut.arrow"
		_, err := readBytes(path, whole[:n], Options{})
		var e *Error
		if !errors.As(err, &e) || e.File != path {
			t.Fatalf("%d of %d bytes: %v, want an *Error", n, len(whole), err)
		}
		if n > 18 && !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v, want ErrTruncated", n, len(whole), err)
		}
	}
	stream := arrowBytes(t, false, longSchema, fillLong, 1)
	marker := bytes.LastIndex(stream, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	complete := 0
	for n := 8; n < marker; n++ {
		if _, err := readBytes("cut.arrows", stream[:n], Options{}); err == nil {
			complete++ // between two messages a stream may end
		}
	}
	if complete > 2 {
		t.Errorf("%d truncations of a stream went unnoticed, want at most 2: after the schema and after the dictionary", complete)
	}
}

// A file with any byte damaged is read or refused with an *Error; nothing else happens.
func TestArrowCorrupted(t *testing.T) {
	for _, o := range [][]ipc.Option{nil, {ipc.WithZstd()}} {
		whole := arrowBytes(t, true, longSchema, fillLong, 1, o...)
		const path = "bad.arrow"
		for i := range whole {
			if testing.Short() && i%7 != 0 {
				continue
			}
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				bad := bytes.Clone(whole)
				bad[i] ^= flip
				_, err := readBytes(path, bad, Options{})
				var e *Error
				if err != nil && (!errors.As(err, &e) || e.File != path) {
					t.Fatalf("byte %d ^ %#x: %v, want nothing or an *Error", i, flip, err)
				}
			}
		}
	}
}

// claim rewrites the length of the first record batch and of its columns.
func claim(t *testing.T, content []byte, from, to int64) []byte {
	t.Helper()
	old, now := make([]byte, 8), make([]byte, 8)
	binary.LittleEndian.PutUint64(old, uint64(from))
	binary.LittleEndian.PutUint64(now, uint64(to))
	if bytes.Count(content, old) == 0 {
		t.Fatal("the length is not there")
	}
	return bytes.ReplaceAll(content, old, now)
}

func TestArrowClaims(t *testing.T) {
	const rows = 1237 // a number that occurs nowhere else in the file
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Float32}}, nil)
	content := arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Float32Builder).AppendValues(make([]float32, rows), nil)
	}, 1)
	path := put(t, "big.arrow", string(claim(t, content, rows, 1<<40)))
	_, err := readAll(path, Options{})
	want := "the file is damaged: 1099511627776 rows are claimed, the batch has bytes for at most 39"
	if err == nil || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), want) {
		t.Errorf("2^40 rows: %v", err)
	}
	// A body, and a compressed buffer, that would need 2^40 bytes.
	body := int64(rows*4+63) / 64 * 64
	for _, from := range []int64{body, rows * 4} {
		if bytes.Contains(content, binary.LittleEndian.AppendUint64(nil, uint64(from))) {
			_, err = readAll(put(t, "body.arrow", string(claim(t, content, from, 1<<40))), Options{})
			if !errors.Is(err, ErrLimit) && !errors.Is(err, ErrCorrupt) {
				t.Errorf("2^40 for %d bytes: %v", from, err)
			}
		}
	}
	packed := arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Float32Builder).AppendValues(make([]float32, rows), nil)
	}, 1, ipc.WithZstd())
	if _, err = readAll(put(t, "packed.arrow", string(claim(t, packed, rows*4, 1<<40))), Options{}); !errors.Is(err, ErrLimit) {
		t.Errorf("a buffer that expands to 2^40 bytes: %v", err)
	}
	// The description of a message, which the footer knows better, and the footer.
	marker := []byte{0xff, 0xff, 0xff, 0xff}
	huge := bytes.Clone(content)
	second := 12 + bytes.Index(huge[12:], marker) // the first one is the schema's
	binary.LittleEndian.PutUint32(huge[second+4:], 1<<30)
	if _, err = readAll(put(t, "meta.arrow", string(huge)), Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a description of 2^30 bytes: %v", err)
	}
	stream := arrowBytes(t, false, schema, func(b *array.RecordBuilder) { b.Field(0).AppendNull() }, 1)
	binary.LittleEndian.PutUint32(stream[4:], 1<<30)
	if _, err = readAll(put(t, "meta.arrows", string(stream)), Options{}); !errors.Is(err, ErrLimit) {
		t.Errorf("a description of 2^30 bytes in a stream: %v", err)
	}
	foot := bytes.Clone(content)
	binary.LittleEndian.PutUint32(foot[len(foot)-10:], 1<<30)
	if _, err = readAll(put(t, "foot.arrow", string(foot)), Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a footer of 2^30 bytes: %v", err)
	}
}

func TestArrowBadTables(t *testing.T) {
	one := func(f arrow.Field, fill func(b array.Builder)) string {
		schema := arrow.NewSchema([]arrow.Field{f, {Name: "v", Type: arrow.PrimitiveTypes.Float32}}, nil)
		return string(arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
			fill(b.Field(0))
			b.Field(1).(*array.Float32Builder).AppendValues([]float32{1, 2}, nil)
		}, 1))
	}
	stamp := arrow.Field{Name: "t", Type: arrow.FixedWidthTypes.Timestamp_s, Nullable: true}
	text := arrow.Field{Name: "s", Type: arrow.BinaryTypes.String}
	for _, tt := range []struct {
		name, content, want string
		o                   Options
	}{
		{"null time", one(stamp, func(b array.Builder) { b.(*array.TimestampBuilder).Append(1); b.AppendNull() }),
			`row 2, column "t": the time stamp is missing; every row needs one`, Options{}},
		{"far time", one(stamp, func(b array.Builder) {
			b.(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{1, 1 << 40}, nil)
		}), `row 2, column "t": 36812-02-20 00:36:16Z is outside the years 1678 to 2262`, Options{}},
		{"text channel", one(text, func(b array.Builder) { b.(*array.StringBuilder).AppendValues([]string{"a", "b"}, nil) }),
			`row 1, column "s": utf8; a channel needs numbers`, Options{Channels: []string{"s"}}},
		{"infinite", one(arrow.Field{Name: "d", Type: arrow.PrimitiveTypes.Float64}, func(b array.Builder) {
			b.(*array.Float64Builder).AppendValues([]float64{1, 1e300}, nil)
		}), `row 2, column "d": 1e+300 is not a number between -3.4e38 and 3.4e38`, Options{}},
	} {
		path := put(t, "x.arrow", tt.content)
		if _, err := readAll(path, tt.o); err == nil || err.Error() != path+": "+tt.want {
			t.Errorf("%s: got %v\nwant %s", tt.name, err, tt.want)
		}
	}
	empty := arrowBytes(t, true, longSchema, fillLong, 0)
	if all := mustRead(t, put(t, "none.arrow", string(empty)), Options{}); len(all) != 0 {
		t.Errorf("a table without rows gives %d series", len(all))
	}
	if r, err := Open(put(t, "none.arrow", string(empty)), Options{}); err != nil {
		t.Error(err)
	} else if _, err = r.Next(); err != io.EOF {
		t.Errorf("a table without rows: %v, want io.EOF", err)
	}
}

// TestColumnsOfOneName: which of two columns is meant cannot be told, whatever is asked for.
func TestColumnsOfOneName(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "v", Type: arrow.PrimitiveTypes.Float64}, {Name: "v", Type: arrow.PrimitiveTypes.Float64}}, nil)
	path := filepath.Join(t.TempDir(), "dup.arrow")
	content := arrowBytes(t, true, schema, func(b *array.RecordBuilder) {
		b.Field(0).(*array.Float64Builder).Append(1)
		b.Field(1).(*array.Float64Builder).Append(2)
	}, 1)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{}, {Channels: []string{"v"}}} {
		_, err := Open(path, o)
		if want := path + `: column "v": two columns have this name; write the file again with a name of its own for each`; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
