package methods

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wavekin/wavekin/internal/kmeans"
	"github.com/wavekin/wavekin/nn"
)

// slowSinkhorn is the algorithm as it is printed, on Q [K][B], whose sum is 1 at first.
func slowSinkhorn(scores [][]float64, eps float64, rounds int) [][]float64 {
	b, k := len(scores), len(scores[0])
	q := make([][]float64, k)
	var sum float64
	for i := range q {
		q[i] = make([]float64, b)
		for j := range b {
			q[i][j] = math.Exp(scores[j][i] / eps)
			sum += q[i][j]
		}
	}
	for i := range q {
		for j := range b {
			q[i][j] /= sum
		}
	}
	for range rounds {
		for i := range q {
			var row float64
			for _, v := range q[i] {
				row += v
			}
			for j := range b {
				q[i][j] /= row * float64(k)
			}
		}
		for j := range b {
			var column float64
			for i := range q {
				column += q[i][j]
			}
			for i := range q {
				q[i][j] /= column * float64(b)
			}
		}
	}
	codes := make([][]float64, b)
	for j := range codes {
		for i := range q {
			codes[j] = append(codes[j], q[i][j]*float64(b))
		}
	}
	return codes
}

func cosineScores(b, k int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := make([]float32, b*k)
	for i := range s {
		s[i] = float32(2*rng.Float64() - 1)
	}
	return s
}

func TestSinkhornEqualsItsSlowTwin(t *testing.T) {
	const b, q, k = 24, 16, 8
	scores := cosineScores(b+q, k, 1)
	rows := make([][]float64, b+q)
	for i := range rows {
		for _, v := range scores[i*k : (i+1)*k] {
			rows[i] = append(rows[i], float64(v))
		}
	}
	want := slowSinkhorn(rows, 0.05, 3)
	got := make([]float32, b*k)
	s := newSinkhorn(b+q, k, 0.05, 3)
	// The queue's scores come first, the codes are those of the batch.
	s.codes(got, scores[q*k:], scores[:q*k])
	for i := range got {
		near(t, "code", float64(got[i]), want[q+i/k][i%k], 1e-6)
	}
	alone := slowSinkhorn(rows[q:], 0.05, 3)
	s.codes(got, scores[q*k:], nil)
	for i := range got {
		near(t, "code without queue", float64(got[i]), alone[i/k][i%k], 1e-6)
	}
}

// TestSinkhornMarginals: after each round every sample has the mass 1, and the mass of each prototype comes to B/K, ever closer:
// the algorithm alternates projections onto the two, which meet (Cuturi, 2013).
func TestSinkhornMarginals(t *testing.T) {
	const b, k = 48, 6
	scores := cosineScores(b, k, 7)
	last := math.Inf(1)
	for _, rounds := range []int{1, 3, 10, 30} {
		q := make([]float32, b*k)
		newSinkhorn(b, k, 0.25, rounds).codes(q, scores, nil)
		usage := make([]float64, k)
		for i := range b {
			var sum float64
			for j, v := range q[i*k : (i+1)*k] {
				sum += float64(v)
				usage[j] += float64(v)
			}
			near(t, "mass of a sample", sum, 1, 1e-6)
		}
		off := 0.0
		for _, u := range usage {
			off = max(off, math.Abs(u-b/k)*k/b)
		}
		if off >= last {
			t.Errorf("after %d rounds the masses of prototypes are off by %.3g of B/K, and after fewer by %.3g", rounds, off, last)
		}
		last = off
	}
	if last > 1e-5 {
		t.Errorf("after 30 rounds the masses of prototypes are off by %.3g of B/K, want 0", last)
	}
}

