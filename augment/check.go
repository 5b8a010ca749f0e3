package augment

import (
	"fmt"
	"reflect"
	"strings"
)

// Check reports the first number in either pipeline that is out of its range, for
// specs that were not parsed but put together in Go. (Applied all the same, such a
// number counts as the nearest that is allowed, or as the default.)
func (s Spec) Check() error {
	for i, p := range []Pipeline{s.First, s.Second} {
		for j, a := range p {
			if msg := check(a); msg != "" {
				return fmt.Errorf("augment: view %d, step %d, %s", i+1, j+1, msg)
			}
		}
	}
	return nil
}

func check(a Augmentation) string {
	if a == nil {
		return "nil is no augmentation"
	}
	if c, ok := a.(interface{ parts() []Augmentation }); ok {
		for _, part := range c.parts() {
			if msg := check(part); msg != "" {
				return a.Name() + " of " + msg
			}
		}
	}
	// The fields of each struct are its numbers, in the order of the catalogue.
	v := reflect.ValueOf(a)
	e, known := lookup(a.Name())
	if _, own := a.(described); !own || !known || v.Kind() != reflect.Struct {
		return ""
	}
	for i, p := range e.Params {
		if i >= v.NumField() {
			break
		}
		var n float64
		switch f := v.Field(i); {
		case f.CanInt():
			n = float64(f.Int())
		case f.CanFloat():
			n = f.Float()
		}
		if n == 0 {
			continue
		}
		if msg := p.wrong(n); msg != "" {
			return a.Name() + ": " + msg
		}
	}
	if msg := together(a); msg != "" {
		return a.Name() + ": " + msg
	}
	return ""
}

// unknown says that there is no such name, and which one may be meant.
func unknown(name string) string {
	best, least := "", 3
	for _, e := range Catalog() {
		if d := distance(name, e.Name); d < least {
			best, least = e.Name, d
		} else if best == "" && len(name) > 2 && strings.HasPrefix(e.Name, name) {
			best = e.Name
		}
	}
	msg := fmt.Sprintf("no augmentation %q", name)
	if best != "" {
		return msg + fmt.Sprintf("; did you mean %s?", best)
	}
	return msg + " (wavekin list augmentations)"
}

// distance counts the letters to insert, leave out or replace to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
