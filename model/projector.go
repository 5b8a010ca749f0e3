package model

import (
	"fmt"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// mostKept is how many weights of a projector a file keeps at most, 16 MB of them. Published projectors of 8192 features have two
// hundred million, far more than their encoder.
const mostKept = 1 << 22

// projecting is where the weights of a model come from, as far as its projector goes.
type projecting struct {
	// has tells whether they have one of that name.
	has func(name string) bool
	// all asks for a projector of any size.
	all bool
}

// buildHead declares what stands on the encoder: those layers of the method's projector that the weights have, or the kept
// layers and the classifier.
func (m *Model) buildHead(method methods.Method, from projecting) error {
	keeper, keeps := methods.KeeperOf(method, m.net)
	dim, w := m.net.Dim(), m.weights.Scope("method")
	layers := m.Settings.KeptLayers
	if keeps && m.Settings.Stage == "" {
		layers = from.layers(keeper, w, dim)
	}
	if layers != 0 {
		if !keeps {
			return fmt.Errorf("%d kept layers of %s, which keeps no projector", layers, m.Settings.Method)
		}
		var err error
		if m.projector, err = methods.NewProjector(keeper, w, dim, layers); err != nil {
			return err
		}
		dim = m.projector.Dim()
	}
	if k := len(m.Settings.Classes); k > 0 {
		m.classifier = nn.NewLinear(w, "classifier", dim, k, true)
	}
	return nil
}

// layers counts the layers of a projector among the weights, from below.
func (p projecting) layers(k methods.Keeper, w *nn.Weights, dim int) int {
	scope, h := k.Head(w, dim)
	if !p.all && h.Weights(dim) > mostKept {
		return 0
	}
	n := 0
	for n < h.Layers && p.has(w.Scope(h.Scope(scope, 0)).Scope(fmt.Sprint("linear", n)).Name("weight")) {
		n++
	}
	return n
}

// Layers is how many layers of its method's projector the model has. Encodings can be read after each ([Model.SetLayer]), and
// fine-tuning can keep them.
func (m *Model) Layers() int {
	if m.projector == nil {
		return 0
	}
	return m.projector.Layers()
}

// SetLayer chooses where encodings are read: 0 (the default) after the encoder, n after the first n layers of the
// projector, the activation included (Chen et al., 2020b, section 4.2, compare them). [Model.Dim] follows. Call it before the model
// is used.
func (m *Model) SetLayer(n int) error {
	switch {
	case n < 0 || n > m.Layers():
		return fmt.Errorf("layer %d of the projector, and the model (%s) keeps %d", n, m.Settings.Method, m.Layers())
	case n > 0 && m.Settings.Stage != "":
		return fmt.Errorf("the projector of this model stands below a classifier and cannot be read; take the model as it was before the fine-tuning")
	}
	m.layer = n
	return nil
}

// encode builds the network up to the encodings [N, Dim].
func (m *Model) encode(x *nn.Node) *nn.Node {
	h := m.net.Apply(x)
	if m.layer > 0 {
		h = m.projector.ApplyTo(h, m.layer)
	}
	return h
}
