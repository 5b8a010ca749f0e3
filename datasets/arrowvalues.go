package datasets

import (
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
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

// arrowNumbers copies values (from inclusive, to exclusive) as float64, nulls as gaps.
// With an error it returns which value is meant.
func arrowNumbers(a arrow.Array, from, to int) ([]float64, int, error) {
	out := make([]float64, to-from)
	switch a := a.(type) {
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
	default:
		return nil, 0, fmt.Errorf("%s is not a type of numbers", a.DataType())
	}
	nulls := a.NullN() > 0
	for i, v := range out {
		switch {
		case nulls && a.IsNull(from+i):
			out[i] = series.Gap
		default:
			if _, err := inRange(v); err != nil {
				return nil, i, err
			}
		}
	}
	return out, 0, nil
}

// arrowTexts copies values as text, nulls as nothing.
func arrowTexts(a arrow.Array, from, to int) []string {
	out := make([]string, to-from)
	for i := range out {
		if a.IsValid(from + i) {
			out[i] = strings.Clone(a.ValueStr(from + i))
		}
	}
	return out
}

// arrowTimes copies time stamps as nanoseconds since 1970.
func arrowTimes(p *stamps, a arrow.Array, from, to int) ([]int64, int, error) {
	out := make([]int64, to-from)
	for i := range out {
		if a.IsNull(from + i) {
			return nil, i, errNoStamp
		}
		v, err := arrowTime(p, a, from+i)
		if err != nil {
			return nil, i, err
		}
		out[i] = v
	}
	return out, 0, nil
}

func arrowTime(p *stamps, a arrow.Array, i int) (int64, error) {
	var count, unit int64
	switch a := a.(type) {
	case *array.Timestamp:
		count, unit = int64(a.Value(i)), int64(a.DataType().(*arrow.TimestampType).Unit.Multiplier())
	case *array.Date32:
		count, unit = int64(a.Value(i)), 86400e9
	case *array.Date64:
		count, unit = int64(a.Value(i)), 1e6
	case *array.Int64:
		return p.fromInt(a.Value(i))
	case *array.Int32:
		return p.fromInt(int64(a.Value(i)))
	case *array.Uint32:
		return p.fromInt(int64(a.Value(i)))
	case *array.Uint64:
		if a.Value(i) > math.MaxInt64 {
			return 0, fmt.Errorf("%d is outside the years 1678 to 2262", a.Value(i))
		}
		return p.fromInt(int64(a.Value(i)))
	case *array.Float32:
		return p.fromFloat(float64(a.Value(i)))
	case *array.Float64:
		return p.fromFloat(a.Value(i))
	case *array.String, *array.LargeString, *array.Dictionary:
		return p.fromText(a.ValueStr(i))
	default:
		return 0, fmt.Errorf("%s cannot be a time", a.DataType())
	}
	if out := count * unit; unit > 0 && out/unit == count {
		return out, nil
	}
	return 0, fmt.Errorf("%s is outside the years 1678 to 2262", a.ValueStr(i))
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
