package methods

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// Projector is a [Head] with its weights, such as the part of a method's projector that a model keeps.
type Projector struct{ parts []*head }

// New declares the layers on encodings of length in.
func (c Head) New(w *nn.Weights, in int) (*Projector, error) {
	h, err := newHead(w, in, c)
	if err != nil {
		return nil, err
	}
	return &Projector{[]*head{h}}, nil
}

// KeeperOf is the method as a [Keeper] on its network, and whether it is one: the networks of views whose encodings differ in length have
// no common projector.
func KeeperOf(m Method, net encoders.Network) (Keeper, bool) {
	k, ok := m.(Keeper)
	if views, is := net.(*viewNet); ok && is {
		for _, one := range views.nets {
			ok = ok && one.Dim() == views.nets[0].Dim()
		}
	}
	return k, ok
}

// Scope is that of a part's weights within the scope that a [Keeper] gives, which has the place of its number as %d.
func (c Head) Scope(scope string, part int) string {
	if c.Parts == 0 {
		return scope
	}
	return fmt.Sprintf(scope, part)
}

// NewProjector declares the first layers of a projector, at least one, on encodings of length dim under the names that the
// method gives them. w is the method's scope.
func NewProjector(k Keeper, w *nn.Weights, dim, layers int) (*Projector, error) {
	scope, h := k.Head(w, dim)
	if layers < 1 || layers > h.Layers {
		return nil, fmt.Errorf("%d layers of a projector of %d", layers, h.Layers)
	}
	h.Keep = layers
	parts := max(1, h.Parts)
	if dim%parts != 0 {
		return nil, fmt.Errorf("an encoding of %d numbers has no %d equal parts", dim, parts)
	}
	p := &Projector{}
	for i := range parts {
		one, err := newHead(w.Scope(h.Scope(scope, i)), dim/parts, h)
		if err != nil {
			return nil, err
		}
		p.parts = append(p.parts, one)
	}
	return p, nil
}

// Apply maps encodings [N, dim] to [N, Dim].
func (p *Projector) Apply(h *nn.Node) *nn.Node { return p.ApplyTo(h, p.Layers()) }

// ApplyTo stops after that many layers, their activation included: [N, DimOf(layers)].
func (p *Projector) ApplyTo(h *nn.Node, layers int) *nn.Node {
	if len(p.parts) == 1 {
		return p.parts[0].applyTo(h, layers)
	}
	var out []*nn.Node
	each := h.Dim(1) / len(p.parts)
	for i, one := range p.parts {
		out = append(out, one.applyTo(nn.Slice(h, 1, i*each, (i+1)*each), layers))
	}
	return nn.Concat(1, out...)
}

// Layers is how many layers it has.
func (p *Projector) Layers() int { return len(p.parts[0].linear) }

// Dim is the length of its result.
func (p *Projector) Dim() int { return p.DimOf(p.Layers()) }

// DimOf is the length of the result of its first layers.
func (p *Projector) DimOf(layers int) int {
	return len(p.parts) * p.parts[0].linear[layers-1].W.Shape[0]
}
