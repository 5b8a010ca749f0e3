// Command classic measures public implementations on the sets that wavekin bench measures on: aeon's MiniRocket,
// MultiRocket-Hydra and nearest neighbour by dynamic time warping on sets with classes, STUMPY's matrix profile, PyOD's detectors
// of time series and PaAno on recordings with labelled stretches; and the time that TS2Vec takes to learn from a set, beside the
// time that the encoders which are not trained take to encode it.
//
//	go run ./bench/classic --python PATH/TO/python --out classify.jsonl classify UCR
//	go run ./bench/classic --python PATH/TO/python --out anomaly.jsonl anomaly NAB SKAB
//	go run ./bench/classic --python PATH/TO/python --ts2vec CLONE --share 0.025 --out embed.jsonl embed UCR
//	go run ./bench/classic --table classify.jsonl rows.jsonl     # beside rows of wavekin bench --out
//
// That Python needs aeon, stumpy and pyod, and torch for TS2Vec and PaAno, whose public repositories --ts2vec and --paano name (peer.py
// says where they are); PaAno wants statsmodels, matplotlib and tqdm, too, and has a second row with the amplitudes of the fused score.
// Every peer has its own defaults, or the settings of its authors' scripts, but for
// the window of STUMPY and PyOD, which is that of the rows raw of wavekin bench: the period of the normal part, between 64 and 128. All run on one
// thread, and seconds are those of the processor. Rows that are in --out are not made again.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"

	stored "github.com/wavekin/wavekin/bench/rows"
	"github.com/wavekin/wavekin/internal/report"
)

// peers are the methods of a task, and wavekin's own ones where they are measured here.
var peers = map[string][]string{
	"classify": append(slices.Clone(readouts), "aeon MiniRocket", "aeon MultiRocket-Hydra", "aeon 1-NN DTW"),
	"embed":    append(slices.Clone(untrained), "TS2Vec"),
	"anomaly":  {"STUMPY self", "STUMPY normal", "PyOD TimeSeriesOD", "PyOD SpectralResidual", "PaAno"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "classic:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, args []string) error {
	fs := flag.NewFlagSet("classic", flag.ContinueOnError)
	python := fs.String("python", "python3", "Python with aeon, stumpy and pyod")
	script := fs.String("script", "bench/classic/peer.py", "the peers' side")
	out := fs.String("out", "", "file of rows, added to")
	ts2vec := fs.String("ts2vec", "", "folder of TS2Vec's public repository, for embed")
	paano := fs.String("paano", "", "folder of PaAno's public repository, for anomaly")
	share := fs.Float64("share", 1, "embed: train for this share of the published steps, and scale the time")
	most := fs.Float64("most", 0, "classify: only sets whose train series x test series x time stamps squared are at most so many millions")
	pad := fs.Bool("pad", false, "classify: continue shorter series with their last value, in place of leaving such sets out")
	chosen := fs.String("sets", "", "only these: names, folders, patterns, with commas between them")
	every := fs.Int("every", 1, "one set of every so many by name")
	from := fs.Int("from", 0, "with --every: the number of the first, from 0")
	only := fs.String("only", "", "only these peers, with commas between them")
	against := fs.String("against", "", "with --table: the method that the others are compared with; default: builtin or fused of wavekin bench")
	bySet := fs.Bool("by-set", false, "with --table: a line for every set")
	pages := fs.Bool("markdown", false, "with --table: as a page has it")
	show := fs.Bool("table", false, "print the means of the rows in the given files")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *show {
		draw := func(rows []row) (report.Table, error) { return table(rows, *against) }
		if *bySet {
			draw = each
		}
		return write(w, fs.Args(), draw, *pages)
	}
	methods, known := peers[fs.Arg(0)]
	if !known || fs.NArg() < 2 || *out == "" {
		return errors.New("want --out FILE, then classify or anomaly, then folders of sets")
	}
	methods = slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m == "PaAno" && *paano == "" || m == "TS2Vec" && *ts2vec == "" })
	if *only != "" {
		methods = slices.DeleteFunc(methods, func(m string) bool { return !slices.Contains(strings.Split(*only, ","), m) })
	}
	if *every < 1 || *from < 0 || *from >= *every || *share <= 0 || *share > 1 {
		return fmt.Errorf("--every %d --from %d --share %g: want at least 1, a number below that, and a share above 0 and at most 1", *every, *from, *share)
	}
	b := bench{out: *out, methods: methods, share: *share, most: *most, every: *every, from: *from, pad: *pad}
	if *chosen != "" {
		b.sets = strings.Split(*chosen, ",")
	}
	var err error
	if b.done, err = load([]string{*out}); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if b.peer, err = start(*python, *script, folders(*ts2vec, *paano)...); err != nil {
		return err
	}
	defer b.peer.close()
	for _, dir := range fs.Args()[1:] {
		if err := b.folder(ctx, fs.Arg(0), dir); err != nil {
			return err
		}
	}
	return nil
}

// write draws a table of the rows in files, on a terminal or as a page has it.
func write(w io.Writer, files []string, draw func([]row) (report.Table, error), page bool) error {
	rows, err := load(files)
	if err != nil {
		return err
	}
	t, err := draw(rows)
	if err != nil {
		return err
	}
	if page {
		_, err = io.WriteString(w, t.Markdown("lr"))
		return err
	}
	return t.Render(w)
}

// folders are the flags of the peers' side.
func folders(ts2vec, paano string) (args []string) {
	for _, f := range [][2]string{{"--ts2vec", ts2vec}, {"--paano", paano}} {
		if f[1] != "" {
			args = append(args, f[0], f[1])
		}
	}
	return args
}

// row is what a method reaches on a set. Rows of wavekin bench can be read as such.
type row struct {
	Set     string          `json:"set"`
	Method  string          `json:"method"`
	Encoder string          `json:"encoder,omitempty"`
	With    json.RawMessage `json:"encoder_settings,omitempty"`
	// Accuracy is that of the nearest neighbour in rows of wavekin bench, and of the classifier in a peer's.
	Accuracy *float64 `json:"accuracy,omitempty"`
	Ridge    *float64 `json:"ridge_accuracy,omitempty"`
	VUSPR    *float64 `json:"vus_pr,omitempty"`
	// Seconds are of one processor in a peer's rows.
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error,omitempty"`
}

// load reads files of rows, and tables of bench/halves.
func load(paths []string) (rows []row, err error) {
	for _, path := range paths {
		if strings.HasSuffix(path, ".tsv") {
			err := stored.Table(path, 4, func(cells []string) error {
				v, err := strconv.ParseFloat(cells[3], 64)
				rows = append(rows, row{Set: cells[1], Method: cells[2], VUSPR: &v})
				return err
			})
			if err != nil {
				return nil, err
			}
			continue
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		for d := json.NewDecoder(bufio.NewReader(f)); d.More(); {
			var r row
			if err := d.Decode(&r); err != nil {
				f.Close()
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			rows = append(rows, r)
		}
		f.Close()
	}
	return rows, nil
}

// add appends a row to the file of rows.
func (b *bench) add(r row) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(b.out, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	b.done = append(b.done, r)
	return errors.Join(err, f.Close())
}
