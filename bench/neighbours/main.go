// Command neighbours measures the exact search of package knn beside FAISS's flat index: the same rows and queries, the
// Euclidean distance, the same number of threads, in turns.
//
//	go run ./bench/neighbours --python PATH/TO/python
//	go run ./bench/neighbours --python PATH/TO/python --inverted
//	go run ./bench/neighbours --rows 10000000
//
// With --inverted it measures the search in lists beside FAISS's inverted lists of 8-bit residuals: as many lists, and the probes that
// wavekin chooses for a recall of 0.95. With --rows it measures wavekin's lists alone, over so many rows of 64 numbers in groups that lie in a
// temporary file, as those of a large reference do.
//
// That Python needs faiss-cpu and numpy. Rows are drawn from a normal distribution, which is the worst case for a search that rules
// rows out, with a fixed seed. The ratio is FAISS's time over wavekin's, the median of the turns.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
)

// size is one comparison.
type size struct{ rows, dim, queries int }

var sizes = []size{{100_000, 128, 4096}, {1_000_000, 64, 4096}}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "neighbours:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	fs := flag.NewFlagSet("neighbours", flag.ContinueOnError)
	python := fs.String("python", "python3", "Python with faiss-cpu")
	script := fs.String("script", "bench/neighbours/faiss_search.py", "the FAISS side")
	turns := fs.Int("turns", 5, "times that each is measured")
	k := fs.Int("k", 10, "neighbours")
	lists := fs.Bool("inverted", false, "measure the search in lists")
	rows := fs.Int("rows", 0, "measure lists over so many rows in a file")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *rows > 0 {
		return large("", size{*rows, 64, 1024}, 1, *turns)
	}
	if *lists {
		return inverted(*python, filepath.Join(filepath.Dir(*script), "faiss_inverted.py"), *turns, *k)
	}
	dir, err := os.MkdirTemp("", "neighbours")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := report.Table{Header: []string{"rows x numbers", "queries", "threads", "FAISS, s", "wavekin, s", "ratio", "least", "most", "same neighbours"}}
	version := ""
	for _, s := range sizes {
		lines, v, err := measure(s, *python, *script, dir, *turns, *k)
		if err != nil {
			return err
		}
		t.Rows, version = append(t.Rows, lines...), v
	}
	fmt.Printf("FAISS %s, %d nearest\n", version, *k)
	return t.Render(os.Stdout)
}

func measure(s size, python, script, dir string, turns, k int) (lines [][]string, version string, err error) {
	r := rand.New(rand.NewPCG(1, 0))
	base, queries := draw(r, s.rows*s.dim), draw(r, s.queries*s.dim)
	basePath, queryPath, idPath := filepath.Join(dir, "base"), filepath.Join(dir, "queries"), filepath.Join(dir, "ids")
	for path, values := range map[string][]float32{basePath: base, queryPath: queries} {
		if err := write(path, values); err != nil {
			return nil, "", err
		}
	}
	p, err := start(python, script, fmt.Sprint(s.dim), basePath, queryPath)
	if err != nil {
		return nil, "", err
	}
	defer p.cmd.Wait()
	defer p.in.Close()
	var hello struct{ Version string }
	if err := p.replies.Decode(&hello); err != nil {
		return nil, "", fmt.Errorf("the Python side has ended: %w", err)
	}
	x, err := knn.New(base, s.dim, knn.Euclidean)
	if err != nil {
		return nil, "", err
	}
	for threads := 1; threads <= min(2, runtime.NumCPU()); threads++ {
		runtime.GOMAXPROCS(threads)
		var theirs, ours, ratios []float64
		var ids []int32
		for range turns {
			fmt.Fprintf(p.in, `{"threads": %d, "k": %d, "ids": %q}`+"\n", threads, k, idPath)
			var reply struct{ Seconds float64 }
			if err := p.replies.Decode(&reply); err != nil {
				return nil, "", fmt.Errorf("the Python side has ended: %w", err)
			}
			start := time.Now()
			if ids, _, err = x.Search(queries, k); err != nil {
				return nil, "", err
			}
			took := time.Since(start).Seconds()
			theirs, ours, ratios = append(theirs, reply.Seconds), append(ours, took), append(ratios, reply.Seconds/took)
		}
		same, err := agreement(idPath, ids)
		if err != nil {
			return nil, "", err
		}
		lines = append(lines, []string{fmt.Sprintf("%d x %d", s.rows, s.dim), fmt.Sprint(s.queries), fmt.Sprint(threads), fmt.Sprintf("%.2f", median(theirs)),
			fmt.Sprintf("%.2f", median(ours)), fmt.Sprintf("%.2f", median(ratios)), fmt.Sprintf("%.2f", slices.Min(ratios)), fmt.Sprintf("%.2f", slices.Max(ratios)),
			fmt.Sprintf("%.4f", same)})
	}
	return lines, hello.Version, nil
}

func draw(r *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64())
	}
	return out
}

func write(path string, values []float32) error {
	buf := make([]byte, 0, 4*len(values))
	for _, v := range values {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
	}
	return os.WriteFile(path, buf, 0o600)
}

// agreement is the share of places at which both sides name the same row.
func agreement(path string, ids []int32) (float64, error) {
	theirs, err := readIDs(path, len(ids))
	if err != nil {
		return 0, err
	}
	same := 0
	for i, id := range ids {
		if theirs[i] == id {
			same++
		}
	}
	return float64(same) / float64(len(ids)), nil
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
