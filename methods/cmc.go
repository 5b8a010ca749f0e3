package methods

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// CMC looks at a sample in several ways, with an encoder for each, and matches the views of the same sample (Tian et al.,
// 2020). What is deployed holds all encoders and computes the views itself; the encodings are joined.
type CMC struct {
	// Views are at least two of "raw", "difference", "trend", "season", "remainder" and "spectrum", each for all channels or,
	// with a colon, for some: "raw:0-2", "spectrum:3". None means raw, difference and spectrum. Of images they are "raw",
	// "edges" (the slopes both ways), "blur" and "detail" (what the blur leaves out); none means raw, edges and blur, and the
	// paper has raw:0 and raw:1-2 in the colour space Lab. All but raw are standardised.
	Views []string `json:"views,omitempty" toml:"views"`
	// Graph is "full" (the default: every pair of views is matched) or "core" (the first view with every other).
	Graph string `json:"graph,omitempty" toml:"graph"`
	// Form is "bank" (the default, as published: the negatives are the rows of a memory bank for each view) or "batch" (they are the
	// other samples of the batch), which is for runs that meet many samples only once.
	Form string `json:"form,omitempty" toml:"form"`
	// Temperature divides the cosine similarities; 0 means 0.1.
	Temperature float64 `json:"temperature,omitempty" toml:"temperature"`
	// Out is the length of the linear embedding of each view; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
	// Norm follows the embedding, without scale and shift: "batch", "layer", "group" or "none" (the default). With a bank
	// batch lets a short run begin: an untrained encoder finds the rows of another view all alike, for some hundred steps.
	Norm string `json:"norm,omitempty" toml:"norm"`
	BankLoss
	// Contrast weighs the contrastive loss; 0 means 1, negative none.
	Contrast float64 `json:"contrast,omitempty" toml:"contrast"`
	// Alignment weighs the mean of |a - b|² over the pairs of views a, b of a sample (Wang and Isola, 2020); 0 means none.
	Alignment float64 `json:"alignment,omitempty" toml:"alignment"`
	// LogAlignment weighs the mean of log(|a - b|² + 0.01), whose pull does not fade as a pair comes close; 0 means none. A few
	// tenths may draw all embeddings together.
	LogAlignment float64 `json:"log_alignment,omitempty" toml:"log_alignment"`
	// Uniformity weighs log E exp(-2|a - a'|²) over the pairs of samples of a view; 0 means none.
	Uniformity float64 `json:"uniformity,omitempty" toml:"uniformity"`
	// Wide gives each view the encoder as it is; by default it is narrowed, so that all together are about as large as one.
	Wide bool `json:"wide,omitempty" toml:"wide"`
	// Shared takes all views from one augmented window, as the paper does with its crops. By default each view is augmented on
	// its own, so that noise and the crop's phase are no cue that views share.
	Shared bool `json:"shared,omitempty" toml:"shared"`
	// Span is the share of the window over which the trend is averaged, and of an image's side, the blur; 0 means 0.2.
	Span float64 `json:"span,omitempty" toml:"span"`
	// Period is the length of a season in time stamps; 0 means that each window's own is found.
	Period int `json:"period,omitempty" toml:"period"`
}

// bankForm is the published form of CMC.
const bankForm = "bank"

// MarshalJSON writes the form even where it is the default one: settings that do not say it are of a time when that was the other.
func (m CMC) MarshalJSON() ([]byte, error) {
	type plain CMC
	m.Form = cmp.Or(m.Form, bankForm)
	return json.Marshal(plain(m))
}

// Name returns "cmc".
func (CMC) Name() string { return "cmc" }

// Needs returns one augmented window per view, or a single one where they share it.
func (m CMC) Needs() Needs {
	views := []View{{}}
	for i := range defaultViews(m.Views, false)[1:] {
		if !m.Shared {
			views = append(views, View{Second: i%2 == 0})
		}
	}
	return Needs{Views: views}
}

// Preset is the trainer's own batch and rate.
func (CMC) Preset() Preset { return Preset{Batch: 32, LR: 1e-3} }

// Network declares an encoder for each view.
func (m CMC) Network(w *nn.Weights, enc encoders.Encoder, channels int) (encoders.Network, error) {
	if m.Span = cmp.Or(m.Span, 0.2); !(m.Span > 0 && m.Span <= 1) || m.Period < 0 || m.Period == 1 {
		return nil, fmt.Errorf("cmc: span is %g, period %d: want a share of 0 to 1, and 0 or at least 2", m.Span, m.Period)
	}
	flat := encoders.Axes(enc) == 2
	views := defaultViews(m.Views, flat)
	if len(views) < 2 || len(views) > 64 {
		return nil, fmt.Errorf("cmc: %d view(s), want 2 to 64", len(views))
	}
	if n, ok := enc.(encoders.Narrower); ok && !m.Wide {
		enc = n.Narrow(len(views))
	}
	net := &viewNet{cfg: &m}
	for i, text := range views {
		s, err := parseSense(text, flat, channels)
		if err != nil {
			return nil, err
		}
		one, err := enc.New(w.Scope(fmt.Sprint("view", i)), s.width())
		if err != nil {
			return nil, err
		}
		net.senses, net.nets = append(net.senses, s), append(net.nets, one)
	}
	return net, nil
}

