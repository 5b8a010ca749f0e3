package datasets

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// csvSink writes RFC 4180 with a header. Numbers are written so that reading them
// gives the same bits; gaps are empty cells.
type csvSink struct {
	buf  *bufio.Writer
	w    *csv.Writer
	cols []Column
	row  []string
}

func newCSVSink(f *os.File, cols []Column, _ memory.Allocator) (tableSink, error) {
	s := &csvSink{buf: bufio.NewWriterSize(f, 1<<16), cols: cols}
	s.w = csv.NewWriter(s.buf)
	var header []string
	for _, c := range cols {
		switch c.Type {
		case List:
			return nil, fmt.Errorf("column %q is a list, which CSV cannot hold", c.Name)
		case Vector:
			for i := range c.Dim {
				header = append(header, c.Name+"_"+strconv.Itoa(i))
			}
		default:
			header = append(header, c.Name)
		}
	}
	return s, s.w.Write(header)
}

func (s *csvSink) append(row []any) error {
	s.row = s.row[:0]
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			for range max(1, s.cols[i].Dim) {
				s.row = append(s.row, "")
			}
		case int64:
			if s.cols[i].Type == Timestamp {
				s.row = append(s.row, time.Unix(0, v).UTC().Format("2006-01-02T15:04:05.999999999Z"))
			} else {
				s.row = append(s.row, strconv.FormatInt(v, 10))
			}
		case float32:
			s.row = append(s.row, number(float64(v), 32))
		case float64:
			s.row = append(s.row, number(v, 64))
		case string:
			s.row = append(s.row, v)
		case []float32:
			for _, x := range v {
				s.row = append(s.row, number(float64(x), 32))
			}
		}
	}
	return s.w.Write(s.row)
}

func number(v float64, bits int) string {
	if v != v {
		return ""
	}
	form := byte('e')
	if a := math.Abs(v); a == 0 || a >= 1e-6 && a < 1e21 {
		form = 'f' // 1700000001, not 1.700000001e+09
	}
	return strconv.FormatFloat(v, form, -1, bits)
}

func (s *csvSink) flush() error {
	s.w.Flush()
	if err := s.w.Error(); err != nil {
		return err
	}
	return s.buf.Flush()
}

func (s *csvSink) close() error { return s.flush() }
