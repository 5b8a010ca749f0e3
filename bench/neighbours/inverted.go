package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/knn"
)

// least is the recall that probes are chosen for.
const least = 0.95

// groups is how many centres the rows of the second kind lie around, each with a deviation of apartness of theirs.
const (
	groups    = 500
	apartness = 0.5
)

// kinds are the rows that are measured: noise is the worst case, groups are nearer to encodings.
var kinds = []struct {
	name string
	draw func(r *rand.Rand, n, dim int) []float32
}{
	{"noise", func(r *rand.Rand, n, dim int) []float32 { return draw(r, n*dim) }},
	{"groups", func(r *rand.Rand, n, dim int) []float32 {
		middle, out := draw(rand.New(rand.NewPCG(2, 0)), groups*dim), draw(r, n*dim)
		for i := range n {
			c := r.IntN(groups)
			for j := range dim {
				out[i*dim+j] = middle[c*dim+j] + apartness*out[i*dim+j]
			}
		}
		return out
	}},
}

// asked is what the Python side is told to do, and told its answer.
type asked struct {
	Build   bool   `json:"build"`
	Lists   int    `json:"lists"`
	Probes  int    `json:"probes"`
	Threads int    `json:"threads"`
	K       int    `json:"k"`
	IDs     string `json:"ids"`
}

type told struct {
	Version string
	Seconds float64
	Bytes   int64
}

// inverted measures the search in lists beside FAISS's, with as many lists and probes.
func inverted(python, script string, turns, k int) error {
	dir, err := os.MkdirTemp("", "neighbours")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	t := report.Table{Header: []string{"rows x numbers", "kind", "lists", "probes", "of", "build, s", "bytes a row", "recall@1", "recall@10", "queries/s", "exact, queries/s"}}
	version := ""
	for _, s := range sizes {
		for i := range kinds {
			lines, v, err := compare(s, i, python, script, dir, turns, k)
			if err != nil {
				return err
			}
			t.Rows, version = append(t.Rows, lines...), v
		}
	}
	fmt.Printf("FAISS %s, %d nearest, %d queries, %d threads\n", version, k, sizes[0].queries, runtime.GOMAXPROCS(0))
	return t.Render(os.Stdout)
}

// peer is the Python side.
type peer struct {
	in      io.WriteCloser
	replies *json.Decoder
	cmd     *exec.Cmd
}

func start(python string, args ...string) (*peer, error) {
	cmd := exec.Command(python, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &peer{in, json.NewDecoder(bufio.NewReader(out)), cmd}, cmd.Start()
}

func (p *peer) ask(a asked) (t told, err error) {
	if err = json.NewEncoder(p.in).Encode(a); err == nil {
		err = p.replies.Decode(&t)
	}
	if err != nil {
		err = fmt.Errorf("the Python side has ended: %w", err)
	}
	return t, err
}

func compare(s size, kind int, python, script, dir string, turns, k int) (lines [][]string, version string, err error) {
	r := rand.New(rand.NewPCG(1, 0))
	all := kinds[kind].draw(r, s.rows+s.queries, s.dim)
	base, queries := all[:s.rows*s.dim], all[s.rows*s.dim:]
	basePath, queryPath, idPath := filepath.Join(dir, "base"), filepath.Join(dir, "queries"), filepath.Join(dir, "ids")
	for path, values := range map[string][]float32{basePath: base, queryPath: queries} {
		if err := write(path, values); err != nil {
			return nil, "", err
		}
	}
	exact, err := knn.New(base, s.dim, knn.Euclidean)
	if err != nil {
		return nil, "", err
	}
	began := time.Now()
	truth, _, err := exact.Search(queries, k)
	if err != nil {
		return nil, "", err
	}
	whole := time.Since(began).Seconds()
	began = time.Now()
	x, err := knn.NewInverted(context.Background(), knn.Memory(base, s.dim), knn.InvertedConfig{Metric: knn.Euclidean, Recall: least})
	if err != nil {
		return nil, "", err
	}
	built := time.Since(began).Seconds()
	p, err := start(python, script, fmt.Sprint(s.dim), basePath, queryPath)
	if err != nil {
		return nil, "", err
	}
	defer p.cmd.Wait()
	defer p.in.Close()
	a := asked{Build: true, Lists: x.Lists(), Probes: x.Probes(), Threads: runtime.GOMAXPROCS(0), K: k, IDs: idPath}
	made, err := p.ask(a)
	if err != nil {
		return nil, "", err
	}
	a.Build = false
	var theirs, ours []float64
	var ids []int32
	for range turns {
		t, err := p.ask(a)
		if err != nil {
			return nil, "", err
		}
		began := time.Now()
		if ids, _, err = x.Search(queries, k); err != nil {
			return nil, "", err
		}
		theirs, ours = append(theirs, t.Seconds), append(ours, time.Since(began).Seconds())
	}
	found, err := readIDs(idPath, len(ids))
	if err != nil {
		return nil, "", err
	}
	line := func(of string, build float64, bytes int64, got []int32, seconds []float64, exact string) {
		lines = append(lines, []string{fmt.Sprintf("%d x %d", s.rows, s.dim), kinds[kind].name, fmt.Sprint(x.Lists()), fmt.Sprint(x.Probes()), of, fmt.Sprintf("%.1f", build),
			fmt.Sprintf("%.1f", float64(bytes)/float64(s.rows)), fmt.Sprintf("%.3f", recall(truth, got, k, 1)), fmt.Sprintf("%.3f", recall(truth, got, k, k)),
			fmt.Sprintf("%.0f", float64(s.queries)/median(seconds)), exact})
	}
	line("FAISS", made.Seconds, made.Bytes, found, theirs, "")
	line("wavekin", built, x.Bytes(), ids, ours, fmt.Sprintf("%.0f", float64(s.queries)/whole))
	return lines, made.Version, nil
}

// recall is the mean share of the first few of k true neighbours that are among as many found.
func recall(truth, got []int32, k, first int) float64 {
	found := 0
	for at := 0; at < len(truth); at += k {
		for _, id := range truth[at : at+first] {
			for _, other := range got[at : at+first] {
				if id == other {
					found++
				}
			}
		}
	}
	return float64(found) / float64(len(truth)/k*first)
}

// readIDs reads the neighbours that the Python side has written.
func readIDs(path string, n int) ([]int32, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(text) != 8*n {
		return nil, fmt.Errorf("%d bytes of neighbours, want %d", len(text), 8*n)
	}
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(binary.LittleEndian.Uint64(text[8*i:]))
	}
	return out, nil
}
