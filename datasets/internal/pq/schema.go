package pq

import (
	"encoding/base64"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
	"github.com/wavekin/wavekin/datasets/internal/ipc"
)

// column is a column of the table.
type column struct {
	name string
	leaf int // among the columns of the file
	elem *format.SchemaElement
	typ  arrow.DataType // of its values, nil if it is not read
	list bool

	maxDef, maxRep int
	listDef        int // definition level from which on a list is there; at the next one it has a value
}

// arrays is the type of the arrays, nil if the column is not read.
func (c *column) arrays() arrow.DataType {
	if c.typ == nil || !c.list {
		return c.typ
	}
	return arrow.ListOf(c.typ)
}

// node is a field of the schema with what is below it.
type node struct {
	elem     *format.SchemaElement
	children []*node
}

// tree makes a tree of the list of fields.
func tree(elements []format.SchemaElement) (*node, error) {
	at := 0
	var next func(depth int) (*node, error)
	next = func(depth int) (*node, error) {
		if at >= len(elements) || depth > maxDepth {
			return nil, corrupt("a schema whose groups have more fields than there are")
		}
		n := &node{elem: &elements[at]}
		at++
		if n.elem.Type.Valid {
			return n, nil
		}
		for i := int32(0); i < n.elem.NumChildren.V; i++ {
			c, err := next(depth + 1)
			if err != nil {
				return nil, err
			}
			n.children = append(n.children, c)
		}
		return n, nil
	}
	root, err := next(0)
	if err == nil && at != len(elements) {
		err = corrupt("a schema of %d fields, of which %d belong to no group", len(elements), len(elements)-at)
	}
	return root, err
}

func (n *node) leaves() int {
	if n.elem.Type.Valid {
		return 1
	}
	sum := 0
	for _, c := range n.children {
		sum += c.leaves()
	}
	return sum
}

func (n *node) repeated() bool {
	return n.elem.RepetitionType.Valid && n.elem.RepetitionType.V == format.Repeated
}

func (n *node) optional() bool {
	return n.elem.RepetitionType.Valid && n.elem.RepetitionType.V == format.Optional
}

func (n *node) isList() bool {
	_, list := n.elem.LogicalType.Value.(*format.ListType)
	return list || n.elem.ConvertedType.Valid && n.elem.ConvertedType.V == deprecated.List
}

func (n *node) isMap() bool {
	_, m := n.elem.LogicalType.Value.(*format.MapType)
	return m || n.elem.ConvertedType.Valid && (n.elem.ConvertedType.V == deprecated.Map || n.elem.ConvertedType.V == deprecated.MapKeyValue)
}

// columnsOf lists the columns of a file: groups are replaced by their fields, and lists of simple values are columns.
func columnsOf(root *node) []column {
	var out []column
	leaf := 0
	var walk func(n *node, name string, def int)
	walk = func(n *node, name string, def int) {
		switch {
		case n.repeated():
			// A repeated field without a list around it is a list that is never null.
			c := column{name: name, leaf: leaf, elem: n.elem, list: true, maxDef: def + 1, maxRep: 1, listDef: def}
			if n.elem.Type.Valid {
				c.typ = typeOf(n.elem)
			}
			out = append(out, c)
			leaf += n.leaves()
			return
		case n.elem.Type.Valid:
			if n.optional() {
				def++
			}
			out = append(out, column{name: name, leaf: leaf, elem: n.elem, typ: typeOf(n.elem), maxDef: def})
			leaf++
			return
		}
		if n.optional() {
			def++
		}
		if !n.isList() && !n.isMap() && len(n.children) > 0 {
			for _, c := range n.children {
				walk(c, name+"."+c.elem.Name, def)
			}
			return
		}
		c := column{name: name, leaf: leaf, elem: n.elem, list: n.isList(), listDef: def, maxDef: def + 1, maxRep: 1}
		if e := n.element(); e != nil {
			if e.optional() {
				c.maxDef++
			}
			c.elem, c.typ = e.elem, typeOf(e.elem)
		}
		out = append(out, c)
		leaf += n.leaves()
	}
	for _, c := range root.children {
		walk(c, c.elem.Name, 0)
	}
	return out
}

