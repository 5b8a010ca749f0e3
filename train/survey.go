package train

import (
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/nn"
	"github.com/wavekin/wavekin/series"
)

// survey shows all training windows to a method before an epoch.
type survey struct {
	by    methods.Surveyor
	data  *windows
	progs map[int]*encoding
	out   []float32
}

// newSurvey is nil for a method that wants none.
func newSurvey(obj methods.Objective, data *windows) *survey {
	by, ok := obj.(methods.Surveyor)
	if !ok {
		return nil
	}
	return &survey{by: by, data: data, progs: map[int]*encoding{}}
}

func (s *survey) run(epoch int, rng *rand.Rand) error { return s.by.Survey(epoch, rng, s.look) }

// look computes what the method wants to know of all windows, in evaluation mode.
func (s *survey) look() ([]float32, error) {
	s.out = s.out[:0]
	for at := 0; at < len(s.data.at); at += encodeBatch {
		n := min(encodeBatch, len(s.data.at)-at)
		e, err := s.program(n)
		if err != nil {
			return nil, err
		}
		s.fill(e.prog.Data(e.x), at, n)
		if err := e.prog.Run(); err != nil {
			return nil, err
		}
		s.out = append(s.out, e.prog.Data(e.h)...)
	}
	return s.out, nil
}

// fill writes n windows from the given one on into dst [n, C, L], gaps interpolated.
func (s *survey) fill(dst []float32, at, n int) {
	size := s.data.channels * s.data.length
	kernel.Parallel(n, 1, func(lo, hi int) {
		x := make([][]float32, s.data.channels)
		for k := lo; k < hi; k++ {
			for c := range x {
				from := k*size + c*s.data.length
				x[c] = dst[from : from+s.data.length]
			}
			s.data.raw(x, at+k)
			for _, row := range x {
				series.FillGaps(row)
			}
		}
	})
}

// program compiles the look at n windows: there is one for full batches and one for the last.
func (s *survey) program(n int) (*encoding, error) {
	if e, ok := s.progs[n]; ok {
		return e, nil
	}
	g := nn.NewGraph(false)
	e := &encoding{x: g.Input("x", n, s.data.channels, s.data.length)}
	e.h = s.by.Look(e.x)
	var err error
	if e.prog, err = g.Compile(nil, e.h); err != nil {
		return nil, err
	}
	s.progs[n] = e
	return e, nil
}
