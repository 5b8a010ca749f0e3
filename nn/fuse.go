package nn

import G "gorgonia.org/gorgonia"

// fusion is the activations of a program that the operation before them computes on its way, while its output is in the cache.
// They are views of that output then.
type fusion struct{ views, carriers map[*G.Node]bool }

// fuse finds the activations whose operand a carrier computes, through views or not, and nothing else needs.
func (g *Graph) fuse(order, roots []*G.Node) fusion {
	f := fusion{map[*G.Node]bool{}, map[*G.Node]bool{}}
	uses := map[*G.Node]int{}
	for _, e := range roots {
		uses[e]++
	}
	for _, e := range order {
		for _, k := range children(g, e) {
			uses[k]++
		}
	}
	for _, e := range order {
		if o, own := e.Op().(*op); !own || o.name != "gelu" {
			continue
		}
		k := children(g, e)[0]
		o, own := k.Op().(*op)
		for own && o.alias && uses[k] == 1 {
			k = children(g, k)[0]
			o, own = k.Op().(*op)
		}
		if own && o.withGELU != nil && uses[k] == 1 {
			f.views[e], f.carriers[k] = true, true
		}
	}
	return f
}
