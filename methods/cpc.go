package methods

import (
	"fmt"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// CPC predicts the encodings of what comes next from a summary of what came before (van den Oord et al., 2018). A window
// is encoded piece by piece, so that no encoding holds what another is to predict:
//
//   - An encoder that sees a bounded stretch of the past (encoders.Causal) runs over the window as it is; its steps are
//     the pieces.
//   - Any other encoder is shown patches of the window, half overlapping, one at a time.
//
// Predictions begin where the piece to be predicted has no time stamp in common with the last of the context's.
type CPC struct {
	// Context sums up the pieces so far: kind "gru", "conv" or "transformer".
	Context cpc.ContextConfig `json:"context,omitzero" toml:"context"`
	// Horizons is how many steps ahead are predicted, behind those that are skipped; 0 means a third of the pieces, up
	// to 12.
	Horizons int `json:"horizons,omitempty" toml:"horizons"`
	// Negatives are "mixed" (the default), from the whole batch; "across" samples only, which may be told apart by what
	// does not change in them; or "within" a sample only, which may lose sight of that.
	Negatives string `json:"negatives,omitempty" toml:"negatives"`
	// Count is the number of mixed negatives; 0 means 128.
	Count int `json:"count,omitempty" toml:"count"`
	// Patch is the length of a patch in time stamps; 0 means an eighth of the window, at least 4.
	Patch int `json:"patch,omitempty" toml:"patch"`
	// Feature is what is deployed of a window, over its pieces: "both" (the default), the encodings z and the summaries c,
	// one after the other; "encoding", z; or "context", c.
	Feature string `json:"feature,omitempty" toml:"feature"`
	// Pool is how the pieces are put together, "mean" (the default), "max", or "last".
	Pool string `json:"pool,omitempty" toml:"pool"`
}

// Name returns "cpc".
func (CPC) Name() string { return "cpc" }

// Needs returns one view.
func (CPC) Needs() Needs { return Needs{Views: []View{{}}} }

// Preset changes nothing about the windows: what the method learns from is in them.
func (CPC) Preset() Preset {
	return Preset{Batch: 32, LR: 1e-3, Decay: 1e-4, Views: augment.Spec{First: augment.Pipeline{augment.Identity{}}}}
}

// Network declares the encoder with the context on it, and what is deployed of both.
func (m CPC) Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	m.Feature, m.Pool = or(m.Feature, "both"), or(m.Pool, "mean")
	if m.Feature != "encoding" && m.Feature != "context" && m.Feature != "both" {
		return nil, fmt.Errorf("methods: cpc's feature is %q, want encoding, context or both", m.Feature)
	}
	if m.Pool != "mean" && m.Pool != "max" && m.Pool != "last" {
		return nil, fmt.Errorf("methods: cpc's pool is %q, want mean, max or last", m.Pool)
	}
	if m.Patch < 0 || m.Patch > 1<<20 {
		return nil, fmt.Errorf("methods: cpc's patch is %d time stamps, want 0 to %d", m.Patch, 1<<20)
	}
	inner, err := enc.New(w, channels)
	if err != nil {
		return nil, err
	}
	context, err := m.Context.New(w.Scope("context"), inner.Dim())
	if err != nil {
		return nil, err
	}
	n := &pieceNet{inner: inner, context: context, cfg: m}
	n.shift = w.Buffer("shift", 0, n.Dim())
	return n, nil
}

// pieceNet encodes the pieces of a window and sums them up.
type pieceNet struct {
	inner   encoders.Network
	context *cpc.Context
	cfg     CPC
	// shift moves features to a mean of 0. The loss does not: it is the same wherever the mean of the encodings lies.
	shift *nn.Param
}

// patch is the length of the patches of a window of that many time stamps, and the distance between them.
func (n *pieceNet) patch(length int) (patch, hop int) {
	patch = min(length, or(n.cfg.Patch, max(4, length/8)))
	return patch, max(1, patch/2)
}

// cut is how many pieces there are of a window, and by how many steps the first without a common time stamp is ahead.
func (n *pieceNet) cut(length int) (pieces, first int) {
	if c, ok := n.inner.(encoders.Causal); ok {
		return (length + c.Stride() - 1) / c.Stride(), (c.Span() + c.Stride() - 1) / c.Stride()
	}
	patch, hop := n.patch(length)
	return (length-patch)/hop + 1, (patch + hop - 1) / hop
}

// pieces maps x [N, C, T] to the encodings z [N, P, D].
func (n *pieceNet) pieces(x *nn.Node) *nn.Node {
	if x.Graph().Err() != nil {
		return x
	}
	if c, ok := n.inner.(encoders.Causal); ok {
		return nn.SwapLast(c.Steps(x))
	}
	s := x.Shape()
	count, _ := n.cut(s[2])
	patch, hop := n.patch(s[2])
	return nn.Reshape(n.inner.Apply(nn.Patches(x, patch, hop)), s[0], count, n.inner.Dim())
}

// Dim is that of the feature.
func (n *pieceNet) Dim() int {
	switch n.cfg.Feature {
	case "context":
		return n.context.Dim()
	case "encoding":
		return n.inner.Dim()
	}
	return n.inner.Dim() + n.context.Dim()
}

