package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/wavekin/wavekin/bench/process"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/series"
)

// bench is what runs, and what is there already.
type bench struct {
	peer    *peer
	methods []string
	done    []row
	out     string
	// share is that of the published number of steps which peers of the task embed learn for.
	share float64
	// most is the cost of comparing all series of a set, in millions of pairs of time stamps, up to which it is taken; 0 is all.
	most float64
	// pad makes one length of several.
	pad bool
	// sets are chosen, all where there are none; every keeps one of so many of them by name, from being the number of the first.
	sets        []string
	every, from int
}

// peer is the running Python side.
type peer struct {
	*process.Process
	dir string
}

func start(python, script string, args ...string) (*peer, error) {
	dir, err := os.MkdirTemp("", "classic")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(python, append([]string{script}, args...)...)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "NUMBA_NUM_THREADS=1")
	p, err := process.Start(cmd)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &peer{p, dir}, nil
}

func (p *peer) close() {
	p.Close() // it has answered; how it ends does not matter
	os.RemoveAll(p.dir)
}

// request is a line to the Python side.
type request struct {
	Task   string `json:"task"`
	Method string `json:"method"`
	Seed   int    `json:"seed"`
	// Share is that of the steps to learn for.
	Share  float64 `json:"share,omitempty"`
	Train  *array  `json:"train,omitempty"`
	Test   *array  `json:"test,omitempty"`
	Labels []int   `json:"labels,omitempty"`
	Normal *array  `json:"normal,omitempty"`
	Series *array  `json:"series,omitempty"`
	Window int     `json:"window,omitempty"`
	Scores string  `json:"scores,omitempty"`
	// Own is where PaAno's scores of the normal part go.
	Own string `json:"own,omitempty"`
}

// array is a file of float64 values.
type array struct {
	Path  string `json:"path"`
	Shape []int  `json:"shape"`
}

// answer is a line from it.
type answer struct {
	Predicted []int   `json:"predicted"`
	Seconds   float64 `json:"seconds"`
	Error     string  `json:"error"`
}

func (p *peer) ask(r request) (a answer, err error) {
	text, err := json.Marshal(r)
	if err != nil {
		return a, err
	}
	if _, err := p.In.Write(append(text, '\n')); err != nil {
		return a, err
	}
	line, err := p.Out.ReadBytes('\n')
	if err != nil {
		return a, fmt.Errorf("the Python side has ended: %w", err)
	}
	return a, json.Unmarshal(line, &a)
}

// write puts values into a file of the exchange.
func (p *peer) write(name string, values []float64, shape ...int) (*array, error) {
	a := &array{filepath.Join(p.dir, name), shape}
	buf := make([]byte, 0, 8*len(values))
	for _, v := range values {
		buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(v))
	}
	return a, os.WriteFile(a.Path, buf, 0o600)
}

