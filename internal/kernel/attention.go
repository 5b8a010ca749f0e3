package kernel

import "math"

// Attention is scaled dot-product attention of several heads (Vaswani et al., 2017, eq. 1) over k and v, each [Samples,
// Tokens, Heads, Width], and q and its result, [Samples, Queries, Heads, Width]. A head's scores stay in the cache between the product that makes them, softmax, and the product
// with the values. It is not safe for concurrent use.
type Attention struct {
	Samples, Tokens, Heads, Width int
	// Queries is how many tokens attend; 0 means all.
	Queries int
	// Causal lets a token attend to those up to itself; then all attend.
	Causal bool
	// Precision is that of the operands of both products.
	Precision Precision
	// Narrow tells which of q, k, v and the result are narrow, see [CanNarrow]; then Width is even.
	Narrow [4]bool
	// Weights [Samples, Heads, Queries, Tokens] receives what values are weighed by, unless it is nil.
	Weights []float32

	q, k, v, out []float32
	each         int // heads in a part
}

// Scale is what scores are multiplied by, one over the root of the width of a head.
func (a *Attention) Scale() float32 { return float32(1 / math.Sqrt(float64(a.Width))) }

// Run computes out from q, k and v; out must not overlap them.
func (a *Attention) Run(q, k, v, out []float32) {
	n, asked := a.Samples*a.Tokens*a.step(), a.Samples*a.queries()*a.step()
	if n == 0 || asked == 0 {
		return
	}
	for i, x := range [...][]float32{k, v} {
		_ = x[numbers(n, a.Narrow[1+i])-1]
	}
	_, _ = q[numbers(asked, a.Narrow[0])-1], out[numbers(asked, a.Narrow[3])-1]
	a.q, a.k, a.v, a.out = q, k, v, out
	a.each = headsEach(a.Samples * a.Heads)
	run(a, (a.Samples*a.Heads+a.each-1)/a.each)
	a.q, a.k, a.v, a.out = nil, nil, nil, nil
}

// headsEach is how many of so many heads make a part: a few parts for each thread even out threads of unequal speed.
func headsEach(heads int) int { return max(1, heads/(8*Threads())) }

// attending is what a part of attention works in.
type attending struct {
	sums                    [blockSide * blockSide]float32 // first, to lie on a cache line
	keys, values, queries   []float32
	scores, weights, result []float32
	scoreSteps, weightSteps []bf16Step
}

var attendings freeList[attending]

// attentionRows and attentionScores bound the rows of scores at a time: at least so many, and so many numbers.
const (
	attentionRows   = 64
	attentionScores = 1 << 14
)

// do is some heads.
func (a *Attention) do(part int) {
	s := attendings.get()
	for h := part * a.each; h < min((part+1)*a.each, a.Samples*a.Heads); h++ {
		if a.Precision == BF16 {
			a.head16(s, h)
		} else {
			a.head(s, h)
		}
	}
	attendings.put(s)
}

// head16 is one head of one sample with operands in bfloat16.
func (a *Attention) head16(s *attending, part int) {
	at, from := a.start(part, a.Tokens), a.start(part, a.queries())
	if hasBF16() {
		a.pack(s, at)
	}
	rows := max(attentionRows, attentionScores/a.Tokens/blockSide*blockSide)
	for i := 0; i < a.queries(); i += rows {
		n := min(rows, a.queries()-i)
		scores := a.scores(s, part, i, n)
		if hasBF16() {
			a.multiply(s, scores, from, i, n)
		} else {
			a.plain(scores, at, from, i, n)
		}
	}
}

// step is how far apart tokens are.
func (a *Attention) step() int { return a.Heads * a.Width }

// queries is how many tokens attend.
func (a *Attention) queries() int {
	if a.Queries == 0 {
		return a.Tokens
	}
	return a.Queries
}

// start is where the tokens of a part begin, so many to a sample.
func (a *Attention) start(part, tokens int) int {
	return part/a.Heads*tokens*a.step() + part%a.Heads*a.Width
}

// scores is where rows of scores of a head belong.
func (a *Attention) scores(s *attending, part, i, rows int) []float32 {
	if a.Weights == nil {
		return sized(&s.scores, rows*a.Tokens)
	}
	return a.Weights[(part*a.queries()+i)*a.Tokens:][:rows*a.Tokens]
}

