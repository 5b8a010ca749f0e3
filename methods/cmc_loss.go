package methods

import (
	"fmt"
	"math"

	"github.com/wavekin/wavekin/nn"
)

type cmc struct {
	net    *viewNet
	cfg    CMC
	tau    float32
	critic *critic
	heads  []*head
	banks  []*bank // by view; nil in the batch form
	edges  []edge
	zs     []*nn.Param // two for each edge
	batch  float64     // how often each sample is met in the run
}

func (o *cmc) Build(b Batch) Loss {
	var z []*nn.Node
	for i := range o.heads {
		z = append(z, nn.Normalize(o.heads[i].apply(o.net.view(i, b.Views[min(i, len(b.Views)-1)]))))
	}
	var loss Loss
	if o.banks == nil {
		loss.Value = o.inBatch(z)
	} else {
		loss = o.byBank(z)
	}
	align, logAlign, uniform := o.shape(z)
	loss.Value = nn.Scale(loss.Value, float32(max(0, o.cfg.Contrast)))
	for _, t := range []struct {
		weight float64
		term   *nn.Node
	}{{o.cfg.Alignment, align}, {o.cfg.LogAlignment, logAlign}, {o.cfg.Uniformity, uniform}} {
		if t.weight > 0 {
			loss.Value = nn.Add(loss.Value, nn.Scale(t.term, float32(t.weight)))
		}
	}
	loss.Embeddings = unitViews(z)
	loss.Measures = []Measure{{"alignment", nn.Scale(align, 1/float32(len(o.edges)))}, {"uniformity", nn.Scale(uniform, 1/float32(len(z)))}}
	return loss
}

// inBatch is the sum over pairs of views of the cross-entropy in both directions: the negatives of a sample are the other
// view of the other samples.
func (o *cmc) inBatch(z []*nn.Node) *nn.Node {
	var sum *nn.Node
	for _, e := range o.edges {
		sum = plus(sum, CrossView(z[e.a], z[e.b], o.tau))
	}
	return sum
}

// CrossView is the cross-entropy of a·bᵀ/τ against the diagonal, by rows plus by columns: a, b [N, D] are unit vectors of two
// views, and there are no negatives inside a view.
func CrossView(a, b *nn.Node, tau float32) *nn.Node {
	g := a.Graph()
	n := a.Dim(0)
	own := g.Const(counting(n), n)
	logits := nn.Scale(nn.MatMul(a, b, false, true), 1/tau)
	return nn.Add(nn.CrossEntropy(logits, own), nn.CrossEntropy(nn.SwapLast(logits), own))
}

// byBank contrasts each view with the bank of the other; the drawn rows serve both directions, and an anchor's gradient goes
// to its own encoder alone.
func (o *cmc) byBank(z []*nn.Node) Loss {
	d := o.critic.newDraw(z[0].Graph(), z[0].Dim(0))
	loss := Loss{Before: d.fill, Keep: z}
	for k, e := range o.edges {
		for back, pair := range [][2]int{{e.a, e.b}, {e.b, e.a}} {
			value, fixed := d.loss(z[pair[0]], o.banks[pair[1]], o.zs[2*k+back])
			loss.Value = plus(loss.Value, value)
			if fixed != nil {
				loss.Keep = append(loss.Keep[:len(loss.Keep):len(loss.Keep)], fixed)
			}
		}
	}
	loss.After = func(s Step, kept [][]float32) {
		for i, b := range o.banks {
			b.update(s.Samples, kept[i])
		}
		for i, fixed := range kept[len(o.banks):] {
			copy(o.zs[i].Data, fixed)
		}
	}
	return loss
}

// logFloor is added to a squared distance before its logarithm is taken.
const logFloor = 0.01

// shape is, summed over the pairs of views, the alignment E|a-b|² and its logarithm's mean E log(|a-b|² + 0.01), and summed
// over views the uniformity log E exp(-2|a-a'|²).
func (o *cmc) shape(z []*nn.Node) (align, logAlign, uniform *nn.Node) {
	for _, e := range o.edges {
		gap := nn.SumLast(nn.Square(nn.Sub(z[e.a], z[e.b])))
		align = plus(align, nn.Mean(gap))
		logAlign = plus(logAlign, nn.Mean(nn.Log(nn.AddScalar(gap, logFloor), logFloor)))
	}
	for _, v := range z {
		uniform = plus(uniform, uniformity(v))
	}
	return align, logAlign, uniform
}

// uniformity is log E exp(-2|a-a'|²) over the pairs of different rows of z [N, D], unit vectors (Wang and Isola, 2020, eq. 8).
func uniformity(z *nn.Node) *nn.Node {
	g, n := z.Graph(), z.Dim(0)
	if n < 2 {
		return nn.Scale(nn.Sum(z), 0)
	}
	// |a-a'|² = 2 - 2a·a'.
	logits := nn.AddScalar(nn.Scale(nn.MatMul(z, z, false, true), 4), -4)
	logits = nn.Reshape(nn.Add(logits, g.Const(diagonal(n, -hidden), n, n)), 1, n*n)
	return nn.AddScalar(nn.Sum(nn.LogSumExp(logits)), -float32(math.Log(float64(n*(n-1)))))
}

// plus is the sum of what there is.
func plus(sum, x *nn.Node) *nn.Node {
	if sum == nil {
		return x
	}
	return nn.Add(sum, x)
}

// Uniform is the contrastive part where all embeddings are one, 2·log N for each pair of views, or what the bank's loss has in
// its place, and the pull of the logarithm at distance 0; alignment and uniformity are 0 there.
func (o *cmc) Uniform(n int) float64 {
	one := math.Log(float64(n))
	if o.banks != nil {
		one = o.critic.uniform()
	}
	if o.cfg.Contrast < 0 {
		return math.NaN()
	}
	pairs := float64(len(o.edges))
	return pairs * (2*o.cfg.Contrast*one + max(0, o.cfg.LogAlignment)*math.Log(logFloor))
}

// Diagnose tells of a bank that was not filled, of views of a sample that are as far apart as those of different samples, and
// of a pull that outweighs the contrast.
func (o *cmc) Diagnose(measures map[string]float64) []string {
	var out []string
	if o.banks != nil {
		out = unseenRows(o.batch)
	}
	align, ok := measures["alignment"]
	switch {
	case !ok:
	case align > 1.9:
		// Unrelated unit vectors have a squared distance of 2.
		out = append(out, fmt.Sprintf("the views of a sample lie as far apart as unrelated ones (mean squared distance %.2f of 2); raise the temperature, take more steps, or choose views that have more in common", align))
	case measures["uniformity"] > -0.1 && o.cfg.Alignment+o.cfg.LogAlignment > 0:
		out = append(out, fmt.Sprintf("all embeddings lie together (uniformity %.2f, healthy is below -1): alignment and log_alignment outweigh the contrast; lower them", measures["uniformity"]))
	}
	return out
}
