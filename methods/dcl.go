package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// DCL is SimCLR whose denominator leaves the positive out (Yeh et al., 2022, eq. 6), which frees small batches of the
// factor that slows them down. Its loss may be negative. The public code compared with is R. Nakhli's
// (raminnakhli/Decoupled-Contrastive-Learning), which the authors' results were repeated with; theirs was not found.
type DCL struct {
	// Temperature divides the cosine similarities; 0 means 0.2, which suits small sets; the public code below has 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Weighted gives near positives less weight and far ones more, 2 - N·softmax(s⁺/sigma): DCLW, as the paper's section 3.3
	// and the public code have it.
	Weighted bool `json:"weighted,omitempty" toml:"weighted"`
	// Sigma is the temperature of those weights; 0 means 0.5.
	Sigma float64 `json:"sigma,omitempty" toml:"sigma"`
	// Hidden is the width of the projection head's inner layer, and Out the length of the projection; 0 means 256 and 128.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	Out    int `json:"out,omitempty" toml:"out"`
	// Norm stands in the projection head: "batch" (the default), "layer", "group" or "none".
	Norm string `json:"norm,omitempty" toml:"norm"`
}

// Name returns "dcl".
func (DCL) Name() string { return "dcl" }

// Needs returns two views.
func (DCL) Needs() Needs { return Needs{} }

// Preset is a small batch, which the method is made for.
func (DCL) Preset() Preset { return Preset{Batch: 32, LR: 1e-3} }

// Head is the projector, see [Keeper].
func (m DCL) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: cmp.Or(m.Hidden, 256), Out: cmp.Or(m.Out, 128), Layers: 2, Norm: cmp.Or(m.Norm, "batch"), Last: "affine"}
}

// New declares the projection head.
func (m DCL) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.2)
	if err != nil {
		return nil, err
	}
	sigma, err := temperature(m.Sigma, 0.5)
	if err != nil {
		return nil, fmt.Errorf("dcl: sigma: %w", err)
	}
	if !m.Weighted {
		sigma = 0
	}
	h, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	return &dcl{net: s.Net, head: h, tau: tau, sigma: sigma}, nil
}

type dcl struct {
	net        encoders.Network
	head       *head
	tau, sigma float32
}

func (o *dcl) Build(b Batch) Loss {
	z := nn.Normalize(o.head.apply(encodeTogether(o.net, b.Views...)))
	return Loss{Value: Decoupled(z, o.tau, o.sigma), Embeddings: z}
}

// Uniform is log(2N-2).
func (o *dcl) Uniform(n int) float64 { return math.Log(float64(2*max(2, n) - 2)) }

// Decoupled is the decoupled contrastive loss, the mean over the 2N rows z [2N, D] of -w·s⁺/τ + log Σ exp(s/τ) over the
// 2N-2 rows of other samples; the second views are after the first. With a sigma of 0 the weight w is 1, else
// 2 - N·softmax(s⁺/sigma) over the batch, through which the gradient flows as in the public code.
func Decoupled(z *nn.Node, tau, sigma float32) *nn.Node {
	g, rows := z.Graph(), z.Dim(0)
	n := rows / 2
	away := diagonal(rows, -hidden)
	for i, j := range partners(n) {
		away[i*rows+int(j)] = -hidden
	}
	logits := nn.Scale(nn.MatMul(z, z, false, true), 1/tau)
	denominator := nn.LogSumExp(nn.Add(logits, g.Const(away, rows, rows)))
	positive := nn.SumLast(nn.Mul(nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, rows)))
	pull := positive
	if sigma > 0 {
		weight := nn.AddScalar(nn.Scale(nn.Softmax(nn.Scale(positive, 1/sigma)), -float32(n)), 2)
		pull = nn.Mul(weight, positive)
	}
	return nn.Sub(nn.Mean(denominator), nn.Scale(nn.Mean(pull), 1/tau))
}
