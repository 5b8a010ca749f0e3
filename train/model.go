package train

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// formatVersion is raised when a model file changes in a way that older programs cannot read.
const formatVersion = "1"

// Model is a trained encoder with all that it takes to use it again.
type Model struct {
	// Settings are those in force while it was trained.
	Settings Settings
	// Summary is what training came to.
	Summary Summary

	weights *nn.Weights
	net     encoders.Network
	// projector and classifier are nil in a model that has none.
	projector  *methods.Projector
	classifier *nn.LinearLayer
	programs   map[shape]*encoding
}

// Settings is what a model file remembers of its making.
type Settings struct {
	// Method and Encoder are names from the catalogues, with their own settings as JSON.
	Method          string          `json:"method"`
	MethodSettings  json.RawMessage `json:"method_settings"`
	Encoder         string          `json:"encoder"`
	EncoderSettings json.RawMessage `json:"encoder_settings"`
	// Views is the text of the augmentations.
	Views string `json:"views"`
	// Channels is how many channels a series must have.
	Channels int `json:"channels"`
	// ChannelNames are those of the training data.
	ChannelNames []string `json:"channel_names,omitempty"`
	// Window and Stride are in time stamps.
	Window int `json:"window"`
	Stride int `json:"stride"`
	// The remaining fields repeat Config.
	Batch         int               `json:"batch"`
	Steps         int               `json:"steps"`
	LR            float64           `json:"lr"`
	Optimizer     string            `json:"optimizer"`
	Decay         float64           `json:"decay"`
	Warmup        float64           `json:"warmup"`
	Clip          float64           `json:"clip"`
	ClipEach      float64           `json:"clip_each,omitempty"`
	Seed          uint64            `json:"seed"`
	LRSchedule    *methods.Schedule `json:"lr_schedule,omitempty"`
	DecaySchedule *methods.Schedule `json:"decay_schedule,omitempty"`
	Groups        []methods.Group   `json:"groups,omitempty"`
	// Normalizer is applied to every window before it is encoded.
	Normalizer *series.Normalizer `json:"normalizer"`
	// Stage is empty after learning without labels, "finetune" or "distill" after what followed it.
	Stage string `json:"stage,omitempty"`
	// KeptLayers is how many layers of the method's projector stand below the classifier.
	KeptLayers int `json:"kept_layers,omitempty"`
	// Classes are those that the model tells apart, in the order of its logits.
	Classes []string `json:"classes,omitempty"`
}

// shape tells programs apart: windows of that length in a batch, to logits or to encodings.
type shape struct {
	n, length int
	logits    bool
}

// encoding is the program that encodes one batch size and length.
type encoding struct {
	prog *nn.Program
	x, h *nn.Node
}

func newModel(cfg Config, data *windows, w *nn.Weights, sum Summary) (*Model, error) {
	s, err := settingsOf(cfg, data)
	if err != nil {
		return nil, err
	}
	s.Steps = sum.Steps
	m := &Model{Settings: s, Summary: sum}
	if err := m.build(); err != nil {
		return nil, err
	}
	for _, p := range m.weights.All() {
		copy(p.Data, w.Lookup(p.Name).Data)
	}
	return m, nil
}

func settingsOf(cfg Config, data *windows) (Settings, error) {
	ms, err := json.Marshal(cfg.Method)
	if err != nil {
		return Settings{}, err
	}
	es, err := json.Marshal(cfg.Encoder)
	if err != nil {
		return Settings{}, err
	}
	s := Settings{
		Method: cfg.Method.Name(), MethodSettings: ms, Encoder: cfg.Encoder.Name(), EncoderSettings: es,
		Views: cfg.Views.String(), Channels: data.channels, ChannelNames: data.series[0].Channels,
		Window: data.length, Stride: cfg.Stride, Batch: cfg.Batch, LR: cfg.LR, Optimizer: cfg.Optimizer,
		Decay: cfg.Decay, Warmup: cfg.Warmup, Clip: cfg.Clip, ClipEach: cfg.ClipEach, Seed: cfg.Seed, Groups: cfg.Groups, Normalizer: data.norm,
	}
	if cfg.LRSchedule != (methods.Schedule{}) {
		s.LRSchedule = &cfg.LRSchedule
	}
	if cfg.DecaySchedule != (methods.Schedule{}) {
		s.DecaySchedule = &cfg.DecaySchedule
	}
	return s, nil
}

