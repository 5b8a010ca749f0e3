package methods

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// twelve windows of 10 time stamps from three series, not in order; distance 10 makes most of them neighbours.
var bankSamples = []Sample{{1, 0}, {0, 5}, {0, 0}, {2, 40}, {0, 10}, {1, 3}, {0, 15}, {2, 0}, {0, 20}, {1, 30}, {2, 20}, {0, 25}}

func bankSetup(net passing) Setup {
	return Setup{Weights: nn.NewWeights(5), Encoder: trialEncoder, Net: net, Channels: 1, Length: 10, Samples: bankSamples, Batch: 4, Steps: 12}
}

func TestKinAgainstPairs(t *testing.T) {
	for _, distance := range []int{0, 1, 6, 10, 1000} {
		k := newKin(bankSamples, distance)
		for id, a := range bankSamples {
			free := map[int]bool{id: true}
			for j, b := range bankSamples {
				if a.Series != b.Series || max(a.Start-b.Start, b.Start-a.Start) >= distance {
					free[j] = true
				}
			}
			got := map[int]bool{}
			for r := range k.others(id) + 1 {
				got[k.pick(id, r)] = true
			}
			if len(got) != len(free) || k.others(id) != len(free)-1 {
				t.Errorf("distance %d, sample %d: %v may be drawn, want %v", distance, id, got, free)
			}
			for j := range free {
				if !got[j] {
					t.Errorf("distance %d, sample %d: %d is never drawn", distance, id, j)
				}
			}
		}
		if k.none != (distance <= 1) {
			t.Errorf("distance %d: none is %v", distance, k.none)
		}
	}
}

// slowBank is the loss of unit vectors v against a bank, written from the formulas of Wu et al. (2018): the full softmax
// of eq. 2 over all windows but neighbours, and for index not nil eq. 6 and 7 with the sum over negatives, or the softmax
// over the listed rows.
func slowBank(kind string, v, rows []float32, d int, tau float64, ids []int, index []float32, logZ float64) float64 {
	dot := func(i, j int) (s float64) {
		for k := range d {
			s += float64(v[i*d+k]) * float64(rows[j*d+k])
		}
		return s / tau
	}
	var total float64
	for i, id := range ids {
		m := len(index)/len(ids) - 1
		switch kind {
		case "softmax":
			var sum float64
			for j, b := range bankSamples {
				a := bankSamples[id]
				if j == id || a.Series != b.Series || max(a.Start-b.Start, b.Start-a.Start) >= 10 {
					sum += math.Exp(dot(i, j))
				}
			}
			total -= math.Log(math.Exp(dot(i, id)) / sum)
		case "sampled":
			var sum float64
			for _, j := range index[i*(1+m) : (i+1)*(1+m)] {
				sum += math.Exp(dot(i, int(j)))
			}
			total -= math.Log(math.Exp(dot(i, id)) / sum)
		case "nce":
			noise := float64(m) / float64(len(rows)/d)
			for k, j := range index[i*(1+m) : (i+1)*(1+m)] {
				p := math.Exp(dot(i, int(j))) / math.Exp(logZ)
				if k == 0 {
					total -= math.Log(p / (p + noise + 1e-7))
				} else {
					total -= math.Log(noise / (p + noise + 1e-7))
				}
			}
		}
	}
	return total / float64(len(ids))
}

