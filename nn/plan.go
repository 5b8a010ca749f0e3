package nn

import (
	"fmt"
	"slices"
	"sort"

	G "gorgonia.org/gorgonia"
)

// align keeps every buffer on a cache line.
const align = 16

// plan orders the nodes that the roots need, gives each a place in one arena for
// as long as something still reads it, and fills in the steps. Gradients go where into says.
func (p *Program) plan(roots []*G.Node, grads map[*Param]*G.Node, into func(q *Param) []float32) error {
	order, err := p.needed(slices.Concat(roots, p.also))
	if err != nil {
		return err
	}
	fused := p.g.fuse(order, roots, p.running != nil)
	lv := newLiveness(p.g, order, roots, fused)
	pinned := p.pinGradients(grads, lv, into)
	place, total := lv.place(pinned)
	if p.g.inner {
		p.g.memory.move(p, total)
	} else {
		p.arena = p.g.memory.buffers(total)
	}
	for _, e := range order {
		if err := p.addNode(e, lv, place, pinned, fused); err != nil {
			return err
		}
	}
	for _, q := range p.g.order {
		e, ok := grads[q]
		if !ok || &p.buffers[e][0] == &into(q)[0] {
			continue
		}
		if p.running != nil {
			p.sums, p.rounded = append(p.sums, gradCopy{into(q), p.buffers[e]}), append(p.rounded, q)
		} else {
			p.copies = append(p.copies, gradCopy{into(q), p.buffers[e]})
		}
	}
	p.keepRoots(roots)
	return nil
}

// needed returns the roots and all that they depend on, in the order of creation,
// in which operands always come before what uses them.
func (p *Program) needed(roots []*G.Node) ([]*G.Node, error) {
	seen := map[*G.Node]bool{}
	stack := append([]*G.Node(nil), roots...)
	var order []*G.Node
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if e == nil {
			return nil, fmt.Errorf("an output was not built")
		}
		if seen[e] {
			continue
		}
		seen[e] = true
		order = append(order, e)
		stack = append(stack, children(p.g, e)...)
	}
	sort.Slice(order, func(i, j int) bool { return order[i].ID() < order[j].ID() })
	return order, nil
}

// addNode gives a node its buffer and, if it computes something, its step.
func (p *Program) addNode(e *G.Node, lv *liveness, place map[*G.Node]int, pinned pins, fused *fusion) error {
	if n, ok := p.g.nodes[e]; ok && n.data != nil {
		p.buffers[e] = n.data
		return nil
	}
	if n, ok := p.g.nodes[e]; fused.taken[e] || ok && n.late {
		return nil
	}
	kids := fused.operands[e]
	if len(kids) == 0 {
		v := e.Value()
		if v == nil {
			return fmt.Errorf("%v has no value", e)
		}
		p.buffers[e] = slices.Clone(floats(v))
		return nil
	}
	if fused.base[e] != e {
		p.buffers[e] = p.buffers[fused.base[e]]
		return nil
	}
	n := lv.size[e]
	if b, ok := pinned.at[e]; ok {
		p.buffers[e] = b
	} else {
		at := place[e]
		p.buffers[e] = p.arena[at : at+n : at+n]
	}
	kept := fused.keeps[e]
	if kept == e {
		return nil // another step writes here
	}
	s := step{out: p.buffers[e], run: pinned.resumed[e]}
	for _, k := range kids {
		s.in = append(s.in, p.buffers[k])
	}
	for i, k := range kids {
		if n, ok := p.g.nodes[lv.base[k]]; ok && n.late {
			p.slots = append(p.slots, slot{n.expr, &s.in[i]})
		}
	}
	o := fused.op(e)
	fm, formed := fused.forms[e]
	if kept != nil {
		at := p.buffers[kept]
		fm.kept, p.kept = &at, append(p.kept, &at)
	}
	switch {
	case s.run != nil:
		s.name, s.flops = o.name, o.flops
	case fused.tails[e] != nil:
		s.name, s.run, s.flops = fused.tails[e].step()
	case formed:
		s.name, s.run, s.flops = fm.name(o.name), o.forms.in(fm), o.flops
	case o != nil:
		s.name, s.run, s.flops = o.name, o.forward, o.flops
	case isSum(e, kids):
		s.name, s.run = "add", addStep
	default:
		return fmt.Errorf("no kernel for the operation %v", e.Op())
	}
	if invariants {
		s.from = p.checks.plan(lv, e, kids, len(p.steps))
	}
	p.steps = append(p.steps, s)
	return nil
}

