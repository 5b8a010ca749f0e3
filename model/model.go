package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// FormatVersion is raised when a model file changes in a way that older programs cannot read or a reader must know of. Files
// of older versions are read.
const FormatVersion = "4"

// Summary tells how training went.
type Summary struct {
	// Steps is how many steps were taken, and Windows how many windows there are.
	Steps   int `json:"steps"`
	Windows int `json:"windows"`
	// Parameters is the number of trained numbers.
	Parameters int `json:"parameters"`
	// Loss is the mean over the last tenth of the steps, FirstLoss that of the first step.
	Loss      float64 `json:"loss"`
	FirstLoss float64 `json:"first_loss"`
	// Std is the collapse instrument at the end, see train.Step.
	Std float64 `json:"std"`
	// EffectiveRank is the participation ratio of the embeddings' covariance in the last batch.
	EffectiveRank float64 `json:"effective_rank"`
	// Alignment and Uniformity are those of Wang and Isola (2020), in the last batch.
	Alignment  float64 `json:"alignment"`
	Uniformity float64 `json:"uniformity"`
	// Diagnosis says in words what looks wrong, or that nothing does.
	Diagnosis []string `json:"diagnosis"`
	// Measures are what the method itself watches: means over the last tenth of the steps, or the last 25 of a short run.
	Measures map[string]float64 `json:"measures,omitempty"`
	// Losses holds the loss of every step, for the picture.
	Losses []float64 `json:"-"`
}

// Model is a trained encoder with all that it takes to use it again.
type Model struct {
	// Settings say what it takes to use it.
	Settings Settings
	// Recipe is how it was trained, as package train writes it: a settings file (TOML).
	Recipe string
	// Summary tells how training went.
	Summary Summary

	encoder encoders.Encoder
	method  methods.Method
	weights *nn.Weights
	net     encoders.Network
	// projector and classifier are nil in a model that has none.
	projector  *methods.Projector
	classifier *nn.LinearLayer
	layer      int                // of the projector, after which encodings are read
	predictor  *methods.Predictor // nil in a model without predictors
	programs   programs
	precision  nn.Precision
}

// Settings say what it takes to use a model.
type Settings struct {
	// Method and Encoder are names from the catalogues, with their own settings as JSON: they make the network, and what of
	// the method's projector is kept.
	Method          string          `json:"method"`
	MethodSettings  json.RawMessage `json:"method_settings"`
	Encoder         string          `json:"encoder"`
	EncoderSettings json.RawMessage `json:"encoder_settings"`
	// Channels is how many channels a series or an image must have.
	Channels int `json:"channels"`
	// ChannelNames are those of the training data.
	ChannelNames []string `json:"channel_names,omitempty"`
	// Image says what images are brought to before they are encoded; nil in a model of series, for which Window and
	// Stride, in time stamps, and Normalizer count.
	Image  *Picture `json:"image,omitempty"`
	Window int      `json:"window"`
	Stride int      `json:"stride"`
	// Step is the distance between two time stamps of the training data in nanoseconds; 0 where it is not known.
	Step int64 `json:"step_ns,omitempty"`
	// Normalizer is applied to every window before it is encoded.
	Normalizer *series.Normalizer `json:"normalizer,omitempty"`
	// Stage is empty after learning without labels, "finetune" or "distill" after what followed it, and "fitted" where nothing
	// was trained ([Fitted]).
	Stage string `json:"stage,omitempty"`
	// KeptLayers is how many layers of the method's projector stand below the classifier.
	KeptLayers int `json:"kept_layers,omitempty"`
	// Predictors tells that the model keeps what its method predicts with ([methods.Predicting]).
	Predictors bool `json:"predictors,omitempty"`
	// Classes are those that the model tells apart, in the order of its logits.
	Classes []string `json:"classes,omitempty"`
}

