package datasets

import (
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// maxPending bounds the list values kept before they are written.
const maxPending = 1 << 20

// arrowSink writes record batches.
type arrowSink struct {
	b       *array.RecordBuilder
	w       interface{ Write(arrow.Record) error }
	end     func() error
	pending int // list values since the last flush
}

func arrowSchemaOf(cols []Column) *arrow.Schema {
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
			fields[i].Type = &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}
		case Vector:
			fields[i].Type = arrow.FixedSizeListOf(int32(c.Dim), arrow.PrimitiveTypes.Float32)
		case List:
			fields[i].Type = arrow.ListOf(arrow.PrimitiveTypes.Float64)
		}
	}
	return arrow.NewSchema(fields, nil)
}

func newArrowFileSink(f *os.File, cols []Column, mem memory.Allocator) (tableSink, error) {
	schema := arrowSchemaOf(cols)
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	if err != nil {
		return nil, err
	}
	return &arrowSink{b: array.NewRecordBuilder(mem, schema), w: w, end: w.Close}, nil
}

func newArrowStreamSink(f *os.File, cols []Column, mem memory.Allocator) (tableSink, error) {
	schema := arrowSchemaOf(cols)
	w := ipc.NewWriter(f, ipc.WithSchema(schema), ipc.WithAllocator(mem))
	return &arrowSink{b: array.NewRecordBuilder(mem, schema), w: w, end: w.Close}, nil
}

func (s *arrowSink) append(row []any) error {
	for i, v := range row {
		switch b := s.b.Field(i).(type) {
		case *array.Int64Builder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append(v.(int64))
			}
		case *array.Float32Builder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append(v.(float32))
			}
		case *array.Float64Builder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append(v.(float64))
			}
		case *array.StringBuilder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append(v.(string))
			}
		case *array.TimestampBuilder:
			if v == nil {
				b.AppendNull()
			} else {
				b.Append(arrow.Timestamp(v.(int64)))
			}
		case *array.FixedSizeListBuilder:
			values := b.ValueBuilder().(*array.Float32Builder)
			n := int(b.Type().(*arrow.FixedSizeListType).Len())
			if v == nil {
				b.AppendNull()
				break
			}
			b.Append(true)
			values.AppendValues(v.([]float32), nil)
			s.pending += n
		case *array.ListBuilder:
			if v == nil {
				b.AppendNull()
				break
			}
			b.Append(true)
			list := v.([]float64)
			b.ValueBuilder().(*array.Float64Builder).AppendValues(list, nil)
			s.pending += len(list)
		}
	}
	if s.pending >= maxPending {
		return s.flush()
	}
	return nil
}

func (s *arrowSink) flush() error {
	s.pending = 0
	rec := s.b.NewRecord()
	defer rec.Release()
	if rec.NumRows() == 0 {
		return nil
	}
	return s.w.Write(rec)
}

func (s *arrowSink) close() error {
	s.b.Release()
	return s.end()
}