func TestBankLossesEqualTheirSlowTwins(t *testing.T) {
	const d, n = 6, 4
	ids := []int{4, 11, 0, 7}
	for _, kind := range []string{"softmax", "nce", "sampled"} {
		s := bankSetup(passing{d})
		obj, err := NPID{Out: d, BankLoss: BankLoss{Loss: kind, Negatives: 5}}.New(s)
		if err != nil {
			t.Fatal(err)
		}
		o := obj.(*npid)
		step := Step{Samples: ids, RNG: rand.New(rand.NewPCG(1, 1))}
		logZ := 0.0
		var picked []float32
		loss := func(v *nn.Node) *nn.Node {
			dr := o.critic.newDraw(v.Graph(), n)
			// A step before this one must leave nothing in the mask.
			dr.fill(Step{Samples: []int{1, 2, 3, 5}, RNG: step.RNG})
			step.RNG = rand.New(rand.NewPCG(1, 1))
			dr.fill(step)
			picked = dr.index
			l, _ := dr.loss(v, o.bank, o.z)
			return l
		}
		v := units(n, d, 8)
		got := value(t, v, d, loss)
		if kind == "nce" {
			var sum float64
			for i := range ids {
				for _, j := range picked[i*6 : i*6+6] {
					var dot float64
					for k := range d {
						dot += float64(v[i*d+k]) * float64(o.bank.rows.Data[int(j)*d+k])
					}
					sum += math.Exp(dot / 0.1)
				}
			}
			logZ = math.Log(float64(len(bankSamples)) * sum / float64(n*6))
			o.z.Data[0], o.z.Data[1] = 1, float32(logZ) // from here on a constant, as in training
		}
		near(t, kind, got, slowBank(kind, v, o.bank.rows.Data, d, 0.1, ids, picked, logZ), 2e-5)
		checkGradient(t, kind, v, d, loss)
		for i, id := range ids {
			for _, j := range picked[min(len(picked), i*6+1):min(len(picked), i*6+6)] {
				if a, b := bankSamples[id], bankSamples[int(j)]; int(j) != id && a.Series == b.Series && max(a.Start-b.Start, b.Start-a.Start) < 10 {
					t.Errorf("%s: sample %d was contrasted with its neighbour %g", kind, id, j)
				}
			}
		}
	}
}

// TestBankStartsWhereItShould holds a random bank to the step-0 values of a simulation: NCE about 9.94 for m = 4096, D = 128,
// τ = 0.07, Z/N about exp(1/(2 D τ²)) = 2.2, and the full softmax log N + 1/(2 D τ²).
func TestBankStartsWhereItShould(t *testing.T) {
	const d, n, rows = 128, 8, 2048
	s := Setup{Weights: nn.NewWeights(1), Encoder: trialEncoder, Net: passing{d}, Length: d, Batch: n, Steps: 1}
	for i := range rows {
		s.Samples = append(s.Samples, Sample{Series: i})
	}
	for _, c := range []struct {
		kind string
		want float64
	}{{"nce", 9.94}, {"softmax", math.Log(rows) + 1/(2*d*0.07*0.07)}} {
		o, err := NPID{Temperature: 0.07, BankLoss: BankLoss{Loss: c.kind, Negatives: 4096}}.New(s)
		if err != nil {
			t.Fatal(err)
		}
		p := o.(*npid)
		got := value(t, units(n, d, 3), d, func(v *nn.Node) *nn.Node {
			dr := p.critic.newDraw(v.Graph(), n)
			dr.fill(Step{Samples: counted(n), RNG: rand.New(rand.NewPCG(2, 2))})
			l, _ := dr.loss(v, p.bank, p.z)
			return l
		})
		near(t, c.kind, got, c.want, 0.05)
		if c.kind == "nce" {
			z := value(t, units(n, d, 3), d, func(v *nn.Node) *nn.Node {
				dr := p.critic.newDraw(v.Graph(), n)
				dr.fill(Step{Samples: counted(n), RNG: rand.New(rand.NewPCG(2, 2))})
				_, f := dr.loss(v, p.bank, p.z)
				return nn.Sum(nn.Slice(f, 0, 1, 2))
			})
			near(t, "Z/N", math.Exp(z)/rows, 2.2, 0.05)
		}
	}
	// Equal scores with Z = N·exp(s): P = 1/N everywhere, h = 1/(1+m) and 1-h = m/(1+m).
	same := make([]float32, 3*8)
	near(t, "nce uniform", value(t, same, 8, func(l *nn.Node) *nn.Node {
		return noiseContrast(l, l.Graph().Const([]float32{1, float32(math.Log(50))}, 2), 50)
	}), math.Log(8)+7*math.Log(8./7), 1e-5)
}

