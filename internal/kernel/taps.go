package kernel

import (
	"math"
	"slices"
)

// TapKernels is the number of kernels of nine taps of which three weigh 2 and six weigh -1 (Dempster et al., 2021, section
// 3.1): 9 over 3.
const TapKernels = 84

// tapTriples are the taps that weigh 2, in rising order.
var tapTriples = func() (t [TapKernels][3]int) {
	k := 0
	for a := range 9 {
		for b := a + 1; b < 9; b++ {
			for c := b + 1; c < 9; c++ {
				t[k] = [3]int{a, b, c}
				k++
			}
		}
	}
	return t
}()

// TapTriple are the taps that weigh 2 in kernel k.
func TapTriple(k int) [3]int { return tapTriples[k] }

// Taps computes the responses of one series to all kernels at one dilation. A response is that of nine taps, dilation time
// stamps apart and the middle one in place, with zeros beyond both ends of the series: three times the sum of three of them
// less the sum of all nine. It needs the nine added once and three more for each kernel. The zero value is ready; it is not
// safe for concurrent use.
type Taps struct {
	t, d   int
	padded []float32 // the series between zeros
	triple []float32 // three times that
	all    []float32 // less the sum of the nine taps; NaN behind the last
	inner  []float32 // the same of the time stamps whose taps are all within the series
	steps  []tapStep
	biases []float32 // of one kernel
	counts []int32
}

// tapStep is sixteen places: less the sum of the nine taps, and which of them count for kernels of an even and of an odd number.
type tapStep struct {
	sums      [16]float32
	even, odd uint32
	_         [14]uint32 // so that a step is two cache lines
}

// lanes is what the slices are rounded up to, so that the assembly needs no tail, and room how much there is behind them.
const lanes, room = 8, 16

// Set chooses the series and the dilation, at least 1.
func (s *Taps) Set(x []float32, dilation int) {
	s.t, s.d = len(x), dilation
	n, reach := s.t, 4*dilation
	padded := sized(&s.padded, n+2*reach+room)
	clear(padded)
	copy(padded[reach:], x)
	Scale(sized(&s.triple, len(padded)), 3, padded)
	all := sized(&s.all, n+room)[:n]
	Scale(all, -1, x)
	for _, tap := range [...]int{0, 1, 2, 3, 5, 6, 7, 8} {
		Sub(all, all, padded[tap*dilation:tap*dilation+n])
	}
	nan := float32(math.NaN())
	fill := func(v []float32) {
		for i := range v {
			v[i] = nan
		}
	}
	fill(s.all[n : n+room])
	m := max(0, n-2*reach)
	inner := sized(&s.inner, m+lanes)
	if m > 0 {
		copy(inner, all[reach:n-reach])
	}
	fill(inner[m:])
}

// Places is how many time stamps count: all, or with inner those whose taps are all within the series. Where there are
// none of these, inner means all as well.
func (s *Taps) Places(inner bool) int {
	if m := s.t - 8*s.d; inner && m > 0 {
		return m
	}
	return s.t
}

// operands are the four summands of a kernel's responses, as long as n places rounded up to whole vectors.
func (s *Taps) operands(k int, inner bool) (sum, a, b, c []float32) {
	n := s.Places(inner)
	from, sum := 0, s.all
	if n < s.t {
		from, sum = 4*s.d, s.inner
	}
	wide := (n + lanes - 1) / lanes * lanes
	at := tapTriples[k]
	cut := func(tap int) []float32 { return s.triple[from+tap*s.d:][:wide] }
	return sum[:wide], cut(at[0]), cut(at[1]), cut(at[2])
}

// Response writes the responses to kernel k to dst, [Places(inner)].
func (s *Taps) Response(dst []float32, k int, inner bool) {
	sum, a, b, c := s.operands(k, inner)
	for i := range dst {
		dst[i] = ((sum[i] + a[i]) + b[i]) + c[i]
	}
}

// Count writes to counts, for each bias, at how many places the response to kernel k is above it.
func (s *Taps) Count(counts []int32, biases []float32, k int, inner bool) {
	sum, a, b, c := s.operands(k, inner)
	clear(counts[:len(biases)])
	countAbove(counts[:len(biases)], biases, sum, a, b, c)
}

// Shares writes to out [slots, 84] the shares of the places at which the responses to all kernels are above biases [slots, 84]. For
// kernels of an odd number only inner places count, or for those of an even one.
func (s *Taps) Shares(out, biases []float32, odd bool) {
	biases = biases[:len(out)]
	if s.sharesWide(out, biases, odd) {
		return
	}
	slots := len(out) / TapKernels
	s.counts = slices.Grow(s.counts[:0], slots)[:slots]
	own, counts := sized(&s.biases, slots), s.counts
	for k := range TapKernels {
		for i := range own {
			own[i] = biases[i*TapKernels+k]
		}
		inner := (k%2 == 1) == odd
		s.Count(counts, own, k, inner)
		for i, c := range counts {
			out[i*TapKernels+k] = float32(c) / float32(s.Places(inner))
		}
	}
}

// layOut writes the steps; there is a place.
func (s *Taps) layOut(odd bool) {
	n := (s.t + 15) / 16
	if cap(s.steps) < n {
		s.steps = make([]tapStep, n)
	}
	s.steps = s.steps[:n]
	from, to := 0, s.t
	if s.Places(true) < s.t {
		from, to = 4*s.d, s.t-4*s.d
	}
	below := func(at int) uint32 { return 1<<min(max(at, 0), 16) - 1 } // places before at
	for i := range s.steps {
		step, at := &s.steps[i], 16*i
		copy(step.sums[:], s.all[at:at+16])
		all, inner := below(s.t-at), below(to-at)&^below(from-at)
		if step.even, step.odd = inner, all; odd {
			step.even, step.odd = all, inner
		}
	}
}

// countAboveGo adds to counts how often ((sum+a)+b)+c is above each bias; where it is NaN it never is.
func countAboveGo(counts []int32, biases, sum, a, b, c []float32) {
	a, b, c = a[:len(sum)], b[:len(sum)], c[:len(sum)]
	for i, v := range sum {
		v = ((v + a[i]) + b[i]) + c[i]
		for k, bias := range biases {
			if v > bias {
				counts[k]++
			}
		}
	}
}
