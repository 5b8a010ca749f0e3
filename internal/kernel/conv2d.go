package kernel

// Conv2D is the shape of a two-dimensional convolution over images [N, CIn, HIn, WIn], of which each of Groups equal parts
// of the channels is convolved on its own. Output place (h, w) of output channel o is
//
//	y[n,o,h,w] = bias[o] + sum over i, a, b of w[o,i,a,b] * x[n,first+i, h*Stride-Pad+a, w*Stride-Pad+b]
//
// with x taken as zero outside the image, i running over the CIn/Groups channels of the group of o, and first the first of
// those. HOut is at most (HIn+2*Pad-KH)/Stride + 1, and WOut likewise.
type Conv2D struct {
	N, CIn, HIn, WIn, COut, KH, KW, Stride, Pad, HOut, WOut, Groups int
	// Precision is as that of [Conv]; with more than one group operands stay float32.
	Precision Precision
}

// exact is the same convolution in float32.
func (c Conv2D) exact() Conv2D {
	c.Precision = Float32
	return c
}

// Forward computes y [N, COut, HOut, WOut] from x [N, CIn, HIn, WIn], w [COut, CIn/Groups, KH, KW] and bias [COut], which
// may be nil.
func (c Conv2D) Forward(x, w, bias, y []float32) {
	if c.bf16() {
		forwardRounded(c.exact(), c.plane(), x, w, bias, y)
		return
	}
	if c.N <= 0 || c.COut <= 0 || c.HOut <= 0 || c.WOut <= 0 {
		return
	}
	if c.winograd() {
		newWinograd(c.N, c.CIn, c.HIn, c.WIn, c.COut, c.HOut, c.WOut, c.Pad).run(x, y, bias, w, false)
		return
	}
	p := images.get()
	p.in, p.out, p.bias = x, y, bias
	p.samples, p.groups, p.channels, p.outs = c.N, c.Groups, c.CIn/c.Groups, c.COut/c.Groups
	p.rows.forward(c.HIn, c.HOut, c.KH, c.Stride, c.Pad)
	p.cols.forward(c.WIn, c.WOut, c.KW, c.Stride, c.Pad)
	p.run(w, p.channels*c.KH*c.KW, c.KH*c.KW, c.COut/c.Groups*p.channels*c.KH*c.KW)
}

// GradInput computes dx [N, CIn, HIn, WIn], the gradient with respect to the input, from dy [N, COut, HOut, WOut] and w.
func (c Conv2D) GradInput(dy, w, dx []float32) {
	if c.bf16() {
		gradInputRounded(c.exact(), c.plane(), dy, w, dx)
		return
	}
	if c.N <= 0 || c.CIn <= 0 || c.HIn <= 0 || c.WIn <= 0 {
		return
	}
	if c.winograd() {
		newWinograd(c.N, c.COut, c.HOut, c.WOut, c.CIn, c.HIn, c.WIn, 2-c.Pad).run(dy, dx, nil, w, true)
		return
	}
	p := images.get()
	p.in, p.out = dy, dx
	p.samples, p.groups, p.channels, p.outs = c.N, c.Groups, c.COut/c.Groups, c.CIn/c.Groups
	p.rows.backward(c.HIn, c.HOut, c.KH, c.Stride, c.Pad)
	p.cols.backward(c.WIn, c.WOut, c.KW, c.Stride, c.Pad)
	p.run(w, c.KH*c.KW, p.outs*c.KH*c.KW, p.channels*p.outs*c.KH*c.KW)
}

// GradBias computes db [COut], the gradient with respect to the bias: the sum of dy over samples and places.
func (c Conv2D) GradBias(dy, db []float32) {
	Conv{N: c.N, COut: c.COut, TOut: c.HOut * c.WOut}.GradBias(dy, db)
}

// GradBiasMore is as that of [Conv].
func (c Conv2D) GradBiasMore(dy, db []float32) {
	Conv{N: c.N, COut: c.COut, TOut: c.HOut * c.WOut}.GradBiasMore(dy, db)
}

// axis is one axis of a correlation over images. Its input is padded on both sides; its output falls into phases, each of
// which sees the input through taps of its own. A forward convolution has one phase; the gradient of its input has as many
// as the stride is long.
type axis struct {
	whole, skip int // places of the input, of which every skip-th counts
	in, out     int // places that count, and those of the output
	before      int // places of padding before the input
	padded      int // places of the padded input that are looked at
	size        int // taps of the whole kernel
	phases      []phase
}

// phase is the output places first, first+step, ... Place j of them is the sum over t < taps of the kernel's tap
// tap+t*next times the padded input's place at+j*jump+t.
type phase struct {
	first, step, count int
	at, jump           int
	tap, next, taps    int
}

// set is an axis whose output is to be cut into phases.
func (a *axis) set(in, out, before, size int) {
	a.whole, a.skip, a.in, a.out, a.before, a.padded, a.size, a.phases = in, 1, in, out, before, 0, size, a.phases[:0]
}

func (a *axis) forward(in, out, k, stride, pad int) {
	a.set(in, out, pad, k)
	if k == 1 && pad == 0 { // leave out what no tap touches
		a.in, a.skip, stride = (in-1)/stride+1, stride, 1
	}
	a.padded = (out-1)*stride + k
	a.phases = append(a.phases, phase{step: 1, count: out, jump: stride, next: 1, taps: k})
}

// backward is the axis of the gradient: in is the gradient's own length, out that of the convolution's output.
func (a *axis) backward(in, out, k, stride, pad int) {
	most := (k + stride - 1) / stride
	a.set(out, in, most-1, k)
	for r := range stride {
		// Tap k reaches input place i from output place (i+pad-k)/stride, where that is whole: i+pad and k leave the
		// same remainder r.
		taps := max(0, (k-r+stride-1)/stride)
		first := ((r-pad)%stride + stride) % stride
		count := max(0, (in-first+stride-1)/stride)
		p := phase{
			first: first, step: stride, count: count, jump: 1, at: (first+pad-r)/stride + most - taps,
			tap: r + stride*(taps-1), next: -stride, taps: taps,
		}
		a.phases = append(a.phases, p)
		if count > 0 {
			a.padded = max(a.padded, p.at+count-1+taps)
		}
	}
}

// within is the range of a phase's places that lie in the output places [from, to).
func (p *phase) within(from, to int) (lo, hi int) {
	lo = max(0, (from-p.first+p.step-1)/p.step)
	if from < p.first {
		lo = 0
	}
	hi = 0
	if to > p.first {
		hi = min(p.count, (to-p.first+p.step-1)/p.step)
	}
	return lo, max(lo, hi)
}

// reach is the range of padded input places that the output places [from, to) look at.
func (a *axis) reach(from, to int) (lo, hi int) {
	lo = a.padded
	for i := range a.phases {
		p := &a.phases[i]
		if b, e := p.within(from, to); b < e && p.taps > 0 {
			lo, hi = min(lo, p.at+b*p.jump), max(hi, p.at+(e-1)*p.jump+p.taps)
		}
	}
	return min(lo, hi), hi
}