func counted(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestBankMovesByIdAndAfterTheLoss(t *testing.T) {
	tr := newTrial(t, NPID{BankLoss: BankLoss{Loss: "nce"}}, trialEncoder)
	o := tr.obj.(*npid)
	before := slices.Clone(o.bank.rows.Data)
	samples := []int{9, 63, 0, 17, 30, 2, 41, 5, 6, 7, 8, 20, 21, 22, 23, 24}
	tr.on(samples)
	v := tr.last.prog.Data(tr.last.loss.Keep[0])
	d := o.bank.rows.Shape[1]
	for id := range trialSamples {
		at := slices.Index(samples, id)
		var norm float64
		mixed := make([]float64, d)
		for j := range d {
			if mixed[j] = float64(before[id*d+j]); at >= 0 {
				mixed[j] = 0.5*float64(before[id*d+j]) + 0.5*float64(v[at*d+j])
				norm += mixed[j] * mixed[j]
			}
		}
		for j := range d {
			want := mixed[j]
			if at >= 0 {
				want /= math.Sqrt(norm)
			}
			if math.Abs(float64(o.bank.rows.Data[id*d+j])-want) > 1e-5 {
				t.Fatalf("row %d of the bank is %g at %d, want %g", id, o.bank.rows.Data[id*d+j], j, want)
			}
		}
	}
	first := slices.Clone(o.z.Data)
	if first[0] != 1 || first[1] == 0 {
		t.Fatalf("after the first step z is %v", first)
	}
	for range 5 {
		tr.next()
	}
	tr.on(samples[:5])
	if !slices.Equal(first, o.z.Data) {
		t.Errorf("z went from %v to %v", first, o.z.Data)
	}
}

func TestProximalTerm(t *testing.T) {
	loss := func(m NPID) (float64, float64) {
		tr := newTrial(t, m, trialEncoder)
		o := tr.obj.(*npid)
		rows := slices.Clone(o.bank.rows.Data)
		l := tr.next()
		v, d := tr.last.prog.Data(tr.last.loss.Keep[0]), o.bank.rows.Shape[1]
		var gap float64
		for i := range v { // the first step takes samples 0, 1, …
			gap += math.Pow(float64(v[i])-float64(rows[i]), 2) / float64(len(v)/d)
		}
		return l, gap
	}
	plain, gap := loss(NPID{})
	near30, _ := loss(NPID{Proximal: 30})
	near(t, "proximal", near30, plain+30*gap, 1e-5)
}

// misfiled hands the hooks of a method the ids of other samples, as a loader does that loses them.
type misfiled struct{ Objective }

func (o misfiled) Build(b Batch) Loss {
	l := o.Objective.Build(b)
	wrong := func(s Step) Step {
		s.Samples = rand.New(rand.NewPCG(uint64(s.Index), 1)).Perm(trialSamples)[:len(s.Samples)]
		return s
	}
	before, after := l.Before, l.After
	l.Before = func(s Step) { before(wrong(s)) }
	l.After = func(s Step, kept [][]float32) { after(wrong(s), kept) }
	return l
}

func TestNPIDLearnsFromItsOwnRowsOnly(t *testing.T) {
	learns(t, NPID{BankLoss: BankLoss{Loss: "sampled"}})
	// The sum over 32 negatives has gradients that many times as large. The temperature is one at which the sixteen samples
	// of a waveform may be alike: with a constant Z each such negative costs log(1 + e^(1/τ)/(Z·m/N)).
	learnsAt(t, NPID{Temperature: 0.5, BankLoss: BankLoss{Loss: "nce"}}, 0.02)
	tr := newTrial(t, NPID{}, trialEncoder)
	tr.obj = misfiled{tr.obj}
	var late float64
	for i := range 100 {
		if l := tr.next(); i >= 80 {
			late += l / 20
		}
	}
	// log of the number of rows is what a network gets that tells nothing apart.
	if u := math.Log(trialSamples); late < 0.95*u {
		t.Errorf("with other samples' ids the loss falls to %.3f, below %.3f", late, u)
	}
}

func TestNPIDRefusesWhatCannotWork(t *testing.T) {
	s := bankSetup(passing{6})
	s.Samples = []Sample{{0, 0}, {0, 3}, {0, 6}}
	if _, err := (NPID{}).New(s); err == nil {
		t.Error("windows that are all neighbours were accepted")
	}
	if _, err := (NPID{BankLoss: BankLoss{Apart: -1}}).New(s); err != nil {
		t.Errorf("with neighbours allowed: %v", err)
	}
	for i, m := range []Method{NPID{BankLoss: BankLoss{Loss: "other"}}, NPID{BankLoss: BankLoss{Negatives: -2}}, NPID{Proximal: -1}, NPID{Out: -1},
		NPID{BankLoss: BankLoss{Momentum: 2}}, NPID{BankLoss: BankLoss{Apart: math.NaN()}}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("settings %d (%+v) were accepted", i, m)
		}
	}
	if len((&npid{seen: 0.5}).Diagnose(nil)) != 1 || (&npid{seen: 1}).Diagnose(nil) != nil {
		t.Error("the diagnosis does not tell a run that meets half the samples")
	}
}
