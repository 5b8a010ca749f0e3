package datasets

import (
	"bytes"
	"encoding/base64"
	"io"
	"reflect"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/parquet-go/parquet-go"
)

// groupRows is the length of a row group.
const groupRows = 4 * writeRows

// parquetSink writes row groups.
type parquetSink struct {
	w      *parquet.GenericWriter[any]
	cols   []Column
	values []parquet.Value
	rows   int
}

// table is the schema's root, whose fields keep their order; the library's own group sorts them.
type parquetTable struct {
	parquet.Group
	fields []parquet.Field
}

func (t parquetTable) Fields() []parquet.Field { return t.fields }

type parquetField struct {
	parquet.Node
	name string
}

func (f parquetField) Name() string { return f.name }

func (f parquetField) Value(base reflect.Value) reflect.Value { return base.FieldByName(f.name) }

func parquetNode(c Column) parquet.Node {
	switch c.Type {
	case Int64:
		return parquet.Leaf(parquet.Int64Type)
	case Float32:
		return parquet.Leaf(parquet.FloatType)
	case Float64:
		return parquet.Leaf(parquet.DoubleType)
	case String:
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	case Timestamp:
		return parquet.Timestamp(parquet.Nanosecond)
	case List:
		return parquet.List(parquet.Leaf(parquet.DoubleType))
	default:
		return parquet.List(parquet.Leaf(parquet.FloatType))
	}
}

func newParquetSink(f io.WriteSeeker, cols []Column, o WriterOptions, _ memory.Allocator) (tableSink, error) {
	root := parquetTable{Group: parquet.Group{}}
	for _, c := range cols {
		n := parquet.Optional(parquetNode(c))
		root.Group[c.Name] = n
		root.fields = append(root.fields, parquetField{n, c.Name})
	}
	options := []parquet.WriterOption{parquet.NewSchema("schema", root), parquet.Compression(&parquet.Snappy), parquet.CreatedBy("wavekin", "", "")}
	for k, v := range o.Metadata {
		options = append(options, parquet.KeyValueMetadata(k, v))
	}
	// Parquet has no type for vectors of one length and no zones: readers of Arrow find them here.
	var schema bytes.Buffer
	w := ipc.NewWriter(&schema, ipc.WithSchema(arrowSchemaOf(cols, o)))
	if err := w.Close(); err != nil {
		return nil, err
	}
	options = append(options, parquet.KeyValueMetadata("ARROW:schema", base64.StdEncoding.EncodeToString(schema.Bytes()[:schema.Len()-8])))
	return &parquetSink{w: parquet.NewGenericWriter[any](f, options...), cols: cols}, nil
}

func (s *parquetSink) write(cols []Values, rows int) error {
	for i, out := range s.w.ColumnWriters() {
		s.values = s.column(s.values[:0], &cols[i], s.cols[i], i, rows)
		if _, err := out.WriteRowValues(s.values); err != nil {
			return err
		}
	}
	if s.rows += rows; s.rows >= groupRows {
		s.rows = 0
		return s.w.Flush()
	}
	return nil
}

// column makes the library's values, with their levels.
func (s *parquetSink) column(out []parquet.Value, v *Values, c Column, at, rows int) []parquet.Value {
	for i := range rows {
		if v.isNull(i) {
			out = append(out, parquet.NullValue().Level(0, 0, at))
			continue
		}
		switch c.Type {
		case Int64, Timestamp:
			out = append(out, parquet.Int64Value(v.Int64[i]).Level(0, 1, at))
		case Float32:
			out = append(out, parquet.FloatValue(v.Float32[i]).Level(0, 1, at))
		case Float64:
			out = append(out, parquet.DoubleValue(v.Float64[i]).Level(0, 1, at))
		case String:
			out = append(out, parquet.ValueOf(v.String[i]).Level(0, 1, at))
		case Vector:
			for k, x := range v.Float32[i*c.Dim : (i+1)*c.Dim] {
				out = append(out, parquet.FloatValue(x).Level(min(k, 1), 2, at))
			}
		default:
			if len(v.List[i]) == 0 {
				out = append(out, parquet.NullValue().Level(0, 1, at))
			}
			for k, x := range v.List[i] {
				e := parquet.DoubleValue(x)
				if c.Type == List32 {
					e = parquet.FloatValue(float32(x))
				}
				out = append(out, e.Level(min(k, 1), 2, at))
			}
		}
	}
	return out
}

func (s *parquetSink) close() error { return s.w.Close() }
