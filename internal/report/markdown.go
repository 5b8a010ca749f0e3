package report

import "strings"

// rules are the lines below the header of a Markdown table, by how a column is aligned.
var rules = map[byte]string{'l': "---|", 'c': ":-:|", 'r': "--:|"}

// Markdown is the table as a page has it. Columns are aligned by letters, l, c or r; those after the last letter are like it. A row
// may end early.
func (t Table) Markdown(align string) string {
	var b strings.Builder
	line := func(cells []string) {
		b.WriteString("| " + strings.Join(cells, " | ") + " |" + strings.Repeat(" |", len(t.Header)-len(cells)) + "\n")
	}
	line(t.Header)
	b.WriteString("|")
	for c := range t.Header {
		b.WriteString(rules[align[min(c, len(align)-1)]])
	}
	b.WriteString("\n")
	for _, row := range t.Rows {
		line(row)
	}
	return b.String()
}
