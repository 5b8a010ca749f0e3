package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/wavekin/wavekin/internal/kernel"
)

// tapScratch is the working memory for one sample.
type tapScratch struct {
	taps     kernel.Taps
	plane    []float32 // the rows of all channels
	row      []float32 // the sum of some of them
	response []float32
	biases   []float32
	counts   []int32
}

var tapScratches = sync.Pool{New: func() any { return new(tapScratch) }}

// rows are the channels of a plane of x [C, t]: the values, or the differences of neighbours, of which there is one less.
func (s *tapScratch) rows(x []float32, t, plane int) (rows []float32, length int) {
	if plane == 0 {
		return x, t
	}
	length = max(1, t-1)
	s.plane = s.plane[:0]
	for at := 0; at < len(x); at += t {
		if t == 1 {
			s.plane = append(s.plane, 0)
			continue
		}
		s.plane = slices.Grow(s.plane, length)[:len(s.plane)+length]
		kernel.Sub(s.plane[len(s.plane)-length:], x[at+1:at+t], x[at:at+t-1])
	}
	return s.plane, length
}

// series is the sum of the channels that a group of kernels looks at in a slot.
func (l *KernelShares) series(s *tapScratch, rows []float32, length, slot, group int) []float32 {
	if l.picks == nil {
		return rows
	}
	most := l.picks.Shape[2]
	s.row = slices.Grow(s.row[:0], length)[:length]
	clear(s.row)
	for _, c := range l.picks.Data[(slot*tapGroups+group)*most:][:most] {
		if c >= 0 && c < float32(l.channels) {
			kernel.Add(s.row, s.row, rows[int(c)*length:][:length])
		}
	}
	return s.row
}

// part is a stretch of slots and the kernels that have the same input there: one channel is shared by all.
func (l *KernelShares) parts(r tapRun, f func(lo, hi, group, groups int)) {
	if l.picks == nil {
		f(r.lo, r.hi, 0, 1)
		return
	}
	for slot := r.lo; slot < r.hi; slot++ {
		for g := range tapGroups {
			f(slot, slot+1, g, tapGroups)
		}
	}
}

// shares writes the features of one sample x [C, t].
func (l *KernelShares) shares(s *tapScratch, x []float32, t int, runs []tapRun, out []float32) {
	for p := range l.planes {
		rows, length := s.rows(x, t, p)
		for _, r := range runs {
			if l.picks == nil {
				s.taps.Set(rows, r.dilation)
				from, to := (p*l.slots+r.lo)*kernel.TapKernels, (p*l.slots+r.hi)*kernel.TapKernels
				s.taps.Shares(out[from:to], l.biases.Data[from:to], r.inner(1))
				continue
			}
			l.parts(r, func(lo, hi, group, groups int) {
				s.taps.Set(l.series(s, rows, length, lo, group), r.dilation)
				n := hi - lo
				s.biases, s.counts = slices.Grow(s.biases[:0], n)[:n], slices.Grow(s.counts[:0], n)[:n]
				for k := group; k < kernel.TapKernels; k += groups {
					at := (p*l.slots+lo)*kernel.TapKernels + k
					for i := range n {
						s.biases[i] = l.biases.Data[at+i*kernel.TapKernels]
					}
					s.taps.Count(s.counts, s.biases, k, r.inner(k))
					places := float32(s.taps.Places(r.inner(k)))
					for i, c := range s.counts {
						out[at+i*kernel.TapKernels] = float32(c) / places
					}
				}
			})
		}
	}
}

// fit spreads the dilations over t time stamps, and sets each bias to a quantile of the responses of one of the samples
// x [n, C, t], drawn for each kernel and dilation (ibid., section 3.1). The quantiles are multiples of the golden ratio
// less their whole part, which fill the range evenly.
func (l *KernelShares) fit(x []float32, n, t int, rng *rand.Rand) {
	copy(l.dilations.Data, spread(l.slots, t))
	runs := l.runs(t)
	drawn := make([]int, l.planes*len(runs)*kernel.TapKernels)
	for i := range drawn {
		drawn[i] = rng.IntN(n)
	}
	size := l.channels * t
	kernel.Parallel(l.planes*len(runs), 1, func(lo, hi int) {
		s := tapScratches.Get().(*tapScratch)
		defer tapScratches.Put(s)
		for i := lo; i < hi; i++ {
			p, r := i/len(runs), runs[i%len(runs)]
			l.parts(r, func(lo, hi, group, groups int) {
				for k := group; k < kernel.TapKernels; k += groups {
					at := drawn[i*kernel.TapKernels+k] * size
					rows, length := s.rows(x[at:at+size], t, p)
					s.taps.Set(l.series(s, rows, length, lo, group), r.dilation)
					s.response = slices.Grow(s.response[:0], length)[:length]
					s.taps.Response(s.response, k, false)
					slices.Sort(s.response)
					for slot := lo; slot < hi; slot++ {
						b := (p*l.slots+slot)*kernel.TapKernels + k
						_, share := math.Modf(float64(b+1) * math.Phi)
						l.biases.Data[b] = quantile(s.response, share)
					}
				}
			})
		}
	})
}

// quantile interpolates between sorted values.
func quantile(sorted []float32, share float64) float32 {
	at := share * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	a, b := float64(sorted[i]), float64(sorted[i+1])
	return float32(a + (at-float64(i))*(b-a))
}
