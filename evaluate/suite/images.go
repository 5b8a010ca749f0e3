package suite

import (
	"context"
	"fmt"
	"hash/crc64"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// ImageSet is a labelled set of images in two parts.
type ImageSet struct {
	Name        string
	Train, Test model.ImageSet
}

// Images learns from the train part of a set of images without labels, and classifies the test part by frozen encodings: by
// the weighted vote of the nearest neighbours (Wu et al., 2018, section 3.4) and by a linear probe ([evaluate.SGD]).
type Images struct {
	Training
	// K is the number of neighbours, of at most the train part; 0 means 200. Tau is the temperature of their vote; 0 means
	// 0.07.
	K   int
	Tau float64
}

// Rows is how many rows each set has.
func (c Images) Rows() int { return c.images().perSet(1) }

// images is the training with the encoder of images as its default.
func (c Images) images() Training {
	if len(c.Encoders) == 0 {
		c.Encoders = []encoders.Encoder{imageenc.ResNet18{}}
	}
	return c.Training
}

// Set returns the rows of one set, those that the journal has not got made and added to it. It returns the rows it had along
// with an error.
func (c Images) Set(ctx context.Context, s ImageSet, j *Journal) ([]Row, error) {
	t, err := c.images().defaults()
	if err != nil {
		return nil, err
	}
	if c.K < 0 || c.Tau < 0 {
		return nil, fmt.Errorf("%d neighbours at a temperature of %g must not be negative", c.K, c.Tau)
	}
	if c.K == 0 {
		c.K = 200
	}
	if c.Tau == 0 {
		c.Tau = 0.07
	}
	p, err := newPictures(s, c)
	if err != nil {
		return nil, err
	}
	p.size, p.space = t.Config.Size, t.Config.Space
	return t.compare(ctx, p, map[string]series.Mode{Raw: series.ModeNone}, j)
}

// pictures is a set with its classes numbered.
type pictures struct {
	ImageSet
	cfg                 Images
	data, space         string
	size, classes       int
	trainClass, ofClass []int // of the train and of the test part
}

func newPictures(s ImageSet, c Images) (*pictures, error) {
	p := &pictures{ImageSet: s, cfg: c}
	number := map[string]int{}
	for _, part := range []struct {
		set   model.ImageSet
		class *[]int
	}{{s.Train, &p.trainClass}, {s.Test, &p.ofClass}} {
		if part.set.Len() == 0 {
			return nil, fmt.Errorf("set %q has no images in one of its parts", s.Name)
		}
		for i := range part.set.Len() {
			label := part.set.Label(i)
			if label == "" {
				return nil, fmt.Errorf("set %q: image %d has no label", s.Name, i+1)
			}
			if _, ok := number[label]; !ok {
				number[label] = len(number)
			}
			*part.class = append(*part.class, number[label])
		}
	}
	p.classes = len(number)
	var err error
	p.data, err = imageSum(s.Train, s.Test)
	return p, err
}

// imageSum is a checksum over the labels and some of the pixels: every image of a large set would take longer than a run.
func imageSum(sets ...model.ImageSet) (string, error) {
	const looked = 1000
	h := crc64.New(crc64.MakeTable(crc64.ECMA))
	var m raster.Image
	for _, s := range sets {
		for i := range s.Len() {
			fmt.Fprintln(h, s.Label(i))
		}
		for i := range min(looked, s.Len()) {
			if err := s.Read(i*s.Len()/min(looked, s.Len()), &m); err != nil {
				return "", err
			}
			h.Write(m.Pix)
		}
	}
	return fmt.Sprintf("%016x", h.Sum64()), nil
}

func (p *pictures) learns(cfg train.Config) (train.Data, error) {
	labels := cfg.Method.Needs().Labels
	if encoders.Axes(cfg.Encoder) == 2 {
		if labels {
			return train.Images(p.Train), nil
		}
		return train.Images(unlabelled{p.Train}), nil
	}
	var all []*series.Series
	var m raster.Image
	for i := range p.Train.Len() {
		if err := p.Train.Read(i, &m); err != nil {
			return nil, err
		}
		all = append(all, model.Rows(&m, p.Train.Label(i)))
	}
	return shown(all, labels), nil
}

// unlabelled is a set whose labels are hidden.
type unlabelled struct{ model.ImageSet }

func (unlabelled) Label(int) string { return "" }

func (p *pictures) run(r *Run) {
	r.Suite, r.Set, r.Data = "images", p.Name, p.data
	r.Settings.K, r.Settings.Size, r.Settings.Space = p.cfg.K, p.size, p.space
	r.Settings.Normalize = ""
}

func (p *pictures) measure(ctx context.Context, m *model.Model, _ series.Mode, r *Row) error {
	x, dim, err := codes(ctx, m, p.Train)
	if err != nil {
		return err
	}
	tx, _, err := codes(ctx, m, p.Test)
	if err != nil {
		return err
	}
	r.Classified = &Classified{Train: len(p.trainClass), Test: len(p.ofClass), Classes: p.classes}
	nearest := &evaluate.KNN{K: p.cfg.K, Tau: p.cfg.Tau, Weighted: true}
	if r.Accuracy, err = accuracy(nearest, x, dim, p.trainClass, tx, p.ofClass); err != nil || m == nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	linear, err := accuracy(&evaluate.SGD{}, x, dim, p.trainClass, tx, p.ofClass)
	r.Linear = &linear
	return err
}

// encode is for models of images, and for those of series, which read an image row by row.
func encode(ctx context.Context, m *model.Model, images []*raster.Image) ([]float32, error) {
	if m.Settings.Image != nil {
		return m.EncodeImages(ctx, images)
	}
	ws := make([]*series.Window, len(images))
	for i, im := range images {
		ws[i] = model.Rows(im, "").Whole(m.Settings.Window)
	}
	return m.Encode(ctx, ws)
}

// codes encodes all images of a set; without a model an image is its pixels, which all have to be as many.
func codes(ctx context.Context, m *model.Model, set model.ImageSet) (x []float32, dim int, err error) {
	err = model.EachImages(ctx, set, nil, func(images []*raster.Image, _ []int) error {
		if m != nil {
			h, err := encode(ctx, m, images)
			x, dim = append(x, h...), m.Dim()
			return err
		}
		for _, im := range images {
			if dim == 0 {
				dim = len(im.Pix)
			}
			if len(im.Pix) != dim {
				return fmt.Errorf("%s has %d values, the first image %d; raw pixels cannot be compared", im.Name, len(im.Pix), dim)
			}
			for _, v := range im.Pix {
				x = append(x, float32(v)/255)
			}
		}
		return nil
	})
	return x, dim, err
}
