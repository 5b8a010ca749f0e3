package ipc

import (
	"github.com/apache/arrow/go/v15/arrow"
)

// arrowType is the type of the arrays that stand for a field, nil if it is not read. Arrays are of the types that the Arrow
// library has: text views become plain texts, large ones small ones, 32-bit and 64-bit decimals 128-bit ones.
func (v *node) arrowType() arrow.DataType {
	t := v.valueType()
	if t == nil || v.dict == nil {
		return t
	}
	index := (&typ{id: tInt, bits: v.dict.bits, signed: v.dict.signed}).fixed()
	if index == nil || isList(t) || t.ID() == arrow.NULL {
		return nil
	}
	return &arrow.DictionaryType{IndexType: index, ValueType: t}
}

// valueType is arrowType without regard to a dictionary.
func (v *node) valueType() arrow.DataType {
	switch t := &v.typ; t.id {
	case tNull:
		return arrow.Null
	case tText, tLargeText, tTextView:
		return arrow.BinaryTypes.String
	case tBinary, tLargeBinary, tBinaryView:
		return arrow.BinaryTypes.Binary
	case tFixedBinary:
		if t.size > 0 {
			return &arrow.FixedSizeBinaryType{ByteWidth: t.size}
		}
	case tList, tLargeList, tListView, tLargeListView, tFixedList:
		if len(v.children) != 1 || t.id == tFixedList && t.size < 0 {
			return nil
		}
		elem := v.children[0].arrowType()
		switch {
		case elem == nil || isList(elem):
			return nil
		case t.id == tListView || t.id == tLargeListView:
			return arrow.ListViewOf(elem)
		}
		return arrow.ListOf(elem)
	default:
		return t.fixed()
	}
	return nil
}

func isList(t arrow.DataType) bool { return t.ID() == arrow.LIST || t.ID() == arrow.LIST_VIEW }

// fixed is the type of values that all take the same room, nil if it is none that is read.
func (t *typ) fixed() arrow.DataType {
	unit := arrow.TimeUnit(max(0, t.unit))
	if t.unit < 0 || t.unit > 3 {
		return nil
	}
	switch t.id {
	case tBool:
		return arrow.FixedWidthTypes.Boolean
	case tInt:
		signed := map[int]arrow.DataType{8: arrow.PrimitiveTypes.Int8, 16: arrow.PrimitiveTypes.Int16, 32: arrow.PrimitiveTypes.Int32, 64: arrow.PrimitiveTypes.Int64}
		unsigned := map[int]arrow.DataType{8: arrow.PrimitiveTypes.Uint8, 16: arrow.PrimitiveTypes.Uint16, 32: arrow.PrimitiveTypes.Uint32, 64: arrow.PrimitiveTypes.Uint64}
		if t.signed {
			return signed[t.bits]
		}
		return unsigned[t.bits]
	case tFloat:
		return map[int]arrow.DataType{16: arrow.FixedWidthTypes.Float16, 32: arrow.PrimitiveTypes.Float32, 64: arrow.PrimitiveTypes.Float64}[t.bits]
	case tDecimal:
		digits, ok := map[int]int{32: 9, 64: 18, 128: 38, 256: 76}[t.bits]
		if !ok || t.precision < 1 || t.precision > digits || t.scale < -1000 || t.scale > 1000 {
			return nil
		}
		if t.bits == 256 {
			return &arrow.Decimal256Type{Precision: int32(t.precision), Scale: int32(t.scale)}
		}
		return &arrow.Decimal128Type{Precision: int32(t.precision), Scale: int32(t.scale)}
	case tDate:
		return map[int]arrow.DataType{0: arrow.FixedWidthTypes.Date32, 1: arrow.FixedWidthTypes.Date64}[t.unit]
	case tTime:
		switch {
		case t.bits == 32 && t.unit < 2:
			return &arrow.Time32Type{Unit: unit}
		case t.bits == 64 && t.unit >= 2:
			return &arrow.Time64Type{Unit: unit}
		}
	case tTimestamp:
		return &arrow.TimestampType{Unit: unit, TimeZone: t.zone}
	case tDuration:
		return &arrow.DurationType{Unit: unit}
	case tInterval:
		return map[int]arrow.DataType{1: arrow.FixedWidthTypes.DayTimeInterval, 2: arrow.FixedWidthTypes.MonthDayNanoInterval}[t.unit]
	}
	return nil
}

// width is the bytes that a value of a fixed type takes in a file; 0 for a type whose values are bits or have no fixed length.
func (t *typ) width() int64 {
	switch t.id {
	case tInt, tFloat, tDecimal, tTime:
		return int64(t.bits / 8)
	case tDate:
		return int64(4 + 4*t.unit)
	case tTimestamp, tDuration:
		return 8
	case tInterval:
		return int64(4 << max(0, min(2, t.unit)))
	case tFixedBinary:
		return int64(t.size)
	}
	return 0
}

// path is a way through structs to a field that is a column, such as ["sensor", "pressure"].
type path []*node

// name joins the names on the way by dots.
func (p path) name() string {
	name := p[0].name
	for _, v := range p[1:] {
		name += "." + v.name
	}
	return name
}

func (p path) leaf() *node { return p[len(p)-1] }

// columnsOf lists the columns of a schema: structs are replaced by their fields.
func columnsOf(nodes []*node) []path {
	var out []path
	var walk func(nodes []*node, before path)
	walk = func(nodes []*node, before path) {
		for _, v := range nodes {
			p := append(before[:len(before):len(before)], v)
			if v.typ.id == tStruct && v.dict == nil && len(v.children) > 0 {
				walk(v.children, p)
				continue
			}
			out = append(out, p)
		}
	}
	walk(nodes, nil)
	return out
}
