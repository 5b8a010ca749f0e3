package datasets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// drawnTable is a text table as some program writes it, cell by cell.
type drawnTable struct {
	delimiter string
	names     []string
	cells     [][]string // [column][row]
	times     []int64    // what the first column says
}

// drawTable draws one with n rows: a time stamp, numbers, words and perhaps a label, in one of many ways to write them.
func drawTable(rng *rand.Rand, n int) *drawnTable {
	any := func(from ...string) string { return from[rng.IntN(len(from))] }
	t := &drawnTable{delimiter: any(",", ";", "\t", "|")}
	decimal := "."
	if t.delimiter != "," {
		decimal = any(".", ",")
	}
	add := func(name string, cell func(i int) string) {
		column := make([]string, n)
		for i := range column {
			column[i] = cell(i)
		}
		t.names, t.cells = append(t.names, name), append(t.cells, column)
	}
	start := time.Date(1995+rng.IntN(40), time.Month(1+rng.IntN(12)), 13+rng.IntN(10), rng.IntN(24), rng.IntN(60), rng.IntN(60), 0, time.UTC)
	step := []time.Duration{time.Second, 10 * time.Second, time.Minute, 15 * time.Minute, time.Hour, 24 * time.Hour}[rng.IntN(6)]
	at := func(i int) time.Time { return start.Add(time.Duration(i) * step) }
	count := func(unit int64, since int64) func(i int) string {
		return func(i int) string { return strconv.FormatInt(at(i).UnixNano()/unit+since, 10) }
	}
	form := func(layout string) func(i int) string {
		return func(i int) string { return at(i).Format(layout) }
	}
	ways := []func(i int) string{strconv.Itoa, form("2006/01/02 15:04:05 CET"), form(time.RFC3339), form("2006-01-02 15:04:05"), form("02.01.2006 15:04:05"),
		form("02.01.2006 15:04:05.000"), form("01/02/2006 15:04:05"), form("2006-01-02 15:04:05 UTC"), form("20060102150405"), form("Jan 02 2006 03:04:05 PM"),
		count(1e9, 0), count(1e6, 0), count(1e3, 0), count(1, 0), count(100, 621355968000000000), count(100, 116444736000000000)}
	way := rng.IntN(len(ways))
	add(any("time", "Timestamp", "Date Time", "Zeit"), ways[way])
	for i := range n {
		v := at(i).UnixNano()
		switch way {
		case 0:
			v = int64(i)
		case 1:
			v -= int64(time.Hour)
		}
		t.times = append(t.times, v)
	}
	for c := range 1 + rng.IntN(5) {
		digits, scale, gap := rng.IntN(7), math.Pow10(rng.IntN(7)-2), any("", "NA", "nan", "-", "?")
		if digits == 3 {
			digits = 7 // 1,234 and 1.234 may be either
		}
		often := []float64{0, 0, .1, .9}[rng.IntN(4)]
		add(fmt.Sprintf("c%d", c), func(int) string {
			if rng.Float64() < often {
				return gap
			}
			return strings.Replace(strconv.FormatFloat(rng.NormFloat64()*scale, 'f', digits, 64), ".", decimal, 1)
		})
	}
	if rng.IntN(3) == 0 {
		add("remark", func(int) string { return any("fine", "a b", "", "x", "°C") })
	}
	if rng.IntN(3) == 0 {
		add("label", func(int) string { return any("0", "0", "1") })
	}
	return t
}

// numbers are what the cells of a column say.
func (t *drawnTable) numbers(column, rows int) []float64 {
	out := make([]float64, rows)
	for i := range out {
		v, err := strconv.ParseFloat(strings.Replace(t.cells[column][i], ",", ".", 1), 64)
		if err != nil {
			v = math.NaN()
		}
		out[i] = v
	}
	return out
}

// write writes the first rows with the columns in an order.
func (t *drawnTable) write(order []int, rows int, end string) string {
	var out strings.Builder
	row := func(cell func(c int) string) {
		for k, c := range order {
			if k > 0 {
				out.WriteString(t.delimiter)
			}
			out.WriteString(cell(c))
		}
		out.WriteString(end)
	}
	row(func(c int) string { return t.names[c] })
	for i := range rows {
		row(func(c int) string { return t.cells[c][i] })
	}
	return out.String()
}

// reads is what a table is read as, by the names of its channels, or the error without its place.
func (t *drawnTable) reads(content string, rows int) string {
	all, err := readBytes("x.csv", []byte(content), Options{})
	if err != nil {
		text := err.Error()
		return "error: " + text[strings.LastIndex(text, ": ")+1:]
	}
	var parts []string
	for _, s := range all {
		m := min(rows, s.Len())
		for c, name := range s.Channels {
			parts = append(parts, fmt.Sprint(name, s.Values[c][:m]))
		}
		parts = append(parts, fmt.Sprint("times", s.Times[:min(m, len(s.Times))], "labels", s.PointLabels[:min(m, len(s.PointLabels))]))
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

// The order of columns, line ends, a mark in front and further rows of the same kind do not change how a text table is read.
func TestReadAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	failed := 0
	for range 400 {
		const rows = 30
		table := drawTable(rng, 2*rows)
		order := make([]int, len(table.names))
		for i := range order {
			order[i] = i
		}
		base := table.write(order, rows, "\n")
		want := table.reads(base, rows)
		if times := fmt.Sprint("times", table.times[:rows], "labels"); !strings.Contains(want, times) {
			t.Errorf("%s:\nread as\n%s\nwant %s", base, want, times)
			failed++
		}
		for c, name := range table.names {
			values := name + fmt.Sprint(table.numbers(c, rows))
			if name[0] == 'c' && !strings.Contains(want, values) {
				t.Errorf("%s:\nread as\n%s\nwant %s", base, want, values)
				failed++
			}
		}
		shuffled := slices.Clone(order)
		rng.Shuffle(len(order), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for what, content := range map[string]string{"columns in another order": table.write(shuffled, rows, "\n"), "CRLF": table.write(order, rows, "\r\n"), "CR": table.write(order, rows, "\r"),
			"no last line end": strings.TrimSuffix(base, "\n"), "a mark": "\ufeff" + base, "further rows": table.write(order, 2*rows, "\n")} {
			if got := table.reads(content, rows); got != want {
				t.Errorf("%s:\n%.400s\nread as\n%.500s\nwant\n%.500s", what, content, got, want)
				failed++
			}
		}
		if failed > 5 {
			return
		}
	}
}
