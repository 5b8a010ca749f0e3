package train

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// ImageSet is a set of images that can be read in any order, by several goroutines.
type ImageSet = model.ImageSet

// Images makes a set of images what an encoder learns from. They are read anew for each batch.
func Images(set ImageSet) Data { return set }

// imagePart is a part of a set.
type imagePart struct {
	whole ImageSet
	ids   []int
}

func (p imagePart) Len() int                          { return len(p.ids) }
func (p imagePart) Read(i int, m *raster.Image) error { return p.whole.Read(p.ids[i], m) }
func (p imagePart) Label(i int) string                { return p.whole.Label(p.ids[i]) }

// imageSamples takes every image for a sample, brought to one size and normalised.
func imageSamples(d ImageSet, c *Config, base *model.Model) (*samples, error) {
	if d.Len() < 2 {
		return nil, inputError("%d image(s), want at least 2 to tell apart", d.Len())
	}
	src := &images{set: d, corrupt: c.Corrupt, told: map[int]bool{}}
	var err error
	if base != nil {
		if src.Picture = base.Settings.Image; src.Picture == nil {
			return nil, inputError("images for a model of series")
		}
	} else if src.Picture, err = src.picture(*c); err != nil {
		return nil, err
	}
	if c.ImageViews.IsZero() {
		c.ImageViews = defaultImageViews(src.Size)
	}
	src.spec = c.ImageViews
	s := &samples{at: make([]methods.Sample, d.Len()), channels: src.Channels(), axes: []int{src.Size, src.Size}, data: d, source: src}
	for i := range s.at {
		s.at[i].Series = i
	}
	return s, nil
}

// images is the source of images.
type images struct {
	*model.Picture
	set     ImageSet
	spec    imageaug.Spec
	corrupt func(error) error
	mu      sync.Mutex
	told    map[int]bool // the images that corrupt has been told of
}

// picture decides how images are looked at, by the settings and what the images are like, and normalises by what it finds.
func (s *images) picture(c Config) (*model.Picture, error) {
	p := &model.Picture{Size: c.Size, Space: c.Space}
	var err error
	if p.Ground, err = groundOf(s.set, c.Ground); err != nil {
		return nil, err
	}
	if p.Size == 0 || p.Space == "" {
		side, grey, err := s.look()
		if err != nil {
			return nil, err
		}
		p.Size = cmp.Or(p.Size, min(side, 224))
		if p.Space == "" && grey {
			p.Space = "grey"
		}
		if p.Space == "" {
			p.Space = "rgb"
		}
	}
	p.Mean, p.Deviation = make([]float32, p.Channels()), make([]float32, p.Channels())
	for i := range p.Deviation {
		p.Deviation[i] = 1
	}
	if err := p.Check(p.Channels()); err != nil {
		return nil, err
	}
	s.Picture = p
	if c.Normalize == series.ModeNone {
		return p, nil
	}
	return p, s.normalize()
}

// groundOf is the ground that a set is composed on, where it knows; another one asked for is an error.
func groundOf(set ImageSet, want string) (string, error) {
	ground, err := raster.ParseGround(want)
	known, ok := set.(interface{ Ground() string })
	if err != nil || !ok {
		return ground.String(), err
	}
	if have := known.Ground(); want != "" && have != ground.String() {
		return "", fmt.Errorf("ground is %s, and the images were opened on %s", ground, have)
	}
	return known.Ground(), nil
}

// mostLooked bounds how many images decide on size and colour.
const mostLooked = 200

// look returns the middle one of the images' shorter sides, and whether all are grey, by evenly spaced images of a large set.
func (s *images) look() (side int, grey bool, err error) {
	n := min(s.set.Len(), mostLooked)
	sides, errs, channels := make([]int, n), make([]error, n), make([]int, n)
	kernel.Parallel(n, 1, func(lo, hi int) {
		var m raster.Image
		for i := lo; i < hi; i++ {
			errs[i] = s.read(i*s.set.Len()/n, &m)
			sides[i], channels[i] = min(m.Height, m.Width), m.Channels
		}
	})
	slices.Sort(sides)
	return sides[n/2], slices.Max(channels) == 1, firstOf(errs)
}

// mostMeasured bounds how many images the normaliser looks at.
const mostMeasured = 2000

