package datasets

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/series"
)

type whole interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

func widen[T whole | float32](dst []float64, src []T) {
	for i, v := range src {
		dst[i] = float64(v)
	}
}

// arrowNumbers copies values (from inclusive, to exclusive) as float64, nulls as gaps; durations and times of the day become
// seconds. With an error it returns which value is meant.
func arrowNumbers(a arrow.Array, from, to int) ([]float64, int, error) {
	var out []float64
	var at int
	var err error
	switch a := a.(type) {
	case *array.Dictionary:
		out = make([]float64, to-from)
		err = lookUp(a, from, out)
	case *array.Float64:
		out = append(out, a.Float64Values()[from:to]...) // spares the zeros that make writes
		fillGaps(out, a, from)
	default:
		out, at, err = rawNumbers(a, from, to, nil)
	}
	if err != nil {
		return nil, at, err
	}
	if !anyBeyond(out) {
		return out, 0, nil
	}
	for i, v := range out {
		if _, err := inRange(v); err != nil {
			return nil, i, err
		}
	}
	return out, 0, nil
}

// anyBeyond tells whether a value may be out of range: the bits of a float64 without its sign are in the order of its size, with
// NaN above all.
func anyBeyond(x []float64) bool {
	most, over := math.Float64bits(dialect.MaxValue), uint64(0)
	for _, v := range x {
		over |= most - math.Float64bits(v)&^(1<<63)
	}
	return over>>63 != 0
}

