package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/evaluate/suite"
)

// chance is the p-value below which a difference is called one.
const chance = 0.05

// verdict says which methods beat what they began with, and which the encoder that comes along, as docs/methods/README.md has it.
func verdict(of results) string {
	var b strings.Builder
	for _, part := range parts[:2] {
		for _, probe := range probes {
			all := of[[2]string{part, probe.name}]
			if len(all) == 0 {
				continue
			}
			fmt.Fprintf(&b, "| %s, %s | %s | %s | %s |\n", map[string]string{"within": "within the training parts", "test": "test parts of other sets"}[part], probe.name,
				named(all, func(g gain) bool { return better(g.overBegin) }), named(all, func(g gain) bool { return worse(g.overBegin) }),
				named(all, func(g gain) bool { return better(g.overIt) }))
		}
	}
	return "| measured on, probe | better than the network it began with | worse than that | better than `builtin` untrained |\n|---|---|---|---|\n" + b.String()
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