// normalize sets mean and deviation to those of the set, or of evenly spaced images of a large one.
func (s *images) normalize() error {
	n, c := min(s.set.Len(), mostMeasured), s.Channels()
	sums, errs := make([]float64, 2*c*n), make([]error, n)
	kernel.Parallel(n, 1, func(lo, hi int) {
		x := make([]float32, c*s.Size*s.Size)
		for i := lo; i < hi; i++ {
			errs[i] = s.whole(x, i*s.set.Len()/n)
			for j, v := range x {
				at := 2 * (i*c + j/(s.Size*s.Size))
				sums[at] += float64(v)
				sums[at+1] += float64(v) * float64(v)
			}
		}
	})
	if err := firstOf(errs); err != nil {
		return err
	}
	for ch := range c {
		var sum, square float64
		for i := range n {
			sum += sums[2*(i*c+ch)]
			square += sums[2*(i*c+ch)+1]
		}
		count := float64(n * s.Size * s.Size)
		mean := sum / count
		s.Mean[ch] = float32(mean)
		if v := square/count - mean*mean; v > 1e-8 {
			s.Deviation[ch] = float32(math.Sqrt(v))
		}
	}
	return nil
}

// read fills m with image i, or, where a corrupt one is passed over, with the next that can be read.
func (s *images) read(i int, m *raster.Image) error {
	n := s.set.Len()
	for range n {
		err := s.set.Read(i, m)
		if err == nil {
			return nil
		}
		if s.corrupt == nil {
			return &InputError{Err: err}
		}
		if err := s.tell(i, err); err != nil {
			return &InputError{Err: err}
		}
		i = (i + 1) % n
	}
	return inputError("not one of %s can be read", plural.Of(n, "image"))
}

// lost is how many samples were passed over.
func (s *samples) lost() int {
	src, ok := s.source.(*images)
	if !ok {
		return 0
	}
	src.mu.Lock()
	defer src.mu.Unlock()
	return len(src.told)
}

// tell reports a corrupt image once.
func (s *images) tell(i int, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[i] {
		return nil
	}
	s.told[i] = true
	return s.corrupt(err)
}

func (s *images) name(i int) string { return fmt.Sprintf("image %d", i+1) }

func (s *images) whole(dst []float32, i int) error {
	w := imageWorkers.Get().(*imageWorker)
	defer imageWorkers.Put(w)
	if err := s.read(i, &w.image); err != nil {
		return err
	}
	return s.Picture.Whole(dst, &w.image, &w.ctx)
}

func (s *images) describe(to *model.Settings) {
	to.Image = s.Picture
}

func (s *images) viewer(c Config) (viewer, error) {
	views, err := viewsOf(c.Method, mostLength)
	if err != nil {
		return nil, err
	}
	return &imageViews{src: s, views: views, seed: c.Seed}, nil
}

// mostLength bounds the side of a view as a share of the image's: a mosaic of overlapping patches is larger than the image.
const mostLength = 16

// defaultImageViews is the recipe of SimCLR; small images are not blurred.
func defaultImageViews(size int) imageaug.Spec {
	if size < 64 {
		return imageaug.MustParse("s-cifar")
	}
	return imageaug.MustParse("s")
}

// imageViews makes views of images.
type imageViews struct {
	src   *images
	views []methods.View
	seed  uint64
}

// side is that of a view in pixels.
func (b *imageViews) side(view int) int {
	if l := b.views[view].Length; l > 0 {
		return max(1, int(l*float64(b.src.Size)+0.5))
	}
	return b.src.Size
}

func (b *imageViews) axes([]methods.Span) [][]int {
	out := make([][]int, len(b.views))
	for i := range out {
		out[i] = []int{b.side(i), b.side(i)}
	}
	return out
}

// fill reads each image once for all of its views.
func (b *imageViews) fill(dst [][]float32, ids []int, epoch int, _ []methods.Span) error {
	errs := make([]error, len(ids))
	kernel.Parallel(len(ids), 1, func(lo, hi int) {
		w := imageWorkers.Get().(*imageWorker)
		defer imageWorkers.Put(w)
		for k := lo; k < hi; k++ {
			errs[k] = b.show(dst, k, ids[k], epoch, w)
		}
	})
	return firstOf(errs)
}

// show writes the views of one image, the k-th of its batch.
func (b *imageViews) show(dst [][]float32, k, id, epoch int, w *imageWorker) error {
	if err := b.src.read(id, &w.image); err != nil {
		return err
	}
	for v := range dst {
		pipeline := chosen(b.src.spec, b.views[v])
		side := b.side(v)
		size := b.src.Channels() * side * side
		x := dst[v][k*size : (k+1)*size]
		random.Seed(&w.source, b.seed, random.View, epoch, id, v)
		w.ctx.Crop = b.views[v].Crop
		if err := pipeline.Apply(x, b.src.Channels(), side, &w.image, &w.ctx); err != nil {
			return err
		}
		b.src.Finish(x)
	}
	return nil
}

// imageWorker is the working memory of a goroutine.
type imageWorker struct {
	image  raster.Image
	source rand.PCG
	ctx    imageaug.Context
}

var imageWorkers = sync.Pool{New: func() any {
	w := &imageWorker{}
	w.ctx.RNG = rand.New(&w.source)
	return w
}}