// element is what a list has, nil where that is no simple value.
func (n *node) element() *node {
	if !n.isList() || len(n.children) != 1 || !n.children[0].repeated() {
		return nil
	}
	r := n.children[0]
	if r.elem.Type.Valid {
		return &node{elem: r.elem} // of before 2015, with two levels
	}
	if len(r.children) == 1 && r.children[0].elem.Type.Valid && !r.children[0].repeated() {
		return r.children[0]
	}
	return nil
}

// typeOf is the type of a leaf's values, nil if they are not read.
func typeOf(e *format.SchemaElement) arrow.DataType {
	converted := deprecated.ConvertedType(-1)
	if e.ConvertedType.Valid {
		converted = e.ConvertedType.V
	}
	if d, ok := e.LogicalType.Value.(*format.DecimalType); ok {
		return decimalOf(e, d.Precision, d.Scale)
	} else if converted == deprecated.Decimal {
		return decimalOf(e, e.Precision.V, e.Scale.V)
	}
	switch l := e.LogicalType.Value.(type) {
	case *format.NullType:
		return arrow.Null
	case *format.TimestampType:
		if e.Type.V != format.Int64 {
			return nil
		}
		t := &arrow.TimestampType{Unit: unitOf(l.Unit)}
		if l.IsAdjustedToUTC {
			t.TimeZone = "UTC"
		}
		return t
	case *format.TimeType:
		switch u := unitOf(l.Unit); {
		case e.Type.V == format.Int32 && u == arrow.Millisecond:
			return &arrow.Time32Type{Unit: u}
		case e.Type.V == format.Int64 && u != arrow.Millisecond:
			return &arrow.Time64Type{Unit: u}
		}
		return nil
	case *format.Float16Type:
		if e.Type.V == format.FixedLenByteArray && e.TypeLength.V == 2 {
			return arrow.FixedWidthTypes.Float16
		}
		return nil
	case *format.IntType:
		if t := integerOf(e.Type.V, int(l.BitWidth), l.IsSigned); t != nil {
			return t
		}
	case *format.DateType:
		converted = deprecated.Date
	case *format.StringType, *format.EnumType, *format.JsonType:
		converted = deprecated.UTF8
	}
	type pair struct {
		physical  format.Type
		converted deprecated.ConvertedType
	}
	if t := map[pair]arrow.DataType{
		{format.Int32, deprecated.Date}:            arrow.FixedWidthTypes.Date32,
		{format.Int32, deprecated.TimeMillis}:      &arrow.Time32Type{Unit: arrow.Millisecond},
		{format.Int64, deprecated.TimeMicros}:      &arrow.Time64Type{Unit: arrow.Microsecond},
		{format.Int64, deprecated.TimestampMillis}: &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"},
		{format.Int64, deprecated.TimestampMicros}: &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"},
		{format.Int32, deprecated.Int8}:            arrow.PrimitiveTypes.Int8,
		{format.Int32, deprecated.Int16}:           arrow.PrimitiveTypes.Int16,
		{format.Int32, deprecated.Uint8}:           arrow.PrimitiveTypes.Uint8,
		{format.Int32, deprecated.Uint16}:          arrow.PrimitiveTypes.Uint16,
		{format.Int32, deprecated.Uint32}:          arrow.PrimitiveTypes.Uint32,
		{format.Int64, deprecated.Uint64}:          arrow.PrimitiveTypes.Uint64,
		{format.ByteArray, deprecated.UTF8}:        arrow.BinaryTypes.String,
		{format.ByteArray, deprecated.Enum}:        arrow.BinaryTypes.String,
		{format.ByteArray, deprecated.Json}:        arrow.BinaryTypes.String,
	}[pair{e.Type.V, converted}]; t != nil {
		return t
	}
	switch e.Type.V {
	case format.Boolean:
		return arrow.FixedWidthTypes.Boolean
	case format.Int32:
		return arrow.PrimitiveTypes.Int32
	case format.Int64:
		return arrow.PrimitiveTypes.Int64
	case format.Int96:
		return &arrow.TimestampType{Unit: arrow.Nanosecond}
	case format.Float:
		return arrow.PrimitiveTypes.Float32
	case format.Double:
		return arrow.PrimitiveTypes.Float64
	case format.ByteArray:
		return arrow.BinaryTypes.Binary
	case format.FixedLenByteArray:
		if converted == deprecated.Interval && e.TypeLength.V == 12 {
			return arrow.FixedWidthTypes.MonthDayNanoInterval
		}
		if e.TypeLength.V > 0 {
			return &arrow.FixedSizeBinaryType{ByteWidth: int(e.TypeLength.V)}
		}
	}
	return nil
}

