package archive

import (
	"encoding/csv"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// head is the first line of a table.
type head struct {
	columns []string
}

// headBytes is how much of a file its first line may take.
const headBytes = 64 << 10

// header returns the names of the columns of a CSV file, or none where it has no such line. What is wrong with the file is
// told when it is read.
func (f *file) header() *head {
	if f.head == nil {
		f.head = &head{}
		if f.ending == ".csv" || f.ending == ".tsv" || f.ending == ".txt" {
			f.head.columns = readHeader(f.path)
		}
	}
	return f.head
}

func readHeader(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	r, done, err := datasets.Decompress(file)
	if err != nil {
		return nil
	}
	defer done()
	text, err := io.ReadAll(io.LimitReader(r, headBytes))
	if err != nil && len(text) == 0 {
		return nil
	}
	line, _, _ := strings.Cut(strings.TrimPrefix(string(text), "\ufeff"), "\n")
	line = strings.TrimRight(line, "\r")
	comma, most := ',', 0
	for _, d := range []rune{',', ';', '\t'} {
		if n := strings.Count(line, string(d)); n > most {
			comma, most = d, n
		}
	}
	c := csv.NewReader(strings.NewReader(line))
	c.Comma, c.LazyQuotes, c.TrimLeadingSpace = comma, true, comma != '\t'
	columns, err := c.Read()
	if err != nil {
		return nil
	}
	for i, name := range columns {
		columns[i] = strings.TrimSpace(name)
	}
	return columns
}

// has tells whether there are columns of all these names.
func (h *head) has(names ...string) bool {
	for _, n := range names {
		if !slices.Contains(h.columns, n) {
			return false
		}
	}
	return true
}

// without returns the columns but for these.
func (h *head) without(names ...string) []string {
	var out []string
	for _, c := range h.columns {
		if !slices.Contains(names, c) {
			out = append(out, c)
		}
	}
	return out
}

// labelNames are names of label columns, in lower case, the surest first.
var labelNames = []string{"label", "is_anomaly", "anomaly"}

// label is the name of the label column, or "".
func (h *head) label() string {
	for _, want := range labelNames {
		if at := slices.IndexFunc(h.columns, func(c string) bool { return strings.EqualFold(c, want) }); at >= 0 {
			return h.columns[at]
		}
	}
	return ""
}

// time is the name of the time column where it says its unit, as in timestamp_(min), or "".
func (h *head) time() string {
	for _, c := range h.columns {
		if strings.HasPrefix(strings.ToLower(c), "timestamp") {
			return c
		}
	}
	return ""
}
