package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Conv2DConfig holds the choices of [Conv2D]; the zero value is stride 1, no padding, one group.
type Conv2DConfig struct {
	// Stride is the step between outputs, in pixels; 0 means 1.
	Stride int
	// Padding is how many pixels of zeros are put on each of the four sides.
	Padding int
	// Groups is into how many parts the channels fall that do not see each other; 0 means 1. It divides the channels of input
	// and output; as many groups as channels make a depthwise convolution.
	Groups int
}

// Conv2D correlates images x [N, C, H, W] with w [O, C/groups, KH, KW] and adds b [O], which may be nil; the result is
// [N, O, H', W'] with H' = (H + 2·padding - KH)/stride + 1, rounded down, and W' likewise.
func Conv2D(x, w, b *Node, c Conv2DConfig) *Node {
	if !ok(x, w, b) {
		return bad(x)
	}
	k, err := c.kernel(x.shape, w.shape)
	if err != "" {
		return x.g.failf("conv2d: "+err, x.shape, w.shape)
	}
	k.Precision = x.g.precision
	if b != nil && (len(b.shape) != 1 || b.shape[0] != w.shape[0]) {
		return x.g.failf("conv2d: bias %v for %d outputs", b.shape, w.shape[0])
	}
	return convolve("conv2d", []int{k.N, k.COut, k.HOut, k.WOut}, c, k, x, w, b)
}

// kernel resolves the geometry. A mistake is a format for the shapes of input and weights.
func (c Conv2DConfig) kernel(x, w []int) (kernel.Conv2D, string) {
	stride, groups := max(1, c.Stride), max(1, c.Groups)
	if len(x) != 4 || len(w) != 4 {
		return kernel.Conv2D{}, "want an input [N, C, H, W] and weights [O, C/groups, KH, KW], got %v and %v"
	}
	k := kernel.Conv2D{N: x[0], CIn: x[1], HIn: x[2], WIn: x[3], COut: w[0], KH: w[2], KW: w[3], Stride: stride, Pad: c.Padding, Groups: groups}
	switch {
	case x[1]%groups != 0 || w[0]%groups != 0 || x[1]/groups != w[1]:
		return k, "input %v does not fit weights %v in these groups"
	case c.Padding < 0 || x[2]+2*c.Padding < w[2] || x[3]+2*c.Padding < w[3]:
		return k, "the padded image %v is smaller than the kernel %v"
	}
	k.HOut, k.WOut = (x[2]+2*c.Padding-w[2])/stride+1, (x[3]+2*c.Padding-w[3])/stride+1
	return k, ""
}

// Conv2DLayer is a convolution over images.
type Conv2DLayer struct {
	W, B   *Param
	Config Conv2DConfig
	// Standard applies [Standardize] to the weights.
	Standard bool
}

// NewConv2D declares a convolution from in to out channels with a kernel of k by k pixels.
func NewConv2D(w *Weights, name string, in, out, k int, c Conv2DConfig, bias bool) *Conv2DLayer {
	s := w.Scope(name)
	each := in / max(1, c.Groups)
	l := &Conv2DLayer{Config: c, W: s.Param("weight", KaimingUniform(each*k*k), out, each, k, k)}
	if bias {
		l.B = s.Param("bias", KaimingUniform(each*k*k), out)
	}
	return l
}

// Apply maps x [N, in, H, W] to [N, out, H', W'].
func (l *Conv2DLayer) Apply(x *Node) *Node {
	return Conv2D(x, weightOf(x.g, l.W, l.Standard), optional(x.g, l.B), l.Config)
}