func TestSinkhornBalances(t *testing.T) {
	const b, k = 64, 8
	scores := cosineScores(b, k, 2)
	got, moved := make([]float32, b*k), make([]float32, b*k)
	newSinkhorn(b, k, 0.05, 3).codes(got, scores, nil)
	usage := make([]float64, k)
	for i := range b {
		var sum float64
		for j, v := range got[i*k : (i+1)*k] {
			sum += float64(v)
			usage[j] += float64(v)
		}
		near(t, "sum of a code", sum, 1, 1e-6)
	}
	for j, u := range usage {
		// After three rounds a prototype has about B/K = 8 samples.
		if math.Abs(u-b/k) > 0.25*b/k {
			t.Errorf("prototype %d has the mass %.2f, want about %d", j, u, b/k)
		}
	}
	for i := range scores {
		scores[i] += 4
	}
	newSinkhorn(b, k, 0.05, 3).codes(moved, scores, nil)
	for i := range got {
		near(t, "code of moved scores", float64(moved[i]), float64(got[i]), 1e-4)
	}
	// As many prototypes as samples, well told apart: the identity.
	newSinkhorn(k, k, 0.05, 3).codes(got, diagonal(k, 1), nil)
	for i := range k * k {
		want := 0.0
		if i%(k+1) == 0 {
			want = 1
		}
		near(t, "identity", float64(got[i]), want, 1e-6)
	}
	// At the smallest epsilon nothing overflows or vanishes.
	newSinkhorn(b, k, 0.005, 3).codes(got, cosineScores(b, k, 3), nil)
	for _, v := range got[:b*k] {
		if math.IsNaN(float64(v)) {
			t.Fatal("a code is NaN")
		}
	}
}

// slowSwapped is the mean over long crops i of the mean over the other crops v of the cross-entropy.
func slowSwapped(logits, codes []float32, n, k, long, views int) float64 {
	var total float64
	for i := range long {
		for v := range views {
			if v == i {
				continue
			}
			for r := range n {
				row := logits[(v*n+r)*k : (v*n+r+1)*k]
				var sum float64
				for _, s := range row {
					sum += math.Exp(float64(s))
				}
				for j, s := range row {
					total -= float64(codes[(i*n+r)*k+j]) * (float64(s) - math.Log(sum)) / float64(n*long*(views-1))
				}
			}
		}
	}
	return total
}

func TestSwappedPrediction(t *testing.T) {
	const n, k = 3, 5
	for _, c := range [][2]int{{2, 2}, {2, 5}, {1, 3}, {3, 3}} {
		long, views := c[0], c[1]
		logits := cosineScores(views*n, k, 4)
		codes := make([]float32, long*n*k)
		newSinkhorn(long*n, k, 0.5, 3).codes(codes, cosineScores(long*n, k, 5), nil)
		loss := func(z *nn.Node) *nn.Node {
			return swapped(z, z.Graph().Const(codes, long*n, k), long, views)
		}
		near(t, "swapped", value(t, logits, k, loss), slowSwapped(logits, codes, n, k, long, views), 1e-6)
		checkGradient(t, "swapped", logits, k, loss)
		// All prototypes alike: log K.
		near(t, "uniform", value(t, make([]float32, views*n*k), k, loss), math.Log(k), 1e-6)
	}
}

// TestSwAVStartsNearLogK has independent embeddings: log K + 1/(2Dτ²) = 8.006 + 0.391 for K = 3000, D = 128, τ = 0.1.
func TestSwAVStartsNearLogK(t *testing.T) {
	const n, k, d = 8, 3000, 128
	z, c := units(2*n, d, 1), units(k, d, 2)
	got := value(t, z, d, func(z *nn.Node) *nn.Node {
		s := nn.MatMul(z, z.Graph().Const(c, k, d), false, true)
		codes := nn.Host("codes", []int{2 * n, k}, func(in [][]float32, out []float32) {
			newSinkhorn(2*n, k, 0.05, 3).codes(out, in[0], nil)
		}, s)
		return swapped(nn.Scale(s, 10), codes, 2, 2)
	})
	near(t, "step 0", got, math.Log(k)+1/(2*d*0.01), 0.05)
}

// TestCodesCarryNoGradient moves the codes' scores only.
func TestCodesCarryNoGradient(t *testing.T) {
	w := nn.NewWeights(0)
	p := w.Param("scores", nn.Normal(1), 4, 3)
	g := nn.NewGraph(true)
	codes := nn.Host("codes", []int{4, 3}, func(in [][]float32, out []float32) { newSinkhorn(4, 3, 0.1, 3).codes(out, in[0], nil) }, g.Param(p))
	logits := w.Param("logits", nn.Normal(1), 4, 3)
	prog, err := g.Compile(swapped(g.Param(logits), codes, 2, 2))
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i := range p.Grad {
		if p.Grad[i] != 0 {
			t.Fatal("a gradient went through the codes")
		}
	}
	if logits.Grad[0] == 0 {
		t.Error("no gradient for the predictions")
	}
}

