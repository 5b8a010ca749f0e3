package methods

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/cpc"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/nn"
)

// trialSide is the side of the trials' pictures.
const trialSide = 8

// trialShape is the shape of a sample for an encoder, channels first.
func trialShape(enc encoders.Encoder) []int {
	if encoders.Axes(enc) == 2 {
		return []int{3, trialSide, trialSide}
	}
	return []int{1, trialLength}
}

// picture is a sample without noise, [C, H, W]: stripes of one of four directions, more from class to class as colours go;
// samples i and i+trialClasses are alike.
func picture(dst []float32, shape []int, i int) {
	h, w := shape[1], shape[2]
	class := i % trialClasses
	a := math.Pi * float64(class) / trialClasses
	for k := range dst {
		c, y, x := k/(h*w), k/w%h, k%w
		along := float64(x)*math.Cos(a) + float64(y)*math.Sin(a)
		dst[k] = float32(math.Sin(1.6*along + float64(c)))
	}
}

// glimpse is an image encoder small enough for a test: two layers on the squares of 3 x 3 pixels, and their mean.
type glimpse struct{ Norm string }

func (glimpse) Name() string { return "glimpse" }

func (glimpse) Axes() int { return 2 }

func (e glimpse) New(w *nn.Weights, channels int) (encoders.Network, error) {
	norm, err := nn.NewNorm(w, "norm", cmp.Or(e.Norm, "batch"), 16, nn.ScaleShift)
	return &glimpseNet{nn.NewLinear(w, "patch", 9*channels, 16, true), norm, nn.NewLinear(w, "out", 16, 16, true)}, err
}

type glimpseNet struct {
	in   *nn.LinearLayer
	norm *nn.NormLayer
	out  *nn.LinearLayer
}

func (n *glimpseNet) Dim() int { return 16 }

func (n *glimpseNet) Apply(x *nn.Node) *nn.Node {
	p := nn.Patches(x, 3, 1)
	if p.Graph().Err() != nil {
		return p
	}
	s, samples := p.Shape(), x.Shape()[0]
	h := nn.ReLU(n.norm.Apply(n.in.Apply(nn.Reshape(p, s[0], s[1]*9))))
	return nn.GlobalMean(nn.SwapLast(nn.Reshape(n.out.Apply(h), samples, s[0]/samples, 16)))
}

// smaller are settings that keep the test fast, and from drawing a last layer anew shortly before its end.
var smaller = map[string][]byte{"cpc": []byte(`{"context":{"width":24,"depth":1}}`), "deepcluster": []byte(`{"top_rate":10,"norm":"batch","reassign":40}`)}

// settingsOf are the settings of a method in these tests.
func settingsOf(name string) []byte {
	if text, ok := smaller[name]; ok {
		return text
	}
	return []byte(short[name])
}

// TestEveryMethodLearnsOnImages holds every method to the demands of [TestEveryMethodLearns], on pictures.
func TestEveryMethodLearnsOnImages(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			m, err := ByName(name, settingsOf(name))
			if err != nil {
				t.Fatal(err)
			}
			if !m.Needs().Sequences {
				learnsOn(t, m, glimpse{}, cmp.Or(rates[name], 0.1))
				return
			}
			_, _, err = setUp(m, glimpse{})
			if want := "" + name + " learns from sequences; images can be read as sequences of rows with a sequence encoder"; fmt.Sprint(err) != want {
				t.Errorf("on images the error is %q, want %q", err, want)
			}
		})
	}
}

func TestImageViewsAreRefusedByName(t *testing.T) {
	for view, want := range map[string]string{
		"trend": `no view "trend" of images; there are blur, detail, edges and raw`,
		"raw:3": "asks for channel 3",
	} {
		_, _, err := setUp(CMC{Views: []string{"raw", view}}, glimpse{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q in it", view, err, want)
		}
	}
	_, _, err := setUp(CMC{Views: []string{"raw", "edges"}}, trialEncoder)
	if want := `no view "edges" of series; there are difference, raw, remainder, season, spectrum and trend`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q in it", err, want)
	}
}

