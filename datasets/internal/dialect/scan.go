package dialect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// MaxRow bounds a row in bytes: an unclosed quote would otherwise read all of a file into memory.
const MaxRow = 64 << 20

// Faults of a text, for errors.Is.
var (
	ErrLong  = fmt.Errorf("a row longer than %d MB; is a quote not closed?", MaxRow>>20)
	ErrQuote = errors.New(`a quote (") that is opened is not closed, or goes on behind its closing; want RFC 4180`)
)

// Scanner cuts a text into rows and cells as RFC 4180 has it, and more: the line may end in CR, LF or both, empty lines are
// passed over, and a quote inside an unquoted cell is a character like others.
type Scanner struct {
	r       io.Reader
	comma   byte
	end     byte // of lines: '\n', or '\r' where there are no others
	comment bool

	buf        []byte
	pos, fill  int
	eof        error
	line, next int // the row's line and the one that follows it
	cells      [][]byte
	escaped    []int // cells with doubled quotes
	commented  bool  // a comment stands right above the row
}

// NewScanner cuts what r holds by a layout.
func NewScanner(r io.Reader, l Layout) *Scanner {
	s := &Scanner{r: r, comma: l.Delimiter, end: '\n', comment: l.Comments, buf: make([]byte, 256<<10), next: 1}
	if s.comma == 0 {
		s.comma = ','
	}
	if l.OldLines {
		s.end = '\r'
	}
	return s
}

// Line is the number of the row's first line, counted from 1.
func (s *Scanner) Line() int { return s.line }

// Commented tells whether a comment stands right above the row.
func (s *Scanner) Commented() bool { return s.commented }

// Next returns the cells of the next row, valid until the call after it, or io.EOF.
func (s *Scanner) Next() ([][]byte, error) {
	s.commented = false
	for {
		size, lines, err := s.row()
		if err != nil {
			return nil, err
		}
		s.pos += size
		s.line, s.next = s.next, s.next+lines
		switch {
		case len(s.cells) == 1 && len(Trim(s.cells[0])) == 0 && len(s.escaped) == 0:
			continue
		case s.comment && len(s.cells[0]) > 0 && s.cells[0][0] == '#' && !gapWords[string(bytes.ToLower(Trim(s.cells[0])))]:
			s.commented = true
			continue
		}
		for _, i := range s.escaped {
			s.cells[i] = bytes.ReplaceAll(s.cells[i], []byte(`""`), []byte(`"`))
		}
		return s.cells, nil
	}
}

// row finds the cells of the row at pos; it returns the row's size with its end, and in how many lines it lies.
func (s *Scanner) row() (size, lines int, err error) {
	for {
		size, lines, ok, err := s.cut()
		if ok || err != nil {
			return size, lines, err
		}
		if err := s.more(); err != nil {
			return 0, 0, err
		}
	}
}

