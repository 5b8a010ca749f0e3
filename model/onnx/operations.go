package onnx

import (
	"math"

	"github.com/wavekin/wavekin/nn"
)

// translation is how an operation of nn is computed with ONNX's. settings is a value of the type that the operation's have, or
// nil for none.
type translation struct {
	settings  any
	translate func(t *translator, ns nodes, in []string) string
}

// operations are those that encoders use in evaluation, by their names in nn.
var operations map[string]translation

func init() {
	operations = map[string]translation{
		"add":          plain("Add"),
		"addsuffix":    plain("Add"),
		"sub":          plain("Sub"),
		"mul":          plain("Mul"),
		"relu":         plain("Relu"),
		"exp":          plain("Exp"),
		"stopgradient": plain("Identity"),
		"scale": {float32(0), func(t *translator, ns nodes, in []string) string {
			return t.of("Mul", in[0], t.float(settings[float32](ns)))
		}},
		"fade": {nn.Fading{}, fade},
		"addscalar": {float32(0), func(t *translator, ns nodes, in []string) string {
			return t.of("Add", in[0], t.float(settings[float32](ns)))
		}},
		"square":         {nil, func(t *translator, _ nodes, in []string) string { return t.of("Mul", in[0], in[0]) }},
		"sqrt":           floored("Sqrt"),
		"log":            floored("Log"),
		"gelu":           {nil, gelu},
		"softmax":        {nil, func(t *translator, _ nodes, in []string) string { return t.op("Softmax", in, attribute{"axis", -1}) }},
		"conv1d":         {nn.ConvConfig{}, conv1D},
		"conv2d":         {nn.Conv2DConfig{}, conv2D},
		"linear":         {nil, func(t *translator, _ nodes, in []string) string { return t.op("Gemm", in, attribute{"transB", 1}) }},
		"matmul":         {nn.Transposed{}, product},
		"batchmatmul":    {nn.Transposed{}, product},
		"attention":      {nn.Heads{}, attention},
		"layernorm":      {nn.Normalisation{}, layerNorm},
		"groupnorm":      {nn.Normalisation{}, groupNorm},
		"batchnorm.eval": {nn.Normalisation{}, batchNorm},
		"actnorm":        {nn.Normalisation{}, batchNorm},
		"l2norm":         {nil, l2Norm},
		"maxpool":        {nn.Pool{}, maxPool},
		"maxpool2d":      {nn.Pool{}, maxPool},
		"globalmax": {nil, func(t *translator, ns nodes, in []string) string {
			return t.reduce("ReduceMax", in[0], false, behind(ns)...)
		}},
		"globalmean": {nil, func(t *translator, ns nodes, in []string) string {
			return t.reduce("ReduceMean", in[0], false, behind(ns)...)
		}},
		"sumlast":      {nil, sumLast},
		"reshape":      {nil, func(t *translator, ns nodes, in []string) string { return t.reshape(in[0], ns.in(0).dims(), ns.dims()) }},
		"swaplast":     {nil, swapLast},
		"concat":       {0, func(t *translator, ns nodes, in []string) string { return t.concat(settings[int](ns), in...) }},
		"slice":        {nn.Range{}, slice},
		"patches":      {nn.Patching{}, patches},
		"gru":          {nil, gru},
		"take":         {nil, func(t *translator, _ nodes, in []string) string { return t.gather(in[0], t.cast(in[1], typeInt64), 0) }},
		"resample":     {nil, resample},
		"signedsum":    {[]float32{}, signedSum},
		"kernelshares": {&nn.KernelShares{}, kernelShares},
		"sketch":       {&nn.Sketch{}, sketch},
	}
}

// settings are those of the first build.
func settings[S any](ns nodes) S {
	s, _ := ns[0].Operation().Settings.(S)
	return s
}

// plain is an operation that ONNX has under another name.
func plain(kind string) translation {
	return translation{nil, func(t *translator, _ nodes, in []string) string { return t.op(kind, in) }}
}

