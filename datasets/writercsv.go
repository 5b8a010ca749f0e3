package datasets

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
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
	// zones are those of the columns of time stamps.
	zones []*time.Location
	row   []string
}

func newCSVSink(f io.WriteSeeker, cols []Column, _ WriterOptions, _ memory.Allocator) (tableSink, error) {
	s := &csvSink{buf: bufio.NewWriterSize(f, 1<<16), cols: cols}
	s.w = csv.NewWriter(s.buf)
	var header []string
	for _, c := range cols {
		zone, err := locationOf(c.Zone)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name, err)
		}
		s.zones = append(s.zones, zone)
		switch c.Type {
		case List, List32:
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

// locationOf is a zone by its IANA name or its offset, such as +01:00; empty is UTC.
func locationOf(zone string) (*time.Location, error) {
	if zone == "" {
		return time.UTC, nil
	}
	if at, err := time.Parse("-07:00", zone); err == nil {
		_, offset := at.Zone()
		return time.FixedZone(zone, offset), nil
	}
	return time.LoadLocation(zone)
}

func (s *csvSink) write(cols []Values, rows int) error {
	for i := range rows {
		s.row = s.row[:0]
		for k, c := range s.cols {
			v := &cols[k]
			if v.isNull(i) {
				for range max(1, c.Dim) {
					s.row = append(s.row, "")
				}
				continue
			}
			switch c.Type {
			case Int64:
				s.row = append(s.row, strconv.FormatInt(v.Int64[i], 10))
			case Timestamp:
				s.row = append(s.row, time.Unix(0, v.Int64[i]).In(s.zones[k]).Format("2006-01-02T15:04:05.999999999Z07:00"))
			case Float32:
				s.row = append(s.row, number(float64(v.Float32[i]), 32))
			case Float64:
				s.row = append(s.row, number(v.Float64[i], 64))
			case String:
				s.row = append(s.row, v.String[i])
			case Vector:
				for _, x := range v.Float32[i*c.Dim : (i+1)*c.Dim] {
					s.row = append(s.row, number(float64(x), 32))
				}
			}
		}
		if err := s.w.Write(s.row); err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *csvSink) flush() error {
	s.w.Flush()
	if err := s.w.Error(); err != nil {
		return err
	}
	return s.buf.Flush()
}

func (s *csvSink) close() error { return s.flush() }
