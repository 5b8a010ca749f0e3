package onnx_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/model/onnx"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
	"google.golang.org/protobuf/encoding/protowire"
)

// small are settings that keep the test short; the others are those by default.
var small = map[string]string{
	"conv": `{"width":8,"depth":2,"out":12}`, "resnet1d": `{"width":8}`, "strided": `{"width":8,"out":8}`, "towers": `{"width":8}`,
	"transformer": `{"width":16,"depth":2}`, "rocket": `{"features":3}`, "builtin": `{"features":3}`, "resnet18": `{"width":8}`, "resnet34": `{"width":8}`,
	"resnet50": `{"width":8,"norm":"group-ws"}`, "vit-tiny": `{"width":12,"depth":2}`, "vit-small": `{"width":12,"heads":3,"depth":1,"pool":"mean"}`,
	"vit-base": `{"width":12,"heads":3,"depth":1}`,
}

// waves are windows of so many channels with gaps in them.
func waves(n, channels, length int) train.Series {
	var all train.Series
	for i := range n {
		s := &series.Series{ID: "s"}
		for c := range channels {
			row := make([]float64, length)
			for t := range row {
				if row[t] = 5 + math.Sin(float64(t*(c+1))*(0.1+0.03*float64(i))) + 0.3*math.Cos(float64(t*t+i)); (t+3*i)%11 == 0 {
					row[t] = series.Gap
				}
			}
			s.Values = append(s.Values, row)
		}
		all = append(all, s)
	}
	return all
}

