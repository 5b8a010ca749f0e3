package dialect

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

func cellsOf(texts ...string) [][]byte {
	out := make([][]byte, len(texts))
	for i, t := range texts {
		out[i] = []byte(t)
	}
	return out
}

// plainNumber is strconv.ParseFloat for what both take.
func TestPlainNumber(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0", "-0", "+1", "1.", ".5", "1e5", "1E-5", "12345678901234567890", "0.1", "9007199254740993", "1e22", "1e23", "4.9e-324", "1.7976931348623157e308",
		"0.000000000000000000000000000001", "123456789012345678.9", "00012"}
	for range 20000 {
		v := math.Float64frombits(rng.Uint64())
		if v != v || math.IsInf(v, 0) {
			continue
		}
		texts = append(texts, strconv.FormatFloat(v, 'g', -1, 64), strconv.FormatFloat(v, 'e', rng.IntN(18), 64),
			strconv.FormatFloat(rng.NormFloat64()*1000, 'f', rng.IntN(12), 64))
	}
	for _, text := range texts {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := plainNumber([]byte(text)); !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-", ".", "e5", "1e", "1e+", "0x10", "1_000", "inf", "nan", "1 2", "--1", "1.2.3", "1,2"} {
		if v, ok := plainNumber([]byte(text)); ok {
			t.Errorf("%q is read as %v", text, v)
		}
	}
}

