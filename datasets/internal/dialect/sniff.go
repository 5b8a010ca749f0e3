package dialect

import (
	"bytes"
	"strings"
)

// Layout is how the rows of a text are laid out.
type Layout struct {
	// Delimiter separates cells.
	Delimiter byte
	// Comments: lines that begin with # are no rows.
	Comments bool
	// OldLines: lines end in CR, as on old Macs.
	OldLines bool
	// Preamble counts lines of other text above the header, such as the name of a logger and its place.
	Preamble int
	// Skip is the size in bytes of what stands before the header: a line such as sep=; or comments.
	Skip int
	// Lines is how many lines that are.
	Lines int
	// Header holds the names of the columns where they stand in the last comment; else it is nil.
	Header []byte
	// Annotated: the comments are those of InfluxDB; a header comes after each block of them.
	Annotated bool
}

// String describes what is not usual, such as "semicolons".
func (l Layout) String() string {
	return map[byte]string{';': "semicolons", '\t': "tabs", '|': "bars"}[l.Delimiter]
}

// maxSniffed is how many lines are looked at.
const maxSniffed = 200

// Sniff finds the layout of a text by its beginning; whole says that this is all of it.
func Sniff(head []byte, whole bool) Layout {
	l := Layout{}
	end := byte('\n')
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		l.OldLines, end = true, '\r'
	}
	var lines [][]byte
	var at []place     // where they end
	var comment []byte // the last one in front of the rows
	rest := head
	lead := true
	number := 0
	for len(rest) > 0 && len(lines) < maxSniffed {
		stop := bytes.IndexByte(rest, end)
		if stop < 0 && !whole && len(lines) > 0 {
			break // the last line may go on
		}
		line, size := rest, len(rest)
		if stop >= 0 {
			line, size = rest[:stop], stop+1
		}
		rest = rest[size:]
		number++
		line = Trim(line)
		skip := len(line) == 0
		if lead && !skip {
			switch lower := strings.ToLower(string(line)); {
			case strings.HasPrefix(lower, "sep=") && len(line) == 5:
				l.Delimiter, skip = line[4], true
			case lower == "sep=" && len(rest) < len(head): // sep= and a tab, which is trimmed
				l.Delimiter, skip = '\t', true
			case line[0] == '#':
				l.Comments, skip = true, true
				comment = Trim(bytes.TrimLeft(line, "#"))
				for _, word := range []string{"#group", "#datatype", "#default"} {
					l.Annotated = l.Annotated || strings.HasPrefix(lower, word)
				}
			}
		}
		switch {
		case skip && lead:
			l.Skip += size
			l.Lines++
		case !skip && !(l.Comments && line[0] == '#'):
			lead = false
			lines, at = append(lines, line), append(at, place{len(head) - len(rest), number})
		}
	}
	if d, n := preamble(lines, l.Delimiter); n > 0 {
		l.Delimiter, l.Preamble, lines = d, n, lines[n:]
		l.Skip, l.Lines = at[n-1].end, at[n-1].line
	}
	if l.Delimiter == 0 {
		l.Delimiter = delimiter(lines)
	}
	if len(lines) > 0 && !l.Annotated && len(comment) > 0 {
		n, _ := countCells(comment, l.Delimiter)
		m, _ := countCells(lines[0], l.Delimiter)
		if n > 1 && n == m && isData(lines[0], l.Delimiter) && !isData(comment, l.Delimiter) {
			l.Header = comment
		}
	}
	return l
}

// place is where a line ends, in bytes, and its number.
type place struct{ end, line int }

// preamble finds lines above the header that are no part of the table: they have fewer cells, all others agree in their number,
// and the first of these is no data, which would be a table with a shorter header. A delimiter of 0 is looked for.
func preamble(lines [][]byte, d byte) (delimiter byte, n int) {
	const fewest = 4 // rows of the table, its header included
	if len(lines) > 1 && bytes.HasPrefix(bytes.TrimLeft(lines[0], `"`), []byte("TOA5")) {
		return ',', 1 // loggers of Campbell Scientific: their first line has cells, too
	}
	among := delimiters
	if d != 0 {
		among = string(d)
	}
	for i, d := range []byte(among) {
		if len(lines) <= fewest {
			break
		}
		if n := agreed(lines, d); n > 1 {
			break // all lines are rows; commas among them are decimal ones
		} else if n == 1 {
			continue
		}
		cells := agreed(lines[len(lines)-fewest:], d)
		if cells < 2 {
			continue
		}
		first := len(lines) - fewest
		for first > 0 && agreed([][]byte{lines[first], lines[first-1]}, d) == cells {
			first--
		}
		few := !isData(lines[first], d)
		for _, other := range []byte(among[:i]) {
			n, _ := countCells(lines[first], other)
			few = few && n == 1 // decimal commas in a row between semicolons are no header
		}
		for _, line := range lines[:first] {
			m, open := countCells(line, d)
			few = few && !open && m < cells
		}
		if few && first > 0 {
			return d, first
		}
	}
	return 0, 0
}

// isData tells whether a line holds a number or a date.
func isData(line []byte, d byte) bool {
	for cell := range bytes.SplitSeq(line, []byte{d}) {
		cell = Trim(bytes.Trim(cell, `"`))
		if _, ok := plainNumber(cell); ok || IsDate(cell) {
			return true
		}
	}
	return false
}

// delimiters in the order in which they are tried.
const delimiters = "\t;|,"

// delimiter is the one by which all lines have the same number of cells, above 1; a comma only where no other is, as
// it may be that of decimals. Where there is none, the most frequent one of the first line.
func delimiter(lines [][]byte) byte {
	if len(lines) == 0 {
		return ','
	}
	for _, d := range []byte(delimiters) {
		if n := agreed(lines, d); n > 1 {
			return d
		}
	}
	best, most := byte(','), 0
	for _, d := range []byte(delimiters) {
		if n, _ := countCells(lines[0], d); n-1 > most {
			best, most = d, n-1
		}
	}
	return best
}

// agreed is the number of cells that all lines have, or 0.
func agreed(lines [][]byte, d byte) int {
	n, open := countCells(lines[0], d)
	if open {
		return 0
	}
	for _, line := range lines[1:] {
		if m, open := countCells(line, d); open || m != n {
			return 0
		}
	}
	return n
}

// countCells counts the cells of a line; open: a quote is not closed in it.
func countCells(line []byte, d byte) (n int, open bool) {
	n = 1
	start := true
	for _, c := range line {
		switch {
		case c == '"' && (start || open):
			open = !open
		case !open && strings.IndexByte(delimiters, c) >= 0: // a quote after any of them opens a cell
			if c == d {
				n++
			}
			start = true
			continue
		}
		if c != ' ' {
			start = false
		}
	}
	return n, open
}
