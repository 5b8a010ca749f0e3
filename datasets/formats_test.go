package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/series"
)

var gap = series.Gap

func TestText(t *testing.T) {
	hour := int64(3600e9)
	tests := []struct {
		name, content string
		o             Options
		want          []*series.Series
	}{
		{"a.csv", "time,x,y\n1970-01-01 00:00:00,1,2\n1970-01-01 01:00:00,,?\n1970-01-01 02:00:00,NaN,-3e2\n", Options{},
			[]*series.Series{{ID: "a", Values: [][]float64{{1, gap, gap}, {2, gap, -300}}, Times: []int64{0, hour, 2 * hour}}}},
		{"bom.csv", "\ufeffx;state\r\n1;on\r\n2;off\r\n", Options{}, []*series.Series{{ID: "bom", Values: [][]float64{{1, 2}, {1, 0}}}}},
		{"bare.csv", "1,2\n3,4\n", Options{}, []*series.Series{{ID: "bare", Values: [][]float64{{1, 3}, {2, 4}}}}},
		{"quoted.csv", "\"a, b\",c\n\"1\",2\n", Options{Channels: []string{"c", "a, b"}}, []*series.Series{{ID: "quoted", Values: [][]float64{{2}, {1}}}}},
		{"many.csv", "series,index,v,label\na,0,1,0\na,1,2,1\nb,0,3,0\n", Options{ChunkRows: 1}, []*series.Series{
			{ID: "a", Values: [][]float64{{1, 2}}, PointLabels: []float64{0, 1}}, {ID: "b", Values: [][]float64{{3}}, PointLabels: []float64{0}}}},
		{"class.csv", "s,v,kind\na,1,walk\na,2,walk\nb,3,run\n", Options{Series: "s", Label: "kind"}, []*series.Series{
			{ID: "a", Label: "walk", Values: [][]float64{{1, 2}}}, {ID: "b", Label: "run", Values: [][]float64{{3}}}}},
		{"sort.csv", "series,time,v\na,2,20\nb,1,5\na,1,10\na,2,21\n", Options{Sort: true}, []*series.Series{
			{ID: "a", Values: [][]float64{{10, 20, 21}}, Times: []int64{1, 2, 2}}, {ID: "b", Values: [][]float64{{5}}, Times: []int64{1}}}},
		{"gaps.csv", "x,y\n,1\n,2\n", Options{}, []*series.Series{{ID: "gaps", Values: [][]float64{{gap, gap}, {1, 2}}}}},
		{"u.ts", "#c\n@problemName u\n@classLabel true a b\n@data\n1,2,?:a\n3:b\n", Options{}, []*series.Series{
			{ID: "u/0", Label: "a", Values: [][]float64{{1, 2, gap}}}, {ID: "u/1", Label: "b", Values: [][]float64{{3}}}}},
		{"m.ts", "@problemName m\n@classLabel false\n@data\n1,2:3,4\n", Options{}, []*series.Series{{ID: "m/0", Values: [][]float64{{1, 2}, {3, 4}}}}},
		{"g.tsv", "1\t0.5\tNaN\t2\tNaN\tNaN\n-1\t1\t2\t3\t4\t5\n", Options{}, []*series.Series{
			{ID: "g/0", Label: "1", Values: [][]float64{{0.5, gap, 2}}}, {ID: "g/1", Label: "-1", Values: [][]float64{{1, 2, 3, 4, 5}}}}},
		{"old.txt", "1.0000000e+00,5,6\n  2.0,7,8\n", Options{}, []*series.Series{
			{ID: "old/0", Label: "1", Values: [][]float64{{5, 6}}}, {ID: "old/1", Label: "2", Values: [][]float64{{7, 8}}}}},
		{"column.txt", "  1.5\n2.5\n\nNaN\n", Options{ChunkRows: 2}, []*series.Series{{ID: "column", Values: [][]float64{{1.5, 2.5, gap}}}}},
		{"machine.txt", "0.10,0.32,0.45\n0.11,0.33,0.44\n0.12,0.31,0.46\n", Options{ChunkRows: 3}, []*series.Series{
			{ID: "machine", Values: [][]float64{{0.10, 0.11, 0.12}, {0.32, 0.33, 0.31}, {0.45, 0.44, 0.46}}}}},
		{"states.txt", "0 5.1 90\n0 5.2 91\n1 5.1 90\n", Options{}, []*series.Series{
			{ID: "states", Values: [][]float64{{0, 0, 1}, {5.1, 5.2, 5.1}, {90, 91, 90}}}}},
		{"counted.txt", "7\t1.5\n8\t2.5\n9\t3.5\n", Options{ChunkRows: 2}, []*series.Series{{ID: "counted", Values: [][]float64{{1.5, 2.5, 3.5}}}}},
		{"line.txt", "  1.5 2.5  NaN \n", Options{ChunkRows: 2}, []*series.Series{{ID: "line", Values: [][]float64{{1.5, 2.5, gap}}}}},
		{"x_TRAIN.txt", "1 90 5\n1 91 5\n", Options{}, []*series.Series{
			{ID: "x_TRAIN/0", Label: "1", Values: [][]float64{{90, 5}}}, {ID: "x_TRAIN/1", Label: "1", Values: [][]float64{{91, 5}}}}},
		{"ragged.txt", "1 90 5\n2 91\n", Options{}, []*series.Series{
			{ID: "ragged/0", Label: "1", Values: [][]float64{{90, 5}}}, {ID: "ragged/1", Label: "2", Values: [][]float64{{91}}}}},
		{"asked.txt", "1 90 5\n1 91 5\n", Options{Format: "tsv"}, []*series.Series{
			{ID: "asked/0", Label: "1", Values: [][]float64{{90, 5}}}, {ID: "asked/1", Label: "1", Values: [][]float64{{91, 5}}}}},
		{"matrix.dat", "7,1\n8,2\n9,3\n", Options{Format: "matrix"}, []*series.Series{{ID: "matrix", Values: [][]float64{{7, 8, 9}, {1, 2, 3}}}}},
		{"table.tsv", "time\tv\n1\t2\n", Options{}, []*series.Series{{ID: "table", Values: [][]float64{{2}}, Times: []int64{1}}}},
		{"one.arff", "%c\n@RELATION x\n@attribute a real\n@attribute b numeric\n@attribute class {u,v}\n@data\n1,?,u\n3,4,v\n", Options{}, []*series.Series{
			{ID: "one/0", Label: "u", Values: [][]float64{{1}}}, {ID: "one/1", Label: "v", Values: [][]float64{{3, 4}}}}},
		{"rel.arff", "@relation x\n@attribute r relational\n@attribute a0 numeric\n@end r\n@attribute 'the class' {1,2}\n@data\n'1,2\\n3,?',2\n", Options{},
			[]*series.Series{{ID: "rel/0", Label: "2", Values: [][]float64{{1, 2}, {3, gap}}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkSame(t, mustRead(t, put(t, tt.name, tt.content), tt.o), tt.want)
		})
	}
}

// npyFile writes version 1.0 of the format.
func npyFile(descr, order, shape string, data any) string {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", descr, order, shape)
	header += strings.Repeat(" ", 63-(len(header)+10)%64) + "\n"
	var b bytes.Buffer
	b.WriteString("\x93NUMPY\x01\x00")
	_ = binary.Write(&b, binary.LittleEndian, uint16(len(header)))
	b.WriteString(header)
	var e binary.ByteOrder = binary.LittleEndian
	if descr[0] == '>' {
		e = binary.BigEndian
	}
	_ = binary.Write(&b, e, data)
	return b.String()
}

func TestNPY(t *testing.T) {
	tests := []struct {
		name, descr, order, shape string
		data                      any
		want                      [][][]float64
	}{
		{"time", "<f4", "False", "(3,)", []float32{1, float32(gap), 3}, [][][]float64{{{1, gap, 3}}}},
		{"double", "<f8", "False", "(2, 2)", []float64{1, 2, 3, 4}, [][][]float64{{{1, 3}, {2, 4}}}},
		{"big", ">i4", "False", "(2,)", []int32{-1, 1 << 20}, [][][]float64{{{-1, 1 << 20}}}},
		{"long", "<i8", "True", "(2, 2)", []int64{1, 2, 3, 4}, [][][]float64{{{1, 2}, {3, 4}}}},
		{"sets", "|i1", "False", "(2, 1, 2)", []int8{1, 2, 3, -4}, [][][]float64{{{1, 2}}, {{3, -4}}}},
		{"fortran", "<i2", "True", "(2, 2, 2)", []int16{1, 2, 3, 4, 5, 6, 7, 8}, [][][]float64{{{1, 5}, {3, 7}}, {{2, 6}, {4, 8}}}},
		{"bool", "|b1", "False", "(2,)", []uint8{1, 0}, [][][]float64{{{1, 0}}}},
		{"half", "<f2", "False", "(2,)", []uint16{0x3c00, 0xc000}, [][][]float64{{{1, -2}}}},
	}
	for _, tt := range tests {
		for _, chunk := range []int{0, 1} {
			all := mustRead(t, put(t, "a.npy", npyFile(tt.descr, tt.order, tt.shape, tt.data)), Options{ChunkRows: chunk})
			if len(all) != len(tt.want) {
				t.Fatalf("%s: %d series, want %d", tt.name, len(all), len(tt.want))
			}
			for i, s := range all {
				for c := range tt.want[i] {
					if !sameValues(s.Values[c], tt.want[i][c]) {
						t.Errorf("%s: %v, want %v", tt.name, s.Values, tt.want[i])
					}
				}
			}
		}
	}
}

func TestCompressed(t *testing.T) {
	const content = "x,y\n1,2\n3,4\n"
	want := []*series.Series{{ID: "a", Values: [][]float64{{1, 3}, {2, 4}}}}
	gz, zst := string(gzipped(t, []byte(content))), string(zstandard(t, []byte(content)))
	checkSame(t, mustRead(t, put(t, "a.csv.gz", gz), Options{}), want)
	checkSame(t, mustRead(t, put(t, "a.csv.zst", zst), Options{}), want)
	// The content tells, whatever the name says.
	checkSame(t, mustRead(t, put(t, "a.csv", zst), Options{}), want)
	for name, cut := range map[string]string{"cut.csv.gz": gz[:len(gz)-9], "cut.csv.zst": zst[:len(zst)-5]} {
		var e *Error
		if _, err := readAll(put(t, name, cut), Options{}); !errors.As(err, &e) {
			t.Errorf("%s: %v, want an *Error", name, err)
		}
	}
	// A frame that asks for a window of 1 GiB: magic, a descriptor without flags, exponent 20.
	var e *Error
	if _, err := readAll(put(t, "wide.zst", "\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00"), Options{}); !errors.As(err, &e) {
		t.Errorf("wide window: %v, want an *Error", err)
	}
}

func TestFoldersAndGlobs(t *testing.T) {
	dir := t.TempDir()
	for name, v := range map[string]string{"b.csv": "2", "a.csv": "1", "README.md": "no data", ".hidden.csv": "9", "c.npy": npyFile("<f4", "False", "(1,)", []float32{3})} {
		content := v
		if strings.HasSuffix(name, ".csv") {
			content = "v\n" + v + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(all []*series.Series) (s string) {
		for _, one := range all {
			s += one.ID
		}
		return s
	}
	if got := ids(mustRead(t, dir, Options{})); got != "abc" {
		t.Errorf("folder: %q, want abc", got)
	}
	if got := ids(mustRead(t, filepath.Join(dir, "[ab].csv"), Options{})); got != "ab" {
		t.Errorf("glob: %q, want ab", got)
	}
	r, err := OpenAll([]string{filepath.Join(dir, "b.csv"), filepath.Join(dir, "a*")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := series.ReadAll(r)
	if err != nil || ids(all) != "ba" {
		t.Errorf("list: %q, %v, want ba", ids(all), err)
	}
	for _, path := range []string{filepath.Join(dir, "none.csv"), filepath.Join(dir, "*.none"), t.TempDir()} {
		if _, err := Open(path, Options{}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v, want ErrNotExist", path, err)
		}
	}
}

// Every format has a reader, a description and an ending of its own.
func TestFormats(t *testing.T) {
	names, endings := map[string]bool{}, map[string]bool{}
	for _, f := range formats {
		if f.Doc == "" || f.open == nil || len(f.Endings) == 0 && f.Name != "matrix" || names[f.Name] {
			t.Errorf("%q is incomplete or there twice", f.Name)
		}
		names[f.Name] = true
		for _, e := range f.Endings {
			if endings[e] || byName("x"+e+".gz").Name != f.Name {
				t.Errorf("%q: ending %q", f.Name, e)
			}
			endings[e] = true
		}
		if len(f.Endings) == 0 {
			continue
		}
		var e *Error
		if _, err := readAll(put(t, "x"+f.Endings[0], ""), Options{}); !errors.As(err, &e) || !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: empty file: %v", f.Name, err)
		}
		if _, err := readAll(put(t, "x"+f.Endings[0], "\x00\x01\x02"), Options{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: rubbish: %v", f.Name, err)
		}
	}
}

func TestBadText(t *testing.T) {
	long := "time,pressure\n"
	for i := range 15 {
		long += fmt.Sprintf("%d,%d\n", i, i)
	}
	tests := []struct{ name, content, want string }{
		{"line3.csv", long + "15,abc\n", `row 17, column "pressure": "abc" is not a number`},
		{"later.csv", "v\n" + strings.Repeat("1\n", sampleRows+5) + "x\n", `row 1007, column "v": "x" is not a number`},
		{"huge.csv", "v\n1\n1e39\n", `row 3, column "v": 1e+39 is not a number between -3.4e38 and 3.4e38`},
		{"inf.csv", "v\n1\ninf\n", `row 3, column "v": +Inf is not a number between -3.4e38 and 3.4e38`},
		{"short.csv", "a,b\n1,2\n3\n", `row 3: 1 cell, but the header has 2`},
		{"quote.csv", "a,b\n\"1,2\n", `row 2: a quote (") that is opened is not closed, or goes on behind its closing; want RFC 4180`},
		{"head.csv", "a,b\n", `there is a header but no row below it`},
		{"twice.csv", "a,a\n1,2\n", `row 1, column "a": the name occurs twice in the header`},
		{"words.csv", "a,b\nx,y\n", `no column of numbers to be a channel; there are: "a" (text such as "x"), "b" (text such as "y")`},
		{"time.csv", "time,v\n1,1\nsoon,2\n", `row 3, column "time": "soon" is not a time stamp; want one such as 2024-05-01 12:30:00, or a number (--time-format says how it is written)`},
		{"notime.csv", "time,v\n1,1\n,2\n", `row 3, column "time": the time stamp is missing; every row needs one`},
		{"back.csv", "time,v\n1970-01-02,1\n1970-01-01,2\n", `row 3: out of order: time stamp 1970-01-01T00:00:00 after 1970-01-02T00:00:00; ask for sorting (--sort)`},
		{"names.csv", "time,id,v\n1970-01-01,a,1\n1970-01-02,a,2\n1970-01-01,b,3\n", `row 4: out of order: time stamp 1970-01-01T00:00:00 after 1970-01-02T00:00:00; if column "id" tells series apart, name it (--series "id"), else ask for sorting (--sort)`},
		{"apart.csv", "series,v\na,1\nb,2\na,3\n", `row 4: out of order: series "a" goes on after another one; sort the table by series, or ask for sorting (--sort)`},
		{"nodata.ts", "@problemName x\n", `row 1: the file ends too early: no line @data`},
		{"none.ts", "@problemName x\n@data\n", `there are no series in it`},
		{"word.ts", "@problemName x\n@data\n1,2\n1,b\n", `row 4, column "value 2": "b" is not a number`},
		{"label.ts", "@problemName x\n@classLabel true a\n@data\n1,2\n", `row 4: no label; want values, a colon and the label`},
		{"stamped.ts", "@problemName x\n@timeStamps true\n@classLabel true a\n@data\n0\n", `row 5: no label; want pairs of time stamp and value, a colon and the label`},
		{"dims.ts", "@problemName x\n@data\n1:2\n3\n", `row 4: 1 channel, the series before have 2`},
		{"uneven.ts", "@problemName x\n@data\n1,2:2\n", `row 3, column "1": 1 value, but channel 0 has 2; the channels of a series must be equally long`},
		{"word.tsv", "1\t2\t3\n1\t2\tx\n", `row 2, column "value 2": "x" is not a number`},
		{"alone.tsv", "1\t2\n1\n", `row 2: no values; want the label and then the values`},
		{"word.txt", "1\n2\nx\n", `row 3, column "value 1": "x" is not a number`},
		{"wide.txt", "0.5 1\n0.6 2\n0.5 4\n" + strings.Repeat(" \n", headBytes) + "1 2 3\n", `row 65540: 3 values, the rows before have 2`},
		{"count.txt", "1 1.5\n2 1.6\n3 1.4\n" + strings.Repeat(" \n", headBytes) + "5 1.5\n", `row 65540, column "value 1": 5; the first column counts the rows, so 4 was expected (--format matrix takes it for a channel)`},
		{"word.arff", "@relation x\n@attribute a real\n@data\nx\n", `row 4, column "value 1": "x" is not a number`},
		{"more.arff", "@relation x\n@attribute a real\n@data\n1,2\n", `row 4: 2 values, the header has 1 attribute`},
		{"date.arff", "@relation x\n@attribute a date\n@data\n", `row 2, column "a": not a format that wavekin reads: an attribute of type "date"; want numeric, real, integer, nominal, string or relational`},
		{"open.arff", "@relation x\n@attribute r relational\n@end r\n@data\n'1,2\n", `row 5: a quote that is not closed`},
		{"cut.npy", npyFile("<f4", "False", "(3,)", []float32{1, 2}), `byte 136: the file ends too early: shape (3,) takes 12 bytes, the file has 8`},
		{"claims.npy", npyFile("<f4", "False", "(1099511627776, 4)", []float32{1, 2}), `byte 136: the file ends too early: shape (1099511627776, 4) takes 17592186044416 bytes, the file has 8`},
		{"over.npy", npyFile("<f8", "False", "(4611686018427387904, 4)", []float64{1, 2}), `byte 10: beyond the accepted size: shape (4611686018427387904, 4)`},
		{"type.npy", npyFile("<c8", "False", "(1,)", []float64{1, 2}), `byte 10: not a format that wavekin reads: values of type "c8"; want f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 or b1`},
		{"flat.npy", npyFile("<f4", "False", "()", []float32{1}), `byte 10: not a format that wavekin reads: shape (); want [time], [time, channel] or [series, channel, time]`},
		{"inf.npy", npyFile("<f8", "False", "(2,)", []float64{1, math.Inf(1)}), `byte 136: +Inf is not a number between -3.4e38 and 3.4e38`},
		{"old.feather", "FEA1\x00\x00\x00\x00", `byte 0: not a format that wavekin reads: Feather version 1; write it again as version 2, which is Arrow (pyarrow.feather.write_feather does so by default)`},
		{"not.npy", "1,2,3\n", `byte 0: not a format that wavekin reads: by its name it would be npy, but it does not begin like that`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := put(t, tt.name, tt.content)
			_, err := readAll(path, Options{})
			if err == nil || err.Error() != path+": "+tt.want {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
			var e *Error
			if !errors.As(err, &e) || e.File != path {
				t.Errorf("%T without the file's name", err)
			}
		})
	}
	path := put(t, "a.csv", "a,b\n1,x\n")
	for _, o := range []Options{{Time: "c"}, {Series: "c"}, {Label: "c"}, {Channels: []string{"c"}}} {
		if _, err := readAll(path, o); err == nil || !strings.Contains(err.Error(), `no column "c" for the `) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := readAll(path, Options{Channels: []string{"b"}}); err == nil || !strings.Contains(err.Error(), `row 2, column "b": "x" is not a number`) {
		t.Errorf("text asked for as a channel: %v", err)
	}
}
