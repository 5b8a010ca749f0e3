package dialect

import (
	"bytes"
	"strconv"
)

// Parts are the columns of a time stamp that lies in several: year, month and day or a date, then the time of day or hour, minute and second.
type Parts struct {
	// Date has one column, or those of year, month and perhaps day.
	Date []int
	// Clock has one column with the time of day, or those of hour, minute and second as far as they are there.
	Clock []int
	// Digits: the time of day is a number such as 930 or 2355.
	Digits bool
	// Hours: Clock are numbers.
	Hours bool

	joined []byte
}

// Columns are all of them; none where a stamp is a single cell.
func (p *Parts) Columns() []int { return append(append([]int(nil), p.Date...), p.Clock...) }

// Join makes one stamp of the cells of a row. A gap among them is the whole.
func (p *Parts) Join(cells [][]byte, gaps *Gaps) []byte {
	out := p.joined[:0]
	add := func(columns []int, sep byte, pad bool) (gap []byte) {
		for k, i := range columns {
			c := Trim(cells[i])
			if gaps.Is(c) {
				return c[:0:0]
			}
			if k > 0 {
				out = append(out, sep)
			}
			if whole, zeros, ok := bytes.Cut(c, []byte(".")); pad && ok && len(bytes.Trim(zeros, "0")) == 0 {
				c = whole // 7.0 as pandas writes it
			}
			if pad && (len(c) == 1 || len(c) > 1 && c[1] == '.') {
				out = append(out, '0')
			}
			out = append(out, c...)
		}
		return nil
	}
	if gap := add(p.Date, '-', len(p.Date) > 1); gap != nil {
		return gap
	}
	out = append(out, ' ')
	from := len(out)
	if gap := add(p.Clock, ':', p.Hours); gap != nil {
		return gap
	}
	switch n := len(out) - from; {
	case p.Digits && n < 5:
		var four [5]byte
		copy(four[:], "00:00")
		for i, k := n-1, 4; i >= 0; i, k = i-1, k-1 {
			if k == 2 {
				k--
			}
			four[k] = out[from+i]
		}
		out = append(out[:from], four[:]...)
	case p.Hours && len(p.Clock) == 1:
		out = append(out, ":00"...)
	case n == 0:
		out = out[:from-1]
	}
	p.joined = out
	return out
}

// IsClock tells whether a cell is a time of day such as 9:30 or 09:30:00 PM.
func IsClock(cell []byte) bool {
	return bytes.IndexByte(cell, ':') > 0 && IsDate(append([]byte("2000-01-01 "), cell...))
}

// IsDigitsClock tells whether a cell is a time of day such as 0930 or 930.
func IsDigitsClock(cell []byte) bool {
	v, err := strconv.ParseUint(string(cell), 10, 16)
	return err == nil && len(cell) <= 4 && v <= 2400 && v%100 < 60
}

// IsWithin tells whether a cell is a number of a range, and a whole one unless fractions are allowed.
func IsWithin(cell []byte, from, to float64, fractions bool) bool {
	v, ok := plainNumber(cell)
	return ok && v >= from && v <= to && (fractions || v == float64(int64(v)))
}
