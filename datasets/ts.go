package datasets

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
	"github.com/wavekin/wavekin/series"
)

// isTS: the first line that is no comment is one of the header's.
func isTS(head []byte) bool {
	words := strings.Fields(strings.ToLower(firstLine(head, "#")))
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "@problemname", "@timestamps", "@missing", "@univariate", "@dimension", "@dimensions", "@equallength",
		"@serieslength", "@classlabel", "@targetlabel":
		return true
	}
	return false
}

// openTS reads the sktime format: a header of lines that begin with @, then a series
// per line: values between commas, channels between colons, and the label last. With time stamps a value is a pair in brackets.
func openTS(src *source, o *Options) (Reader, error) {
	set := &lineSet{o: o, lines: lineReader{src: src}, skip: "#"}
	labelled, stamped := false, false
	for {
		line, err := set.lines.next()
		if errors.Is(err, io.EOF) {
			return nil, rowError(src.path, set.lines.line, "", "%w: no line @data", ErrTruncated)
		}
		if err != nil {
			return nil, err
		}
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(strings.ToLower(line))
		if words[0] == "@data" {
			break
		}
		if line[0] != '@' {
			return nil, rowError(src.path, set.lines.line, "", "%s; want a line of the header or @data", quoted(line))
		}
		on := len(words) > 1 && words[1] == "true"
		switch words[0] {
		case "@classlabel", "@targetlabel":
			if labelled = on; on && words[0] == "@classlabel" {
				set.classes = strings.Fields(line)[2:]
			}
		case "@timestamps":
			stamped = on
		}
	}
	if stamped {
		t := stampedTS{labelled: labelled}
		t.stamps.Format, t.stamps.Zone = o.TimeFormat, o.zone
		set.parse = t.parse
		return set, nil
	}
	set.parse = func(line string) (*series.Series, error) {
		dims := strings.Split(line, ":")
		s := &series.Series{}
		if labelled {
			if len(dims) < 2 {
				return nil, errors.New("no label; want values, a colon and the label")
			}
			s.Label = strings.TrimSpace(dims[len(dims)-1])
			dims = dims[:len(dims)-1]
		}
		for _, d := range dims {
			v, err := parseValues(d, ",")
			if err != nil {
				return nil, err
			}
			s.Values = append(s.Values, v)
		}
		return s, nil
	}
	return set, nil
}

// stampedTS reads lines of pairs of a time stamp and a value, as in (2013-03-01 00:00:00,1.5),(2013-03-01 01:00:00,2.5):a.
type stampedTS struct {
	labelled bool
	stamps   stamps
	decided  bool
}

func (t *stampedTS) parse(line string) (*series.Series, error) {
	s := &series.Series{}
	if t.labelled {
		i := strings.LastIndexByte(line, ':')
		if i < 0 || i < strings.LastIndexByte(line, ')') {
			return nil, errors.New("no label; want pairs of time stamp and value, a colon and the label")
		}
		s.Label, line = strings.TrimSpace(line[i+1:]), line[:i]
	}
	for rest, more := line, true; more; {
		var cells [][]byte
		var values []float64
		var err error
		if cells, values, rest, more, err = pairs(rest); err != nil {
			return nil, err
		}
		times, err := t.times(cells)
		if err != nil {
			return nil, err
		}
		if s.Values = append(s.Values, values); s.Times == nil {
			s.Times = times
		} else if !slices.Equal(s.Times, times) {
			return nil, fmt.Errorf("%w: channel %d has other time stamps than channel 0", ErrFormat, len(s.Values)-1)
		}
	}
	if len(s.Times) == 0 {
		return nil, errors.New("no values in it")
	}
	for i, at := range s.Times {
		if i > 0 && at < s.Times[i-1] {
			return nil, fmt.Errorf("%w: time stamp %s after %s", ErrOrder, stampText(at), stampText(s.Times[i-1]))
		}
	}
	return s, nil
}

// times reads the stamps of a channel; those of the first one decide how all are written.
func (t *stampedTS) times(cells [][]byte) ([]int64, error) {
	if !t.decided {
		t.decided = true
		if _, err := t.stamps.Decide(cells, new(dialect.Gaps)); err != nil {
			return nil, err
		}
	}
	out := make([]int64, len(cells))
	for i, c := range cells {
		var err error
		if out[i], err = t.stamps.Parse(c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pairs reads the pairs of a channel, up to a colon.
func pairs(text string) (stamps [][]byte, values []float64, rest string, more bool, err error) {
	for {
		text = strings.TrimLeft(text, " \t")
		end := strings.IndexByte(text, ')')
		if text == "" || text[0] != '(' || end < 0 {
			return nil, nil, "", false, fmt.Errorf("%s; want a time stamp and a value in brackets", quoted(text))
		}
		comma := strings.LastIndexByte(text[:end], ',')
		if comma < 0 {
			return nil, nil, "", false, fmt.Errorf("%s; want a time stamp, a comma and a value", quoted(text[:end+1]))
		}
		v, err := parseNumber(text[comma+1 : end])
		if err != nil {
			return nil, nil, "", false, &Error{Column: fmt.Sprintf("value %d", len(values)+1), Offset: -1, Err: err}
		}
		stamps, values = append(stamps, []byte(strings.TrimSpace(text[1:comma]))), append(values, v)
		text = strings.TrimLeft(text[end+1:], " \t")
		switch {
		case text == "":
			return stamps, values, "", false, nil
		case text[0] == ':':
			return stamps, values, text[1:], true, nil
		case text[0] != ',':
			return nil, nil, "", false, fmt.Errorf("%s after a bracket; want a comma or a colon", quoted(text))
		}
		text = text[1:]
	}
}
