package train

import (
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
	data  *samples
	progs map[int]*encoding
	out   []float32
}

// newSurvey is nil for a method that wants none.
func newSurvey(obj methods.Objective, data *samples) *survey {
	by, ok := obj.(methods.Surveyor)
	if !ok {
		return nil
	}
	return &survey{by: by, data: data, progs: map[int]*encoding{}}
}

func (s *survey) run(epoch int, rng *rand.Rand) error { return s.by.Survey(epoch, rng, s.look) }

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

// fit sets what a network has that is neither trained nor fixed from at most so many samples, without augmentation, drawn by
// the seed; see [encoders.FitSamples]. It comes before the method's own weights, so that a slow copy begins fitted.
func fit(net encoders.Network, most int, data *samples, seed uint64) error {
	n := min(most, max(fewestFitted, mostFittedValues/data.size()), len(data.at))
	if n == 0 {
		return nil
	}
	rng := random.New(seed, random.Fit)
	ids := rng.Perm(len(data.at))[:n]
	slices.Sort(ids)
	g := nn.NewGraph(false)
	g.FitTo(rng)
	x := g.Input("x", data.shape(n, data.axes)...)
	p, err := g.Compile(nil, net.Apply(x))
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
