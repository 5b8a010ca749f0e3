package datasets

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

// The files in testdata/columnar are written by pyarrow, polars and DuckDB: see bench/interop/fixtures.py.

// numberColumns hold 1, nothing and 3 in the fixtures, but for those in numberValues.
var numberColumns = strings.Fields(`int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 decimal32 decimal64 decimal128
	decimal256 duration_s time32_s dict_int dict_float ext interval struct.x bool null wide128 duration_ms duration_us duration_ns time64_us struct.y last`)

var numberValues = map[string][]float64{
	"bool":        {1, gap, 0},
	"null":        {gap, gap, gap},
	"wide128":     {-1234567890123456789012345678.5, gap, 3},
	"duration_ms": {1e-3, gap, 3e-3},
	"duration_us": {1e-6, gap, 3e-6},
	"duration_ns": {1e-9, gap, 3e-9},
	"interval":    {86400, gap, 3 * 86400},
	"time64_us":   {1e-6, gap, 3e-6},
	"struct.y":    {5, gap, gap},
}

func numbersOf(column string) []float64 {
	if v, ok := numberValues[column]; ok {
		return v
	}
	return []float64{1, gap, 3}
}

const longName = "b, a name that is longer than twelve bytes"

var fixtureTimes = []int64{1714564800250000000, 1714564801250000000, 1714564802250000000}

// checkFixture wants repeats times the three rows of the fixtures, the first two of series a.
func checkFixture(t *testing.T, path string, o Options, columns []string, repeats int) {
	t.Helper()
	o.Channels = columns
	o.Sort = repeats > 1
	all := mustRead(t, path, o)
	a, b := all[0], all[len(all)-1]
	if len(all) < 2 || a.ID != "a" || b.ID != longName {
		t.Fatalf("%s: %d series, the first %q and the last %q", path, len(all), a.ID, b.ID)
	}
	for i, name := range columns {
		want := numbersOf(name)
		for r := range repeats {
			// Sorted by time, the first rows of all repetitions come before the second ones.
			got := []float64{a.Values[i][r], a.Values[i][r+repeats], b.Values[i][r]}
			if !sameValues(got, want) {
				t.Errorf("%s: column %s: %v, want %v", path, name, got, want)
				break
			}
		}
	}
	if a.Times[0] != fixtureTimes[0] || a.Times[repeats] != fixtureTimes[1] || b.Times[0] != fixtureTimes[2] {
		t.Errorf("%s: times %v %v, want %v", path, a.Times, b.Times, fixtureTimes)
	}
}

func TestArrowTypesOfOthers(t *testing.T) {
	for file, repeats := range map[string]int{"types.arrow": 1, "types.arrows": 1, "types-lz4.arrow": 40, "types-zstd.arrow": 40} {
		for _, o := range []Options{{}, {ChunkRows: 1}, {Memory: 1 << 11, ChunkRows: 7}} {
			checkFixture(t, "testdata/columnar/"+file, o, numberColumns, repeats)
		}
	}
	dec, dur := []string{"x", "dec"}, []string{"dur"}
	for _, file := range []string{"polars.arrow", "polars-zstd.arrow", "polars.arrows"} {
		checkFixture(t, "testdata/columnar/"+file, Options{}, append(dec, dur...), 1)
	}
	all := mustRead(t, "testdata/columnar/duckdb.arrow", Options{})
	checkSame(t, all, []*series.Series{
		{ID: "a", Values: [][]float64{{1, gap}, {1, gap}, {1, gap}, {1, gap}, {1, gap}}, Times: fixtureTimes[:2]},
		{ID: "b", Values: [][]float64{{3}, {3}, {3}, {0}, {3}}, Times: fixtureTimes[2:]}})
	if got := strings.Join(all[0].Channels, " "); got != "dec huge tiny flag iv" {
		t.Errorf("channels of DuckDB's table: %s", got)
	}
	checkSame(t, mustRead(t, "testdata/columnar/delta.arrows", Options{}), []*series.Series{
		{ID: "delta", Values: [][]float64{{1, 2, 3, 1}}, Times: []int64{0, 1, 2, 3}}})
}

