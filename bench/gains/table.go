package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/internal/report"
)

// parts are what was measured on, in the order of the page: within the training parts, the same for more steps, test parts of other
// sets, test parts by the plan (the sets not seen before, and all of them), and once more within the training parts, where learning
// went on from the built-in encoder.
var parts = []string{"within", "longer", "test", fresh, "plan", "further"}

// fresh are the sets of the plan that part "test" has not.
const fresh = "new"

// comeAlong is the encoder that needs no training.
const comeAlong = "builtin"

// gain is what a way of learning has beside the network that it began with and beside the built-in encoder, by one probe.
type gain struct {
	way               string
	mean, begin       float64
	sets              int
	overBegin, overIt suite.Pair
	holm              float64   // the p-value of overBegin, corrected for all ways of learning of the part
	seeds             []float64 // the mean over sets of each seed
}

// began is the way whose network a way of learning began with.
func began(way string, ways map[string]bool) string {
	own := suite.Untrained + " " + way
	switch {
	case strings.HasPrefix(way, further):
		return comeAlong
	case ways[own]:
		return own
	}
	return suite.Untrained
}

// probes are what encodings are measured by.
var probes = []struct {
	name string
	of   func(row) float64
}{{"nearest neighbour", func(r row) float64 { return r.nearest }}, {"ridge probe", func(r row) float64 { return r.ridge }}}

// results are the gains by part and probe.
type results map[[2]string][]gain

func resultsOf(rows []row) results {
	all := results{}
	for _, part := range parts {
		for _, p := range probes {
			of := rows
			if part == fresh {
				of = notSeen(rows)
			}
			if found := gains(of, part, p.of); found != nil {
				all[[2]string{part, p.name}] = found
			}
		}
	}
	return all
}

// notSeen are the rows of the plan on sets that part "test" has not.
func notSeen(rows []row) (out []row) {
	seen := map[string]bool{}
	for _, r := range rows {
		if r.part == "test" {
			seen[r.set] = true
		}
	}
	for _, r := range rows {
		if r.part == "plan" && !seen[r.set] {
			r.part = fresh
			out = append(out, r)
		}
	}
	return out
}

// holm corrects p-values for their number (Holm, 1979): none is called small that would not be among so many.
func holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	out, least := make([]float64, len(p)), 0.
	for k, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-k)))
		out[i] = least
	}
	return out
}

// gains are those of every way of learning measured on a part, the larger gain over its beginning first.
func gains(rows []row, part string, probe func(row) float64) []gain {
	ways := map[string]bool{}
	var all []suite.Row
	bySeed := map[string]map[uint64][]float64{}
	for _, r := range rows {
		if r.part != part {
			continue
		}
		ways[r.way] = true
		all = append(all, suite.Row{Run: suite.Run{Suite: "classify", Set: r.set, Method: r.way}, Classified: &suite.Classified{Accuracy: probe(r)}})
		if bySeed[r.way] == nil {
			bySeed[r.way] = map[uint64][]float64{}
		}
		bySeed[r.way][r.seed] = append(bySeed[r.way][r.seed], probe(r))
	}
	if len(all) == 0 {
		return nil
	}
	// A column is compared with those before it: what is not trained comes first.
	slices.SortStableFunc(all, func(a, b suite.Row) int { return order(a.Method) - order(b.Method) })
	table := suite.Tables(all)[0]
	mean := map[string]float64{}
	for _, m := range table.Means() {
		mean[m.Column] = m.Mean
	}
	pair := map[[2]string]suite.Pair{}
	for _, p := range table.Pairs() {
		pair[[2]string{p.A, p.B}] = p
	}
	var out []gain
	for way := range ways {
		if order(way) == 0 {
			continue
		}
		from := began(way, ways)
		g := gain{way: way, mean: mean[way], begin: mean[from], sets: len(table.Sets), overBegin: pair[[2]string{way, from}], overIt: pair[[2]string{way, comeAlong}]}
		for _, seed := range slices.Sorted(maps.Keys(bySeed[way])) {
			g.seeds = append(g.seeds, average(bySeed[way][seed]))
		}
		out = append(out, g)
	}
	p := make([]float64, len(out))
	for i, g := range out {
		p[i] = g.overBegin.P
	}
	for i, v := range holm(p) {
		out[i].holm = v
	}
	slices.SortFunc(out, func(a, b gain) int {
		if a.overBegin.Difference != b.overBegin.Difference {
			return map[bool]int{true: -1, false: 1}[a.overBegin.Difference > b.overBegin.Difference]
		}
		return strings.Compare(a.way, b.way)
	})
	return out
}

// order puts what is not trained before what is.
func order(way string) int {
	if way == comeAlong || strings.HasPrefix(way, suite.Untrained) {
		return 0
	}
	return 1
}

func average(all []float64) (mean float64) {
	for _, v := range all {
		mean += v / float64(len(all))
	}
	return mean
}

// tableOf is a table of the page.
type tableOf struct {
	title  string
	lines  [][]string
	header []string
}

// tables are one for each part: a line for each way of learning, the nearest neighbour's gains first.
func tables(all results) []tableOf {
	var out []tableOf
	for _, part := range parts {
		near, by := all[[2]string{part, probes[0].name}], map[string]gain{}
		for _, g := range all[[2]string{part, probes[1].name}] {
			by[g.way] = g
		}
		if len(near) == 0 {
			continue
		}
		t := tableOf{title: part, header: []string{part, "1-NN", "as it began", "difference", "sets better, worse", "p", "Holm", "less builtin", "p",
			"ridge", "as it began", "difference", "sets better, worse", "p", "Holm", "less builtin", "p"}}
		for _, n := range near {
			line := []string{"`" + n.way + "`"}
			for _, g := range []gain{n, by[n.way]} {
				line = append(line, seeded(g), full(g.begin), signed(g.overBegin.Difference), fmt.Sprintf("%d, %d", g.overBegin.Better, g.overBegin.Worse), fmt.Sprintf("%.2g", g.overBegin.P), fmt.Sprintf("%.2g", g.holm))
				line = append(line, signed(g.overIt.Difference), fmt.Sprintf("%.2g", g.overIt.P))
			}
			t.lines = append(t.lines, line)
		}
		out = append(out, t)
	}
	return out
}

// seeded is a mean, and those of the seeds where there are several.
func seeded(g gain) string {
	text := full(g.mean)
	if len(g.seeds) > 1 {
		var each []string
		for _, v := range g.seeds {
			each = append(each, full(v))
		}
		text += " (" + strings.Join(each, ", ") + ")"
	}
	return text
}

func (t tableOf) text() string {
	return report.Table{Header: t.header, Rows: t.lines}.Markdown("lr")
}

// onPage is the line of a method's page.
func onPage(all results, method string) string {
	var of [2]gain
	for k, p := range probes {
		found := all[[2]string{parts[0], p.name}]
		if i := slices.IndexFunc(found, func(g gain) bool { return g.way == method }); i >= 0 {
			of[k] = found[i]
		}
	}
	return fmt.Sprintf("- %s by the nearest neighbour and %s by a ridge probe within the training parts of %d sets of series, %s and %s untrained ([methods](../results/methods.md)).",
		full(of[0].mean), full(of[1].mean), of[0].sets, full(of[0].begin), full(of[1].begin))
}

// full is a share with the zero before the point.
func full(v float64) string { return fmt.Sprintf("%.3f", v) }

func signed(v float64) string { return strings.Replace(fmt.Sprintf("%+.3f", v), "0.", ".", 1) }
