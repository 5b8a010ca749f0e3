package train

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// twin is a parameter and its optimiser state in float64.
type twin struct {
	w, m, v []float64
	matrix  bool
}

// variant is an optimiser with what it is to do.
type variant struct {
	Config
	momentum, beta2, trust float64
	decayed, scaled        func(p *twin) bool
}

func everyOne(*twin) bool      { return true }
func matrices(p *twin) bool    { return p.matrix }
func noOne(*twin) bool         { return false }
func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }

func dot(a, b []float64) (sum float64) {
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// slowStep applies the update rules as their papers and their authors' code print them.
func (o variant) slowStep(p *twin, grad []float32, lr, decay float64, step int) {
	g := make([]float64, len(grad))
	for i := range g {
		g[i] = float64(grad[i])
	}
	if !o.decayed(p) {
		decay = 0
	}
	scale, bare, inside := 1.0, norm(g), 1.0
	if o.Optimizer == "larc-unclipped" && o.scaled(p) { // NVIDIA's LARC: a parameter or a gradient of zeros is left to plain descent
		if norm(p.w) > 0 && bare > 0 {
			scale = o.trust * norm(p.w) / (bare + decay*norm(p.w) + 1e-8)
		} else {
			decay = 0
		}
	}
	if o.Optimizer != "adamw" {
		for i := range g {
			g[i] += decay * p.w[i]
		}
	}
	switch {
	case !o.scaled(p):
	case o.Optimizer == "lars" || o.Optimizer == "lars-classic":
		if norm(p.w) > 0 && norm(g) > 0 {
			scale = o.trust * norm(p.w) / norm(g)
		}
	case o.Optimizer == "larc":
		scale = min(o.trust*norm(p.w)/(bare+decay*norm(p.w))/lr, 1)
	}
	if o.Optimizer == "lars-classic" {
		inside, lr = lr, 1
	}
	for i := range g {
		switch o.Optimizer {
		case "adamw":
			p.w[i] -= lr * decay * p.w[i]
			p.m[i] = o.momentum*p.m[i] + (1-o.momentum)*g[i]
			p.v[i] = o.beta2*p.v[i] + (1-o.beta2)*g[i]*g[i]
			mHat, vHat := p.m[i]/(1-math.Pow(o.momentum, float64(step))), p.v[i]/(1-math.Pow(o.beta2, float64(step)))
			p.w[i] -= lr * mHat / (math.Sqrt(vHat) + 1e-8)
		case "sgd":
			p.m[i] = o.momentum*p.m[i] + g[i]
			p.w[i] -= lr * (g[i] + o.momentum*p.m[i])
		default:
			p.m[i] = o.momentum*p.m[i] + inside*scale*g[i]
			p.w[i] -= lr * p.m[i]
		}
	}
}

func TestOptimizersFollowTheirSlowTwins(t *testing.T) {
	for name, o := range map[string]variant{
		"adamw":                       {Config{}, 0.9, 0.999, 0, matrices, noOne},
		"adamw, MoCo v3":              {Config{Exempt: "none"}, 0.9, 0.999, 0, everyOne, noOne},
		"adamw, other betas":          {Config{Beta1: 0.5, Beta2: 0.99, Momentum: 0.3}, 0.5, 0.99, 0, matrices, noOne},
		"adamw without momentum":      {Config{Beta1: -1}, 0, 0.999, 0, matrices, noOne},
		"sgd":                         {Config{}, 0.9, 0, 0, everyOne, noOne},
		"sgd, less momentum":          {Config{Momentum: 0.5}, 0.5, 0, 0, everyOne, noOne},
		"momentum":                    {Config{}, 0.9, 0, 0, everyOne, noOne},
		"momentum, vectors exempt":    {Config{Exempt: "vectors", Momentum: -1}, 0, 0, 0, matrices, noOne},
		"lars":                        {Config{}, 0.9, 0, 0.001, matrices, matrices},
		"lars, none exempt":           {Config{Exempt: "none", Trust: 0.01}, 0.9, 0, 0.01, everyOne, everyOne},
		"lars-classic, SimCLR":        {Config{}, 0.9, 0, 0.001, matrices, matrices},
		"larc":                        {Config{}, 0.9, 0, 0.02, matrices, matrices},
		"larc-unclipped, SwAV":        {Config{}, 0.9, 0, 0.001, everyOne, everyOne},
		"larc-unclipped, other trust": {Config{Trust: 0.02, Momentum: 0.8}, 0.8, 0, 0.02, everyOne, everyOne},
		"larc-unclipped, some exempt": {Config{Exempt: "vectors"}, 0.9, 0, 0.001, matrices, matrices},
	} {
		rng := rand.New(rand.NewPCG(1, 2))
		w := nn.NewWeights(7)
		params := []*nn.Param{w.Param("matrix", nn.Normal(1), 5, 7), w.Param("bias", nn.Normal(1), 13), w.Param("one", nn.Ones, 1, 1), w.Param("zero", nn.Zeros, 4)}
		var twins []*twin
		for _, p := range params {
			tw := &twin{w: make([]float64, len(p.Data)), m: make([]float64, len(p.Data)), v: make([]float64, len(p.Data)), matrix: len(p.Shape) > 1}
			for i, x := range p.Data {
				tw.w[i] = float64(x)
			}
			twins = append(twins, tw)
		}
		o.Optimizer, _, _ = strings.Cut(strings.ReplaceAll(name, ",", " "), " ")
		by := newOptimizer(o.Config, params)
		for step := 1; step <= 20; step++ {
			lr := 0.1 / float64(step) // a changing rate tells the LARS variants apart
			for i, p := range params {
				for j := range p.Grad {
					p.Grad[j] = float32(rng.NormFloat64())
				}
				o.slowStep(twins[i], p.Grad, lr, 0.05, step)
			}
			by.Step(params, make([]methods.Group, len(params)), Rates{LR: float32(lr), Decay: 0.05, Step: step - 1})
		}
		for i, p := range params {
			for j, x := range p.Data {
				if math.Abs(float64(x)-twins[i].w[j]) > 1e-5*(1+math.Abs(twins[i].w[j])) {
					t.Fatalf("%s: %s[%d] is %.7f, want %.7f", name, p.Name, j, x, twins[i].w[j])
				}
			}
		}
		if _, steps := by.State(); *steps != 20 {
			t.Errorf("%s: counted %d steps of 20", name, *steps)
		}
	}
}

// TestAGroupHasItsOwnMomentum: with gradients of 1 a parameter goes rate·(1 + (1+m) + (1+m+m²)) in three steps of plain momentum m.
func TestAGroupHasItsOwnMomentum(t *testing.T) {
	w := nn.NewWeights(0)
	for _, n := range []string{"usual", "none", "half"} {
		w.Param(n, nn.Zeros, 1)
	}
	params := w.Trainable()
	groups := groupsOf(params, nil, []methods.Group{{Prefix: "none", Momentum: -1}, {Prefix: "half", Momentum: 0.5}})
	o := newOptimizer(Config{Optimizer: "momentum"}, params)
	for range 3 {
		for _, p := range params {
			p.Grad[0] = 1
		}
		o.Step(params, groups, Rates{LR: 1})
	}
	for i, m := range []float64{0.9, 0, 0.5} {
		if got, want := -float64(params[i].Data[0]), 3+2*m+m*m; math.Abs(got-want) > 1e-6 {
			t.Errorf("%s went %g, want %g", params[i].Name, got, want)
		}
	}
}

// TestTheRateGrowsWithTheBatch has the two rules of Chen et al. (2020, appendix B.1), which agree at a batch of 4,096.
func TestTheRateGrowsWithTheBatch(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want float64
	}{
		{Config{LR: 0.3, Batch: 4096, LRScaling: "linear"}, 4.8}, {Config{LR: 0.075, Batch: 4096, LRScaling: "sqrt"}, 4.8},
		{Config{LR: 0.3, Batch: 512, LRScaling: "linear"}, 0.6}, {Config{LR: 0.3, Batch: 512}, 0.3},
		{Config{LRSchedule: methods.Schedule{From: 0.0005, To: 1e-6}, Batch: 1024, LRScaling: "linear"}, 0.002},
	} {
		if now := c.cfg.rates(0, 1000); math.Abs(float64(now.LR)-c.want) > 1e-5 || math.Abs(float64(now.Peak)-c.want) > 1e-5 {
			t.Errorf("%+v: begins at %g with a peak of %g, want %g", c.cfg, now.LR, now.Peak, c.want)
		}
	}
	for _, c := range []Config{{LRScaling: "cubic"}, {Exempt: "biases"}, {Momentum: 1}, {Beta1: 1}, {Trust: -1}} {
		if _, err := c.Resolved(); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func TestLARSWithoutGradientOrWeight(t *testing.T) {
	w := nn.NewWeights(0)
	zero, still := w.Param("zero", nn.Zeros, 2, 2), w.Param("still", nn.Ones, 2, 2)
	zero.Grad[0] = 2
	newOptimizer(Config{Optimizer: "lars"}, w.Trainable()).Step(w.Trainable(), make([]methods.Group, 2), Rates{LR: 0.5})
	// A zero weight has no norm to scale by: the step is the plain one.
	if zero.Data[0] != -1 || still.Data[0] != 1 {
		t.Errorf("moved to %g and %g, want -1 and 1", zero.Data[0], still.Data[0])
	}
}

func TestClip(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		name        string
		a, b        float32 // one gradient in each of two tensors
		limit       float64
		wantA, norm float64
	}{
		{"above", 3, 4, 1, 0.6, 5}, {"below", 3, 4, 10, 3, 5}, {"off", 3, 4, 0, 3, 5}, {"zero", 0, 0, 1, 0, 0}, {"infinite", 3, inf, 1, 3, math.Inf(1)},
	} {
		w := nn.NewWeights(0)
		a, b := w.Param("a", nn.Zeros, 1), w.Param("b", nn.Zeros, 1)
		a.Grad[0], b.Grad[0] = c.a, c.b
		if norm := clip(w.Trainable(), c.limit, 0); norm != c.norm {
			t.Errorf("%s: norm %g, want %g", c.name, norm, c.norm)
		}
		if math.Abs(float64(a.Grad[0])-c.wantA) > 1e-6 {
			t.Errorf("%s: %g, want %g", c.name, a.Grad[0], c.wantA)
		}
	}
}

func TestRateNeverLeavesItsBounds(t *testing.T) {
	for _, total := range []int{1, 2, 3, 10, 1000} {
		for _, warmup := range []float64{0, 0.05, 0.5, 0.99} {
			peak := 0.0
			for step := range total {
				r := rate(step, total, 0.3, warmup)
				if !(r >= 0) || r > 0.3+1e-12 {
					t.Fatalf("step %d of %d, warm-up %g: rate %g", step, total, warmup, r)
				}
				peak = max(peak, r)
			}
			if total == 1000 && peak < 0.29 {
				t.Errorf("warm-up %g: peak %g, want 0.3", warmup, peak)
			}
		}
	}
}

// groupedObjective has a rate of its own for what begins with "fast".
type groupedObjective struct{ methods.Objective }

func (groupedObjective) Groups() []methods.Group {
	return []methods.Group{{Prefix: "fast", Rate: 10}, {Prefix: "late", From: 5}, {Prefix: "still", Rate: -1}}
}

func TestGroups(t *testing.T) {
	for _, name := range []string{"adamw", "sgd", "momentum", "lars", "lars-classic", "larc", "larc-unclipped"} {
		w := nn.NewWeights(0)
		for _, n := range []string{"plain", "fast", "late", "still", "own"} {
			w.Param(n, nn.Ones, 1)
		}
		params := w.Trainable()
		groups := groupsOf(params, groupedObjective{}, []methods.Group{{Prefix: "own", Rate: 0.5}, {Prefix: "late", From: 3}})
		o := newOptimizer(Config{Optimizer: name}, params)
		for step := range 4 {
			for _, p := range params {
				p.Grad[0] = 1
			}
			o.Step(params, groups, Rates{LR: 1e-3, Step: step})
		}
		moved := map[string]float64{}
		for _, p := range params {
			moved[p.Name] = 1 - float64(p.Data[0])
		}
		// Rates are proportional to the way gone under constant gradients; "late" has moved once of four times.
		if r := moved["fast"] / moved["plain"]; math.Abs(r-10) > 0.01 {
			t.Errorf("%s: fast moved %.3f times as far, want 10", name, r)
		}
		if r := moved["own"] / moved["plain"]; math.Abs(r-0.5) > 0.01 {
			t.Errorf("%s: own moved %.3f times as far, want 0.5", name, r)
		}
		if moved["still"] != 0 || moved["late"] <= 0 || moved["late"] >= moved["plain"] {
			t.Errorf("%s: still moved %g, late %g, plain %g", name, moved["still"], moved["late"], moved["plain"])
		}
	}
}

// TestUnscaledGroupsStepAsMomentumDoes: under LARS their steps are those of plain descent with momentum and the same decay.
func TestUnscaledGroupsStepAsMomentumDoes(t *testing.T) {
	for _, name := range []string{"lars", "lars-classic", "larc", "larc-unclipped"} {
		var ends [3][]float32
		for i, c := range []struct {
			optimizer string
			group     methods.Group
		}{{"momentum", methods.Group{}}, {name, methods.Group{Unscaled: true}}, {name, methods.Group{}}} {
			w := nn.NewWeights(0)
			w.Param("w", nn.Normal(1), 3, 4)
			o := newOptimizer(Config{Optimizer: c.optimizer}, w.Trainable())
			for step := range 5 {
				for j := range w.Trainable()[0].Grad {
					w.Trainable()[0].Grad[j] = float32(j%3) - float32(step)/4
				}
				o.Step(w.Trainable(), []methods.Group{c.group}, Rates{LR: 0.05, Decay: 0.3})
			}
			ends[i] = w.Trainable()[0].Data
		}
		same := true
		for j, v := range ends[0] {
			if math.Abs(float64(ends[1][j]-v)) > 1e-6 {
				t.Errorf("%s: number %d is %g, by momentum %g", name, j, ends[1][j], v)
			}
			same = same && math.Abs(float64(ends[2][j]-v)) < 1e-4
		}
		if same {
			t.Errorf("%s: scaled steps are as long", name)
		}
	}
}

func TestSteadyGroupsKeepThePeak(t *testing.T) {
	for _, c := range []Config{{LR: 0.5}, {LRSchedule: methods.Schedule{From: 0.5}}} {
		first, last := c.rates(0, 100), c.rates(99, 100)
		if rate := last.of(methods.Group{Steady: true, Rate: 2}); rate != 1 {
			t.Errorf("%+v: a steady group ends at %g, want 1", c, rate)
		}
		falls := last.of(methods.Group{Rate: 2})
		if begins := first.of(methods.Group{Rate: 2}); !(falls < begins/100) {
			t.Errorf("%+v: another goes from %g to %g", c, begins, falls)
		}
	}
}

// Whatever the size of the gradient, the first step of AdamW is the learning rate: m̂ = g and v̂ = g². A prototype that is
// released in the middle of a run must begin like that too.
func TestAdamWCorrectsTheBiasOfALateParameter(t *testing.T) {
	w := nn.NewWeights(1)
	p := w.Param("late", nn.Ones, 3)
	o := newOptimizer(Config{Optimizer: "adamw"}, w.Trainable())
	groups := []methods.Group{{From: 40}}
	for step := range 45 {
		before := p.Data[0]
		for i := range p.Grad {
			p.Grad[i] = 0.25
		}
		o.Step(w.Trainable(), groups, Rates{LR: 1e-2, Step: step})
		want := float32(0)
		if step >= 40 {
			want = 1e-2
		}
		if got := before - p.Data[0]; math.Abs(float64(got-want)) > 1e-6 {
			t.Fatalf("step %d moved it by %g, want %g", step, got, want)
		}
	}
}

// TestThePredictorOfSimSiamKeepsItsRate: as published its rate is constant while that of the rest falls, and only with falling_predictor
// does it fall as well.
func TestThePredictorOfSimSiamKeepsItsRate(t *testing.T) {
	for falls, want := range map[bool]float32{false: 0.1, true: 0} {
		cfg := smallConfig()
		cfg.Method, cfg.LR, cfg.Steps = methods.SimSiam{Hidden: 8, Out: 8, FallingPredictor: falls}, 0.1, 1000
		run, err := newTrainer(waves(3, 120), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		last, predictors := run.cfg.rates(999, 1000), 0
		for i, p := range run.weights.Trainable() {
			rate := last.of(run.groups[i])
			if strings.HasPrefix(p.Name, "method.predictor.") {
				predictors++
				if rate > want+1e-5 || rate < want {
					t.Errorf("falling %v: %s ends at %g, want %g", falls, p.Name, rate, want)
				}
			} else if rate > 1e-5 {
				t.Errorf("%s ends at %g, want next to 0", p.Name, rate)
			}
		}
		if predictors == 0 {
			t.Error("no predictor")
		}
	}
}
