// Package onnx writes models in the open format ONNX, for runtimes in other languages.
//
// What a file holds is the whole way from raw values to the encoding, as [model.Model.Encode] goes it: centring and scaling,
// filling of gaps, and the network, whose operations are translated one by one. An encoder of another module needs nothing of
// its own as long as it is made of operations of package nn; one with an [nn.Op] of its own cannot be exported, unless that is an [nn.RowMap].
package onnx

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// The names of input and output.
const (
	InputSeries = "series"
	InputImages = "images"
	Output      = "embedding"
)

// Options say how a model is written; the zero value is plain.
type Options struct {
	// Float32 makes the input of a model of series float32, and not float64 as the values are that wavekin reads: then a
	// series whose changes are small beside its level loses digits before it is centred.
	Float32 bool
	// FixedLength keeps the length of the windows that of training, for runtimes that want it.
	FixedLength bool
	// Version is that of the program, for the file.
	Version string
}

// Summary tells what was written.
type Summary struct {
	// InputShape and OutputShape have names for axes of any size.
	InputShape  []string `json:"input_shape"`
	OutputShape []string `json:"output_shape"`
	// Type is that of the input, "float64" or "float32".
	Type string `json:"type"`
	// FreeLength tells whether series may have any length from MinLength on, in time stamps.
	FreeLength bool `json:"free_length"`
	MinLength  int  `json:"min_length,omitempty"`
	// Nodes is the number of operations, Bytes the size of the file.
	Nodes int   `json:"nodes"`
	Bytes int64 `json:"bytes"`
	// Opset is the version of the operations.
	Opset int `json:"opset"`
}

// Write translates a model and writes it. Input is [N, C, T] of float64 (float32 by Options), where NaN is a gap, or images
// [N, C, size, size] of float32 from 0 to 1, red, green and blue, that have the model's size; output the encodings [N, Dim] of
// float32. An encoder that uses what has no translation is an error.
func Write(w io.Writer, m *model.Model, o Options) (*Summary, error) {
	t, err := translate(m, o)
	if err != nil {
		return nil, fmt.Errorf("encoder %s: %w", m.Settings.Encoder, err)
	}
	s := t.describe(m, o)
	if s.Bytes, err = t.file.write(w); err != nil {
		return nil, err
	}
	return s, nil
}

// translate tries a free length first.
func translate(m *model.Model, o Options) (*translator, error) {
	t, err := attempt(m, !o.FixedLength)
	if err == nil || !t.builds.free {
		return t, err
	}
	return attempt(m, false)
}

// attempt translates a network for batches and, with free, series of any length, or of one.
func attempt(m *model.Model, free bool) (*translator, error) {
	t := &translator{builder: newBuilder(), done: map[*nn.Node]string{}, places: map[string]place{}, sizes: map[string]string{}, builds: &builds{}}
	b, err := trace(m, free)
	if err != nil {
		return t, err
	}
	t.builds, t.shortest = b, max(b.shortest, encoders.MinLength(m.Encoder()))
	raw := t.unused(InputSeries)
	if m.Settings.Image != nil {
		raw = t.unused(InputImages)
	}
	t.learn(raw, b.inputs.dims())
	x := ""
	if p := m.Settings.Image; p != nil {
		x = t.images(raw, p)
	} else {
		x = t.windows(raw, m.Settings.Normalizer)
	}
	t.done[b.inputs[0]] = x
	h := t.value(b.outputs)
	if t.err != nil {
		return t, t.err
	}
	t.rename(h, Output)
	return t, nil
}

// describe fills in what the file says of itself.
func (t *translator) describe(m *model.Model, o Options) *Summary {
	s := &Summary{Type: "float64", FreeLength: t.builds.free, Nodes: len(t.file.nodes), Opset: opsetVersion}
	name, kind, dims := InputSeries, int64(typeDouble), []any{"batch", m.Settings.Channels}
	switch p := m.Settings.Image; {
	case p != nil:
		name, dims = InputImages, append(dims, p.Size, p.Size)
	case t.builds.free:
		dims, s.MinLength = append(dims, "length"), t.shortest
	default:
		dims = append(dims, m.Settings.Window)
	}
	if o.Float32 || m.Settings.Image != nil {
		s.Type, kind = "float32", typeFloat
	}
	for _, d := range dims {
		s.InputShape = append(s.InputShape, fmt.Sprint(d))
	}
	s.OutputShape = []string{"batch", strconv.Itoa(m.Dim())}
	f := &t.file
	f.producer, f.version = "wavekin", o.Version
	f.doc = fmt.Sprintf("encoder %s of wavekin: %s [%s] to %s [%s]", m.Settings.Encoder, name, strings.Join(s.InputShape, ", "), Output, strings.Join(s.OutputShape, ", "))
	f.input, f.output = port(name, kind, dims...), port(Output, typeFloat, "batch", m.Dim())
	f.metadata = metadata(m, s)
	return s
}

// metadata are those of the file: what made it, and what a program must know that feeds it.
func metadata(m *model.Model, s *Summary) [][2]string {
	out := [][2]string{{"wavekin.model", m.Hash()}, {"wavekin.encoder", m.Settings.Encoder}, {"wavekin.encoder_settings", string(m.Settings.EncoderSettings)}}
	if p := m.Settings.Image; p != nil {
		return append(out, [2]string{"wavekin.space", p.Space}, [2]string{"wavekin.size", strconv.Itoa(p.Size)})
	}
	out = append(out, [2]string{"wavekin.normalize", string(m.Settings.Normalizer.Mode)}, [2]string{"wavekin.window", strconv.Itoa(m.Settings.Window)},
		[2]string{"wavekin.stride", strconv.Itoa(m.Settings.Stride)})
	if s.FreeLength {
		out = append(out, [2]string{"wavekin.min_length", strconv.Itoa(s.MinLength)})
	}
	if names := m.Settings.ChannelNames; len(names) > 0 {
		out = append(out, [2]string{"wavekin.channels", strings.Join(names, ",")})
	}
	return out
}
