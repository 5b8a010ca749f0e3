package methods

import (
	"cmp"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/settings"
	"github.com/wavekin/wavekin/nn"
)

// AlignUniform pulls the two views of a sample together and spreads all samples over the sphere (Wang and Isola, 2020, eq. 9).
type AlignUniform struct {
	// Uniformity weighs the spreading; 0 means 1.
	Uniformity float64 `json:"uniformity,omitempty" toml:"uniformity"`
	// Out is the length of the embedding; 0 means 128.
	Out int `json:"out,omitempty" toml:"out"`
}

// Name returns "align-uniform".
func (AlignUniform) Name() string { return "align-uniform" }

// Needs returns two views.
func (AlignUniform) Needs() Needs { return Needs{} }

// New declares the projector.
func (m AlignUniform) New(s Setup) (Objective, error) {
	h, err := newHead(s.Weights.Scope("projector"), s.Net.Dim(), Head{Hidden: 256, Out: cmp.Or(m.Out, 128), Layers: 2, Norm: "batch"})
	if err != nil {
		return nil, err
	}
	return &alignUniform{net: s.Net, projector: h, weight: float32(cmp.Or(m.Uniformity, 1))}, nil
}

type alignUniform struct {
	net       encoders.Network
	projector *head
	weight    float32
}

// Build gives the trainer the loss, and the embeddings that it watches for collapse.
func (o *alignUniform) Build(b Batch) Loss {
	z := nn.Normalize(o.projector.apply(encodeTogether(o.net, b.Views...)))
	n := b.Views[0].Shape()[0]
	first, second := nn.Slice(z, 0, 0, n), nn.Slice(z, 0, n, 2*n)
	align := nn.Scale(nn.Sum(nn.Square(nn.Sub(first, second))), 1/float32(n))
	spread := nn.Scale(nn.Add(uniformity(first), uniformity(second)), 0.5)
	return Loss{Value: nn.Add(align, nn.Scale(spread, o.weight)), Embeddings: z}
}

// Uniform is NaN: there is no loss of a network that tells nothing apart.
func (o *alignUniform) Uniform(int) float64 { return math.NaN() }

// entries is the catalogue with the method's line.
var entries = map[string]Entry{
	"align-uniform": EntryOf[AlignUniform]("alignment and uniformity on the sphere (Wang and Isola, 2020)"),
}

// TestWorkedExample holds the method that CONTRIBUTING.md shows to what every method of the catalogue is held to.
func TestWorkedExample(t *testing.T) {
	m, err := settings.NewCatalogue("method", entries).ByName("align-uniform", []byte(`{"out": 32}`))
	if err != nil {
		t.Fatal(err)
	}
	learns(t, m)
}

// TestContributingShowsTheExample: what CONTRIBUTING.md prints as Go is what is compiled above.
func TestContributingShowsTheExample(t *testing.T) {
	page, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("worked_example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Split(string(page), "```go\n")[1:]
	if len(shown) != 2 {
		t.Fatalf("CONTRIBUTING.md shows %d pieces of Go, want the file and the line", len(shown))
	}
	for _, piece := range shown {
		code, _, _ := strings.Cut(piece, "```")
		if code = strings.TrimSpace(code); !strings.Contains(string(source), code) {
			t.Errorf("worked_example_test.go does not contain what CONTRIBUTING.md shows:\n%s", code)
		}
	}
}
