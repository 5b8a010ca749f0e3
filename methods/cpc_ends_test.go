package methods

import (
	"math"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// bothEnds is a network that reads windows from both ends, with the graph of its readings of pieces z [n, p, 4].
func bothEnds(t *testing.T, m CPC, enc encoders.Encoder) (*nn.Weights, *pieceNet) {
	t.Helper()
	w := nn.NewWeights(3)
	m.Directions = 2
	if m.Context.Width == 0 {
		m.Context.Width = 6
	}
	net, err := NetworkOf(m, w, enc, 1)
	if err != nil {
		t.Fatal(err)
	}
	return w, net.(*pieceNet)
}

// TestCPCFromTheEndIsFromTheBeginningOfWhatIsTurned: with shared weights the contexts from the end are those that pieces in reversed
// order have from the beginning, to the bit; with weights of its own they are others.
func TestCPCFromTheEndIsFromTheBeginningOfWhatIsTurned(t *testing.T) {
	const n, p, d = 3, 5, 4
	z := units(n*p, d, 4)
	var turned []float32
	for i := range n {
		for j := range p {
			at := (i*p + p - 1 - j) * d
			turned = append(turned, z[at:at+d]...)
		}
	}
	for _, shared := range []bool{true, false} {
		_, net := bothEnds(t, CPC{Shared: shared}, encoders.Conv{Width: 4, Depth: 1, Out: d})
		g := nn.NewGraph(false)
		a, b := net.read(g.Const(z, n, p, d), p, 1), net.read(g.Const(turned, n, p, d), p, 1)
		prog, err := g.Compile(nil, a[1].c, a[1].z, b[0].c, b[0].z)
		if err != nil {
			t.Fatal(err)
		}
		if err := prog.Run(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(prog.Data(a[1].z), turned) || slices.Equal(prog.Data(a[1].c), prog.Data(b[0].c)) != shared {
			t.Errorf("shared %v: from the end %v, turned %v", shared, prog.Data(a[1].c)[:4], prog.Data(b[0].c)[:4])
		}
	}
}

// TestCPCFromBothEndsGradient compares with differences, through both contexts and the predictors of each.
func TestCPCFromBothEndsGradient(t *testing.T) {
	const n, p, d = 3, 5, 4
	w, net := bothEnds(t, CPC{}, encoders.Conv{Width: 4, Depth: 1, Out: d})
	pairs := cpc.Grid(p, 1, 2, 2)
	forth, back := cpc.NewPredictors(w.Scope("forth"), 6, d, len(pairs)), cpc.NewPredictors(w.Scope("back"), 6, d, len(pairs))
	checkGradient(t, "from both ends", units(n*p, d, 2), d, func(v *nn.Node) *nn.Node {
		r := net.read(nn.Reshape(v, n, p, d), p, 1)
		neg := cpc.Negatives{Kind: "all"}
		return nn.Add(forth.Loss(r[0].z, r[0].c, pairs, neg).Value, back.Loss(r[1].z, r[1].c, pairs, neg).Value)
	})
}

// TestCPCFromTheEndSeesNoPast follows the gradient from a context to the window: from the end it reaches no time stamp that the first
// piece to be predicted shows.
func TestCPCFromTheEndSeesNoPast(t *testing.T) {
	for _, enc := range []encoders.Encoder{encoders.Strided{Width: 16, Out: 8}, trialEncoder} {
		w, net := bothEnds(t, CPC{}, enc)
		fromEnd := func(from func(r reading) *nn.Node) func(x *nn.Node) *nn.Node {
			return func(x *nn.Node) *nn.Node {
				z, rows, cols := net.pieces(x)
				return from(net.read(z, rows, cols)[1])
			}
		}
		const at = 3
		_, _, ahead := net.cut([]int{trialLength})
		seen, _ := reach(t, w, fromEnd(func(r reading) *nn.Node { return nn.Slice(r.c, 1, 0, at+1) }))
		_, end := reach(t, w, fromEnd(func(r reading) *nn.Node { return nn.Slice(r.z, 1, at+ahead, at+ahead+1) }))
		if end >= seen || seen > trialLength-at {
			t.Errorf("%s: context %d from the end sees from time stamp %d on, and the first piece that it predicts ends at %d", enc.Name(), at, seen, end)
		}
	}
}

// TestCPCFromBothEndsLearns: it begins at the uniform value, and comes below it; encodings hold both contexts.
func TestCPCFromBothEndsLearns(t *testing.T) {
	for _, m := range []CPC{{Directions: 2, Context: cpc.ContextConfig{Width: 16}}, {Directions: 2, Shared: true, Feature: "context", Pool: "last", Context: cpc.ContextConfig{Kind: "conv", Width: 16}}} {
		tr := newTrial(t, m, trialEncoder)
		tr.rate = 0.3
		u := tr.obj.Uniform(trialBatch)
		near(t, "step 0", tr.next(), u, 0.05)
		var late float64
		for i := range 150 {
			if l := tr.next(); i >= 140 {
				late += l / 10
			}
		}
		if math.IsNaN(late) || late > 0.95*u {
			t.Errorf("%+v: the loss ends at %.3f, uniform is %.3f", m, late, u)
		}
		want := 2 * 16
		if m.Feature == "" {
			want += trialEncoder.Out
		}
		if got := len(tr.encode()[0]); got != want {
			t.Errorf("%+v: encodings of %d numbers, want %d", m, got, want)
		}
	}
}
