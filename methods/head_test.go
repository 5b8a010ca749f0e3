package methods

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestKeptProjectorsAreThoseThatLearn: under the names of its [Keeper], every method has the layers that the head describes, in
// their sizes, and nothing else but the last layer of DINO, which stands behind the projector.
func TestKeptProjectorsAreThoseThatLearn(t *testing.T) {
	kept := 0
	for _, enc := range []encoders.Encoder{encoders.Conv{Width: 4, Depth: 2, Out: 8}, imageenc.ViTTiny{Width: 12, Depth: 1, Patch: 4}} {
		for _, name := range Names() {
			m, err := ByName(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			k, ok := m.(Keeper)
			w, _, err := setUp(m, enc)
			if !ok || err != nil {
				continue // those that take sequences only are tried with the first encoder
			}
			kept++
			scope, h := k.Head(w, 8)
			scopes := []string{"method." + h.Scope(scope, 0) + "."}
			for i := 1; i < h.Parts; i++ {
				scopes = append(scopes, "method."+h.Scope(scope, i)+".")
			}
			alone := nn.NewWeights(0)
			net, err := NetworkOf(m, alone, enc, trialShape(enc)[0])
			if err != nil {
				t.Fatal(err)
			}
			before := len(alone.All())
			p, err := NewProjector(k, alone.Scope("method"), net.Dim(), h.Layers)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			for _, q := range alone.All()[before:] {
				if l := w.Lookup(q.Name); l == nil || !slices.Equal(l.Shape, q.Shape) {
					t.Errorf("%s on %s: it learns no %s %v", name, enc.Name(), q.Name, q.Shape)
				}
			}
			for _, q := range w.All() {
				within := func(scope string) bool { return strings.HasPrefix(q.Name, scope) }
				if slices.ContainsFunc(scopes, within) && alone.Lookup(q.Name) == nil && q.Name != "method.head.last" {
					t.Errorf("%s on %s: the kept projector has no %s", name, enc.Name(), q.Name)
				}
			}
			if want := h.Out * max(1, h.Parts); p.Layers() != h.Layers || p.Dim() != want {
				t.Errorf("%s: %d layers to %d numbers, want %d and %d", name, p.Layers(), p.Dim(), h.Layers, want)
			}
		}
	}
	// Eighteen methods have one projector on one encoder, and CMC one for each view; all of them take images as well.
	if kept != 2*19 {
		t.Errorf("%d projectors were compared, want 38", kept)
	}
}

// TestDINOKeepsItsBottleneck: the kept layers compute what DINO's own head does up to its bottleneck, but for the length.
func TestDINOKeepsItsBottleneck(t *testing.T) {
	m := DINO{Hidden: 6, Bottleneck: 5}
	w := nn.NewWeights(2)
	cfg := m
	cfg.Outputs, cfg.Layers = 7, 3
	own, err := newDinoHead(w.Scope("head"), 8, cfg)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewProjector(m, w, 8, 3) // of the same weights, by their names
	if err != nil {
		t.Fatal(err)
	}
	g := nn.NewGraph(false)
	x := g.Const(units(4, 8, 3), 4, 8)
	a, b := own.bottleneck(x), nn.Normalize(p.Apply(x))
	prog, err := g.Compile(nil, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := prog.Run(); err != nil {
		t.Fatal(err)
	}
	for i, v := range prog.Data(a) {
		if math.Abs(float64(v-prog.Data(b)[i])) > 1e-6 {
			t.Fatalf("number %d is %g, kept %g", i, v, prog.Data(b)[i])
		}
	}
}

// TestHeadWeights counts by hand: 8·6 + 6·6 + 6·4.
func TestHeadWeights(t *testing.T) {
	for _, c := range []struct{ layers, want int }{{1, 32}, {2, 72}, {3, 108}} {
		t.Run(fmt.Sprint(c.layers), func(t *testing.T) {
			if n := (Head{Hidden: 6, Out: 4, Layers: c.layers}).Weights(8); n != c.want {
				t.Errorf("%d weights, want %d", n, c.want)
			}
		})
	}
}