// Text of every kind names series, dates of every kind are times, and what cannot be read says so.
func TestArrowTextsAndDates(t *testing.T) {
	const path = "testdata/columnar/types.arrow"
	for column, want := range map[string]string{"text": "1  3", "large_text": "1  3", "text_view": "1  3, and more than twelve bytes", "binary": "1  3", "dict_text": "1  3",
		"uuid": "00000000-0000-0000-0000-000000000001  00000000-0000-0000-0000-000000000003", "int8": "1  3", "dict_int": "1  3"} {
		var ids []string
		for _, s := range mustRead(t, path, Options{Series: column, Channels: []string{"last"}}) {
			ids = append(ids, s.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s as the series: %q, want %q", column, got, want)
		}
	}
	for _, column := range []string{"date32", "date64"} {
		_, err := readAll(path, Options{Time: column, Channels: []string{"last"}})
		if want := path + `: row 2, column "` + column + `": the time stamp is missing; every row needs one`; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", column, err, want)
		}
	}
	for _, column := range []string{"map", "list_text", "union", "ends"} {
		if _, err := readAll(path, Options{Channels: []string{column}}); err == nil || !strings.Contains(err.Error(), `"`+column+`" cannot be a channel: `) {
			t.Errorf("%s as a channel: %v, want an error that names it", column, err)
		}
	}
}

func TestArrowListsOfOthers(t *testing.T) {
	names := []string{"list", "large_list", "fixed_list", "list_view", "large_list_view"}
	up, down := []float64{1, 2, 3}, []float64{gap, 4, 5}
	for _, o := range []Options{{}, {ChunkRows: 1}} {
		o.Channels = names
		checkSame(t, mustRead(t, "testdata/columnar/lists.arrow", o), []*series.Series{
			{ID: "lists/0", Label: "up", Values: [][]float64{up, up, up, up, up}},
			{ID: "lists/1", Label: "down", Values: [][]float64{down, down, down, down, down}}})
	}
}

// Decimals become the float64 that is next to them.
func TestDecimal(t *testing.T) {
	for _, tt := range []struct {
		v     int64
		scale int32
		want  float64
	}{{15, 1, 1.5}, {1, 22, 1e-22}, {1, 23, 1e-23}, {math.MaxInt64, 0, math.MaxInt64}, {9007199254740993, 3, 9007199254740.993}, {7, -2, 700}, {-3, 0, -3}} {
		if got := decimal(tt.v, tt.scale); got != tt.want {
			t.Errorf("%d * 10^-%d: %v, want %v", tt.v, tt.scale, got, tt.want)
		}
	}
}

// A truncated or damaged column is refused where it is read; one that is not read does no harm.
func TestArrowOnlyWhatIsRead(t *testing.T) {
	var e *Error
	if _, err := readAll("testdata/columnar/types.arrow", Options{Channels: []string{"nothing"}}); !errors.As(err, &e) {
		t.Errorf("a column that is not there: %v, want an *Error", err)
	}
}

