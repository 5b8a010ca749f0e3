package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// TestTheMemoryOfDeepClusterV2StartsFromCrops: as in the authors' init_memory, each long crop has embeddings of its own, of augmented
// samples, batch by batch with the batch's statistics; the weights stay, and the running statistics move. What an epoch leaves out
// has no cluster.
func TestTheMemoryOfDeepClusterV2StartsFromCrops(t *testing.T) {
	const batch, out = 8, 6
	cfg := smallConfig()
	cfg.Window, cfg.Batch, cfg.DropLast, cfg.Method = 0, batch, true, methods.DeepClusterV2{Clusters: 4, Hidden: 8, Out: out}
	run, err := newTrainer(waves(19, 48), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := map[string][]float32{}
	for _, p := range run.weights.All() {
		before[p.Name] = slices.Clone(p.Data)
	}
	perm, err := run.begin(0, true)
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, p := range run.weights.All() {
		same := slices.Equal(p.Data, before[p.Name])
		if p.Trainable && !same {
			t.Errorf("%s has moved", p.Name)
		}
		if strings.HasSuffix(p.Name, "running_mean") && !same {
			moved++
		}
	}
	if moved == 0 {
		t.Error("no running mean has moved")
	}
	first, second := run.weights.Lookup("method.bank0").Data, run.weights.Lookup("method.bank1").Data
	clusters := run.weights.Lookup("method.head0.clusters").Data
	for i, id := range perm {
		if shown := i < 2*batch; shown != (clusters[id] >= 0) {
			t.Errorf("sample %d, shown %v, is in cluster %g", id, shown, clusters[id])
		}
	}
	// The second batch again, on a graph of its own.
	ids, views := perm[batch:2*batch], make([][]float32, 2)
	axes := run.viewer.axes(nil)
	for v := range views {
		views[v] = make([]float32, batch*run.data.channels*axes[v][0])
	}
	if err := run.viewer.fill(views, ids, beforeAll, nil); err != nil {
		t.Fatal(err)
	}
	for v, bank := range [][]float32{first, second} {
		g := nn.NewGraph(true)
		x := g.Input("x", batch, run.data.channels, axes[v][0])
		z := run.obj.(methods.Surveyor).Look(x)
		p, err := g.Compile(nil, z)
		if err != nil {
			t.Fatal(err)
		}
		copy(p.Data(x), views[v])
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		for k, id := range ids {
			for j := range out {
				if d := math.Abs(float64(bank[id*out+j] - p.Data(z)[k*out+j])); d > 1e-5 {
					t.Fatalf("crop %d of sample %d differs by %g", v, id, d)
				}
			}
		}
	}
	if slices.Equal(first, second) {
		t.Error("both crops have the same embeddings")
	}
}
