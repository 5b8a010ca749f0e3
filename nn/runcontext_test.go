package nn

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// TestRunContext: a run is that of Run; one whose context ends is not waited for, and ends after its operation.
func TestRunContext(t *testing.T) {
	begun, ended := make(chan bool, 2), make(chan bool)
	build := func(wait bool) (*Program, *Node) {
		g := NewGraph(false)
		x := g.Input("x", 2, 3)
		y := Scale(x, 2)
		p, err := g.Compile(nil, y)
		if err != nil {
			t.Fatal(err)
		}
		if wait {
			run := p.steps[0].run
			p.steps[0].run = func(in [][]float32, out []float32) {
				begun <- true
				<-ended
				run(in, out)
			}
			p.steps = append(p.steps, p.steps[0]) // which is not begun
		}
		copy(p.Data(x), []float32{1, 2, 3, 4, 5, 6})
		return p, y
	}
	p, y := build(false)
	if err := p.RunContext(t.Context()); err != nil || !slices.Equal(p.Data(y), []float32{2, 4, 6, 8, 10, 12}) {
		t.Errorf("%v, %v", p.Data(y), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p, _ = build(true)
	go func() {
		<-begun
		cancel()
	}()
	if err := p.RunContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("an operation that does not end: %v", err)
	}
	close(ended)
	select {
	case <-begun:
		t.Error("the next operation was begun")
	case <-time.After(50 * time.Millisecond):
	}
}
