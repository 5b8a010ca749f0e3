package methods

import (
	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// Predicting is a [Method] whose model keeps what it predicts with.
type Predicting interface {
	Method
	// Predictor declares the predictors of a network of NetworkOf, for samples as s says, under the names that New gives them.
	Predictor(s Setup) (*Predictor, error)
}

// Predictor is the predictors of [CPC] on its network: what they say of the last step of a window, from the steps before it. A step is a
// piece of the window, or a step of an encoder that sees a bounded stretch of the past.
type Predictor struct {
	net        *pieceNet
	predictors []*cpc.Predictors // by direction, or one for all
	pairs      [][]cpc.Pairs     // by direction
	first      int               // how many steps ahead the first prediction is
}

// Horizons is how far ahead predictions are, in steps, the nearest first. An image has them in each direction.
func (f *Predictor) Horizons() []int {
	out := make([]int, len(f.pairs[0]))
	for k := range out {
		out[k] = f.first + k
	}
	return out
}

// Directions is from how many sides samples are read.
func (f *Predictor) Directions() int { return len(f.pairs) }

// Dim is the length of what is predicted of a step: its encoding, or the projection of it.
func (f *Predictor) Dim() int { return f.predictors[0].Dim() }

// Step is the distance between two steps of a window, and of a step the last how many time stamps it shows; both in time stamps.
func (f *Predictor) Step(length int) (hop, shown int) {
	if c, ok := f.net.inner.(encoders.Causal); ok {
		return c.Stride(), min(c.Span(), length)
	}
	shown, hop = f.net.patch(length)
	return hop, shown
}

// Apply maps windows x [N, C, T], of the length that the predictors were declared for, to what their last steps are and what was
// predicted: the encoding z of the last step [Dim], and after it, nearest first, W_k c for each horizon k, where c sums up the steps up to k
// before the last; where predictors have a target, z is its projection. The last step ends with the last time stamp; nothing that the window does not hold counts.
func (f *Predictor) Apply(x *nn.Node) *nn.Node { return f.Predict(f.net.lastPieces(x)) }

// Predict is Apply for the encodings z [N, P, D] of the pieces of windows.
func (f *Predictor) Predict(z *nn.Node) *nn.Node {
	n, p := z.Dim(0), z.Dim(1)
	c := f.net.context.Apply(z)
	at := func(x *nn.Node, step int) *nn.Node {
		return nn.Reshape(nn.Slice(x, 1, step, step+1), n, x.Dim(2))
	}
	parts := []*nn.Node{f.predictors[0].Target(at(z, p-1))}
	for k, ahead := range f.Horizons() {
		parts = append(parts, f.predictors[0].Guess(k, at(c, p-1-ahead)))
	}
	return nn.Concat(1, parts...)
}

// Pieces says which pieces [T'] of windows [T] of a length are encoded by themselves ([Predictor.Encode]): n, the first of which begins at
// first, every hop, of shown time stamps each. It is false for an encoder that runs over the window, whose steps also depend on where that begins.
func (f *Predictor) Pieces(length int) (n, first, hop, shown int, ok bool) {
	if _, ok := f.net.inner.(encoders.Causal); ok {
		return 0, 0, 0, 0, false
	}
	n, _, _ = f.net.cut([]int{length})
	shown, hop = f.net.patch(length)
	return n, length - ((n-1)*hop + shown), hop, shown, true
}

// Encode maps pieces [N, C, T'] to their encodings [N, D].
func (f *Predictor) Encode(pieces *nn.Node) *nn.Node { return f.net.inner.Apply(pieces) }

// PieceDim is the length of the encoding of a piece.
func (f *Predictor) PieceDim() int { return f.net.inner.Dim() }

// lastPieces is pieces for windows, laid so that the last one ends with the last time stamp.
func (n *pieceNet) lastPieces(x *nn.Node) *nn.Node {
	length := x.Dim(2)
	rows, _, _ := n.cut([]int{length})
	if c, ok := n.inner.(encoders.Causal); ok {
		return nn.SwapLast(c.Steps(nn.Slice(x, 2, length-((rows-1)*c.Stride()+1), length)))
	}
	patch, hop := n.patch(length)
	return n.encode(nn.Patches(nn.Slice(x, 2, length-((rows-1)*hop+patch), length), patch, hop), rows)
}