func integerOf(t format.Type, width int, signed bool) arrow.DataType {
	if t == format.Int64 {
		if width == 64 && !signed {
			return arrow.PrimitiveTypes.Uint64
		}
		return nil
	}
	return map[bool]map[int]arrow.DataType{
		true:  {8: arrow.PrimitiveTypes.Int8, 16: arrow.PrimitiveTypes.Int16},
		false: {8: arrow.PrimitiveTypes.Uint8, 16: arrow.PrimitiveTypes.Uint16, 32: arrow.PrimitiveTypes.Uint32},
	}[signed][width]
}

func decimalOf(e *format.SchemaElement, precision, scale int32) arrow.DataType {
	room := map[format.Type]int32{format.Int32: 4, format.Int64: 8, format.ByteArray: 32, format.FixedLenByteArray: e.TypeLength.V}[e.Type.V]
	switch {
	case room < 1 || room > 32 || precision < 1 || precision > 76 || scale < 0 || scale > 1000:
		return nil
	case precision > 38 || e.Type.V == format.FixedLenByteArray && room > 16:
		return &arrow.Decimal256Type{Precision: precision, Scale: scale}
	}
	return &arrow.Decimal128Type{Precision: precision, Scale: scale}
}

func unitOf(u format.TimeUnit) arrow.TimeUnit {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return arrow.Millisecond
	case *format.MicroSeconds:
		return arrow.Microsecond
	}
	return arrow.Nanosecond
}

// refine takes from the Arrow schema, which some writers keep beside, what Parquet has no type for: durations and zones.
func refine(columns []column, metadata []format.KeyValue) {
	for _, kv := range metadata {
		if kv.Key != "ARROW:schema" {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(kv.Value)
		if err != nil {
			return
		}
		fields, err := ipc.ParseSchema(b)
		if err != nil {
			return
		}
		types := map[string]arrow.DataType{}
		for _, f := range fields {
			types[f.Name] = f.Type
		}
		for i := range columns {
			c := &columns[i]
			switch t := types[c.name].(type) {
			case *arrow.DurationType:
				if c.elem.Type.V == format.Int64 && arrow.TypeEqual(c.typ, arrow.PrimitiveTypes.Int64) {
					c.typ = t
				}
			case *arrow.TimestampType:
				if have, ok := c.typ.(*arrow.TimestampType); ok && have.TimeZone == "UTC" && t.TimeZone != "" {
					c.typ = &arrow.TimestampType{Unit: have.Unit, TimeZone: t.TimeZone}
				}
			}
		}
		return
	}
}

// typeName names a column's type in a message.
func (c *column) typeName() string {
	switch {
	case c.typ != nil:
		return c.arrays().String()
	case c.elem.Type.Valid:
		return fmt.Sprintf("%s (%s)", c.elem.Type.V, c.elem.LogicalType.String())
	}
	return "a group"
}

// physical is the number of bytes of a plain value, 0 for one of any length or of a bit.
func physical(e *format.SchemaElement) int {
	switch e.Type.V {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	case format.FixedLenByteArray:
		return int(e.TypeLength.V)
	}
	return 0
}
