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

// usualTau is the temperature of the vote in Wu et al.
const usualTau = 0.07

// Rows is how many rows each set has.
func (c Images) Rows() int { return c.images().perSet(1) }

// images is the training with the encoder of images as its default.
func (c Images) images() Training {
	if len(c.Encoders) == 0 {
		c.Encoders = []encoders.Encoder{imageenc.ResNet18{}}
	}
	return c.Training
}

// Set returns the rows of one set. Rows that are in the journal are taken from there; the others are made and added to it. With
// an error come the rows that were there by then.
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
		c.Tau = usualTau
	}
	p, err := newPictures(s, c)
	if err != nil {
		return nil, err
	}
	p.size, p.space = t.Config.Size, t.Config.Space
	return t.compare(ctx, p, []baseline{{Raw, series.ModeNone}}, j)
}

// pictures is a set that was checked.
type pictures struct {
	ImageSet
	cfg         Images
	data, space string
	size        int
}

func newPictures(s ImageSet, c Images) (*pictures, error) {
	for _, part := range []model.ImageSet{s.Train, s.Test} {
		if part.Len() == 0 {
			return nil, fmt.Errorf("set %q has no images in one of its parts", s.Name)
		}
		for i := range part.Len() {
			if part.Label(i) == "" {
				return nil, fmt.Errorf("set %q: image %d has no label", s.Name, i+1)
			}
		}
	}
	sum, err := imageSum(s.Train, s.Test)
	return &pictures{ImageSet: s, cfg: c, data: sum}, err
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
	if p.cfg.Tau != usualTau {
		r.Settings.Tau = p.cfg.Tau
	}
	r.Settings.Normalize = ""
}

func (p *pictures) measure(ctx context.Context, m *model.Model, _ series.Mode, r *Row) error {
	nearest := &evaluate.KNN{K: p.cfg.K, Tau: p.cfg.Tau, Weighted: true}
	if m == nil {
		return r.classify(ctx, nearest, nil, func(learn bool) (*evaluate.Encodings, error) { return p.part(learn).Raw(ctx, nil, 0) })
	}
	return r.classify(ctx, nearest, []evaluate.Probe{&evaluate.SGD{}}, func(learn bool) (*evaluate.Encodings, error) { return p.part(learn).Encode(ctx, m) })
}

func (*pictures) whole(Row) bool { return true }

func (p *pictures) part(learn bool) evaluate.Set {
	if learn {
		return evaluate.Set{Images: p.Train}
	}
	return evaluate.Set{Images: p.Test}
}
