package evaluate

import (
	"context"
	"errors"
	"fmt"

	"github.com/wavekin/wavekin/datasets/subset"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// ErrNoLabel: a sample without a label where every one needs a class.
var ErrNoLabel = errors.New("sample without a label")

// Encodings are the rows that an encoder, or no encoder, makes of a labelled set. Probes are fitted on the encodings of one set and
// measured on those of another, see [Classify].
type Encodings struct {
	// Rows [N, Dim] are the encodings, one after the other.
	Rows []float32
	// Dim is the length of an encoding.
	Dim int
	// Labels [N] are the classes, "" where a sample has none.
	Labels []string
	// Groups [N] name what a row is a part of, such as the series of a window. Rows of one group belong on the same side of a
	// split, because they resemble each other for reasons other than their class.
	Groups []string
}

// Len is the number of rows.
func (e *Encodings) Len() int { return len(e.Labels) }

// Row is the encoding of sample i; it shares the memory of Rows.
func (e *Encodings) Row(i int) []float32 { return e.Rows[i*e.Dim : (i+1)*e.Dim] }

// add appends rows of dim numbers.
func (e *Encodings) add(rows []float32, dim int) error {
	if e.Dim == 0 {
		e.Dim = dim
	}
	if dim != e.Dim {
		return fmt.Errorf("%w: rows of %d and of %d numbers cannot be compared", ErrShape, dim, e.Dim)
	}
	e.Rows = append(e.Rows, rows...)
	return nil
}

// Set is a set of samples of one kind.
type Set struct {
	// Series are encoded whole, each as one window of the model's length: cut where it is longer, continued with gaps where it is
	// shorter.
	Series []*series.Series
	// Images take the place of series where not nil. A model of series reads an image row by row, see [model.Rows].
	Images model.ImageSet
	// Corrupt is asked about an image that cannot be read: nil leaves the image out, an error ends the run. Without it every such
	// image ends the run.
	Corrupt func(error) error
}

// Len is the number of samples.
func (s Set) Len() int {
	if s.Images != nil {
		return s.Images.Len()
	}
	return len(s.Series)
}

// Label is the class of sample i, or "".
func (s Set) Label(i int) string {
	if s.Images != nil {
		return s.Images.Label(i)
	}
	return s.Series[i].Label
}

// batchLen is how many series are prepared at once.
const batchLen = 256

// Encode returns the encodings of all samples. Errors are those of [model.Model.Encode] and [model.EachImages].
func (s Set) Encode(ctx context.Context, m *model.Model) (*Encodings, error) {
	return s.rows(ctx, m.Dim(), func(ws []*series.Window, images []*raster.Image) ([]float32, error) {
		switch {
		case images == nil:
			return m.Encode(ctx, ws)
		case m.Settings.Image != nil:
			return m.EncodeImages(ctx, images)
		}
		return m.Encode(ctx, imageRows(images, m.Settings.Window))
	}, m.Settings.Window)
}

// Raw returns the values themselves as rows, the floor that encodings are compared with: of series the first length time stamps,
// centred and scaled by norm and gaps interpolated, channel after channel; of images all pixels from 0 to 1, for which norm may be
// nil. Images that differ in size are an error.
func (s Set) Raw(ctx context.Context, norm *series.Normalizer, length int) (*Encodings, error) {
	return s.rows(ctx, 0, func(ws []*series.Window, images []*raster.Image) ([]float32, error) {
		if images == nil {
			return RawWindows(norm, ws), nil
		}
		var rows []float32
		for _, m := range images {
			if len(m.Pix) != len(images[0].Pix) {
				return nil, fmt.Errorf("%w: %s has %d values, the image before it %d; raw pixels cannot be compared", ErrShape, m.Name, len(m.Pix), len(images[0].Pix))
			}
			for i := range m.Pix {
				rows = append(rows, float32(m.Unit(i)))
			}
		}
		return rows, nil
	}, length)
}

// RawWindows returns the values of windows of one length as rows, channel after channel: centred and scaled by norm, gaps
// interpolated.
func RawWindows(norm *series.Normalizer, ws []*series.Window) []float32 {
	var rows []float32
	for _, w := range ws {
		values := make([][]float32, len(w.Values))
		for c, v := range w.Values {
			values[c] = make([]float32, len(v))
		}
		norm.Apply(values, w.Values, 0)
		for _, v := range values {
			series.FillGaps(v)
			rows = append(rows, v...)
		}
	}
	return rows
}

// imageRows reads images as windows of their rows.
func imageRows(images []*raster.Image, length int) []*series.Window {
	ws := make([]*series.Window, len(images))
	for i, m := range images {
		ws[i] = model.Rows(m, "").Whole(length)
	}
	return ws
}

// rows collects what encode makes of batches of whole series, or of images. A dim of 0 follows from the first batch.
func (s Set) rows(ctx context.Context, dim int, encode func([]*series.Window, []*raster.Image) ([]float32, error), length int) (*Encodings, error) {
	e := &Encodings{Dim: dim}
	err := s.each(ctx, length, func(ws []*series.Window, images []*raster.Image, ids []int) error {
		if len(ids) == 0 {
			return nil
		}
		rows, err := encode(ws, images)
		if err != nil {
			return err
		}
		for k, i := range ids {
			e.Labels = append(e.Labels, s.Label(i))
			if images != nil {
				e.Groups = append(e.Groups, images[k].Name)
			} else {
				e.Groups = append(e.Groups, s.Series[i].ID)
			}
		}
		return e.add(rows, len(rows)/len(ids))
	})
	return e, err
}

// each hands out the samples in batches, series as windows of a length; ids are their numbers. What f gets is valid until it
// returns.
func (s Set) each(ctx context.Context, length int, f func(ws []*series.Window, images []*raster.Image, ids []int) error) error {
	if s.Images != nil {
		return model.EachImages(ctx, s.Images, s.Corrupt, func(images []*raster.Image, ids []int) error { return f(nil, images, ids) })
	}
	for from := 0; from < len(s.Series); from += batchLen {
		if err := ctx.Err(); err != nil {
			return err
		}
		var ws []*series.Window
		var ids []int
		for i, one := range s.Series[from:min(from+batchLen, len(s.Series))] {
			ws, ids = append(ws, one.Whole(length)), append(ids, from+i)
		}
		if err := f(ws, nil, ids); err != nil {
			return err
		}
	}
	return nil
}

// Thin is at most n samples of the set, evenly spaced; 0 means all.
func (s Set) Thin(n int) Set {
	all := s.Len()
	if n <= 0 || n >= all {
		return s
	}
	return s.Pick(subset.Evenly(all, n))
}

// Pick is the samples of the given numbers, in that order; a number that the set has not is a mistake of the caller and panics.
func (s Set) Pick(ids []int) Set {
	if s.Images != nil {
		s.Images = picked{s.Images, ids}
		return s
	}
	var some []*series.Series
	for _, i := range ids {
		some = append(some, s.Series[i])
	}
	s.Series = some
	return s
}

// picked is some images of a set.
type picked struct {
	model.ImageSet
	ids []int
}

func (p picked) Len() int                          { return len(p.ids) }
func (p picked) Read(i int, m *raster.Image) error { return p.ImageSet.Read(p.ids[i], m) }
func (p picked) Label(i int) string                { return p.ImageSet.Label(p.ids[i]) }
