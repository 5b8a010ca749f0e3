package methods

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

func TestWhitening(t *testing.T) {
	const n, d, m = 200, 6, 4
	rng := rand.New(rand.NewPCG(4, 4))
	x := make([]float32, n*d)
	for i := range n {
		a, b, c, e := rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()
		for j := range d {
			x[i*d+j] = float32(10*a*float64(j) + 3*b + 0.5*c*float64(j*j%5) + 0.3*e*float64(j%2) + 7)
		}
	}
	y, err := whiten(x, d, m)
	if err != nil {
		t.Fatal(err)
	}
	for a := range m {
		for b := range m {
			var sum float64
			for i := range n {
				sum += float64(y[i*m+a]) * float64(y[i*m+b]) / n
			}
			want := 0.0
			if a == b {
				want = 1
			}
			near(t, "covariance", sum, want, 1e-3)
		}
	}
	if y, err = whiten(make([]float32, 20), 4, 3); err != nil || y[0] != 0 {
		t.Errorf("equal rows: %v, %v", y, err)
	}
	if _, err = whiten([]float32{1, 2, float32(math.NaN()), 3}, 2, 1); err == nil {
		t.Error("NaN was accepted")
	}
}

func TestMutualInformation(t *testing.T) {
	a := []int{0, 0, 1, 1, 2, 2, 3, 3}
	near(t, "itself", mutual(a, a), 1, 1e-12)
	near(t, "renamed", mutual(a, []int{3, 3, 0, 0, 1, 1, 2, 2}), 1, 1e-12)
	near(t, "independent", mutual([]int{0, 1, 0, 1}, []int{0, 0, 1, 1}), 0, 1e-12)
	// H(a) = ln 4, H(b) = ln 2 and b follows from a: ln 2/√(ln 4·ln 2) = 1/√2.
	near(t, "coarser", mutual(a, []int{0, 0, 0, 0, 1, 1, 1, 1}), math.Sqrt(0.5), 1e-12)
	near(t, "unknown", mutual([]int{-1, -1}, []int{0, 1}), 0, 1e-12)
}

func TestDeepClusterDrawsClustersAlike(t *testing.T) {
	_, obj, err := setUp(DeepCluster{Clusters: 3}, trialEncoder)
	if err != nil {
		t.Fatal(err)
	}
	o := obj.(*deepCluster)
	for i := range o.ids {
		if i < 4 {
			o.ids[i] = 1
		}
	}
	o.labels.assign(o.ids)
	order := make([]int, trialSamples)
	o.Draw(order, rand.New(rand.NewPCG(1, 1)))
	rare := 0
	for _, i := range order {
		if i < 4 {
			rare++
		}
	}
	// Two clusters have members, of 60 and of 4: each gives 33 of the 66 from which 64 are taken.
	if rare < 31 || rare > 33 {
		t.Errorf("the cluster of 4 came %d times of 64", rare)
	}
	// That of 4 is drawn with replacement, as the authors' UnifLabelSampler has it, that of 60 without.
	counts := map[int]int{}
	for _, i := range order {
		counts[i]++
	}
	for i, n := range counts {
		if i >= 4 && n > 1 {
			t.Errorf("sample %d of the large cluster came %d times", i, n)
		}
	}
}

// TestTheTopOfDeepClusterHasAnOptimiserOfItsOwn: as in the authors' code its rate is that of the rest, it is decayed, and it has no
// momentum.
func TestTheTopOfDeepClusterHasAnOptimiserOfItsOwn(t *testing.T) {
	for rate, want := range map[float64]float64{0: 1, 10: 10} {
		_, obj, err := setUp(DeepCluster{TopRate: rate}, trialEncoder)
		if err != nil {
			t.Fatal(err)
		}
		if g := obj.(Grouper).Groups()[0]; g != (Group{Prefix: "method.top.", Rate: want, Momentum: -1, Fresh: 1}) {
			t.Errorf("top_rate %g: %+v", rate, g)
		}
	}
	if p := (DeepCluster{}).Preset(); !p.ConstantLR {
		t.Error("the rate is not constant")
	}
	// Epochs have 4 steps here, so that 25 of them hold 100.
	if _, obj, err := setUp(DeepCluster{Reassign: -1}, trialEncoder); err != nil || obj.(*deepCluster).cfg.Reassign != 25 {
		t.Errorf("%+v, %v", obj, err)
	}
}

