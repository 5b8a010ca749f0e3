// Package plural writes counts of things: one of them, or several.
package plural

import (
	"fmt"
	"strings"
)

// Of writes how many things there are: 1 row, 2 rows, 3 retries, 1 series. The thing is given in the singular.
func Of(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %s", n, many(thing))
}

func many(thing string) string {
	switch end := strings.TrimSuffix(thing, "y"); {
	case strings.HasSuffix(thing, "series"):
		return thing
	case end != thing && !strings.ContainsRune("aeou", rune(end[len(end)-1])):
		return end + "ies"
	case strings.HasSuffix(thing, "s"), strings.HasSuffix(thing, "x"), strings.HasSuffix(thing, "ch"):
		return thing + "es"
	}
	return thing + "s"
}
