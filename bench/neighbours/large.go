package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/knn"
)

// drawn is how many rows are drawn and searched at once.
const drawn = 100_000

// large measures an index of more rows than should be in memory: they lie in a temporary file of a folder, and the exact answers are found
// while they are drawn.
func large(dir string, s size, kind, turns int) error {
	r := rand.New(rand.NewPCG(1, 0))
	queries := kinds[kind].draw(rand.New(rand.NewPCG(3, 0)), s.queries, s.dim)
	rows, err := knn.NewSpool(dir, s.dim)
	if err != nil {
		return err
	}
	defer rows.Close()
	nearest, how := make([]int, s.queries), make([]float32, s.queries)
	exact := 0.0
	for from := 0; from < s.rows; from += drawn {
		part := kinds[kind].draw(r, min(drawn, s.rows-from), s.dim)
		if err := rows.Add(part); err != nil {
			return err
		}
		x, err := knn.New(part, s.dim, knn.Euclidean)
		if err != nil {
			return err
		}
		began := processor()
		ids, dist, err := x.Search(queries, 1)
		if err != nil {
			return err
		}
		exact += processor() - began
		for i, d := range dist {
			if from == 0 || d < how[i] {
				nearest[i], how[i] = from+int(ids[i]), d
			}
		}
	}
	fmt.Printf("%d x %d, %s, %d threads: exact %.1f s of the processor for %d queries\n", s.rows, s.dim, kinds[kind].name, runtime.GOMAXPROCS(0), exact, s.queries)
	runtime.GC()
	clock, began := time.Now(), processor()
	x, err := knn.NewInverted(context.Background(), rows, knn.InvertedConfig{Metric: knn.Euclidean})
	if err != nil {
		return err
	}
	fmt.Printf("built in %.0f s, %.0f s of the processor: %d of %d lists, %.1f bytes a row, peak memory %s\n",
		time.Since(clock).Seconds(), processor()-began, x.Probes(), x.Lists(), float64(x.Bytes())/float64(s.rows), peak())
	for range turns {
		clock, began = time.Now(), processor()
		ids, dist, err := x.Search(queries, 1)
		if err != nil {
			return err
		}
		took, busy := time.Since(clock).Seconds(), processor()-began
		found, near := 0, 0.0
		for i, id := range ids {
			if int(id) == nearest[i] {
				found++
			}
			near += float64(dist[i]/how[i]-1) / float64(len(ids))
		}
		fmt.Printf("%d queries in %.2f s, %.2f s of the processor: recall@1 %.4f, distances %.5f above the least on average\n",
			s.queries, took, busy, float64(found)/float64(len(ids)), near)
	}
	return nil
}

// processor is the time of the processor that this process has used, in seconds, and 0 where the system does not tell as Linux does.
func processor() float64 {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	const ticks = 100 // in a second
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var sum float64
	for _, f := range fields[11:13] { // utime and stime
		n, _ := strconv.Atoi(f)
		sum += float64(n) / ticks
	}
	return sum
}

// peak is the peak of this process's memory, as Linux tells it.
func peak() string {
	text, _ := os.ReadFile("/proc/self/status") // empty elsewhere
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "not known"
}
