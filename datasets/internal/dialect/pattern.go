package dialect

import (
	"fmt"
	"strings"
)

// directives are those of strptime, as layouts of package time; numbers may have one digit or two.
var directives = map[byte]string{'Y': "2006", 'y': "06", 'm': "1", 'd': "2", 'e': "_2", 'H': "15", 'I': "3", 'M': "4", 'S': "5", 'p': "PM",
	'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'z': "-0700", 'j': "002", 'T': "15:4:5", 'F': "2006-1-2", 'D': "1/2/06",
	'R': "15:4", '%': "%", 'n': "\n", 't': "\t"}

// goLayout writes a pattern of strptime as package time has it. A fraction after the seconds needs no directive of its own.
func goLayout(pattern string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' {
			out.WriteByte(pattern[i])
			continue
		}
		if i++; i == len(pattern) {
			return "", fmt.Errorf("time format %s ends in %%", Quote(pattern))
		}
		if pattern[i] == 'f' { // package time takes the fraction after the seconds by itself
			text := strings.TrimRight(out.String(), ".,")
			out.Reset()
			out.WriteString(text)
			continue
		}
		d, ok := directives[pattern[i]]
		if !ok {
			return "", fmt.Errorf("time format %s has %%%c, which is not known; want those of strptime", Quote(pattern), pattern[i])
		}
		out.WriteString(d)
	}
	return out.String(), nil
}
