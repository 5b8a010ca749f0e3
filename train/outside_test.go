package train_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// tones are noisy series of two channels and two classes.
func tones(n, l int) train.Series {
	rng := rand.New(rand.NewPCG(1, 2))
	var all train.Series
	for i := range n {
		s := &series.Series{ID: fmt.Sprint("tone ", i), Channels: []string{"a", "b"}, Label: []string{"low", "high"}[i%2], Values: make([][]float64, 2)}
		for c := range s.Values {
			for k := range l {
				s.Values[c] = append(s.Values[c], float64(c)+math.Sin(float64(k)*(0.3+0.4*float64(i%2))+float64(i))+0.1*rng.NormFloat64())
			}
		}
		all = append(all, s)
	}
	return all
}

// onDisk is a set of series of equal length in a file: [series][channel][time] float64. Nothing of it is in memory.
type onDisk struct {
	file   io.ReaderAt
	n, l   int
	labels []string
}

// writeSet writes series into a file and returns the set that reads them from there.
func writeSet(t *testing.T, all train.Series) onDisk {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "set"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	d := onDisk{file: f, n: len(all), l: all[0].Len()}
	for _, s := range all {
		d.labels = append(d.labels, s.Label)
		if err := binary.Write(f, binary.LittleEndian, slices.Concat(s.Values...)); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d onDisk) Len() int           { return d.n }
func (d onDisk) Label(i int) string { return d.labels[i] }

func (d onDisk) Windows(c train.Cut) (train.Windows, error) {
	w := diskWindows{onDisk: d, length: c.Length}
	if w.length == 0 {
		w.length = d.l
	}
	for i := range d.n {
		for start := 0; start+w.length <= d.l; start += c.Stride {
			w.places = append(w.places, methods.Sample{Series: i, Start: start})
			if c.Stride == 0 {
				break
			}
		}
	}
	return w, nil
}

type diskWindows struct {
	onDisk
	length int
	places []methods.Sample
}

func (w diskWindows) Places() []methods.Sample { return w.places }
func (w diskWindows) Channels() []string       { return []string{"a", "b"} }
func (w diskWindows) Length() int              { return w.length }

func (w diskWindows) Read(dst [][]float64, i int) error {
	p := w.places[i]
	for c := range dst {
		at := int64(8 * ((p.Series*len(dst)+c)*w.l + p.Start))
		if err := binary.Read(io.NewSectionReader(w.file, at, int64(8*w.length)), binary.LittleEndian, dst[c]); err != nil {
			return err
		}
	}
	return nil
}

// knowing is a set that knows what it is standardised by.
type knowing struct {
	onDisk
	norm *series.Normalizer
}

func (d knowing) Windows(c train.Cut) (train.Windows, error) {
	w, err := d.onDisk.Windows(c)
	return knowingWindows{w, d.norm}, err
}

type knowingWindows struct {
	train.Windows
	norm *series.Normalizer
}

func (w knowingWindows) Normalizer(series.Mode) (*series.Normalizer, error) { return w.norm, nil }

// broken fails to read after a byte.
type broken struct {
	io.ReaderAt
	after int64
}

func (b broken) ReadAt(p []byte, at int64) (int, error) {
	if at > b.after {
		return 0, errors.New("the disk is gone")
	}
	return b.ReaderAt.ReadAt(p, at)
}

func small() train.Config {
	return train.Config{Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 12}, Method: methods.SimCLR{Hidden: 16, Out: 8}, Window: 32, Stride: 16, Batch: 8, Steps: 20, Seed: 3}
}

