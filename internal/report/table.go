// Package report draws what people look at: tables that line up, a progress bar,
// loss curves and scored series, and of images their neighbours, a map of their
// encodings and what a network attends to.
package report

import (
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Table is a header and rows of cells.
type Table struct {
	Header []string
	Rows   [][]string
	// Wrap is the largest number of characters in a line of a cell; longer text is wrapped. 0 means no limit.
	Wrap int
}

// Render writes the table; columns that hold only numbers line up at the right.
func (t Table) Render(w io.Writer) error {
	aligns := make([]tw.Align, len(t.Header))
	for c := range aligns {
		aligns[c] = tw.AlignLeft
		if t.numeric(c) {
			aligns[c] = tw.AlignRight
		}
	}
	row := tw.CellConfig{Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone}, Alignment: tw.CellAlignment{PerColumn: aligns}}
	if t.Wrap > 0 {
		row.Formatting.AutoWrap, row.ColMaxWidths = tw.WrapNormal, tw.CellWidth{Global: t.Wrap}
	}
	tab := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone,
			Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off}}})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Formatting: tw.CellFormatting{AutoFormat: tw.Off}, Alignment: tw.CellAlignment{PerColumn: aligns}},
			Row:    row,
		}))
	tab.Header(t.Header)
	if err := tab.Bulk(t.Rows); err != nil {
		return err
	}
	return tab.Render()
}

// WithoutEmpty leaves out the columns in which no row has a cell.
func (t Table) WithoutEmpty() Table {
	var out Table
	out.Rows = make([][]string, len(t.Rows))
	for c, name := range t.Header {
		filled := false
		for _, row := range t.Rows {
			filled = filled || c < len(row) && row[c] != ""
		}
		if !filled {
			continue
		}
		out.Header = append(out.Header, name)
		for r, row := range t.Rows {
			cell := ""
			if c < len(row) {
				cell = row[c]
			}
			out.Rows[r] = append(out.Rows[r], cell)
		}
	}
	return out
}

// ofNames are the columns of names, where nan and inf are words.
var ofNames = map[string]bool{"series": true, "label": true, "class": true, "channel": true, "input": true}

// numeric tells whether every cell of a column is a number, possibly with a unit
// after a space, or is empty, a dash or no number at all (NaN),
// which is one of the words that a column of names may hold.
func (t Table) numeric(c int) bool {
	numbers := 0
	for _, row := range t.Rows {
		if c >= len(row) || row[c] == "" || row[c] == "-" {
			continue
		}
		number, _, _ := strings.Cut(row[c], " ")
		v, err := strconv.ParseFloat(strings.TrimSuffix(number, "%"), 64)
		if err != nil {
			return false
		}
		switch {
		case !math.IsNaN(v) && !math.IsInf(v, 0):
			numbers++
		case c < len(t.Header) && ofNames[t.Header[c]]:
			return false
		}
	}
	return numbers > 0
}
