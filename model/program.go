package model

import (
	"slices"
	"sync"

	"github.com/wavekin/wavekin/nn"
)

// result is what a program makes of samples.
type result uint8

const (
	encodings   result = iota // [N, Dim]
	logits                    // [N, classes]
	predictions               // as Predictor.Encode says
	pieces                    // encodings of pieces of windows
	guesses                   // predictions from encodings of pieces [N, P, D]
)

// shape tells programs apart: samples of those axes in a batch, and what is made of them.
type shape struct {
	n, first, second int // second is 0 for windows
	to               result
}

// shapeOf is the shape of a batch [N, C, T] or [N, C, H, W].
func shapeOf(s []int, to result) shape {
	k := shape{n: s[0], first: s[2], to: to}
	if len(s) == 4 {
		k.second = s[3]
	}
	return k
}

// input is the shape of the batch.
func (k shape) input(channels int) []int {
	if k.to == guesses {
		return []int{k.n, k.first, k.second}
	}
	s := []int{k.n, channels, k.first}
	if k.second > 0 {
		s = append(s, k.second)
	}
	return s
}

// encoding is the program that encodes one batch size and length.
type encoding struct {
	shape
	prog *nn.Program
	x, h *nn.Node
}

// maxPrograms bounds the compiled programs that a model keeps while nobody uses them.
const maxPrograms = 8

// programs are compiled programs that nobody uses at present. It is safe for concurrent use.
type programs struct {
	mu   sync.Mutex
	idle []*encoding // the last one was used last
}

// take returns an idle program of that shape, which is then the caller's, or nil.
func (p *programs) take(key shape) *encoding {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, e := range slices.Backward(p.idle) {
		if e.shape == key {
			p.idle = slices.Delete(p.idle, i, i+1)
			return e
		}
	}
	return nil
}

// give puts a program back, in place of the one that was not used for the longest time where there are many.
func (p *programs) give(e *encoding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == maxPrograms {
		p.idle = slices.Delete(p.idle, 0, 1)
	}
	p.idle = append(p.idle, e)
}

// compiling keeps compilations apart, which share the graph library's state.
var compiling sync.Mutex

// SetPrecision chooses the precision in which the model encodes, float32 unless it is called; see [nn.Graph.SetPrecision].
// Call it before the model is used.
func (m *Model) SetPrecision(p nn.Precision) { m.precision = p }

// compile builds the network for batches of a shape.
func (m *Model) compile(key shape) (*encoding, error) {
	compiling.Lock()
	defer compiling.Unlock()
	g := nn.NewGraph(false)
	g.SetPrecision(m.precision)
	e := &encoding{shape: key, x: g.Input("x", key.input(m.Settings.Channels)...)}
	switch key.to {
	case predictions:
		e.h = m.predictor.Apply(e.x)
	case pieces:
		e.h = m.predictor.Encode(e.x)
	case guesses:
		e.h = m.predictor.Predict(e.x)
	case logits:
		e.h = m.classify(m.net.Apply(e.x))
	default:
		e.h = m.encode(e.x)
	}
	var err error
	e.prog, err = g.Compile(nil, e.h)
	return e, err
}

// with runs f with a program of that shape that is nobody else's meanwhile.
func (m *Model) with(key shape, f func(e *encoding) error) error {
	e := m.programs.take(key)
	if e == nil {
		var err error
		if e, err = m.compile(key); err != nil {
			return err
		}
	}
	if err := f(e); err != nil {
		return err
	}
	m.programs.give(e)
	return nil
}

// Evaluator compiles the network for batches of a shape, [N, C, T] or [N, C, H, W], to encodings [N, Dim] or to logits
// [N, classes]. The function it returns reads normalised values x and writes dst; it is not safe for concurrent use.
func (m *Model) Evaluator(batch []int, classes bool) (func(dst, x []float32) error, error) {
	to := encodings
	if classes {
		if err := m.classifies(); err != nil {
			return nil, err
		}
		to = logits
	}
	e, err := m.compile(shapeOf(batch, to))
	if err != nil {
		return nil, err
	}
	return func(dst, x []float32) error {
		copy(e.prog.Data(e.x), x)
		if err := e.prog.Run(); err != nil {
			return err
		}
		copy(dst, e.prog.Data(e.h))
		return nil
	}, nil
}