// shortNumber reads every short number as strconv.ParseFloat does, and nothing else, whatever stands behind the cell.
func TestShortNumber(t *testing.T) {
	form := regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$`)
	rng := rand.New(rand.NewPCG(5, 6))
	read := 0
	for range 200000 {
		text := make([]byte, rng.IntN(11))
		const among = "0123456789012345678901234567890123456789..-+,e /:\x00\xb0"
		for i := range text {
			text[i] = among[rng.IntN(len(among))]
		}
		behind := append(slices.Clone(text), "17.5,-3"...)[:len(text)]
		signed := len(text) > 0 && (text[0] == '-' || text[0] == '+')
		want := form.Match(text) && (len(text) <= 8 || signed && len(text) == 9)
		for _, cell := range [][]byte{text[:len(text):len(text)], behind} {
			v, ok := shortNumber(cell)
			if ok != want {
				t.Fatalf("%q: %v, %v", cell, v, ok)
			}
			if f, err := strconv.ParseFloat(string(cell), 64); ok && (err != nil || math.Float64bits(f) != math.Float64bits(v)) {
				t.Fatalf("%q: %v, want %v", cell, v, f)
			}
		}
		if want {
			read++
		}
	}
	if read < 20000 {
		t.Errorf("only %d numbers among the texts", read)
	}
}

func TestStyles(t *testing.T) {
	for _, tt := range []struct {
		style Style
		text  string
		want  float64
	}{
		{Style{Decimal: ','}, "1,5", 1.5}, {Style{Decimal: ','}, "-0,25", -0.25}, {Style{Decimal: ','}, "1,5e3", 1500}, {Style{Decimal: ','}, "7", 7},
		{Style{Group: ','}, "1,234,567.5", 1234567.5}, {Style{Group: ','}, "12,345", 12345}, {Style{Group: ','}, "999", 999},
		{Style{Decimal: ',', Group: '.'}, "1.234.567,5", 1234567.5}, {Style{Decimal: ',', Group: '.'}, "-1.000", -1000},
		{Style{Decimal: ',', Group: ' '}, "1 234,5", 1234.5}, {Style{Group: ' '}, "1\u00a0234.5", 1234.5}, {Style{Group: ' '}, "1\u202f234", 1234},
		{Style{Group: '\''}, "1'234.5", 1234.5}, {Style{Group: '\''}, "1\u2019234", 1234},
		{Style{}, " 1.5\u00a0", 1.5}, {Style{}, "\u22121.5", -1.5}, {Style{Words: true}, "ON", 1}, {Style{Words: true}, "false", 0}, {Style{Words: true}, "1", 1},
	} {
		if got, err := tt.style.Parse([]byte(tt.text)); err != nil || got != tt.want {
			t.Errorf("%+v: %q: %v, %v, want %v", tt.style, tt.text, got, err, tt.want)
		}
	}
	for _, tt := range []struct {
		style Style
		text  string
		kind  error
		want  string
	}{
		{Style{}, "abc", ErrNumber, `"abc" is not a number`},
		{Style{}, "1,5", ErrNumber, `"1,5" is not a number with a decimal point, as this column has`},
		{Style{Decimal: ','}, "1.5", ErrNumber, `"1.5" is not a number with decimal commas, as this column has`},
		{Style{Group: ','}, "1,23,456", ErrNumber, `"1,23,456" is not a number with thousands after commas, as this column has`},
		{Style{Group: ','}, "1234,567", ErrNumber, ``}, {Style{Group: ','}, "1,2345", ErrNumber, ``}, {Style{Group: ','}, "1.5,000", ErrNumber, ``},
		{Style{}, "12.5%", ErrUnit, `"12.5%" has a unit behind its number; want the number alone`},
		{Style{}, "20 °C", ErrUnit, ``}, {Style{}, "5kg", ErrUnit, ``}, {Style{}, "$5", ErrUnit, ``}, {Style{}, "3 m/s²", ErrUnit, ``},
		{Style{}, "inf", nil, `+Inf is not a number between -3.4e38 and 3.4e38`}, {Style{}, "-Infinity", nil, ``}, {Style{}, "1e39", nil, ``}, {Style{}, "1e400", nil, ``},
		{Style{Words: true}, "maybe", ErrNumber, `"maybe" is not a number`},
	} {
		got, err := tt.style.Parse([]byte(tt.text))
		if err == nil || tt.kind != nil && !errors.Is(err, tt.kind) || tt.want != "" && err.Error() != tt.want {
			t.Errorf("%+v: %q: %v, %v, want %s", tt.style, tt.text, got, err, tt.want)
		}
	}
}

func TestGaps(t *testing.T) {
	for _, text := range []string{"", " ", "?", "-", "NA", "N/A", "n/a", "NaN", "nan", "-nan", "None", "null", "NULL", "<NA>", "#N/A", "#DIV/0!", "1.#QNAN", "NaT", "–", "\u00a0"} {
		if v, err := new(Style).Parse([]byte(text)); err != nil || v == v {
			t.Errorf("%q: %v, %v, want a gap", text, v, err)
		}
	}
	own := Style{Gaps: NewGaps([]string{"-9999", "offline"})}
	for _, text := range []string{"-9999", "-9999.0", "-9.999e3", "Offline", "NA"} {
		if v, err := own.Parse([]byte(text)); err != nil || v == v {
			t.Errorf("%q: %v, %v, want a gap", text, v, err)
		}
	}
	own.Decimal = ','
	if v, err := own.Parse([]byte("-9999,0")); err != nil || v == v {
		t.Errorf("-9999,0: %v, %v, want a gap", v, err)
	}
	if v, err := new(Style).Parse([]byte("-9999")); err != nil || v != -9999 {
		t.Errorf("-9999 is a gap that nobody named: %v, %v", v, err)
	}
}

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		cells []string
		kind  Kind
		style string
		sure  bool
	}{
		{[]string{"1", "2.5", "-3e2"}, Number, "", true},
		{[]string{"", "NA", "-"}, Empty, "", true},
		{[]string{"1,5", "2", "3,25"}, Number, "decimal commas", true},
		{[]string{"1.234,5", "1.500"}, Number, "decimal commas, thousands after points", true},
		{[]string{"1,234.5", "1,500"}, Number, "thousands after commas", true},
		{[]string{"1,234,567"}, Number, "thousands after commas", true},
		{[]string{"1 234,5", "7"}, Number, "decimal commas, thousands after spaces", true},
		{[]string{"1'234.50"}, Number, "thousands after apostrophes", true},
		{[]string{"1,234", "5,678"}, Number, "decimal commas", false},
		{[]string{"1.234", "5.678"}, Number, "", false},
		{[]string{"1", "2"}, Number, "", true},
		{[]string{"ON", "off", "NA", "ON"}, Number, "words for 1 and 0", true},
		{[]string{"12%", "13%", "14 %"}, Units, "", true},
		{[]string{"2024-01-01", "2024-01-02 10:00"}, Dates, "", true},
		{[]string{"1", "2", "oops"}, Number, "", true},
		{[]string{"a", "b", "3"}, Text, "", true},
	} {
		v := Judge(cellsOf(tt.cells...), nil)
		if v.Kind != tt.kind || v.Style.String() != tt.style || v.Uncertain == tt.sure {
			t.Errorf("%q: kind %d, %q, uncertain %v; want %d, %q, sure %v", tt.cells, v.Kind, v.Style, v.Uncertain, tt.kind, tt.style, tt.sure)
		}
	}
}

func TestAgree(t *testing.T) {
	for _, tt := range []struct {
		name               string
		columns            [][]string
		delimiter, decimal byte
		want               []string
		guessed            int
	}{
		{"semicolons", [][]string{{"1,234"}}, ';', 0, []string{"decimal commas"}, 1},
		{"commas", [][]string{{"1,234"}}, ',', 0, []string{"thousands after commas"}, 1},
		{"by another column", [][]string{{"1,234"}, {"0.5"}}, ';', 0, []string{"thousands after commas", ""}, 0},
		{"points by another", [][]string{{"1.234"}, {"0,5"}}, ';', 0, []string{"decimal commas, thousands after points", "decimal commas"}, 0},
		{"points", [][]string{{"1.234"}}, ';', 0, []string{""}, 1},
		{"points and commas", [][]string{{"1.234"}}, ',', 0, []string{""}, 0},
		{"points by a nought", [][]string{{"1.234", "0.123"}}, ';', 0, []string{""}, 0},
		{"points by digits", [][]string{{"1.234"}, {"0.5"}}, ';', 0, []string{"", ""}, 0},
		{"commas by a nought", [][]string{{"1,234", "-0,123"}}, ',', 0, []string{"decimal commas"}, 0},
		{"said", [][]string{{"1,234"}, {"0.5"}}, ';', ',', []string{"decimal commas", "decimal commas"}, 0},
		{"whole numbers", [][]string{{"1"}, {"2"}}, ',', 0, []string{"", ""}, 0},
	} {
		var vs []*Verdict
		for _, c := range tt.columns {
			vs = append(vs, Judge(cellsOf(c...), nil))
		}
		guessed := Agree(vs, tt.delimiter, tt.decimal)
		for i, v := range vs {
			if tt.name == "said" && i == 1 {
				continue // no style with that sign fits it; reading it is an error
			}
			if v.Style.String() != tt.want[i] {
				t.Errorf("%s: column %d is %q, want %q", tt.name, i, v.Style, tt.want[i])
			}
		}
		if len(guessed) != tt.guessed {
			t.Errorf("%s: %d guessed, want %d", tt.name, len(guessed), tt.guessed)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{"12.345", "0.12345678901234567", "NA"} {
		cell, s := []byte(text), &Style{Gaps: NewGaps(nil)}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Parse(cell); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
