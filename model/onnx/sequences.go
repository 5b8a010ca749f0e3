package onnx

import "github.com/wavekin/wavekin/nn"

// patches gathers each patch by the places of its time stamps, or of its rows and columns.
func patches(t *translator, ns nodes, in []string) string {
	p := settings[nn.Patching](ns)
	x, dims := in[0], ns.in(0).dims()
	var order, shape []int64
	for axis := 2; axis < len(dims); axis++ {
		if !dims[axis].fixed() {
			return t.failf("patches of a length that is free")
		}
		all := dims[axis][0]
		number, first := (all-p.Length)/p.Hop+1, (all-p.Length)%p.Hop/2
		places := make([]int64, 0, number*p.Length)
		for i := range number {
			for k := range p.Length {
				places = append(places, int64(first+i*p.Hop+k))
			}
		}
		at := 2*axis - 2 // axes before are two each by now
		x = t.gather(x, t.integers(places, number, p.Length), at)
		order, shape = append(order, int64(at)), append(shape, int64(p.Length))
	}
	order = append(append([]int64{0}, order...), 1)
	for axis := range shape {
		order = append(order, int64(2*axis+3))
	}
	return t.of("Reshape", t.transpose(x, order...), t.ints(append([]int64{-1, int64(dims[1][0])}, shape...)...))
}

// rowMap multiplies by the matrix of a linear map, whose rows are what it makes of a single 1.
func rowMap(t *translator, ns nodes, x string, m nn.RowMap) string {
	length := ns.dims()[ns.rank()-1]
	if !length.fixed() {
		return t.failf("a map of rows of a length that is free")
	}
	n := length[0]
	matrix, one := make([]float32, n*n), make([]float32, n)
	for i := range n {
		one[i] = 1
		m.Row(matrix[i*n:(i+1)*n], one)
		one[i] = 0
	}
	return t.of("MatMul", x, t.weights("map", matrix, n, n))
}

// gru is ONNX's, which has the update gate first, and maps its input itself: here by a matrix that puts the gates in order.
func gru(t *translator, ns nodes, in []string) string {
	h := ns[0].Dim(2)
	order, sort := make([]int64, 3*h), make([]float32, 9*h*h)
	for i := range order {
		from := i // of the candidate
		if i < 2*h {
			from = (i + h) % (2 * h)
		}
		order[i], sort[i*3*h+from] = int64(from), 1
	}
	ordered := func(x string) string { return t.of("Unsqueeze", t.gather(x, t.ints(order...), 0), t.ints(0)) }
	bias := t.concat(1, t.floats(make([]float32, 3*h), 1, 3*h), ordered(in[2]))
	y := t.op("GRU", []string{t.transpose(in[0], 1, 0, 2), t.weights("gates", sort, 1, 3*h, 3*h), ordered(in[1]), bias},
		attribute{"hidden_size", h}, attribute{"linear_before_reset", 1})
	return t.transpose(t.of("Squeeze", y, t.ints(1)), 1, 0, 2)
}
