package methods

import (
	"cmp"
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// NPID makes every sample a class of its own, whose weight is what the sample was embedded as when it was last seen (Wu et
// al., 2018). A step needs one view of each sample.
type NPID struct {
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Out is the length of the linear embedding; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Norm follows the linear embedding, without scale and shift: "batch", "layer", "group" or "none" (the default). With
	// the loss nce batch lets a short run begin: Z is a constant from the first batch on, when the bank's rows point every way, and
	// what an untrained encoder gives points one way.
	Norm string `json:"norm,omitempty" toml:"norm"`
	BankLoss
	// Proximal is the weight of |v - b|², the squared distance of an embedding from what the bank remembers of its sample
	// (eq. 9); 0 means none, since the momentum of the bank takes its place in the authors' code. The paper tries 10 to 50.
	Proximal float64 `json:"proximal,omitempty" toml:"proximal"`
}

// Name returns "npid".
func (NPID) Name() string { return "npid" }

// Needs returns one view.
func (NPID) Needs() Needs { return Needs{Views: []View{{}}} }

// Preset is the trainer's own batch and rate.
func (NPID) Preset() Preset { return Preset{Batch: 32, LR: 1e-3} }

// Head is the linear embedding, see [Keeper].
func (m NPID) Head(_ *nn.Weights, _ int) (string, Head) {
	return "projector", embedding(cmp.Or(m.Out, 128), m.Norm)
}

// New declares the linear embedding, the bank and Z.
func (m NPID) New(s Setup) (Objective, error) {
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	if m.Out = cmp.Or(m.Out, 128); m.Out < 1 || !(m.Proximal >= 0 && m.Proximal <= 1e6) {
		return nil, fmt.Errorf("npid: out is %d, proximal %g: want at least 1, and 0 to 1000000", m.Out, m.Proximal)
	}
	c, err := newCritic(m.BankLoss, s, tau)
	if err != nil {
		return nil, err
	}
	h, err := newProjector(m, s)
	if err != nil {
		return nil, err
	}
	return &npid{net: s.Net, critic: c, proximal: float32(m.Proximal), head: h,
		bank: newBank(s.Weights, "bank", len(s.Samples), m.Out, c.Momentum), z: constantZ(s.Weights, "z"),
		seen: float64(s.Batch) * float64(s.Steps) / float64(len(s.Samples))}, nil
}

type npid struct {
	net      encoders.Network
	head     *head
	critic   *critic
	bank     *bank
	z        *nn.Param
	proximal float32
	seen     float64 // how often each sample is met in the run
}

func (o *npid) Build(b Batch) Loss {
	v := nn.Normalize(o.head.apply(o.net.Apply(b.Views[0])))
	g := v.Graph()
	d := o.critic.newDraw(g, v.Dim(0))
	value, fixed := d.loss(v, o.bank, o.z)
	if o.proximal > 0 {
		gap := nn.Sub(v, nn.Take(g.Param(o.bank.rows), d.idsN))
		value = nn.Add(value, nn.Scale(nn.Sum(nn.Square(gap)), o.proximal/float32(v.Dim(0))))
	}
	loss := Loss{Value: value, Embeddings: v, Keep: []*nn.Node{v}, Before: d.fill}
	if fixed != nil {
		loss.Keep = append(loss.Keep, fixed)
	}
	// The bank moves only now, or a positive would be the embedding itself.
	loss.After = func(s Step, kept [][]float32) {
		o.bank.update(s.Samples, kept[0])
		if len(kept) > 1 {
			copy(o.z.Data, kept[1])
		}
	}
	return loss
}

// Uniform is the log of the number of rows, or what the other losses have in its place.
func (o *npid) Uniform(int) float64 { return o.critic.uniform() }

// Diagnose warns when part of the bank still is what it was drawn as.
func (o *npid) Diagnose(map[string]float64) []string { return unseenRows(o.seen) }