func TestParquetTypesOfOthers(t *testing.T) {
	var columns []string
	for _, c := range numberColumns {
		if c != "null" && c != "decimal32" && c != "decimal64" && c != "duration_s" && c != "ext" && c != "interval" {
			columns = append(columns, c)
		}
	}
	for file, repeats := range map[string]int{"types-none": 1, "types-snappy": 1, "types-gzip": 1, "types-brotli": 1, "types-lz4": 1, "types-zstd": 1,
		"encodings": 1, "pages": 40} {
		for _, o := range []Options{{}, {ChunkRows: 1}, {Memory: 1 << 20, ChunkRows: 7}} {
			checkFixture(t, "testdata/columnar/"+file+".parquet", o, columns, repeats)
		}
	}
	checkFixture(t, "testdata/columnar/int96.parquet", Options{}, []string{"int8", "float64", "decimal128", "last"}, 1)
	checkFixture(t, "testdata/columnar/polars.parquet", Options{}, []string{"x", "dec"}, 1)
	all := mustRead(t, "testdata/columnar/duckdb.parquet", Options{})
	checkSame(t, all, []*series.Series{
		{ID: "a", Values: [][]float64{{1, gap}, {1, gap}, {1, gap}, {1, gap}}, Times: fixtureTimes[:2]},
		{ID: "b", Values: [][]float64{{3}, {3}, {3}, {0}}, Times: fixtureTimes[2:]}})
	up, down := []float64{1, 2, 3}, []float64{gap, 4, 5}
	for _, file := range []string{"lists", "lists-old"} {
		for _, o := range []Options{{}, {ChunkRows: 1}} {
			checkSame(t, mustRead(t, "testdata/columnar/"+file+".parquet", o), []*series.Series{
				{ID: file + "/0", Label: "up", Values: [][]float64{up, up, up}},
				{ID: file + "/1", Label: "down", Values: [][]float64{down, down, down}}})
		}
	}
	for column, want := range map[string]string{"text": "1  3", "large_text": "1  3", "text_view": "1  3, and more than twelve bytes", "binary": "1  3", "dict_text": "1  3",
		"uuid": "00000000-0000-0000-0000-000000000001  00000000-0000-0000-0000-000000000003", "int8": "1  3", "dict_int": "1  3"} {
		var ids []string
		for _, s := range mustRead(t, "testdata/columnar/types-none.parquet", Options{Series: column, Channels: []string{"last"}}) {
			ids = append(ids, s.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%s as the series: %q, want %q", column, got, want)
		}
	}
}

// Channels keep their type when they are converted: float32 stays if all are that, and time stamps keep their zone.
func TestConvertKeepsTypes(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		types [2]Type
		want  string
	}{{[2]Type{Float32, Float32}, "float32"}, {[2]Type{Float32, Float64}, "float64"}, {[2]Type{Float64, Float64}, "float64"}} {
		for _, ending := range []string{".arrow", ".arrows", ".parquet"} {
			in, out := filepath.Join(dir, "in"+ending), filepath.Join(dir, "out"+ending)
			w, err := NewWriter(in, []Column{{Name: "time", Type: Timestamp, Zone: "+05:30"}, {Name: "x", Type: tt.types[0]}, {Name: "y", Type: tt.types[1]}})
			if err != nil {
				t.Fatal(err)
			}
			of := func(typ Type) Values {
				if typ == Float32 {
					return Values{Float32: []float32{0.1, 16777217}}
				}
				return Values{Float64: []float64{0.1, 16777217}}
			}
			if err := errors.Join(w.AppendColumns(Values{Int64: fixtureTimes[:2]}, of(tt.types[0]), of(tt.types[1])), w.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := Convert(t.Context(), in, out, Options{}); err != nil {
				t.Fatal(err)
			}
			r, err := Open(out, Options{})
			if err != nil {
				t.Fatal(err)
			}
			all, err := series.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			got := "float64"
			if Readings(r)[0].Single {
				got = "float32"
			}
			if zone := Readings(r)[0].Time.Zone; got != tt.want || zone != "+05:30" || all[0].Zone.String() != zone {
				t.Errorf("%s: %v become %s with times in %q", ending, tt.types, got, zone)
			}
			for c, typ := range tt.types {
				want := of(typ).Float64
				if typ == Float32 {
					want = []float64{float64(float32(0.1)), 16777216}
				}
				if !sameValues(all[0].Values[c], want) {
					t.Errorf("%s: %v, want %v", ending, all[0].Values[c], want)
				}
			}
			_ = r.Close()
		}
	}
}
