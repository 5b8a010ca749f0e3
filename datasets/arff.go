package datasets

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

func isARFF(head []byte) bool {
	return strings.HasPrefix(strings.ToLower(firstLine(head, "%")), "@relation")
}

// openARFF reads Weka's format as the UCR and UEA archives use it. With one channel every
// numeric attribute is a time stamp; with several there is a relational attribute whose
// cell holds, in quotes, a channel per line, the lines ended by a backslash and an n.
// A nominal or text attribute is the label.
func openARFF(src *source, o *Options) (Reader, error) {
	set := &lineSet{o: o, lines: lineReader{src: src}, skip: "%"}
	h, err := readARFFHeader(&set.lines)
	if err != nil {
		return nil, err
	}
	set.parse, set.classes = h.parse, h.classes
	return set, nil
}

// arffHeader is which attribute holds what.
type arffHeader struct {
	attributes int // outside a relation
	label      int // -1: none
	relation   int // -1: none
	classes    []string
}

func readARFFHeader(lines *lineReader) (*arffHeader, error) {
	h := &arffHeader{label: -1, relation: -1}
	inside := false
	for {
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return nil, rowError(lines.src.path, lines.line, "", "%w: no line @data", ErrTruncated)
		}
		if err != nil {
			return nil, err
		}
		if line == "" || line[0] == '%' {
			continue
		}
		word, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		switch strings.ToLower(word) {
		case "@relation":
		case "@end":
			inside = false
		case "@data":
			if h.attributes == 0 {
				return nil, rowError(lines.src.path, lines.line, "", "no attributes before @data")
			}
			return h, nil
		case "@attribute":
			if inside {
				continue
			}
			name, kind := cutName(strings.TrimSpace(rest))
			written := kind
			switch kind = strings.ToLower(kind); {
			case kind == "relational":
				if h.relation >= 0 {
					return nil, rowError(lines.src.path, lines.line, name, "%w: a second relational attribute", ErrFormat)
				}
				inside, h.relation = true, h.attributes
			case strings.HasPrefix(kind, "{"), strings.HasPrefix(kind, "string"):
				h.label, h.classes = h.attributes, nominal(written)
			case strings.HasPrefix(kind, "numeric"), strings.HasPrefix(kind, "real"), strings.HasPrefix(kind, "integer"):
			default:
				return nil, rowError(lines.src.path, lines.line, name, "%w: an attribute of type %s; want numeric, real, integer, nominal, string or relational",
					ErrFormat, quoted(kind))
			}
			h.attributes++
		default:
			return nil, rowError(lines.src.path, lines.line, "", "%s; want @relation, @attribute or @data", quoted(line))
		}
	}
}

// nominal lists the values of a nominal attribute, nothing where they are not plain words.
func nominal(kind string) []string {
	inner, ok := strings.CutPrefix(kind, "{")
	inner, _, closed := strings.Cut(inner, "}")
	if !ok || !closed || strings.ContainsAny(inner, `\`) {
		return nil
	}
	var out []string
	for word := range strings.SplitSeq(inner, ",") {
		word = strings.TrimSpace(word)
		if n := len(word); n > 1 && (word[0] == '\'' || word[0] == '"') && word[n-1] == word[0] {
			word = word[1 : n-1]
		}
		if strings.ContainsAny(word, `'"`) {
			return nil // a comma in quotes
		}
		out = append(out, word)
	}
	return out
}

// cutName splits an attribute's name, perhaps quoted, from its type.
func cutName(text string) (name, kind string) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return text[1 : end+1], strings.TrimSpace(text[end+2:])
		}
	}
	if i := strings.IndexAny(text, " {"); i >= 0 {
		return text[:i], strings.TrimSpace(text[i:])
	}
	return text, ""
}

// parse reads a line of data.
func (h *arffHeader) parse(line string) (*series.Series, error) {
	if line[0] == '{' {
		return nil, fmt.Errorf("%w: sparse ARFF; want all values", ErrFormat)
	}
	s := &series.Series{}
	var flat []float64
	at := 0
	line, commas, err := plainARFF(line)
	if err != nil {
		return nil, err
	}
	for rest, more := line, true; more; at++ {
		var cell string
		var quote bool
		if cell, quote, rest, more, err = cutARFF(rest, commas); err != nil {
			return nil, err
		}
		switch at {
		case h.label:
			if s.Label = cell; cell == "?" && !quote {
				s.Label = "" // missing
			}
		case h.relation:
			for channel := range strings.SplitSeq(cell, `\n`) {
				v, err := parseValues(channel, ",")
				if err != nil {
					return nil, err
				}
				s.Values = append(s.Values, v)
			}
		default:
			v, err := parseNumber(cell)
			if err != nil {
				return nil, &Error{Column: fmt.Sprintf("value %d", at+1), Offset: -1, Err: err}
			}
			flat = append(flat, v)
		}
	}
	if at != h.attributes {
		return nil, fmt.Errorf("%s, the header has %s", plural.Of(at, "value"), plural.Of(h.attributes, "attribute"))
	}
	if h.relation < 0 {
		s.Values = [][]float64{flat}
	} else if flat != nil {
		return nil, fmt.Errorf("%w: numbers beside a relational attribute", ErrFormat)
	}
	if len(s.Values[0]) == 0 {
		return nil, errors.New("no values in it")
	}
	trimGaps(s.Values)
	return s, nil
}

// plainARFF takes a comment off a line of data, and tells whether commas or blanks are between its cells: both may be.
func plainARFF(line string) (text string, commas bool, err error) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '%':
			return strings.TrimRight(line[:i], " \t"), commas, nil
		case ',':
			commas = true
		case '\'', '"':
			end := quoteEnd(line[i:])
			if end < 0 {
				return "", false, errors.New("a quote that is not closed")
			}
			i += end
		}
	}
	return line, commas, nil
}

// quoteEnd is where the quote ends that a text begins with, or -1; a backslash takes the next character with it.
func quoteEnd(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i
		}
	}
	return -1
}

// unescaped takes the backslashes before quotes and backslashes away; others, as before the n of a line's end in a relational
// cell, stay.
var unescaped = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`)

// cutARFF takes the first cell, perhaps quoted, off a line.
func cutARFF(line string, commas bool) (cell string, quote bool, rest string, more bool, err error) {
	line = strings.TrimLeft(line, " \t")
	if line != "" && (line[0] == '\'' || line[0] == '"') {
		end := quoteEnd(line)
		cell, rest = unescaped.Replace(line[1:end]), line[end+1:]
		trimmed := strings.TrimLeft(rest, " \t")
		switch {
		case trimmed == "":
			return cell, true, "", false, nil
		case trimmed[0] == ',':
			return cell, true, trimmed[1:], true, nil
		case !commas && trimmed != rest:
			return cell, true, trimmed, true, nil
		}
		return "", true, "", false, fmt.Errorf("%s after a quote; want a comma", quoted(trimmed))
	}
	if !commas {
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			return line[:i], false, strings.TrimLeft(line[i:], " \t"), true, nil
		}
		return line, false, "", false, nil
	}
	cell, rest, more = strings.Cut(line, ",")
	return strings.TrimSpace(cell), false, rest, more, nil
}
