package cli

import (
	"errors"
	"fmt"

	"github.com/wavekin/wavekin/series"
)

// leftOut counts what of an input has no score or no encoding.
type leftOut struct {
	e          *env
	path       string
	shorts     []*series.ShortError
	met, empty int
}

// short keeps an error that says no more than that a series is shorter than a window.
func (l *leftOut) short(err error) bool {
	var one *series.ShortError
	if !errors.As(err, &one) {
		return false
	}
	l.shorts = append(l.shorts, one)
	return true
}

func (l *leftOut) count(done bool) {
	l.met++
	if !done {
		l.empty++
	}
}

// tell names it; an input of short series alone is an error.
func (l *leftOut) tell(what, thing, why string) error {
	if len(l.shorts) > 0 && l.met == 0 {
		return l.shorts[0]
	}
	if l.empty > 0 {
		l.e.remark("%s: no %s for %s of %d: %s", l.path, what, plural(l.empty, thing), l.met, why)
	}
	l.e.tellShort(l.path, l.shorts)
	return nil
}

// tellShort names the series that are left out because they are shorter than a window.
func (e *env) tellShort(path string, short []*series.ShortError) {
	if len(short) == 0 {
		return
	}
	var names []string
	for _, s := range short {
		names = append(names, fmt.Sprintf("%s (%d)", s.Series, s.Len))
	}
	// A file can be among the normal ones and the inputs.
	e.once("%s: left out, shorter than the window of %d time stamps: %s", path, short[0].Windows, listOf(names))
}