// more reads on, with the unfinished row moved to the front.
func (s *Scanner) more() error {
	if s.pos > 0 {
		copy(s.buf, s.buf[s.pos:s.fill])
		s.fill -= s.pos
		s.pos = 0
	}
	if s.fill == len(s.buf) {
		if len(s.buf) >= MaxRow {
			return ErrLong
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		n, err := s.r.Read(s.buf[s.fill:])
		s.fill += n
		if err != nil {
			s.eof = err
			return nil
		}
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

// cut looks for a whole row in what has been read; ok is false where it needs more. At the end of the text the last line needs no end.
func (s *Scanner) cut() (size, lines int, ok bool, err error) {
	b := s.buf[s.pos:s.fill]
	if len(b) == 0 && s.eof != nil {
		return 0, 0, false, s.eof
	}
	if s.eof != nil && !errors.Is(s.eof, io.EOF) {
		return 0, 0, false, s.eof
	}
	s.cells, s.escaped = s.cells[:0], s.escaped[:0]
	if size, ok := s.plain(b); ok {
		return size, 1, true, nil
	}
	comma, end := s.comma, s.end
	for i := 0; ; {
		start := i
		if i < len(b) && (b[i] == '"' || b[i] == ' ' && quoteAhead(b[i:])) {
			cell, n, extra, closed, err := s.quoted(b[i:])
			if err != nil || !closed && s.eof == nil {
				return 0, 0, false, err
			}
			if !closed {
				return 0, 0, false, ErrQuote
			}
			s.cells = append(s.cells, cell)
			lines += extra
			i += n
		} else {
			for i < len(b) && b[i] != comma && b[i] != end {
				i++
			}
			if i == len(b) && s.eof == nil {
				return 0, 0, false, nil
			}
			cell := b[start:i]
			if n := len(cell); n > 0 && cell[n-1] == '\r' && (i == len(b) || b[i] == end) {
				cell = cell[:n-1]
			}
			s.cells = append(s.cells, cell)
		}
		switch {
		case i == len(b):
			return i, lines + 1, true, nil
		case b[i] == end:
			return i + 1, lines + 1, true, nil
		}
		i++
	}
}

// plain cuts a row in which there is no quote; ok is false where there is one, or the row does not end in b.
func (s *Scanner) plain(b []byte) (size int, ok bool) {
	size = bytes.IndexByte(b, s.end) + 1
	line := b[:max(0, size-1)]
	if size == 0 {
		if s.eof == nil {
			return 0, false
		}
		size, line = len(b), b
	}
	if bytes.IndexByte(line, '"') >= 0 {
		return 0, false
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	s.cells = split(s.cells, line, s.comma)
	return size, true
}

// split appends the parts of a line between commas. It looks at eight bytes at once: a byte of x is 0 where there is a comma, and
// only that leaves the top of a byte of found unset.
func split(cells [][]byte, line []byte, comma byte) [][]byte {
	const ones, low = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	commas, start, i := uint64(comma)*ones, 0, 0
	for ; i+8 <= len(line); i += 8 {
		x := binary.LittleEndian.Uint64(line[i:]) ^ commas
		for found := ^((x&low + low) | x | low); found != 0; found &= found - 1 {
			at := i + bits.TrailingZeros64(found)/8
			cells = append(cells, line[start:at])
			start = at + 1
		}
	}
	for ; i < len(line); i++ {
		if line[i] == comma {
			cells = append(cells, line[start:i])
			start = i + 1
		}
	}
	return append(cells, line[start:])
}

// quoteAhead tells whether only spaces stand before a quote.
func quoteAhead(b []byte) bool {
	for _, c := range b {
		if c != ' ' {
			return c == '"'
		}
	}
	return false
}

// quoted takes a quoted cell and the spaces around it: its text, its size up to the separator, the lines that it holds beyond the
// first, and whether it ends in what has been read.
func (s *Scanner) quoted(b []byte) (cell []byte, n, lines int, closed bool, err error) {
	from := bytes.IndexByte(b, '"') + 1
	doubled := false
	for i := from; ; {
		at := bytes.IndexByte(b[i:], '"')
		if at < 0 {
			return nil, 0, 0, false, nil
		}
		i += at
		if i+1 < len(b) && b[i+1] == '"' {
			doubled = true
			i += 2
			continue
		}
		if i+1 == len(b) && s.eof == nil {
			return nil, 0, 0, false, nil // it may be doubled
		}
		cell = b[from:i]
		if doubled {
			s.escaped = append(s.escaped, len(s.cells))
		}
		for i++; i < len(b) && (b[i] == ' ' || b[i] == '\r' && s.end != '\r'); i++ {
		}
		if i < len(b) && b[i] != s.comma && b[i] != s.end {
			return nil, 0, 0, false, ErrQuote
		}
		if i == len(b) && s.eof == nil {
			return nil, 0, 0, false, nil
		}
		return cell, i, bytes.Count(cell, []byte{s.end}), true, nil
	}
}
