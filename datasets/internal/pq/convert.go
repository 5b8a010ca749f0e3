package pq

import (
	"fmt"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go/format"
)

// convert stores values as arrays of the column's type do.
func (c *column) convert(v values) (values, error) {
	switch t := c.typ.(type) {
	case *arrow.Decimal128Type:
		return c.decimals(v, 16)
	case *arrow.Decimal256Type:
		return c.decimals(v, 32)
	case *arrow.TimestampType:
		if c.elem.Type.V == format.Int96 {
			return int96(v)
		}
	case *arrow.MonthDayNanoIntervalType:
		out := make([]byte, 0, 16*v.n)
		for i := range v.n {
			src := v.fixed[12*i : 12*i+12]
			out = le.AppendUint64(append(out, src[:8]...), uint64(le.Uint32(src[8:]))*1e6)
		}
		v.fixed, v.width = out, 16
	case arrow.FixedWidthDataType:
		if w := t.BitWidth() / 8; w > 0 && v.width > w {
			out := make([]byte, 0, v.n*w)
			for i := range v.n {
				out = append(out, v.fixed[i*v.width:i*v.width+w]...)
			}
			v.fixed, v.width = out, w
		}
	}
	return v, nil
}

// decimals makes little-endian integers of a width.
func (c *column) decimals(v values, width int) (values, error) {
	out := make([]byte, v.n*width)
	little := c.elem.Type.V == format.Int32 || c.elem.Type.V == format.Int64
	for i := range v.n {
		var src []byte
		if v.texts != nil {
			src = v.texts[i]
		} else {
			src = v.fixed[i*v.width : (i+1)*v.width]
		}
		dst := out[i*width : (i+1)*width]
		negative := false
		for k := range src {
			b := src[k]
			if !little {
				b = src[len(src)-1-k]
			}
			negative = b&0x80 != 0
			if k < width {
				dst[k] = b
			} else if b != 0 && b != 0xff {
				return v, corrupt("a decimal of %d bytes, which are more than %d", len(src), width)
			}
		}
		if negative {
			for k := len(src); k < width; k++ {
				dst[k] = 0xff
			}
		}
	}
	return values{n: v.n, fixed: out, width: width}, nil
}

// int96 makes nanoseconds since 1970 of a day and the nanoseconds in it.
func int96(v values) (values, error) {
	const day = int64(86400 * 1e9)
	out := make([]byte, 0, 8*v.n)
	for i := range v.n {
		src := v.fixed[12*i : 12*i+12]
		days, nanos := int64(le.Uint32(src[8:]))-2440588, int64(le.Uint64(src))
		if days > math.MaxInt64/day || days < math.MinInt64/day || nanos < 0 || nanos > day || days*day > math.MaxInt64-nanos {
			return v, fmt.Errorf("a time stamp of day %d is outside the years 1678 to 2262", days)
		}
		out = le.AppendUint64(out, uint64(days*day+nanos))
	}
	return values{n: v.n, fixed: out, width: 8}, nil
}
