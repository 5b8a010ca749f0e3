package nn

import (
	"slices"

	"github.com/wavekin/wavekin/internal/kernel"
	G "gorgonia.org/gorgonia"
)

// form is how a program computes an operation, beside what it computes: to the same bits, but with less to move.
type form struct {
	// narrow tells which operands are narrow, that is kept as bfloat16 (kernel.CanNarrow), and out whether the result is; nil
	// for none.
	narrow []bool
	out    bool
	// feed puts another linear layer and GELU before this one; that layer's input takes the place of the first operand, and its
	// weights and bias follow the last.
	feed bool
	// gelu, slope and add are taken of the result while it is in the cache. slope multiplies it by the derivative of GELU. Where that
	// is taken, and what to add, is the last operand; there is one of the two at most.
	gelu, slope, add bool
	// kept is, of gelu, where the derivative of GELU is left as well, and of slope where it is read in place of what it is taken of.
	kept *[]float32
	// sums is that the rows of the first operand are added up in kept.
	sums bool
}

// takes tells whether operand i is narrow.
func (f form) takes(i int) bool { return i < len(f.narrow) && f.narrow[i] }

// name is that of an operation in this form.
func (f form) name(of string) string {
	if f.feed {
		of = "linear+gelu+" + of
	}
	if f.gelu {
		of += "+gelu"
	}
	if f.sums {
		of += "+sumrows"
	}
	if f.slope {
		of += "+gelugrad"
	}
	if f.add {
		of += "+add"
	}
	return of
}

// forms are those that an operation has.
type forms struct {
	// rounds tells which operands the operation rounds to bfloat16 before all else, so that it takes them narrow.
	rounds []bool
	// narrow, feed, gelu, add and slope tell which of those of form it has, and keep that it has kept beside gelu.
	narrow, feed, gelu, add, slope, keep bool
	// sums tells that it has that.
	sums bool
	// join tells that it has add, but stays where it is in the order: others read what it leaves behind.
	join bool
	// in returns forward in a form.
	in func(f form) func(in [][]float32, out []float32)
}

// fusion is what the steps of a program do besides: activations are views of what the operation before them computes, sums take
// the place of the operation that they add to, linear layers that of one before them, a convolution is computed with what is after
// it, and what all its readers round is kept narrow.
type fusion struct {
	views    map[*G.Node]*G.Node // activations, and what computes them
	taken    map[*G.Node]bool    // operations that another computes, and that have no buffer
	from     map[*G.Node]*G.Node // the operation that a sum computes
	tails    map[*G.Node]*tail   // the last nodes of the chains of convolutions
	operands map[*G.Node][]*G.Node
	forms    map[*G.Node]form
	keeps    map[*G.Node]*G.Node // operations whose form has kept, and the node in whose place that is
	base     map[*G.Node]*G.Node // the node whose storage a view shares
}

// fuse decides on the form of every operation; running tells that sums of gradients go on from run to run.
func (g *Graph) fuse(order, roots []*G.Node, running bool) *fusion {
	f := &fusion{map[*G.Node]*G.Node{}, map[*G.Node]bool{}, map[*G.Node]*G.Node{}, map[*G.Node]*tail{}, map[*G.Node][]*G.Node{}, map[*G.Node]form{}, map[*G.Node]*G.Node{}, map[*G.Node]*G.Node{}}
	uses, reads := map[*G.Node]int{}, map[*G.Node]int{}
	for _, e := range roots {
		uses[e]++
		reads[e]++
	}
	for _, e := range order {
		f.operands[e] = children(g, e)
		o, own := e.Op().(*op)
		for _, k := range f.operands[e] {
			uses[k]++
			if !own || !o.after {
				reads[k]++
			}
		}
	}
	// carrier is what computes e, through views or not, if only e needs it.
	carrier := func(e *G.Node) (*G.Node, *op) {
		o, own := e.Op().(*op)
		for own && o.alias && uses[e] == 1 {
			e = f.operands[e][0]
			o, own = e.Op().(*op)
		}
		if !own || uses[e] != 1 {
			return nil, &op{}
		}
		return e, o
	}
	curves, sums := map[*G.Node]*G.Node{}, map[*G.Node]*G.Node{} // GELU and sums of the rows of a node
	for _, e := range order {
		switch o, own := e.Op().(*op); {
		case g.apart:
		case own && o.name == "gelu":
			if k, c := carrier(f.operands[e][0]); c.forms.gelu && !f.forms[k].feed {
				f.views[e], f.forms[k] = k, form{gelu: true}
			} else {
				curves[f.operands[e][0]] = e
			}
		case own && o.name == "sumrows" && !running:
			sums[f.operands[e][0]] = e
		case own && o.forms.sums:
			if s := sums[f.operands[e][0]]; s != nil {
				f.forms[e], f.keeps[e], f.keeps[s] = form{sums: true}, s, s
				delete(sums, f.operands[e][0])
			}
		case own && o.name == "gelugrad":
			if k, c := carrier(f.operands[e][1]); c.forms.slope {
				f.from[e], f.forms[e] = k, form{slope: true}
				at := f.operands[e][0]
				f.operands[e] = append(slices.Clone(f.operands[k]), at)
				f.take(k)
				f.keep(e, curves[at], at, uses)
			}
		case own && o.name == "add" || !own && isSum(e, f.operands[e]):
			if !f.absorb(e, carrier) {
				f.join(e, reads)
			}
		case own && o.forms.feed:
			f.feed(e, carrier)
		}
	}
	f.chains(order, uses)
	f.share(order)
	f.narrow(order, roots)
	return f
}

