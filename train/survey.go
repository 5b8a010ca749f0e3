package train

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
)

// encoding is the program that looks at one batch size.
type encoding struct {
	prog *nn.Program
	x, h *nn.Node
}

// encodeBatch is how many samples are looked at together.
const encodeBatch = 64

// survey shows all training samples to a method before an epoch.
type survey struct {
	by    methods.Surveyor
	run   *trainer
	data  *samples
	progs map[int]*encoding
	out   []float32
}

// newSurvey is nil for a method that wants none.
func newSurvey(t *trainer) *survey {
	by, ok := t.obj.(methods.Surveyor)
	if !ok {
		return nil
	}
	return &survey{by: by, run: t, data: t.data, progs: map[int]*encoding{}}
}

// before shows the samples before an epoch.
func (s *survey) before(epoch int, rng *rand.Rand) error {
	p, ok := s.by.(methods.Previewer)
	if !ok {
		return s.by.Survey(epoch, rng, s.look)
	}
	return s.by.Survey(epoch, rng, func() ([]float32, error) { return s.preview(p.Previews()) })
}

// beforeAll takes the place of the epoch in what is drawn for a preview.
const beforeAll = -1

// preview computes what the method wants to know of the first views of all samples, as the steps of the first epoch show them.
func (s *survey) preview(views int) ([]float32, error) {
	t, n := s.run, len(s.data.at)
	perm, progs := order(n, t.cfg.Seed, 0), map[int]*compiled{}
	var out []float32
	for at := range t.perEpoch() {
		ids := perm[at*t.cfg.Batch : min((at+1)*t.cfg.Batch, n)]
		c := progs[len(ids)]
		if c == nil {
			var err error
			if c, err = s.previewOf(len(ids), views); err != nil {
				return nil, err
			}
			progs[len(ids)] = c
		}
		if err := t.viewer.fill(c.filled, ids, beforeAll, nil); err != nil {
			return nil, err
		}
		c.prog.Seed(random.Key(t.cfg.Seed, random.Dropout, beforeAll-at))
		if err := c.prog.Run(); err != nil {
			return nil, err
		}
		d := len(c.kept[0]) / len(ids)
		if out == nil {
			out = make([]float32, views*n*d)
		}
		for v, rows := range c.kept {
			for k, id := range ids {
				copy(out[(v*n+id)*d:], rows[k*d:(k+1)*d])
			}
		}
	}
	return out, nil
}

// previewOf compiles the look at the first views of n samples.
func (s *survey) previewOf(n, views int) (*compiled, error) {
	g, err := s.run.graph()
	if err != nil {
		return nil, err
	}
	c := &compiled{}
	var looks []*nn.Node
	for i, axes := range s.run.viewer.axes(nil)[:views] {
		c.views = append(c.views, g.Input(fmt.Sprintf("view%d", i), s.data.shape(n, axes)...))
		looks = append(looks, s.by.Look(c.views[i]))
	}
	if c.prog, err = g.Compile(nil, looks...); err != nil {
		return nil, err
	}
	for i, v := range c.views {
		c.filled, c.kept = append(c.filled, c.prog.Data(v)), append(c.kept, c.prog.Data(looks[i]))
	}
	return c, nil
}

// look computes what the method wants to know of all samples, in evaluation mode.
func (s *survey) look() ([]float32, error) {
	s.out = s.out[:0]
	for at := 0; at < len(s.data.at); at += encodeBatch {
		n := min(encodeBatch, len(s.data.at)-at)
		e, err := s.program(n)
		if err != nil {
			return nil, err
		}
		if err := s.fill(e.prog.Data(e.x), at, n); err != nil {
			return nil, err
		}
		if err := e.prog.Run(); err != nil {
			return nil, err
		}
		s.out = append(s.out, e.prog.Data(e.h)...)
	}
	return s.out, nil
}

// fill writes n samples from the given one on into dst.
func (s *survey) fill(dst []float32, at, n int) error {
	size := s.data.size()
	errs := make([]error, n)
	kernel.Parallel(n, 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			errs[k] = s.data.whole(dst[k*size:(k+1)*size], at+k)
		}
	})
	return firstOf(errs)
}

// program compiles the look at n samples: there is one for full batches and one for the last.
func (s *survey) program(n int) (*encoding, error) {
	if e, ok := s.progs[n]; ok {
		return e, nil
	}
	g := nn.NewGraph(false)
	e := &encoding{x: g.Input("x", s.data.shape(n, s.data.axes)...)}
	e.h = s.by.Look(e.x)
	var err error
	if e.prog, err = g.Compile(nil, e.h); err != nil {
		return nil, err
	}
	s.progs[n] = e
	return e, nil
}

// A network is fitted to one batch, whose memory grows with the values in it.
const (
	mostFittedValues = 1 << 19
	fewestFitted     = 32
)

// fit sets what the network has that is neither trained nor fixed from some samples, without augmentation, drawn by the seed, the
// same ones each time; see [encoders.FitSamples]. It comes before the method's own weights, so that a slow copy begins fitted.
func (t *trainer) fit() error {
	data := t.data
	n := min(encoders.FitSamples(t.cfg.Encoder), max(fewestFitted, mostFittedValues/data.size()), len(data.at))
	if n == 0 {
		return nil
	}
	rng := random.New(t.cfg.Seed, random.Fit)
	ids := rng.Perm(len(data.at))[:n]
	slices.Sort(ids)
	g := nn.NewGraph(false)
	g.FitTo(rng)
	x := g.Input("x", data.shape(n, data.axes)...)
	p, err := g.Compile(nil, t.net.Apply(x))
	if err != nil {
		return err
	}
	size, errs := data.size(), make([]error, n)
	kernel.Parallel(n, 1, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			errs[k] = data.whole(p.Data(x)[k*size:(k+1)*size], ids[k])
		}
	})
	if err := firstOf(errs); err != nil {
		return err
	}
	return p.Run()
}

// fittedOnly is the diagnosis of a run that had nothing to train.
const fittedOnly = "fitted to samples; the encoder has nothing to train, and no step was taken"

// learns tells whether the deployed network has a weight to train.
func (t *trainer) learns() bool {
	return slices.ContainsFunc(t.weights.Trainable(), func(p *nn.Param) bool { return strings.HasPrefix(p.Name, "encoder.") })
}
