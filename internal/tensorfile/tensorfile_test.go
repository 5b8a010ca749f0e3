package tensorfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// file makes a safetensors file of any header and body.
func file(header string, body ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), body...)
}

func TestTensorsSurviveTheirFile(t *testing.T) {
	dir := t.TempDir()
	meta := map[string]string{"format": "1", "quoted": `{"a":"é\n"}`}
	// Names that do not sort in file order, an empty tensor and a scalar.
	want := []Tensor{{Name: "z", Shape: []int{2, 2}, Data: []float32{1, -2, 3.5, 0}}, {Name: "a", Shape: []int{0, 3}, Data: []float32{}}, {Name: "m", Shape: []int{}, Data: []float32{9}}}
	var first []byte
	for _, name := range []string{"one", "two"} {
		path := filepath.Join(dir, name)
		if err := Write(path, meta, want); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		}
		if !bytes.Equal(b, first) {
			t.Error("the same content gave other bytes")
		}
		gotMeta, got, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		if alone, err := Metadata(path); err != nil || !reflect.DeepEqual(alone, gotMeta) {
			t.Errorf("metadata alone are %q, %v", alone, err)
		}
		byName := map[string]Tensor{}
		for _, d := range got {
			byName[d.Name] = d
		}
		for _, d := range want {
			if !reflect.DeepEqual(byName[d.Name], d) {
				t.Errorf("%q came back as %+v", d.Name, byName[d.Name])
			}
		}
		if !strings.HasPrefix(gotMeta[ChecksumKey], "sha256:") {
			t.Errorf("checksum %q", gotMeta[ChecksumKey])
		}
		delete(gotMeta, ChecksumKey)
		if !reflect.DeepEqual(gotMeta, meta) {
			t.Errorf("metadata came back as %q", gotMeta)
		}
	}
}

func TestBadTensorFiles(t *testing.T) {
	entry := func(shape, offsets string) string {
		return `"dtype":"F32","shape":` + shape + `,"data_offsets":` + offsets
	}
	four := []byte{0, 0, 128, 63}
	if _, ts, err := Decode(bytes.NewReader(file(`{"a":{`+entry("[1]", "[0,4]")+`}}`, four...)), int64(len(file(`{"a":{`+entry("[1]", "[0,4]")+`}}`, four...)))); err != nil || ts[0].Data[0] != 1 {
		t.Fatalf("a good file gave %v, %v", ts, err)
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "an empty file, not a safetensors file"},
		{"text", []byte("time,x\n1,2\n"), "a text file, not a safetensors file"},
		{"header beyond the file", append(binary.LittleEndian.AppendUint64(nil, 1<<20), "{}"...), "cut off: a header of 1048576 bytes in a file of 10"},
		{"header of 2^63", append(binary.LittleEndian.AppendUint64(nil, 1<<63), "{}"...), "a file of another kind, or a damaged one"},
		{"no JSON", file("{]"), "not JSON"},
		{"overlap", file(`{"a":{`+entry("[1]", "[0,4]")+`},"b":{`+entry("[1]", "[0,4]")+`}}`, four...), "want it to start"},
		{"hole", file(`{"a":{`+entry("[1]", "[4,8]")+`}}`, append(four, four...)...), "want it to start"},
		{"beyond the end", file(`{"a":{`+entry("[2]", "[0,8]")+`}}`, four...), "want it to start"},
		{"backwards", file(`{"a":{`+entry("[1]", "[4,0]")+`}}`, four...), "want it to start"},
		{"negative", file(`{"a":{`+entry("[1]", "[-4,0]")+`}}`, four...), "want it to start"},
		{"spare bytes", file(`{}`, four...), "belong to no tensor"},
		{"shape", file(`{"a":{`+entry("[3]", "[0,4]")+`}}`, four...), "does not fit"},
		{"negative shape", file(`{"a":{`+entry("[-1,-1]", "[0,4]")+`}}`, four...), "does not fit"},
		{"shape that overflows to 1", file(`{"a":{`+entry("[4294967296,4294967296,1]", "[0,4]")+`}}`, four...), "does not fit"},
		{"other type", file(`{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}`, four...), `"BF16", want F32`},
		{"offsets no numbers", file(`{"a":{`+entry("[1]", `["0","4"]`)+`}}`, four...), `tensor "a"`},
		{"metadata no text", file(`{"__metadata__":{"a":1}}`), "metadata"},
	} {
		_, _, err := Decode(bytes.NewReader(c.file), int64(len(c.file)))
		var fe *Error
		if !errors.As(err, &fe) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a Error that says %q", c.name, err, c.want)
		}
	}
}

func TestFileErrorNamesItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := os.WriteFile(path, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := Read(path)
	if want := path + ": a text file, not a safetensors file"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, _, err := Read(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file gave %v", err)
	}
	_, _, err = Read(filepath.Dir(path))
	if want := filepath.Dir(path) + ": a folder, not a safetensors file"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestKindsOfOtherFiles: what a file is instead of a model, by bytes that its format prescribes.
func TestKindsOfOtherFiles(t *testing.T) {
	for head, want := range map[string]string{
		"": "an empty file", "time;x\r\n1;2,5\r\n": "a text file", strings.Repeat("x", 7) + "\xc3": "a text file",
		"ARROW1\x00\x00": "an Arrow file", "\xff\xff\xff\xff\x10\x01": "an Arrow stream", "PAR1\x15": "a Parquet file", "\x93NUMPY\x01": "a NumPy array",
		"PK\x03\x04": "a zip archive", "\x00\x01\x02": "a file of another kind, or a damaged one",
	} {
		if got := kindOf([]byte(head)); got != want {
			t.Errorf("%q is %s, want %s", head, got, want)
		}
	}
}

// TestFailedWriteLeavesNothing writes where the last move must fail: the place is a folder.
func TestFailedWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(place, "in use"), 0o755); err != nil {
		t.Fatal(err)
	}
	one := Tensor{Name: "a", Shape: []int{1}, Data: []float32{1}}
	if err := Write(place, nil, []Tensor{one}); err == nil {
		t.Error("no error")
	} else if strings.Contains(err.Error(), "already closed") {
		t.Errorf("the message tells of the clean-up: %v", err)
	}
	for name, bad := range map[string][]Tensor{"twice": {one, one}, "shape": {{Name: "a", Shape: []int{2}, Data: []float32{1}}}} {
		if err := Write(filepath.Join(dir, "m"), nil, bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestBytesInAFile: tensors of bytes beside others, empty ones too, and a shape that does not fit.
func TestBytesInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	want := []Tensor{{Name: "a", Shape: []int{2, 3}, Bytes: []byte{0, 1, 2, 253, 254, 255}}, {Name: "b", Shape: []int{2}, Data: []float32{1, 2}}, {Name: "c", Shape: []int{0, 4}, Bytes: []byte{}}}
	if err := Write(path, nil, want); err != nil {
		t.Fatal(err)
	}
	_, got, err := ReadBytes(path)
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %v", got, err)
	}
	if _, _, err := Read(path); err == nil || !strings.Contains(err.Error(), `"U8", want F32 or F16`) {
		t.Errorf("who wants numbers reads %v", err)
	}
	for _, w := range want {
		at := slices.IndexFunc(got, func(g Tensor) bool { return g.Name == w.Name })
		if at < 0 || !slices.Equal(got[at].Bytes, w.Bytes) || !slices.Equal(got[at].Data, w.Data) || (got[at].Bytes == nil) != (w.Bytes == nil) {
			t.Errorf("%s became %+v", w.Name, got)
		}
	}
	for _, bad := range []Tensor{{Name: "a", Shape: []int{3}, Bytes: []byte{1, 2}}, {Name: "a", Shape: []int{2}, Bytes: []byte{1}, Data: []float32{1}}} {
		if err := Write(path, nil, []Tensor{bad}); err == nil {
			t.Errorf("%+v was written", bad)
		}
	}
}
