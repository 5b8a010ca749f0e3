package nn

// Operation says how a node is computed, for programs that translate a graph into another form.
type Operation struct {
	// Name is that of the operation, such as "conv1d"; "" for a leaf: an input, a parameter or a constant.
	Name string
	// In are the operands.
	In []*Node
	// Settings are what the operation does beyond its operands, of a type of this package or of a number that goes with the
	// name; nil where there is nothing more to say. Those of an [Op] are what it says.
	Settings any
}

// Operation tells how n is computed.
func (n *Node) Operation() Operation {
	if n.op == nil {
		return Operation{Settings: n.about}
	}
	return Operation{n.op.name, n.in, n.op.about}
}

// Parameter is the parameter that a leaf stands for, or nil.
func (n *Node) Parameter() *Param { return n.param }

// Values returns what n is whatever the graph's inputs are: the values of a parameter or a constant, or what operations make
// of those alone. It is false where n depends on an input.
func (n *Node) Values() ([]float32, bool) {
	if n.op == nil {
		return n.data, !n.input && n.data != nil
	}
	in := make([][]float32, len(n.in))
	for i, x := range n.in {
		var fixed bool
		if in[i], fixed = x.Values(); !fixed {
			return nil, false
		}
	}
	if n.op.alias {
		return in[0], true
	}
	out := make([]float32, size(n.shape))
	n.op.forward(in, out)
	return out, true
}

// The settings of operations, for [Operation].
type (
	// Transposed tells which operands of "matmul" and "batchmatmul" are transposed.
	Transposed struct{ A, B bool }
	// Heads are those of "attention".
	Heads struct {
		Count  int
		Causal bool
	}
	// Normalisation is that of "layernorm", "groupnorm", "batchnorm.eval" and "actnorm"; the latter two have the statistics of
	// each channel, [C], and "groupnorm" has the number of groups. The operands are the values, then scale and shift or neither.
	Normalisation struct {
		Eps       float32
		Groups    int
		Mean, Var *Param
	}
	// Pool is the window of "maxpool" and "maxpool2d", which has padding.
	Pool struct{ Size, Stride, Padding int }
	// Range is what "slice" takes of an axis.
	Range struct{ Axis, From, To int }
	// Patching is how "patches" cuts.
	Patching struct{ Length, Hop int }
	// RowMap are the settings of an [Op], of whatever name, that maps each row of its operand [..., T] to one of the same length by
	// a linear map, which Row computes. A translation can take its matrix from it.
	RowMap struct{ Row func(dst, src []float32) }
	// Code marks a constant leaf [T, D] as the code of [Positions].
	Code struct{}
)

// Positions is the constant [T, D] of the function [Positions], which a translation to any length can tell from other constants.
func (g *Graph) Positions(t, d int) *Node {
	n := g.Const(Positions(t, d), t, d)
	n.about = Code{}
	return n
}

// TapStretch is a stretch of the slots of [KernelShares] that share a dilation; of every second kernel, in turn, only those
// responses count whose taps are all within the series.
type TapStretch struct {
	// From (inclusive) and To (exclusive) are the slots.
	From, To, Dilation, number int
}

// Inner tells whether only responses within the series count for a kernel.
func (s TapStretch) Inner(kernel int) bool {
	return tapRun{number: s.number}.inner(kernel)
}

// Stretches are those for series of t time stamps. They are the same for all t from the largest dilation on, unless nothing
// has been fitted.
func (l *KernelShares) Stretches(t int) []TapStretch {
	var out []TapStretch
	for _, r := range l.runs(t) {
		out = append(out, TapStretch{r.lo, r.hi, r.dilation, r.number})
	}
	return out
}

// Fitted tells whether the layer has been fitted to samples.
func (l *KernelShares) Fitted() bool { return l.dilations.Data[0] >= 1 }

// Planes is 1 for the values alone, or 2 for values and differences.
func (l *KernelShares) Planes() int { return l.planes }

// Channels is the number of channels.
func (l *KernelShares) Channels() int { return l.channels }

// Slots is how many features a kernel has on a plane.
func (l *KernelShares) Slots() int { return l.slots }

// Biases are [planes, slots, 84].
func (l *KernelShares) Biases() *Param { return l.biases }

// Picked are the channels whose sum each group of kernels looks at in a slot, in the order in which they are added; a kernel
// belongs to the group of its number modulo the number of groups. It is nil for a single channel, which all look at.
func (l *KernelShares) Picked(slot int) [][]int {
	if l.picks == nil {
		return nil
	}
	most := l.picks.Shape[2]
	out := make([][]int, tapGroups)
	for g := range out {
		for _, c := range l.picks.Data[(slot*tapGroups+g)*most:][:most] {
			if c >= 0 && c < float32(l.channels) {
				out[g] = append(out[g], int(c))
			}
		}
	}
	return out
}

// Statistics are the mean that is subtracted from each feature and what it is multiplied by, [in].
func (l *Sketch) Statistics() (mean, inverse *Param) { return l.mean, l.inverse }

// Matrix is the projection [in, Dim] as a dense matrix, or nil where features stay as they are.
func (l *Sketch) Matrix() []float32 {
	if l.targets == nil {
		return nil
	}
	out := make([]float32, l.in*l.out)
	for j := range l.in {
		for _, t := range l.targets.Data[j*sketchTargets : (j+1)*sketchTargets] {
			switch c := l.target(t); {
			case c > 0:
				out[j*l.out+c-1]++
			case c < 0:
				out[j*l.out-c-1]--
			}
		}
	}
	return out
}
