package cpc

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/nn"
)

// Pairs says which pieces predict which at one distance: the context of piece From[i] the encoding of piece To[i].
type Pairs struct{ From, To []int }

// Negatives is what a true piece is to be told from.
type Negatives struct {
	// Kind is "mixed" (the default), pieces of any sample and place, drawn anew in each step, the true one not excluded;
	// "across", the same piece of the other samples; "within", the other pieces of the same sample; or "all", every other piece of
	// all samples (Hénaff et al., 2020).
	Kind string
	// Count is how many mixed negatives there are for a piece, at most as many as there are pieces; 0 means 128.
	Count int
}

// Check reports a kind that does not exist, and a count out of range.
func (n Negatives) Check() error {
	switch n.Kind {
	case "", "mixed", "across", "within", "all":
	default:
		return fmt.Errorf("negatives are %q, want mixed, across, within or all", n.Kind)
	}
	if n.Count < 0 || n.Count > 1<<16 {
		return fmt.Errorf("%d negatives, want 0 to %d", n.Count, 1<<16)
	}
	return nil
}

// mixed is the number of draws for samples of so many pieces.
func (n Negatives) mixed(samples, pieces int) int {
	count := n.Count
	if count == 0 {
		count = 128
	}
	return min(count, samples*pieces)
}

// Uniform is the loss of guesses that tell nothing apart, for samples of so many pieces: the mean over distances of the
// logarithm of the number of candidates.
func (n Negatives) Uniform(pairs []Pairs, samples, pieces int) float64 {
	var sum float64
	for _, p := range pairs {
		candidates := n.mixed(samples, pieces) + 1
		switch n.Kind {
		case "across":
			candidates = samples
		case "within":
			candidates = len(p.To)
		case "all":
			candidates = samples * pieces
		}
		sum += math.Log(float64(candidates)) / float64(len(pairs))
	}
	return sum
}

// Predictors are the matrices W_k, one for each distance, without bias or with one.
type Predictors struct {
	w      []*nn.LinearLayer
	target *nn.LinearLayer // or nil: encodings are predicted as they are
	scale  float32         // of guesses
}

// Target says what is predicted in place of the encodings themselves, as in the pseudo-code of Hénaff et al. (2020, appendix A.2).
type Target struct {
	// Dim is the length of a projection of the encodings, which is learnt as well; 0 is none.
	Dim int
	// Scale multiplies the guesses; 0 means 1.
	Scale float32
}

// NewPredictors declares them: from contexts of length from to encodings of length to, without bias.
func NewPredictors(w *nn.Weights, from, to, horizons int) *Predictors {
	return newPredictors(w, from, to, horizons, false)
}

// NewBiasedPredictors declares them with a bias.
func NewBiasedPredictors(w *nn.Weights, from, to, horizons int) *Predictors {
	return newPredictors(w, from, to, horizons, true)
}

// NewTargetPredictors declares them as in Hénaff et al. (2020): with a bias, and with the projection of what is predicted.
func NewTargetPredictors(w *nn.Weights, from, to, horizons int, t Target) *Predictors {
	var target *nn.LinearLayer
	if t.Dim > 0 {
		target, to = nn.NewLinear(w, "target", to, t.Dim, true), t.Dim
	}
	p := newPredictors(w, from, to, horizons, true)
	p.target = target
	if t.Scale != 0 {
		p.scale = t.Scale
	}
	return p
}

func newPredictors(w *nn.Weights, from, to, horizons int, bias bool) *Predictors {
	p := &Predictors{scale: 1}
	for k := range horizons {
		p.w = append(p.w, nn.NewLinear(w, fmt.Sprintf("horizon%d", k), from, to, bias))
	}
	return p
}

// Guess maps contexts c [N, H] to what is predicted at distance k, from 0: [N, D].
func (p *Predictors) Guess(k int, c *nn.Node) *nn.Node {
	if p.scale == 1 {
		return p.w[k].Apply(c)
	}
	return nn.Scale(p.w[k].Apply(c), p.scale)
}

// Target maps encodings z [N, D] to what is predicted of them, z itself where they have no projection.
func (p *Predictors) Target(z *nn.Node) *nn.Node {
	if p.target == nil {
		return z
	}
	return p.target.Apply(z)
}

// Dim is the length of what is predicted.
func (p *Predictors) Dim() int { return p.w[0].W.Shape[0] }

// Result is a loss and what belongs to it.
type Result struct {
	// Value is the mean over distances.
	Value *nn.Node
	// Accuracy is, for each distance, the share of guesses [1] that are nearer to the true piece than to all others.
	Accuracy []*nn.Node
	// Draw draws new negatives; call it before each run.
	Draw func(rng *rand.Rand)
}

// Loss is eq. 4 of van den Oord et al. (2018), with the score exp(zᵀ W_k c) of eq. 3: at each distance, a context chooses
// among encodings. z is [N, P, D] and c [N, P, H]; there is a matrix for each of the pairs.
func (p *Predictors) Loss(z, c *nn.Node, pairs []Pairs, neg Negatives) Result {
	n, pieces := z.Dim(0), z.Dim(1)
	rows := func(x *nn.Node) *nn.Node { return nn.Reshape(x, n*pieces, x.Dim(2)) }
	zr, cr := p.Target(rows(z)), rows(c)
	res := Result{}
	var draws []func(rng *rand.Rand)
	for k, q := range pairs {
		l := logits{samples: n, pieces: pieces, pairs: q}
		guess := func(c *nn.Node) *nn.Node { return p.Guess(k, c) }
		switch neg.Kind {
		case "across", "within":
			l.among(zr, cr, guess, neg.Kind == "across")
		case "all":
			l.all(zr, cr, guess)
		default:
			draws = append(draws, l.mixed(zr, cr, guess, neg.mixed(n, pieces)))
		}
		part := nn.Scale(nn.CrossEntropy(l.scores, l.labels), 1/float32(len(pairs)))
		if res.Value == nil {
			res.Value = part
		} else {
			res.Value = nn.Add(res.Value, part)
		}
		res.Accuracy = append(res.Accuracy, l.accuracy())
	}
	res.Draw = func(rng *rand.Rand) {
		for _, d := range draws {
			d(rng)
		}
	}
	return res
}

