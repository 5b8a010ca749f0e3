package pq

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go/format"
	"github.com/wavekin/wavekin/datasets/internal/fault"
)

func fixtures(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/columnar/*.parquet")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d fixtures, %v", len(paths), err)
	}
	out := map[string][]byte{}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(p)] = b
	}
	return out
}

// drain reads one column to its end.
func drain(content []byte, column int, memory int64) (rows int, err error) {
	r, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{Memory: memory})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	r.Select([]int{column})
	for range 10000 {
		arrays, err := r.Next(50)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += arrays[0].Len()
	}
	return rows, nil
}

// A page with a checksum is refused when any of its bytes is another one.
func TestChecksums(t *testing.T) {
	content := fixtures(t)["types-snappy.parquet"]
	r, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for i, c := range r.columns {
		if c.arrays() == nil {
			continue
		}
		r.Select([]int{i})
		ch, err := r.newChunk(&r.columns[i], &r.meta.RowGroups[0])
		if err != nil {
			t.Fatal(err)
		}
		for ch.at < ch.end {
			h, err := ch.header()
			if err != nil {
				t.Fatal(err)
			}
			if h.CRC == 0 {
				t.Fatalf("column %s: a page without a checksum", c.name)
			}
			for k := range int64(h.CompressedPageSize) {
				bad := bytes.Clone(content)
				bad[ch.at+k] ^= 1 << (k % 8)
				if _, err := drain(bad, i, 0); !errors.Is(err, fault.ErrCorrupt) || !strings.Contains(err.Error(), "checksum") {
					t.Fatalf("column %s, byte %d: %v, want an error about the checksum", c.name, ch.at+k, err)
				}
			}
			ch.at += int64(h.CompressedPageSize)
			pages++
		}
	}
	if pages < 40 {
		t.Errorf("%d pages, want at least 40", pages)
	}
}

// hostile makes a file of a footer.
func hostile(footer []byte) []byte {
	out := append([]byte("PAR1"), footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), "PAR1"...)
}

// A row group without rows has no pages, whatever it says of their place: pyarrow writes so.
func TestNoRows(t *testing.T) {
	content := fixtures(t)["types-snappy.parquet"]
	r, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	empty := r.meta.RowGroups[0]
	empty.NumRows = 0
	empty.Columns = slices.Clone(empty.Columns)
	for i := range empty.Columns {
		empty.Columns[i].MetaData.NumValues, empty.Columns[i].MetaData.DataPageOffset, empty.Columns[i].MetaData.DictionaryPageOffset = 0, 0, 0
	}
	want := r.meta.RowGroups[0].NumRows
	r.meta.RowGroups = []format.RowGroup{empty, r.meta.RowGroups[0], empty}
	r.Select([]int{0})
	rows := int64(0)
	for {
		arrays, err := r.Next(1 << 20)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += int64(arrays[0].Len())
	}
	if rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

// What a few bytes claim is refused at once, before there is room for it.
func TestClaims(t *testing.T) {
	for name, tt := range map[string]struct {
		footer []byte
		want   error
	}{
		"a schema of 2^31-1 fields": {[]byte{0x15, 2, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7}, fault.ErrCorrupt},
		"a name of 2^31-1 bytes":    {[]byte{0x15, 2, 0x19, 0x1c, 0x48, 0xff, 0xff, 0xff, 0xff, 7}, fault.ErrCorrupt},
		"deep structures":           {bytes.Repeat([]byte{0x1c}, 1000), fault.ErrLimit},
		"a million row groups":      {append([]byte{0x49, 0xfc, 0xc0, 0x84, 0x3d}, make([]byte, 2000000)...), fault.ErrLimit},
		"nothing":                   {nil, fault.ErrCorrupt},
	} {
		content := hostile(tt.footer)
		if _, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	x := &expander{}
	defer x.close()
	for codec, src := range map[format.CompressionCodec][]byte{
		format.Snappy: {0xff, 0xff, 0xff, 0xff, 7, 0}, format.Lz4Raw: {0xff, 0xff, 0xff}, format.Gzip: {0x1f, 0x8b}, format.Brotli: {1, 2, 3},
		format.Zstd: {0x28, 0xb5, 0x2f, 0xfd}, hadoopLZ4: {0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0}, 3: {0},
	} {
		if _, err := x.expand(nil, src, 100, codec); err == nil {
			t.Errorf("codec %d: nonsense is expanded", codec)
		}
	}
	if _, err := hybrid([]byte{0xfe, 0xff, 0xff, 0xff, 0x0f, 1}, 1, 100); err == nil {
		t.Error("a run of 2^31-1 values where 100 are wanted is accepted")
	}
	// Texts that begin as the one before can be far larger than what is stored.
	grow := append(deltaOf(0, 1000, 1000), deltaOf(1000, 0, 0)...)
	if _, err := deltaTexts(append(grow, make([]byte, 1000)...), 3, true, 1500); !errors.Is(err, fault.ErrLimit) {
		t.Errorf("texts of 3,000 bytes where 1,500 are accepted: %v", err)
	}
	if all, err := deltaTexts(append(grow, make([]byte, 1000)...), 3, true, 4000); err != nil || len(all[2]) != 1000 {
		t.Errorf("texts of 3,000 bytes: %v", err)
	}
}

// deltaOf writes three numbers by differences of 16 bits.
func deltaOf(a, b, c int64) []byte {
	zig := func(v int64) uint64 { return uint64(v<<1 ^ v>>63) }
	least := min(b-a, c-b)
	out := binary.AppendUvarint([]byte{128, 1, 4, 3}, zig(a))
	out = append(binary.AppendUvarint(out, zig(least)), 16, 0, 0, 0)
	out = binary.LittleEndian.AppendUint16(out, uint16(b-a-least))
	out = binary.LittleEndian.AppendUint16(out, uint16(c-b-least))
	return append(out, make([]byte, 60)...)
}

func TestDeltas(t *testing.T) {
	for _, want := range [][3]int64{{1, 2, 3}, {-5, 100, -30000}, {0, 0, 0}} {
		got, _, err := deltas(deltaOf(want[0], want[1], want[2]), 3)
		if err != nil || [3]int64(got) != want {
			t.Errorf("%v: %v, %v", want, got, err)
		}
	}
	if unpack([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 3, 64) != 1<<64-1 {
		t.Error("64 bits at bit 3")
	}
}

// FuzzFile reads whatever it is given without a panic.
func FuzzFile(f *testing.F) {
	for _, b := range fixtures(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{Memory: 1 << 18})
		if err != nil {
			return
		}
		for i, c := range r.Columns() {
			if c.Type != nil {
				_, _ = drain(content, i, 1<<18)
			}
		}
	})
}

// A file behind other ones is refused, whose parts would be taken from the first one; by itself it is read, also with bytes before its footer.
func TestJoinedFiles(t *testing.T) {
	all := fixtures(t)
	first := all["types-snappy.parquet"]
	for name, content := range all {
		for _, joined := range [][]byte{slices.Concat(first, content), slices.Concat(content, content), slices.Concat(content, first, content)} {
			if _, err := OpenFile(bytes.NewReader(joined), int64(len(joined)), Options{}); !errors.Is(err, fault.ErrFormat) || !strings.Contains(err.Error(), "several Parquet files") {
				t.Errorf("%s behind another: %v", name, err)
			}
		}
		r, err := OpenFile(bytes.NewReader(content), int64(len(content)), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		footer := int(r.footer)
		padded := slices.Concat(content[:footer], []byte("PAR1 PAR1"), content[footer:])
		if _, err := OpenFile(bytes.NewReader(padded), int64(len(padded)), Options{}); err != nil {
			t.Errorf("%s with a gap: %v", name, err)
		}
	}
}
