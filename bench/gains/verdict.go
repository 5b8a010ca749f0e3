package main

import (
	"slices"
	"strings"

	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/report"
)

// chance is the p-value below which a difference is called one.
const chance = 0.05

// judged are the parts that the verdict is of, by what the page calls them.
var judged = [][2]string{{"within", "within the training parts"}, {fresh, "test parts of eleven new sets"}, {"plan", "these and ten seen before"}}

// verdict says which methods beat what they began with, and which the built-in encoder, as docs/methods/README.md has it.
func verdict(of results) string {
	t := report.Table{Header: []string{"measured on, probe", "better than the network it began with", "also by Holm", "worse than that", "better than `builtin` untrained"}}
	for _, part := range judged {
		for _, probe := range probes {
			all := of[[2]string{part[0], probe.name}]
			if len(all) == 0 {
				continue
			}
			t.Rows = append(t.Rows, []string{part[1] + ", " + probe.name,
				named(all, func(g gain) bool { return better(g.overBegin) }), named(all, func(g gain) bool { return better(g.overBegin) && g.holm < chance }),
				named(all, func(g gain) bool { return worse(g.overBegin) }),
				named(all, func(g gain) bool { return better(g.overIt) })})
		}
	}
	return t.Markdown("l")
}

func better(p suite.Pair) bool { return p.P < chance && p.Difference > 0 }
func worse(p suite.Pair) bool  { return p.P < chance && p.Difference < 0 }

// named lists ways of learning by name.
func named(all []gain, which func(gain) bool) string {
	var names []string
	for _, g := range all {
		if which(g) {
			names = append(names, "`"+g.way+"`")
		}
	}
	if slices.Sort(names); len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
