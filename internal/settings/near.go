package settings

import (
	"encoding/json"
	"fmt"
	"strings"
)

// unlike is how many letters a name may differ by from the one that was meant.
const unlike = 2

// Near returns the name of known that name is likely a slip of, or that it is the beginning of; "" where there is none.
func Near(name string, known []string) string {
	best, least := "", unlike+1
	for _, k := range known {
		if d := distance(name, k); d < least && d < len(name) {
			best, least = k, d
		} else if best == "" && len(name) > 2 && strings.HasPrefix(k, name) {
			best = k
		}
	}
	return best
}

// distance is the number of letters to insert, delete or replace to turn a into b.
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

// unknownField says which setting v has not, and which was likely meant, or which there are. One within a table is only named, as
// the error does not say in which.
func unknownField(name string, text []byte, v any) error {
	msg := fmt.Sprintf("unknown field %q", name)
	var given map[string]json.RawMessage
	if json.Unmarshal(text, &given) != nil || given[name] == nil {
		return fmt.Errorf("%s", msg)
	}
	var known []string
	for _, f := range Of(v) {
		known = append(known, f.Name)
	}
	if near := Near(name, known); near != "" {
		return fmt.Errorf("%s; did you mean %s?", msg, near)
	}
	if len(known) == 0 {
		return fmt.Errorf("%s; there are no settings", msg)
	}
	return fmt.Errorf("%s; there are %s", msg, strings.Join(known, ", "))
}
