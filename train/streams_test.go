package train

import (
	"context"
	"sync"
	"testing"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/methods"
)

// drawn collects the first number of every stream of a run.
type drawn struct {
	mu   sync.Mutex
	seen map[uint64]int
}

func (d *drawn) add(v uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen[v]++
}

// listener is an augmentation that changes nothing and looks at what a view's stream gives.
type listener struct{ to *drawn }

func (listener) Name() string       { return "listener" }
func (listener) Numbers() []float64 { return nil }

func (l listener) Apply(_ [][]float32, ctx *augment.Context) { l.to.add(ctx.RNG.Uint64()) }

// drawing is SimCLR that looks at what a step's stream gives.
type drawing struct {
	methods.SimCLR
	to *drawn
}

func (d drawing) New(s methods.Setup) (methods.Objective, error) {
	o, err := d.SimCLR.New(s)
	return drawingObjective{o, d.to}, err
}

type drawingObjective struct {
	methods.Objective
	to *drawn
}

func (o drawingObjective) Build(b methods.Batch) methods.Loss {
	l := o.Objective.Build(b)
	l.Before = func(s methods.Step) {
		o.to.add(s.RNG.Uint64())
		o.to.add(s.RNG.Uint64())
	}
	return l
}

// TestNoStreamOfARunIsDrawnTwice: steps and views have streams of their own, in the second epoch too, where a step and a view
// once shared one. What an augmentation sees is the second number of a view's stream; the first chooses another sample.
func TestNoStreamOfARunIsDrawnTwice(t *testing.T) {
	d := &drawn{seen: map[uint64]int{}}
	cfg := Config{Method: drawing{to: d}, Encoder: encoders.Conv{Width: 4, Depth: 1, Out: 4}, Views: augment.Spec{First: augment.Pipeline{listener{d}}},
		Window: 16, Stride: 8, Batch: 8, Epochs: 3}
	_, sum, err := Pretrain(context.Background(), waves(2, 136), cfg)
	if err != nil {
		t.Fatal(err)
	}
	views := 2 * 3 * sum.Windows
	for v, n := range d.seen {
		if n > 1 {
			t.Errorf("the number %d was drawn %d times", v, n)
		}
	}
	if len(d.seen) != views+2*sum.Steps {
		t.Errorf("%d numbers for %d views and %d steps", len(d.seen), views, sum.Steps)
	}
}
