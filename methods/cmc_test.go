package methods

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// shown is what a view makes of one window of one channel.
func shown(t *testing.T, x []float32, build func(x *nn.Node) *nn.Node) []float32 {
	t.Helper()
	g := nn.NewGraph(false)
	y := build(g.Const(x, 1, 1, len(x)))
	p, err := g.Compile(nil, y)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return p.Data(y)
}

func noisySine(n int, period float64, rng *rand.Rand) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(2*math.Pi*float64(i)/period) + 0.1*rng.NormFloat64() + 0.01*float64(i))
	}
	return x
}

func TestViewsAgainstTheirDefinitions(t *testing.T) {
	x := noisySine(90, 12, rand.New(rand.NewPCG(1, 1)))
	for i, v := range shown(t, x, difference) {
		if want := x[i] - x[max(0, i-1)]; v != want {
			t.Fatalf("difference %d is %g, want %g", i, v, want)
		}
	}
	tr := shown(t, x, func(x *nn.Node) *nn.Node { return trend(x, 0.2) })
	for i := range x { // nine time stamps to either side
		var sum float64
		lo, hi := max(0, i-9), min(len(x), i+10)
		for _, v := range x[lo:hi] {
			sum += float64(v)
		}
		near(t, "trend", float64(tr[i]), sum/float64(hi-lo), 1e-5)
	}
	found := shown(t, x, func(x *nn.Node) *nn.Node { return season(detrended(x, 0.2), 0) })
	given := shown(t, x, func(x *nn.Node) *nn.Node { return season(detrended(x, 0.2), 12) })
	for phase := range 12 {
		var sum, all float64
		for i := range x {
			all += float64(x[i] - tr[i])
		}
		n := 0.0
		for i := phase; i < len(x); i += 12 {
			sum += float64(x[i] - tr[i])
			n++
		}
		near(t, "season of period 12", float64(given[phase+24]), sum/n-all/90, 1e-4)
		near(t, "season found", float64(found[phase+24]), float64(given[phase+24]), 1e-6)
	}
	// White noise of deviation 1 has power 1 at every frequency, log amplitude about -0.29 on the mean (half of ψ(1) = -0.58).
	rng := rand.New(rand.NewPCG(2, 2))
	white := make([]float32, 5000)
	for i := range white {
		white[i] = float32(rng.NormFloat64())
	}
	var mean float64
	spec := shown(t, white[:999], logSpectrum)
	for _, v := range spec {
		mean += float64(v) / float64(len(spec))
	}
	near(t, "log spectrum of noise", mean, -0.29, 0.1)
	// A stretch against the transform of the windowed values; 5000 values are 5 stretches of 1000.
	if spec = shown(t, white, logSpectrum); len(spec) != 501 {
		t.Fatalf("%d frequencies of 1000 values", len(spec))
	}
	power := make([]float64, 501)
	var weight float64
	for part := range 5 {
		w := make([]float64, 1000)
		weight = 0
		for i := range w {
			hann := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/1000)
			w[i] = hann * float64(white[part*1000+i])
			weight += hann * hann
		}
		for k, v := range series.RFFT(w) {
			power[k] += math.Pow(cmplx.Abs(v), 2) / 5
		}
	}
	for k, v := range spec {
		near(t, "log spectrum", float64(v), 0.5*math.Log(power[k]/weight+1e-4), 1e-3)
	}
}

func TestViewsOfAwkwardWindows(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 1025} {
		for kind := range senses {
			for _, x := range [][]float32{make([]float32, n), noisySine(n, 3, rand.New(rand.NewPCG(3, 3)))} {
				for _, v := range shown(t, x, func(x *nn.Node) *nn.Node { return sense{kind: kind, to: 1}.show(x, &CMC{Span: 0.2}) }) {
					if v != v || math.IsInf(float64(v), 0) {
						t.Fatalf("%s of %d values holds %g", kind, n, v)
					}
				}
			}
		}
	}
}