// TestViewsOfImages compares the slopes and the blur with their definitions, pixel by pixel.
func TestViewsOfImages(t *testing.T) {
	const n, c, h, w = 2, 2, 6, 9
	x := units(n*c*h, w, 3)
	show := func(f func(x *nn.Node) *nn.Node) []float32 {
		g := nn.NewGraph(false)
		y := f(g.Const(x, n, c, h, w))
		p, err := g.Compile(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
		return p.Data(y)
	}
	at := func(plane, i, j int) float64 {
		return float64(x[plane*h*w+max(0, min(h-1, i))*w+max(0, min(w-1, j))])
	}
	slopes, soft := show(edges), show(func(x *nn.Node) *nn.Node { return blur(x, 0.5) })
	for p := range n * c {
		for i := range h {
			for j := range w {
				var across, down, sum, count float64
				for k, weight := range []float64{1, 2, 1} {
					across += weight * (at(p, i+k-1, j+1) - at(p, i+k-1, j-1)) / 8
					down += weight * (at(p, i+1, j+k-1) - at(p, i-1, j+k-1)) / 8
				}
				near(t, "slope across", float64(slopes[2*p*h*w+i*w+j]), across, 1e-5)
				near(t, "slope down", float64(slopes[(2*p+1)*h*w+i*w+j]), down, 1e-5)
				// Half the side is 3 rows and 4.5 columns, which is 1 and 2 to each side.
				for a := max(0, i-1); a <= min(h-1, i+1); a++ {
					for b := max(0, j-2); b <= min(w-1, j+2); b++ {
						sum, count = sum+at(p, a, b), count+1
					}
				}
				near(t, "blur", float64(soft[p*h*w+i*w+j]), sum/count, 1e-5)
			}
		}
	}
	for kind := range imageSenses {
		s := sense{kind: kind, flat: true, to: c}
		y := show(func(x *nn.Node) *nn.Node { return s.show(x, &CMC{Span: 0.2}) })
		if len(y) != n*s.width()*h*w {
			t.Errorf("%s: %d values, the view says %d channels", kind, len(y), s.width())
		}
		if kind != "raw" {
			near(t, kind+"'s mean", float64(sumOf(y[:h*w])), 0, 1e-3)
		}
	}
}

func sumOf(x []float32) (sum float32) {
	for _, v := range x {
		sum += v
	}
	return sum
}

func TestCMCLearnsOnChannelsAndOnOne(t *testing.T) {
	for _, m := range []CMC{{Views: []string{"raw:0", "raw:1-2"}, Shared: true}, {Views: []string{"blur:0", "detail:0", "edges:0"}, Form: "bank"}} {
		learnsOn(t, m, glimpse{}, 0.1)
	}
}

// TestCPCOnImagesSeesNoRowBelow follows the gradient from a context to the pixels: in the direction of reading it reaches
// none that the first patch to be predicted shows, and does reach the context's own.
func TestCPCOnImagesSeesNoRowBelow(t *testing.T) {
	const side = 32
	for _, kind := range []string{"conv", "gru", "transformer"} {
		w := nn.NewWeights(1)
		network, err := NetworkOf(CPC{Directions: 4, Context: cpc.ContextConfig{Kind: kind, Width: 8, Depth: 2}}, w, glimpse{Norm: "group"}, 1)
		if err != nil {
			t.Fatal(err)
		}
		net := network.(*pieceNet)
		rows, cols, first := net.cut([]int{side, side})
		if rows != 7 || cols != 7 || first != 2 {
			t.Fatalf("an image of %d pixels is a grid of %d x %d, the first prediction %d ahead; want 7 x 7 and 2 (patches of 8, 4 apart)", side, rows, cols, first)
		}
		for i, d := range net.directions() {
			// deep is how far in the direction of reading the pixels lie that a slice of the reading depends on.
			deep := func(slice func(r reading) *nn.Node) (first, last int) {
				x := w.Param("x", nn.Normal(1), 1, 1, side, side)
				g := nn.NewGraph(true)
				in := g.Param(x)
				p, err := g.Compile(nn.Sum(nn.Square(slice(net.read(net.pieces(in))[i]))))
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Run(); err != nil {
					t.Fatal(err)
				}
				first, last = side, -1
				for at, v := range x.Grad {
					if v == 0 {
						continue
					}
					depth := map[cpc.Direction]int{cpc.Down: at / side, cpc.Up: side - 1 - at/side, cpc.Right: at % side, cpc.Left: side - 1 - at%side}[d]
					first, last = min(first, depth), max(last, depth)
				}
				return first, last
			}
			const row = 2
			_, seen := deep(func(r reading) *nn.Node { return nn.Slice(r.c, 1, row*cols, (row+1)*cols) })
			begin, _ := deep(func(r reading) *nn.Node { return nn.Slice(r.z, 1, (row+first)*cols, (row+first+1)*cols) })
			if seen >= begin || seen != 15 || begin != 16 {
				t.Errorf("%s, direction %d: the contexts of row %d see up to depth %d, and what they predict begins at %d; want 15 and 16", kind, d, row, seen, begin)
			}
		}
	}
}

func TestCPCFormsLearnOnImages(t *testing.T) {
	small := cpc.ContextConfig{Width: 16, Depth: 1}
	for _, m := range []CPC{{Directions: 4, Feature: "both", Context: small}, {Directions: 2, Shared: true, Feature: "context", Context: small},
		{Patch: 4, Overlap: -1, Negatives: "across", Pool: "max", Context: cpc.ContextConfig{Kind: "gru", Width: 16}}} {
		tr := newTrial(t, m, glimpse{Norm: "group"})
		start := tr.next()
		near(t, "step 0", start, tr.obj.Uniform(trialBatch), 0.1)
		for range 5 {
			tr.next()
		}
		tr.on([]int{3, 9}) // a last batch of two
		if got, want := len(tr.encode()[0]), tr.obj.(*cpcLoss).net.Dim(); got != want {
			t.Errorf("%+v: encodings of %d numbers, Dim says %d", m, got, want)
		}
	}
	for _, m := range []CPC{{Directions: 3}, {Pool: "last"}, {Patch: trialSide}, {Mosaic: 1}, {Mosaic: 4, Patch: 2}, {Overlap: 0.99}, {Horizons: -1}} {
		if _, _, err := setUp(m, glimpse{}); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
	for _, m := range []CPC{{Directions: 4}, {Mosaic: 4}} {
		if _, _, err := setUp(m, trialEncoder); err == nil {
			t.Errorf("%+v was accepted for windows", m)
		}
	}
}

// TestCPCCutsMosaics: patches side by side on a view are those that lie over each other on the image.
func TestCPCCutsMosaics(t *testing.T) {
	const side, grid, patch, hop = 16, 7, 4, 2 // a patch is a quarter of the side, and the next begins in its middle
	m := CPC{Mosaic: grid}
	view := m.Needs().Views[0]
	if got := view.Length * side; got != grid*patch {
		t.Fatalf("the views are %g pixels wide, want %d", got, grid*patch)
	}
	w := nn.NewWeights(1)
	network, err := NetworkOf(m, w, glimpse{Norm: "group"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	net := network.(*pieceNet)
	if rows, cols, first := net.shown([]int{side, side}); rows != grid || cols != grid || first != 2 {
		t.Errorf("a grid of %d x %d, the first prediction %d ahead; want %d and 2", rows, cols, first, grid)
	}
	x := units(side, side, 5)
	mosaic := make([]float32, grid*patch*grid*patch)
	for at := range mosaic {
		i, j := at/(grid*patch), at%(grid*patch)
		mosaic[at] = x[(i/patch*hop+i%patch)*side+j/patch*hop+j%patch]
	}
	g := nn.NewGraph(false)
	whole, _, _ := net.pieces(g.Const(x, 1, 1, side, side))
	apart, _, _ := net.shownPieces(g.Const(mosaic, 1, 1, grid*patch, grid*patch))
	p, err := g.Compile(nil, whole, apart)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Data(whole), p.Data(apart)) {
		t.Error("the encodings of a mosaic differ from those of the image it was made of")
	}
}

// TestImageEncodersSuitEveryMethod takes a step with each of them, and looks at the deployed network.
func TestImageEncodersSuitEveryMethod(t *testing.T) {
	for _, enc := range []encoders.Encoder{imageenc.ResNet18{Width: 4, Norm: "group"}, imageenc.ResNet18{Width: 4}, imageenc.ViTTiny{Width: 8, Depth: 1, Heads: 2, Patch: 2}} {
		for _, name := range Names() {
			m, err := ByName(name, settingsOf(name))
			if err != nil || m.Needs().Sequences {
				continue
			}
			tr := newTrial(t, m, enc)
			tr.begin(0)
			if l := tr.on([]int{3, 9, 4, 2}); math.IsNaN(l) || math.IsInf(l, 0) {
				t.Errorf("%s with %s: the loss is %g", name, enc.Name(), l)
			}
			for _, h := range tr.encode()[:2] {
				if v := float64(h[0]); math.IsNaN(v) {
					t.Errorf("%s with %s: an encoding is %g", name, enc.Name(), v)
				}
			}
		}
	}
}

// TestFirstLossesOnImages holds the loss of the first step to what the papers' settings have it start at.
func TestFirstLossesOnImages(t *testing.T) {
	for name, c := range map[string]struct{ low, high float64 }{
		"byol":        {3.5, 4.3},                // 4 - 2cos - 2cos of unrelated predictions
		"cmc":         {16.5, 16.8},              // three pairs of views: 6·log N
		"cpc":         {4.96, 4.98},              // log 144: all 3 x 3 patches of 16 images
		"deepcluster": {2.7, 2.9},                // log K, of 16 clusters
		"dino":        {4.5, math.Log(256)},      // the teacher's entropy to log K, of 256 outputs
		"moco-v1":     {0, 0.5},                  // the key is nearly the query, and the queue random
		"moco-v2":     {0, 0.5},                  // the same
		"moco-v3":     {2, 2.6},                  // 4τ·log N = 2.2
		"npid":        {4.2, math.Log(64) + 0.5}, // log of the samples + 1/(2Dτ²) = 4.55 for independent rows
		"simsiam":     {-0.3, 0.3},               // the predictions are unrelated to the projections
		"swav":        {2.6, 3.1},                // log K, of 16 prototypes
	} {
		m, err := ByName(name, settingsOf(name))
		if err != nil {
			t.Fatal(err)
		}
		if l := newTrial(t, m, glimpse{}).next(); l < c.low || l > c.high {
			t.Errorf("%s starts at %.3f, want %.3f to %.3f", name, l, c.low, c.high)
		}
	}
}
