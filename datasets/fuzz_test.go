package datasets

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/klauspost/compress/zstd"
)

// fuzz reads content under a name: whatever it is, there is an *Error or consistent series.
func fuzz(f *testing.F, name string) {
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, o := range []Options{{ChunkRows: 3, Memory: 1 << 16}, {Sort: true}, {ChunkRows: 2, BadRow: func(*Error) {}, BadCells: GapCells}} {
			all, err := readBytes(name, content, o)
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("more than a line: %q", err)
			}
			for _, s := range all {
				if err := s.Check(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func FuzzArrow(f *testing.F) {
	f.Add(arrowBytes(f, true, longSchema, fillLong, 1))
	f.Add(arrowBytes(f, true, longSchema, fillLong, 1, ipc.WithZstd()))
	fuzz(f, "x.arrow")
}

func FuzzArrowStream(f *testing.F) {
	f.Add(arrowBytes(f, false, longSchema, fillLong, 1))
	f.Add(arrowBytes(f, false, longSchema, fillLong, 1, ipc.WithZstd()))
	fuzz(f, "x.arrows")
}

// FuzzCompressed reads content inside both wrappings, and as if it were a wrapping itself.
func FuzzCompressed(f *testing.F) {
	const text = "time,x\n1,2\n2,3\n"
	f.Add([]byte(text), 9)
	f.Add(gzipped(f, []byte(text)), 0)
	f.Add(zstandard(f, []byte(text)), 3)
	f.Add(gzipped(f, zstandard(f, []byte(text))), 40)
	f.Add(gzipped(f, gzipped(f, gzipped(f, []byte(text)))), 1)
	f.Fuzz(func(t *testing.T, content []byte, cut int) {
		for _, b := range [][]byte{content, gzipped(t, content), zstandard(t, content)} {
			for _, b := range [][]byte{b, b[:min(len(b), max(0, cut))]} {
				all, err := readBytes("x.csv", b, Options{})
				var e *Error
				if err != nil && !errors.As(err, &e) {
					t.Fatalf("%T: %v", err, err)
				}
				for _, s := range all {
					if err := s.Check(); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}

func gzipped(tb testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(tb testing.TB, b []byte) []byte {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		tb.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(b, nil)
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("time,series,x,label\n1,a,0.5,1\n2,a,?,0\n1,b,,x\n"))
	f.Add([]byte("a;\"b\n\";c\n1;2;3\n"))
	f.Add([]byte("1,2\n3,NaN\n"))
	fuzz(f, "x.csv")
}

func FuzzTS(f *testing.F) {
	f.Add([]byte("#c\n@problemName x\n@classLabel true a\n@data\n1,2,?:3,4,5:a\n"))
	f.Add([]byte("@problemName x\n@data\n1\n2,3\n"))
	f.Add([]byte("@timeStamps true\n@targetlabel true\n@data\n(2013-03-01 00:00:00,1),(2013-03-01 01:00:00,2):a\nabc\n"))
	f.Add([]byte("@problemName x\n@timeStamps true\n@classLabel true a\n@data\n(0,1),(2,?):a\n"))
	fuzz(f, "x.ts")
}

func FuzzTSV(f *testing.F) {
	f.Add([]byte("1\t0.5\tNaN\n2\t1\t2\n"))
	f.Add([]byte("1.0 2 3\n"))
	f.Add([]byte("5\n6\n"))
	fuzz(f, "x.tsv")
}

func FuzzMatrix(f *testing.F) {
	f.Add([]byte("0 1.5 2\n1 2 3\n2 x 4\n3 1 2\n"))
	f.Add([]byte("1.5\t2\n2\t?\n"))
	f.Add([]byte("1,2,3\n"))
	fuzz(f, "x.txt")
}

func FuzzNPY(f *testing.F) {
	f.Add([]byte(npyFile("<f8", "False", "(2, 2)", []float64{1, 2, 3, 4})))
	f.Add([]byte(npyFile("<i2", "True", "(2, 2, 2)", []int16{1, 2, 3, 4, 5, 6, 7, 8})))
	fuzz(f, "x.npy")
}

func FuzzARFF(f *testing.F) {
	f.Add([]byte("@relation x\n@attribute a real\n@attribute class {u,v}\n@data\n1,u\n?,v\n"))
	f.Add([]byte("@relation x\n@attribute r relational\n@attribute a0 numeric\n@end r\n@attribute c {1}\n@data\n'1,2\\n3,?',1\n"))
	fuzz(f, "x.arff")
}
