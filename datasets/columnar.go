package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/wavekin/wavekin/datasets/internal/fault"
	"github.com/wavekin/wavekin/datasets/internal/ipc"
	"github.com/wavekin/wavekin/datasets/internal/pq"
	"github.com/wavekin/wavekin/series"
)

// columns is what reads a format of columns: Arrow or Parquet.
type columns interface {
	Columns() []ipc.Column
	Select(columns []int)
	Next(most int) ([]arrow.Array, error)
	Close() error
}

// columnTable reads a table some rows at a time.
type columnTable struct {
	src  *source
	in   columns
	cols []field
	at   map[int]int // where a column is among those that are read
	row  int         // rows that were handed out
	o    *Options
	// Where rows that cannot be used are left out: what was read and not handed out, and how many rows are tried at once.
	pending []arrow.Array
	try     int
	texts   texts
	stamp   stamps
	decided bool // by the first time stamps
}

// openColumns reads series of a table; columns of one name cannot be told apart.
func openColumns(src *source, in columns, o *Options) (Reader, error) {
	t := &columnTable{src: src, in: in, o: o}
	t.stamp.Format, t.stamp.Zone = o.TimeFormat, o.zone
	have := map[string]bool{}
	for i, c := range in.Columns() {
		unnamed := c.Name == ""
		if unnamed {
			c.Name = fmt.Sprintf("column%d", i+1)
		}
		if have[c.Name] {
			return nil, errors.Join(rowError(src.path, 0, c.Name, "two columns have this name; write the file again with a name of its own for each"), t.Close())
		}
		have[c.Name] = true
		t.cols = append(t.cols, field{name: c.Name, unnamed: unnamed, kind: arrowKind(c.Type), zone: zoneOf(c.Type), about: c.TypeName + ", which is not read"})
	}
	return newTableReader(t, src, o)
}

// zoneOf is the zone of time stamps, where it is another one than UTC.
func zoneOf(t arrow.DataType) string {
	if t, ok := t.(*arrow.TimestampType); ok && t.TimeZone != "UTC" && t.TimeZone != "Etc/UTC" {
		return t.TimeZone
	}
	return ""
}

// arrowKind says how a type is read; nil is a type that is not.
func arrowKind(t arrow.DataType) kind {
	switch t := t.(type) {
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type, *arrow.Decimal128Type, *arrow.Decimal256Type,
		*arrow.DurationType, *arrow.Time32Type, *arrow.Time64Type, *arrow.NullType,
		*arrow.DayTimeIntervalType, *arrow.MonthDayNanoIntervalType:
		return kindNumber
	case *arrow.BooleanType, *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type,
		*arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type:
		return kindWhole
	case *arrow.TimestampType, *arrow.Date32Type, *arrow.Date64Type:
		return kindTime
	case *arrow.StringType, *arrow.BinaryType, *arrow.FixedSizeBinaryType:
		return kindText
	case *arrow.DictionaryType:
		return arrowKind(t.ValueType)
	case *arrow.ListType:
		return listKind(t.Elem())
	case *arrow.ListViewType:
		return listKind(t.Elem())
	}
	return kindOther
}

func listKind(element arrow.DataType) kind {
	if arrowKind(element).numeric() {
		return kindList
	}
	return kindOther
}

func (t *columnTable) fields() []field { return t.cols }

func (t *columnTable) Close() error {
	for _, a := range t.pending {
		a.Release()
	}
	t.pending = nil
	return errors.Join(t.in.Close(), t.src.Close())
}

// choose tells the reader once which columns are wanted.
func (t *columnTable) choose(l *layout) {
	t.at = map[int]int{}
	var chosen []int
	for _, i := range slices.Concat([]int{l.time, l.series, l.label}, l.channels, l.kept) {
		if _, ok := t.at[i]; i >= 0 && !ok {
			t.at[i] = len(chosen)
			chosen = append(chosen, i)
		}
	}
	t.in.Select(chosen)
	all := t.in.Columns()
	t.src.reading.Single = true
	for _, i := range l.channels {
		t.src.reading.Single = t.src.reading.Single && isSingle(all[i].Type)
	}
}