// slowCrossView is the sum of both directions of InfoNCE between two views.
func slowCrossView(a, b []float32, d int, tau float64) float64 {
	s := cosines(append(append([]float32(nil), a...), b...), d)
	n := len(s) / 2
	var total float64
	for i := range n {
		var there, back float64
		for j := range n {
			there += math.Exp(s[i][n+j] / tau)
			back += math.Exp(s[j][n+i] / tau)
		}
		total -= math.Log(math.Exp(s[i][n+i]/tau)/there) + math.Log(math.Exp(s[i][n+i]/tau)/back)
	}
	return total / float64(n)
}

// TestLinearViews holds the views that an exported model computes by their matrix to be what they are by it.
func TestLinearViews(t *testing.T) {
	x := []float32{3, -1, 4, 1, -5, 9, 2, -6, 5, 3, 5, -8, 9}
	g := nn.NewGraph(false)
	in := g.Const(x, 1, 1, len(x))
	for _, view := range []*nn.Node{difference(in), trend(in, 0.4), season(in, 3)} {
		m, ok := view.Operation().Settings.(nn.RowMap)
		if !ok {
			t.Fatalf("%s has no map", view.Operation().Name)
		}
		want, _ := view.Values()
		got, column, one := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
		for i, v := range x {
			one[i] = 1
			m.Row(column, one)
			one[i] = 0
			for k, c := range column {
				got[k] += v * c
			}
		}
		for k := range want {
			if math.Abs(float64(got[k]-want[k])) > 1e-5 { // rounding of thirteen sums of numbers below 10
				t.Errorf("%s: %v by the matrix, %v by the view", view.Operation().Name, got, want)
				break
			}
		}
	}
	if _, ok := season(in, 0).Operation().Settings.(nn.RowMap); ok {
		t.Error("a season whose period is found is told to be linear")
	}
}

func TestCMCEqualsItsSlowTwin(t *testing.T) {
	const n, d = 5, 6
	z := units(3*n, d, 4)
	view := func(i int) []float32 { return z[i*n*d : (i+1)*n*d] }
	cut := func(z *nn.Node) []*nn.Node {
		return []*nn.Node{nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n), nn.Slice(z, 0, 2*n, 3*n)}
	}
	for _, graph := range []string{"full", "core"} {
		o := &cmc{tau: 0.3, edges: []edge{{0, 1}, {0, 2}}}
		if graph == "full" {
			o.edges = append(o.edges, edge{1, 2})
		}
		var loss, align, logs, uniform float64
		for _, e := range o.edges {
			loss += slowCrossView(view(e.a), view(e.b), d, 0.3)
			for i := range n {
				var gap float64
				for k := range d {
					gap += math.Pow(float64(view(e.a)[i*d+k])-float64(view(e.b)[i*d+k]), 2)
				}
				align += gap / n
				logs += math.Log(gap+0.01) / n
			}
		}
		for i := range 3 {
			s := cosines(view(i), d)
			var sum float64
			for a := range n {
				for b := range n {
					if a != b {
						sum += math.Exp(-2*(2-2*s[a][b])) / (n * (n - 1))
					}
				}
			}
			uniform += math.Log(sum)
		}
		terms := map[string]struct {
			f    func(z *nn.Node) *nn.Node
			want float64
		}{
			"contrast":      {func(z *nn.Node) *nn.Node { return o.inBatch(cut(z)).Value }, loss},
			"alignment":     {func(z *nn.Node) *nn.Node { a, _, _ := o.shape(cut(z)); return a }, align},
			"log alignment": {func(z *nn.Node) *nn.Node { _, l, _ := o.shape(cut(z)); return l }, logs},
			"uniformity":    {func(z *nn.Node) *nn.Node { _, _, u := o.shape(cut(z)); return u }, uniform},
		}
		for name, term := range terms {
			near(t, graph+" "+name, value(t, z, d, term.f), term.want, 1e-4)
			checkGradient(t, graph+" "+name, z, d, term.f)
		}
	}
	// All embeddings one: 2·log N for a pair, distance and uniformity 0.
	same := make([]float32, 2*n*d)
	for i := range 2 * n {
		same[i*d] = 1
	}
	near(t, "collapsed", value(t, same, d, func(z *nn.Node) *nn.Node {
		return CrossView(nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n), 0.1)
	}), 2*math.Log(n), 1e-6)
	// Independent vectors: log N + 1/(2 D τ²) in each direction.
	far := units(512, 128, 1)
	near(t, "step 0", value(t, far, 128, func(z *nn.Node) *nn.Node {
		return CrossView(nn.Slice(z, 0, 0, 256), nn.Slice(z, 0, 256, 512), 0.2)
	}), 2*(math.Log(256)+1/(2*128*0.04)), 0.01)
}

