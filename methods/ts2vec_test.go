package methods

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// slowHierarchy is algorithm 1 of Yue et al. (2022) with equations 1 and 2, for encodings [n][c][t].
func slowHierarchy(a, b [][][]float64, alpha float64, unit int) float64 {
	dot := func(x, y [][]float64, t, u int) (s float64) {
		for c := range x {
			s += x[c][t] * y[c][u]
		}
		return s
	}
	n := len(a)
	var total float64
	levels := 0
	for t := len(a[0][0]); t >= 1; t /= 2 {
		for _, v := range [][2][][][]float64{{a, b}, {b, a}} {
			for i := range n {
				for s := range t {
					across, within := 0.0, 0.0
					for j := range n {
						across += math.Exp(dot(v[0][i], v[1][j], s, s))
						if j != i {
							across += math.Exp(dot(v[0][i], v[0][j], s, s))
						}
					}
					for u := range t {
						within += math.Exp(dot(v[0][i], v[1][i], s, u))
						if u != s {
							within += math.Exp(dot(v[0][i], v[0][i], s, u))
						}
					}
					own := dot(v[0][i], v[1][i], s, s)
					if n > 1 {
						total += alpha * (math.Log(across) - own) / float64(2*n*t)
					}
					if t > 1 && levels >= unit {
						total += (1 - alpha) * (math.Log(within) - own) / float64(2*n*t)
					}
				}
			}
		}
		levels++
		a, b = slowHalve(a), slowHalve(b)
	}
	return total / float64(levels)
}

func slowHalve(x [][][]float64) [][][]float64 {
	var out [][][]float64
	for _, sample := range x {
		var rows [][]float64
		for _, row := range sample {
			var half []float64
			for i := 0; i+1 < len(row); i += 2 {
				half = append(half, math.Max(row[i], row[i+1]))
			}
			rows = append(rows, half)
		}
		out = append(out, rows)
	}
	return out
}

func TestTS2VecLossEqualsItsSlowTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	draw := func(n, c, l int) ([]float32, [][][]float64) {
		flat, nested := make([]float32, n*c*l), make([][][]float64, n)
		for i := range n {
			nested[i] = make([][]float64, c)
			for j := range c {
				for k := range l {
					v := float32(rng.NormFloat64())
					flat[(i*c+j)*l+k] = v
					nested[i][j] = append(nested[i][j], float64(v))
				}
			}
		}
		return flat, nested
	}
	for _, s := range [][3]int{{2, 3, 1}, {1, 3, 6}, {3, 4, 9}, {4, 2, 16}} {
		for _, c := range []nn.Hierarchy{{Instance: 0.5}, {Instance: 1}, {Instance: 0}, {Instance: 0.3, First: 2}} {
			a, sa := draw(s[0], s[1], s[2])
			b, sb := draw(s[0], s[1], s[2])
			g := nn.NewGraph(true)
			p, err := g.Compile(nn.HierarchicalContrast(g.Const(a, s[:]...), g.Const(b, s[:]...), c))
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			near(t, "ts2vec", float64(p.Loss()), slowHierarchy(sa, sb, c.Instance, c.First), 1e-5)
		}
	}
}

func TestTS2VecCropsAreThosePublished(t *testing.T) {
	_, obj, err := setUp(TS2Vec{Crops: 200}, trialEncoder)
	if err != nil {
		t.Fatal(err)
	}
	o := obj.(*ts2vec)
	rng := rand.New(rand.NewPCG(1, 1))
	var overlap, first float64
	const draws = 4000
	for range draws {
		s := o.Crops(rng, trialLength)
		shared := s[0].To - s[1].From
		if s[0].From != 0 || s[1].From < 0 || shared < 2 || s[1].To < s[0].To || s[1].To > trialLength {
			t.Fatalf("crops %v of a window of %d", s, trialLength)
		}
		overlap += float64(shared) / draws
		first += float64(s[0].To) / draws
	}
	// The overlap is uniform on 2 to L. What is left lies on the left by half, and of that a crop takes half: L/2 + L/8.
	near(t, "mean overlap", overlap, 0.5*(trialLength+2), 0.05)
	near(t, "mean length of the first crop", first, 0.5*(trialLength+2)+0.125*(trialLength-2), 0.08)
}

// TestTS2VecComparesTheOverlap: with the same weights, no mask and a kernel of one time stamp, both views see the same
// values where they overlap.
func TestTS2VecComparesTheOverlap(t *testing.T) {
	_, obj, err := setUp(TS2Vec{Mask: -1}, encoders.Conv{Width: 4, Depth: 1, Out: 4, Kernel: 1})
	if err != nil {
		t.Fatal(err)
	}
	o := obj.(*ts2vec)
	g := nn.NewGraph(true)
	spans := []Span{{0, 20}, {7, 30}}
	a, b := g.Input("a", 2, 1, 20), g.Input("b", 2, 1, 23)
	loss := o.Build(Batch{Views: []*nn.Node{a, b}, Spans: spans})
	p, err := g.Compile(loss.Value, loss.Embeddings)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	for n := range 2 {
		for i := range 30 {
			v := float32(rng.NormFloat64())
			if i < 20 {
				p.Data(a)[n*20+i] = v
			}
			if i >= 7 {
				p.Data(b)[n*23+i-7] = v
			}
		}
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	z := p.Data(loss.Embeddings)
	for i := range len(z) / 2 {
		if math.Abs(float64(z[i]-z[i+len(z)/2])) > 1e-5 {
			t.Fatalf("embedding %d is %g in the first view, %g in the second", i, z[i], z[i+len(z)/2])
		}
	}
}

func TestTS2VecDeploysTheAverage(t *testing.T) {
	tr := newTrial(t, TS2Vec{}, trialEncoder)
	p := tr.weights.Lookup("encoder.input.weight")
	mean := make([]float64, len(p.Data))
	for range 7 {
		tr.next()
		for i, v := range p.Data {
			mean[i] += float64(v) / 7
		}
	}
	last := p.Data[0]
	tr.obj.(Deployer).Deploy()
	for i, v := range p.Data {
		near(t, "average", float64(v), mean[i], 1e-5)
	}
	if p.Data[0] == last {
		t.Error("the deployed weights are the last ones")
	}
}

func TestTS2VecOnEveryEncoder(t *testing.T) {
	for _, enc := range sequenceEncoders {
		tr := newTrial(t, TS2Vec{}, enc)
		for range 30 {
			if l := tr.next(); math.IsNaN(l) {
				t.Fatalf("%s: the loss is NaN", enc.Name())
			}
		}
		tr.on([]int{3, 9}) // a last batch of two
	}
	for _, m := range []TS2Vec{{Mask: 1}, {Instance: 2}, {Unit: -1}, {Crops: 1000}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}

// sequenceEncoders are one of each kind, small.
var sequenceEncoders = []encoders.Encoder{trialEncoder, encoders.ResNet1D{Width: 4, Stages: 2}, encoders.Transformer{Width: 8, Depth: 1, Heads: 2, Patch: 4}}
