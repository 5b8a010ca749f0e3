package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// shape tells programs apart: samples of those axes in a batch, to logits or to encodings.
type shape struct {
	n, first, second int // second is 0 for windows
	logits           bool
}

// shapeOf is the shape of a batch [N, C, T] or [N, C, H, W].
func shapeOf(s []int, logits bool) shape {
	k := shape{n: s[0], first: s[2], logits: logits}
	if len(s) == 4 {
		k.second = s[3]
	}
	return k
}

// input is the shape of the batch.
func (k shape) input(channels int) []int {
	s := []int{k.n, channels, k.first}
	if k.second > 0 {
		s = append(s, k.second)
	}
	return s
}

// encoding is the program that encodes one batch size and length.
type encoding struct {
	prog *nn.Program
	x, h *nn.Node
}

// encodeBatch is how many samples are encoded at once.
const encodeBatch = 64

// maxPrograms bounds the compiled programs that a model keeps.
const maxPrograms = 8

// Encode returns the encodings [N, Dim] of windows [channels][time], which it
// normalises like the training data; gaps are interpolated. All windows of one
// call must have the same length. The windows are not modified. It is not safe
// for concurrent use.
func (m *Model) Encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	return m.windows(ctx, windows, false)
}

// EncodeImages returns the encodings [N, Dim] of images, each brought to the model's size by its centre. They may differ in
// size, and are not modified. It is not safe for concurrent use.
func (m *Model) EncodeImages(ctx context.Context, images []*raster.Image) ([]float32, error) {
	return m.images(ctx, images, false)
}

// windows returns the encodings of windows, or the logits of their classes.
func (m *Model) windows(ctx context.Context, ws []*series.Window, logits bool) ([]float32, error) {
	if len(ws) == 0 {
		return nil, nil
	}
	if m.Settings.Image != nil {
		return nil, inputError("windows of series for a model of images")
	}
	first := ws[0].Values
	if len(first) == 0 || len(first[0]) == 0 {
		return nil, inputError("window of series %q has no values", ws[0].Series)
	}
	c, l := len(first), len(first[0])
	if c != m.Settings.Channels {
		return nil, inputError("series %q has %d channels, the model was trained on %d (%s)",
			ws[0].Series, c, m.Settings.Channels, strings.Join(m.Settings.ChannelNames, ", "))
	}
	scratch := rows(c, l)
	return m.apply(ctx, len(ws), shape{first: l, logits: logits}, func(dst []float32, from, to int) error {
		for i, w := range ws[from:to] {
			if len(w.Values) != c || len(w.Values[0]) != l {
				return fmt.Errorf("windows of %d x %d and %d x %d in one call", c, l, len(w.Values), len(w.Values[0]))
			}
			m.Settings.Normalizer.Apply(scratch, w.Values, 0)
			for j := range scratch {
				series.FillGaps(scratch[j])
				copy(dst[(i*c+j)*l:], scratch[j])
			}
		}
		return nil
	})
}

// images returns the encodings of images, or the logits of their classes.
func (m *Model) images(ctx context.Context, all []*raster.Image, logits bool) ([]float32, error) {
	p := m.Settings.Image
	if p == nil {
		return nil, inputError("images for a model of series")
	}
	size := m.Settings.Channels * p.Size * p.Size
	errs := make([]error, encodeBatch)
	return m.apply(ctx, len(all), shape{first: p.Size, second: p.Size, logits: logits}, func(dst []float32, from, to int) error {
		clear(errs)
		kernel.Parallel(to-from, 1, func(lo, hi int) {
			w := imageContexts.Get().(*imageaug.Context)
			defer imageContexts.Put(w)
			for i := lo; i < hi; i++ {
				errs[i] = p.Whole(dst[i*size:(i+1)*size], all[from+i], w)
			}
		})
		return firstOf(errs)
	})
}

// apply runs the network over n samples: fill writes some of them, normalised.
func (m *Model) apply(ctx context.Context, n int, key shape, fill func(dst []float32, from, to int) error) ([]float32, error) {
	width := m.width(key.logits)
	out := make([]float32, 0, n*width)
	for from := 0; from < n; from += encodeBatch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+encodeBatch, n)
		// A handful of batch sizes serves every call, so that few programs are compiled.
		size := 1
		for size < to-from {
			size *= 8
		}
		key.n = min(size, encodeBatch)
		e, err := m.program(key)
		if err != nil {
			return nil, err
		}
		dst := e.prog.Data(e.x)
		clear(dst)
		if err := fill(dst, from, to); err != nil {
			return nil, err
		}
		if err := e.prog.Run(); err != nil {
			return nil, err
		}
		out = append(out, e.prog.Data(e.h)[:(to-from)*width]...)
	}
	return out, nil
}

func (m *Model) program(key shape) (*encoding, error) {
	if e, ok := m.programs[key]; ok {
		return e, nil
	}
	if len(m.programs) >= maxPrograms {
		clear(m.programs)
	}
	g := nn.NewGraph(false)
	e := &encoding{x: g.Input("x", key.input(m.Settings.Channels)...)}
	if e.h = m.net.Apply(e.x); key.logits {
		e.h = m.classify(e.h)
	}
	var err error
	if e.prog, err = g.Compile(nil, e.h); err != nil {
		return nil, err
	}
	m.programs[key] = e
	return e, nil
}

// rows makes c rows of l values in one piece of memory.
func rows(c, l int) [][]float32 {
	out := make([][]float32, c)
	flat := make([]float32, c*l)
	for i := range out {
		out[i] = flat[i*l : (i+1)*l]
	}
	return out
}

// Evaluator compiles the network for batches of a shape, [N, C, T] or [N, C, H, W], to encodings [N, Dim] or to logits
// [N, classes]. The function it returns reads normalised values x and writes dst; it is not safe for concurrent use.
func (m *Model) Evaluator(batch []int, logits bool) (func(dst, x []float32) error, error) {
	if logits {
		if err := m.classifies(); err != nil {
			return nil, err
		}
	}
	e, err := m.program(shapeOf(batch, logits))
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
