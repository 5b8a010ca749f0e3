package imageenc

import (
	"math"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/network"
	"github.com/wavekin/wavekin/nn"
)

// pattern is the k-th pattern of numbers from -0.5 to 0.5 that both sides fill weights and images with:
// (31i² + 7i + 101k mod 1009)/1009 - 1/2.
func pattern(dst []float32, k int, scale, offset float64) {
	for i := range dst {
		dst[i] = float32(offset + scale*(float64((31*i*i+7*i+101*k)%1009)/1009-0.5))
	}
}

// fill gives the k-th weight the k-th pattern, with the deviation √(gain/inputs): scales lie around 1, shifts around 0.
func fill(w *nn.Weights, gain float64) {
	for k, p := range w.Trainable() {
		scale, offset := 0.5, 0.0
		switch {
		case p.Name == "class":
			scale = 1
		case len(p.Shape) > 1:
			scale = math.Sqrt(12 * gain / float64(len(p.Data)/p.Shape[0]))
		case strings.Contains(p.Name, "norm") && strings.HasSuffix(p.Name, "weight"):
			offset = 1
		}
		pattern(p.Data, k, scale, offset)
	}
}

// reference holds values that torchvision 0.29.2 on PyTorch 2.15.0 computed of four images, 4·pattern 1000, with the same
// weights: some of the encodings h and their Euclidean length while training, of the gradient of mean h² with respect to
// one weight its length and sixth value, and, after that step, the first encoding in evaluation.
type reference struct {
	enc              network.Encoder
	gain             float64
	first, last      []float64 // of the first image, of the last image
	length           float64
	weight           string
	gradient, sixth  float64
	eval             []float64
	tolerance, loose float64
}

var references = []reference{
	{ResNet18{}, 2, []float64{1.26869, 1.06541, 0.56644, 0.481158}, []float64{0.918039, 1.08671}, 39.9148,
		"stem.conv.weight", 0.142137, 0.00219426, []float64{0.24837, 0.125364, 0.0367309, 0}, 1e-4, 1e-2},
	// Of 32 pixels 7 by 7 and pooling leave one; four samples normalised by themselves are sensitive.
	{ResNet18{Stem: "imagenet"}, 2, []float64{0, 1.92305, 0, 2.91735}, []float64{1.09845, 0}, 58.6812,
		"stem.conv.weight", 10.1143, -0.02194, []float64{0.615271, 0, 0.486806, 0}, 1e-3, 2e-2},
	{ResNet50{Stem: "tiny"}, 2, []float64{1.18664, 0.297265, 0.782791, 0.00957064}, []float64{1.58777, 1.98312}, 110.082,
		"stem.conv.weight", 12.2215, 0.0710565, []float64{199.936, 0, 37.9859, 104.322}, 1e-3, 2e-2},
	// torchvision's VisionTransformer(32, 4, 12, 3, 192, 768) with eps 1e-5 and MoCo v3's positions.
	{ViTTiny{}, 1, []float64{2.04169, 0.164053, 0.947373, 1.60104}, []float64{0.471536, -0.784615}, 27.3782,
		"patch.weight", 0.076317, 0.000497492, nil, 1e-4, 1e-2},
}

func TestAgainstTorchvision(t *testing.T) {
	x := make([]float32, 4*3*32*32)
	pattern(x, 1000, 4, 0)
	for _, r := range references {
		t.Run(r.enc.Name(), func(t *testing.T) {
			w := nn.NewWeights(0)
			net, err := r.enc.New(w, 3)
			if err != nil {
				t.Fatal(err)
			}
			fill(w, r.gain)
			g := nn.NewGraph(true)
			h := net.Apply(g.Input("x", 4, 3, 32, 32))
			p, err := g.Compile(nn.Mean(nn.Square(h)), h)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Set("x", x); err != nil {
				t.Fatal(err)
			}
			if err := p.Run(); err != nil {
				t.Fatal(err)
			}
			got := p.Data(h)
			close(t, "first image", got[:4], r.first, r.tolerance)
			close(t, "last image", got[len(got)-2:], r.last, r.tolerance)
			close(t, "length", []float32{length(got)}, []float64{r.length}, r.tolerance)
			grad := w.Lookup(r.weight).Grad
			close(t, "gradient", []float32{length(grad), grad[5]}, []float64{r.gradient, r.sixth}, r.loose)
			if r.eval != nil {
				close(t, "evaluation", run(t, false, net.Apply, x[:3*32*32], 1, [3]int{3, 32, 32})[:4], r.eval, r.loose)
			}
		})
	}
}

// close compares with a tolerance relative to the largest value.
func close(t *testing.T, what string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	most := 0.0
	for _, v := range want {
		most = max(most, math.Abs(v))
	}
	for i, v := range want {
		if math.Abs(float64(got[i])-v) > tolerance*most {
			t.Errorf("%s: value %d is %g, the reference %g", what, i, got[i], v)
		}
	}
}

func length(x []float32) float32 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return float32(math.Sqrt(s))
}

// TestAttentionAgainstTorch: the last layer's attention weights of torch.nn.MultiheadAttention in the same ViT-tiny.
func TestAttentionAgainstTorch(t *testing.T) {
	w := nn.NewWeights(0)
	net, err := (ViTTiny{}).New(w, 3)
	if err != nil {
		t.Fatal(err)
	}
	fill(w, 1)
	x := make([]float32, 4*3*32*32)
	pattern(x, 1000, 4, 0)
	got := run(t, false, net.(network.Attender).Attention, x, 4, [3]int{3, 32, 32})
	if len(got) != 4*3*8*8 {
		t.Fatalf("%d values, want [4, 3, 8, 8]", len(got))
	}
	close(t, "image 1, head 2", got[(1*3+2)*64:], []float64{0.014106, 0.0243425, 0.0266267, 0.0184352}, 1e-4)
	close(t, "image 3, head 0, last row", got[3*3*64+62:], []float64{0.00782296, 0.021458}, 1e-4)
}
