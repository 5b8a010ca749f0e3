package dialect

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// rowsOf reads all rows of a text.
func rowsOf(r io.Reader, l Layout) (rows [][]string, err error) {
	s := NewScanner(r, l)
	for {
		cells, err := s.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		var row []string
		for _, c := range cells {
			row = append(row, string(c))
		}
		rows = append(rows, row)
	}
}

func TestScanner(t *testing.T) {
	for _, tt := range []struct {
		text string
		l    Layout
		want [][]string
	}{
		{"a,b\n1,2\n", Layout{}, [][]string{{"a", "b"}, {"1", "2"}}},
		{"a;b\r\n1;2", Layout{Delimiter: ';'}, [][]string{{"a", "b"}, {"1", "2"}}},
		{"a\rb\r", Layout{OldLines: true}, [][]string{{"a"}, {"b"}}},
		{"\n\na,b\n \n1,2\n\n", Layout{}, [][]string{{"a", "b"}, {"1", "2"}}},
		{",\n", Layout{}, [][]string{{"", ""}}},
		{"\"a,b\",\"say \"\"hi\"\"\"\n", Layout{}, [][]string{{"a,b", `say "hi"`}}},
		{"\"two\nlines\",x\n", Layout{}, [][]string{{"two\nlines", "x"}}},
		{` "a" , "b" ` + "\n", Layout{}, [][]string{{"a", "b"}}},
		{"\"\"\n\"\",1\n", Layout{}, [][]string{{"", "1"}}},
		{"5\" pipe,b\n", Layout{}, [][]string{{`5" pipe`, "b"}}},
		{"# c\na,b\n#x,y\n1,2\n#N/A,3\n", Layout{Comments: true}, [][]string{{"a", "b"}, {"1", "2"}, {"#N/A", "3"}}},
		{"", Layout{}, nil},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(tt.text), "bytes": iotest.OneByteReader(strings.NewReader(tt.text)),
			"with the end": iotest.DataErrReader(strings.NewReader(tt.text))} {
			if rows, err := rowsOf(r, tt.l); err != nil || !reflect.DeepEqual(rows, tt.want) {
				t.Errorf("%s %q: %q, %v, want %q", name, tt.text, rows, err, tt.want)
			}
		}
	}
	for _, text := range []string{"a,\"b", "\"a\"x,b\n", "\"a\"\"\n"} {
		if _, err := rowsOf(strings.NewReader(text), Layout{}); !errors.Is(err, ErrQuote) {
			t.Errorf("%q: %v, want ErrQuote", text, err)
		}
	}
	if _, err := rowsOf(io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(io.ErrUnexpectedEOF)), Layout{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a source that fails: %v, want its error", err)
	}
}

// A row may be longer than the first buffer, and lines are counted through quotes.
// Rows without a quote are cut as strings.Split cuts them.
func TestPlainRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		text := make([]byte, rng.IntN(120))
		const among = ",,,;\n\r .-1234567890abc\x01\xac"
		for i := range text {
			text[i] = among[rng.IntN(len(among))]
		}
		var want [][]string
		for line := range strings.SplitSeq(string(text), "\n") {
			cells := strings.Split(strings.TrimSuffix(line, "\r"), ",")
			if len(cells) > 1 || len(Trim([]byte(cells[0]))) > 0 {
				want = append(want, cells)
			}
		}
		s := NewScanner(iotest.OneByteReader(bytes.NewReader(text)), Layout{})
		for _, cells := range want {
			got, err := s.Next()
			if err != nil || strings.Join(cells, "|") != string(bytes.Join(got, []byte("|"))) {
				t.Fatalf("%q: %q, %v, want %q", text, got, err, cells)
			}
		}
		if got, err := s.Next(); err != io.EOF {
			t.Fatalf("%q: %q, %v after the end", text, got, err)
		}
	}
}

func TestScannerLines(t *testing.T) {
	long := strings.Repeat("x", 700<<10)
	s := NewScanner(strings.NewReader("a,b\n\n\"1\n2\","+long+"\nc,d\n"), Layout{})
	for _, want := range []int{1, 3, 5} {
		cells, err := s.Next()
		if err != nil || s.Line() != want || len(cells) != 2 {
			t.Fatalf("line %d, %d cells, %v; want line %d", s.Line(), len(cells), err, want)
		}
	}
}

// endless is a text without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestScannerStopsAtLongRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 64 MB, which -short leaves out")
	}
	if _, err := rowsOf(io.MultiReader(strings.NewReader("\""), endless{}), Layout{}); !errors.Is(err, ErrLong) {
		t.Errorf("%v, want ErrLong", err)
	}
}

// What encoding/csv reads is read in the same way.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",c\r\n\n x ,\"y\nz\"\n", ",,\n\"\"\n", "a\r\rb\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := rowsOf(iotest.HalfReader(strings.NewReader(text)), Layout{})
		other := csv.NewReader(strings.NewReader(text))
		other.FieldsPerRecord = -1
		want, werr := other.ReadAll()
		if werr != nil || strings.Contains(text, "\r") || strings.Contains(text, " ") || strings.Contains(text, "\t") || strings.Contains(text, "\u00a0") {
			return // these differ on purpose
		}
		// A quoted empty cell alone is an empty line here.
		var kept [][]string
		for _, r := range want {
			if len(r) > 1 || strings.Trim(r[0], "\n") != "" {
				kept = append(kept, r)
			}
		}
		var got [][]string
		for _, r := range rows {
			if len(r) > 1 || strings.Trim(r[0], "\n") != "" {
				got = append(got, r)
			}
		}
		if err != nil || !reflect.DeepEqual(got, kept) {
			t.Fatalf("%q: %q, %v, want %q", text, got, err, kept)
		}
	})
}

