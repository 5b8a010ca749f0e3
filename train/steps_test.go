package train

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/raster"
)

// stream returns n numbers of -1 to 1, drawn by a linear congruential generator that starts from the FNV-1a hash of a name.
func stream(name string, n int) []float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	x := h.Sum64()
	out := make([]float64, n)
	for i := range out {
		x = x*6364136223846793005 + 1442695040888963407
		out[i] = float64(x>>33)/(1<<30) - 1
	}
	return out
}

// give sets a parameter by its name; a teacher starts as its student.
func give(p *nn.Param) {
	name := strings.Replace(p.Name, "method.teacher.encoder.", "encoder.", 1)
	name = strings.Replace(name, "method.teacher.", "method.", 1)
	u := stream(name, len(p.Data))
	for i := range u {
		switch len(p.Shape) {
		case 4:
			u[i] *= math.Sqrt(6 / float64(p.Shape[0]*p.Shape[2]*p.Shape[3]))
		case 2:
			u[i] /= math.Sqrt(float64(p.Shape[1]))
		default:
			u[i] *= 0.2
			if strings.HasSuffix(name, "weight") {
				u[i]++
			}
		}
	}
	if strings.HasSuffix(name, "keys") {
		for at := 0; at < len(u); at += p.Shape[1] {
			norm := 0.0
			for _, v := range u[at : at+p.Shape[1]] {
				norm += v * v
			}
			for i := range p.Shape[1] {
				u[at+i] /= math.Sqrt(norm)
			}
		}
	}
	for i, v := range u {
		p.Data[i] = float32(v)
	}
}

// formula makes the views of one step after the other.
type formula struct {
	viewer
	step int
}

func (f *formula) fill(dst [][]float32, _ []int, _ int, spans []methods.Span) error {
	for i, axes := range f.axes(spans) {
		f.view(dst[i], i, axes[0])
	}
	f.step++
	return nil
}

// view writes a batch of views: a level for each sample and channel, waves, and noise.
func (f *formula) view(dst []float32, view, side int) {
	level := stream(fmt.Sprintf("level %d", f.step), len(dst)/side/side)
	noise := stream(fmt.Sprintf("view %d %d", f.step, view), len(dst))
	for i := range dst {
		k, y, x := i/(3*side*side), i/side%side, i%side
		dst[i] = float32(1.5*level[i/side/side] + math.Cos(0.8*float64(x*(1+k%3)+y*(k%2)+view)) + 0.6*noise[i])
	}
}

// blank is a set of black images.
type blank struct{ n, side int }

func (b blank) Len() int         { return b.n }
func (b blank) Label(int) string { return "" }

func (b blank) Read(_ int, m *raster.Image) error {
	*m = raster.Image{Channels: 3, Height: b.side, Width: b.side, Pix: make([]uint8, 3*b.side*b.side)}
	return nil
}

// The public library lightly came to these losses and encodings from the same weights and views: bench/fidelity/steps.py
// wrote testdata/steps.json. What is compared is all of a step: networks, heads, losses, queues, teachers, optimisers.
func TestStepsOfAPublicLibrary(t *testing.T) {
	text, err := os.ReadFile("testdata/steps.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Methods map[string]struct {
			System struct {
				Optimizer string          `json:"optimizer"`
				LR        float64         `json:"lr"`
				Decay     float64         `json:"decay"`
				Settings  json.RawMessage `json:"settings"`
			} `json:"system"`
			Losses    []float64 `json:"losses"`
			Encodings []float64 `json:"encodings"`
		} `json:"methods"`
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	const side, batch = 16, 24
	for name, w := range want.Methods {
		t.Run(name, func(t *testing.T) {
			m, err := methods.ByName(name, w.System.Settings)
			if err != nil {
				t.Fatal(err)
			}
			run, err := newTrainer(Images(blank{batch, side}), Config{Method: m, Encoder: imageenc.ResNet18{Width: 4}, Batch: batch, Steps: len(w.Losses),
				Optimizer: w.System.Optimizer, LR: w.System.LR, Decay: w.System.Decay, Warmup: 0.25, Clip: -1}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range run.weights.All() {
				if p.Trainable || strings.HasSuffix(p.Name, ".keys") || (strings.Contains(p.Name, "teacher") && !strings.Contains(p.Name, ".running_")) {
					give(p)
				}
			}
			views := &formula{viewer: run.viewer}
			run.viewer = views
			if err := run.run(context.Background()); err != nil {
				t.Fatal(err)
			}
			for i, got := range run.losses {
				if d := math.Abs(got - w.Losses[i]); d > 1e-4*(1+math.Abs(w.Losses[i])) {
					t.Errorf("step %d: loss %.6f, want %.6f", i, got, w.Losses[i])
				}
			}
			if d, ok := run.obj.(methods.Deployer); ok {
				d.Deploy()
			}
			trained, err := run.model(run.cfg.Method, run.settings(), run.summary())
			if err != nil {
				t.Fatal(err)
			}
			x, h := make([]float32, batch*3*side*side), make([]float32, batch*trained.Dim())
			views.view(x, 0, side)
			encode, err := trained.Evaluator([]int{batch, 3, side, side}, false)
			if err != nil {
				t.Fatal(err)
			}
			if err := encode(h, x); err != nil {
				t.Fatal(err)
			}
			for i, v := range w.Encodings {
				if d := math.Abs(float64(h[i]) - v); d > 2e-3*(1+math.Abs(v)) {
					t.Errorf("encoding %d is %g, want %g", i, h[i], v)
					break
				}
			}
		})
	}
}