// lookUp takes values out of a dictionary.
func lookUp(d *array.Dictionary, from int, out []float64) error {
	dict, all := d.Dictionary(), []float64(nil)
	for i := range out {
		if d.IsNull(from + i) {
			out[i] = series.Gap
			continue
		}
		at := d.GetValueIndex(from + i)
		switch {
		case all != nil:
			out[i] = all[at]
		case dict.Len() <= 4*len(out):
			var err error
			if all, _, err = rawNumbers(dict, 0, dict.Len(), nil); err != nil {
				return err
			}
			out[i] = all[at]
		default:
			if _, _, err := rawNumbers(dict, at, at+1, out[i:i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// rawNumbers is arrowNumbers for all types but dictionaries, and without regard to the range. It may use out.
func rawNumbers(a arrow.Array, from, to int, out []float64) ([]float64, int, error) {
	if out == nil {
		out = make([]float64, to-from)
	}
	scaled := func(count func(i int) int64, u arrow.TimeUnit) {
		per := float64(1e9) / float64(u.Multiplier())
		for i := range out {
			out[i] = float64(count(from+i)) / per
		}
	}
	switch a := a.(type) {
	case *array.Null:
		for i := range out {
			out[i] = series.Gap
		}
	case *array.Float32:
		widen(out, a.Float32Values()[from:to])
	case *array.Float64:
		copy(out, a.Float64Values()[from:to])
	case *array.Float16:
		for i := range out {
			out[i] = float64(a.Value(from + i).Float32())
		}
	case *array.Int8:
		widen(out, a.Int8Values()[from:to])
	case *array.Int16:
		widen(out, a.Int16Values()[from:to])
	case *array.Int32:
		widen(out, a.Int32Values()[from:to])
	case *array.Int64:
		widen(out, a.Int64Values()[from:to])
	case *array.Uint8:
		widen(out, a.Uint8Values()[from:to])
	case *array.Uint16:
		widen(out, a.Uint16Values()[from:to])
	case *array.Uint32:
		widen(out, a.Uint32Values()[from:to])
	case *array.Uint64:
		widen(out, a.Uint64Values()[from:to])
	case *array.Boolean:
		for i := range out {
			if a.Value(from + i) {
				out[i] = 1
			}
		}
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		for i := range out {
			v := a.Value(from + i)
			if v.HighBits() == int64(v.LowBits())>>63 {
				out[i] = decimal(int64(v.LowBits()), scale)
			} else {
				out[i] = bigDecimal(v.BigInt(), scale)
			}
		}
	case *array.Decimal256:
		scale := a.DataType().(*arrow.Decimal256Type).Scale
		for i := range out {
			out[i] = bigDecimal(a.Value(from+i).BigInt(), scale)
		}
	case *array.Duration:
		scaled(func(i int) int64 { return int64(a.Value(i)) }, a.DataType().(*arrow.DurationType).Unit)
	case *array.Time32:
		scaled(func(i int) int64 { return int64(a.Value(i)) }, a.DataType().(*arrow.Time32Type).Unit)
	case *array.Time64:
		scaled(func(i int) int64 { return int64(a.Value(i)) }, a.DataType().(*arrow.Time64Type).Unit)
	case *array.DayTimeInterval:
		for i := range out {
			v := a.Value(from + i)
			out[i] = (float64(v.Days)*86400e3 + float64(v.Milliseconds)) / 1e3
		}
	case *array.MonthDayNanoInterval:
		for i := range out {
			v := a.Value(from + i)
			if v.Months != 0 && a.IsValid(from+i) {
				return nil, i, fmt.Errorf("an interval of %d months, which have no length in seconds", v.Months)
			}
			out[i] = float64(v.Days)*86400 + float64(v.Nanoseconds)/1e9
		}
	default:
		return nil, 0, fmt.Errorf("%s is not a type of numbers", a.DataType())
	}
	fillGaps(out, a, from)
	return out, 0, nil
}

// fillGaps makes gaps of nulls; out holds values from one (inclusive) on.
func fillGaps(out []float64, a arrow.Array, from int) {
	if a.NullN() == 0 {
		return
	}
	for i := range out {
		if a.IsNull(from + i) {
			out[i] = series.Gap
		}
	}
}

// tens are the powers of ten that float64 has exactly.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal is the float64 next to v * 10^-scale.
func decimal(v int64, scale int32) float64 {
	if v > -1<<53 && v < 1<<53 && scale >= 0 && int(scale) < len(tens) {
		return float64(v) / tens[scale]
	}
	return bigDecimal(big.NewInt(v), scale)
}

func bigDecimal(v *big.Int, scale int32) float64 {
	f, err := strconv.ParseFloat(v.String()+"e"+strconv.Itoa(-int(scale)), 64)
	if err != nil {
		return math.Inf(v.Sign()) // which is refused as out of range
	}
	return f
}

// texts makes strings of columns. Of a dictionary each one is made once.
type texts struct {
	dict arrow.ArrayData
	all  []string
}

var errText = errors.New("bytes that are no UTF-8 text")

// of copies values as text, nulls as nothing. With an error it returns which value is meant.
func (t *texts) of(a arrow.Array) ([]string, int, error) {
	d, ok := a.(*array.Dictionary)
	if !ok {
		return plainTexts(a)
	}
	if values := d.Dictionary(); values.Data() != t.dict {
		all, at, err := plainTexts(values)
		if err != nil {
			return nil, at, err
		}
		t.dict, t.all = values.Data(), all
	}
	out := make([]string, a.Len())
	for i := range out {
		if a.IsValid(i) {
			out[i] = t.all[d.GetValueIndex(i)]
		}
	}
	return out, 0, nil
}

func plainTexts(a arrow.Array) ([]string, int, error) {
	value := a.ValueStr
	switch a := a.(type) {
	case *array.String:
		value = a.Value
	case *array.Binary:
		value = func(i int) string { return string(a.Value(i)) }
	case *array.FixedSizeBinary:
		value = func(i int) string { return fixedText(a.Value(i)) }
	case *array.Boolean:
		value = func(i int) string { return strconv.FormatBool(a.Value(i)) }
	case *array.Decimal128, *array.Decimal256, *array.Float16, *array.Float32, *array.Float64:
		v, at, err := rawNumbers(a, 0, a.Len(), nil)
		if err != nil {
			return nil, at, err
		}
		value = func(i int) string { return number(v[i], 64) }
	}
	out := make([]string, a.Len())
	last := ""
	for i := range out {
		if a.IsNull(i) {
			continue
		}
		// Neighbours are often equal, as the names of series are.
		if s := value(i); s != last {
			if !utf8.ValidString(s) {
				return nil, i, errText
			}
			last = strings.Clone(s)
		}
		out[i] = last
	}
	return out, 0, nil
}

// fixedText writes bytes of a fixed number as text: as they are if they are text, 16 others as a UUID, the rest in hexadecimal.
func fixedText(b []byte) string {
	switch {
	case utf8.Valid(b) && strings.IndexFunc(string(b), func(r rune) bool { return r < ' ' }) < 0:
		return string(b)
	case len(b) == 16:
		return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	}
	return hex.EncodeToString(b)
}

// arrowTimes copies time stamps as nanoseconds since 1970.
func arrowTimes(p *stamps, a arrow.Array) ([]int64, int, error) {
	out := make([]int64, a.Len())
	if t, ok := a.(*array.Timestamp); ok && a.NullN() == 0 {
		at, err := unitStamps(out, t)
		return out, at, err
	}
	for i := range out {
		if a.IsNull(i) {
			return nil, i, errNoStamp
		}
		v, err := arrowTime(p, a, i)
		if err != nil {
			return nil, i, err
		}
		out[i] = v
	}
	return out, 0, nil
}

// stampCells writes the first time stamps that are numbers or text as a text table has them; other types need no guess.
func stampCells(a arrow.Array, most int) [][]byte {
	out := make([][]byte, min(a.Len(), most))
	for i := range out {
		out[i] = stampCell(a, i)
	}
	return out
}

func stampCell(a arrow.Array, i int) []byte {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Dictionary:
		return stampCell(a.Dictionary(), a.GetValueIndex(i))
	case *array.Int8, *array.Int16, *array.Int32, *array.Int64, *array.Uint8, *array.Uint16, *array.Uint32, *array.Uint64:
		return []byte(a.ValueStr(i))
	case *array.String:
		return []byte(a.Value(i))
	case *array.Binary:
		return a.Value(i)
	case *array.Float16, *array.Float32, *array.Float64, *array.Decimal128, *array.Decimal256:
		v, _, err := arrowNumbers(a, i, i+1)
		if err != nil || v[0] != v[0] {
			return nil
		}
		cell := strconv.AppendFloat(nil, v[0], 'f', -1, 64)
		if v[0] == math.Trunc(v[0]) {
			cell = append(cell, ".0"...)
		}
		return cell
	}
	return nil
}

// unitStamps copies stamps of a unit as nanoseconds.
func unitStamps(out []int64, a *array.Timestamp) (at int, err error) {
	per := int64(a.DataType().(*arrow.TimestampType).Unit.Multiplier())
	most := math.MaxInt64 / per
	for i, v := range a.TimestampValues() {
		if per > 1 && (int64(v) > most || int64(v) < -most) {
			return i, outOfYears(a, i)
		}
		out[i] = int64(v) * per
	}
	return 0, nil
}

func outOfYears(a arrow.Array, i int) error {
	return fmt.Errorf("%s is outside the years 1678 to 2262", a.ValueStr(i))
}

func arrowTime(p *stamps, a arrow.Array, i int) (int64, error) {
	var count int64
	var unit arrow.TimeUnit
	switch a := a.(type) {
	case *array.Dictionary:
		return arrowTime(p, a.Dictionary(), a.GetValueIndex(i))
	case *array.Timestamp:
		count, unit = int64(a.Value(i)), a.DataType().(*arrow.TimestampType).Unit
	case *array.Duration:
		count, unit = int64(a.Value(i)), a.DataType().(*arrow.DurationType).Unit
	case *array.Time32:
		count, unit = int64(a.Value(i)), a.DataType().(*arrow.Time32Type).Unit
	case *array.Time64:
		count, unit = int64(a.Value(i)), a.DataType().(*arrow.Time64Type).Unit
	case *array.Date32:
		count, unit = int64(a.Value(i))*86400, arrow.Second
	case *array.Date64:
		count, unit = int64(a.Value(i)), arrow.Millisecond
	case *array.Int8, *array.Int16, *array.Int32, *array.Int64, *array.Uint8, *array.Uint16, *array.Uint32, *array.Uint64:
		v, err := strconv.ParseInt(a.ValueStr(i), 10, 64)
		if err != nil {
			return 0, outOfYears(a, i)
		}
		return p.fromInt(v)
	case *array.String:
		return p.fromText(a.Value(i))
	case *array.Binary:
		return p.fromText(string(a.Value(i)))
	default:
		v, _, err := arrowNumbers(a, i, i+1)
		if err != nil {
			return 0, fmt.Errorf("%s cannot be a time", a.DataType())
		}
		if v[0] != v[0] {
			return 0, errNoStamp
		}
		return p.fromFloat(v[0])
	}
	per := int64(unit.Multiplier())
	if out := count * per; out/per == count {
		return out, nil
	}
	return 0, outOfYears(a, i)
}

// arrowList copies one list; a null is a list of nothing.
func arrowList(a arrow.Array, i int) ([]float64, error) {
	list, ok := a.(array.ListLike)
	if !ok {
		return nil, fmt.Errorf("%s is not a list of numbers", a.DataType())
	}
	if a.IsNull(i) {
		return []float64{}, nil
	}
	lo, hi := list.ValueOffsets(i)
	values := list.ListValues()
	if lo < 0 || hi < lo || hi > int64(values.Len()) {
		return nil, fmt.Errorf("%w: a list from %d to %d of %d values", ErrCorrupt, lo, hi, values.Len())
	}
	v, _, err := arrowNumbers(values, int(lo), int(hi))
	return v, err
}
