package datasets

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/wavekin/wavekin/internal/output"
)

// sinkFor chooses by the name's ending.
func sinkFor(path string) (func(f io.WriteSeeker, cols []Column, o WriterOptions, mem memory.Allocator) (tableSink, error), error) {
	if path == output.Stdout {
		return newArrowStreamSink, nil
	}
	switch ending := strings.ToLower(filepath.Ext(path)); ending {
	case ".arrow", ".feather", ".ipc":
		return newArrowFileSink, nil
	case ".arrows":
		return newArrowStreamSink, nil
	case ".parquet":
		return newParquetSink, nil
	case ".csv":
		return newCSVSink, nil
	case "":
		return nil, fmt.Errorf("%w: an output ends in .arrow, .arrows, .parquet or .csv, this one has no ending", ErrOutputFormat)
	default:
		return nil, fmt.Errorf("%w: an output ends in .arrow, .arrows, .parquet or .csv, this one in %q", ErrOutputFormat, ending)
	}
}

// CheckName tells ahead of long work whether a name says a format that is written; the error is [ErrOutputFormat].
func CheckName(path string) error {
	_, err := sinkFor(path)
	return output.Wrap(path, err)
}

// arrowSink writes record batches.
type arrowSink struct {
	schema *arrow.Schema
	w      interface {
		Write(arrow.Record) error
		Close() error
	}
}

func arrowSchemaOf(cols []Column, o WriterOptions) *arrow.Schema {
	fields := make([]arrow.Field, len(cols))
	for i, c := range cols {
		fields[i] = arrow.Field{Name: c.Name, Nullable: true}
		switch c.Type {
		case Int64:
			fields[i].Type = arrow.PrimitiveTypes.Int64
		case Float32:
			fields[i].Type = arrow.PrimitiveTypes.Float32
		case Float64:
			fields[i].Type = arrow.PrimitiveTypes.Float64
		case String:
			fields[i].Type = arrow.BinaryTypes.String
		case Timestamp:
			zone := c.Zone
			if zone == "" {
				zone = "UTC"
			}
			fields[i].Type = &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: zone}
		case Vector:
			fields[i].Type = arrow.FixedSizeListOf(int32(c.Dim), arrow.PrimitiveTypes.Float32)
		case List:
			fields[i].Type = arrow.ListOf(arrow.PrimitiveTypes.Float64)
		case List32:
			fields[i].Type = arrow.ListOf(arrow.PrimitiveTypes.Float32)
		}
	}
	if len(o.Metadata) == 0 {
		return arrow.NewSchema(fields, nil)
	}
	keys := slices.Sorted(maps.Keys(o.Metadata))
	values := make([]string, len(keys))
	for i, k := range keys {
		values[i] = o.Metadata[k]
	}
	meta := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(fields, &meta)
}

func newArrowFileSink(f io.WriteSeeker, cols []Column, o WriterOptions, mem memory.Allocator) (tableSink, error) {
	schema := arrowSchemaOf(cols, o)
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	if err != nil {
		return nil, err
	}
	return &arrowSink{schema, w}, nil
}

func newArrowStreamSink(f io.WriteSeeker, cols []Column, o WriterOptions, mem memory.Allocator) (tableSink, error) {
	return newArrowStreamTo(f, cols, o, mem), nil
}

func newArrowStreamTo(w io.Writer, cols []Column, o WriterOptions, mem memory.Allocator) tableSink {
	schema := arrowSchemaOf(cols, o)
	return &arrowSink{schema, ipc.NewWriter(w, ipc.WithSchema(schema), ipc.WithAllocator(mem))}
}

// write makes one batch of the columns, whose memory it shares.
func (s *arrowSink) write(cols []Values, rows int) error {
	arrays := make([]arrow.Array, len(cols))
	for i := range cols {
		d := cols[i].arrow(s.schema.Field(i).Type, rows)
		arrays[i] = array.MakeFromData(d)
		defer arrays[i].Release()
	}
	rec := array.NewRecord(s.schema, arrays, int64(rows))
	defer rec.Release()
	return s.w.Write(rec)
}

func (s *arrowSink) close() error { return s.w.Close() }

// arrow is a column as an array.
func (v *Values) arrow(t arrow.DataType, rows int) arrow.ArrayData {
	buffers, nulls := []*memory.Buffer{nil}, 0
	valid := make([]byte, (rows+7)/8)
	for i := range rows {
		if v.isNull(i) {
			nulls++
		} else {
			valid[i/8] |= 1 << (i % 8)
		}
	}
	if nulls > 0 {
		buffers[0] = memory.NewBufferBytes(valid)
	}
	add := func(b []byte) { buffers = append(buffers, memory.NewBufferBytes(b)) }
	var children []arrow.ArrayData
	child := func(b []byte, n int, t arrow.DataType) {
		children = append(children, array.NewData(t, n, []*memory.Buffer{nil, memory.NewBufferBytes(b)}, nil, 0, 0))
	}
	offsets := make([]int32, 1, rows+1)
	switch t := t.(type) {
	case *arrow.Int64Type, *arrow.TimestampType:
		add(arrow.Int64Traits.CastToBytes(v.Int64))
	case *arrow.Float32Type:
		add(arrow.Float32Traits.CastToBytes(v.Float32))
	case *arrow.Float64Type:
		add(arrow.Float64Traits.CastToBytes(v.Float64))
	case *arrow.StringType:
		var text []byte
		for _, s := range v.String {
			text = append(text, s...)
			offsets = append(offsets, int32(len(text)))
		}
		add(arrow.Int32Traits.CastToBytes(offsets))
		add(text)
	case *arrow.FixedSizeListType:
		child(arrow.Float32Traits.CastToBytes(v.Float32), len(v.Float32), t.Elem())
	case *arrow.ListType:
		var wide []float64
		var narrow []float32
		for _, l := range v.List {
			if t.Elem().ID() == arrow.FLOAT64 {
				wide = append(wide, l...)
			} else {
				for _, x := range l {
					narrow = append(narrow, float32(x))
				}
			}
			offsets = append(offsets, int32(len(wide)+len(narrow)))
		}
		add(arrow.Int32Traits.CastToBytes(offsets))
		if t.Elem().ID() == arrow.FLOAT64 {
			child(arrow.Float64Traits.CastToBytes(wide), len(wide), t.Elem())
		} else {
			child(arrow.Float32Traits.CastToBytes(narrow), len(narrow), t.Elem())
		}
	}
	return array.NewData(t, rows, buffers, children, nulls, 0)
}
