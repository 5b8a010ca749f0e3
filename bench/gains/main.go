// Command gains draws the tables of docs/results/methods.md and docs/methods from what wavekin bench classify has found: what training with each
// method gains over the network that it began with, and over the built-in encoder, set by set.
//
//	go run ./bench/gains --store within=out/within/rows.jsonl test=out/test/rows.jsonl   # the commands are on the page; other parts stay as they are
//	go run ./bench/gains                                                                 # of the rows stored here
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
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// keptIn is the file of the rows behind the page.
const keptIn = "bench/gains/rows.tsv"

// row is what a way of learning comes to on a set.
type row struct {
	part           string // what it was measured on, see parts
	set, way       string
	seed           uint64
	nearest, ridge float64
}

// further is how the ways are called in which the built-in encoder is trained further.
const further = "builtin + "

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gains:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	fs := flag.NewFlagSet("gains", flag.ContinueOnError)
	store := fs.Bool("store", false, "keep the rows in "+keptIn)
	if err := fs.Parse(args); err != nil {
		return err
	}
	stored, err := load(keptIn)
	if err != nil {
		return err
	}
	var rows []row
	for _, arg := range fs.Args() {
		part, path, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("%q: want PART=FILE", arg)
		}
		more, err := journal(path, part)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	for _, r := range stored {
		if !slices.ContainsFunc(fs.Args(), func(arg string) bool { return strings.HasPrefix(arg, r.part+"=") }) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.set, b.set), cmp.Compare(a.way, b.way), cmp.Compare(a.seed, b.seed))
	})
	rows = slices.Compact(rows) // what several runs have in common
	if *store {
		if err := save(keptIn, rows); err != nil {
			return err
		}
	}
	all := resultsOf(rows)
	for _, t := range tables(all) {
		if _, err := fmt.Fprintf(w, "%s\n%s\n", t.title, t.text()); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(w, verdict(all)); err != nil {
		return err
	}
	for _, name := range methods.Names() {
		if _, err := fmt.Fprintf(w, "%s.md: %s\n", name, onPage(all, name)); err != nil {
			return err
		}
	}
	return nil
}

// journal reads the rows of wavekin bench classify.
func journal(path, part string) (out []row, err error) {
	err = rows.Journal(path, func(r suite.Row) error {
		one := row{part: part, set: r.Set, way: wayOf(r), seed: r.Seed}
		if r.Classified == nil || one.way == suite.Raw {
			return nil
		}
		if r.Ridge == nil {
			return fmt.Errorf("%s on %s has no ridge probe", one.way, r.Set)
		}
		one.nearest, one.ridge = r.Accuracy, *r.Ridge
		out = append(out, one)
		return nil
	})
	return out, err
}

// wayOf names a way of learning: the method, or what was not trained.
func wayOf(r suite.Row) string {
	learnt := !strings.HasPrefix(r.Method, suite.Untrained)
	switch {
	case r.Encoder != "builtin":
		return r.Method
	case !learnt:
		return r.Encoder
	}
	way := fmt.Sprintf("%s%s, %v steps, rate %s", further, r.Method, r.Recipe.Value("steps"), rate(r.Recipe))
	if r.Recipe.Value("groups") != nil {
		way += ", some layers"
	}
	return way
}

func rate(s train.Settings) string {
	if v := s.Value("lr"); v != nil {
		return strings.TrimPrefix(fmt.Sprint(v), "0")
	}
	return "default"
}

// save keeps all digits: means of seeds that are equal would else differ, and be no tie.
func save(path string, all []row) error {
	return rows.Save(path, all, func(r row) []any { return []any{r.part, r.set, r.way, r.seed, r.nearest, r.ridge} })
}

func load(path string) ([]row, error) {
	return rows.Load(path, 6, func(cells []string) (r row, err error) {
		r = row{part: cells[0], set: cells[1], way: cells[2]}
		if r.seed, err = strconv.ParseUint(cells[3], 10, 64); err == nil {
			if r.nearest, err = strconv.ParseFloat(cells[4], 64); err == nil {
				r.ridge, err = strconv.ParseFloat(cells[5], 64)
			}
		}
		return r, err
	})
}
