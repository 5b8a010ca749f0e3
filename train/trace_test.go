package train

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/nn"
)

// tracer keeps what it is told.
type tracer struct {
	t       *testing.T
	steps   []int
	weights []*nn.Param
	first   []float32
	fail    error
}

func (r *tracer) OnBatch(b Batch) error {
	if r.weights == nil {
		r.weights, r.first = b.Weights, slices.Clone(b.Weights[0].Data)
	}
	r.steps = append(r.steps, b.Index)
	if b.Total != 7 || len(b.Samples) != b.Shapes[0][0] || len(b.Views) != 2 || len(b.Shapes) != 2 {
		r.t.Errorf("step %d of %d: samples %v, %d views of %v", b.Index, b.Total, b.Samples, len(b.Views), b.Shapes)
	}
	for i, v := range b.Views {
		size, varied := 1, false
		for _, n := range b.Shapes[i] {
			size *= n
		}
		for _, x := range v {
			varied = varied || x != v[0]
		}
		if len(v) != size || !varied {
			r.t.Errorf("step %d: view %d has %d values, shape %v, all the same %v", b.Index, i, len(v), b.Shapes[i], !varied)
		}
	}
	return r.fail
}

func (r *tracer) OnStep(s Step) error {
	if s.Index == 1 && slices.Equal(r.first, r.weights[0].Data) {
		r.t.Error("behind the first step the weights are those before it")
	}
	return nil
}

func TestTracerSeesEveryBatch(t *testing.T) {
	cfg := everyConfig(t, "simclr", nil)
	r := &tracer{t: t}
	cfg.Hooks = []Hook{r}
	if _, _, err := Pretrain(context.Background(), waves(3, 120), cfg); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.steps, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("told of steps %v", r.steps)
	}
	r = &tracer{t: t, fail: errors.New("enough")}
	cfg.Hooks = []Hook{r}
	if _, _, err := Pretrain(context.Background(), waves(3, 120), cfg); !errors.Is(err, r.fail) || len(r.steps) != 1 {
		t.Errorf("the error is %v behind %d steps, want the tracer's behind one", err, len(r.steps))
	}
}
