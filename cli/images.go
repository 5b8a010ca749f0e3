package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/datasets/ondisk"
	"github.com/wavekin/wavekin/datasets/synthetic"
	"github.com/wavekin/wavekin/detect"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// imageFlags say how image sets are read.
type imageFlags struct {
	Cache   int  `help:"Keep at most this many megabytes of decoded images in memory." default:"512"`
	Corrupt bool `name:"skip-corrupt" help:"Skip and report images that cannot be read, instead of stopping."`

	// apart is a set that is in use for something else: of a folder without parts, all is taken where a part is meant only because
	// the set's name does not say one, but not twice.
	apart string
	// ground is seen through what is transparent.
	ground string
}

// openImages opens a set such as cifar10:DIR; part is the one to take where the set's name does not say.
func (f imageFlags) openImages(e *env, spec, part string) (*imageset.Set, error) {
	if f.Cache < 0 {
		return nil, usagef("--cache is %d, want 0 or more megabytes", f.Cache)
	}
	o := imageset.Options{Part: part, Cache: int64(f.Cache) << 20, Ground: f.ground}
	if f.Cache == 0 {
		o.Cache = -1
	}
	set, err := imageset.Open(spec, o)
	name, named := imageset.Split(spec)
	if apart, _ := imageset.Split(f.apart); errors.Is(err, imageset.ErrNoParts) && named == "" && name != apart {
		o.Part = ""
		set, err = imageset.Open(spec, o)
	}
	if err != nil {
		return nil, err
	}
	for _, line := range set.Remarks() {
		e.once("%s: %s", set, line)
	}
	return set, nil
}

// on returns the flags for the images of a model.
func (f imageFlags) on(m *model.Model) imageFlags {
	if m != nil && m.Settings.Image != nil {
		f.ground = m.Settings.Image.Behind()
	}
	return f
}

// imagesOf opens a set for a model of images, which nothing else is an input for.
func (f imageFlags) imagesOf(e *env, m *model.Model, spec, part string) (*imageset.Set, error) {
	if !imageset.IsSet(spec) {
		return nil, &datasets.Error{File: spec, Offset: -1, Err: errors.New("the model is one of images; give a set of images, such as images:DIR (wavekin list formats), or a model of series")}
	}
	return f.on(m).openImages(e, spec, part)
}

// corrupt says of an image that it is passed over, or is nil where that is not wanted.
func (f imageFlags) corrupt(e *env) func(error) error {
	if !f.Corrupt {
		return nil
	}
	return func(err error) error {
		var one *imageset.ImageError
		if !errors.As(err, &one) {
			return err
		}
		e.remark("passed over: %v", err)
		return nil
	}
}

// material is what a training learns from: the series of files, or one set of images.
type material struct {
	train.Data
	// series is nil for images, and for series whose values are in a file.
	series []*series.Series
	// file is nil for series in memory.
	file *ondisk.Set
	// set is nil for series.
	set *imageset.Set
}

// Close lets go of a set of images, or of a file.
func (m *material) Close() error {
	switch {
	case m.set != nil:
		return m.set.Close()
	case m.file != nil:
		return m.file.Close()
	}
	return nil
}

// labelled is the set for package evaluate; corrupt is asked about images that cannot be read.
func (m *material) labelled(corrupt func(error) error) evaluate.Set {
	if m.set == nil {
		return evaluate.Set{Series: m.series}
	}
	return evaluate.Set{Images: m.set, Corrupt: corrupt}
}

// material reads what --data names: for a model of series, or an encoder of them, images are read as series of their rows.
func (f inputFlags) material(e *env, paths []string, part string, images bool, m *model.Model) (*material, error) {
	if !images && len(paths) == 1 && synthetic.Is(paths[0]) && m == nil {
		set, err := synthetic.Parse(paths[0], e.cli.Seed)
		if err != nil {
			return nil, usageError{err}
		}
		return &material{Data: train.Drawn(set)}, nil
	}
	if !images {
		if f.keep.most > 0 {
			all, file, err := f.gridded(0).record(e, paths)
			return &material{series: all, file: file}, err
		}
		all, err := f.gridded(0).read(e, paths, m)
		return &material{Data: train.Series(all), series: all}, err
	}
	if len(paths) != 1 || !imageset.IsSet(paths[0]) {
		return nil, usagef("an encoder of images learns from one set of images, such as cifar10:DIR or images:DIR (wavekin list formats); got %s", listOf(paths))
	}
	set, err := f.on(m).openImages(e, paths[0], part)
	if err != nil {
		return nil, err
	}
	return &material{Data: train.Images(set), set: set}, nil
}

// rowReader hands out images as series: a time stamp for each row, a channel for each of its pixels.
type rowReader struct {
	set     *imageset.Set
	at      int
	image   raster.Image
	corrupt func(error) error // is asked about images that cannot be read; nil: they are errors
}

// openRows opens a set of images as series.
func (f imageFlags) openRows(e *env, spec, part string) (datasets.Reader, error) {
	set, err := f.openImages(e, spec, part)
	if err != nil {
		return nil, err
	}
	return &rowReader{set: set, corrupt: f.corrupt(e)}, nil
}

