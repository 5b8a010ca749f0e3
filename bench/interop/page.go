package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/internal/report"
)

// formats in the order of the columns.
var (
	formats = []string{"arrow", "arrows", "parquet"}
	tools   = []string{"pyarrow", "pandas", "polars", "duckdb"}
)

// table holds outcomes by type, tool and format.
type table struct {
	types    []string
	outcomes map[[3]string]string
}

func (t *table) add(typ, tool, format, outcome string) {
	if t.outcomes == nil {
		t.outcomes = map[[3]string]string{}
	}
	if !slices.Contains(t.types, typ) {
		t.types = append(t.types, typ)
	}
	t.outcomes[[3]string{typ, tool, format}] = outcome
}

// markdown has a mark for each format: y equal in every value, - not written by the tool, and a number that the notes explain.
func (t *table) markdown() string {
	page := report.Table{Header: append([]string{"type"}, tools...)}
	var notes []string
	for _, typ := range t.types {
		cells := []string{typ}
		for _, tool := range tools {
			var marks []string
			for _, format := range formats {
				switch o := t.outcomes[[3]string{typ, tool, format}]; o {
				case "":
					marks = append(marks, "y")
				case "-":
					marks = append(marks, "-")
				default:
					i := slices.Index(notes, plain(o))
					if i < 0 {
						i = len(notes)
						notes = append(notes, plain(o))
					}
					marks = append(marks, fmt.Sprint(i+1))
				}
			}
			cells = append(cells, strings.Join(marks, " "))
		}
		page.Rows = append(page.Rows, cells)
	}
	var b strings.Builder
	b.WriteString(page.Markdown("lc"))
	for i, n := range notes {
		fmt.Fprintf(&b, "\n%d. %s", i+1, n)
	}
	if len(notes) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// plain takes the file's place out of a message.
func plain(s string) string {
	if i := strings.Index(s, "/interop"); i >= 0 {
		if _, rest, ok := strings.Cut(s[i:], ": "); ok {
			s = "refused: " + rest
		}
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "|", "/"), "\n", " ")
	if len(s) > 160 {
		s = strings.ToValidUTF8(s[:160], "") + "..."
	}
	return s
}

func page(versions map[string]string, in, out *table) string {
	var v []string
	for _, t := range tools {
		v = append(v, t+" "+versions[t])
	}
	return `# Tables of other tools

Which column types wavekin reads, as pyarrow, pandas, polars and duckdb write them, and which of these tools read what it writes. Each cell stands for an Arrow file, an Arrow stream and a Parquet
file, in this order: **y** every value is equal, **-** the tool does not write the type, a number is explained below the table. Made by

    python3 -m venv interop-env && interop-env/bin/pip install pyarrow pandas polars duckdb numpy
    go run ./bench/interop --python interop-env/bin/python

with ` + strings.Join(v, ", ") + `.

## Read by wavekin

Tools write the table that pyarrow has given them, as the type that they make of it. Numbers are read as the nearest float64, durations and
times of the day as seconds, booleans as 0 and 1, nulls as gaps; time stamps as nanoseconds since 1970. A field of a struct is a
column of its own (` + "`a.b`" + `). DuckDB turns durations into intervals, which have microseconds.

` + in.markdown() + `
## Written by wavekin

` + out.markdown()
}
