package methods

import (
	"cmp"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/nn"
)

// BankLoss is how a vector is told apart from the rows of a memory bank.
type BankLoss struct {
	// Loss is "softmax", over all rows; "nce", noise-contrastive estimation with a constant Z that the first batch fixes (Wu
	// et al., 2018, eq. 7); or "sampled", the softmax over the positive and drawn rows. Empty means softmax up to 50000
	// samples, and nce beyond.
	Loss string `json:"loss,omitempty" toml:"loss"`
	// Negatives is how many rows are drawn for each sample in nce and sampled; 0 means half the samples, at most 4096.
	Negatives int `json:"negatives,omitempty" toml:"negatives"`
	// Apart is how many window lengths the starts of two windows of one series must lie apart to count as negatives of each
	// other; 0 means 1, negative that neighbours count as well.
	Apart float64 `json:"apart,omitempty" toml:"apart"`
	// Momentum is the share of a row that an update keeps; 0 means 0.5, negative none.
	Momentum float64 `json:"momentum,omitempty" toml:"momentum"`
}

// maxBank is the number of rows that a float32 can still number.
const maxBank = 1 << 24

// critic makes a loss of a bank: a BankLoss, checked, for given samples.
type critic struct {
	BankLoss
	tau  float32
	rows int
	kin  *kin
}

func newCritic(c BankLoss, s Setup, tau float32) (*critic, error) {
	n := len(s.Samples)
	if n < 2 || n > maxBank {
		return nil, fmt.Errorf("a bank of %d samples, want 2 to %d", n, maxBank)
	}
	if c.Loss == "" {
		if c.Loss = "softmax"; n > 50000 {
			c.Loss = "nce"
		}
	}
	if c.Loss != "softmax" && c.Loss != "nce" && c.Loss != "sampled" {
		return nil, fmt.Errorf("loss is %q, want softmax, nce or sampled", c.Loss)
	}
	c.Negatives = cmp.Or(c.Negatives, min(4096, max(1, n/2)))
	if c.Negatives < 1 || c.Negatives > 1<<20 {
		return nil, fmt.Errorf("%d negatives, want 1 to %d", c.Negatives, 1<<20)
	}
	if !(c.Apart <= 1e6) {
		return nil, fmt.Errorf("apart is %g window lengths, want at most 1000000", c.Apart)
	}
	var err error
	if c.Momentum, err = checkMomentum(c.Momentum, 0.5); err != nil {
		return nil, err
	}
	distance := int(math.Ceil(cmp.Or(c.Apart, 1) * float64(s.Length)))
	k := newKin(s.Samples, max(0, distance))
	if k.most() == 0 {
		return nil, fmt.Errorf("all %d windows are neighbours in one series, so that there are no negatives; use a smaller window, or apart below 0", n)
	}
	return &critic{BankLoss: c, tau: tau, rows: n, kin: k}, nil
}

// embedding is the linear map that a bank remembers, with a normalisation after it if asked.
func embedding(out int, norm string) Head {
	return Head{Hidden: 1, Out: out, Layers: 1, Norm: cmp.Or(norm, "none"), Last: "plain", Bias: true}
}

// uniform is the loss where all scores are equal, or NaN for nce: its Z does not follow the scores.
func (c *critic) uniform() float64 {
	switch c.Loss {
	case "nce":
		return math.NaN()
	case "sampled":
		return math.Log1p(float64(c.Negatives))
	}
	return math.Log(float64(1 + c.kin.most()))
}

// draw is what one graph contrasts with: filled anew in each step.
type draw struct {
	critic *critic
	ids    []float32 // [N]
	index  []float32 // [N, 1+Negatives], the sample itself in column 0; nil for the full softmax
	mask   []float32 // [N, rows]; nil where no window has neighbours
	hid    []int     // the samples whose neighbours the mask hides, by row, or -1
	idsN   *nn.Node
	indexN *nn.Node
	maskN  *nn.Node
}

func (c *critic) newDraw(g *nn.Graph, n int) *draw {
	d := &draw{critic: c, ids: make([]float32, n)}
	d.idsN = g.Const(d.ids, n)
	if c.Loss != "softmax" {
		d.index = make([]float32, n*(1+c.Negatives))
		d.indexN = g.Const(d.index, n, 1+c.Negatives)
		return d
	}
	if c.kin.none {
		return d
	}
	d.mask, d.hid = make([]float32, n*c.rows), make([]int, n)
	for i := range d.hid {
		d.hid[i] = -1
	}
	d.maskN = g.Const(d.mask, n, c.rows)
	return d
}

