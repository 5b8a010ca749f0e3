package cli

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/output"
)

// badRow is a row that could not be used, as it is written.
type badRow struct {
	Input  string `json:"input"`
	Row    int    `json:"row"`
	Column string `json:"column,omitempty"`
	Reason string `json:"reason"`
}

// badRows writes the rows that inputs could not be used of: a table by the ending of its name, or JSON with an object a line.
type badRows struct {
	mu    sync.Mutex
	path  string
	count int
	err   error
	table *datasets.Writer
	lines *output.File
}

// lineEndings are those of files of JSON lines.
var lineEndings = []string{".jsonl", ".ndjson"}

// startBadRows begins the file of --errors.
func startBadRows(path string) (*badRows, error) {
	b := &badRows{path: path}
	var err error
	if slices.Contains(lineEndings, strings.ToLower(filepath.Ext(path))) {
		b.lines, err = output.Create(path)
		return b, err
	}
	b.table, err = datasets.NewWriter(path, []datasets.Column{{Name: "input", Type: datasets.String}, {Name: "row", Type: datasets.Int64},
		{Name: "column", Type: datasets.String}, {Name: "reason", Type: datasets.String}})
	return b, err
}

// add writes a row, by several goroutines at a time.
func (b *badRows) add(e *datasets.Error) {
	row := badRow{e.File, e.Row, e.Column, strings.ReplaceAll(e.Err.Error(), "\n", "; ")}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.count++; b.err != nil {
		return
	}
	if b.table != nil {
		column := any(nil)
		if row.Column != "" {
			column = row.Column
		}
		b.err = b.table.Append(strings.ToValidUTF8(row.Input, "\ufffd"), row.Row, column, row.Reason)
		return
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if b.err = enc.Encode(row); b.err == nil {
		_, b.err = b.lines.Write(line.Bytes())
		b.err = output.Wrap(b.path, b.err)
	}
}

// left is how many rows there are.
func (b *badRows) left() int {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}

// close puts the file in its place.
func (b *badRows) close() error {
	if b == nil {
		return nil
	}
	if b.table != nil {
		if b.err == nil {
			b.err = b.table.Close()
		}
		return b.err
	}
	defer b.lines.Abort()
	if b.err == nil {
		b.err = b.lines.Commit()
	}
	return b.err
}

// checkBadRows holds the name of --errors to what is written.
func checkBadRows(path string) error {
	if path == output.Stdout {
		return usagef("--errors takes a file; standard output is for the result")
	}
	if slices.Contains(lineEndings, strings.ToLower(filepath.Ext(path))) {
		return output.Check(path)
	}
	if err := datasets.CheckName(path); err != nil {
		return usagef("--errors %s: want a name that ends in .jsonl, .csv, .arrow or .parquet", path)
	}
	return output.Check(path)
}
