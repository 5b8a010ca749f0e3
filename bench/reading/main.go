// Command reading compares how fast tables become windows of float32 with pyarrow (Arrow, Parquet) and with the C reader of
// pandas (CSV), on one core, side by side in one run:
//
//	python3 -m venv reading-env && reading-env/bin/pip install pyarrow pandas
//	go run ./bench/reading --python reading-env/bin/python
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/bench/process"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/series"
)

// Windows of 256 every 256, standardised by nothing: both sides hand out float32 [channel][time].
const window = 256

func main() {
	python := flag.String("python", "", "Python with pyarrow and pandas")
	script := flag.String("script", "bench/reading/peer.py", "the script")
	rows := flag.Int("rows", 1_000_000, "rows of the table, of a time stamp and eight channels")
	rounds := flag.Int("rounds", 7, "how often each file is read by each side; the medians count")
	flag.Parse()
	if *python == "" {
		log.Fatal("--python PATH is needed: see the comment of bench/reading/main.go")
	}
	runtime.GOMAXPROCS(1)
	if err := run(*python, *script, *rows, *rounds); err != nil {
		log.Fatal(err)
	}
}

func run(python, script string, rows, rounds int) error {
	dir, err := os.MkdirTemp("", "reading")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	peer, err := start(python, script, dir, rows)
	if err != nil {
		return err
	}
	defer peer.stop()
	t := report.Table{Header: []string{"format", "MB", "peer", "peer (ms)", "wavekin (ms)", "peer / wavekin"}}
	for _, name := range []string{"table.arrow", "table.parquet", "table.csv"} {
		path := filepath.Join(dir, name)
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		var ours, theirs []float64
		for range rounds {
			at, sum, err := peer.read(name)
			if err != nil {
				return err
			}
			begin := time.Now()
			own, err := read(path)
			if err != nil {
				return err
			}
			ours, theirs = append(ours, time.Since(begin).Seconds()*1e3), append(theirs, at)
			if d := own - sum; d > 1e-3*max(own, 1) || -d > 1e-3*max(own, 1) {
				return fmt.Errorf("%s: the values add up to %g, the peer's to %g", name, own, sum)
			}
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		a, b := ours[rounds/2], theirs[rounds/2]
		who := map[bool]string{true: "pandas", false: "pyarrow"}[strings.HasSuffix(name, "csv")]
		t.Rows = append(t.Rows, []string{filepath.Ext(name)[1:], fmt.Sprintf("%.0f", float64(st.Size())/1e6), who, fmt.Sprintf("%.0f", b), fmt.Sprintf("%.0f", a), fmt.Sprintf("%.2f", b/a)})
	}
	return t.Render(os.Stdout)
}

// read cuts a file into windows of float32 and adds up the last value of each, so that both sides are known to read the same.
func read(path string) (sum float64, err error) {
	r, err := datasets.Open(path, datasets.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	norm := &series.Normalizer{Mode: series.ModeNone}
	win := series.NewWindower(r, series.Cut{Length: window, Stride: window})
	var dst [][]float32
	for {
		w, err := win.Next()
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return 0, err
		}
		if dst == nil {
			for range w.Values {
				dst = append(dst, make([]float32, window))
			}
		}
		norm.Apply(dst, w.Values, 0)
		for _, v := range dst {
			sum += float64(v[window-1])
		}
	}
}

// peer is the other side, kept running so that its start is not timed.
type peer struct{ *process.Process }

func start(python, script, dir string, rows int) (*peer, error) {
	cmd := exec.Command(python, script, dir, fmt.Sprint(rows), fmt.Sprint(window))
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "ARROW_NUM_THREADS=1")
	p, err := process.Start(cmd)
	if err != nil {
		return nil, err
	}
	line, err := p.Out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s %s did not begin: %w", python, script, errors.Join(err, p.Close()))
	}
	fmt.Print(line)
	return &peer{p}, nil
}

// read returns the milliseconds and the sum of one reading.
func (p *peer) read(name string) (ms, sum float64, err error) {
	if _, err := fmt.Fprintln(p.In, name); err != nil {
		return 0, 0, err
	}
	_, err = fmt.Fscanln(p.Out, &ms, &sum)
	return ms, sum, err
}

func (p *peer) stop() {
	_ = p.Close() // it has answered; how it ends does not matter
}