func saved(t *testing.T, m *model.Model) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestLearningFromDisk: a set of another package, of which only the windows of a batch are in memory, gives the bytes that series
// in memory give; it can be fine-tuned on, in part, too.
func TestLearningFromDisk(t *testing.T) {
	ctx := context.Background()
	all := tones(10, 128)
	set := writeSet(t, all)
	norm, err := series.FitNormalizer(all, series.ModeTrain)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := train.Pretrain(ctx, all, small())
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := train.Pretrain(ctx, knowing{set, norm}, small())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(saved(t, got), saved(t, want)) {
		t.Error("windows from disk give another model than series in memory")
	}
	// Without statistics of its own, a set is measured by its windows.
	measured, sum, err := train.Pretrain(ctx, set, small())
	if err != nil || sum.Windows != 70 {
		t.Fatal(sum.Windows, err)
	}
	for c, m := range measured.Settings.Normalizer.Mean {
		if math.Abs(m-norm.Mean[c]) > 0.05 || math.Abs(measured.Settings.Normalizer.Std[c]-norm.Std[c]) > 0.05 {
			t.Errorf("channel %d: measured %g and %g, want about %g and %g", c, m, measured.Settings.Normalizer.Std[c], norm.Mean[c], norm.Std[c])
		}
	}
	few, err := train.Few(set, 0.4, 1)
	if err != nil || few.Len() != 4 {
		t.Fatalf("%v of 10 series, %v", few, err)
	}
	tuned, sum, err := train.Finetune(ctx, want, few, train.Finetuning{Config: train.Config{Steps: 40, Batch: 4, LR: 0.005}})
	if err != nil || sum.Windows != 4 {
		t.Fatal(sum.Windows, err)
	}
	var ws []*series.Window
	for _, s := range all {
		ws = append(ws, s.Slice(0, 32).Whole(32))
	}
	classes, err := tuned.Classify(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range classes {
		if c != all[i].Label {
			t.Errorf("series %d of class %s is taken for %s", i, all[i].Label, c)
		}
	}
}

// TestUnreadableWindowsAreNamed: an error of a foreign source ends the run and says which window it was.
func TestUnreadableWindowsAreNamed(t *testing.T) {
	set := writeSet(t, tones(10, 128))
	norm := &series.Normalizer{Mode: series.ModeWindow}
	set.file = broken{set.file, 16 * 128 * 5}
	var in *train.InputError
	_, _, err := train.Pretrain(context.Background(), knowing{set, norm}, small())
	if !errors.As(err, &in) || !strings.Contains(err.Error(), "the disk is gone") || !strings.Contains(err.Error(), "from time stamp") {
		t.Error(err)
	}
	if _, _, err := train.Pretrain(context.Background(), set, small()); !errors.As(err, &in) {
		t.Error("while it is measured:", err)
	}
	var other train.Data = struct{ train.Data }{tones(2, 64)}
	if _, _, err := train.Pretrain(context.Background(), other, small()); err == nil || !strings.Contains(err.Error(), "neither a set of series nor of images") {
		t.Error(err)
	}
}

// Summary is an encoder that is in no catalogue: the mean of each channel, behind a linear layer.
type Summary struct {
	Out int `json:"out"`
}

func (Summary) Name() string { return "ours/summary" }

func (s Summary) New(w *nn.Weights, channels int) (encoders.Network, error) {
	return summary{nn.NewLinear(w, "map", channels, s.Out, true), s.Out}, nil
}

type summary struct {
	*nn.LinearLayer
	out int
}

func (s summary) Apply(x *nn.Node) *nn.Node { return s.LinearLayer.Apply(nn.MeanLast(x)) }
func (s summary) Dim() int                  { return s.out }

// TestForeignEncoderEndToEnd trains an encoder that is in no catalogue, fine-tunes and distils the model in memory, and saves
// it; the file can be loaded once the encoder is registered.
func TestForeignEncoderEndToEnd(t *testing.T) {
	ctx := context.Background()
	all := tones(8, 64)
	cfg := small()
	cfg.Encoder = Summary{Out: 6}
	m, _, err := train.Pretrain(ctx, all, cfg)
	if err != nil {
		t.Fatal(err)
	}
	windows := series.Windows(all[0], 32, 16)
	want, err := m.Encode(ctx, windows)
	if err != nil || len(want) != 6*len(windows) {
		t.Fatal(len(want), err)
	}
	tuned, _, err := train.Finetune(ctx, m, all, train.Finetuning{Config: train.Config{Steps: 2}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := train.Distill(ctx, tuned, all, train.Distillation{Config: train.Config{Steps: 2}}); err != nil {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	var file *model.FileError
	if _, err := model.Load(path); !errors.As(err, &file) || !strings.Contains(err.Error(), `no encoder "ours/summary"`) {
		t.Errorf("loaded without the encoder: %v", err)
	}
	if err := encoders.Register("ours/summary", encoders.EntryOf[Summary]("means")); err != nil {
		t.Fatal(err)
	}
	back, err := model.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Encode(ctx, windows)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v after loading, want %v; %v", got, want, err)
	}
	if recipe, err := train.Parse(back.Recipe); err != nil || recipe.Encoder != encoders.Encoder(Summary{Out: 6}) {
		t.Errorf("recipe %v, %v", recipe, err)
	}
}

// TestChannelsAreJoinedByName: series whose channels are in another order give the same model.
func TestChannelsAreJoinedByName(t *testing.T) {
	ctx := context.Background()
	all := tones(6, 64)
	want, _, err := train.Pretrain(ctx, all, small())
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		if i%2 == 1 {
			s.Channels, s.Values = []string{"b", "a"}, [][]float64{s.Values[1], s.Values[0]}
		}
	}
	got, _, err := train.Pretrain(ctx, all, small())
	if err != nil || !bytes.Equal(saved(t, got), saved(t, want)) {
		t.Error("channels in another order give another model", err)
	}
	all[1].Channels = []string{"b", "c"}
	var in *train.InputError
	if _, _, err := train.Pretrain(ctx, all, small()); !errors.As(err, &in) || !strings.Contains(err.Error(), "no channel a") {
		t.Error(err)
	}
}
