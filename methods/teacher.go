package methods

import (
	"fmt"
	"math"
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
	w, own := s.Weights.Frozen().Scope("teacher"), s.Weights.Name("")
	net, err := s.Encoder.New(w.Scope("encoder"), s.Channels)
	if err != nil {
		return nil, err
	}
	head, err := newHead(w.Scope("projector"), net.Dim(), projector)
	if err != nil {
		return nil, err
	}
	slow, err := newTeacher(s.Weights, own+"teacher.encoder.", "encoder.")
	if err != nil {
		return nil, err
	}
	more, err := newTeacher(s.Weights, own+"teacher.projector.", own+"projector.")
	if err != nil {
		return nil, err
	}
	slow.slow, slow.fast = append(slow.slow, more.slow...), append(slow.fast, more.fast...)
	slow.own, slow.theirs = append(slow.own, more.own...), append(slow.theirs, more.theirs...)
	return &slowNet{slow, net, head}, nil
}

// project encodes and projects x [N, C, T] to [N, D], as a constant.
func (n *slowNet) project(x *nn.Node) *nn.Node {
	return nn.StopGradient(n.projector.apply(n.net.Apply(x)))
}

// newTeacher pairs each parameter below the prefix of slow, declared frozen, with the one of the same name below fast,
// and copies the values. Both are full prefixes, dot included.
func newTeacher(w *nn.Weights, slow, fast string) (*teacher, error) {
	t := &teacher{}
	for _, p := range w.All() {
		rest, ok := strings.CutPrefix(p.Name, slow)
		if !ok {
			continue
		}
		q := w.Lookup(fast + rest)
		if q == nil || len(q.Data) != len(p.Data) || p.Trainable {
			return nil, fmt.Errorf("teacher parameter %q has no partner %q", p.Name, fast+rest)
		}
		copy(p.Data, q.Data) // of what is never trained, too: both see through the same frozen patch projection
		if q.Trainable {
			t.slow, t.fast = append(t.slow, p), append(t.fast, q)
		} else {
			t.own, t.theirs = append(t.own, p), append(t.theirs, q)
		}
	}
	if len(t.slow) == 0 {
		return nil, fmt.Errorf("a teacher below %q without parameters", slow)
	}
	return t, nil
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

// checkMomentum checks a momentum in [0, 1], 0 meaning the default and negative none at all.
func checkMomentum(m, d float64) (float64, error) {
	if m == 0 {
		m = d
	}
	if m > 1 || math.IsNaN(m) {
		return 0, fmt.Errorf("momentum is %g, want at most 1", m)
	}
	return max(m, 0), nil
}