// TestCMCMeasures: the probability of the own partner, by rows, and the margin, against sums over cosines.
func TestCMCMeasures(t *testing.T) {
	const n, d, tau = 5, 6, 0.3
	z := units(2*n, d, 4)
	s := cosines(z, d)
	var positive, gap float64
	for i := range n {
		var all float64
		for j := range n {
			all += math.Exp(s[i][n+j] / tau)
			if j == i {
				gap += s[i][n+j] / n
			} else {
				gap -= s[i][n+j] / (n * (n - 1))
			}
		}
		positive += math.Exp(s[i][n+i]/tau) / all / n
	}
	o := &cmc{tau: tau, edges: []edge{{0, 1}}}
	for k, want := range map[int]float64{0: positive, 1: gap} {
		near(t, fmt.Sprint("measure ", k), value(t, z, d, func(z *nn.Node) *nn.Node {
			return o.inBatch([]*nn.Node{nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n)}).Measures[k].Node
		}), want, 1e-5)
	}
}

// TestAlignmentIsAPositivesWeight: since |a - b|² = 2 - 2a·b, alignment with weight λ adds to the contrast what 1 + λτ times as much
// pull on positives does, and a constant.
func TestAlignmentIsAPositivesWeight(t *testing.T) {
	const n, d, tau, lambda = 5, 6, 0.3, 0.7
	z := units(2*n, d, 9)
	s := cosines(z, d)
	var want float64
	for i := range n {
		var there, back float64
		for j := range n {
			there += math.Exp(s[i][n+j] / tau)
			back += math.Exp(s[j][n+i] / tau)
		}
		want += (math.Log(there) + math.Log(back) - 2*(1+lambda*tau)*s[i][n+i]/tau) / n
	}
	o := &cmc{tau: tau, edges: []edge{{0, 1}}}
	got := value(t, z, d, func(z *nn.Node) *nn.Node {
		views := []*nn.Node{nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n)}
		align, _, _ := o.shape(views)
		return nn.Add(o.inBatch(views).Value, nn.Scale(align, lambda))
	})
	near(t, "contrast and alignment", got, want+2*lambda, 1e-5)
}

// TestCMCUniform: where all embeddings are one, the loss with its weights is what Uniform says.
func TestCMCUniform(t *testing.T) {
	const n, d = 5, 6
	z := slices.Repeat(units(1, d, 3), 3*n)
	o := &cmc{tau: 0.2, cfg: CMC{Contrast: 1.5, LogAlignment: 0.4}, edges: []edge{{0, 1}, {0, 2}}}
	got := value(t, z, d, func(z *nn.Node) *nn.Node {
		views := []*nn.Node{nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n), nn.Slice(z, 0, 2*n, 3*n)}
		_, pull, _ := o.shape(views)
		return nn.Add(nn.Scale(o.inBatch(views).Value, 1.5), nn.Scale(pull, 0.4))
	})
	near(t, "the loss", got, o.Uniform(n), 1e-4)
	if o.cfg.Contrast = -1; !math.IsNaN(o.Uniform(n)) {
		t.Errorf("without contrast: %g", o.Uniform(n))
	}
}

func TestCMCWeightsAddUp(t *testing.T) {
	loss := func(m CMC) (float64, *trial) {
		tr := newTrial(t, m, trialEncoder)
		return tr.next(), tr
	}
	plain, tr := loss(CMC{})
	align, uniform := tr.measure("alignment"), tr.measure("uniformity")
	more, _ := loss(CMC{Alignment: 2, Uniformity: 0.5})
	near(t, "alignment and uniformity", more, plain+2*3*align+0.5*3*uniform, 1e-4)
	alone, _ := loss(CMC{Contrast: -1, Alignment: 1})
	near(t, "alignment alone", alone, 3*align, 1e-4)
}

