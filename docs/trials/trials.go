// Package trials carries out an experiment of many independent runs: each is kept as a row of a text table, and a command that was
// stopped goes on with the runs that are missing.
//
//	rows, err := trials.Do(ctx, "docs/collapse/runs.tsv", runs, figures, 2, one, tell)
//	for _, v := range trials.Summarize(rows, figures) { ... }
package trials

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Run names a run: a variant of what is tried, on a set, from a seed.
type Run struct {
	Variant, Set string
	Seed         int
}

// Row is a run and its figures, NaN where one does not apply.
type Row struct {
	Run
	Figures []float64
}

// head are the columns before the figures.
var head = []string{"variant", "set", "seed"}

// Load reads the rows of a table, which must have these figures; of a file that is not there, none.
func Load(path string, figures []string) ([]Row, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	want := strings.Join(append(slices.Clone(head), figures...), "\t")
	var rows []Row
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			if lines.Text() != want {
				return nil, fmt.Errorf("%s: columns %q, want %q", path, lines.Text(), want)
			}
			continue
		}
		row, err := parse(strings.Split(lines.Text(), "\t"), len(figures))
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", path, n, err)
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}

func parse(cells []string, figures int) (Row, error) {
	if len(cells) != len(head)+figures {
		return Row{}, fmt.Errorf("%d cells, want %d", len(cells), len(head)+figures)
	}
	row := Row{Run: Run{Variant: cells[0], Set: cells[1]}}
	var err error
	if row.Seed, err = strconv.Atoi(cells[2]); err != nil {
		return Row{}, err
	}
	for _, c := range cells[len(head):] {
		v, err := strconv.ParseFloat(c, 64)
		if err != nil {
			return Row{}, err
		}
		row.Figures = append(row.Figures, v)
	}
	return row, nil
}

// Do carries out the runs of which the table has no row, so many at once, appends theirs as they end, and returns the rows of all
// runs in their order.
func Do(ctx context.Context, path string, runs []Run, figures []string, parallel int, one func(context.Context, Run) ([]float64, error), tell func(Row)) ([]Row, error) {
	have, err := Load(path, figures)
	if err != nil {
		return nil, err
	}
	done := map[Run]Row{}
	for _, r := range have {
		done[r.Run] = r
	}
	missing := slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { _, ok := done[r]; return ok })
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Size() == 0 {
		fmt.Fprintln(f, strings.Join(append(slices.Clone(head), figures...), "\t"))
	}
	err = each(ctx, missing, parallel, one, func(row Row) error {
		if _, err := fmt.Fprintln(f, row); err != nil {
			return err
		}
		done[row.Run] = row
		tell(row)
		return nil
	})
	if err := errors.Join(err, f.Close(), ctx.Err()); err != nil {
		return nil, err
	}
	rows := make([]Row, len(runs))
	for i, r := range runs {
		rows[i] = done[r]
	}
	return rows, nil
}

// each carries out runs, so many at once, and keeps their rows one at a time. The first failure stops what has not begun.
func each(ctx context.Context, runs []Run, parallel int, one func(context.Context, Run) ([]float64, error), keep func(Row) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	todo := make(chan Run)
	go func() {
		defer close(todo)
		for _, r := range runs {
			select {
			case todo <- r:
			case <-ctx.Done():
				return
			}
		}
	}()
	var wait sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range max(1, parallel) {
		wait.Go(func() {
			for r := range todo {
				if ctx.Err() != nil {
					return
				}
				values, err := one(ctx, r)
				mu.Lock()
				if err == nil {
					err = keep(Row{r, values})
				}
				if err != nil {
					failed = errors.Join(failed, fmt.Errorf("%s on %s, seed %d: %w", r.Variant, r.Set, r.Seed, err))
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return failed
}

// String is the line of the table.
func (r Row) String() string {
	cells := []string{r.Variant, r.Set, strconv.Itoa(r.Seed)}
	for _, v := range r.Figures {
		cells = append(cells, strconv.FormatFloat(v, 'g', 6, 64))
	}
	return strings.Join(cells, "\t")
}

// Summary is a figure of a variant: the mean over sets and seeds, the standard deviation over seeds (by n - 1) of the mean over
// sets, and the mean of each set. NaN where no run has the figure, and for the deviation of one seed.
type Summary struct {
	Mean, Deviation float64
	Sets            []float64
	// Seeds are the means over sets, in the order of the seeds.
	Seeds []float64
}

// Summarize sums up a figure, by its place, of the rows of a variant; sets are in the order given. Every set must have a run of each
// seed.
func Summarize(rows []Row, variant string, sets []string, figure int) Summary {
	bySeed, bySet := map[int][]float64{}, make([][]float64, len(sets))
	var seeds []int
	for _, r := range rows {
		if r.Variant != variant {
			continue
		}
		if bySeed[r.Seed] == nil {
			seeds = append(seeds, r.Seed)
		}
		v := r.Figures[figure]
		bySeed[r.Seed] = append(bySeed[r.Seed], v)
		if i := slices.Index(sets, r.Set); i >= 0 {
			bySet[i] = append(bySet[i], v)
		}
	}
	slices.Sort(seeds)
	var s Summary
	for _, k := range seeds {
		s.Seeds = append(s.Seeds, mean(bySeed[k]))
	}
	for _, v := range bySet {
		s.Sets = append(s.Sets, mean(v))
	}
	s.Mean, s.Deviation = Moments(s.Seeds)
	return s
}

// Moments are the mean and the standard deviation, by n - 1.
func Moments(x []float64) (m, deviation float64) {
	m = mean(x)
	for _, v := range x {
		deviation += (v - m) * (v - m)
	}
	return m, math.Sqrt(deviation / float64(len(x)-1))
}

func mean(x []float64) float64 {
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
