package onnx

import (
	"fmt"
	"slices"

	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/nn"
)

// A network of wavekin is built for one batch and one length, ONNX's is for any. So it is built several times, for different
// batches and lengths, and translated in lockstep: an axis that is the same every time is a constant, and the others are
// told by how they change.

// nodes are the same place of each of the builds.
type nodes []*nn.Node

// extent is the size of an axis in each of the builds.
type extent []int

func (e extent) fixed() bool {
	for _, d := range e {
		if d != e[0] {
			return false
		}
	}
	return true
}

func (e extent) equal(o extent) bool { return slices.Equal(e, o) }

// minus is the difference where it is the same in each build.
func (e extent) minus(o extent) (int, bool) {
	diff := make(extent, len(e))
	for i := range e {
		diff[i] = e[i] - o[i]
	}
	return diff[0], diff.fixed()
}

func (ns nodes) rank() int { return len(ns[0].Shape()) }

func (ns nodes) dims() []extent {
	out := make([]extent, ns.rank())
	for axis := range out {
		out[axis] = make(extent, len(ns))
		for i, n := range ns {
			out[axis][i] = n.Dim(axis)
		}
	}
	return out
}

// in are the operands.
func (ns nodes) in(i int) nodes {
	out := make(nodes, len(ns))
	for k, n := range ns {
		out[k] = n.Operation().In[i]
	}
	return out
}

// alike tells whether two builds have the same operations on operands of the same number of axes.
func alike(a, b *nn.Node, seen map[*nn.Node]*nn.Node) bool {
	if other, ok := seen[a]; ok {
		return other == b
	}
	seen[a] = b
	p, q := a.Operation(), b.Operation()
	if p.Name != q.Name || len(p.In) != len(q.In) || len(a.Shape()) != len(b.Shape()) {
		return false
	}
	for i := range p.In {
		if !alike(p.In[i], q.In[i], seen) {
			return false
		}
	}
	return true
}

// builds are a network built for several batches.
type builds struct {
	inputs, outputs nodes
	// free tells whether the length is not fixed; shortest is the smallest for which the network is built the same.
	free     bool
	shortest int
}

// trace builds the network of a model, with the length free if it can be.
func trace(m *model.Model, free bool) (*builds, error) {
	if m.Settings.Image != nil || !free {
		return fixedBuilds(m)
	}
	// Some lengths are built in a way of their own, such as that to which a network resamples: others are tried.
	first := max(16, m.Settings.Window)
	for base := first + 1; base < first+64; base += 7 {
		b := &builds{free: true}
		ok := true
		for i, n := range []int{2, 3, 5, 7, 11} {
			t := []int{base, base + 1, base + 2, base + 5, 2*base + 3}[i]
			x, h, err := m.Graph(n, m.Settings.Channels, t)
			if err != nil {
				return nil, err
			}
			b.inputs, b.outputs = append(b.inputs, x), append(b.outputs, h)
			ok = ok && alike(b.outputs[0], h, map[*nn.Node]*nn.Node{})
		}
		if ok {
			b.shortest = shortest(m, b.outputs[0], base)
			return b, nil
		}
	}
	return fixedBuilds(m)
}

// shortest is the smallest length that is built as h is, which stands for length long.
func shortest(m *model.Model, h *nn.Node, long int) int {
	for t := 1; t < long; t++ {
		if _, short, err := m.Graph(2, m.Settings.Channels, t); err == nil && alike(h, short, map[*nn.Node]*nn.Node{}) {
			return t
		}
	}
	return long
}

// fixedBuilds are for several batches of one length, that of training, or of images.
func fixedBuilds(m *model.Model) (*builds, error) {
	b := &builds{shortest: m.Settings.Window}
	for _, n := range []int{2, 3, 5} {
		batch := []int{n, m.Settings.Channels, m.Settings.Window}
		if p := m.Settings.Image; p != nil {
			batch = []int{n, m.Settings.Channels, p.Size, p.Size}
		}
		x, h, err := m.Graph(batch...)
		if err != nil {
			return nil, err
		}
		b.inputs, b.outputs = append(b.inputs, x), append(b.outputs, h)
		if !alike(b.outputs[0], h, map[*nn.Node]*nn.Node{}) {
			return nil, fmt.Errorf("the network is built in another way for %d samples than for %d", n, 2)
		}
	}
	return b, nil
}
