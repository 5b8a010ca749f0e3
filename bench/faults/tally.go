package main

import (
	"fmt"
	"io"

	"github.com/wavekin/wavekin/internal/report"
)

// row is a line of the table.
type row struct{ by, kind string }

// counts are of the faults of a line.
type counts struct{ all, right, among, none, alarms, rightOfAlarms, noneOfAlarms int }

// tally counts what was said of faults.
type tally map[row]*counts

func (t tally) add(by, kind string, v verdict) {
	for _, r := range []row{{by, kind}, {by, "all"}} {
		if t[r] == nil {
			t[r] = &counts{}
		}
		c := t[r]
		c.all++
		c.right += one(v.right)
		c.among += one(v.among)
		c.none += one(!v.named)
		if v.alarm {
			c.alarms++
			c.rightOfAlarms += one(v.right)
			c.noneOfAlarms += one(!v.named)
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// print writes the page's table.
func (t tally) print(w io.Writer) {
	out := report.Table{Header: []string{"scores", "fault", "planted", "first named", "among three", "none named", "alarms", "first named", "none named"}}
	for _, by := range []string{"built-in encoder", "combined"} {
		for _, k := range append(kinds, kind{name: "all"}) {
			c := t[row{by, k.name}]
			if c == nil {
				continue
			}
			cells := []string{by, k.name}
			for _, n := range []int{c.all, c.right, c.among, c.none, c.alarms, c.rightOfAlarms, c.noneOfAlarms} {
				cells = append(cells, fmt.Sprint(n))
			}
			out.Rows = append(out.Rows, cells)
		}
	}
	fmt.Fprint(w, out.Markdown("llr"))
}
