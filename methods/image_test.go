package methods

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
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
	norm, err := nn.NewNorm(w, "norm", or(e.Norm, "batch"), 16, true)
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

// forSequences are the methods that learn from the order of time stamps.
var forSequences = map[string]bool{"ts2vec": true, "ts-tcc": true}

// TestEveryMethodLearnsOnImages holds every method to the demands of [TestEveryMethodLearns], on pictures.
func TestEveryMethodLearnsOnImages(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			m, err := ByName(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !forSequences[name] {
				learnsOn(t, m, glimpse{}, or(rates[name], 0.1))
				return
			}
			_, _, err = setUp(m, glimpse{})
			if want := "methods: " + name + " learns from sequences; images can be read as sequences of rows with a sequence encoder"; fmt.Sprint(err) != want {
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