// folder measures on all sets below a folder.
func (b *bench) folder(ctx context.Context, task, dir string) error {
	o := archive.Options{Task: archive.Classify}
	if task == "anomaly" {
		o.Task = archive.Anomaly
	}
	found, err := archive.Find(dir, o)
	if err != nil {
		return err
	}
	if found, err = archive.Choose(found, b.sets); err != nil {
		return err
	}
	for i, s := range found {
		if i%b.every != b.from {
			continue
		}
		d, err := s.Read(ctx, datasets.Options{Sort: true})
		if err != nil {
			return err
		}
		measure := map[string]func(context.Context, string, *archive.Data) error{"classify": b.classify, "embed": b.embed, "anomaly": b.anomalies}[task]
		if err := measure(ctx, s.Name, d); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) has(set, method string) bool {
	return slices.ContainsFunc(b.done, func(r row) bool { return r.Set == set && r.Method == method })
}

// each asks every peer that has no row yet, and keeps what measure makes of its answer.
func (b *bench) each(ctx context.Context, set string, r request, measure func(a answer, out *row) error) error {
	for _, m := range b.methods {
		if err := ctx.Err(); err != nil {
			return err
		}
		if b.has(set, m) || isOwn(m) {
			continue
		}
		r.Method = m
		a, err := b.peer.ask(r)
		if err != nil {
			return err
		}
		out := row{Set: set, Method: m, Seconds: a.Seconds, Error: a.Error}
		if a.Error == "" {
			if err := measure(a, &out); err != nil {
				return err
			}
		}
		fmt.Fprintf(os.Stderr, "%-24s %-28s %6.1f s %s\n", m, set, a.Seconds, a.Error)
		if err := b.add(out); err != nil {
			return err
		}
	}
	return nil
}

// classify has the peers learn the train part with its labels, and counts what they get right.
func (b *bench) classify(ctx context.Context, name string, d *archive.Data) error {
	if !slices.ContainsFunc(b.methods, func(m string) bool { return !b.has(name, m) }) {
		return nil
	}
	if b.pad {
		if err := b.readOut(ctx, name, d); err != nil {
			return err
		}
		pad(d)
	}
	if !sameLength(name, d) {
		return nil
	}
	length := d.Train[0].Len()
	if cost := float64(len(d.Train)) * float64(len(d.Test)) * float64(length) * float64(length) / 1e6; b.most > 0 && cost > b.most {
		fmt.Fprintf(os.Stderr, "%s: left out, it costs %.0f million\n", name, cost)
		return nil
	}
	if err := b.readOut(ctx, name, d); err != nil {
		return err
	}
	classes := map[string]int{}
	number := func(all []*series.Series) (out []int) {
		for _, s := range all {
			if _, seen := classes[s.Label]; !seen {
				classes[s.Label] = len(classes)
			}
			out = append(out, classes[s.Label])
		}
		return out
	}
	r := request{Task: "classify", Labels: number(d.Train)}
	want := number(d.Test)
	var err error
	if r.Train, err = b.peer.set("train", d.Train); err != nil {
		return err
	}
	if r.Test, err = b.peer.set("test", d.Test); err != nil {
		return err
	}
	return b.each(ctx, name, r, func(a answer, out *row) error {
		if len(a.Predicted) != len(want) {
			return fmt.Errorf("%s: %d classes for %d series", name, len(a.Predicted), len(want))
		}
		right := 0.0
		for i, c := range a.Predicted {
			if c == want[i] {
				right++
			}
		}
		right /= float64(len(want))
		out.Accuracy = &right
		return nil
	})
}

// least is the number of time stamps that aeon's MiniRocket wants.
const least = 9

// pad continues the series of a set with gaps up to one length, which [filled] makes their last values.
func pad(d *archive.Data) {
	length := least
	all := slices.Concat(d.Train, d.Test)
	for _, s := range all {
		length = max(length, s.Len())
	}
	for _, s := range all {
		for c, values := range s.Values {
			for len(values) < length {
				values = append(values, math.NaN())
			}
			s.Values[c] = values
		}
	}
}

// sameLength says whether all series of a set have one length, which the peers want.
func sameLength(name string, d *archive.Data) bool {
	for _, s := range slices.Concat(d.Train, d.Test) {
		if s.Len() != d.Train[0].Len() {
			fmt.Fprintf(os.Stderr, "%s: left out, its series are of several lengths\n", name)
			return false
		}
	}
	return true
}

// set writes series as [samples, channels, time].
func (p *peer) set(name string, all []*series.Series) (*array, error) {
	var values []float64
	for _, s := range all {
		for _, c := range s.Values {
			values = append(values, filled(c)...)
		}
	}
	return p.write(name, values, len(all), all[0].NumChannels(), all[0].Len())
}

// filled has the value before it in place of a gap, which the peers do not take.
func filled(values []float64) []float64 {
	out, last := slices.Clone(values), 0.0
	for _, v := range out {
		if !math.IsNaN(v) {
			last = v
			break
		}
	}
	for i, v := range out {
		if math.IsNaN(v) {
			out[i] = last
		}
		last = out[i]
	}
	return out
}

// anomalies has the peers score the recordings of a set, named as wavekin bench names them.
func (b *bench) anomalies(ctx context.Context, name string, d *archive.Data) error {
	for i, s := range d.Test {
		of := name
		if len(d.Test) > 1 {
			of += "/" + s.ID
		}
		normal := s.Slice(0, int(0.15*float64(s.Len())))
		if i < len(d.Train) && (len(d.Train) == 1 || d.Train[i].ID == s.ID) {
			normal = d.Train[i]
		}
		if err := b.recording(ctx, of, normal, s); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) recording(ctx context.Context, name string, normal, s *series.Series) error {
	var labels []bool
	for _, l := range s.PointLabels {
		labels = append(labels, l > 0.5)
	}
	if !slices.Contains(labels, true) || !slices.Contains(labels, false) {
		return nil
	}
	at := func(file string) string { return filepath.Join(b.peer.dir, file) }
	r := request{Task: "anomaly", Window: max(1, min(min(max(series.VUSPeriod(normal), 64), 128), normal.Len()/3)), Scores: at("scores"), Own: at("own")}
	var err error
	if r.Normal, err = b.peer.recording("normal", normal); err != nil {
		return err
	}
	if r.Series, err = b.peer.recording("series", s); err != nil {
		return err
	}
	vus := func(scores []float64) (*float64, error) {
		if len(scores) != len(labels) {
			return nil, fmt.Errorf("%s: %d scores of %d time stamps", name, len(scores), len(labels))
		}
		_, pr, err := evaluate.VUS(scores, labels, min(series.VUSPeriod(s), s.Len()))
		return &pr, err
	}
	return b.each(ctx, name, r, func(_ answer, out *row) error {
		scores, err := floats(r.Scores)
		if err != nil {
			return err
		}
		if out.VUSPR, err = vus(scores); err != nil || out.Method != "PaAno" {
			return err
		}
		own, err := floats(r.Own)
		if err != nil {
			return err
		}
		if scores, err = louder(ctx, scores, own, normal, s); err != nil {
			return err
		}
		pr, err := vus(scores)
		if err != nil {
			return err
		}
		return b.add(row{Set: name, Method: withAmplitude, VUSPR: pr, Seconds: out.Seconds})
	})
}

// floats reads a file that the peer has written.
func floats(path string) ([]float64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(text)/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(text[8*i:]))
	}
	return out, nil
}

// recording writes a series as [time, channels].
func (p *peer) recording(name string, s *series.Series) (*array, error) {
	n, channels := s.Len(), s.NumChannels()
	values := make([]float64, n*channels)
	for c := range channels {
		for t, v := range filled(s.Values[c]) {
			values[t*channels+c] = v
		}
	}
	return p.write(name, values, n, channels)
}
