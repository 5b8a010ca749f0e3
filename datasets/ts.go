package datasets

import (
	"errors"
	"io"
	"strings"

	"github.com/wavekin/wavekin/series"
)

// isTS: the first line that is no comment is one of the header's.
func isTS(head []byte) bool {
	word, _, _ := strings.Cut(strings.ToLower(firstLine(head, "#")), " ")
	switch word {
	case "@problemname", "@timestamps", "@missing", "@univariate", "@dimension", "@dimensions", "@equallength",
		"@serieslength", "@classlabel", "@targetlabel":
		return true
	}
	return false
}

// openTS reads the sktime format: a header of lines that begin with @, then a series
// per line: values between commas, channels between colons, and the label last.
func openTS(src *source, _ *Options) (Reader, error) {
	set := &lineSet{lines: lineReader{src: src}, skip: "#"}
	labelled := false
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
			labelled = on
		case "@timestamps":
			if on {
				return nil, rowError(src.path, set.lines.line, "", "%w: .ts with time stamps; want values only", ErrFormat)
			}
		}
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
