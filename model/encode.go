package model

import (
	"context"
	"errors"
	"strings"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

const (
	// encodeBatch is how many samples are encoded at once.
	encodeBatch = 64
	// batchChannels is how many channels these have together: where an encoder takes each channel by itself, a batch of many would
	// take much memory, and seconds in which an interruption is not noticed.
	batchChannels = 1024
)

// Encode returns the encodings [N, Dim] of windows [channels][time], which it normalises like the training data; gaps are
// interpolated. Channels are found by their names where the windows have them, as [Model.Match] does. All windows of one call
// must have the same length; they are not modified. It is safe for concurrent use, and the encoding of a window depends on
// no other window. Errors about the windows are of type [*InputError].
func (m *Model) Encode(ctx context.Context, windows []*series.Window) ([]float32, error) {
	return m.windows(ctx, windows, encodings)
}

// EncodeImages returns the encodings [N, Dim] of images, each brought to the model's size by its centre. They may differ in
// size, and are not modified. It is safe for concurrent use.
func (m *Model) EncodeImages(ctx context.Context, images []*raster.Image) ([]float32, error) {
	return m.images(ctx, images, encodings)
}

// Match returns a series with the channels that the model was trained on, found by their names and in the model's order;
// further channels are left out, and the values are shared. Without names on either side, and for a single channel, the
// numbers must agree. Errors are of type [*InputError].
func (m *Model) Match(s *series.Series) (*series.Series, error) {
	if m.Settings.Image != nil {
		return nil, inputError("series for a model of images")
	}
	out, err := s.Pick(m.Settings.ChannelNames)
	if err == nil {
		err = m.counted(s.ID, s.Channels, len(out.Values))
	}
	return out, m.trainedOn(err)
}

// counted holds the number of channels of a series to that of the model, whose channels may have no names.
func (m *Model) counted(id string, names []string, n int) error {
	if n == m.Settings.Channels {
		return nil
	}
	return &series.ChannelError{Series: id, Have: names, HaveCount: n, WantCount: m.Settings.Channels}
}

// trainedOn adds the model's channels to an error about those of a series.
func (m *Model) trainedOn(err error) error {
	switch names := m.Settings.ChannelNames; {
	case err == nil:
		return nil
	case len(names) > listedNames:
		return inputError("%w; the model was trained on %s, ... (%d)", err, strings.Join(names[:listedNames-1], ", "), len(names))
	case len(names) > 0:
		return inputError("%w; the model was trained on %s", err, strings.Join(names, ", "))
	}
	return &InputError{err}
}

// listedNames is how many names a line shows.
const listedNames = 8

// windows returns what is made of windows, a row for each.
func (m *Model) windows(ctx context.Context, ws []*series.Window, to result) ([]float32, error) {
	matched, err := m.match(ws)
	if err != nil || len(ws) == 0 {
		return nil, err
	}
	out, err := m.apply(ctx, len(ws), shape{first: len(matched[0].Values[0]), to: to}, func(dst []float32, from, to int) error {
		m.normalise(dst, matched[from:to])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, m.finite(out, ws, to)
}

// match returns windows with the channels of the model, in their order; all are of one length.
func (m *Model) match(ws []*series.Window) ([]*series.Window, error) {
	if len(ws) > 0 && m.Settings.Image != nil {
		return nil, inputError("windows of series for a model of images")
	}
	matched := make([]*series.Window, len(ws))
	l := 0
	for i, w := range ws {
		w, err := w.Pick(m.Settings.ChannelNames)
		if err == nil {
			err = m.counted(w.Series, w.Channels, len(w.Values))
		}
		if err != nil {
			return nil, m.trainedOn(err)
		}
		if i == 0 {
			l = len(w.Values[0])
		}
		for _, v := range w.Values {
			if len(v) != l || l == 0 {
				return nil, inputError("a window of series %q has %d time stamps, want %d as in the first one", w.Series, len(v), max(l, 1))
			}
		}
		matched[i] = w
	}
	return matched, nil
}

// normalise writes matched windows as the network takes them, [N, C, T], without gaps.
func (m *Model) normalise(dst []float32, ws []*series.Window) {
	c := m.Settings.Channels
	kernel.Parallel(len(ws), 4, func(lo, hi int) {
		x := make([][]float32, c)
		for i := lo; i < hi; i++ {
			l := len(ws[i].Values[0])
			for j := range x {
				x[j] = dst[(i*c+j)*l : (i*c+j+1)*l]
			}
			m.Settings.Normalizer.Apply(x, ws[i].Values, 0)
			for _, v := range x {
				series.FillGaps(v)
			}
		}
	})
}

// finite refuses rows of windows that overflow.
func (m *Model) finite(rows []float32, ws []*series.Window, to result) error {
	if i := overflow(rows, m.width(to)); i >= 0 {
		return inputError("series %q, time stamps %d to %d: %w", ws[i].Series, ws[i].Start, ws[i].End, errOverflow)
	}
	return nil
}

var errOverflow = errors.New("the encoding is not finite, or too large to compare; either the values are too large for the model, or its weights are damaged or blew up in training")

// overflow is the first row with a NaN, or whose length is infinite or has a square that is, or -1.
func overflow(x []float32, width int) int {
	for i := range len(x) / width {
		var square float32
		for _, v := range x[i*width : (i+1)*width] {
			square += v * v
		}
		if square-square != 0 {
			return i
		}
	}
	return -1
}

// images returns what is made of images, a row for each.
func (m *Model) images(ctx context.Context, all []*raster.Image, to result) ([]float32, error) {
	p := m.Settings.Image
	if p == nil {
		return nil, inputError("images for a model of series")
	}
	size := m.Settings.Channels * p.Size * p.Size
	errs := make([]error, encodeBatch)
	out, err := m.apply(ctx, len(all), shape{first: p.Size, second: p.Size, to: to}, func(dst []float32, from, to int) error {
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
	if err != nil {
		return nil, err
	}
	if i := overflow(out, m.width(to)); i >= 0 {
		return nil, inputError("image %q: %w", all[i].Name, errOverflow)
	}
	return out, nil
}

// batchFor is the size of the program that encodes n samples: 1, 8, 16, 32 or 64. A handful serves every call, so that few are compiled.
func batchFor(n int) int {
	size := 1
	for size < n {
		size = max(8, 2*size)
	}
	return size
}

// batch is how many samples are encoded at once.
func (m *Model) batch() int {
	size := encodeBatch
	for size > 8 && size*m.Settings.Channels > batchChannels {
		size /= 2
	}
	return size
}

// apply runs the network over n samples: fill writes some of them, normalised.
func (m *Model) apply(ctx context.Context, n int, key shape, fill func(dst []float32, from, to int) error) ([]float32, error) {
	width := m.width(key.to)
	out := make([]float32, 0, n*width)
	batch := m.batch()
	for from := 0; from < n; from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+batch, n)
		key.n = batchFor(to - from)
		err := m.with(key, func(e *encoding) error {
			dst := e.prog.Data(e.x)
			clear(dst)
			if err := fill(dst, from, to); err != nil {
				return err
			}
			if err := e.prog.Run(); err != nil {
				return err
			}
			out = append(out, e.prog.Data(e.h)[:(to-from)*width]...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