// Next returns the next image that can be read, pixels from 0 to 1.
func (r *rowReader) Next() (*series.Series, error) {
	for r.at < r.set.Len() {
		at, m := r.at, &r.image
		r.at++
		err := r.set.Read(at, m)
		if err == nil {
			return model.Rows(m, r.set.Label(at)), nil
		}
		if r.corrupt != nil {
			err = r.corrupt(err)
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, io.EOF
}

// Close lets go of the set.
func (r *rowReader) Close() error { return r.set.Close() }

// imageBatch is images that were read together; those that could not be read are left out.
type imageBatch struct {
	images []*raster.Image
	ids    []int
}

// eachImages reads a set in batches, in order and in parallel, and calls f with each. What f gets is valid until it returns.
func eachImages(e *env, set model.ImageSet, corrupt func(error) error, f func(b imageBatch) error) error {
	return model.EachImages(e.ctx, set, corrupt, func(images []*raster.Image, ids []int) error { return f(imageBatch{images, ids}) })
}

// embedImages encodes every image of every set.
func (c *embedCmd) embedImages(e *env, m *model.Model) error {
	cols := []datasets.Column{{Name: "image", Type: datasets.String}, {Name: "label", Type: datasets.String}, {Name: "embedding", Type: datasets.Vector, Dim: m.Dim()}}
	about, err := c.about(e, m, cols)
	if err != nil {
		return err
	}
	out, err := datasets.Create(c.Out, cols, datasets.WriterOptions{Metadata: about})
	if err != nil {
		return err
	}
	st := newStream(e, "encoding", c.Out, c.jobFlags)
	err = st.eachSet(e, c.Inputs, m, c.imageFlags, func(set *imageset.Set, b imageBatch, h []float32) error {
		for k, id := range b.ids {
			if err := out.Append(b.images[k].Name, set.Label(id), h[k*m.Dim():(k+1)*m.Dim()]); err != nil {
				return err
			}
		}
		return nil
	})
	return st.finish(e, out, c.Out, err)
}

// encodeNormal encodes the normal images, and returns their names as well.
func (c *scoreCmd) encodeNormal(e *env, m *model.Model) (rows []float32, names []string, err error) {
	for _, spec := range c.Normal {
		set, err := c.imagesOf(e, m, spec, "train")
		if err != nil {
			return nil, nil, err
		}
		err = eachImages(e, set, c.corrupt(e), func(b imageBatch) error {
			h, err := m.EncodeImages(e.ctx, b.images)
			rows = append(rows, h...)
			for _, im := range b.images {
				names = append(names, im.Name)
			}
			return err
		})
		if err = errors.Join(err, set.Close()); err != nil {
			return nil, nil, err
		}
	}
	return rows, names, nil
}

// scoreImages scores every image of every set against the normal ones.
func (c *scoreCmd) scoreImages(e *env, m *model.Model) error {
	if c.PerPoint || c.Plot != "" || c.Reference != "" || c.judges(e) {
		return usagef("--per-point, --plot, --reference, --verdicts and --fdr are for series; wavekin draw neighbours shows images beside their neighbours")
	}
	if c.Out == "" {
		return usagef("scores of images go into a table; give --out FILE")
	}
	if err := c.suits(e, m); err != nil {
		return err
	}
	rows, names, err := c.encodeNormal(e, m)
	if err != nil {
		return err
	}
	config, err := c.config(e)
	if err != nil {
		return err
	}
	d, err := detect.FitRows(rows, m.Dim(), config)
	if err != nil {
		return &datasets.Error{File: listOf(c.Normal), Offset: -1, Err: fmt.Errorf("normal images: %w", err)}
	}
	cols := []datasets.Column{{Name: "image", Type: datasets.String}, {Name: "label", Type: datasets.String},
		{Name: "score", Type: datasets.Float64}, {Name: "p_value", Type: datasets.Float64}, {Name: "neighbour", Type: datasets.String}}
	about, err := e.metadata(m, d.Config(), distance(d.Config()), cols)
	if err != nil {
		return err
	}
	out, err := datasets.Create(c.Out, cols, datasets.WriterOptions{Metadata: about})
	if err != nil {
		return err
	}
	st := newStream(e, "scoring", c.Out, c.jobFlags)
	err = st.eachSet(e, c.Inputs, m, c.imageFlags, func(set *imageset.Set, b imageBatch, h []float32) error {
		scores, err := d.Rows(h)
		if err != nil {
			return err
		}
		for k, a := range scores {
			if err := out.Append(b.images[k].Name, set.Label(b.ids[k]), a.Score, a.P, names[a.Nearest.Start]); err != nil {
				return err
			}
		}
		return nil
	})
	return st.finish(e, out, c.Out, err)
}

// eachSet encodes every set in turn and hands its batches to f; one that fails does not keep the others from being done.
func (s *stream) eachSet(e *env, specs []string, m *model.Model, in imageFlags, f func(set *imageset.Set, b imageBatch, h []float32) error) error {
	s.inputs, s.thing = len(specs), "image"
	for i, spec := range specs {
		set, err := in.imagesOf(e, m, spec, "test")
		if err == nil {
			done := 0
			err = eachImages(e, set, in.corrupt(e), func(b imageBatch) error {
				h, err := m.EncodeImages(e.ctx, b.images)
				if err != nil {
					return err
				}
				done += len(b.ids)
				s.windows += len(b.ids)
				s.rows += len(b.ids)
				s.bar.Set(done, set.Len(), fmt.Sprintf("input %d of %d", i+1, len(specs)))
				return f(set, b, h)
			})
			err = errors.Join(err, set.Close())
		}
		if err := s.note(e, spec, err); err != nil {
			return err
		}
	}
	return nil
}