// plain is the rows of a head from token i on without instructions for bfloat16.
func (a *Attention) plain(scores []float32, at, from, i, rows int) {
	t, w, d := a.Tokens, a.Width, a.step()
	a.Precision.Gemm(false, true, rows, t, w, a.Scale(), a.q[from+i*d:], d, a.k[at:], d, 0, scores, t)
	a.hide(scores, t, i, rows)
	softmaxRows(scores, scores, t, 0, rows)
	a.Precision.Gemm(false, false, rows, w, t, 1, scores, t, a.v[at:], d, 0, a.out[from+i*d:], d)
}

// hide gives no weight to what tokens from i on may not attend to, in rows step places apart.
func (a *Attention) hide(scores []float32, step, i, rows int) {
	if !a.Causal {
		return
	}
	hidden := float32(math.Inf(-1))
	for r := range rows {
		row := scores[r*step : r*step+a.Tokens]
		for j := i + r + 1; j < a.Tokens; j++ {
			row[j] = hidden
		}
	}
}

// pack lays out keys and values of a head in panels.
func (a *Attention) pack(s *attending, at int) {
	t, w := a.Tokens, a.Width
	k, v := matrix{a.k, a.step(), a.Narrow[1]}, matrix{a.v, a.step(), a.Narrow[2]}
	keyPairs, valuePairs := roundUp(w, stepTerms)/2, roundUp(t, stepTerms)/2
	keys, values := sized(&s.keys, roundUp(t, blockSide)*keyPairs), sized(&s.values, roundUp(w, blockSide)*valuePairs)
	buf := scratches.get()
	for j := 0; j < t; j += blockSide {
		k.pairColumns(keys[j*keyPairs:(j+blockSide)*keyPairs], blockSide, buf, at+j*a.step(), min(blockSide, t-j), w)
	}
	scratches.put(buf)
	for j := 0; j < w; j += blockSide {
		v.pairRows(values[j*valuePairs:(j+blockSide)*valuePairs], blockSide, at+j, t, min(blockSide, w-j))
	}
	s.scoreSteps, s.weightSteps = stepsOf(s.scoreSteps, keyPairs), stepsOf(s.weightSteps, valuePairs)
}

// stepsOf is the steps of so many pairs.
func stepsOf(steps []bf16Step, pairs int) []bf16Step {
	steps = steps[:0]
	for i := range pairs / stepPairs {
		steps = append(steps, bf16Step{a: i * stepPairs * 4, b: i * stepPairs * blockSide * 4})
	}
	return steps
}

// multiply is the rows of a head from token i on with instructions for bfloat16.
func (a *Attention) multiply(s *attending, scores []float32, from, i, rows int) {
	t, w, d := a.Tokens, a.Width, a.step()
	keyPairs, valuePairs := len(s.scoreSteps)*stepPairs, len(s.weightSteps)*stepPairs
	q, lead := matrix{a.q, d, a.Narrow[0]}.lines(&s.queries, from+i*d, rows, w, keyPairs)
	j := bf16Job{
		a: &q[0], aStep: lead * 4, aHalf: 16 * lead * 4, b: &s.keys[0], bStep: blockSide * 4, bNext: keyPairs * blockSide * 4,
		c: &scores[0], ldc: t * 4, rows: rows, cols: t, alpha: a.Scale(), sums: &s.sums,
	}
	j.inPieces(s.scoreSteps, w)
	a.hide(scores, t, i, rows)
	lead = valuePairs + 16
	p := sized(&s.weights, roundUp(rows, blockSide)*lead)
	for r := range rows {
		clear(p[r*lead+t/2 : r*lead+valuePairs])
	}
	soft := strided{dst: scores, x: scores, to: p, rows: rows, cols: t, dstStep: t, xStep: t, toStep: lead}
	soft.softmax()
	out, step := a.out, d
	if a.Narrow[3] {
		step = roundUp(w, 16)
		out = sized(&s.result, rows*step)
	} else {
		out = out[from+i*d:]
	}
	j.a, j.aStep, j.aHalf, j.b, j.bNext = &p[0], lead*4, 16*lead*4, &s.values[0], valuePairs*blockSide*4
	j.c, j.ldc, j.cols, j.alpha, j.add = &out[0], step*4, w, 1, 0
	j.inPieces(s.weightSteps, t)
	if a.Narrow[3] {
		roundRows(&a.out[(from+i*d)/2], 0, d*2, &out[0], step*4, rows, w)
	}
}
