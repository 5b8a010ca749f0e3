package augment

import (
	"math/cmplx"

	"github.com/wavekin/wavekin/series"
)

// inFrequency changes the spectrum of every channel; gaps are filled for it and put back.
func inFrequency(x [][]float32, change func(spec []complex128)) {
	src := make([]float32, len(x[0]))
	for _, v := range x {
		copy(src, v)
		series.FillGaps(src)
		spec := series.RFFT(src)
		change(spec)
		for t, u := range series.IRFFT(spec, len(v)) {
			if v[t] == v[t] {
				v[t] = u
			}
		}
	}
}

func freqMask(x [][]float32, c *Context, a []float64) {
	inFrequency(x, func(spec []complex128) {
		for k := 1; k < len(spec); k++ {
			if c.RNG.Float64() < a[0] {
				spec[k] = 0
			}
		}
	})
}

func freqNoise(x [][]float32, c *Context, a []float64) {
	inFrequency(x, func(spec []complex128) {
		for k := range spec {
			spec[k] *= complex(1+a[0]*c.RNG.NormFloat64(), 0)
		}
	})
}

func phaseShift(x [][]float32, c *Context, a []float64) {
	inFrequency(x, func(spec []complex128) {
		// The mean, and the half rate of an even length, have no phase.
		for k := 1; k < len(spec)-1; k++ {
			spec[k] *= cmplx.Rect(1, (2*c.RNG.Float64()-1)*a[0])
		}
	})
}

func lowPass(x [][]float32, _ *Context, a []float64) {
	inFrequency(x, func(spec []complex128) {
		clear(spec[min(len(spec), 1+int(a[0]*float64(len(spec)))):])
	})
}

func highPass(x [][]float32, _ *Context, a []float64) {
	inFrequency(x, func(spec []complex128) {
		clear(spec[1:min(len(spec), 1+int(a[0]*float64(len(spec))))])
	})
}