// Untrained returns the encoder that training would start from: the floor that
// every claim of learning needs.
func Untrained(all []*series.Series, cfg Config) (*Model, error) {
	t, err := newTrainer(all, cfg)
	if err != nil {
		return nil, err
	}
	return newModel(t.cfg, t.data, t.weights, Summary{})
}

// build declares the weights that the settings ask for, with initial values.
func (m *Model) build() error {
	enc, err := encoders.ByName(m.Settings.Encoder, m.Settings.EncoderSettings)
	if err != nil {
		return err
	}
	method, err := methods.ByName(m.Settings.Method, m.Settings.MethodSettings)
	if err != nil {
		return err
	}
	if m.Settings.Channels < 1 || m.Settings.Normalizer == nil {
		return fmt.Errorf("train: model settings without channels or normaliser")
	}
	if err := m.Settings.Normalizer.Check(m.Settings.Channels); err != nil {
		return err
	}
	m.weights = nn.NewWeights(m.Settings.Seed)
	m.programs = map[shape]*encoding{}
	if m.net, err = methods.NetworkOf(method, m.weights, enc, m.Settings.Channels); err != nil {
		return err
	}
	return m.buildHead(method)
}

// Dim is the length of an encoding.
func (m *Model) Dim() int { return m.net.Dim() }

// Parameters is the number of trained numbers in the encoder.
func (m *Model) Parameters() int {
	n := 0
	for _, p := range m.weights.Trainable() {
		if strings.HasPrefix(p.Name, "encoder.") {
			n += len(p.Data)
		}
	}
	return n
}

// encodeBatch is how many windows are encoded at once.
const encodeBatch = 64

// maxPrograms bounds the compiled programs that a model keeps.
const maxPrograms = 8

// Encode returns the encodings [N, Dim] of windows [channels][time], which it
// normalises like the training data; gaps are interpolated. All windows of one
// call must have the same length. The windows are not modified. It is not safe
// for concurrent use.
func (m *Model) Encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	return m.apply(ctx, windows, false)
}

// apply returns the encodings of windows, or the logits of their classes.
func (m *Model) apply(ctx context.Context, windows []*series.Window, logits bool) ([]float32, error) {
	out := make([]float32, 0, len(windows)*m.width(logits))
	for len(windows) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(encodeBatch, len(windows))
		h, err := m.encode(windows[:n], logits)
		if err != nil {
			return nil, err
		}
		out = append(out, h...)
		windows = windows[n:]
	}
	return out, nil
}

func (m *Model) encode(batch []*series.Window, logits bool) ([]float32, error) {
	first := batch[0].Values
	if len(first) == 0 || len(first[0]) == 0 {
		return nil, inputError("window of series %q has no values", batch[0].Series)
	}
	c, l := len(first), len(first[0])
	if c != m.Settings.Channels {
		return nil, inputError("series %q has %d channels, the model was trained on %d (%s)",
			batch[0].Series, c, m.Settings.Channels, strings.Join(m.Settings.ChannelNames, ", "))
	}
	// A handful of batch sizes serves every call, so that few programs are compiled.
	size := 1
	for size < len(batch) {
		size *= 8
	}
	e, err := m.program(shape{min(size, encodeBatch), l, logits})
	if err != nil {
		return nil, err
	}
	dst := e.prog.Data(e.x)
	clear(dst)
	scratch := rows(c, l)
	for i, w := range batch {
		if len(w.Values) != c || len(w.Values[0]) != l {
			return nil, fmt.Errorf("train: windows of %d x %d and %d x %d in one call", c, l, len(w.Values), len(w.Values[0]))
		}
		for j := range scratch {
			copy(scratch[j], w.Values[j])
		}
		m.Settings.Normalizer.Apply(scratch)
		for j := range scratch {
			series.FillGaps(scratch[j])
			copy(dst[(i*c+j)*l:], scratch[j])
		}
	}
	if err := e.prog.Run(); err != nil {
		return nil, err
	}
	return e.prog.Data(e.h)[:len(batch)*m.width(logits)], nil
}