// New makes a model of trained weights: those of the encoder, of the method's projector ([methods.Keeper]), of the classifier and of the predictors that
// the settings ask for are copied from w. A projector stays away where it has more than four million weights or no step was
// taken, unless fine-tuning begins in it ([methods.Tuner]). The names and settings of the method and the encoder are filled in. Neither need be in a
// catalogue; a file of the model can be loaded only where they are. recipe is what [Model.Recipe] shall be.
func New(s Settings, recipe string, sum Summary, enc encoders.Encoder, method methods.Method, w *nn.Weights) (*Model, error) {
	enc, err := encoders.Kept(enc)
	if err != nil {
		return nil, err
	}
	if err := s.name(enc, method); err != nil {
		return nil, err
	}
	m := &Model{Settings: s, Recipe: recipe, Summary: sum}
	_, all := method.(methods.Tuner)
	has := func(name string) bool { return (all || sum.Steps > 0) && w.Lookup(name) != nil }
	if err := m.build(enc, method, projecting{has, all}); err != nil {
		return nil, err
	}
	return m, CopyWeights(m.weights, w)
}

// name fills in the names and the settings of encoder and method.
func (s *Settings) name(enc encoders.Encoder, method methods.Method) (err error) {
	if s.Method, s.MethodSettings, err = named(method); err != nil {
		return err
	}
	s.Encoder, s.EncoderSettings, err = named(enc)
	return err
}

// named is a configuration as its name and its settings.
func named(v interface{ Name() string }) (string, json.RawMessage, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", nil, fmt.Errorf("settings of %s: %s", v.Name(), strings.TrimPrefix(err.Error(), "json: "))
	}
	return v.Name(), text, nil
}

// CopyWeights copies into all weights of dst the values of src by name; a weight that src lacks is an error.
func CopyWeights(dst, src *nn.Weights) error {
	for _, p := range dst.All() {
		q := src.Lookup(p.Name)
		if q == nil || len(q.Data) != len(p.Data) {
			return fmt.Errorf("weight %q is missing, or of another size", p.Name)
		}
		copy(p.Data, q.Data)
	}
	return nil
}

// build declares the weights that the settings ask for, with initial values.
func (m *Model) build(enc encoders.Encoder, method methods.Method, from projecting) error {
	err := m.Settings.checkInput(enc)
	if err != nil {
		return err
	}
	if m.weights == nil {
		m.weights = nn.NewWeights(0)
	}
	m.encoder, m.method = enc, method
	if m.net, err = methods.NetworkOf(method, m.weights, enc, m.Settings.Channels); err != nil {
		return err
	}
	if err := m.buildHead(method, from); err != nil {
		return err
	}
	if err := m.buildPredictor(method); err != nil {
		return err
	}
	if err := m.weights.Err(); err != nil {
		return fmt.Errorf("its settings ask for more weights than there are: %w", err)
	}
	return nil
}

// checkInput holds what the settings say of samples to what the encoder takes.
func (s *Settings) checkInput(enc encoders.Encoder) error {
	if want := encoders.Axes(enc); (want == 2) != (s.Image != nil) {
		return fmt.Errorf("the settings of a model of images and those of its encoder (%s) do not agree", s.Encoder)
	}
	if s.Image != nil {
		return s.Image.Check(s.Channels)
	}
	if s.Channels < 1 || s.Normalizer == nil {
		return fmt.Errorf("model settings without channels or normaliser")
	}
	return s.Normalizer.Check(s.Channels)
}

// Encoder is the architecture.
func (m *Model) Encoder() encoders.Encoder { return m.encoder }

// Method is the way in which the model was learnt, before any fine-tuning.
func (m *Model) Method() methods.Method { return m.method }

// Weights are the model's own: those of the encoder, and of projector, predictors and classifier where it has them.
func (m *Model) Weights() *nn.Weights { return m.weights }

// Step is the distance between two time stamps of the training data, 0 where it is not known.
func (m *Model) Step() time.Duration { return time.Duration(m.Settings.Step) }

// Dim is the length of an encoding.
func (m *Model) Dim() int {
	if m.layer > 0 {
		return m.projector.DimOf(m.layer)
	}
	return m.net.Dim()
}

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

// Save writes the model as one safetensors file: the weights by name of the encoder,
// and of projector, predictors and classifier where it has them, and in its metadata the settings, the recipe, the summary and
// a format version. Equal models give equal bytes.
func (m *Model) Save(path string) error {
	settings, err := json.Marshal(m.Settings)
	if err != nil {
		return err
	}
	summary, err := json.Marshal(m.Summary)
	if err != nil {
		return err
	}
	var ts []tensorfile.Tensor
	for _, p := range m.weights.All() {
		ts = append(ts, tensorfile.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Data})
	}
	return tensorfile.Write(path, map[string]string{"format": FormatVersion, "settings": string(settings), "recipe": m.Recipe, "summary": string(summary)}, ts)
}

