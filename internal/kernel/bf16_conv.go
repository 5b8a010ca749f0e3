package kernel

// bf16Least is the fewest channels, on either side, that a convolution is rounded for: with fewer there is nothing to gain,
// and it stays float32 on every machine.
const bf16Least = 8

// bf16 tells whether operands are to be rounded.
func (c *Conv) bf16() bool {
	return c.Precision == BF16 && c.CIn >= bf16Least && c.COut >= bf16Least && c.some()
}

// some tells whether there is anything to compute.
func (c *Conv) some() bool { return c.N > 0 && c.TIn > 0 && c.TOut > 0 && c.K > 0 }

// plane is the same convolution over images of one row.
func (c *Conv) plane() plane {
	return plane{c.N, c.CIn, c.COut, span{1, 1, 1, 1, 1, 0}, span{c.TIn, c.TOut, c.K, c.Stride, c.Dilation, c.PadLeft}}
}

func (c *Conv2D) bf16() bool {
	return c.Precision == BF16 && c.Groups == 1 && c.CIn >= bf16Least && c.COut >= bf16Least &&
		c.N > 0 && c.HIn*c.WIn > 0 && c.HOut*c.WOut > 0 && c.KH*c.KW > 0
}

func (c *Conv2D) plane() plane {
	return plane{c.N, c.CIn, c.COut, span{c.HIn, c.HOut, c.KH, c.Stride, 1, c.Pad}, span{c.WIn, c.WOut, c.KW, c.Stride, 1, c.Pad}}
}

// convolution is one that computes in float32.
type convolution interface {
	Forward(x, w, bias, y []float32)
	GradInput(dy, w, dx []float32)
	GradWeight(x, dy, dw []float32)
}

// forwardRounded is Forward by bfloat16 instructions, or by float32's of rounded operands.
func forwardRounded[C convolution](c C, p plane, x, w, bias, y []float32) {
	x, w = x[:p.inputs()], w[:p.weights()]
	if hasBF16() {
		p.forwardBF16(x, w, bias, y)
		return
	}
	s := calls.get()
	c.Forward(rounded(&s.a, x), rounded(&s.b, w), bias, y)
	calls.put(s)
}

func gradInputRounded[C convolution](c C, p plane, dy, w, dx []float32) {
	dy, w = dy[:p.outputs()], w[:p.weights()]
	if hasBF16() {
		p.gradInputBF16(dy, w, dx)
		return
	}
	s := calls.get()
	c.GradInput(rounded(&s.a, dy), rounded(&s.b, w), dx)
	calls.put(s)
}

func gradWeightRounded[C convolution](c C, p plane, x, dy, dw []float32) {
	x, dy = x[:p.inputs()], dy[:p.outputs()]
	if hasBF16() {
		p.gradWeightBF16(x, dy, dw)
		return
	}
	s := calls.get()
	c.GradWeight(rounded(&s.a, x), rounded(&s.b, dy), dw)
	calls.put(s)
}

func (p *plane) inputs() int  { return p.samples * p.in * p.down.in * p.across.in }
func (p *plane) outputs() int { return p.samples * p.out * p.down.out * p.across.out }
func (p *plane) weights() int { return p.in * p.out * p.taps() }