func TestQueueCountsOnceFullAndLateEnough(t *testing.T) {
	for _, c := range []struct {
		queue int
		from  float64 // of 200 steps
		want  int     // the first step in which it counts
	}{{40, -1, 3}, {16, 0.02, 4}, {-1, -1, 1000}} {
		tr := newTrial(t, SwAV{Queue: c.queue, QueueFrom: c.from}, trialEncoder)
		for i := range 6 {
			tr.next()
			if got := tr.obj.(*swav).queued; got != (i >= c.want) {
				t.Errorf("queue of %d from %g: in step %d it counts: %v", c.queue, c.from, i, got)
			}
		}
	}
}

func TestPrototypesStayUnitVectors(t *testing.T) {
	tr := newTrial(t, SwAV{Prototypes: 8, Out: 16}, trialEncoder)
	for range 5 {
		tr.next()
	}
	p := tr.obj.(*swav).prototypes
	kmeans.Unit(p.Data, 16)
	for i := range 8 {
		near(t, "length of a prototype", math.Sqrt(float64(dot(p.Data[i*16:(i+1)*16], p.Data[i*16:(i+1)*16]))), 1, 1e-6)
	}
}

func dot[T float32 | float64](a, b []T) T {
	var s T
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// TestSwAVWithoutBalanceCollapses leaves the balance out: all samples end at the same prototypes.
func TestSwAVWithoutBalanceCollapses(t *testing.T) {
	right := newTrial(t, SwAV{}, trialEncoder)
	broken := newTrial(t, SwAV{NoBalance: true}, trialEncoder)
	for range 200 {
		right.next()
		broken.next()
	}
	k := math.Log(float64(right.obj.(*swav).cfg.Prototypes))
	if got := right.measure("usage_entropy"); got < 0.6*k {
		t.Errorf("the usage's entropy is %.2f of %.2f", got, k)
	}
	if got := broken.measure("usage_entropy"); got > 0.3*k {
		t.Errorf("without balance the usage's entropy is %.2f of %.2f, want a collapse", got, k)
	}
	if d := broken.obj.(Diagnoser).Diagnose(map[string]float64{"usage_entropy": broken.measure("usage_entropy")}); len(d) < 2 {
		t.Errorf("the diagnosis is %q", d)
	}
}

// TestTheQueueOfSwAVBeginsAtAnEpoch: epochs have 4 steps here. With queue_epoch 2 the queue of 24 rows begins to fill in step 8, is full
// after two batches of 16, and counts from step 10 on; nothing is in it before. With queue_from it fills from the first step.
func TestTheQueueOfSwAVBeginsAtAnEpoch(t *testing.T) {
	for _, c := range []struct {
		m           SwAV
		fill, count int
	}{
		{SwAV{Prototypes: 8, Queue: 24, QueueEpoch: 2}, 8, 10}, {SwAV{Prototypes: 8, Queue: 24, QueueEpoch: -1}, 0, 2},
		{SwAV{Prototypes: 8, Queue: 24, QueueFrom: 0.02}, 0, 4}, {SwAV{Prototypes: 8, Queue: 24}, 60, 62},
	} {
		tr := newTrial(t, c.m, trialEncoder)
		o := tr.obj.(*swav)
		for step := range 12 {
			filled := min(24, trialBatch*max(0, step-c.fill))
			if got := o.queues[0].filled(); got != filled {
				t.Errorf("%+v: %d rows before step %d, want %d", c.m, got, step, filled)
			}
			if tr.next(); o.queued != (step >= c.count) {
				t.Errorf("%+v: in step %d the queue counts: %v", c.m, step, o.queued)
			}
		}
		if o.queueFill != c.fill {
			t.Errorf("%+v: fills from step %d, want %d", c.m, o.queueFill, c.fill)
		}
		if g := o.Groups()[0]; g.NoDecay {
			t.Error("prototypes are not decayed")
		}
	}
}

// TestPublishedNumbersOfCrops has those of the authors' runs: 2 and 6 of SwAV, 2 and 4 of DeepCluster v2, 2 and 8 of DINO.
func TestPublishedNumbersOfCrops(t *testing.T) {
	for _, c := range []struct {
		m    Method
		want int
	}{{SwAV{}, 8}, {DeepClusterV2{}, 6}, {DINO{}, 10}, {DINO{MultiCrop: MultiCrop{Long: 3, Short: -1}}, 3}} {
		if got := len(c.m.Needs().Views); got != c.want {
			t.Errorf("%s has %d views, want %d", c.m.Name(), got, c.want)
		}
	}
}