// Load reads a model. Errors in the file are of type *FileError.
func Load(path string) (*Model, error) {
	meta, ts, err := tensorfile.Read(path)
	if err != nil {
		return nil, tensorfile.Wanted(err, "a model; wavekin pretrain writes models")
	}
	m, err := FromTensors(meta, ts)
	if err != nil {
		return nil, &FileError{Path: path, Offset: -1, Err: err}
	}
	return m, nil
}

// FileError says what is wrong with a model or checkpoint file: its path, the byte at which it was noticed or -1, and the cause.
type FileError = tensorfile.Error

// otherKind says what a file is that has the layout of a model and is none.
func otherKind(meta map[string]string) error {
	if _, ok := meta["state"]; ok && meta["settings"] == "" {
		return errors.New("a checkpoint, not a model; go on with --resume to get the model")
	}
	if meta["reference"] != "" {
		return errors.New("a reference of normal data, not a model; it belongs to --reference")
	}
	if learnt.Describes(meta) {
		return errors.New("weights of towers, not a model; the commands that take --model builtin take it in place of that, and pretrain by --encoder 'builtin(towers=FILE)'")
	}
	return nil
}

// FromTensors builds the model that the metadata of a file describe, and fills in its tensors.
func FromTensors(meta map[string]string, ts []tensorfile.Tensor) (*Model, error) {
	fail := func(format string, args ...any) (*Model, error) { return nil, fmt.Errorf(format, args...) }
	if err := otherKind(meta); err != nil {
		return nil, err
	}
	if err := CheckFormat(meta); err != nil {
		return nil, err
	}
	m := &Model{Recipe: meta["recipe"]}
	if err := json.Unmarshal([]byte(meta["settings"]), &m.Settings); err != nil {
		return fail("settings: %w", err)
	}
	if meta["format"] == firstFormat {
		var err error
		if m.Recipe, err = OldRecipe([]byte(meta["settings"])); err != nil {
			return fail("settings: %w", err)
		}
	}
	if err := json.Unmarshal([]byte(meta["summary"]), &m.Summary); err != nil {
		return fail("summary: %w", err)
	}
	values, err := m.checkSize(ts)
	if err != nil {
		return fail("%w", err)
	}
	m.weights = nn.NewWeights(0).Limit(values)
	enc, err := encoders.ByName(m.Settings.Encoder, m.Settings.EncoderSettings)
	if err != nil {
		return fail("%w", err)
	}
	method, err := methods.ByName(m.Settings.Method, m.Settings.MethodSettings)
	if err != nil {
		return fail("%w", err)
	}
	has := func(name string) bool {
		return slices.ContainsFunc(ts, func(t tensorfile.Tensor) bool { return t.Name == name })
	}
	if b, ok := enc.(encoders.Builtin); ok && b.Towers != "" {
		return fail("its settings name a file of towers, %q; a model has its own weights", b.Towers)
	}
	if enc, method, err = m.Settings.OfEarlier(enc, method, has); err != nil {
		return fail("%w", err)
	}
	if err := m.build(enc, method, projecting{has, true}); err != nil {
		return fail("%w", err)
	}
	if err := m.fill(ts); err != nil {
		return nil, err
	}
	return m, nil
}

// fill sets the weights to tensors, which must be those and no others, and finite.
func (m *Model) fill(ts []tensorfile.Tensor) error {
	if len(ts) != len(m.weights.All()) {
		return fmt.Errorf("%d tensors, its settings need %d", len(ts), len(m.weights.All()))
	}
	for _, t := range ts {
		p := m.weights.Lookup(t.Name)
		if p == nil || len(p.Data) != len(t.Data) {
			return fmt.Errorf("tensor %q of %d values does not belong to its settings", t.Name, len(t.Data))
		}
		for i, v := range t.Data {
			if v-v != 0 {
				return fmt.Errorf("tensor %q: value %d is %g, want a finite number", t.Name, i, v)
			}
		}
		copy(p.Data, t.Data)
	}
	return nil
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