func (m *Model) program(key shape) (*encoding, error) {
	if e, ok := m.programs[key]; ok {
		return e, nil
	}
	if len(m.programs) >= maxPrograms {
		clear(m.programs)
	}
	g := nn.NewGraph(false)
	e := &encoding{x: g.Input("x", key.n, m.Settings.Channels, key.length)}
	if e.h = m.net.Apply(e.x); key.logits {
		e.h = m.classify(e.h)
	}
	var err error
	if e.prog, err = g.Compile(nil, e.h); err != nil {
		return nil, err
	}
	m.programs[key] = e
	return e, nil
}

// Save writes the model as one safetensors file: the weights by name of the encoder,
// and of projector and classifier where it has them, and in its metadata the settings, the summary and a format version. Equal
// models give equal bytes.
func (m *Model) Save(path string) error {
	settings, err := json.Marshal(m.Settings)
	if err != nil {
		return err
	}
	summary, err := json.Marshal(m.Summary)
	if err != nil {
		return err
	}
	var ts []tensorData
	for _, p := range m.weights.All() {
		ts = append(ts, tensorData{p.Name, p.Shape, p.Data})
	}
	return writeTensors(path, map[string]string{"format": formatVersion, "settings": string(settings), "summary": string(summary)}, ts)
}

// Load reads a model. Errors in the file are of type *FileError.
func Load(path string) (*Model, error) {
	meta, ts, err := readTensors(path)
	if err != nil {
		return nil, err
	}
	m, err := modelOf(meta, ts)
	if err != nil {
		return nil, &FileError{Path: path, Offset: -1, Err: err}
	}
	return m, nil
}

// modelOf builds the model that a file's metadata describe, and fills in its tensors.
func modelOf(meta map[string]string, ts []tensorData) (*Model, error) {
	fail := func(format string, args ...any) (*Model, error) { return nil, fmt.Errorf(format, args...) }
	if _, ok := meta["state"]; ok && meta["settings"] == "" {
		return fail("a checkpoint, not a model; go on with --resume to get the model")
	}
	if meta["format"] != formatVersion {
		return fail("model format %q, this program reads %q", meta["format"], formatVersion)
	}
	m := &Model{}
	if err := json.Unmarshal([]byte(meta["settings"]), &m.Settings); err != nil {
		return fail("settings: %w", err)
	}
	if err := json.Unmarshal([]byte(meta["summary"]), &m.Summary); err != nil {
		return fail("summary: %w", err)
	}
	if err := m.checkSize(ts); err != nil {
		return fail("%w", err)
	}
	if err := m.build(); err != nil {
		return fail("%w", err)
	}
	if len(ts) != len(m.weights.All()) {
		return fail("%d tensors, its settings need %d", len(ts), len(m.weights.All()))
	}
	for _, t := range ts {
		p := m.weights.Lookup(t.Name)
		if p == nil || len(p.Data) != len(t.Data) {
			return fail("tensor %q of %d values does not belong to its settings", t.Name, len(t.Data))
		}
		for i, v := range t.Data {
			if v-v != 0 {
				return fail("tensor %q: value %d is %g, want a finite number", t.Name, i, v)
			}
		}
		copy(p.Data, t.Data)
	}
	return m, nil
}

// IsModel tells by its first bytes whether a file is a safetensors file.
func IsModel(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var lead [9]byte
	_, err = io.ReadFull(f, lead[:])
	return err == nil && lead[8] == '{' && lead[7] == 0 && lead[6] == 0
}