// Future is the loss at a single moment: contexts c [N, H] choose among the encodings later(k) [N, D] of all samples, for
// each distance k from 0; the mean over distances. The accuracy [1] is that of the first.
func (p *Predictors) Future(c *nn.Node, later func(k int) *nn.Node) (loss, accuracy *nn.Node) {
	for k := range p.w {
		z, guess := p.Target(later(k)), p.Guess(k, c)
		n := c.Dim(0)
		labels := make([]float32, n)
		for i := range labels {
			labels[i] = float32(i)
		}
		l := logits{scores: nn.MatMul(guess, z, false, true), labels: c.Graph().Const(labels, n)}
		part := nn.Scale(nn.CrossEntropy(l.scores, l.labels), 1/float32(len(p.w)))
		if k == 0 {
			loss, accuracy = part, l.accuracy()
		} else {
			loss = nn.Add(loss, part)
		}
	}
	return loss, accuracy
}

// logits are the scores [rows, candidates] at one distance, a row for each context, and which candidate is the true one.
type logits struct {
	samples, pieces int
	pairs           Pairs
	scores, labels  *nn.Node
	// truth numbers the true piece of a row, and drawn the candidates after the first, where these are mixed.
	truth, drawn []float32
}

// take picks the rows of the given pieces of all samples: by piece and then by sample, or by sample and then by piece.
func (l *logits) take(x *nn.Node, pieces []int, outside bool) (*nn.Node, []float32) {
	index := make([]float32, 0, l.samples*len(pieces))
	add := func(sample, piece int) { index = append(index, float32(sample*l.pieces+piece)) }
	if outside {
		for _, p := range pieces {
			for s := range l.samples {
				add(s, p)
			}
		}
	} else {
		for s := range l.samples {
			for _, p := range pieces {
				add(s, p)
			}
		}
	}
	return nn.Take(x, x.Graph().Const(index, len(index))), index
}

// among scores each context against the true pieces of its group: those of all samples at one place, or those of one
// sample at all places.
func (l *logits) among(z, c *nn.Node, predict func(c *nn.Node) *nn.Node, across bool) {
	groups, size := l.samples, len(l.pairs.To)
	if across {
		groups, size = size, groups
	}
	from, _ := l.take(c, l.pairs.From, across)
	to, _ := l.take(z, l.pairs.To, across)
	guess := predict(from)
	d := to.Dim(1)
	s := nn.BatchMatMul(nn.Reshape(guess, groups, size, d), nn.Reshape(to, groups, size, d), false, true)
	l.scores = nn.Reshape(s, groups*size, size)
	labels := make([]float32, groups*size)
	for i := range labels {
		labels[i] = float32(i % size)
	}
	l.labels = z.Graph().Const(labels, len(labels))
}

// all scores each context against every piece of all samples.
func (l *logits) all(z, c *nn.Node, predict func(c *nn.Node) *nn.Node) {
	from, _ := l.take(c, l.pairs.From, false)
	_, truth := l.take(z, l.pairs.To, false)
	l.scores = nn.MatMul(predict(from), z, false, true)
	l.labels = z.Graph().Const(truth, len(truth))
}

// mixed scores each context against its true piece and against count pieces drawn from all, the same for all contexts. It
// returns the draw.
func (l *logits) mixed(z, c *nn.Node, predict func(c *nn.Node) *nn.Node, count int) func(rng *rand.Rand) {
	from, _ := l.take(c, l.pairs.From, false)
	to, truth := l.take(z, l.pairs.To, false)
	guess := predict(from)
	g := z.Graph()
	l.drawn, l.truth = make([]float32, count), truth
	others := nn.MatMul(guess, nn.Take(z, g.Const(l.drawn, count)), false, true)
	own := nn.Reshape(nn.SumLast(nn.Mul(guess, to)), len(truth), 1)
	l.scores = nn.Concat(1, own, others)
	l.labels = g.Const(make([]float32, len(truth)), len(truth))
	all := l.samples * l.pieces
	return func(rng *rand.Rand) {
		for i := range l.drawn {
			l.drawn[i] = float32(rng.IntN(all))
		}
	}
}

// accuracy is the share of rows whose true candidate has the highest score. A candidate that is the true piece once more
// does not count against it.
func (l *logits) accuracy() *nn.Node {
	rows, cols := l.scores.Dim(0), l.scores.Dim(1)
	return nn.Host("accuracy", []int{1}, func(in [][]float32, out []float32) {
		right := 0
		for r := range rows {
			row, label := in[0][r*cols:(r+1)*cols], int(in[1][r])
			best := true
			for j, v := range row {
				same := l.drawn != nil && j > 0 && l.drawn[j-1] == l.truth[r]
				best = best && (j == label || same || v < row[label])
			}
			if best {
				right++
			}
		}
		out[0] = float32(right) / float32(rows)
	}, l.scores, l.labels)
}
