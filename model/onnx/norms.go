package onnx

import "github.com/wavekin/wavekin/nn"

func layerNorm(t *translator, ns nodes, in []string) string {
	c := settings[nn.Normalisation](ns)
	if len(in) == 1 {
		in = append(in, t.constantly(1, ns[0].Dim(-1)))
	}
	return t.op("LayerNormalization", in, attribute{"axis", -1}, attribute{"epsilon", c.Eps})
}

// batchNorm is that of running statistics, or of the first batch's.
func batchNorm(t *translator, ns nodes, in []string) string {
	c := settings[nn.Normalisation](ns)
	if len(in) == 1 {
		in = append(in, t.constantly(1, ns[0].Dim(1)), t.constantly(0, ns[0].Dim(1)))
	}
	in = append(in, t.weights(c.Mean.Name, c.Mean.Data, c.Mean.Shape...), t.weights(c.Var.Name, c.Var.Data, c.Var.Shape...))
	return t.op("BatchNormalization", in, attribute{"epsilon", c.Eps})
}

// constantly is a vector of equal numbers.
func (t *translator) constantly(v float32, n int) string {
	data := make([]float32, n)
	for i := range data {
		data[i] = v
	}
	return t.floats(data, n)
}

// groupNorm computes in float64 where there is no scale and shift: there it is the samples themselves that are
// standardised, and those that hardly vary would lose their digits.
func groupNorm(t *translator, ns nodes, in []string) string {
	c := settings[nn.Normalisation](ns)
	dims := ns.dims()
	x := t.of("Reshape", in[0], t.ints(0, int64(c.Groups), -1))
	if len(in) == 1 {
		x = t.cast(x, typeDouble)
		x = t.of("Sub", x, t.reduce("ReduceMean", x, true, -1))
		variance := t.reduce("ReduceMean", t.of("Mul", x, x), true, -1)
		x = t.of("Div", x, t.of("Sqrt", t.of("Add", variance, t.double(float64(c.Eps)))))
		return t.back(t.cast(x, typeFloat), dims)
	}
	x = t.op("InstanceNormalization", []string{x, t.constantly(1, c.Groups), t.constantly(0, c.Groups)}, attribute{"epsilon", c.Eps})
	x = t.back(x, dims)
	wide := []int64{-1}
	for range ns.rank() - 2 {
		wide = append(wide, 1)
	}
	x = t.of("Mul", x, t.of("Reshape", in[1], t.ints(wide...)))
	return t.of("Add", x, t.of("Reshape", in[2], t.ints(wide...)))
}

// back gives x, whose first axis is that of the batch, the sizes that it had.
func (t *translator) back(x string, dims []extent) string {
	return t.reshape(x, dims[:1], dims)
}

// l2Norm divides rows by their lengths.
func l2Norm(t *translator, _ nodes, in []string) string {
	length := t.reduce("ReduceL2", in[0], true, -1)
	return t.of("Div", in[0], t.of("Max", length, t.float(1e-12)))
}
