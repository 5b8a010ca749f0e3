package ipc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets/internal/fault"
)

const (
	maxFields = 1 << 16
	maxDepth  = 32
)

// Types of a field, as Schema.fbs counts them.
const (
	tNull = iota + 1
	tInt
	tFloat
	tBinary
	tText
	tBool
	tDecimal
	tDate
	tTime
	tTimestamp
	tInterval
	tList
	tStruct
	tUnion
	tFixedBinary
	tFixedList
	tMap
	tDuration
	tLargeBinary
	tLargeText
	tLargeList
	tRunEnd
	tBinaryView
	tTextView
	tListView
	tLargeListView
)

// typ is a type as a file describes it.
type typ struct {
	id               byte
	bits             int  // of an integer, a decimal, a time; 16, 32 or 64 of a float
	signed           bool // integer
	unit             int  // 0 s, 1 ms, 2 us, 3 ns; of a date 0 day, 1 ms
	precision, scale int  // decimal
	zone             string
	size             int  // fixed-size binary and list
	dense            bool // union
}

// node is a field of a schema.
type node struct {
	name      string
	typ       typ
	extension string // its name, where storage is of typ
	dict      *dictRef
	children  []*node
	metadata  map[string]string
}

// dictRef says that the values of a field are places in a dictionary.
type dictRef struct {
	id     int64
	bits   int
	signed bool
}

// schema is what a file holds.
type schema struct {
	nodes    []*node
	metadata map[string]string
	dicts    map[int64]*node // the field that a dictionary belongs to
}

// schemaWalk bounds what a schema may make of the bytes that describe it: they may be pointed to many times.
type schemaWalk struct {
	b     flat
	left  int // bytes of text that may still be named
	count int
	out   *schema
}

// parseSchema reads a table of type Schema.
func parseSchema(b flat, table int) (*schema, error) {
	if b.shortField(table, 0, 0) != 0 {
		return nil, fmt.Errorf("%w: Arrow data of a big-endian machine; write it on another one, or as Parquet", fault.ErrFormat)
	}
	s := &schema{dicts: map[int64]*node{}}
	w := &schemaWalk{b: b, left: 4 * len(b), out: s}
	s.nodes = w.fields(table, 1, 0)
	s.metadata = w.pairs(table, 2)
	return s, nil
}

func (w *schemaWalk) fields(table, slot, depth int) []*node {
	start, n := w.b.vector(table, slot, 4)
	if depth > maxDepth || n > maxFields-w.count {
		panic(fault.ErrLimit)
	}
	w.count += n
	out := make([]*node, n)
	for i := range out {
		f := w.b.follow(start + 4*i)
		v := &node{name: w.text(f, 0), metadata: w.pairs(f, 6)}
		v.typ.id = w.b.byteField(f, 2, 0)
		if at := w.b.field(f, 3); at > 0 {
			w.detail(&v.typ, w.b.follow(at))
		}
		if at := w.b.field(f, 4); at > 0 {
			d := w.b.follow(at)
			v.dict = &dictRef{id: w.b.longField(d, 0, 0), bits: 32, signed: true}
			if at := w.b.field(d, 1); at > 0 {
				index := w.b.follow(at)
				v.dict.bits, v.dict.signed = w.b.intField(index, 0, 0), w.b.byteField(index, 1, 0) != 0
			}
			if w.out.dicts[v.dict.id] == nil {
				w.out.dicts[v.dict.id] = v
			}
		}
		v.extension = v.metadata["ARROW:extension:name"]
		v.children = w.fields(f, 5, depth+1)
		out[i] = v
	}
	return out
}

