package methods

import (
	"math"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// TestCPCDefaultsOfImages: the zero value is the second version (Hénaff et al., 2020, appendix A.2): targets of 64 numbers, predictions with a
// bias times 0.1, all patches of the batch, layer normalisation. Of windows encodings are predicted as they are.
func TestCPCDefaultsOfImages(t *testing.T) {
	for _, c := range []struct {
		m             CPC
		enc           encoders.Encoder
		height, width int
		target        int // of the predictors, 0 for none
		scale         float32
		kind          string
	}{
		{CPC{}, glimpse{}, 28, 28, 64, 0.1, "all"},
		{CPC{Target: -1, Scale: 1, Negatives: "mixed"}, glimpse{}, 28, 28, 0, 1, "mixed"},
		{CPC{Count: 50}, glimpse{}, 28, 28, 64, 0.1, ""},
		{CPC{}, trialEncoder, 0, 64, 0, 1, ""},
		{CPC{Target: 5}, trialEncoder, 0, 64, 5, 1, ""},
	} {
		w := nn.NewWeights(1)
		net, err := NetworkOf(c.m, w, c.enc, 1)
		if err != nil {
			t.Fatal(err)
		}
		s := Setup{Weights: w.Scope("method"), Net: net, Channels: 1, Height: c.height, Width: c.width}
		if c.height == 0 {
			s.Length, s.Width = c.width, 0
		}
		o, err := c.m.New(s)
		if err != nil {
			t.Fatal(err)
		}
		if kind := o.(*cpcLoss).negatives.Kind; kind != c.kind {
			t.Errorf("%+v: negatives %q, want %q", c.m, kind, c.kind)
		}
		target, bias := w.Lookup("method.predictors.target.weight"), w.Lookup("method.predictors.horizon0.bias")
		if (target != nil) != (c.target > 0) || target != nil && target.Shape[0] != c.target || (bias != nil) != (c.target > 0) {
			t.Errorf("%+v: a target %v and a bias %v", c.m, target != nil, bias != nil)
		}
		got, err := c.m.target(c.height > 0)
		if err != nil || got != (cpc.Target{Dim: c.target, Scale: c.scale}) {
			t.Errorf("%+v: %+v, %v", c.m, got, err)
		}
	}
	if enc := (CPC{}).Preset().ImageEncoder; enc != (imageenc.ResNet18{Norm: "layer"}) {
		t.Errorf("the encoder of images is %+v", enc)
	}
	for _, m := range []CPC{{Scale: -1}, {Scale: math.NaN()}, {Scale: math.Inf(1)}, {Target: 1 << 20}} {
		if _, err := m.target(true); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
}
