package dialect

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ticks is how Windows counts time: in 100 ns since another time than 1970.
type ticks struct {
	format string
	since  int64    // 1 January 1970
	names  []string // parts of names of columns that hold them
	what   string
}

var allTicks = []*ticks{
	{"dotnet", 621355968000000000, []string{"tick"}, ".NET ticks, of 100 ns since the year 1"},
	{"filetime", 116444736000000000, []string{"filetime", "file_time", "file time"}, "Windows file times, of 100 ns since 1601"},
}

func ticksOf(format string) *ticks {
	for _, k := range allTicks {
		if k.format == format {
			return k
		}
	}
	return nil
}

// at is the instant of a count.
func (k *ticks) at(v int64) (int64, error) {
	d := v - k.since
	if out := d * 100; v >= 0 && out/100 == d {
		return out, nil
	}
	return 0, outside(strconv.FormatInt(v, 10))
}

// covers tells whether counts are of the years 1990 to 2100. As nanoseconds since 1970 they would be of 1973 and 1974, or of 1989 and 1990.
func (k *ticks) covers(from, to int64) bool {
	const year1990, year2100 = 631152000e7, 4102444800e7
	return from-k.since >= year1990 && to-k.since < year2100
}

// sinceNames are parts of names of columns that count from 1970.
var sinceNames = []string{"unix", "epoch", "nano", "_ns", "[ns]", "(ns)"}

// guessTicks finds out whether numbers as large as nanoseconds since 1970 are ticks of Windows: by the column's name, or because only one of
// both gives a usual step. Otherwise they are taken for ticks, whose years are the likelier ones, and doubt says so.
func (s *Stamps) guessTicks(counts []int64) {
	if len(counts) == 0 {
		return
	}
	low, high, step := counts[0], counts[0], int64(0)
	for i, v := range counts {
		low, high = min(low, v), max(high, v)
		if i > 0 {
			step = gcd(step, v-counts[i-1])
		}
	}
	for _, k := range allTicks {
		if !k.covers(low, high) {
			continue
		}
		asTicks, asNanos := nameHas(s.Column, k.names), nameHas(s.Column, sinceNames)
		if asTicks == asNanos {
			asTicks, asNanos = isUsualStep(100*step), isUsualStep(step)
		}
		if asNanos && !asTicks {
			return
		}
		s.ticks, s.unit, s.dates = k, 100, true
		if asTicks == asNanos {
			text := func(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05") }
			from, _ := k.at(low)
			to, _ := k.at(high)
			s.doubt = fmt.Sprintf("numbers such as %d are taken for %s, the first of which are from %s to %s; --time-format ns says that they are nanoseconds since 1970, from %s to %s",
				low, k.what, text(from), text(to), text(low), text(high))
		}
		return
	}
}

func nameHas(name string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(strings.ToLower(name), p) {
			return true
		}
	}
	return false
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// isUsualStep tells whether readings are usually so many nanoseconds apart: steps divide the next longer unit of time.
func isUsualStep(ns int64) bool {
	const second, minute, hour, day = int64(time.Second), int64(time.Minute), int64(time.Hour), 24 * int64(time.Hour)
	switch {
	case ns <= 0:
		return false
	case ns%day == 0:
		return ns == day || ns == 7*day
	case ns%hour == 0:
		return day%ns == 0
	case ns%minute == 0:
		return hour%ns == 0
	case ns%second == 0:
		return minute%ns == 0
	}
	return second%ns == 0
}

// parse reads a count with or without a fraction of zeros.
func (k *ticks) parse(cell []byte) (int64, error) {
	whole, zeros, _ := bytes.Cut(cell, []byte("."))
	if v, err := strconv.ParseInt(string(whole), 10, 64); err == nil && len(bytes.Trim(zeros, "0")) == 0 {
		return k.at(v)
	}
	if v, ok := plainNumber(cell); ok && v > 0 && v < 1<<62 {
		return k.at(int64(v))
	}
	return 0, fmt.Errorf("%s is no count of 100 ns, as the column's others are", Quote(string(cell)))
}

// Doubt says what the first numbers were taken for though they may be something else, or nothing.
func (s *Stamps) Doubt() string { return s.doubt }
