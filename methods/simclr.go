package methods

import (
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// SimCLR contrasts the two views of a sample with all others of the batch (Chen
// et al., 2020): the loss is NT-Xent, eq. 1, over the 2N ordered pairs.
type SimCLR struct {
	// Temperature divides the cosine similarities; 0 means 0.2.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Hidden is the width of the projection head's inner layers; 0 means 256.
	Hidden int `json:"hidden,omitempty" toml:"hidden"`
	// Out is the length of the projection; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Layers is the depth of the projection head; 0 means 2.
	Layers int `json:"layers,omitempty" toml:"layers"`
}

// Name returns "simclr".
func (SimCLR) Name() string { return "simclr" }

// New declares the projection head.
func (m SimCLR) New(w *nn.Weights, net encoders.Network) (Objective, error) {
	m.Hidden, m.Out, m.Layers = or(m.Hidden, 256), or(m.Out, 128), or(m.Layers, 2)
	tau, err := temperature(m.Temperature, 0.2)
	if err != nil {
		return nil, err
	}
	head, err := newProjector(w.Scope("projector"), net.Dim(), m.Hidden, m.Out, m.Layers)
	if err != nil {
		return nil, err
	}
	return &simclr{net: net, head: head, tau: tau}, nil
}

type simclr struct {
	net  encoders.Network
	head *projector
	tau  float32
	z    *nn.Node
}

func (o *simclr) Loss(a, b *nn.Node) *nn.Node {
	o.z = nn.Normalize(o.head.apply(embed(o.net, a, b)))
	return NTXent(o.z, o.tau)
}

func (o *simclr) Embeddings() *nn.Node { return o.z }

// Uniform is log(2N-1).
func (o *simclr) Uniform(n int) float64 { return math.Log(float64(2*n - 1)) }

// NTXent is the normalised, temperature-scaled cross-entropy of SimCLR, eq. 1:
// z [2N, D] are unit vectors, the second views behind the first.
func NTXent(z *nn.Node, tau float32) *nn.Node {
	g, rows := z.Graph(), z.Shape()[0]
	if g.Err() != nil {
		return z
	}
	logits := nn.Scale(nn.MatMul(z, z, false, true), 1/tau)
	logits = nn.Add(logits, g.Const(diagonal(rows, -hidden), rows, rows))
	return nn.CrossEntropy(logits, g.Const(partners(rows/2), rows))
}

// projector is linear layers with batch normalisation and ReLU between them.
type projector struct {
	linear []*nn.LinearLayer
	norm   []*nn.NormLayer
}

func newProjector(w *nn.Weights, in, hidden, out, layers int) (*projector, error) {
	if hidden < 1 || out < 1 || layers < 1 || layers > 8 {
		return nil, fmt.Errorf("methods: projector of %d layers, %d wide, %d out: want at least 1 and at most 8 layers", layers, hidden, out)
	}
	p := &projector{}
	for i := range layers {
		to := hidden
		if i == layers-1 {
			to = out
		}
		p.linear = append(p.linear, nn.NewLinear(w, fmt.Sprintf("linear%d", i), in, to, false))
		p.norm = append(p.norm, nn.NewBatchNorm(w, fmt.Sprintf("norm%d", i), to, true))
		in = to
	}
	return p, nil
}

func (p *projector) apply(h *nn.Node) *nn.Node {
	for i, l := range p.linear {
		h = p.norm[i].Apply(l.Apply(h))
		if i < len(p.linear)-1 {
			h = nn.ReLU(h)
		}
	}
	return h
}

// temperature checks a temperature, 0 meaning the default.
func temperature(t, d float64) (float32, error) {
	if t == 0 {
		t = d
	}
	if !(t > 1e-4) || t > 1e3 {
		return 0, fmt.Errorf("methods: temperature is %g, want 0.0001 to 1000", t)
	}
	return float32(t), nil
}

func or(v, d int) int {
	if v == 0 {
		return d
	}
	return v
}
