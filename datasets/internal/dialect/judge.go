package dialect

import (
	"bytes"
	"strings"
)

// Kind is what a column of cells holds.
type Kind uint8

// The kinds. A column is what most of it is; gaps do not count.
const (
	Empty  Kind = iota // gaps only
	Number             // numbers, or words such as ON and OFF
	Units              // numbers with a unit after them
	Dates
	Text
)

// Verdict is what the first cells tell of a column.
type Verdict struct {
	Kind  Kind
	Style Style
	// Cells counts those that are no gaps, Numbers those of them that are numbers in some style.
	Cells, Numbers int
	// At is the first cell with a unit where Kind is Units.
	At int
	// Marks are the words that stand for gaps, other than the empty cell and NaN.
	Marks []string
	// Uncertain: all numbers read in another way, too, as 1,234 does.
	Uncertain bool

	cells [][]byte
	fits  [len(styles)]int
	comma bool // some number has a comma
	point bool
}

// styles are the ways to write numbers that are tried, the likeliest first.
var styles = [...]Style{{}, {Decimal: ','}, {Group: ','}, {Decimal: ',', Group: '.'}, {Group: ' '}, {Decimal: ',', Group: ' '},
	{Group: '\''}, {Decimal: ',', Group: '\''}}

// Judge looks at the first cells of a column.
func Judge(cells [][]byte, gaps *Gaps) *Verdict {
	v := &Verdict{cells: cells}
	words, units, dates := 0, 0, 0
	for i, c := range cells {
		c = Trim(c)
		if gaps.Is(c) {
			v.mark(c)
			continue
		}
		v.Cells++
		if _, ok := switchWords[strings.ToLower(string(c))]; ok {
			words++
			continue
		}
		if number, _ := v.try(c); number {
			v.Numbers++
			v.comma = v.comma || bytes.IndexByte(c, ',') >= 0
			v.point = v.point || bytes.IndexByte(c, '.') >= 0
		} else if isDated(c) {
			dates++
		} else if Unit(c) != "" {
			if units++; units == 1 {
				v.At = i
			}
		}
	}
	v.Style.Gaps = gaps
	switch {
	case v.Cells == 0:
		v.Kind = Empty
	case 2*(v.Numbers+words) >= v.Cells && words > v.Numbers:
		v.Kind, v.Style.Words = Number, true
	case 2*v.Numbers >= v.Cells:
		v.Kind = Number
		v.choose(0)
	case 2*units > v.Cells:
		v.Kind = Units
	case 2*dates >= v.Cells:
		v.Kind = Dates
	default:
		v.Kind = Text
	}
	return v
}

// maxMarks is how many words for gaps a verdict names.
const maxMarks = 4

func (v *Verdict) mark(c []byte) {
	if len(c) == 0 || strings.EqualFold(string(c), "nan") || len(v.Marks) == maxMarks {
		return
	}
	for _, have := range v.Marks {
		if have == string(c) {
			return
		}
	}
	v.Marks = append(v.Marks, string(c))
}

// try counts the styles that a cell fits.
func (v *Verdict) try(c []byte) (number, plain bool) {
	if _, ok := plainNumber(c); ok {
		v.fits[0]++
		plain = true
		if bytes.IndexByte(c, '.') < 0 { // without a separator it fits all
			for i := 1; i < len(styles); i++ {
				v.fits[i]++
			}
			return true, true
		}
	}
	for i := 1; i < len(styles); i++ {
		var small [64]byte
		if p, ok := styles[i].plain(small[:0], c); ok {
			if _, ok := plainNumber(p); ok {
				v.fits[i]++
				number = true
			}
		}
	}
	return number || plain, plain
}

// choose takes the style that most numbers fit, of those with the decimal sign if that is known.
func (v *Verdict) choose(decimal byte) {
	best := -1
	for i, s := range styles {
		if decimal != 0 && (s.Decimal == ',') != (decimal == ',') {
			continue
		}
		if best < 0 || v.fits[i] > v.fits[best] {
			best = i
		}
	}
	gaps := v.Style.Gaps
	v.Style = styles[best]
	v.Style.Gaps = gaps
	v.Uncertain = false
	for i, s := range styles {
		if decimal == 0 && v.fits[i] == v.fits[best] && (s.Decimal == ',') != (v.Style.Decimal == ',') && (v.comma || v.point) {
			v.Uncertain = true
		}
	}
}

// Agree settles the columns of a file that read in two ways by those that do not: a file has one decimal sign. Without such
// a column a comma is a decimal one where cells are separated by semicolons, and stands before thousands elsewhere; a point
// is a decimal one. decimal is the sign if the user says it, or 0. It returns the columns that were settled by custom only.
func Agree(columns []*Verdict, delimiter, decimal byte) (guessed []int) {
	points, commas := 0, 0
	for _, v := range columns {
		switch {
		case v.Kind != Number || v.Style.Words || v.Uncertain || !v.comma && !v.point:
		case v.Style.Decimal == ',':
			commas++
		default:
			points++
		}
	}
	for i, v := range columns {
		if v.Kind != Number || v.Style.Words {
			continue
		}
		switch {
		case decimal != 0:
			v.choose(decimal)
		case !v.Uncertain:
		case commas > 0 && points == 0:
			v.choose(',')
		case points > 0 && commas == 0:
			v.choose('.')
		case !v.comma && delimiter != ';':
			v.choose('.')
		case !v.comma: // 1.200 may be one thousand and two hundred where decimal commas are usual
			v.choose('.')
			guessed = append(guessed, i)
		default:
			decimal := byte('.')
			if delimiter == ';' {
				decimal = ','
			}
			v.choose(decimal)
			guessed = append(guessed, i)
		}
	}
	return guessed
}