// pins are gradients that are computed straight to their places, and how those are that go on with a sum there.
type pins struct {
	at      map[*G.Node][]float32
	resumed map[*G.Node]func(in [][]float32, out []float32)
}

// pinGradients lets a gradient be computed straight to its place where nothing else shares it.
func (p *Program) pinGradients(grads map[*Param]*G.Node, lv *liveness, into func(q *Param) []float32) pins {
	uses, read := map[*G.Node]int{}, map[*G.Node]bool{}
	for _, e := range grads {
		uses[lv.base[e]]++
	}
	if p.running != nil {
		for _, e := range lv.order {
			for _, k := range children(p.g, e) {
				read[k] = true
			}
		}
	}
	pinned := pins{map[*G.Node][]float32{}, map[*G.Node]func(in [][]float32, out []float32){}}
	for q, e := range grads {
		b := lv.base[e]
		n, known := p.g.nodes[b]
		if uses[b] != 1 || len(children(p.g, b)) == 0 || known && n.data != nil || lv.size[b] != len(q.Grad) {
			continue
		}
		if p.running == nil {
			pinned.at[b] = into(q)
			continue
		}
		if p.apart || read[b] || !known || n.op == nil || n.op.resume == nil {
			continue
		}
		if f := n.op.resume(p.g.span, p.running[q]); f != nil {
			pinned.at[b], pinned.resumed[b] = into(q), f
		}
	}
	return pinned
}

// keepRoots forgets the buffers that later steps have overwritten.
func (p *Program) keepRoots(roots []*G.Node) {
	keep := map[*G.Node][]float32{}
	for _, e := range roots {
		keep[e] = p.buffers[e]
	}
	p.buffers = keep
}

// liveness knows for every buffer when it is last read.
type liveness struct {
	order []*G.Node
	base  map[*G.Node]*G.Node // the node whose storage a view shares
	last  map[*G.Node]int     // position of the last reader, by base
	size  map[*G.Node]int
	owns  map[*G.Node]bool // computed by a step into storage of its own
}

func newLiveness(g *Graph, order, roots []*G.Node, fused *fusion) *liveness {
	l := &liveness{order: order, base: fused.base, last: map[*G.Node]int{}, size: map[*G.Node]int{}, owns: map[*G.Node]bool{}}
	for i, e := range order {
		kids := fused.operands[e]
		l.size[e] = max(1, e.Shape().TotalSize())
		if fused.forms[e].out {
			l.size[e] /= 2
		}
		n, known := g.nodes[e]
		l.owns[e] = l.base[e] == e && len(kids) > 0 && (!known || n.data == nil)
		l.last[l.base[e]] = i
		for _, k := range kids {
			l.last[l.base[k]] = i
		}
	}
	for _, e := range roots {
		l.last[l.base[e]] = len(order)
	}
	return l
}

// place assigns arena offsets, first fit by address among the free gaps.
func (l *liveness) place(pinned pins) (map[*G.Node]int, int) {
	type span struct{ at, n, until int }
	at := map[*G.Node]int{}
	var live []span // sorted by address
	total := 0
	for i, e := range l.order {
		if _, ok := pinned.at[e]; ok || !l.owns[e] {
			continue
		}
		live = slices.DeleteFunc(live, func(s span) bool { return s.until < i })
		n := (l.size[e] + align - 1) / align * align
		pos, k := 0, 0
		for k < len(live) && live[k].at-pos < n {
			pos = live[k].at + live[k].n
			k++
		}
		live = slices.Insert(live, k, span{pos, n, l.last[e]})
		at[e] = pos
		total = max(total, pos+n)
	}
	return at, total
}
