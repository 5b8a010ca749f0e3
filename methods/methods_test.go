package methods

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// units draws n unit vectors of length d.
func units(n, d int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	z := make([]float32, n*d)
	for i := range n {
		var s float64
		row := z[i*d : (i+1)*d]
		for j := range row {
			v := rng.NormFloat64()
			row[j] = float32(v)
			s += v * v
		}
		for j := range row {
			row[j] /= float32(math.Sqrt(s))
		}
	}
	return z
}

func value(t *testing.T, z []float32, d int, loss func(z *nn.Node) *nn.Node) float64 {
	t.Helper()
	g := nn.NewGraph(true)
	p, err := g.Compile(loss(g.Const(z, len(z)/d, d)))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	return float64(p.Loss())
}

func cosines(z []float32, d int) [][]float64 {
	n := len(z) / d
	s := make([][]float64, n)
	for i := range s {
		s[i] = make([]float64, n)
		for j := range s[i] {
			for k := range d {
				s[i][j] += float64(z[i*d+k]) * float64(z[j*d+k])
			}
		}
	}
	return s
}

// slowNTXent is eq. 1 of Chen et al. (2020), term by term.
func slowNTXent(z []float32, d int, tau float64) float64 {
	s := cosines(z, d)
	rows := len(s)
	var total float64
	for i := range rows {
		var sum float64
		for k := range rows {
			if k != i {
				sum += math.Exp(s[i][k] / tau)
			}
		}
		total += -s[i][(i+rows/2)%rows]/tau + math.Log(sum)
	}
	return total / float64(rows)
}

// slowInvaSpread is the released form, over every ordered pair.
func slowInvaSpread(z []float32, d int, tau float64) float64 {
	return slowInvaSpreadAmong(z, nil, d, tau)
}

// slowInvaSpreadAmong has further rows behind those of the batch.
func slowInvaSpreadAmong(z, keys []float32, d int, tau float64) float64 {
	s := cosines(append(slices.Clone(z), keys...), d)
	rows, all := len(z)/d, len(s)
	var total float64
	for i := range rows {
		var sum float64
		for k := range all {
			if k != i {
				sum += math.Exp(s[i][k] / tau)
			}
		}
		pos := (i + rows/2) % rows
		total -= math.Log(math.Exp(s[i][pos]/tau) / sum)
		for j := range all {
			if j != i && j != pos {
				total -= math.Log1p(-math.Exp(s[i][j]/tau) / sum)
			}
		}
	}
	return total / float64(rows)
}

// slowInvaSpreadPaper is equations 3 to 6 of Ye et al. (2019), over N.
func slowInvaSpreadPaper(z []float32, d int, tau float64) float64 {
	s := cosines(z, d)
	n := len(s) / 2
	var total float64
	for i := range n {
		var own float64
		for k := range n {
			own += math.Exp(s[k][n+i] / tau)
		}
		total -= math.Log(math.Exp(s[i][n+i]/tau) / own)
		for j := range n {
			if j != i {
				var sum float64
				for k := range n {
					sum += math.Exp(s[k][j] / tau)
				}
				total -= math.Log(1 - math.Exp(s[i][j]/tau)/sum)
			}
		}
	}
	return total / float64(n)
}

func near(t *testing.T, name string, got, want, tol float64) {
	t.Helper()
	if math.Abs(got-want) > tol*(1+math.Abs(want)) {
		t.Errorf("%s: got %.6f, want %.6f", name, got, want)
	}
}

func TestLossesEqualTheirSlowTwins(t *testing.T) {
	for _, n := range []int{2, 3, 8} {
		for _, d := range []int{2, 5, 16} {
			for _, tau := range []float64{0.1, 0.5, 2} {
				z := units(2*n, d, uint64(n*d))
				near(t, "simclr", value(t, z, d, func(z *nn.Node) *nn.Node { return NTXent(z, float32(tau)) }), slowNTXent(z, d, tau), 1e-5)
				near(t, "invaspread", value(t, z, d, func(z *nn.Node) *nn.Node { return invaSpreadReleased(z, nil, float32(tau)) }), slowInvaSpread(z, d, tau), 1e-3)
				if keys := units(4, d, uint64(n+d)); tau >= 0.5 { // below, a negative may be so probable that the floor of 1-P counts
					near(t, "invaspread, queue", value(t, z, d, func(z *nn.Node) *nn.Node { return invaSpreadReleased(z, z.Graph().Const(keys, 4, d), float32(tau)) }),
						slowInvaSpreadAmong(z, keys, d, tau), 1e-3)
				}
				near(t, "invaspread paper", value(t, z, d, func(z *nn.Node) *nn.Node { return invaSpreadPaper(z, float32(tau)) }), slowInvaSpreadPaper(z, d, tau), 1e-3)
			}
		}
	}
}

