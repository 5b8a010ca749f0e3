package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// buildHead declares what the settings put on the encoder: the whole projector of a method that keeps it, or the kept
// layers and the classifier.
func (m *Model) buildHead(method methods.Method) error {
	keeper, keeps := method.(methods.Keeper)
	layers := m.Settings.KeptLayers
	if keeps && m.Settings.Stage == "" {
		layers = keeper.Depth()
	}
	dim, w := m.net.Dim(), m.weights.Scope("method")
	if layers != 0 {
		if !keeps {
			return fmt.Errorf("train: %d kept layers of %s, which keeps no projector", layers, m.Settings.Method)
		}
		var err error
		if m.projector, err = keeper.Projector(w, dim, layers); err != nil {
			return err
		}
		dim = m.projector.Dim()
	}
	if k := len(m.Settings.Classes); k > 0 {
		m.classifier = nn.NewLinear(w, "classifier", dim, k, true)
	}
	return nil
}

// Layers is how many layers of a projector the model has, which fine-tuning can keep.
func (m *Model) Layers() int {
	if m.projector == nil {
		return 0
	}
	return m.projector.Layers()
}

// width is the length of an encoding, or the number of classes.
func (m *Model) width(logits bool) int {
	if logits {
		return len(m.Settings.Classes)
	}
	return m.Dim()
}

// classify maps encodings [N, Dim] to logits [N, classes].
func (m *Model) classify(h *nn.Node) *nn.Node {
	if m.projector != nil {
		h = m.projector.Apply(h)
	}
	return m.classifier.Apply(h)
}

// Logits returns for each window a number per class, [N, len(Settings.Classes)]: its softmax are the probabilities. It
// fails for a model without a classifier; otherwise as [Model.Encode].
func (m *Model) Logits(ctx context.Context, windows []*series.Window) ([]float32, error) {
	if m.classifier == nil {
		return nil, fmt.Errorf("train: the model has no classifier; fine-tune it first")
	}
	return m.apply(ctx, windows, true)
}

// Classify returns the most probable class of each window. Errors as for [Model.Logits].
func (m *Model) Classify(ctx context.Context, windows []*series.Window) ([]string, error) {
	logits, err := m.Logits(ctx, windows)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(windows))
	k := len(m.Settings.Classes)
	for i := range out {
		row := logits[i*k : (i+1)*k]
		out[i] = m.Settings.Classes[slices.Index(row, slices.Max(row))]
	}
	return out, nil
}

// Few draws a share of the labelled series of each class, at least one, in their order: the same for the same seed.
// Series without a label are left out.
func Few(all []*series.Series, share float64, seed uint64) ([]*series.Series, error) {
	if !(share > 0) || share > 1 {
		return nil, fmt.Errorf("train: a share of %g of the labels, want above 0 and at most 1", share)
	}
	byClass := map[string][]int{}
	var classes []string
	for i, s := range all {
		if s.Label == "" {
			continue
		}
		if byClass[s.Label] == nil {
			classes = append(classes, s.Label)
		}
		byClass[s.Label] = append(byClass[s.Label], i)
	}
	rng := rand.New(rand.NewPCG(seed, 0x1abe1))
	var chosen []int
	for _, c := range classes {
		own := byClass[c]
		rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		chosen = append(chosen, own[:max(1, int(math.Round(share*float64(len(own)))))]...)
	}
	slices.Sort(chosen)
	out := make([]*series.Series, len(chosen))
	for i, c := range chosen {
		out[i] = all[c]
	}
	return out, nil
}

// derive makes the model that a run on top of base came to; stage says what the run was.
func derive(base *Model, t *trainer, sum Summary, stage string, layers int, classes []string) (*Model, error) {
	s, err := settingsOf(t.cfg, t.data)
	if err != nil {
		return nil, err
	}
	b := base.Settings
	s.Method, s.MethodSettings, s.Window, s.Stride, s.ChannelNames = b.Method, b.MethodSettings, b.Window, b.Stride, b.ChannelNames
	s.Steps, s.Stage, s.KeptLayers, s.Classes = sum.Steps, stage, layers, classes
	m := &Model{Settings: s, Summary: sum}
	if err := m.build(); err != nil {
		return nil, err
	}
	return m, copyWeights(m.weights, t.weights, "")
}

// copyWeights copies values into all weights of dst below a prefix that src has by name; what it has not is an error.
func copyWeights(dst, src *nn.Weights, prefix string) error {
	for _, p := range dst.All() {
		if !strings.HasPrefix(p.Name, prefix) {
			continue
		}
		q := src.Lookup(p.Name)
		if q == nil || len(q.Data) != len(p.Data) {
			return fmt.Errorf("train: weight %q is missing, or of another size", p.Name)
		}
		copy(p.Data, q.Data)
	}
	return nil
}