func TestDeepClusterTakesTurns(t *testing.T) {
	tr := newTrial(t, DeepCluster{Reassign: 2}, trialEncoder)
	o := tr.obj.(*deepCluster)
	var ids [][]float32
	for epoch := range 4 {
		tr.begin(epoch)
		ids = append(ids, append([]float32(nil), o.labels.ids.Data...))
		var top float64
		for _, v := range o.top.W.Data {
			top += float64(v) * float64(v) / float64(len(o.top.W.Data))
		}
		if fresh := math.Abs(math.Sqrt(top)-0.01) < 2e-3 && o.top.B.Data[0] == 0; fresh != (epoch%2 == 0) {
			t.Errorf("epoch %d: the last layer's deviation is %.3f, its bias %g", epoch, math.Sqrt(top), o.top.B.Data[0])
		}
		for range 4 {
			tr.on(tr.order[:trialBatch])
		}
	}
	if !equal(ids[0], ids[1]) || equal(ids[1], ids[2]) || !equal(ids[2], ids[3]) {
		t.Error("the clusters did not change every second epoch")
	}
	if d := o.Diagnose(map[string]float64{"largest_cluster": 0.95, "nmi": 0.1}); len(d) != 2 || !strings.Contains(d[0], "95 %") {
		t.Errorf("diagnosis %q", d)
	}
}

// TestDeepClusterV2RemembersTheEpoch: what was not shown has no cluster and no part in the loss.
func TestDeepClusterV2RemembersTheEpoch(t *testing.T) {
	tr := newTrial(t, DeepClusterV2{Clusters: 8, Out: 16}, trialEncoder)
	o := tr.obj.(*deepClusterV2)
	tr.begin(0)
	for h, l := range o.labels {
		for i, c := range l.ids.Data {
			if c < 0 || c > 7 {
				t.Fatalf("head %d: sample %d is in cluster %g", h, i, c)
			}
		}
	}
	frozen := append([]float32(nil), o.centroids[0].Data...)
	tr.on(tr.order[:trialBatch])
	tr.on(tr.order[trialBatch : 2*trialBatch])
	if !equal(frozen, o.centroids[0].Data) || o.centroids[0].Trainable {
		t.Error("the centroids moved within an epoch")
	}
	z := tr.last.prog.Data(tr.last.loss.Keep[1])
	for k := range trialBatch {
		if at := tr.order[trialBatch+k] * 16; !equal(o.banks[1].Data[at:at+16], z[k*16:(k+1)*16]) {
			t.Fatalf("sample %d is not in the memory", tr.order[trialBatch+k])
		}
	}
	tr.begin(1)
	if equal(frozen, o.centroids[0].Data) {
		t.Error("the centroids are those of the epoch before")
	}
	for i, c := range o.labels[1].ids.Data {
		if shown := i < 2*trialBatch; shown != (c >= 0) {
			t.Errorf("sample %d, shown %v, has cluster %g", i, shown, c)
		}
	}
	if l := tr.on(tr.order[3*trialBatch:]); l != 0 {
		t.Errorf("samples without cluster have the loss %g", l)
	}
}

// TestDeepClusterV2EqualsItsSlowTwin: the loss is the mean over heads and crops of the cross-entropy.
func TestDeepClusterV2EqualsItsSlowTwin(t *testing.T) {
	tr := newTrial(t, DeepClusterV2{Clusters: 4, Heads: 2, Out: 8, MultiCrop: MultiCrop{Short: -1}}, trialEncoder)
	o := tr.obj.(*deepClusterV2)
	tr.begin(0)
	got := tr.on(tr.order[:trialBatch])
	var want float64
	for h := range 2 {
		for v := range 2 {
			z := tr.last.prog.Data(tr.last.loss.Keep[v])
			for k := range trialBatch {
				s := make([]float32, 4)
				for c := range s {
					s[c] = dot(z[k*8:(k+1)*8], o.centroids[h].Data[c*8:(c+1)*8])
				}
				p := softmax64(s, nil, 0.1)
				want -= math.Log(p[int(o.labels[h].ids.Data[tr.order[k]])]) / (2 * 2 * trialBatch)
			}
		}
	}
	near(t, "deepcluster-v2", got, want, 1e-5)
}

func TestBadClustersAreRefused(t *testing.T) {
	for _, m := range []Method{DeepCluster{Clusters: 65}, DeepCluster{Clusters: 1}, DeepCluster{Rounds: -1}, DeepCluster{Norm: "other"},
		DeepClusterV2{Clusters: 65}, DeepClusterV2{Heads: -1}, DeepClusterV2{Norm: "other"}, DeepClusterV2{MultiCrop: MultiCrop{Long: -1}}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%s accepted %+v", m.Name(), m)
		}
	}
}

// TestLabelsBelowZeroAreIgnored holds the cross-entropy to that of the other rows.
func TestLabelsBelowZeroAreIgnored(t *testing.T) {
	logits := cosineScores(3, 4, 9)
	loss := func(labels ...float32) func(*nn.Node) *nn.Node {
		return func(z *nn.Node) *nn.Node {
			z = nn.Reshape(z, len(labels), 4)
			return nn.CrossEntropy(z, z.Graph().Const(labels, len(labels)))
		}
	}
	near(t, "one row left out", value(t, logits, 4, loss(2, 1, -1)), value(t, logits[:8], 4, loss(2, 1)), 1e-6)
	checkGradient(t, "one row left out", logits, 4, loss(2, -1, 0))
	near(t, "all left out", value(t, logits, 4, loss(-1, -1, -1)), 0, 1e-12)
}
