// Package tensorfile reads and writes safetensors files of tensors of float32, float16 or bytes: an 8-byte little-endian header length, a JSON
// header that names each tensor with its shape and byte range, and the values. Its metadata hold a checksum of the whole file.
//
//	err := tensorfile.Write("model.safetensors", map[string]string{"format": "2"}, []tensorfile.Tensor{{Name: "w", Shape: []int{2}, Data: w}})
//	meta, tensors, err := tensorfile.Read("model.safetensors")
package tensorfile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"sort"

	"github.com/wavekin/wavekin/internal/output"
)

// Error says what is wrong with a file.
type Error struct {
	// Path is the file.
	Path string
	// Offset is the byte at which it was noticed, or -1.
	Offset int64
	// Err is the cause.
	Err error
}

// Error names file and byte.
func (e *Error) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("%s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("%s: byte %d: %v", e.Path, e.Offset, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Tensor is one named tensor; its values are in row-major order.
type Tensor struct {
	Name  string
	Shape []int
	Data  []float32
	// Half stores the values in 16 bits (F16), rounded to the nearest; they are read as float32.
	Half bool
	// Bytes are the values of a tensor of bytes (U8), in place of Data; those that were read must not be changed.
	Bytes []byte
}

// width is the number of bytes of a value.
func (t Tensor) width() int64 {
	switch {
	case t.Bytes != nil:
		return 1
	case t.Half:
		return 2
	}
	return 4
}

// count is the number of values.
func (t Tensor) count() int { return len(t.Data) + len(t.Bytes) }

// maxHeader bounds the JSON header of a file, in bytes, as the format's own reader does.
const maxHeader = 100 << 20

// tensorHeader is an entry of the JSON header.
type tensorHeader struct {
	Dtype   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// Write writes a safetensors file: 8 bytes of header length, the header,
// the values. It is written beside its place and moved there when complete; equal
// content gives equal bytes.
func Write(path string, meta map[string]string, ts []Tensor) error {
	meta = maps.Clone(meta)
	if meta == nil {
		meta = map[string]string{}
	}
	meta[ChecksumKey] = unsummed
	head := map[string]any{"__metadata__": meta}
	var at int64
	for _, t := range ts {
		if _, dup := head[t.Name]; dup {
			return fmt.Errorf("two tensors are named %q", t.Name)
		}
		size := 1
		for _, d := range t.Shape {
			size *= d
		}
		if size != t.count() || t.Data != nil && t.Bytes != nil {
			return fmt.Errorf("tensor %q has %d values for shape %v", t.Name, t.count(), t.Shape)
		}
		n, kind := t.width()*int64(size), "F32"
		switch {
		case t.Bytes != nil:
			kind = "U8"
		case t.Half:
			kind = "F16"
		}
		head[t.Name] = tensorHeader{kind, t.Shape, [2]int64{at, at + n}}
		at += n
	}
	header, err := json.Marshal(head) // sorts the keys
	if err != nil {
		return err
	}
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	f, err := output.Create(path)
	if err != nil {
		return err
	}
	defer f.Abort()
	sum := sha256.New()
	_ = emit(sum, header, ts) // a hash takes everything
	if err := emit(f, seal(header, sum), ts); err != nil {
		return output.Wrap(path, err)
	}
	return f.Commit()
}

// emit writes the bytes of a file.
func emit(w io.Writer, header []byte, ts []Tensor) error {
	buf := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := w.Write(append(buf, header...)); err != nil {
		return err
	}
	for _, t := range ts {
		if _, err := w.Write(t.Bytes); err != nil {
			return err
		}
		buf = buf[:0]
		for _, v := range t.Data {
			if t.Half {
				buf = binary.LittleEndian.AppendUint16(buf, toHalf(v))
			} else {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

// Read reads a file that Write, or another writer of float32
// safetensors, has made. Nothing in it is believed before it is checked against
// the size of the file. A file of another kind gives an [*OtherError]. One whose checksum does not fit is refused; one without a checksum is read, and its metadata then
// have no [ChecksumKey]. Tensors of bytes are refused, so that all that is read has Data.
func Read(path string) (map[string]string, []Tensor, error) { return read(path, false) }

// ReadBytes is [Read] of a file that may have tensors of bytes.
func ReadBytes(path string) (map[string]string, []Tensor, error) { return read(path, true) }

// Metadata reads those of a file alone, whose checksum is not looked at.
func Metadata(path string) (map[string]string, error) {
	var h *head
	err := open(path, func(f io.Reader, size int64) (err error) {
		h, err = readHead(f, size)
		return err
	})
	if err != nil {
		return nil, err
	}
	return h.meta, nil
}

func read(path string, bytes bool) (meta map[string]string, ts []Tensor, err error) {
	err = open(path, func(f io.Reader, size int64) (err error) {
		meta, ts, err = decode(f, size, bytes)
		return err
	})
	return meta, ts, err
}

// open reads a file, whose name errors get.
func open(path string, read func(f io.Reader, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.IsDir() {
		return &Error{Path: path, Offset: -1, Err: &OtherError{Kind: "a folder", Want: "a safetensors file"}}
	}
	err = read(f, st.Size())
	var fe *Error
	if errors.As(err, &fe) {
		fe.Path = path
	}
	return err
}

func corrupt(at int64, format string, args ...any) error {
	return &Error{Offset: at, Err: fmt.Errorf(format, args...)}
}

// Decode reads a file of the given size in bytes; see [Read].
func Decode(r io.Reader, size int64) (map[string]string, []Tensor, error) {
	return decode(r, size, false)
}

func decode(r io.Reader, size int64, bytes bool) (map[string]string, []Tensor, error) {
	h, err := readHead(r, size)
	if err != nil {
		return nil, nil, err
	}
	base := int64(len(h.lead) + len(h.text))
	body := make([]byte, size-base)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, nil, corrupt(base, "values cut off: %w", err)
	}
	if err := verify(h.meta[ChecksumKey], h.lead[:], h.text, body); err != nil {
		return nil, nil, err
	}
	ts, err := sliceTensors(h.entries, body, base, bytes)
	return h.meta, ts, err
}

// head is what stands before the values.
type head struct {
	lead    [8]byte // the length of the text
	text    []byte
	meta    map[string]string
	entries map[string]json.RawMessage // by tensor
}

func readHead(r io.Reader, size int64) (*head, error) {
	h := &head{meta: map[string]string{}}
	if size < int64(len(h.lead)) {
		return nil, other(nil, r)
	}
	if _, err := io.ReadFull(r, h.lead[:]); err != nil {
		return nil, corrupt(0, "%w", err)
	}
	n := binary.LittleEndian.Uint64(h.lead[:])
	if n > maxHeader {
		return nil, other(h.lead[:], r)
	}
	if int64(n) > size-8 {
		return nil, corrupt(0, "cut off: a header of %d bytes in a file of %d; take another copy of the file", n, size)
	}
	h.text = make([]byte, n)
	if _, err := io.ReadFull(r, h.text); err != nil {
		return nil, corrupt(8, "header cut off: %w", err)
	}
	if err := json.Unmarshal(h.text, &h.entries); err != nil {
		return nil, corrupt(8, "not a safetensors file: its header is not JSON: %w", err)
	}
	if m, ok := h.entries["__metadata__"]; ok {
		if err := json.Unmarshal(m, &h.meta); err != nil {
			return nil, corrupt(8, "metadata: %w", err)
		}
		delete(h.entries, "__metadata__")
	}
	return h, nil
}

// entry is the header of a tensor with its name.
type entry struct {
	name string
	tensorHeader
}

// ordered reads the entries of a header, in the order in which the tensors lie in the body.
func ordered(raw map[string]json.RawMessage) ([]entry, error) {
	var entries []entry
	for name, text := range raw {
		e := entry{name: name}
		if err := json.Unmarshal(text, &e.tensorHeader); err != nil {
			return nil, corrupt(8, "tensor %q: %w", name, err)
		}
		entries = append(entries, e)
	}
	sort.Slice(entries, func(i, j int) bool {
		a, b := entries[i], entries[j]
		if a.Offsets != b.Offsets {
			return a.Offsets[0] < b.Offsets[0] || a.Offsets[0] == b.Offsets[0] && a.Offsets[1] < b.Offsets[1]
		}
		return a.name < b.name
	})
	return entries, nil
}

// values is how many numbers a tensor of a shape has, of which size bytes can hold only so many. Sizes are checked before they are
// multiplied, so that nothing overflows.
func (e entry) values(size int64) (int64, error) {
	count := int64(1)
	for _, d := range e.Shape {
		if d < 0 || d > 0 && count > size/int64(d) {
			return 0, corrupt(8, "tensor %q: shape %v does not fit %d bytes", e.name, e.Shape, size)
		}
		count *= int64(d)
	}
	return count, nil
}

// sliceTensors checks every entry: its type, that its shape fits its offsets, and
// that the tensors fill the body without overlap.
func sliceTensors(raw map[string]json.RawMessage, body []byte, base int64, bytes bool) ([]Tensor, error) {
	entries, err := ordered(raw)
	if err != nil {
		return nil, err
	}
	var out []Tensor
	var at int64
	for _, e := range entries {
		from, to := e.Offsets[0], e.Offsets[1]
		if e.Dtype != "F32" && e.Dtype != "F16" && !(bytes && e.Dtype == "U8") {
			return nil, corrupt(8, "tensor %q has type %q, want F32 or F16", e.name, e.Dtype)
		}
		t := Tensor{Name: e.name, Shape: e.Shape, Half: e.Dtype == "F16"}
		if e.Dtype == "U8" {
			t.Bytes = []byte{}
		}
		if from != at || to < from || to > int64(len(body)) {
			return nil, corrupt(base+at, "tensor %q lies at bytes %d to %d of %d, want it to start at %d", e.name, from, to, len(body), at)
		}
		count, err := e.values(to - from)
		if err != nil {
			return nil, err
		}
		if t.width()*count != to-from {
			return nil, corrupt(8, "tensor %q: shape %v does not fit %d bytes", e.name, e.Shape, to-from)
		}
		if at = to; t.Bytes != nil {
			t.Bytes = body[from:to:to]
		} else {
			t.Data = numbers(body[from:to], int(count), t.Half)
		}
		out = append(out, t)
	}
	if at != int64(len(body)) {
		return nil, corrupt(base+at, "%d bytes belong to no tensor", int64(len(body))-at)
	}
	return out, nil
}

// numbers reads float32 numbers, or with half float16.
func numbers(body []byte, count int, half bool) []float32 {
	out := make([]float32, count)
	for i := range out {
		if half {
			out[i] = fromHalf(binary.LittleEndian.Uint16(body[2*i:]))
		} else {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
		}
	}
	return out
}
