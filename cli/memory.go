package cli

import (
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/wavekin/wavekin/internal/plural"
)

// size is a number of bytes on the command line, such as 512MB.
type size int64

// sizeUnits are the endings of sizes; powers of 1000, and of 1024 with an i.
var sizeUnits = []struct {
	name  string
	bytes float64
}{{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"TIB", 1 << 40}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"B", 1}}

// Decode reads a size.
func (s *size) Decode(ctx *kong.DecodeContext) error {
	t, err := ctx.Scan.PopValue("size")
	if err != nil {
		return err
	}
	*s, err = parseSize(fmt.Sprint(t.Value))
	return err
}

func parseSize(text string) (size, error) {
	upper, scale := strings.ToUpper(strings.ReplaceAll(text, " ", "")), 1.0
	for _, u := range sizeUnits {
		if number, ok := strings.CutSuffix(upper, u.name); ok {
			upper, scale = number, u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(upper, 64)
	if err != nil || !(v > 0) || v*scale > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is no size; want one such as 512MB or 2GiB", text)
	}
	return size(v * scale), nil
}

// String is the size as people write it.
func (s size) String() string {
	switch {
	case s >= 10e9:
		return fmt.Sprintf("%.0fGB", float64(s)/1e9)
	case s >= 1e9:
		return fmt.Sprintf("%.1fGB", float64(s)/1e9)
	case s < 1e6:
		return fmt.Sprintf("%dKB", (s+999)/1000)
	}
	return fmt.Sprintf("%.0fMB", math.Ceil(float64(s)/1e6))
}

const (
	// heapShare is how much of --memory the heap may have; the rest is for the program itself and what its heap has not given back yet.
	heapShare = 0.85
	// leastInput is what reading and scoring one input takes at least, and perValue what each of its values takes in a chunk on the way from
	// the file through the grid and the comparisons.
	leastInput = 40 << 20
	perValue   = 96
	// fewestRows is the shortest chunk.
	fewestRows = 1024
)

// budget is how inputs are read under --memory; the zero value is without a bound.
type budget struct {
	workers, rows int
	file, held    int64 // bytes of a file of columns, and of a series that has to be held to be put on the grid
}

// limit makes the collector keep to --memory from now on; 0 is no limit.
func (s size) limit() error {
	if s == 0 {
		return nil
	}
	if s < 64e6 {
		return usagef("--memory is %v; the program alone takes most of it, want at least 64MB", s)
	}
	debug.SetMemoryLimit(int64(heapShare * float64(s)))
	return nil
}

// divide shares what is left of --memory, once the model and the normal readings are there, between the inputs that are worked on at once,
// each of so many channels.
func (f jobFlags) divide(e *env, channels int) (budget, error) {
	usual := max(2, runtime.GOMAXPROCS(0))
	if f.Memory == 0 {
		return budget{workers: usual}, nil
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fixed := int64(m.Sys-m.HeapReleased) - int64(m.HeapIdle-m.HeapReleased)
	least := leastInput + int64(channels)*fewestRows*perValue
	left := int64(heapShare*float64(f.Memory)) - fixed
	if left < least {
		return budget{}, usagef("--memory %v cannot be kept to: the model and the normal readings take %v already, and an input takes %v; give at least %v",
			f.Memory, size(fixed), size(least), size(float64(fixed+least)/heapShare))
	}
	b := budget{workers: int(min(left/least, int64(usual)))}
	each := left / int64(b.workers)
	b.file = min(each/4, 64<<20)
	b.rows = int(max(fewestRows, min(each/4/(perValue*int64(channels)), 65536)))
	b.held = each / 4
	e.detail("memory: %v of %v are taken; %s at once, %s at a time", size(fixed), f.Memory, plural.Of(b.workers, "large input"), plural.Of(b.rows, "row"))
	return b, nil
}

// bounded reads inputs within a budget.
func (f inputFlags) bounded(b budget) inputFlags {
	f.budget = b
	return f
}
