package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

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

// The library reads the message after the schema as a dictionary, whatever it is, and
// would then allocate what bytes of another meaning say.
func TestArrowOrder(t *testing.T) {
	m := split(t, arrowBytes(t, false, longSchema, fillLong, 1, ipc.WithZstd()))
	if len(m) != 3 {
		t.Fatalf("%d messages, want schema, dictionary and records", len(m))
	}
	for _, tt := range []struct {
		order []int
		want  string
	}{
		{[]int{0, 1, 2}, ""},
		{[]int{0, 1, 2, 1, 2}, ""},
		{[]int{0, 2}, "records before the dictionaries that they need"},
		{[]int{0, 0, 1, 2}, "a second schema"},
		{[]int{1, 2}, "the schema does not come first"},
	} {
		var stream []byte
		for _, i := range tt.order {
			stream = append(stream, m[i]...)
		}
		_, err := readBytes("x.arrows", stream, Options{Sort: true})
		if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, ErrCorrupt) || !strings.HasSuffix(err.Error(), tt.want)) {
			t.Errorf("%v: %v, want %q", tt.order, err, tt.want)
		}
	}
}

// Dictionaries that add to each other stay in memory, so they are bounded together.
func TestArrowDictionariesBounded(t *testing.T) {
	g := &messageGuard{schema: true, dicts: map[int64]int64{}}
	for i, tt := range []struct {
		id, room int64
		delta    bool
		ok       bool
	}{
		{1, maxArrowBatch / 2, false, true}, {1, maxArrowBatch / 2, false, true}, {1, maxArrowBatch / 4, true, true}, {2, maxArrowBatch / 2, false, false},
	} {
		err := g.hold(&message{kind: arrowDictionary, id: tt.id, room: tt.room, delta: tt.delta})
		if (err == nil) != tt.ok {
			t.Errorf("dictionary %d: %v", i, err)
		}
	}
}

func TestBoundedAllocator(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, ErrLimit) {
			t.Errorf("2^40 bytes: %v, want a panic with ErrLimit", err)
		}
	}()
	a := boundedAllocator{memory.DefaultAllocator}
	if b := a.Allocate(100); !bytes.Equal(b, make([]byte, 100)) {
		t.Error("no 100 bytes")
	}
	a.Allocate(1 << 40)
}