// isSingle tells whether values, or those of lists, are float32 without loss.
func isSingle(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.Float16Type, *arrow.Float32Type:
		return true
	case *arrow.ListType:
		return isSingle(t.Elem())
	case *arrow.ListViewType:
		return isSingle(t.Elem())
	}
	return false
}

func (t *columnTable) read(l *layout, max int) (b *batch, err error) {
	if t.at == nil {
		t.choose(l)
	}
	defer fault.Catch(&err)
	if t.o.BadRow != nil {
		return t.readSound(l, max)
	}
	arrays, err := t.in.Next(max)
	if errors.Is(err, io.EOF) {
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	b, err = t.cut(l, arrays)
	if err == nil {
		t.row += b.rows
	}
	return b, err
}

// cut copies rows.
func (t *columnTable) cut(l *layout, arrays []arrow.Array) (*batch, error) {
	base := t.row + 1
	b := &batch{rows: arrays[0].Len(), line: func(row int) int { return base + row }}
	bad := func(column int, at int, err error) error {
		return &fault.At{Row: base + at, Column: t.cols[column].name, Offset: -1, Err: err}
	}
	var at int
	var err error
	if l.series >= 0 {
		if b.ids, at, err = t.texts.of(arrays[t.at[l.series]]); err != nil {
			return nil, bad(l.series, at, err)
		}
	}
	if l.label >= 0 && l.textLabel {
		if b.classes, at, err = t.texts.of(arrays[t.at[l.label]]); err != nil {
			return nil, bad(l.label, at, err)
		}
	} else if l.label >= 0 {
		if b.labels, at, err = arrowNumbers(arrays[t.at[l.label]], 0, b.rows); err != nil {
			return nil, bad(l.label, at, err)
		}
	}
	if l.time >= 0 {
		if at, err = t.decide(l.time, arrays[t.at[l.time]]); err != nil {
			return nil, bad(l.time, at, err)
		}
		if b.times, at, err = arrowTimes(&t.stamp, arrays[t.at[l.time]]); err != nil {
			return nil, bad(l.time, at, err)
		}
	}
	for _, i := range l.kept {
		c, at, err := t.keep(i, arrays[t.at[i]])
		if err != nil {
			return nil, bad(i, at, err)
		}
		b.kept = append(b.kept, c)
	}
	if l.lists {
		b.lists = make([][][]float64, b.rows)
		for _, i := range l.channels {
			for row := range b.rows {
				v, err := arrowList(arrays[t.at[i]], row)
				if err != nil {
					return nil, bad(i, row, err)
				}
				b.lists[row] = append(b.lists[row], v)
			}
		}
		return b, nil
	}
	for _, i := range l.channels {
		if t.cols[i].kind == kindText {
			return nil, bad(i, 0, fmt.Errorf("%s; a channel needs numbers", arrays[t.at[i]].DataType()))
		}
		v, at, err := arrowNumbers(arrays[t.at[i]], 0, b.rows)
		if err != nil {
			return nil, bad(i, at, err)
		}
		b.channels = append(b.channels, v)
	}
	return b, nil
}

// decide looks at the first time stamps before any is read; with an error it returns which one is meant.
func (t *columnTable) decide(time int, a arrow.Array) (at int, err error) {
	if t.decided {
		return 0, nil
	}
	t.stamp.Column = t.cols[time].name
	if at, err = t.stamp.Decide(stampCells(a, sampleRows), nil); err != nil {
		return at, err
	}
	t.decided = true
	t.src.reading.tellStamps(&t.stamp.Stamps)
	return 0, nil
}

// keep copies a column that goes along; with an error it returns which value is meant.
func (t *columnTable) keep(i int, a arrow.Array) (c series.Column, at int, err error) {
	c.Name, c.Null = t.cols[i].name, make([]bool, a.Len())
	for k := range c.Null {
		c.Null[k] = a.IsNull(k)
	}
	switch t.cols[i].kind {
	case kindText:
		c.Text, at, err = t.texts.of(a)
	case kindTime:
		var p stamps
		c.Time = make([]int64, a.Len())
		for k := range c.Time {
			if c.Null[k] {
				continue
			}
			one := array.NewSlice(a, int64(k), int64(k+1))
			v, _, err := arrowTimes(&p, one)
			one.Release()
			if err != nil {
				return c, k, err
			}
			c.Time[k] = v[0]
		}
	default:
		if c.Number, at, err = arrowNumbers(a, 0, a.Len()); t.cols[i].kind == kindWhole {
			for _, v := range c.Number {
				c.Whole = append(c.Whole, int64(v))
			}
			c.Number = nil
		}
	}
	return c, at, err
}

// maxArrowFields bounds the columns of a table.
const maxArrowFields = 1 << 16

func isArrowFile(head []byte) bool { return bytes.HasPrefix(head, ipc.Magic) }

// streamMark is what an Arrow stream begins with: the marker of a message and, in place of zeros, its length.
var streamMark = []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}

