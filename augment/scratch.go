package augment

import (
	"sync"

	"github.com/wavekin/wavekin/series"
)

// Scratch memory is kept between samples, because augmentations run for every sample of every step.
var (
	narrow = sync.Pool{New: func() any { return new([]float32) }}
	wide   = sync.Pool{New: func() any { return new([]float64) }}
)

// scratch returns n values with any content, to be given back with release.
func scratch(n int) *[]float32 {
	p := narrow.Get().(*[]float32)
	if cap(*p) < n {
		*p = make([]float32, n)
	}
	*p = (*p)[:n]
	return p
}

func release(p *[]float32) { narrow.Put(p) }

// scratch64 is scratch in double precision, to be given back with release64.
func scratch64(n int) *[]float64 {
	p := wide.Get().(*[]float64)
	if cap(*p) < n {
		*p = make([]float64, n)
	}
	*p = (*p)[:n]
	return p
}

func release64(p *[]float64) { wide.Put(p) }

// gaps returns the number of gaps.
func gaps(v []float32) int {
	n := 0
	for _, u := range v {
		if u != u {
			n++
		}
	}
	return n
}

// filled copies v to dst with gaps bridged, and tells whether there were any.
func filled(dst, v []float32) bool {
	copy(dst, v)
	return gaps(v) > 0 && series.FillGaps(dst) > 0
}
