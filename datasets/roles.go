package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Names that columns have by custom, as plainName writes them, the likeliest first.
var (
	// timeNames are taken for the time column whatever they hold; weakTimeNames only where they hold dates or rising numbers.
	timeNames     = []string{"time", "timestamp", "datetime", "date", "date_time", "time_stamp", "zeitstempel", "zeit", "datum", "fecha", "filetime"}
	weakTimeNames = []string{"ds", "ts", "start_time", "utc_time", "local_time", "event_time", "valid_time", "epoch", "unixtime",
		"unix_time", "timestamp_utc", "time_utc", "timestamp_ms", "utc"}
	seriesNames = []string{"series", "series_id", "series_name", "unique_id", "timeseries", "ts_id"}
	// tagNames tell series apart where they hold text, or whole numbers that recur.
	tagNames = []string{"host", "hostname", "sensor", "device", "machine", "metric", "station", "tag", "tagname", "entity", "asset",
		"instance", "item", "unit", "node", "equipment", "site", "location", "channel", "variable", "measurement", "kpi"}
	// labelNames hold an anomaly or a class per row; "label" and "class" may have many values, the others two.
	labelNames = []string{"label", "labels", "is_anomaly", "isanomaly", "anomaly", "anomalous", "anomaly_label", "is_outlier", "outlier",
		"ground_truth", "attack", "normal_attack", "att_flag", "is_attack", "attack_label", "class", "target", "fault", "is_fault",
		"changepoint", "change_point", "is_changepoint"}
	indexNames = []string{"index", "idx", "row", "row_id", "rowid", "row_number", "rownum"}
	// countNames are row numbers only where they count.
	countNames = []string{"id", "no", "nr", "number", "record", "obs", "observation", "sample"}
)

// indexName is the column of positions that Convert writes where there are no time
// stamps; as a column of whole numbers it is no channel.
const indexName = "index"