// TestCMCBankKeepsAnchorsApart contrasts one view with the other's bank: the other view's encoder gets no gradient from it.
func TestCMCBankKeepsAnchorsApart(t *testing.T) {
	tr := newTrial(t, CMC{Form: "bank", Views: []string{"raw", "difference"}}, trialEncoder)
	o := tr.obj.(*cmc)
	g := nn.NewGraph(true)
	x := g.Const(units(4, trialLength, 1), 4, 1, trialLength)
	d := o.critic.newDraw(g, 4)
	d.fill(Step{Samples: []int{5, 1, 8, 3}, RNG: tr.rng})
	z0, z1 := nn.Normalize(o.heads[0].apply(o.net.view(0, x))), nn.Normalize(o.heads[1].apply(o.net.view(1, x)))
	there, _ := d.loss(z0, o.banks[1], o.zs[0])
	p, err := g.Compile(nn.Add(there, nn.Scale(nn.Sum(z1), 0)))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	moved := false
	for _, q := range tr.weights.Trainable() {
		for _, v := range q.Grad {
			if v != 0 && strings.Contains(q.Name, "view1") {
				t.Fatalf("%s gets a gradient of the other view's anchor", q.Name)
			}
			moved = moved || v != 0
		}
	}
	if !moved {
		t.Error("the anchor's own encoder gets no gradient")
	}
}

func TestCMCFormsLearn(t *testing.T) {
	views := []string{"raw", "trend", "season", "remainder"}
	for _, m := range []CMC{{Form: "bank", Norm: "batch"}, {Form: "bank", Norm: "batch", BankLoss: BankLoss{Loss: "nce"}}, {Graph: "core", Shared: true, Views: views}, {LogAlignment: 0.1, Uniformity: 0.5, Alignment: 0.5, Views: []string{"raw", "difference"}}} {
		learns(t, m)
	}
	// Without a normalisation the rows of the banks lie together at first: the steps are larger, to be out of there in 200.
	learnsAt(t, CMC{Form: "bank"}, 0.3)
}

func TestCMCNeedsAndNetwork(t *testing.T) {
	if n := len((CMC{}).Needs().Views); n != 3 {
		t.Errorf("%d windows for three views", n)
	}
	if n := len((CMC{Shared: true}).Needs().Views); n != 1 {
		t.Errorf("%d windows for shared views", n)
	}
	w := nn.NewWeights(1)
	net, err := NetworkOf(CMC{Views: []string{"raw:0-1", "spectrum:2", "difference"}, Wide: true}, w, encoders.Conv{Width: 8, Depth: 1, Out: 5}, 3)
	if err != nil {
		t.Fatal(err)
	}
	g := nn.NewGraph(false)
	h := net.Apply(g.Input("x", 2, 3, 20))
	if g.Err() != nil || net.Dim() != 15 || h.Shape()[1] != 15 {
		t.Errorf("encodings of length %d, %v: %v", net.Dim(), h.Shape(), g.Err())
	}
	for _, m := range []CMC{{Views: []string{"raw"}}, {Views: []string{"raw", "other"}}, {Views: []string{"raw", "raw:3"}}, {Views: []string{"raw", "raw:1-0"}},
		{Views: []string{"raw", "raw:a"}}, {Span: 2}, {Period: 1}, {Graph: "ring"}, {Form: "loose"}, {Alignment: math.NaN()}, {Out: -1}, {Form: "bank", BankLoss: BankLoss{Loss: "x"}}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
	pulled := &cmc{cfg: CMC{LogAlignment: 1}}
	for _, c := range []struct {
		o              *cmc
		align, uniform float64
		want           string
	}{{&cmc{}, 1.95, -2, "far apart"}, {&cmc{}, 1.02, -1.4, ""}, {pulled, 0.001, -0.01, "outweigh"}, {pulled, 0.5, -1.5, ""}} {
		got := strings.Join(c.o.Diagnose(map[string]float64{"alignment": c.align, "uniformity": c.uniform}), "")
		if !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("alignment %g, uniformity %g: diagnosis %q, want %q in it", c.align, c.uniform, got, c.want)
		}
	}
}
