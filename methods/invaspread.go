package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// InvaSpread lets the other copy of a sample be its class and pushes everything
// else in the batch away (Ye et al., 2019).
type InvaSpread struct {
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Out is the length of the linear embedding; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Form is "released" (the default: both copies are anchors, and the class
	// side is a constant) or "paper" (the first views are the classes, eq. 3 to 6).
	Form string `json:"form,omitempty" toml:"form"`
	// Queue is how many embeddings of the steps before are further negatives, in the released form; 0 means none, as published.
	Queue int `json:"queue,omitempty" toml:"queue"`
}

// Name returns "invaspread".
func (InvaSpread) Name() string { return "invaspread" }

// Needs returns two views.
func (InvaSpread) Needs() Needs { return Needs{} }

// Head is the projector, see [Keeper].
func (m InvaSpread) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", Head{Hidden: 1, Out: cmp.Or(m.Out, 128), Layers: 1, Norm: "none", Bias: true}
}

// New declares the linear embedding.
func (m InvaSpread) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	if m.Form != "" && m.Form != "released" && m.Form != "paper" {
		return nil, fmt.Errorf("invaspread: form is %q, want released or paper", m.Form)
	}
	if m.Queue < 0 || m.Queue > 1<<22 || m.Queue > 0 && m.Form == "paper" {
		return nil, fmt.Errorf("invaspread: queue of %d embeddings with form %q, want 0 to %d, and none in the paper's form", m.Queue, m.Form, 1<<22)
	}
	h, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	o := &invaspread{net: s.Net, head: h, tau: tau, paper: m.Form == "paper"}
	if m.Queue > 0 {
		o.queue = newQueue(s.Weights, "queue", m.Queue, cmp.Or(m.Out, 128))
	}
	return o, nil
}

type invaspread struct {
	net   encoders.Network
	head  *head
	tau   float32
	paper bool
	queue *queue // or nil
}

func (o *invaspread) Build(b Batch) Loss {
	z := nn.Normalize(o.head.apply(encodeTogether(o.net, b.Views...)))
	if o.paper {
		return Loss{Value: invaSpreadPaper(z, o.tau), Embeddings: z}
	}
	if o.queue == nil {
		return Loss{Value: invaSpreadReleased(z, nil, o.tau), Embeddings: z}
	}
	return Loss{Value: invaSpreadReleased(z, z.Graph().Param(o.queue.keys), o.tau), Embeddings: z, Keep: []*nn.Node{nn.StopGradient(z)},
		After: func(_ Step, kept [][]float32) { o.queue.push(kept[0]) }}
}

// Uniform is log(M) - (M-1)·log(1-1/M) with M = 2N-1 candidates and those of the queue, or M = N in the paper's form.
func (o *invaspread) Uniform(n int) float64 {
	if n < 2 {
		return 0
	}
	m := float64(2*n - 1)
	switch {
	case o.paper:
		m = float64(n)
	case o.queue != nil:
		m += float64(o.queue.size())
	}
	return math.Log(m) - (m-1)*math.Log1p(-1/m)
}

// floorP keeps 1-P above zero in log(1-P).
const floorP = 1e-7

// spread is -Σ log(1-P) over the entries that mask keeps.
func spread(p *nn.Node, mask []float32) *nn.Node {
	l := nn.Log(nn.AddScalar(nn.Scale(p, -1), 1), floorP)
	return nn.Scale(nn.Sum(nn.Mul(l, p.Graph().Const(mask, p.Shape()...))), -1)
}

// invaSpreadReleased is the loss of the authors' code: P over the other 2N-1 rows,
// the second sum without the positive, both divided by 2N. keys [K, D] are further rows, or nil.
func invaSpreadReleased(z, keys *nn.Node, tau float32) *nn.Node {
	g, rows := z.Graph(), z.Dim(0)
	logits := nn.Scale(nn.MatMul(z, nn.StopGradient(z), false, true), 1/tau)
	logits = nn.Add(logits, g.Const(diagonal(rows, -hidden), rows, rows))
	if keys != nil {
		logits = nn.Concat(1, logits, nn.Scale(nn.MatMul(z, keys, false, true), 1/tau))
	}
	labels, all := partners(rows/2), logits.Dim(1)
	mask := make([]float32, rows*all)
	for i := range rows {
		for j := range all {
			if j != i && j != int(labels[i]) {
				mask[i*all+j] = 1
			}
		}
	}
	return nn.Add(nn.CrossEntropy(logits, g.Const(labels, rows)), nn.Scale(spread(nn.Softmax(logits), mask), 1/float32(rows)))
}

// invaSpreadPaper is equations 3 to 6, over N: the first views f are the classes, P(i|x̂ᵢ) from the
// second views, and P(i|xⱼ), j ≠ i, from the first views among themselves.
func invaSpreadPaper(z *nn.Node, tau float32) *nn.Node {
	g, n := z.Graph(), z.Dim(0)/2
	f, fhat := nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n)
	own := make([]float32, n)
	mask := make([]float32, n*n)
	for i := range n {
		own[i] = float32(i)
		for j := range n {
			if i != j {
				mask[i*n+j] = 1
			}
		}
	}
	inv := nn.CrossEntropy(nn.Scale(nn.MatMul(fhat, f, false, true), 1/tau), g.Const(own, n))
	p := nn.Softmax(nn.Scale(nn.MatMul(f, f, false, true), 1/tau))
	return nn.Add(inv, nn.Scale(spread(p, mask), 1/float32(n)))
}
