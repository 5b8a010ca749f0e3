package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/nn"
)

// translator turns the nodes of builds into those of a graph.
type translator struct {
	*builder
	builds *builds
	done   map[*nn.Node]string // of the first build
	// places say of each size that is not fixed on which axis of which value it is to be found.
	places map[string]place
	sizes  map[string]string
	// shortest is the smallest length for which the graph is right.
	shortest int
	err      error
}

// remedies say how a model is trained that does without an operation.
var remedies = map[string]string{
	"edges":  `; train cmc with other views of images, such as --set 'method.views=["raw","blur"]'`,
	"season": "; train cmc with the length of the season in time stamps, such as --set method.period=24",
}

type place struct {
	value string
	axis  int
}

func (t *translator) failf(format string, args ...any) string {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
	return ""
}

// value is the name of what nodes compute.
func (t *translator) value(ns nodes) string {
	if t.err != nil {
		return ""
	}
	if name, ok := t.done[ns[0]]; ok {
		return name
	}
	name, ok := t.constantOf(ns)
	if !ok {
		name = t.operation(ns)
	}
	t.done[ns[0]] = name
	t.learn(name, ns.dims())
	return name
}

// learn keeps where sizes that are not fixed are to be found.
func (t *translator) learn(value string, dims []extent) {
	for axis, d := range dims {
		if _, ok := t.places[fmt.Sprint(d)]; !ok && !d.fixed() {
			t.places[fmt.Sprint(d)] = place{value, axis}
		}
	}
}

// constantOf translates what depends on no input.
func (t *translator) constantOf(ns nodes) (string, bool) {
	data, ok := ns[0].Values()
	if !ok {
		return "", false
	}
	if p := ns[0].Parameter(); p != nil {
		return t.weights(p.Name, p.Data, p.Shape...), true
	}
	dims, same := ns.dims(), true
	for _, n := range ns[1:] {
		more, _ := n.Values()
		same = same && slices.Equal(data, more)
	}
	_, code := ns[0].Operation().Settings.(nn.Code)
	switch {
	case same && allFixed(dims):
		return t.weights("", data, ns[0].Shape()...), true
	case code && dims[1].fixed():
		return t.positions(dims), true
	case ns[0].Operation().Name != "":
		return "", false // by its operation
	}
	for _, v := range data {
		if v != data[0] {
			return t.failf("a constant of the network depends on the length of the series"), true
		}
	}
	return t.of("Expand", t.float(data[0]), t.shape(dims)), true
}

func allFixed(dims []extent) bool {
	for _, d := range dims {
		if !d.fixed() {
			return false
		}
	}
	return true
}

// size is a vector of one int64, the size of an axis.
func (t *translator) size(d extent) string {
	if d.fixed() {
		return t.ints(int64(d[0]))
	}
	key := fmt.Sprint(d)
	if name, ok := t.sizes[key]; ok {
		return name
	}
	p, ok := t.places[key]
	if !ok {
		return t.failf("an axis of sizes %v cannot be told from the input's", d)
	}
	name := t.gather(t.of("Shape", p.value), t.ints(int64(p.axis)), 0)
	t.sizes[key] = name
	return name
}

// shape is a vector of sizes.
func (t *translator) shape(dims []extent) string {
	var fixed []int64
	var parts []string
	for _, d := range dims {
		fixed = append(fixed, int64(d[0]))
		parts = append(parts, t.size(d))
	}
	if allFixed(dims) {
		return t.ints(fixed...)
	}
	return t.concat(0, parts...)
}

// reshape views x, of sizes from, under others.
func (t *translator) reshape(x string, from, to []extent) string {
	want := make([]int64, len(to))
	var parts []string
	left := 0
	for i, d := range to {
		switch {
		case d.fixed():
			want[i] = int64(d[0])
		case i < len(from) && d.equal(from[i]):
			want[i] = 0 // as it is
		default:
			want[i] = -1 // what is left
			left++
		}
	}
	if left > 1 {
		for _, d := range to {
			parts = append(parts, t.size(d))
		}
		return t.of("Reshape", x, t.concat(0, parts...))
	}
	return t.of("Reshape", x, t.ints(want...))
}

// positions is the sine-cosine code of nn.Positions, computed in float64 as there.
func (t *translator) positions(dims []extent) string {
	d := dims[1][0]
	wave, phase := make([]float64, d), make([]float64, d)
	for j := range d {
		wave[j], phase[j] = math.Pow(10000, float64(j/2*2)/float64(d)), float64(j%2)*math.Pi/2
	}
	at := t.cast(t.counting(t.size(dims[0])), typeDouble)
	angle := t.of("Div", t.of("Unsqueeze", at, t.ints(1)), t.doubles(wave, d))
	return t.cast(t.of("Sin", t.of("Add", angle, t.doubles(phase, d))), typeFloat)
}

// counting is 0, 1, ... up to a size, which is a vector of one.
func (t *translator) counting(size string) string {
	return t.of("Range", t.integer(0), t.of("Squeeze", size), t.integer(1))
}

// operation translates what depends on the input.
func (t *translator) operation(ns nodes) string {
	o := ns[0].Operation()
	if o.Name == "" {
		return t.failf("the network has an input of its own")
	}
	if o.Name == "reshape" {
		if name, ok := t.affine(ns); ok {
			return name
		}
	}
	if m, ok := o.Settings.(nn.RowMap); ok {
		x := t.value(ns.in(0))
		return rowMap(t, ns, x, m)
	}
	f, ok := operations[o.Name]
	if !ok || f.settings != nil && o.Settings == nil {
		return t.failf("the network uses the operation %q, for which there is no translation to ONNX%s", o.Name, remedies[o.Name])
	}
	in := make([]string, len(o.In))
	for i := range o.In {
		in[i] = t.value(ns.in(i))
	}
	if t.err != nil {
		return ""
	}
	return f.translate(t, ns, in)
}

// affine translates a linear map over the last axis, which nn computes on a matrix, without reshaping.
func (t *translator) affine(ns nodes) (string, bool) {
	inner := ns.in(0)
	o := inner[0].Operation()
	flip, _ := o.Settings.(nn.Transposed)
	if o.Name != "linear" && (o.Name != "matmul" || flip != nn.Transposed{B: true}) {
		return "", false
	}
	x := inner.in(0)
	if x[0].Operation().Name != "reshape" {
		return "", false
	}
	x = x.in(0)
	from, to := x.dims(), ns.dims()
	if len(from) != len(to) {
		return "", false
	}
	for i := range from[:len(from)-1] {
		if !from[i].equal(to[i]) {
			return "", false
		}
	}
	y := t.of("MatMul", t.value(x), t.transpose(t.value(inner.in(1)), 1, 0))
	if len(o.In) > 2 {
		y = t.of("Add", y, t.value(inner.in(2)))
	}
	return y, true
}