// floored is a function of what is held above a floor.
func floored(kind string) translation {
	return translation{float32(0), func(t *translator, ns nodes, in []string) string {
		return t.of(kind, t.of("Max", in[0], t.float(settings[float32](ns))))
	}}
}

// behind are the axes of the operand after batch and channel.
func behind(ns nodes) []int64 {
	if ns.in(0).rank() == 4 {
		return []int64{2, 3}
	}
	return []int64{2}
}

// gelu is x·(1 + erf(x/√2))/2; ONNX has GELU itself only from version 20 on.
func gelu(t *translator, _ nodes, in []string) string {
	p := t.of("Add", t.of("Erf", t.of("Div", in[0], t.float(math.Sqrt2))), t.float(1))
	return t.of("Mul", t.of("Mul", in[0], p), t.float(0.5))
}

// fade takes the length of a series from the input where it is free.
func fade(t *translator, ns nodes, in []string) string {
	length := make(extent, len(ns))
	for i, n := range ns {
		length[i] = n.Operation().Settings.(nn.Fading).Length
	}
	share := t.of("Div", t.float(float32(settings[nn.Fading](ns).Full)), t.cast(t.size(length), typeFloat))
	return t.of("Mul", in[0], t.of("Min", share, t.float(1)))
}

func conv1D(t *translator, ns nodes, in []string) string {
	c := settings[nn.ConvConfig](ns)
	taps := ns.in(1)[0].Dim(2)
	stride, dilation := max(1, c.Stride), max(1, c.Dilation)
	span := (taps-1)*dilation + 1
	how := []attribute{{"strides", []int64{int64(stride)}}, {"dilations", []int64{int64(dilation)}}}
	pads := func(left, right int) attribute { return attribute{"pads", []int64{int64(left), int64(right)}} }
	length := ns.in(0).dims()[2]
	switch {
	case c.Padding == nn.Valid || taps == 1:
	case c.Padding == nn.Causal:
		how = append(how, pads(span-1, 0))
	case stride == 1:
		how = append(how, pads((span-1)/2, span-1-(span-1)/2))
	case length.fixed():
		steps := ns.dims()[2][0]
		all := max(0, (steps-1)*stride+span-length[0])
		how = append(how, pads(all/2, all-all/2))
	case dilation == 1:
		how = append(how, attribute{"auto_pad", "SAME_UPPER"}) // the odd one at the end, as in nn
	default:
		return t.failf("a convolution with stride and dilation at once, and a length that is free")
	}
	return t.op("Conv", in, how...)
}

func conv2D(t *translator, ns nodes, in []string) string {
	c := settings[nn.Conv2DConfig](ns)
	stride, pad := int64(max(1, c.Stride)), int64(c.Padding)
	return t.op("Conv", in, attribute{"strides", []int64{stride, stride}}, attribute{"pads", []int64{pad, pad, pad, pad}},
		attribute{"group", max(1, c.Groups)})
}

// product is that of matrices, or of stacks of them.
func product(t *translator, ns nodes, in []string) string {
	order := []int64{1, 0}
	if ns.rank() == 3 {
		order = []int64{0, 2, 1}
	}
	flip := settings[nn.Transposed](ns)
	a, b := in[0], in[1]
	if flip.A {
		a = t.transpose(a, order...)
	}
	if flip.B {
		b = t.transpose(b, order...)
	}
	return t.of("MatMul", a, b)
}

