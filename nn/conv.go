package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Padding says how a convolution treats the ends of a sequence.
type Padding int

const (
	// Same pads with zeros on both sides, so that stride 1 keeps the length.
	Same Padding = iota
	// Causal pads on the left only: an output sees nothing of its future.
	Causal
	// Valid pads nothing; the output is shorter.
	Valid
)

// ConvConfig holds the choices of [Conv1D]; the zero value is stride 1, dilation 1, same padding.
type ConvConfig struct {
	// Stride is the step between outputs, in samples; 0 means 1.
	Stride int
	// Dilation is the distance between taps, in samples; 0 means 1.
	Dilation int
	// Padding is Same, Causal or Valid.
	Padding Padding
}

// Conv1D correlates x [N, C, T] with w [O, C, K] and adds b [O], which may be nil;
// the result is [N, O, T'], with T' = ⌈T/stride⌉ for same and causal padding.
func Conv1D(x, w, b *Node, c ConvConfig) *Node {
	if !ok(x, w, b) {
		return bad(x)
	}
	if len(x.shape) != 3 || len(w.shape) != 3 || x.shape[1] != w.shape[1] {
		return x.g.failf("conv1d: input %v does not fit weights %v", x.shape, w.shape)
	}
	if b != nil && (len(b.shape) != 1 || b.shape[0] != w.shape[0]) {
		return x.g.failf("conv1d: bias %v for %d outputs", b.shape, w.shape[0])
	}
	k, err := c.kernel(x.shape, w.shape)
	if err != "" {
		return x.g.failf("conv1d: %s", err)
	}
	k.Precision = x.g.precision
	return convolve("conv1d", []int{k.N, k.COut, k.TOut}, c, k, x, w, b)
}

// convolution is a kernel over sequences or images, its geometry settled.
type convolution interface {
	Forward(x, w, bias, y []float32)
	ForwardThen(x, w, bias, y []float32, a kernel.After)
	GradInput(dy, w, dx []float32)
	GradWeight(x, dy, dw []float32)
	GradBias(dy, db []float32)
	GradBiasMore(dy, db []float32)
}

// convolve adds a convolution with its gradients; b may be nil.
func convolve(name string, shape []int, about any, k convolution, x, w, b *Node) *Node {
	ins := []*Node{x, w}
	if b != nil {
		ins = append(ins, b)
	}
	flops := 2 * float64(size(shape)) * float64(size(w.shape[1:]))
	return apply(&op{name: name, shape: shape, about: about, flops: flops, conv: k, pure: true,
		forward: func(in [][]float32, out []float32) {
			var bias []float32
			if len(in) > 2 {
				bias = in[2]
			}
			k.Forward(in[0], in[1], bias, out)
		},
		backward: func(in []*Node, _, dy *Node) []*Node {
			x, w := in[0], in[1]
			dx := apply(&op{name: name + ".dx", shape: x.shape, flops: flops, forward: func(in [][]float32, out []float32) {
				k.GradInput(in[0], in[1], out)
			}}, dy, w)
			dw := apply(&op{name: name + ".dw", shape: w.shape, flops: flops, resume: resumeConv(k), forward: func(in [][]float32, out []float32) {
				k.GradWeight(in[0], in[1], out)
			}}, x, dy)
			grads := []*Node{dx, dw}
			if len(in) > 2 {
				grads = append(grads, apply(&op{name: name + ".db", shape: in[2].shape, forward: func(in [][]float32, out []float32) {
					k.GradBias(in[0], out)
				}, resume: resumeRows(k.GradBias, k.GradBiasMore)}, dy))
			}
			return grads
		},
	}, ins...)
}

// resumeConv goes on with the gradient by the weights of a convolution over time.
func resumeConv(k convolution) func(s *span, r *running) func(in [][]float32, out []float32) {
	return func(s *span, r *running) func(in [][]float32, out []float32) {
		c, ok := k.(kernel.Conv)
		if !ok || c.N != s.samples || !c.Continues() {
			return nil
		}
		return func(in [][]float32, out []float32) { c.GradWeightOf(in[0], in[1], out, s.first, s.whole, &r.weights) }
	}
}

// resumeRows goes on with sums that are taken sample by sample.
func resumeRows(begin, more func(dy, db []float32)) func(s *span, r *running) func(in [][]float32, out []float32) {
	return func(s *span, _ *running) func(in [][]float32, out []float32) {
		return func(in [][]float32, out []float32) {
			if s.first == 0 {
				begin(in[0], out)
			} else {
				more(in[0], out)
			}
		}
	}
}

// kernel resolves the geometry.
func (c ConvConfig) kernel(x, w []int) (kernel.Conv, string) {
	stride, dilation := max(1, c.Stride), max(1, c.Dilation)
	span := (w[2]-1)*dilation + 1
	k := kernel.Conv{N: x[0], CIn: x[1], TIn: x[2], COut: w[0], K: w[2], Stride: stride, Dilation: dilation}
	switch c.Padding {
	case Valid:
		if x[2] < span {
			return k, "the sequence is shorter than the kernel"
		}
		k.TOut = (x[2]-span)/stride + 1
	case Causal:
		k.PadLeft = span - 1
		k.TOut = (x[2] + stride - 1) / stride
	default:
		k.TOut = (x[2] + stride - 1) / stride
		k.PadLeft = max(0, (k.TOut-1)*stride+span-x[2]) / 2
	}
	return k, ""
}
