// Command gains draws the tables of docs/results/methods.md and docs/methods from what wavekin bench classify has found: what training with each
// method gains over the network that it began with, and over the encoder that comes along, set by set.
//
//	go run ./bench/gains --store within=out/within/rows.jsonl test=out/test/rows.jsonl further=out/further/rows.jsonl   # the commands are on the page
//	go run ./bench/gains                                                                 # of the rows stored here
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/train"
)

// stored is the file of the rows behind the page.
const stored = "bench/gains/rows.tsv"

// row is what a way of learning comes to on a set.
type row struct {
	part           string // what it was measured on, see parts
	set, way       string
	seed           uint64
	nearest, ridge float64
}

// further is how the ways are called in which learning goes on from the encoder that comes along.
const further = "builtin + "

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gains:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	fs := flag.NewFlagSet("gains", flag.ContinueOnError)
	store := fs.Bool("store", false, "keep the rows in "+stored)
	if err := fs.Parse(args); err != nil {
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
	if len(rows) == 0 {
		var err error
		if rows, err = load(stored); err != nil {
			return err
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(a.set, b.set), cmp.Compare(a.way, b.way), cmp.Compare(a.seed, b.seed))
	})
	if *store {
		if err := save(stored, rows); err != nil {
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
func journal(path, part string) (rows []row, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); d.More(); {
		var r suite.Row
		if err := d.Decode(&r); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		one := row{part: part, set: r.Set, way: wayOf(r), seed: r.Seed}
		if r.Classified == nil || one.way == suite.Raw {
			continue
		}
		if r.Ridge == nil {
			return nil, fmt.Errorf("%s: %s on %s has no ridge probe", path, one.way, r.Set)
		}
		one.nearest, one.ridge = r.Accuracy, *r.Ridge
		rows = append(rows, one)
	}
	return rows, nil
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
	return fmt.Sprintf("%s%s, %v steps, rate %s", further, r.Method, r.Recipe.Value("steps"), rate(r.Recipe))
}

func rate(s train.Settings) string {
	if v := s.Value("lr"); v != nil {
		return strings.TrimPrefix(fmt.Sprint(v), "0")
	}
	return "default"
}

func save(path string, rows []row) error {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%.6f\t%.6f\n", r.part, r.set, r.way, r.seed, r.nearest, r.ridge)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func load(path string) (rows []row, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 6 {
			return nil, fmt.Errorf("%s: line %d: %d cells, want 6", path, n, len(cells))
		}
		r := row{part: cells[0], set: cells[1], way: cells[2]}
		if r.seed, err = strconv.ParseUint(cells[3], 10, 64); err == nil {
			if r.nearest, err = strconv.ParseFloat(cells[4], 64); err == nil {
				r.ridge, err = strconv.ParseFloat(cells[5], 64)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, n, err)
		}
		rows = append(rows, r)
	}
	return rows, lines.Err()
}
