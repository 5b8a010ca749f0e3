package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// builder collects the nodes of a graph in the order in which they are computed, and its initialisers. A value is known by its
// name.
type builder struct {
	file  file
	names map[string]bool
	count int
	known map[string]string // constants by what they are
}

func newBuilder() *builder {
	return &builder{names: map[string]bool{}, known: map[string]string{}}
}

// unused is a name for a value that nothing has yet.
func (b *builder) unused(like string) string {
	for b.names[like] || like == "" {
		b.count++
		like = fmt.Sprintf("%s_%d", like, b.count)
	}
	b.names[like] = true
	return like
}

// op adds a node and returns the name of its output.
func (b *builder) op(kind string, in []string, attrs ...attribute) string {
	b.count++
	out := b.unused(fmt.Sprintf("%s_%d", kind, b.count))
	b.file.nodes = append(b.file.nodes, node(kind, out, in, out, attrs))
	return out
}

// of adds a node without attributes.
func (b *builder) of(kind string, in ...string) string { return b.op(kind, in) }

// rename gives the last value the name of the graph's output.
func (b *builder) rename(value, name string) {
	b.names[name] = true
	b.file.nodes = append(b.file.nodes, node("Identity", name, []string{value}, name, nil))
}

// weights adds an initialiser of float32, which has the name if nothing else does.
func (b *builder) weights(name string, data []float32, shape ...int) string {
	name = b.unused(name)
	b.file.tensors = append(b.file.tensors, tensor{name: name, shape: slices.Clone(shape), floats: data, kind: typeFloat})
	return name
}

// floats is a constant of float32.
func (b *builder) floats(data []float32, shape ...int) string {
	return b.constant(fmt.Sprint("f", shape, data), func() tensor { return tensor{floats: slices.Clone(data), kind: typeFloat} }, shape)
}

// float is a single number, which fits any shape.
func (b *builder) float(v float32) string { return b.floats([]float32{v}) }

// doubles is a constant of float64.
func (b *builder) doubles(data []float64, shape ...int) string {
	return b.constant(fmt.Sprint("d", shape, data), func() tensor {
		t := tensor{kind: typeDouble}
		for _, v := range data {
			t.raw = binary.LittleEndian.AppendUint64(t.raw, math.Float64bits(v))
		}
		return t
	}, shape)
}

func (b *builder) double(v float64) string { return b.doubles([]float64{v}) }

// ints is a vector of int64, or with no shape of its own a single one.
func (b *builder) ints(data ...int64) string { return b.integers(data, len(data)) }

func (b *builder) integer(v int64) string { return b.integers([]int64{v}) }

func (b *builder) integers(data []int64, shape ...int) string {
	return b.constant(fmt.Sprint("i", shape, data), func() tensor {
		t := tensor{kind: typeInt64}
		for _, v := range data {
			t.raw = binary.LittleEndian.AppendUint64(t.raw, uint64(v))
		}
		return t
	}, shape)
}

// constant adds an initialiser once.
func (b *builder) constant(key string, make func() tensor, shape []int) string {
	if name, ok := b.known[key]; ok {
		return name
	}
	t := make()
	b.count++
	t.name, t.shape = b.unused(fmt.Sprintf("constant_%d", b.count)), slices.Clone(shape)
	b.file.tensors = append(b.file.tensors, t)
	b.known[key] = t.name
	return t.name
}

func (b *builder) cast(x string, kind int) string {
	return b.op("Cast", []string{x}, attribute{"to", kind})
}

// end is the end of an axis, whatever its length, for slice.
const end = math.MaxInt64

// slice takes the elements from (inclusive) to (exclusive) along an axis; negative ones count from its end.
func (b *builder) slice(x string, axis int, from, to int64) string {
	return b.of("Slice", x, b.ints(from), b.ints(to), b.ints(int64(axis)))
}

func (b *builder) sum(x string, axis int, keep bool) string {
	return b.op("ReduceSum", []string{x, b.ints(int64(axis))}, attribute{"keepdims", bit(keep)})
}

// reduce is a reduction whose axes are an attribute in this version of ONNX.
func (b *builder) reduce(kind, x string, keep bool, axes ...int64) string {
	return b.op(kind, []string{x}, attribute{"axes", axes}, attribute{"keepdims", bit(keep)})
}

func (b *builder) gather(x, index string, axis int) string {
	return b.op("Gather", []string{x, index}, attribute{"axis", axis})
}

func (b *builder) concat(axis int, xs ...string) string {
	if len(xs) == 1 {
		return xs[0]
	}
	return b.op("Concat", xs, attribute{"axis", axis})
}

func (b *builder) transpose(x string, order ...int64) string {
	return b.op("Transpose", []string{x}, attribute{"perm", order})
}

func bit(v bool) int {
	if v {
		return 1
	}
	return 0
}