// keep lets a linear layer compute GELU after it, the curve, and leave in its own place the derivative that e multiplies by,
// where nothing else reads at, which is what the layer computes or a view of it.
func (f *fusion) keep(e, curve, at *G.Node, uses map[*G.Node]int) {
	k, n := at, 2
	o, own := k.Op().(*op)
	for own && o.alias && uses[k] == n {
		k, n = f.operands[k][0], 1
		o, own = k.Op().(*op)
	}
	if curve == nil || !own || !o.forms.keep || uses[k] != n || f.forms[k].feed || f.taken[k] {
		return
	}
	f.from[curve], f.forms[curve] = k, form{gelu: true}
	f.operands[curve] = f.operands[k]
	f.keeps[curve], f.keeps[e], f.keeps[k] = k, k, k
}

// feed lets a linear layer compute the one before it, where that has GELU after it.
func (f *fusion) feed(e *G.Node, carrier func(e *G.Node) (*G.Node, *op)) {
	between, _ := carrier(f.operands[e][0])
	k := f.views[between]
	if k == nil || !f.op(k).forms.feed {
		return
	}
	before := f.operands[k]
	f.forms[e] = form{feed: true}
	f.operands[e] = slices.Concat(before[:1], f.operands[e][1:], before[1:])
	f.take(k)
	delete(f.forms, k)
}

// isSum tells whether e is the stock operation by which Gorgonia adds up gradients.
func isSum(e *G.Node, operands []*G.Node) bool {
	return e.Op() != nil && len(operands) == 2 && e.Op().String()[0] == '+' &&
		operands[0].Shape().TotalSize() == operands[1].Shape().TotalSize()
}

// absorb lets a sum compute one of its operands, the second if it can, and tells whether it did.
func (f *fusion) absorb(e *G.Node, carrier func(e *G.Node) (*G.Node, *op)) bool {
	for i := range 2 {
		of, other := f.operands[e][1-i], f.operands[e][i]
		if k, c := carrier(of); c.forms.add && of != other {
			f.from[e], f.forms[e] = k, form{add: true, feed: f.forms[k].feed}
			f.operands[e] = slices.Concat(f.operands[k], []*G.Node{other})
			f.take(k)
			return true
		}
	}
	return false
}

// join lets an operand of a sum add the other one, where that is computed before it.
func (f *fusion) join(e *G.Node, reads map[*G.Node]int) {
	for i := range 2 {
		k, other := f.operands[e][i], f.operands[e][1-i]
		if o, own := k.Op().(*op); own && o.forms.join && reads[k] == 1 && other.ID() < k.ID() {
			f.forms[k], f.views[e] = form{add: true}, k
			f.operands[k] = append(f.operands[k], other)
			f.operands[e] = []*G.Node{k}
			return
		}
	}
}

// share finds whose storage each node has.
func (f *fusion) share(order []*G.Node) {
	for _, e := range order {
		f.base[e] = e
		if o, own := e.Op().(*op); f.views[e] != nil || own && o.alias {
			f.base[e] = f.base[f.operands[e][0]]
		}
	}
}

// op is what computes a node, or nil.
func (f *fusion) op(e *G.Node) *op {
	if k, ok := f.from[e]; ok {
		e = k
	}
	o, _ := e.Op().(*op)
	return o
}

// narrow keeps narrow what all readers round.
func (f *fusion) narrow(order, roots []*G.Node) {
	if !kernel.CanNarrow() {
		return
	}
	wide := map[*G.Node]bool{}
	for _, e := range roots {
		wide[f.base[e]] = true
	}
	steps := func(do func(e *G.Node, o *op)) {
		for _, e := range order {
			if f.base[e] == e && !f.taken[e] {
				do(e, f.op(e))
			}
		}
	}
	steps(func(e *G.Node, o *op) {
		for i, k := range f.operands[e] {
			if o == nil || i >= len(o.forms.rounds) || !o.forms.rounds[i] {
				wide[f.base[k]] = true
			}
		}
		if o == nil || !o.forms.narrow || f.from[e] != nil {
			wide[e] = true
		}
	})
	steps(func(e *G.Node, o *op) {
		fm := f.forms[e]
		fm.out = !wide[e]
		some := fm.out
		narrow := make([]bool, len(f.operands[e]))
		for i, k := range f.operands[e] {
			narrow[i] = !wide[f.base[k]]
			some = some || narrow[i]
		}
		if some {
			fm.narrow = narrow
			f.forms[e] = fm
		}
	})
}
