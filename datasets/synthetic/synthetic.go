// Package synthetic draws series that look like many kinds of measured ones: seasons, trends, steps, beats, noise of every
// colour, what sensors do to a signal. An encoder that has learnt to tell such series apart tells measured ones apart too,
// without having seen one.
//
// A [Set] is as many series as are asked for. None is kept: each is drawn when it is read, from the seed and its number alone,
// so that a set larger than memory costs nothing and two readings of a series give the same bits.
//
//	set, err := synthetic.New(synthetic.Config{Series: 100_000, Seed: 1})
//	m, sum, err := train.Pretrain(ctx, train.Drawn(set), train.Config{Normalize: series.Window})
//
// Series come in families: those of one are drawn from the same structure, with other noise and slightly other numbers. The
// family is the label of a series.
//
// How one is made: one to four components (component.go, gaussian.go, events.go) are added, multiplied or spliced
// (compose.go); what that gives is bent, warped in time, coarsened, and gets noise, as a sensor would do it (distort.go);
// several channels are mixtures of common sources (channels.go).
package synthetic

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/series"
)

// Config says what is drawn. Only Series has no default.
type Config struct {
	// Series is how many series there are.
	Series int
	// Length is their length in time stamps; 0 means 256.
	Length int
	// Channels is how many channels each has; 0 means 1.
	Channels int
	// Alike is how many series a family has; 0 means 8.
	Alike int
	// Seed is where all random numbers come from.
	Seed uint64
}

// Set is a set of series that are drawn when they are read. It is safe for concurrent use.
type Set struct{ c Config }

// MostChannels is how many channels a series may have.
const MostChannels = 1 << 10

// New checks the settings and fills in defaults.
func New(c Config) (*Set, error) {
	c.Length, c.Channels, c.Alike = cmp.Or(c.Length, 256), cmp.Or(c.Channels, 1), cmp.Or(c.Alike, 8)
	for _, b := range []struct {
		name      string
		v, lo, hi int
	}{{"series", c.Series, 1, 1 << 30}, {"length", c.Length, 8, 1 << 20}, {"channels", c.Channels, 1, MostChannels}, {"alike", c.Alike, 1, 1 << 20}} {
		if b.v < b.lo || b.v > b.hi {
			return nil, fmt.Errorf("synthetic series: %s is %d, want %d to %d", b.name, b.v, b.lo, b.hi)
		}
	}
	return &Set{c}, nil
}

// Len is the number of series.
func (s *Set) Len() int { return s.c.Series }

// Label is the family of series i.
func (s *Set) Label(i int) string { return "family " + strconv.Itoa(i/s.c.Alike) }

// Series draws series i, whose values are about 1 in size.
func (s *Set) Series(i int) *series.Series {
	out := &series.Series{ID: "synthetic:" + strconv.Itoa(i), Label: s.Label(i), Values: make([][]float64, s.c.Channels)}
	for k := range out.Values {
		out.Values[k] = make([]float64, s.c.Length)
	}
	s.Draw(out.Values, i)
	return out
}

// Shape is the number of channels and of time stamps of every series.
func (s *Set) Shape() (channels, length int) { return s.c.Channels, s.c.Length }

// Draw writes series i into dst [channel][time], of the set's shape.
func (s *Set) Draw(dst [][]float64, i int) {
	newPen(random.New(s.c.Seed, random.Family, i/s.c.Alike), random.New(s.c.Seed, random.Member, i)).channels(dst)
}

// Reader hands out all series in turn, each whole.
func (s *Set) Reader() datasets.Reader { return &reader{set: s} }

type reader struct {
	set  *Set
	next int
}

// Next draws the next series; io.EOF comes after the last.
func (r *reader) Next() (*series.Series, error) {
	if r.next == r.set.Len() {
		return nil, io.EOF
	}
	r.next++
	return r.set.Series(r.next - 1), nil
}

// Close does nothing: there is no file.
func (r *reader) Close() error { return nil }

// prefix begins the name of a set, as in synthetic:1000.
const prefix = "synthetic:"

// Is tells whether a name is that of a set of this package.
func Is(name string) bool { return strings.HasPrefix(name, prefix) }

// Parse reads the name of a set: synthetic:N for N series, and after commas length=N, channels=N or alike=N, as in
// synthetic:1000,length=512,channels=3.
func Parse(name string, seed uint64) (*Set, error) {
	c := Config{Seed: seed}
	number, rest, more := strings.Cut(strings.TrimPrefix(name, prefix), ",")
	fields := map[string]*int{"length": &c.Length, "channels": &c.Channels, "alike": &c.Alike}
	to, text := &c.Series, number
	for {
		v, err := strconv.Atoi(text)
		if err != nil || v < 1 {
			return nil, fmt.Errorf("%s: %q is no number above 0; want synthetic:N, and length=N, channels=N or alike=N after commas", name, text)
		}
		if *to = v; !more {
			return New(c)
		}
		var field, key string
		field, rest, more = strings.Cut(rest, ",")
		if key, text, _ = strings.Cut(field, "="); fields[key] == nil {
			return nil, fmt.Errorf("%s: %q is no setting, want length, channels or alike", name, key)
		}
		to = fields[key]
	}
}
