package dialect

import (
	"bytes"
	"math"
	"strings"
)

// gapWords stand for nothing measured, in lower case. The empty cell does, too.
var gapWords = map[string]bool{
	"?": true, "-": true, "--": true, "---": true, ".": true, "..": true, "–": true, "—": true,
	"na": true, "n/a": true, "n.a.": true, "nan": true, "-nan": true, "+nan": true, "nan(ind)": true, "-nan(ind)": true,
	"null": true, "nil": true, "none": true, "<na>": true, "<null>": true, "(null)": true, `\n`: true, "nat": true,
	"missing": true, "#n/a": true, "#n/a n/a": true, "#na": true, "#null!": true, "#div/0!": true, "#value!": true, "#num!": true,
	"#ref!": true, "1.#qnan": true, "-1.#qnan": true, "1.#ind": true, "-1.#ind": true,
}

// longestGap is the length of the longest of gapWords in bytes.
const longestGap = 9

// Gaps are the cells that stand for nothing measured: the usual words, and those that the user adds.
type Gaps struct {
	words   map[string]bool
	numbers []float64
}

// NewGaps adds words to the usual ones; what is a number, such as -9999, stands for every way to write it.
func NewGaps(own []string) *Gaps {
	g := &Gaps{words: map[string]bool{}}
	for _, w := range own {
		w = strings.TrimSpace(w)
		if v, ok := plainNumber([]byte(w)); ok {
			g.numbers = append(g.numbers, v)
		}
		g.words[strings.ToLower(w)] = true
	}
	return g
}

// Is tells whether a cell, which has no spaces around it, is a gap.
func (g *Gaps) Is(cell []byte) bool {
	if len(cell) == 0 {
		return true
	}
	if g != nil && len(g.words) > 0 {
		if g.words[strings.ToLower(string(cell))] {
			return true
		}
		if v, ok := plainNumber(cell); ok {
			return g.isNumber(v)
		}
	}
	if len(cell) > longestGap {
		return false
	}
	if c := cell[0]; c >= '0' && c <= '9' && !bytes.Contains(cell, []byte(".#")) {
		return false
	}
	return gapWords[string(bytes.ToLower(cell))]
}

// isNumber tells whether a number stands for a gap.
func (g *Gaps) isNumber(v float64) bool {
	if g == nil {
		return false
	}
	for _, n := range g.numbers {
		if v == n || math.IsNaN(v) {
			return true
		}
	}
	return false
}

// Trim removes the spaces around a cell, no-break spaces included.
func Trim(cell []byte) []byte {
	for len(cell) > 0 {
		switch c := cell[0]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			cell = cell[1:]
			continue
		case c < 0x80:
		case bytes.HasPrefix(cell, []byte("\u00a0")):
			cell = cell[2:]
			continue
		}
		break
	}
	for n := len(cell); n > 0; n = len(cell) {
		switch c := cell[n-1]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			cell = cell[:n-1]
			continue
		case c < 0x80:
		case bytes.HasSuffix(cell, []byte("\u00a0")):
			cell = cell[:n-2]
			continue
		}
		break
	}
	return cell
}
