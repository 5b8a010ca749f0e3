package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// TestEncodingsBehindTheProjector: a model read from its file gives behind each layer what its weights give by hand: y = Wx, then the
// normalisation by the running statistics, and ReLU but behind the last.
func TestEncodingsBehindTheProjector(t *testing.T) {
	ctx := context.Background()
	m, _, err := Pretrain(ctx, withLabels(30, 1), Config{Method: methods.SimCLR{Hidden: 5, Out: 3}, Steps: 10, Batch: 10, Encoder: encoders.Conv{Width: 4, Depth: 2, Out: 6}})
	if err != nil {
		t.Fatal(err)
	}
	windows := withLabels(3, 2)
	var ws []*series.Window
	for _, s := range windows {
		ws = append(ws, &series.Window{Values: s.Values, End: s.Len()})
	}
	if m = reload(t, m); m.Layers() != 2 {
		t.Fatalf("%d layers are kept, want 2", m.Layers())
	}
	h, err := m.Encode(ctx, ws)
	if err != nil {
		t.Fatal(err)
	}
	for layer, dim := range map[int]int{1: 5, 2: 3} {
		at := reload(t, m)
		if err := at.SetLayer(layer); err != nil || at.Dim() != dim {
			t.Fatalf("layer %d: %d numbers, want %d; %v", layer, at.Dim(), dim, err)
		}
		got, err := at.Encode(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		want := h
		for l := range layer {
			want = byHand(m, l, want, l == 0)
		}
		for i, v := range want {
			if math.Abs(float64(v-got[i])) > 1e-5 {
				t.Fatalf("layer %d, number %d: %g, by hand %g", layer, i, got[i], v)
			}
		}
	}
	for _, layer := range []int{-1, 3} {
		if m.SetLayer(layer) == nil {
			t.Errorf("layer %d was taken", layer)
		}
	}
}

// TestEncodingsBehindTheEmbeddings: behind the head of cmc lie the embeddings of its views side by side, y = Wx + b of a view's own part of
// the encoding, and behind that of npid its embedding.
func TestEncodingsBehindTheEmbeddings(t *testing.T) {
	ctx := context.Background()
	for scopes, m := range map[string]methods.Method{"view0.projector view1.projector": methods.CMC{Views: []string{"raw", "trend"}, Out: 3}, "projector": methods.NPID{Out: 3}} {
		trained, _, err := Pretrain(ctx, withLabels(30, 1), Config{Method: m, Steps: 10, Batch: 10, Encoder: encoders.Conv{Width: 4, Depth: 2, Out: 6}})
		if err != nil {
			t.Fatal(err)
		}
		var ws []*series.Window
		for _, s := range withLabels(4, 2) {
			ws = append(ws, &series.Window{Values: s.Values, End: s.Len()})
		}
		at := reload(t, trained)
		if at.Layers() != 1 {
			t.Fatalf("%s: %d layers are kept, want 1", m.Name(), at.Layers())
		}
		h, err := at.Encode(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		dim := at.Dim()
		at = reload(t, trained)
		if err := at.SetLayer(1); err != nil {
			t.Fatal(err)
		}
		got, err := at.Encode(ctx, ws)
		if err != nil {
			t.Fatal(err)
		}
		var want []float64
		parts := strings.Fields(scopes)
		for ; len(h) > 0; h = h[dim:] {
			for i, scope := range parts {
				x := h[i*dim/len(parts) : (i+1)*dim/len(parts)]
				w, b := trained.Weights().Lookup("method."+scope+".linear0.weight").Data, trained.Weights().Lookup("method."+scope+".linear0.bias").Data
				for o := range 3 {
					y := float64(b[o])
					for k, v := range x {
						y += float64(w[o*len(x)+k]) * float64(v)
					}
					want = append(want, y)
				}
			}
		}
		if len(got) != len(want) || at.Dim() != 3*len(parts) {
			t.Fatalf("%s: %d numbers, want %d", m.Name(), len(got), len(want))
		}
		for i, v := range want {
			if math.Abs(v-float64(got[i])) > 1e-5 {
				t.Fatalf("%s: number %d is %g, by hand %g", m.Name(), i, got[i], v)
			}
		}
	}
}

// byHand is one layer of a projector with batch normalisation, the last without shift.
func byHand(m *model.Model, layer int, x []float32, relu bool) []float32 {
	at := func(name string) []float32 {
		if p := m.Weights().Lookup("method.projector." + name); p != nil {
			return p.Data
		}
		return make([]float32, 3)
	}
	linear, norm := [2]string{"linear0.", "linear1."}[layer], [2]string{"norm0.", "norm1."}[layer]
	w, gamma, beta, mean, variance := at(linear+"weight"), at(norm+"weight"), at(norm+"bias"), at(norm+"running_mean"), at(norm+"running_var")
	out, in := len(gamma), len(w)/len(gamma)
	var y []float32
	for ; len(x) > 0; x = x[in:] {
		for o := range out {
			var sum float64
			for i := range in {
				sum += float64(w[o*in+i]) * float64(x[i])
			}
			v := (sum-float64(mean[o]))/math.Sqrt(float64(variance[o])+1e-5)*float64(gamma[o]) + float64(beta[o])
			if relu {
				v = max(v, 0)
			}
			y = append(y, float32(v))
		}
	}
	return y
}

// TestLargeProjectorsAreNotKept: one of more than four million weights stays out of the file, which is no larger for it.
func TestLargeProjectorsAreNotKept(t *testing.T) {
	m, _, err := Pretrain(context.Background(), withLabels(30, 1), Config{Method: methods.VICReg{Hidden: 2100, Out: 2100}, Steps: 1, Batch: 10, Encoder: encoders.Conv{Width: 4, Depth: 2, Out: 6}})
	if err != nil {
		t.Fatal(err)
	}
	if m.Layers() != 0 || m.SetLayer(1) == nil || m.Weights().Count() > 10000 {
		t.Errorf("%d layers and %d weights are kept", m.Layers(), m.Weights().Count())
	}
}