// fill draws for a step. A drawn row may be the sample's own, as in the authors' code, but no neighbour's.
func (d *draw) fill(s Step) {
	k, m := d.critic.kin, d.critic.Negatives
	for i, id := range s.Samples {
		d.ids[i] = float32(id)
		if d.index != nil {
			row := d.index[i*(1+m) : (i+1)*(1+m)]
			row[0] = float32(id)
			for j := range row[1:] {
				row[1+j] = float32(k.pick(id, s.RNG.IntN(k.others(id)+1)))
			}
		}
		if d.mask != nil {
			row := d.mask[i*d.critic.rows : (i+1)*d.critic.rows]
			if old := d.hid[i]; old >= 0 {
				for _, j := range k.order[k.lo[old]:k.hi[old]] {
					row[j] = 0
				}
			}
			for _, j := range k.order[k.lo[id]:k.hi[id]] {
				row[j] = -hidden
			}
			row[id] = 0
			d.hid[i] = id
		}
	}
}

// constantZ is the normaliser of nce: a flag that it is fixed, and log Z.
func constantZ(w *nn.Weights, name string) *nn.Param { return w.Buffer(name, 0, 2) }

// loss contrasts unit vectors v [N, D] with the bank. For nce it returns a node as well whose value [2] is to be kept and
// written into z after the step; else nil.
func (d *draw) loss(v *nn.Node, b *bank, z *nn.Param) (loss, fixed *nn.Node) {
	c, g := d.critic, v.Graph()
	rows, n := g.Param(b.rows), v.Dim(0)
	if c.Loss == "softmax" {
		logits := nn.Scale(nn.MatMul(v, rows, false, true), 1/c.tau)
		if d.maskN != nil {
			logits = nn.Add(logits, d.maskN)
		}
		return nn.CrossEntropy(logits, d.idsN), nil
	}
	logits := nn.Scale(nn.DotRows(v, rows, d.indexN), 1/c.tau)
	if c.Loss == "sampled" {
		return nn.CrossEntropy(logits, g.Const(make([]float32, n), n)), nil
	}
	fixed = fixZ(logits, g.Param(z), c.rows)
	return noiseContrast(logits, fixed, c.rows), fixed
}

// fixZ is z, or, where z's flag is not set yet, [1, log(rows·mean exp(logits))]: all entries count, the positives' too.
func fixZ(logits, z *nn.Node, rows int) *nn.Node {
	return nn.Host("fixz", []int{2}, func(in [][]float32, out []float32) {
		if copy(out, in[1]); out[0] != 0 {
			return
		}
		top := math.Inf(-1)
		for _, v := range in[0] {
			top = max(top, float64(v))
		}
		var sum float64
		for _, v := range in[0] {
			sum += math.Exp(float64(v) - top)
		}
		out[0], out[1] = 1, float32(math.Log(float64(rows))+top+math.Log(sum/float64(len(in[0]))))
	}, logits, z)
}

// noiseContrast is the mean over the batch of -log h(i) - Σ log(1-h(j)) with h = P/(P + c), c = m/rows the noise's share and
// P = exp(logits)/Z: logits [N, 1+m] with the positive in column 0, fixed [2] holding log Z. As in the authors' code 1e-7 is
// added to each denominator.
func noiseContrast(logits, fixed *nn.Node, rows int) *nn.Node {
	n, m := logits.Dim(0), logits.Dim(1)-1
	c := float32(m) / float32(rows)
	minusZ := nn.Host("minusz", []int{1 + m}, func(in [][]float32, out []float32) {
		for i := range out {
			out[i] = -in[0][1]
		}
	}, fixed)
	a := nn.Add(logits, minusZ) // log P
	// log(P + c + ε) - log c, which is small where P is, so that the sum over many negatives stays exact.
	t := nn.Log(nn.AddScalar(nn.Scale(nn.Exp(a), 1/c), 1+1e-7/c), 0)
	positive := nn.Sum(nn.Slice(a, 1, 0, 1))
	return nn.AddScalar(nn.Scale(nn.Sub(nn.Sum(t), positive), 1/float32(n)), float32(math.Log(float64(c))))
}