func TestClosedForms(t *testing.T) {
	same := make([]float32, 256*4)
	for i := range 256 {
		same[i*4] = 1
	}
	// Collapsed vectors: log(2N-1).
	near(t, "simclr collapsed", value(t, same, 4, func(z *nn.Node) *nn.Node { return NTXent(z, 0.5) }), math.Log(255), 1e-5)
	// log(2N-1) + (2N-2)·(-log(1-1/(2N-1))) = 6.54 for 2N = 256.
	near(t, "invaspread collapsed", value(t, same, 4, func(z *nn.Node) *nn.Node { return invaSpreadReleased(z, nil, 0.1) }), 6.54, 1e-3)
	near(t, "invaspread uniform", (&invaspread{}).Uniform(128), 6.54, 1e-3)
	// Independent vectors: log(2N-1) + 1/(2 D tau²) = 6.24 for N = 256, D = 128, tau = 0.5.
	z := units(512, 128, 1)
	near(t, "simclr step 0", value(t, z, 128, func(z *nn.Node) *nn.Node { return NTXent(z, 0.5) }), 6.24, 5e-3)
}

func TestNTXentIsSymmetricInTheViews(t *testing.T) {
	z := units(12, 5, 3)
	swapped := append(append([]float32(nil), z[30:]...), z[:30]...)
	f := func(z *nn.Node) *nn.Node { return NTXent(z, 0.2) }
	near(t, "views swapped", value(t, swapped, 5, f), value(t, z, 5, f), 1e-6)
}

// TestInvaSpreadSendsGradientThroughTheAnchorOnly compares the gradient with
// differences of the loss in which only the anchor side moves.
func TestInvaSpreadSendsGradientThroughTheAnchorOnly(t *testing.T) {
	w := nn.NewWeights(0)
	z := w.Param("z", func(d []float32, _ *rand.Rand) { copy(d, units(6, 4, 9)) }, 6, 4)
	g := nn.NewGraph(true)
	p, err := g.Compile(invaSpreadReleased(g.Param(z), nil, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	// With the class side fixed, the gradient of -log P_pos with respect to an anchor alone.
	anchored := func(z, class []float32) float64 {
		var total float64
		for i := range 6 {
			s := make([]float64, 6)
			var sum float64
			for k := range 6 {
				for j := range 4 {
					s[k] += float64(z[i*4+j]) * float64(class[k*4+j])
				}
				if k != i {
					sum += math.Exp(s[k] / 0.5)
				}
			}
			for k := range 6 {
				q := math.Exp(s[k]/0.5) / sum
				if k == (i+3)%6 {
					total -= math.Log(q)
				} else if k != i {
					total -= math.Log1p(-q)
				}
			}
		}
		return total / 6
	}
	class := append([]float32(nil), z.Data...)
	for i := range z.Data {
		up, down := append([]float32(nil), class...), append([]float32(nil), class...)
		up[i] += 1e-2
		down[i] -= 1e-2
		near(t, "gradient", float64(z.Grad[i]), (anchored(up, class)-anchored(down, class))/(float64(up[i])-float64(down[i])), 2e-3)
	}
}

// TestTheLimitsOfTemperature: they belong to what is allowed, for a temperature that is the default of another too.
func TestTheLimitsOfTemperature(t *testing.T) {
	for _, tau := range []float64{1e-4, 1e3} {
		for _, m := range []Method{SimCLR{Temperature: tau}, SupCon{Temperature: tau}} {
			if _, _, err := setUp(m, trialEncoder); err != nil {
				t.Errorf("%s: %v", m.Name(), err)
			}
		}
	}
	for _, tau := range []float64{0.9e-4, 1001, math.NaN(), math.Inf(1)} {
		if _, _, err := setUp(SimCLR{Temperature: tau}, trialEncoder); err == nil {
			t.Errorf("a temperature of %g was accepted", tau)
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	for i, m := range []Method{SimCLR{Temperature: -1}, SimCLR{Layers: 99}, SimCLR{Norm: "other"}, InvaSpread{Form: "other"}, InvaSpread{Out: -3}, InvaSpread{Queue: -1}, InvaSpread{Queue: 8, Form: "paper"}, MoCoV2{MoCo: MoCo{TwoQueues: true}}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("settings %d (%+v) were accepted", i, m)
		}
	}
	if _, err := ByName("no-such", nil); err == nil {
		t.Error("an unknown method was accepted")
	}
}

// checkGradient compares the gradient of a loss of the rows z with central differences.
func checkGradient(t *testing.T, name string, z []float32, d int, loss func(z *nn.Node) *nn.Node) {
	t.Helper()
	w := nn.NewWeights(0)
	p := w.Param("z", func(dst []float32, _ *rand.Rand) { copy(dst, z) }, len(z)/d, d)
	g := nn.NewGraph(true)
	prog, err := g.Compile(loss(g.Param(p)))
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	var diff, norm float64
	for i := range z {
		const h = 5e-3
		up, down := append([]float32(nil), z...), append([]float32(nil), z...)
		up[i] += h
		down[i] -= h
		want := (value(t, up, d, loss) - value(t, down, d, loss)) / float64(up[i]-down[i])
		diff += (float64(p.Grad[i]) - want) * (float64(p.Grad[i]) - want)
		norm += want * want
	}
	// float32 sums leave about 1e-2 of the difference quotients.
	if rel := math.Sqrt(diff / (norm + 1e-8)); rel > 2e-2 {
		t.Errorf("%s: gradient differs from finite differences by %.3g", name, rel)
	}
}

func TestLossGradients(t *testing.T) {
	z := units(8, 5, 11)
	checkGradient(t, "simclr", z, 5, func(z *nn.Node) *nn.Node { return NTXent(z, 0.5) })
	checkGradient(t, "invaspread paper", z, 5, func(z *nn.Node) *nn.Node { return invaSpreadPaper(z, 0.5) })
}