// plainName writes a column's name as the lists above have it: lower case, words joined by underscores, no unit in
// brackets or behind a comma and no underscore at the ends.
func plainName(name string) string {
	if i := strings.IndexAny(name, "([{,"); i > 0 {
		name = name[:i]
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -/.:", r) {
			return '_'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
	for strings.Contains(name, "__") {
		name = strings.ReplaceAll(name, "__", "_")
	}
	return strings.Trim(name, "_")
}

// profile is what the first rows tell of a column; formats that do not look ahead have none.
type profile struct {
	values   int      // cells that are not gaps
	numbers  int      // those of them that are numbers
	distinct int      // different ones, counted as far as maxDistinct
	few      []string // the different ones while they are few
	whole    bool     // whole numbers, and some
	counts   bool     // whole numbers, each one more than the one before
	rising   bool     // numbers that never fall
	first    float64
	sentinel float64 // a number that often stands for nothing measured, or 0
	marked   int     // how often it is there
	lowest   float64 // of the others, and 0
	highest  float64
}

// profileOf makes a profile of cells that are no gaps.
type profileOf struct {
	p    profile
	seen map[string]bool
	last float64
}

func (b *profileOf) add(cell string, v float64, number bool) {
	p := &b.p
	if p.values == 0 {
		if b.seen == nil {
			b.seen = map[string]bool{}
		}
		clear(b.seen)
		p.whole, p.counts, p.rising, p.first = true, true, true, v
	}
	if p.distinct < maxDistinct && !b.seen[cell] {
		b.seen[cell] = true
		if p.distinct++; len(p.few) < maxFew {
			p.few = append(p.few, cell)
		}
	}
	if number {
		p.numbers++
	}
	switch {
	case !number:
	case slices.Contains(sentinels, v):
		if v != p.sentinel {
			p.sentinel, p.marked = v, 0
		}
		p.marked++
	default:
		p.lowest, p.highest = min(p.lowest, v), max(p.highest, v)
	}
	whole := number && v == math.Trunc(v)
	p.whole = p.whole && whole
	p.counts = p.counts && whole && (p.values == 0 || v == b.last+1)
	p.rising = p.rising && number && (p.values == 0 || v >= b.last)
	p.values++
	b.last = v
}

// done returns what was seen; the next cell begins another column.
func (b *profileOf) done() *profile {
	p := b.p
	b.p = profile{}
	p.counts = p.counts && p.values > 1
	return &p
}

// sentinels are numbers that often stand for nothing measured: of loggers and tables, of well logs, netCDF and rasters, and the ends
// of whole numbers of 16 and 32 bits and of float32.
var sentinels = []float64{-99, -999, -9999, -99999, -999999, -999.25, -999.9, -999.99, -9999.9, 999, 9999, 99999, 999999, 999.9, 9999.9, 9999.99,
	-32768, 32767, 65535, -2147483648, 2147483647, 1e20, -1e20, 1e30, -1e30, 1e34, -1e34, 9.96921e36, 9.969209968386869e36, -3.4028235e38, -3.4028234663852886e38}

// suspect is a number that seems to stand for nothing measured: one of those in use, and far from all others. One above them, which
// may be a peak, has to be there twice. 0: none.
func (p *profile) suspect() float64 {
	if p == nil || p.distinct < 3 || p.sentinel > 0 && p.marked < 2 || p.sentinel == -99 && p.marked < 2 {
		return 0
	}
	if far := math.Abs(p.sentinel) / 9; p.lowest < -far || p.sentinel > 0 && p.highest > far {
		return 0
	}
	return p.sentinel
}

// maxFew is how many different cells a profile keeps, maxDistinct how many it counts: a column with more is none of classes.
const (
	maxFew      = 8
	maxDistinct = 101
)

// minCount is how many rows must count up before a column that is not called an index is taken for one.
const minCount = 10

// binary tells whether a column has at most two values, as far as is known.
func (f field) binary() bool {
	if f.seen == nil {
		return f.kind == kindWhole || f.kind == kindText
	}
	return f.seen.distinct <= 2
}

// isIndex tells whether a column numbers the rows; guessed: only its values say so.
func (f field) isIndex(at int) (index, guessed bool) {
	if f.kind != kindWhole {
		return false, false
	}
	name := plainName(f.name)
	counts := f.seen != nil && f.seen.counts
	switch {
	case f.name == indexName, strings.HasPrefix(name, "index_level_"):
		return true, false
	case f.unnamed, strings.HasPrefix(name, "unnamed_"), slices.Contains(indexNames, name):
		return f.seen == nil || counts, false
	case slices.Contains(countNames, name):
		return counts, false
	}
	guessed = at == 0 && counts && f.seen.values >= minCount && (f.seen.first == 0 || f.seen.first == 1)
	return guessed, guessed
}

// isLabel tells whether a column looks like labels; its rank among the names says how likely, 0 being the likeliest.
func (f field) isLabel() (rank int, ok bool) {
	rank = slices.Index(labelNames, plainName(f.name))
	if rank < 0 || f.kind != kindText && !f.kind.numeric() {
		return 0, false
	}
	many := slices.Contains([]string{"label", "labels"}, labelNames[rank]) ||
		labelNames[rank] == "class" && (f.kind == kindText || f.kind == kindWhole && f.seen != nil && f.seen.distinct <= 100)
	return rank, many || f.binary()
}

// roles finds time, series and label by type and name where the user named none.
type roles struct {
	l      *layout
	fields []field
	chosen map[int]bool // channels that the user named
	r      *Reading
	err    error // a column that is refused
}

func (p *roles) free(i int) bool {
	return !p.chosen[i] && i != p.l.time && i != p.l.series && i != p.l.label
}

// byNames returns the first free column that has one of the names and passes.
func (p *roles) byNames(names []string, pass func(f field) bool) int {
	for _, name := range names {
		for i, f := range p.fields {
			if p.free(i) && plainName(f.name) == name && pass(f) {
				return i
			}
		}
	}
	return -1
}

// has tells whether there is a column of that name.
func (p *roles) has(name string) bool {
	return slices.ContainsFunc(p.fields, func(f field) bool { return plainName(f.name) == name })
}

func (p *roles) guess() {
	if p.l.time < 0 {
		p.l.time = p.guessTime()
	}
	if p.l.series < 0 {
		p.l.series = p.guessSeries()
	}
	if p.l.label < 0 {
		p.l.label = p.guessLabel()
	}
}

func (p *roles) guessTime() int {
	anything := func(f field) bool { return f.kind != kindList && f.kind != kindOther }
	dates := func(f field) bool { return f.kind == kindTime }
	rising := func(f field) bool { return dates(f) || f.kind.numeric() && f.seen != nil && f.seen.rising }
	all := slices.Concat(timeNames, weakTimeNames)
	if i := p.byNames(all, dates); i >= 0 {
		return i
	}
	found := -1
	for i, f := range p.fields {
		switch {
		case !p.free(i) || f.kind != kindTime:
		case found < 0:
			found = i
		default:
			p.r.warn("columns %q and %q both hold dates; %q is taken for the time, choose with --time", p.fields[found].name, f.name, p.fields[found].name)
		}
	}
	if found >= 0 {
		return found
	}
	if i := p.byNames(timeNames, anything); i >= 0 {
		return i
	}
	return p.byNames(weakTimeNames, rising)
}

func (p *roles) guessSeries() int {
	if i := p.byNames(seriesNames, func(f field) bool { return f.kind == kindText || f.kind == kindWhole }); i >= 0 {
		return i
	}
	text := func(f field) bool { return f.kind == kindText }
	tags := slices.Clone(tagNames)
	for _, n := range tagNames {
		tags = append(tags, n+"_id", n+"_name")
	}
	if i := p.byNames(tags, text); i >= 0 {
		return i
	}
	// The tables of InfluxDB number the series where no single tag tells them apart.
	if p.has("result") {
		return p.byNames([]string{"table"}, func(f field) bool { return f.kind == kindWhole })
	}
	return -1
}

func (p *roles) guessLabel() int {
	best, rank := -1, len(labelNames)
	for i, f := range p.fields {
		if r, ok := f.isLabel(); ok && p.free(i) && r < rank {
			best, rank = i, r
		}
	}
	return best
}

// goesAlong tells whether a column that is no channel has values worth keeping in a conversion.
func (p *roles) goesAlong(i int, reason string) bool {
	k := p.fields[i].kind
	return !p.l.lists && (k == kindText || k == kindTime || k.numeric()) && reason != rowNumbers && reason != "empty"
}

// rowNumbers is why the number of a row is no channel.
const rowNumbers = "row numbers"

// leftText is why a column of words is left out, or how the reason begins.
const leftText = "text"

// leave says why a column that nobody chose is no channel; keep means that it is one.
func (p *roles) leave(i int) (reason string, keep bool) {
	f := p.fields[i]
	if p.l.lists {
		if f.kind == kindList {
			return "", true
		}
		if f.kind == kindNumber {
			p.r.warn("column %q is left out: in a table with lists each row is a series", f.name)
		}
		return "no list", false
	}
	if index, guessed := f.isIndex(i); index {
		if guessed {
			p.r.warn("column %q counts %v, %v, ... and is taken for row numbers; to read it, name it with --channels", f.name, f.seen.first, f.seen.first+1)
		}
		return rowNumbers, false
	}
	if _, label := f.isLabel(); label && p.l.label >= 0 {
		p.r.warn("column %q looks like labels beside %q and is left out; to read it, name it with --channels", f.name, p.fields[p.l.label].name)
		return "labels", false
	}
	switch f.kind {
	case kindNumber, kindWhole:
		empty := f.seen != nil && f.seen.values == 0
		switch name := plainName(f.name); {
		case name == "table" && p.has("result"):
			return "InfluxDB's number of the table", false
		case empty && (f.unnamed || name == "result" && p.has("table")):
			return "empty", false
		}
		if v := f.seen.suspect(); v != 0 {
			side := "below"
			if v > 0 {
				side = "above"
			}
			p.r.warn("column %q holds %s, far %s its other values; if that means nothing measured, say so with --missing=%[2]s", f.name, FormatNumber(v), side)
		}
		return "", true
	case kindText:
		if f.refused != nil {
			if p.err == nil {
				p.err = f.refused
			}
		}
		if f.seen != nil && f.seen.numbers > 0 {
			p.r.warn("column %q is left out: %d of its first %d cells are not numbers", f.name, f.seen.values-f.seen.numbers, f.seen.values)
		}
		if f.seen != nil && f.seen.values > 0 && f.seen.distinct == 1 {
			return fmt.Sprintf("%s, always %s", leftText, quoted(f.seen.few[0])), false
		}
		return leftText, false
	case kindTime:
		return "another time", false
	}
	if f.about != "" {
		return f.about, false
	}
	return "not a type of numbers", false
}