// isArrowStream: the marker of a message, and a length that is not absurd.
func isArrowStream(head []byte) bool {
	return len(head) >= len(streamMark) && bytes.HasPrefix(head, streamMark[:4]) && head[7] < 0x80
}

// openArrow reads an Arrow IPC file by its footer.
func openArrow(src *source, o *Options) (Reader, error) {
	at, size, err := src.anywhere(o.memory())
	if err != nil {
		return nil, err
	}
	r, err := ipc.OpenFile(at, size, ipc.Options{Memory: o.memory()})
	if err != nil {
		return nil, err
	}
	return openColumns(src, r, o)
}

// openArrowStream reads an Arrow IPC stream message by message, also out of a pipe.
func openArrowStream(src *source, o *Options) (Reader, error) {
	r, err := ipc.OpenStream(src.r, src.plain, src.size, ipc.Options{Memory: o.memory()})
	if err != nil {
		return nil, err
	}
	return openColumns(src, r, o)
}

func isParquet(head []byte) bool { return bytes.HasPrefix(head, pq.Magic) }

// openParquet reads a Parquet file row group by row group.
func openParquet(src *source, o *Options) (Reader, error) {
	at, size, err := src.anywhere(o.memory())
	if err != nil {
		return nil, err
	}
	r, err := pq.OpenFile(at, size, pq.Options{Memory: o.memory()})
	if err != nil {
		return nil, err
	}
	return openColumns(src, r, o)
}

// fewTried is how many rows are tried at once after one that could not be used, of which there may be many.
const fewTried = 64

// readSound reads rows without those that cannot be used.
func (t *columnTable) readSound(l *layout, most int) (*batch, error) {
	for {
		if t.pending == nil {
			arrays, err := t.in.Next(most)
			if errors.Is(err, io.EOF) {
				return nil, io.EOF
			}
			if err != nil {
				return nil, err
			}
			if t.try == 0 {
				t.try = most
			}
			t.pending = sliced(arrays, 0, arrays[0].Len())
		}
		n := min(t.try, t.pending[0].Len())
		part := sliced(t.pending, 0, n)
		b, err := t.cut(l, part)
		release(part)
		if err == nil {
			t.try = min(2*t.try, most)
			t.skip(n)
			return b, nil
		}
		var at *fault.At
		if !errors.As(err, &at) || at.Row <= t.row {
			return nil, err
		}
		if good := at.Row - t.row - 1; good > 0 {
			// The columns are read one after the other, so that another one may be bad further up.
			t.try = good
			continue
		}
		if !t.o.leaveOut(t.src.path, err) {
			return nil, err
		}
		t.try = fewTried
		t.skip(1)
	}
}

// skip goes on after rows.
func (t *columnTable) skip(n int) {
	t.row += n
	rest := sliced(t.pending, n, t.pending[0].Len())
	release(t.pending)
	if t.pending = rest; rest[0].Len() == 0 {
		release(rest)
		t.pending = nil
	}
}

func sliced(arrays []arrow.Array, from, to int) []arrow.Array {
	out := make([]arrow.Array, len(arrays))
	for i, a := range arrays {
		out[i] = array.NewSlice(a, int64(from), int64(to))
	}
	return out
}

func release(arrays []arrow.Array) {
	for _, a := range arrays {
		a.Release()
	}
}