// untrained is a model with an encoder of the catalogue, its weights as they were drawn, and for series fitted to samples.
func untrained(t *testing.T, name string, channels int, mode series.Mode) *model.Model {
	t.Helper()
	enc, err := encoders.ByName(name, []byte(small[name]))
	if err != nil {
		t.Fatal(err)
	}
	if network.Axes(enc) == 1 {
		m, err := train.Untrained(waves(6, channels, 40), train.Config{Encoder: enc, Window: 40, Stride: 40, Normalize: mode})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	w := nn.NewWeights(3)
	if _, err := methods.NetworkOf(methods.SimCLR{}, w, enc, channels); err != nil {
		t.Fatal(err)
	}
	p := &model.Picture{Size: 16, Space: "rgb", Mean: []float32{.5, .4, .3}, Deviation: []float32{.2, .3, .4}}
	m, err := model.New(model.Settings{Channels: channels, Image: p}, "", model.Summary{}, enc, methods.SimCLR{}, w)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parsed is what a file holds.
type parsed struct {
	inputs, outputs []string
	nodes           []parsedNode
	tensors         map[string][]byte
	opset           uint64
	metadata        map[string]string
}

type parsedNode struct {
	kind    string
	in, out []string
}

// fields calls f with every field of a message: its number, and its bytes or its number.
func fields(t *testing.T, m []byte, f func(field protowire.Number, b []byte, v uint64)) {
	t.Helper()
	for len(m) > 0 {
		field, kind, n := protowire.ConsumeTag(m)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
		var b []byte
		var v uint64
		switch kind {
		case protowire.BytesType:
			b, n = protowire.ConsumeBytes(m)
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(m)
		default:
			n = protowire.ConsumeFieldValue(field, kind, m)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m = m[n:]
		f(field, b, v)
	}
}

func parse(t *testing.T, file []byte) *parsed {
	t.Helper()
	p := &parsed{tensors: map[string][]byte{}, metadata: map[string]string{}}
	name := func(m []byte, at protowire.Number) (s string) {
		fields(t, m, func(field protowire.Number, b []byte, _ uint64) {
			if field == at {
				s = string(b)
			}
		})
		return s
	}
	graph := func(field protowire.Number, b []byte, _ uint64) {
		switch field {
		case 1:
			var n parsedNode
			fields(t, b, func(field protowire.Number, b []byte, _ uint64) {
				switch field {
				case 1:
					n.in = append(n.in, string(b))
				case 2:
					n.out = append(n.out, string(b))
				case 4:
					n.kind = string(b)
				}
			})
			p.nodes = append(p.nodes, n)
		case 5:
			if s := name(b, 8); p.tensors[s] != nil {
				t.Errorf("two initialisers %q", s)
			}
			p.tensors[name(b, 8)] = []byte(name(b, 9))
		case 11:
			p.inputs = append(p.inputs, name(b, 1))
		case 12:
			p.outputs = append(p.outputs, name(b, 1))
		}
	}
	fields(t, file, func(field protowire.Number, b []byte, _ uint64) {
		switch field {
		case 7:
			fields(t, b, graph)
		case 8:
			fields(t, b, func(field protowire.Number, _ []byte, v uint64) { p.opset = max(p.opset, v) })
		case 14:
			p.metadata[name(b, 1)] = name(b, 2)
		}
	})
	return p
}

// TestEveryEncoder: what is written can be read, computes everything before it is used, and holds the model's weights.
func TestEveryEncoder(t *testing.T) {
	for _, name := range encoders.Names() {
		for _, channels := range []int{1, 3} {
			enc, err := encoders.ByName(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			if network.Axes(enc) == 2 && channels == 1 {
				continue
			}
			m := untrained(t, name, channels, series.ModeTrain)
			var file bytes.Buffer
			s, err := onnx.Write(&file, m, onnx.Options{Version: "test"})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if s.Bytes != int64(file.Len()) {
				t.Errorf("%s: %d bytes were written, %d told", name, file.Len(), s.Bytes)
			}
			if want := network.Axes(enc) == 1; s.FreeLength != want {
				t.Errorf("%s: free length is %v, want %v", name, s.FreeLength, want)
			}
			p := parse(t, file.Bytes())
			p.sorted(t, name)
			p.weights(t, name, m)
			if p.metadata["wavekin.model"] != m.Hash() || p.metadata["wavekin.encoder"] != name || p.opset < 17 {
				t.Errorf("%s: %v, opset %d", name, p.metadata, p.opset)
			}
		}
	}
}

// sorted holds that every name is given once, and before it is used, and that all is used.
func (p *parsed) sorted(t *testing.T, name string) {
	t.Helper()
	known, used := map[string]bool{}, map[string]bool{}
	for _, in := range append(slices.Clone(p.inputs), sortedKeys(p.tensors)...) {
		known[in] = true
	}
	for _, n := range p.nodes {
		for _, in := range n.in {
			if used[in] = true; !known[in] {
				t.Errorf("%s: %s uses %q, which is computed later or not at all", name, n.kind, in)
			}
		}
		for _, out := range n.out {
			if known[out] {
				t.Errorf("%s: %q is given twice", name, out)
			}
			known[out] = true
		}
	}
	if len(p.inputs) != 1 || len(p.outputs) != 1 || !used[p.inputs[0]] || !known[p.outputs[0]] {
		t.Errorf("%s: inputs %q, outputs %q", name, p.inputs, p.outputs)
	}
	for in := range p.tensors {
		if !used[in] {
			t.Errorf("%s: initialiser %q is not used", name, in)
		}
	}
}

func sortedKeys(m map[string][]byte) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// weights holds that the encoder's weights are there by their names, but for those that are only there for training, or are put
// into the graph in another form: the channels and dilations of kernels, targets of sketches, weights that are standardised.
func (p *parsed) weights(t *testing.T, name string, m *model.Model) {
	t.Helper()
	found := 0
	for _, w := range m.Weights().All() {
		if !strings.HasPrefix(w.Name, "encoder.") {
			continue
		}
		raw, ok := p.tensors[w.Name]
		other := slices.ContainsFunc([]string{".channels", ".dilations", ".targets", ".seen"}, func(end string) bool { return strings.HasSuffix(w.Name, end) }) ||
			name == "resnet50" && strings.HasSuffix(w.Name, "conv.weight")
		if !ok {
			if !other {
				t.Errorf("%s: weight %s is missing", name, w.Name)
			}
			continue
		}
		found++
		values := make([]float32, len(w.Data))
		if _, err := binary.Decode(raw, binary.LittleEndian, values); err != nil || !slices.Equal(values, w.Data) {
			t.Errorf("%s: the values of %s are others (%v)", name, w.Name, err)
		}
	}
	if found == 0 {
		t.Errorf("%s: none of its weights is there", name)
	}
}

// ofMethod is a model whose method has a network of its own around the encoder.
type ofMethod struct {
	name   string
	method methods.Method
	enc    encoders.Encoder
	free   bool // for any length
}

func ofMethods() []ofMethod {
	conv := encoders.Conv{Width: 8, Depth: 2, Out: 12}
	return []ofMethod{
		{"cmc", methods.CMC{}, conv, false},
		{"cmc of differences", methods.CMC{Views: []string{"raw", "difference:1"}}, conv, false},
		{"cmc of parts", methods.CMC{Views: []string{"trend", "season", "remainder"}, Period: 7}, conv, false},
		{"cpc", methods.CPC{}, conv, false},
		{"cpc along a window", methods.CPC{}, encoders.Strided{Width: 8, Out: 8}, true},
		{"cpc of means", methods.CPC{}, encoders.Transformer{Width: 16, Depth: 1}, false},
	}
}

func (c ofMethod) model(t *testing.T) *model.Model {
	t.Helper()
	m, err := train.Untrained(waves(6, 2, 60), train.Config{Method: c.method, Encoder: c.enc, Window: 60, Stride: 60, Normalize: series.ModeTrain})
	if err != nil {
		t.Fatal(c.name, err)
	}
	return m
}

// TestEveryNetwork is TestEveryEncoder for methods with a network of their own.
func TestEveryNetwork(t *testing.T) {
	for _, c := range ofMethods() {
		m := c.model(t)
		var file bytes.Buffer
		s, err := onnx.Write(&file, m, onnx.Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s.FreeLength != c.free {
			t.Errorf("%s: free length is %v, want %v", c.name, s.FreeLength, c.free)
		}
		p := parse(t, file.Bytes())
		p.sorted(t, c.name)
		p.weights(t, c.name, m)
	}
}

// own is an encoder with an operation that only it knows.
type own struct{ encoders.Conv }

func (own) New(w *nn.Weights, channels int) (network.Network, error) { return odd{}, nil }

type odd struct{}

func (odd) Dim() int { return 1 }

func (odd) Apply(x *nn.Node) *nn.Node {
	return nn.Host("median", []int{x.Dim(0), 1}, func(_ [][]float32, out []float32) { clear(out) }, x)
}

func TestUnknownOperation(t *testing.T) {
	m, err := train.Untrained(waves(3, 1, 40), train.Config{Encoder: own{}, Window: 40, Stride: 40})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Write(&bytes.Buffer{}, m, onnx.Options{}); err == nil || !strings.Contains(err.Error(), `operation "median"`) {
		t.Errorf("%v", err)
	}
}

// TestColourSpace: what is not translated is refused.
func TestColourSpace(t *testing.T) {
	enc := imageenc.ViTTiny{Width: 12, Depth: 1}
	w := nn.NewWeights(3)
	if _, err := methods.NetworkOf(methods.SimCLR{}, w, enc, 3); err != nil {
		t.Fatal(err)
	}
	p := &model.Picture{Size: 16, Space: "lab", Mean: make([]float32, 3), Deviation: []float32{1, 1, 1}}
	m, err := model.New(model.Settings{Channels: 3, Image: p}, "", model.Summary{}, enc, methods.SimCLR{}, w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Write(&bytes.Buffer{}, m, onnx.Options{}); err == nil || !strings.Contains(err.Error(), "lab") {
		t.Errorf("%v", err)
	}
}

// TestRuntime compares with ONNX Runtime, by the Python that the environment names: WAVEKIN_ONNX_PYTHON=onnx-env/bin/python.
func TestRuntime(t *testing.T) {
	python := os.Getenv("WAVEKIN_ONNX_PYTHON")
	if python == "" {
		t.Skip("WAVEKIN_ONNX_PYTHON is not set; bench/onnx/check.py says what to install")
	}
	const script = `import sys, numpy as np, onnxruntime as ort
s = ort.InferenceSession(sys.argv[1])
x = np.fromfile(sys.argv[2], s.get_inputs()[0].type == "tensor(double)" and np.float64 or np.float32).reshape([int(v) for v in sys.argv[4:]])
s.run(None, {"series": x})[0].tofile(sys.argv[3])`
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	compare := func(name string, m *model.Model) {
		t.Helper()
		var file, values bytes.Buffer
		s, err := onnx.Write(&file, m, onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		length := m.Settings.Window
		if s.FreeLength {
			length = 57
		}
		var windows []*series.Window
		for _, s := range waves(5, 2, length) {
			windows = append(windows, &series.Window{Values: s.Values, End: length})
			for _, row := range s.Values {
				binary.Write(&values, binary.LittleEndian, row)
			}
		}
		want, err := m.Encode(context.Background(), windows)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path("m.onnx"), file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path("x"), values.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(python, "-c", script, path("m.onnx"), path("x"), path("h"), "5", "2", strconv.Itoa(length)).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		raw, err := os.ReadFile(path("h"))
		got := make([]float32, len(want))
		if _, derr := binary.Decode(raw, binary.LittleEndian, got); err != nil || derr != nil {
			t.Fatal(err, derr)
		}
		for i := range want {
			if d := math.Abs(float64(got[i] - want[i])); !(d < 1e-4) {
				t.Errorf("%s: value %d is %g, want %g", name, i, got[i], want[i])
				break
			}
		}
	}
	for _, name := range encoders.Names() {
		for _, mode := range []series.Mode{series.ModeTrain, series.ModeWindow, series.ModeNone} {
			if enc, _ := encoders.ByName(name, nil); network.Axes(enc) != 1 {
				continue
			}
			m := untrained(t, name, 2, mode)
			if mode == series.ModeTrain {
				m.Settings.Normalizer.Mean[1], m.Settings.Normalizer.Std[1] = 5, 0 // constant where it learnt
			}
			compare(name+", "+string(mode), m)
		}
	}
	for _, c := range ofMethods() {
		compare(c.name, c.model(t))
	}
}
