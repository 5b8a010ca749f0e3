package methods

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

// softmax64 is softmax((x - c)/tau).
func softmax64(x, c []float32, tau float64) []float64 {
	out := make([]float64, len(x))
	var sum float64
	for i := range x {
		v := float64(x[i])
		if c != nil {
			v -= float64(c[i])
		}
		out[i] = math.Exp(v / tau)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// slowDINO is algorithm 1 of the paper for any number of crops.
func slowDINO(student, teacher, centre []float32, n, k, long, views int, tauS, tauT float64) float64 {
	var total float64
	for i := range long {
		for v := range views {
			if v == i {
				continue
			}
			for r := range n {
				p := softmax64(teacher[(i*n+r)*k:(i*n+r+1)*k], centre, tauT)
				q := softmax64(student[(v*n+r)*k:(v*n+r+1)*k], nil, tauS)
				for j := range k {
					total -= p[j] * math.Log(q[j]) / float64(n*long*(views-1))
				}
			}
		}
	}
	return total
}

func dinoLoss(teacher, centre []float32, k, long, views int, tauS, tauT float32) func(*nn.Node) *nn.Node {
	return func(s *nn.Node) *nn.Node {
		g := s.Graph()
		p := sharpen(g.Const(teacher, len(teacher)/k, k), g.Const(centre, k), g.Const([]float32{1 / tauT}, 1))
		return swapped(nn.Scale(s, 1/tauS), p, long, views)
	}
}

func TestDINOEqualsItsSlowTwin(t *testing.T) {
	const n, k = 3, 6
	for _, c := range [][2]int{{2, 2}, {2, 6}, {1, 2}} {
		long, views := c[0], c[1]
		student, teacher, centre := cosineScores(views*n, k, 1), cosineScores(long*n, k, 2), cosineScores(1, k, 3)
		loss := dinoLoss(teacher, centre, k, long, views, 0.2, 0.1)
		near(t, "dino", value(t, student, k, loss), slowDINO(student, teacher, centre, n, k, long, views, 0.2, 0.1), 1e-5)
		checkGradient(t, "dino", student, k, loss)
	}
}

// TestDINOAtItsStart has K = 65536 cosines of independent unit vectors of 256 dimensions, so that they are N(0, 1/256): the
// teacher's entropy is log K - σ²/2 = 9.87 with σ = 1/(16·0.04); the loss is log K + 1/(2·256·0.01) = 11.29 where student
// and teacher see unrelated inputs, and less by 1/(256·0.04·0.1) = 0.98 where they see the same.
func TestDINOAtItsStart(t *testing.T) {
	const k = 65536
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func() []float32 {
		x := make([]float32, 2*k)
		for i := range x {
			x[i] = float32(rng.NormFloat64() / 16)
		}
		return x
	}
	teacher, centre := draw(), make([]float32, k)
	swap := append(append([]float32(nil), teacher[k:]...), teacher[:k]...)
	loss := dinoLoss(teacher, centre, k, 2, 2, 0.1, 0.04)
	near(t, "unrelated", value(t, draw(), k, loss), 11.29, 0.01)
	// Crop v is compared with the teacher's other crop, so that the same inputs are the swapped ones.
	near(t, "same", value(t, swap, k, loss), 10.31, 0.01)
	g := nn.NewGraph(true)
	h, _ := entropies(sharpen(g.Const(teacher, 2, k), g.Const(centre, k), g.Const([]float32{25}, 1)))
	p, err := g.Compile(nil, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	near(t, "teacher's entropy", float64(p.Data(h)[0]), 9.87, 0.01)
	near(t, "uniform", (&dino{cfg: DINO{Outputs: k}}).Uniform(0), 11.09, 1e-3)
}

func TestCentreFollowsTheMean(t *testing.T) {
	w := nn.NewWeights(0)
	o := &dino{cfg: DINO{CentreMomentum: 0.9}, centre: w.Buffer("centre", 0, 2)}
	for i := range 7 {
		o.recentre([]float32{2, -1})
		share := 1 - math.Pow(0.9, float64(i+1))
		near(t, "centre", float64(o.centre.Data[0]), 2*share, 1e-5)
		near(t, "centre", float64(o.centre.Data[1]), -share, 1e-5)
	}
}

// TestCentreIsThatOfTheStepBefore: the loss of the first step must not know the first batch's mean.
func TestCentreIsThatOfTheStepBefore(t *testing.T) {
	tr := newTrial(t, DINO{Outputs: 16, CentreMomentum: 1e-9}, trialEncoder)
	o := tr.obj.(*dino)
	seen := tr.next()
	moved := append([]float32(nil), o.centre.Data...)
	fresh := newTrial(t, DINO{Outputs: 16}, trialEncoder)
	copy(fresh.obj.(*dino).centre.Data, moved)
	if got := fresh.next(); math.Abs(got-seen) < 1e-3 {
		t.Errorf("the loss is %.4f with the mean of its own batch as the centre and %.4f before", got, seen)
	}
}

// TestDINOWarmsItsTeacherUp: the temperature of the teacher rises linearly, here over the first 20 of 200 steps, and stays. Nothing
// else moves, so that each step has the loss of a run whose temperature is the one expected throughout.
func TestDINOWarmsItsTeacherUp(t *testing.T) {
	start := func(s Schedule) *trial {
		tr := newTrial(t, DINO{Outputs: 16, Momentum: 1, CentreMomentum: 1, TeacherTemperature: s}, trialEncoder)
		tr.rate, tr.noise = 0, 0
		return tr
	}
	for step, want := range map[int]float64{0: 0.023, 9: 0.05, 18: 0.077, 19: 0.08, 20: 0.08, 199: 0.08} { // 0.02 + 0.06·(step+1)/20
		warm, constant := start(Schedule{From: 0.08, To: 0.08, Shape: "constant", Warmup: 0.1, WarmFrom: 0.02}), start(Constant(want))
		warm.next() // the epoch's order
		constant.next()
		warm.step, constant.step = step, step
		batch := warm.order[:trialBatch]
		got := warm.on(batch)
		near(t, "loss", got, constant.on(batch), 1e-6)
		if other := start(Constant(want * 1.02)).on(batch); math.Abs(other-got) < 1e-5 {
			t.Errorf("step %d: the loss does not tell temperatures 2 %% apart", step)
		}
	}
}

func TestDINOMovesItsTeacherAfterTheStepAndDeploysIt(t *testing.T) {
	for _, m := range []float64{-1, 1} {
		tr := newTrial(t, DINO{Momentum: m, Outputs: 16}, encoders.ResNet1D{Width: 4, Stages: 2})
		o := tr.obj.(*dino)
		before := append([]float32(nil), o.body.slow[0].Data...)
		mean := append([]float32(nil), o.body.own[0].Data...)
		for range 3 {
			tr.next()
		}
		for i, p := range o.body.slow {
			if p.Grad != nil || p.Trainable {
				t.Fatalf("teacher parameter %s has a gradient", p.Name)
			}
			for j, v := range p.Data {
				// Momentum 0 copies the student as it is after the step, momentum 1 keeps what was there.
				if want := o.body.fast[i].Data[j]; m < 0 && v != want {
					t.Fatalf("momentum 0: %s is %g, the student's %g", p.Name, v, want)
				}
			}
		}
		if m == 1 && !equal(before, o.body.slow[0].Data) {
			t.Error("momentum 1: the teacher moved")
		}
		if equal(mean, o.body.own[0].Data) || equal(o.body.own[0].Data, o.body.theirs[0].Data) {
			t.Error("the teacher has no running statistics of its own")
		}
		o.Deploy()
		if !equal(o.body.slow[0].Data, o.body.fast[0].Data) || !equal(o.body.own[0].Data, o.body.theirs[0].Data) {
			t.Error("the deployed network is not the teacher with its statistics")
		}
	}
}

func equal(a, b []float32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestASingleCropIsRefused(t *testing.T) {
	for _, m := range []Method{DINO{MultiCrop: MultiCrop{Long: 1, Short: -1}}, SwAV{MultiCrop: MultiCrop{Long: 1, Short: -1}},
		DINO{MultiCrop: MultiCrop{Long: -1}}, SwAV{MultiCrop: MultiCrop{Long: 1000}}, DINO{Norm: "other"},
		DINO{TeacherTemperature: Schedule{From: 0.04, To: -1}}, DINO{Outputs: 1}, DINO{CentreMomentum: 2},
		SwAV{Epsilon: 1e-4}, SwAV{Prototypes: 1}, SwAV{Rounds: -1}, SwAV{QueueFrom: math.NaN()}, SwAV{QueueFrom: 1.5}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%s accepted %+v", m.Name(), m)
		}
	}
}

// TestDINOTakesAnyScheduleOfTheTemperature: a constant has no end, and drops have none either.
func TestDINOTakesAnyScheduleOfTheTemperature(t *testing.T) {
	for _, s := range []Schedule{{From: 0.04, Shape: "constant"}, {From: 0.07, Shape: "steps", Drops: "0.5:0.6"}, {From: 0.07, To: 0.07, Warmup: 0.1, WarmFrom: 0.04}} {
		if _, _, err := setUp(DINO{TeacherTemperature: s}, trialEncoder); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for _, s := range []Schedule{{From: 0.04, Shape: "steps", Drops: "0.5:0.001"}, {From: 0.07, To: 0.07, Warmup: 0.1}, {To: 0.04}} {
		if _, _, err := setUp(DINO{TeacherTemperature: s}, trialEncoder); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

// TestDINOCollapsesWithoutItsProtections removes centring and sharpening in turn. Without a normalisation in the head the
// outputs depend on centring alone.
func TestDINOCollapsesWithoutItsProtections(t *testing.T) {
	run := func(m DINO) (map[string]float64, float64) {
		tr := newTrial(t, m, trialEncoder)
		for range 80 {
			tr.next()
		}
		out := map[string]float64{}
		for _, name := range []string{"teacher_entropy", "teacher_mean_entropy", "kl"} {
			out[name] = tr.measure(name)
		}
		d := strings.Join(tr.obj.(Diagnoser).Diagnose(out), "; ")
		for _, c := range []struct {
			in   bool
			text string
		}{{m.NoCentre, "collapsed to one output"}, {m.NoSharpening, "collapsed to the uniform"}} {
			if strings.Contains(d, c.text) != c.in {
				t.Errorf("%+v: measures %v, diagnosis %q", m, out, d)
			}
		}
		return out, tr.obj.Uniform(0)
	}
	right, all := run(DINO{Outputs: 32, Hidden: 64, Norm: "batch", Momentum: 0.9})
	if h := right["teacher_mean_entropy"]; h < 1 || right["teacher_entropy"] > 0.5*h {
		t.Errorf("the whole method ends at %v, log K = %.2f", right, all)
	}
	if m, _ := run(DINO{Outputs: 32, Hidden: 64, Momentum: 0.9, NoCentre: true}); m["teacher_mean_entropy"] > 0.01 {
		t.Errorf("without centring: %v, want an entropy of 0", m)
	}
	if m, _ := run(DINO{Outputs: 32, Hidden: 64, Norm: "batch", Momentum: 0.9, NoSharpening: true}); m["teacher_entropy"] < 0.99*all || m["kl"] > 0.02 {
		t.Errorf("without sharpening: %v, want the entropy log K = %.2f and no divergence", m, all)
	}
}

// TestTheGainOfDINO: with train_gain an output is the gain of its weight times the cosine, the gain begins at 1, learns, stays with the last
// layer at first, and goes over to the teacher; without, there is none.
func TestTheGainOfDINO(t *testing.T) {
	const n, d, k = 3, 4, 5
	w := nn.NewWeights(3)
	h, err := newDinoHead(w, d, DINO{Hidden: 6, Bottleneck: d, Outputs: k, Layers: 1, TrainGain: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range h.gain.Data {
		if h.gain.Data[i] != 1 {
			t.Errorf("gain %d begins at %g", i, h.gain.Data[i])
		}
		h.gain.Data[i] = 0.5 + 0.3*float32(i)
	}
	z := units(n, d, 7)
	g := nn.NewGraph(true)
	x := g.Input("z", n, d)
	y := h.outputs(x)
	weights := cosineScores(n, k, 2)
	p, err := g.Compile(nn.Sum(nn.Mul(y, g.Const(weights, n, k))), y)
	if err != nil {
		t.Fatal(err)
	}
	copy(p.Data(x), z)
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	for j := range k {
		row := h.last.Data[j*d : (j+1)*d]
		length := float32(math.Sqrt(float64(dot(row, row))))
		var slope float64
		for i := range n {
			cos := dot(z[i*d:(i+1)*d], row) / length
			near(t, "output", float64(p.Data(y)[i*k+j]), float64(h.gain.Data[j]*cos), 1e-5)
			slope += float64(weights[i*k+j] * cos)
		}
		near(t, "gradient of the gain", float64(h.gain.Grad[j]), slope, 1e-4)
	}
	// Finite differences of the weights behind the gain.
	for _, i := range []int{0, d, k*d - 1} {
		const step = 1e-2
		was := h.last.Data[i]
		var ends [2]float64
		grad := float64(h.last.Grad[i])
		for e, move := range []float32{step, -step} {
			h.last.Data[i] = was + move
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			ends[e] = float64(p.Loss())
		}
		h.last.Data[i] = was
		near(t, "gradient of the last layer", grad, (ends[0]-ends[1])/(2*step), 2e-3)
	}

	tr := newTrial(t, DINO{Outputs: 16, Norm: "batch", Momentum: 0.5, FreezeLast: 3, TrainGain: true}, trialEncoder)
	gain, slow := tr.weights.Lookup("method.head.last_gain"), tr.weights.Lookup("method.teacher.head.last_gain")
	for step := range 6 {
		tr.next()
		if moved := gain.Data[0] != 1; moved != (step >= 3) || moved != (slow.Data[0] != 1) {
			t.Errorf("step %d: the gain is %g, the teacher's %g", step, gain.Data[0], slow.Data[0])
		}
	}
	if len(gain.Shape) != 2 {
		t.Errorf("the gain has the shape %v, and parameters of one dimension are not decayed", gain.Shape)
	}
	if tr = newTrial(t, DINO{Outputs: 16}, trialEncoder); tr.weights.Lookup("method.head.last_gain") != nil {
		t.Error("there is a gain as published")
	}
}

// TestWeightsOfDINOAreNotCutOff: the authors cut N(0, 0.02²) off at -2 and 2 themselves, not at two deviations, beyond which 4.6 % lie.
func TestWeightsOfDINOAreNotCutOff(t *testing.T) {
	h, err := newDinoHead(nn.NewWeights(5), 64, DINO{Hidden: 256, Bottleneck: 64, Outputs: 4, Layers: 2})
	if err != nil {
		t.Fatal(err)
	}
	beyond, all := 0, 0
	for _, l := range h.linear {
		for _, v := range l.W.Data {
			if all++; math.Abs(float64(v)) > 0.04 {
				beyond++
			}
		}
	}
	near(t, "share beyond two deviations", float64(beyond)/float64(all), 0.0455, 0.004)
}