// viewNet is an encoder for each view of a window.
type viewNet struct {
	cfg    *CMC
	senses []sense
	nets   []encoders.Network
}

// Dim is the length of all encodings together.
func (n *viewNet) Dim() int {
	d := 0
	for _, one := range n.nets {
		d += one.Dim()
	}
	return d
}

// Apply joins the encodings of all views of x, [N, C, T] or [N, C, H, W].
func (n *viewNet) Apply(x *nn.Node) *nn.Node {
	var hs []*nn.Node
	for i := range n.nets {
		hs = append(hs, n.view(i, x))
	}
	return nn.Concat(1, hs...)
}

// view is the encoding of one view, [N, D].
func (n *viewNet) view(i int, x *nn.Node) *nn.Node {
	return n.nets[i].Apply(n.senses[i].show(x, n.cfg))
}

// edge is a pair of views that are matched.
type edge struct{ a, b int }

// Head is the linear embeddings, one for each view, see [Keeper].
func (m CMC) Head(_ *nn.Weights, _ int) (string, Head) {
	h := embedding(cmp.Or(m.Out, 128), m.Norm)
	h.Parts = len(defaultViews(m.Views, false)) // of images as many
	return "view%d.projector", h
}

// New declares a linear embedding for each view, and the banks.
func (m CMC) New(s Setup) (Objective, error) {
	net, ok := s.Net.(*viewNet)
	if !ok {
		return nil, fmt.Errorf("cmc needs an encoder for each view; declare the network with NetworkOf")
	}
	tau, err := temperature(m.Temperature, 0.1)
	if err != nil {
		return nil, err
	}
	if m.Out, m.Graph, m.Form = cmp.Or(m.Out, 128), cmp.Or(m.Graph, "full"), cmp.Or(m.Form, bankForm); m.Graph != "full" && m.Graph != "core" || m.Form != "batch" && m.Form != bankForm {
		return nil, fmt.Errorf("cmc: graph is %q, form %q: want full or core, and bank or batch", m.Graph, m.Form)
	}
	m.Contrast = cmp.Or(m.Contrast, 1)
	for _, v := range []float64{m.Contrast, m.Alignment, m.LogAlignment, m.Uniformity} {
		if math.IsNaN(v) || v > 1e6 {
			return nil, fmt.Errorf("cmc: a weight of %g in the loss, want at most 1000000", v)
		}
	}
	o := &cmc{net: net, cfg: m, tau: tau, critic: &critic{}, batch: float64(s.Batch) * float64(s.Steps) / float64(max(1, len(s.Samples)))}
	if m.Form == bankForm {
		if o.critic, err = newCritic(m.BankLoss, s, tau); err != nil {
			return nil, err
		}
	}
	for i, one := range net.nets {
		w := s.Weights.Scope(fmt.Sprint("view", i))
		h, err := newHead(w.Scope("projector"), one.Dim(), embedding(m.Out, m.Norm))
		if err != nil {
			return nil, err
		}
		o.heads = append(o.heads, h)
		if m.Form == bankForm {
			o.banks = append(o.banks, newBank(w, "bank", len(s.Samples), m.Out, o.critic.Momentum))
		}
		for j := range i {
			if m.Graph == "full" || j == 0 {
				o.edges = append(o.edges, edge{j, i})
				// Each direction has a Z of its own.
				o.zs = append(o.zs, constantZ(w, fmt.Sprintf("z%d.there", j)), constantZ(w, fmt.Sprintf("z%d.back", j)))
			}
		}
	}
	return o, nil
}

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
		loss = o.inBatch(z)
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
	loss.Measures = append(loss.Measures, Measure{"alignment", nn.Scale(align, 1/float32(len(o.edges)))}, Measure{"uniformity", nn.Scale(uniform, 1/float32(len(z)))})
	return loss
}

// inBatch is the sum over pairs of views of the cross-entropy in both directions: the negatives of a sample are the other
// view of the other samples. It measures the probability that a sample is matched with itself, and how far the cosine of a pair is
// above that of different samples.
func (o *cmc) inBatch(z []*nn.Node) Loss {
	var sum, positive, gap *nn.Node
	for _, e := range o.edges {
		logits := similarities(z[e.a], z[e.b], o.tau)
		sum = plus(sum, bothWays(logits))
		positive = plus(positive, onDiagonal(nn.Softmax(logits)))
		gap = plus(gap, margin(logits))
	}
	n := float32(len(o.edges))
	return Loss{Value: sum, Measures: []Measure{{"positive", nn.Scale(positive, 1/n)}, {"margin", nn.Scale(gap, o.tau/n)}}}
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
		if out = unseenRows(o.batch); out != nil {
			out[0] += ", or form = \"batch\", which has none"
		}
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