func TestSniff(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Layout
	}{
		{"a,b\n1,2\n", Layout{Delimiter: ','}},
		{"a;b\n1,5;2,5\n", Layout{Delimiter: ';'}},
		{"1,5;2,5\n1,5;2,5\n", Layout{Delimiter: ';'}},
		{"a\tb\n1\t2\n", Layout{Delimiter: '\t'}},
		{"a|b\n1|2\n", Layout{Delimiter: '|'}},
		{"time;\"temp, C\";\"p, bar, abs\"\n1;2;3\n", Layout{Delimiter: ';'}},
		{"a,\"x;y\"\n1,\"2;3\"\n", Layout{Delimiter: ','}},
		{"sep=;\na;b\n1;2\n", Layout{Delimiter: ';', Skip: 6, Lines: 1}},
		{"# by a logger\ntime,v\n1,2\n", Layout{Delimiter: ',', Comments: true, Skip: 14, Lines: 1}},
		{"#time,v\n1,2\n", Layout{Delimiter: ',', Comments: true, Skip: 8, Lines: 1, Header: []byte("time,v")}},
		{"#group,false\n#datatype,long\n,v\n,1\n", Layout{Delimiter: ',', Comments: true, Annotated: true, Skip: 28, Lines: 2}},
		{"a,b\n1,2\n3\n", Layout{Delimiter: ','}},
		// One decimal comma in each row, and none in the header: all lines are rows, also where one of them is broken.
		{"t;a;b\n1;1,5;0\n2;1,5;0\n3;1,5;0\n4;1,5;0\n", Layout{Delimiter: ';'}},
		{"t;a;b\n1;1,5;0\n2;1,5\n3;1,5;0\n4;1,5;0\n5;1,5;0\n6;1,5;0\n", Layout{Delimiter: ';'}},
		{"\"TOA5\",\"CR1\",\"x\",\"y\"\n\"T\",\"R\"\n1,2\n2,3\n", Layout{Delimiter: ',', Preamble: 1, Skip: 21, Lines: 1}},
		{"a,b\r1,2\r", Layout{Delimiter: ',', OldLines: true}},
		{"v\n1\n2\n", Layout{Delimiter: ','}},
		{"", Layout{Delimiter: ','}},
	} {
		if got := Sniff([]byte(tt.text), true); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, want %+v", tt.text, got, tt.want)
		}
	}
	// The last line of a part may be cut off.
	if got := Sniff([]byte("a;b;c\n1;2;3\n4;"), false); got.Delimiter != ';' {
		t.Errorf("a part: %q", got.Delimiter)
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ name, content, encoding, want, found string }{
		{"plain", "zeit,°C\n", "", "zeit,°C\n", ""},
		{"mark", "\xef\xbb\xbfzeit\n", "", "zeit\n", ""},
		{"utf-16 little", "\xff\xfez\x00\xe9\x00", "", "zé", "utf-16"},
		{"utf-16 big", "\xfe\xff\x00z\x00\xe9", "", "zé", "utf-16"},
		{"utf-16 without a mark", "z\x00\xe9\x00", "UTF-16LE", "zé", "UTF-16LE"},
		{"latin1", "\xb0C\x80", "Latin-1", "°C€", "Latin-1"},
		{"iso", "\xa4", "ISO-8859-15", "€", "ISO-8859-15"},
		{"said and true", "é", "utf-8", "é", ""},
	} {
		r, found, err := Decode(bufio.NewReader(strings.NewReader(tt.content)), tt.encoding)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != tt.want || found != tt.found {
			t.Errorf("%s: %q, %q, %v; want %q, %q", tt.name, got, found, err, tt.want, tt.found)
		}
	}
	if _, _, err := Decode(bufio.NewReader(bytes.NewReader(nil)), "ebcdic"); err == nil {
		t.Error("an encoding that is not known is taken")
	}
}

func TestLabels(t *testing.T) {
	for _, tt := range []struct {
		normal string
		words  []string
		known  bool
		values []float64
	}{
		{"", []string{"normal", "anomaly"}, true, []float64{0, 1}},
		{"", []string{"Normal", "Attack", "odd"}, true, []float64{0, 1, 1}},
		{"", []string{"", "anomaly"}, true, []float64{0, 1}},
		{"", []string{"blue", "fault"}, true, []float64{0, 1}},
		{"", []string{"walk", "run"}, false, nil},
		{"", []string{"fault", "blue", "red"}, false, nil},
		{"walk", []string{"walk", "Run", "WALK"}, true, []float64{0, 1, 0}},
	} {
		l := Labels{Normal: tt.normal}
		if known := l.Decide(tt.words); known != tt.known {
			t.Errorf("%q: known %v", tt.words, known)
		}
		for i, want := range tt.values {
			if got := l.Value(tt.words[i]); got != want {
				t.Errorf("%q: %q is %v, want %v", tt.words, tt.words[i], got, want)
			}
		}
	}
}
