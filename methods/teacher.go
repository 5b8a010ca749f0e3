package methods

import (
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// teacher is a slow copy of a network: ξ ← mξ + (1-m)θ over parameters alone. Normalisation's running statistics are
// the teacher's own.
type teacher struct {
	slow, fast []*nn.Param
	// own and theirs are the buffers of both, which move only when the teacher is deployed.
	own, theirs []*nn.Param
}

// slowNet is the momentum copy of the deployed network and of the projector on it.
type slowNet struct {
	*teacher
	net       encoders.Network
	projector *head
}

// newSlow declares a frozen copy of the network and of the head declared as "projector".
func newSlow(s Setup, projector Head) (*slowNet, error) {
	net, slow, err := slowEncoder(s, "teacher.encoder")
	if err != nil {
		return nil, err
	}
	head, err := newHead(s.Weights.Frozen().Scope("teacher.projector"), net.Dim(), projector)
	if err != nil {
		return nil, err
	}
	return &slowNet{slow, net, head}, slow.pair(s.Weights, s.Weights.Name("teacher.projector."), s.Weights.Name("projector."))
}

// slowEncoder declares a frozen copy of the deployed network below a scope of the method's own.
func slowEncoder(s Setup, scope string) (encoders.Network, *teacher, error) {
	net, err := s.Encoder.New(s.Weights.Frozen().Scope(scope), s.Channels)
	if err != nil {
		return nil, nil, err
	}
	t := &teacher{}
	return net, t, t.pair(s.Weights, s.Weights.Name(scope+"."), "encoder.")
}

// project encodes and projects x [N, C, T] to [N, D], as a constant.
func (n *slowNet) project(x *nn.Node) *nn.Node {
	return nn.StopGradient(n.projector.apply(n.net.Apply(x)))
}

// pair adds each parameter below the prefix slow, declared frozen, with the one of the same name below fast, and copies the
// values. Both are full prefixes, dot included.
func (t *teacher) pair(w *nn.Weights, slow, fast string) error {
	before := len(t.slow) + len(t.own)
	for _, p := range w.All() {
		rest, ok := strings.CutPrefix(p.Name, slow)
		if !ok {
			continue
		}
		q := w.Lookup(fast + rest)
		if q == nil || len(q.Data) != len(p.Data) || p.Trainable {
			return fmt.Errorf("teacher parameter %q has no partner %q", p.Name, fast+rest)
		}
		copy(p.Data, q.Data) // of what is never trained, too: both see through the same frozen patch projection
		if q.Trainable {
			t.slow, t.fast = append(t.slow, p), append(t.fast, q)
		} else {
			t.own, t.theirs = append(t.own, p), append(t.theirs, q)
		}
	}
	if len(t.slow)+len(t.own) == before {
		return fmt.Errorf("a teacher below %q without parameters", slow)
	}
	return nil
}

// move keeps the share m of the slow parameters.
func (t *teacher) move(m float64) {
	for i, p := range t.slow {
		kernel.Scale(p.Data, float32(m), p.Data)
		kernel.Axpy(float32(1-m), t.fast[i].Data, p.Data)
	}
}

// deploy copies the slow parameters over the fast ones, and the statistics that go with them.
func (t *teacher) deploy() {
	for i, p := range t.slow {
		copy(t.fast[i].Data, p.Data)
	}
	for i, p := range t.own {
		copy(t.theirs[i].Data, p.Data)
	}
}
