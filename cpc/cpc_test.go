package cpc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

var kinds = []string{"gru", "conv", "transformer"}

func normal(seed uint64, shape ...int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	out := make([]float32, n)
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

func TestContextKnowsNoFuture(t *testing.T) {
	for _, kind := range kinds {
		w := nn.NewWeights(1)
		c, err := ContextConfig{Kind: kind, Width: 8, Depth: 2}.New(w.Scope("context"), 5)
		if err != nil {
			t.Fatal(err)
		}
		z := w.Param("z", nn.Normal(1), 2, 9, 5)
		g := nn.NewGraph(true)
		p, err := g.Compile(nn.Sum(nn.Square(nn.Slice(c.Apply(g.Param(z)), 1, 0, 4))))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for i, v := range z.Grad {
			if piece := i / 5 % 9; piece >= 4 && v != 0 || piece == 0 && v == 0 {
				t.Errorf("%s: the gradient of the first 4 contexts at piece %d is %g", kind, piece, v)
			}
		}
	}
}

// slowLoss is eq. 4 written out: the context chooses among targets. Turned, the target chooses among contexts, which is
// another loss. candidates lists the rows of z [N·P] for a row and a distance, the true one first.
func slowLoss(z, c, w [][]float64, pairs Pairs, n, p int, turned bool, candidates func(sample, i int) (from, to []int)) float64 {
	score := func(from, to int) (s float64) {
		for i := range w {
			for j := range w[i] {
				s += z[to][i] * w[i][j] * c[from][j]
			}
		}
		return s
	}
	var total float64
	for s := range n {
		for i := range pairs.From {
			own := score(s*p+pairs.From[i], s*p+pairs.To[i])
			from, to := candidates(s, i)
			var sum float64
			if turned {
				for _, f := range from {
					sum += math.Exp(score(f, s*p+pairs.To[i]))
				}
			} else {
				for _, q := range to {
					sum += math.Exp(score(s*p+pairs.From[i], q))
				}
			}
			total += math.Log(sum) - own
		}
	}
	return total / float64(n*len(pairs.From))
}

func rows(x []float32, d int) [][]float64 {
	out := make([][]float64, len(x)/d)
	for i, v := range x {
		out[i/d] = append(out[i/d], float64(v))
	}
	return out
}

// TestLossEqualsItsSlowTwin also tells the two axes of the softmax apart.
func TestLossEqualsItsSlowTwin(t *testing.T) {
	const n, p, d, h = 3, 7, 4, 5
	z, c := normal(1, n, p, d), normal(2, n, p, h)
	pairs := Grid(p, 1, 2, 2)
	for _, kind := range []string{"across", "within", "mixed", "all"} {
		w := nn.NewWeights(5)
		pred := NewPredictors(w, h, d, len(pairs))
		g := nn.NewGraph(true)
		res := pred.Loss(g.Const(z, n, p, d), g.Const(c, n, p, h), pairs, Negatives{Kind: kind, Count: 6})
		prog, err := g.Compile(res.Value, res.Accuracy...)
		if err != nil {
			t.Fatal(err)
		}
		res.Draw(rand.New(rand.NewPCG(7, 7)))
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(7, 7))
		var want, turned float64
		for k, q := range pairs {
			var drawn []int
			for range 6 {
				drawn = append(drawn, rng.IntN(n*p))
			}
			candidates := func(s, i int) (from, to []int) {
				switch kind {
				case "across":
					for o := range n {
						from, to = append(from, o*p+q.From[i]), append(to, o*p+q.To[i])
					}
				case "within":
					for j := range q.To {
						from, to = append(from, s*p+q.From[j]), append(to, s*p+q.To[j])
					}
				case "all":
					for o := range n * p {
						from, to = append(from, o), append(to, o)
					}
				default:
					from, to = []int{s*p + q.From[i]}, append([]int{s*p + q.To[i]}, drawn...)
				}
				return from, to
			}
			weights := rows(pred.w[k].W.Data, h)
			want += slowLoss(rows(z, d), rows(c, h), weights, q, n, p, false, candidates) / float64(len(pairs))
			turned += slowLoss(rows(z, d), rows(c, h), weights, q, n, p, true, candidates) / float64(len(pairs))
		}
		if got := float64(prog.Loss()); math.Abs(got-want) > 1e-4 || math.Abs(got-turned) < 1e-3 {
			t.Errorf("%s: loss %.5f, want %.5f, and not %.5f, where targets choose", kind, got, want, turned)
		}
	}
}

