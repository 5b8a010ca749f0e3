// Command halves draws the tables by halves of docs/results/fused.md from what wavekin bench anomaly has found: means by
// collection over every second series by name, on which settings were chosen, and over the others.
//
//	wavekin bench anomaly --data NAB --out out/nab     # and so on
//	go run ./bench/halves --store NAB=out/nab/rows.jsonl SMD=out/smd/rows.jsonl out/smap_msl/rows.jsonl
//	go run ./bench/halves                              # of the rows stored here
//
// Rows given without a name belong to the collection that their sets' names begin with.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/bench/rows"
	"github.com/wavekin/wavekin/internal/report"
)

// stored is the file of the rows behind the page.
const stored = "bench/halves/rows.tsv"

// row is the VUS-PR of a series by a method.
type row struct {
	collection, set, method string
	vus                     float64
}

// methods are the lines of a table, and what they are called.
var methods = [][2]string{
	{"raw", "raw windows, of the period's length, 64 to 128"}, {"raw-window", "raw windows, each z-scored"}, {"variance", "variance of 96 time stamps"},
	{"sub-pca", "Sub-PCA"}, {"amplitude", "amplitude alone"}, {"fused", "**fused**"},
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "halves:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	fs := flag.NewFlagSet("halves", flag.ContinueOnError)
	store := fs.Bool("store", false, "keep the rows in "+stored)
	if err := fs.Parse(args); err != nil {
		return err
	}
	var rows []row
	for _, arg := range fs.Args() {
		name, path, named := strings.Cut(arg, "=")
		if !named {
			name, path = "", arg
		}
		more, err := journal(path, name)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if len(rows) == 0 {
		var err error
		if rows, err = load(stored); err != nil {
			return err
		}
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.collection, b.collection), cmp.Compare(a.set, b.set), cmp.Compare(a.method, b.method))
	})
	if *store {
		if err := save(stored, rows); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s\n%s", table(rows, "held out", 1), table(rows, "chosen", 0))
	return err
}

// shown are the members of a row of wavekin bench that a table needs.
type shown struct {
	Set, Method string
	VUSPR       *float64 `json:"vus_pr"`
}

// journal reads the rows of wavekin bench that are shown.
func journal(path, collection string) (out []row, err error) {
	err = rows.Journal(path, func(r shown) error {
		if r.VUSPR == nil || !slices.ContainsFunc(methods, func(m [2]string) bool { return m[0] == r.Method }) {
			return nil
		}
		one := row{collection, r.Set, r.Method, *r.VUSPR}
		if one.collection == "" {
			one.collection, _, _ = strings.Cut(r.Set, "/")
		}
		out = append(out, one)
		return nil
	})
	return out, err
}

func save(path string, all []row) error {
	return rows.Save(path, all, func(r row) []any { return []any{r.collection, r.set, r.method, fmt.Sprintf("%.4f", r.vus)} })
}

func load(path string) ([]row, error) {
	return rows.Load(path, 4, func(cells []string) (row, error) {
		v, err := strconv.ParseFloat(cells[3], 64)
		return row{cells[0], cells[1], cells[2], v}, err
	})
}

// table is of one half of the series of each collection: 0 is the first, third, fifth by name. Rows are sorted.
func table(rows []row, title string, half int) string {
	sets := map[string][]string{}
	var collections []string
	for _, r := range rows {
		if sets[r.collection] == nil {
			collections = append(collections, r.collection)
		}
		if all := sets[r.collection]; len(all) == 0 || all[len(all)-1] != r.set {
			sets[r.collection] = append(all, r.set)
		}
	}
	sum, count := map[[2]string]float64{}, map[[2]string]int{}
	for _, r := range rows {
		if slices.Index(sets[r.collection], r.set)%2 == half {
			key := [2]string{r.collection, r.method}
			sum[key] += r.vus
			count[key]++
		}
	}
	t := report.Table{Header: []string{title}}
	for _, c := range collections {
		t.Header = append(t.Header, fmt.Sprintf("%s (%d)", c, (len(sets[c])+1-half)/2))
	}
	t.Header = append(t.Header, "mean")
	for _, m := range methods {
		cells, mean := []string{m[1]}, 0.0
		for _, c := range collections {
			key := [2]string{c, m[0]}
			v := sum[key] / float64(count[key])
			mean += v / float64(len(collections))
			cells = append(cells, short(v))
		}
		t.Rows = append(t.Rows, append(cells, short(mean)))
	}
	return t.Markdown("lr")
}

func short(v float64) string { return strings.TrimPrefix(fmt.Sprintf("%.3f", v), "0") }