// Apply maps x [N, C, T] to the feature [N, Dim], moved to a mean of 0.
func (n *pieceNet) Apply(x *nn.Node) *nn.Node {
	z := n.pieces(x)
	var c *nn.Node
	if n.cfg.Feature != "encoding" {
		c = n.context.Apply(z)
	}
	return n.centred(n.feature(z, c))
}

// feature puts together what is deployed.
func (n *pieceNet) feature(z, c *nn.Node) *nn.Node {
	switch n.cfg.Feature {
	case "context":
		return n.pool(c)
	case "encoding":
		return n.pool(z)
	}
	return nn.Concat(1, n.pool(z), n.pool(c))
}

func (n *pieceNet) centred(h *nn.Node) *nn.Node {
	if h.Graph().Err() != nil {
		return h
	}
	return nn.Add(h, h.Graph().Param(n.shift))
}

// follow lets the shift follow the mean of the features, which moves as the encoder learns.
func (n *pieceNet) follow(mean []float32) {
	for i, v := range mean {
		n.shift.Data[i] -= shiftRate * (n.shift.Data[i] + v)
	}
}

// shiftRate averages over about the last ten steps.
const shiftRate = 0.1

// pool summarises x [N, P, D] to [N, D].
func (n *pieceNet) pool(x *nn.Node) *nn.Node {
	if x.Graph().Err() != nil {
		return x
	}
	s := x.Shape()
	switch n.cfg.Pool {
	case "last":
		return nn.Reshape(nn.Slice(x, 1, s[1]-1, s[1]), s[0], s[2])
	case "max":
		return nn.GlobalMax(nn.SwapLast(x))
	}
	return nn.GlobalMean(nn.SwapLast(x))
}

// New declares the predictors.
func (m CPC) New(s Setup) (Objective, error) {
	net, ok := s.Net.(*pieceNet)
	if !ok {
		return nil, fmt.Errorf("methods: cpc works on the network that it declares itself")
	}
	o := &cpcLoss{net: net, batchStats: hasBatchStats(s.Weights), negatives: cpc.Negatives{Kind: m.Negatives, Count: m.Count}}
	if err := o.negatives.Check(); err != nil {
		return nil, err
	}
	var first int
	o.pieces, first = net.cut(s.Length)
	horizons := or(m.Horizons, min(12, max(1, o.pieces/3)))
	if horizons < 1 || horizons > 1<<10 {
		return nil, fmt.Errorf("methods: cpc predicts %d steps, want 1 to %d", horizons, 1<<10)
	}
	if o.pairs = cpc.Sequence(o.pieces, first, horizons); len(o.pairs) == 0 {
		return nil, fmt.Errorf("methods: cpc cuts a window of %d time stamps into %d pieces, and the first prediction is %d ahead; use longer windows, a smaller patch, or an encoder with a smaller stride",
			s.Length, o.pieces, first)
	}
	o.predictors = cpc.NewPredictors(s.Weights.Scope("predictors"), net.context.Dim(), net.inner.Dim(), len(o.pairs))
	return o, nil
}

type cpcLoss struct {
	net        *pieceNet
	predictors *cpc.Predictors
	negatives  cpc.Negatives
	pairs      []cpc.Pairs
	pieces     int
	batchStats bool
}

func (o *cpcLoss) Build(b Batch) Loss {
	z := o.net.pieces(b.Views[0])
	c := o.net.context.Apply(z)
	res := o.predictors.Loss(z, c, o.pairs, o.negatives)
	if z.Graph().Err() != nil {
		return Loss{Value: z, Embeddings: z}
	}
	h := nn.StopGradient(o.net.feature(z, c))
	loss := Loss{Value: res.Value, Embeddings: unitViews([]*nn.Node{o.net.centred(h)}), Before: func(s Step) { res.Draw(s.RNG) }}
	loss.Keep = []*nn.Node{nn.MeanFirst(h)}
	loss.After = func(_ Step, kept [][]float32) { o.net.follow(kept[0]) }
	for k, a := range res.Accuracy {
		loss.Measures = append(loss.Measures, Measure{accuracyName(k), a})
	}
	return loss
}

func accuracyName(k int) string { return fmt.Sprintf("accuracy_%02d", k+1) }

// Uniform is the mean over horizons of the logarithm of the number of candidates.
func (o *cpcLoss) Uniform(n int) float64 { return o.negatives.Uniform(o.pairs, n, o.pieces) }

// Diagnose speaks up about a way round the task, and about horizons that are out of reach.
func (o *cpcLoss) Diagnose(measures map[string]float64) []string {
	var out []string
	if o.batchStats {
		out = append(out, "the encoder's batch normalisation ties the pieces of a window together, by which a piece may be found without being predicted; use norm group in the encoder")
	}
	near, far := measures[accuracyName(0)], measures[accuracyName(len(o.pairs)-1)]
	if len(o.pairs) > 1 && near > 0.99 && far > 0.99 {
		out = append(out, "every horizon is predicted without fault; use more negatives, more horizons or longer windows to learn more")
	}
	return out
}