func TestLossGradient(t *testing.T) {
	for _, kind := range []string{"across", "within", "mixed", "all"} {
		for _, target := range []Target{{}, {Dim: 4, Scale: 0.5}} {
			w := nn.NewWeights(3)
			z, c := w.Param("z", nn.Normal(1), 2, 5, 3), w.Param("c", nn.Normal(1), 2, 5, 2)
			pairs := Grid(5, 1, 1, 2)
			g := nn.NewGraph(true)
			pred := NewPredictors(w, 2, 3, len(pairs))
			if target.Dim > 0 {
				pred = NewTargetPredictors(w.Scope("target"), 2, 3, len(pairs), target)
			}
			res := pred.Loss(g.Param(z), g.Param(c), pairs, Negatives{Kind: kind, Count: 4})
			res.Draw(rand.New(rand.NewPCG(1, 1)))
			gradientHolds(t, kind, w, g, res.Value)
		}
	}
}

// gradientHolds compares the gradients of all weights with central differences.
func gradientHolds(t *testing.T, name string, w *nn.Weights, g *nn.Graph, loss *nn.Node) {
	t.Helper()
	p, err := g.Compile(loss)
	if err != nil {
		t.Fatal(err)
	}
	run := func() float64 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return float64(p.Loss())
	}
	for _, q := range w.Trainable() {
		run()
		grad := append([]float32(nil), q.Grad...)
		var diff, norm float64
		for i := range q.Data {
			const eps = 1e-2
			old := q.Data[i]
			q.Data[i] = old + eps
			up := run()
			q.Data[i] = old - eps
			down := run()
			q.Data[i] = old
			num := (up - down) / (2 * eps)
			diff += (num - float64(grad[i])) * (num - float64(grad[i]))
			norm += num * num
		}
		if rel := math.Sqrt(diff / (norm + 1e-4)); rel > 1.5e-2 { // what float32 leaves of differences
			t.Errorf("%s, %s: gradient differs from finite differences by %.3g", name, q.Name, rel)
		}
	}
}

// TestClosedForms: where nothing is told apart the loss is the logarithm of the number of candidates, and where the true
// piece stands out every guess is right.
func TestClosedForms(t *testing.T) {
	const n, p, d = 4, 6, 24
	pairs := Grid(p, 1, 1, 3)
	same, apart := make([]float32, n*p*d), make([]float32, n*p*d)
	for i := range n * p {
		apart[i*d+i] = 1
	}
	for _, kind := range []string{"across", "within", "mixed", "all"} {
		neg := Negatives{Kind: kind}
		w := nn.NewWeights(1)
		pred := NewPredictors(w, d, d, len(pairs))
		for k, l := range pred.w {
			clear(l.W.Data)
			for i := range n * p {
				if to := i + k + 1; to/p == i/p {
					l.W.Data[to*d+i] = 50
				}
			}
		}
		loss := func(x []float32) (float64, []float32) {
			g := nn.NewGraph(true)
			res := pred.Loss(g.Const(x, n, p, d), g.Const(x, n, p, d), pairs, neg)
			prog, err := g.Compile(res.Value, res.Accuracy...)
			if err != nil {
				t.Fatal(err)
			}
			res.Draw(rand.New(rand.NewPCG(1, 2)))
			if err := prog.Run(); err != nil {
				t.Fatal(err)
			}
			var accuracy []float32
			for _, a := range res.Accuracy {
				accuracy = append(accuracy, prog.Data(a)[0])
			}
			return float64(prog.Loss()), accuracy
		}
		if got, _ := loss(same); math.Abs(got-neg.Uniform(pairs, n, p)) > 1e-4 {
			t.Errorf("%s: loss of equal pieces is %.4f, Uniform says %.4f", kind, got, neg.Uniform(pairs, n, p))
		}
		// The true piece may be among the mixed ones again; all others score 50 less.
		if got, accuracy := loss(apart); kind != "mixed" && got > 1e-4 || accuracy[0] != 1 || accuracy[2] != 1 {
			t.Errorf("%s: loss of pieces predicted is %.4f, accuracy %v", kind, got, accuracy)
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for _, c := range []ContextConfig{{Kind: "lstm"}, {Width: -1}, {Depth: 99}} {
		if _, err := c.New(nn.NewWeights(0), 4); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
	for _, n := range []Negatives{{Kind: "other"}, {Count: -1}} {
		if n.Check() == nil {
			t.Errorf("%+v was accepted", n)
		}
	}
	if got := Grid(3, 1, 3, 2); len(got) != 0 {
		t.Errorf("three steps have no pairs three apart, got %v", got)
	}
}

func Example() {
	w := nn.NewWeights(0)
	context, err := ContextConfig{Kind: "gru", Width: 32}.New(w.Scope("context"), 16)
	if err != nil {
		fmt.Println(err)
		return
	}
	pairs := Grid(10, 1, 2, 3) // ten steps; 2, 3 and 4 ahead
	predictors := NewPredictors(w.Scope("predictors"), context.Dim(), 16, len(pairs))
	g := nn.NewGraph(true)
	z := g.Input("z", 8, 10, 16)
	c := context.Apply(z)
	result := predictors.Loss(z, c, pairs, Negatives{Kind: "across"})
	fmt.Println(c.Shape(), len(result.Accuracy), len(pairs[0].From))
	// Output: [8 10 32] 3 8
}