// detail reads what a type has beside its kind.
func (w *schemaWalk) detail(t *typ, at int) {
	b := w.b
	switch t.id {
	case tInt:
		t.bits, t.signed = b.intField(at, 0, 0), b.byteField(at, 1, 0) != 0
	case tFloat:
		t.bits = 16 << max(0, min(3, b.shortField(at, 0, 0)))
	case tDecimal:
		t.precision, t.scale, t.bits = b.intField(at, 0, 0), b.intField(at, 1, 0), b.intField(at, 2, 128)
	case tDate:
		t.unit = b.shortField(at, 0, 1)
	case tTime:
		t.unit, t.bits = b.shortField(at, 0, 1), b.intField(at, 1, 32)
	case tTimestamp:
		t.unit, t.zone = b.shortField(at, 0, 0), w.text(at, 1)
	case tInterval:
		t.unit = b.shortField(at, 0, 0)
	case tDuration:
		t.unit = b.shortField(at, 0, 1)
	case tUnion:
		t.dense = b.shortField(at, 0, 0) == 1
	case tFixedBinary, tFixedList:
		t.size = b.intField(at, 0, 0)
	}
}

// pairs reads custom metadata.
func (w *schemaWalk) pairs(table, slot int) map[string]string {
	start, n := w.b.vector(table, slot, 4)
	if n == 0 {
		return nil
	}
	out := map[string]string{}
	for i := range n {
		p := w.b.follow(start + 4*i)
		out[w.text(p, 0)] = w.text(p, 1)
	}
	return out
}

func (w *schemaWalk) text(table, slot int) string {
	_, n := w.b.vector(table, slot, 1)
	if w.left -= n + 1; w.left < 0 {
		panic(fault.ErrLimit)
	}
	return w.b.text(table, slot)
}

// String names a type as pyarrow does.
func (v *node) String() string {
	s := v.typ.String()
	switch v.typ.id {
	case tList, tLargeList, tListView, tLargeListView, tFixedList, tMap, tStruct, tUnion, tRunEnd:
		var parts []string
		for _, c := range v.children {
			parts = append(parts, c.name+": "+c.String())
		}
		s += "<" + strings.Join(parts, ", ") + ">"
		if v.typ.id == tFixedList {
			s += "[" + strconv.Itoa(v.typ.size) + "]"
		}
	}
	if v.dict != nil {
		sign := "uint"
		if v.dict.signed {
			sign = "int"
		}
		s = fmt.Sprintf("dictionary<values=%s, indices=%s%d>", s, sign, v.dict.bits)
	}
	if v.extension != "" {
		s += " (" + v.extension + ")"
	}
	if len(s) > 100 {
		s = strings.ToValidUTF8(s[:97], "") + "..."
	}
	return s
}

var units = [...]string{"s", "ms", "us", "ns"}

func (t typ) unitName() string {
	if t.unit < 0 || t.unit >= len(units) {
		return "unit " + strconv.Itoa(t.unit)
	}
	return units[t.unit]
}

// String names the type without its children.
func (t typ) String() string {
	switch t.id {
	case tInt:
		if t.signed {
			return "int" + strconv.Itoa(t.bits)
		}
		return "uint" + strconv.Itoa(t.bits)
	case tFloat:
		return map[int]string{16: "halffloat", 32: "float", 64: "double"}[t.bits]
	case tDecimal:
		return fmt.Sprintf("decimal%d(%d, %d)", t.bits, t.precision, t.scale)
	case tDate:
		return map[int]string{0: "date32", 1: "date64"}[t.unit]
	case tTime:
		return fmt.Sprintf("time%d[%s]", t.bits, t.unitName())
	case tTimestamp:
		if t.zone != "" {
			return fmt.Sprintf("timestamp[%s, tz=%s]", t.unitName(), t.zone)
		}
		return "timestamp[" + t.unitName() + "]"
	case tDuration:
		return "duration[" + t.unitName() + "]"
	case tFixedBinary:
		return fmt.Sprintf("fixed_size_binary[%d]", t.size)
	}
	if int(t.id) < len(typeNames) {
		return typeNames[t.id]
	}
	return "type " + strconv.Itoa(int(t.id))
}

var typeNames = [...]string{"type 0", "null", "int", "float", "binary", "string", "bool", "decimal", "date", "time", "timestamp", "interval", "list", "struct",
	"union", "fixed_size_binary", "fixed_size_list", "map", "duration", "large_binary", "large_string", "large_list", "run_end_encoded",
	"binary_view", "string_view", "list_view", "large_list_view"}