func attention(t *translator, ns nodes, in []string) string {
	h := settings[nn.Heads](ns)
	d := ns[0].Dim(2)
	split := func(x string, order ...int64) string {
		return t.transpose(t.of("Reshape", x, t.ints(0, 0, int64(h.Count), int64(d/h.Count))), order...)
	}
	scores := t.of("MatMul", split(in[0], 0, 2, 1, 3), split(in[1], 0, 2, 3, 1))
	scores = t.of("Mul", scores, t.float(float32(1/math.Sqrt(float64(d/h.Count)))))
	if h.Causal {
		steps := ns.dims()[1]
		at := t.counting(t.size(steps))
		future := t.of("Less", t.of("Unsqueeze", at, t.ints(1)), at)
		scores = t.of("Where", future, t.float(float32(math.Inf(-1))), scores)
	}
	y := t.of("MatMul", t.op("Softmax", []string{scores}, attribute{"axis", -1}), split(in[2], 0, 2, 1, 3))
	return t.of("Reshape", t.transpose(y, 0, 2, 1, 3), t.ints(0, 0, int64(d)))
}

func maxPool(t *translator, ns nodes, in []string) string {
	p := settings[nn.Pool](ns)
	each := func(v int, n int) []int64 {
		out := make([]int64, n)
		for i := range out {
			out[i] = int64(v)
		}
		return out
	}
	axes := ns.rank() - 2
	return t.op("MaxPool", in, attribute{"kernel_shape", each(p.Size, axes)}, attribute{"strides", each(p.Stride, axes)},
		attribute{"pads", each(p.Padding, 2*axes)})
}

func sumLast(t *translator, ns nodes, in []string) string {
	return t.sum(in[0], -1, ns.in(0).rank() == 1)
}

func swapLast(t *translator, ns nodes, in []string) string {
	order := make([]int64, ns.rank())
	for i := range order {
		order[i] = int64(i)
	}
	k := len(order)
	order[k-2], order[k-1] = order[k-1], order[k-2]
	return t.transpose(in[0], order...)
}

func slice(t *translator, ns nodes, in []string) string {
	axis := settings[nn.Range](ns).Axis
	from, to := make(extent, len(ns)), make(extent, len(ns))
	for i, n := range ns {
		r, _ := n.Operation().Settings.(nn.Range)
		from[i], to[i] = r.From, r.To
	}
	all := ns.in(0).dims()[axis]
	bound := func(e extent) int64 {
		if e.fixed() {
			return int64(e[0])
		}
		d, ok := e.minus(all)
		switch {
		case !ok:
			t.failf("a part of an axis of sizes %v that changes as %v", all, e)
		case d == 0:
			return end
		}
		return int64(d)
	}
	return t.slice(in[0], axis, bound(from), bound(to))
}

// resample computes places in float64, as nn does.
func resample(t *translator, ns nodes, in []string) string {
	n := ns[0].Dim(2)
	last := t.of("Sub", t.size(ns.in(0).dims()[2]), t.integer(1))
	index := make([]float64, n)
	for i := range index {
		index[i] = float64(i)
	}
	place := t.of("Div", t.of("Mul", t.cast(last, typeDouble), t.doubles(index, n)), t.double(float64(max(1, n-1))))
	at := t.of("Floor", place)
	share := t.cast(t.of("Sub", place, at), typeFloat)
	before := t.cast(at, typeInt64)
	after := t.of("Min", t.of("Add", before, t.ints(1)), last)
	a, b := t.gather(in[0], before, 2), t.gather(in[0], after, 2)
	return t.of("Add", a, t.of("Mul", share, t.of("Sub", b, a)))
}

func signedSum(t *translator, ns nodes, in []string) string {
	x := ns.in(0)[0]
	return t.sum(t.of("Mul", in[0], t.weights("signs", settings[[]float32](ns), x.Dim(1), x.Dim(2))), 1, false)
}

func sketch(t *translator, ns nodes, in []string) string {
	s := settings[*nn.Sketch](ns)
	mean, inverse := s.Statistics()
	y := t.of("Sub", in[0], t.weights(mean.Name, mean.Data, mean.Shape...))
	y = t.of("Mul", y, t.weights(inverse.Name, inverse.Data, inverse.Shape...))
	if m := s.Matrix(); m != nil {
		y = t.of("MatMul", y, t.weights("projection", m, len(mean.Data), s.Dim()))
	}
	return y
}
