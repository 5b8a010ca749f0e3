package onnx

import (
	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// kernelShares counts as nn does, with the same sums in the same order: a response that is above a bias by the last bit is so
// here as well, unless the values differ.
func kernelShares(t *translator, ns nodes, in []string) string {
	l := settings[*nn.KernelShares](ns)
	length := ns.in(0).dims()[2]
	if !length.fixed() && !l.Fitted() {
		return t.failf("kernels that were not fitted to samples")
	}
	s := &shares{translator: t, layer: l, order: make([]int64, l.Planes()*l.Slots()*kernel.TapKernels)}
	biases := l.Biases()
	s.biases = t.weights(biases.Name, biases.Data, len(s.order), 1)
	rows := in[0]
	for plane := range l.Planes() {
		if plane == 1 {
			rows = t.of("Sub", t.slice(rows, 2, 1, end), t.slice(rows, 2, 0, -1))
		}
		for _, r := range l.Stretches(length[0]) {
			s.shortest = max(s.shortest, r.Dilation)
			if l.Channels() == 1 {
				s.stretch(rows, plane, r, r.From, r.To, 1)
				continue
			}
			for slot := r.From; slot < r.To; slot++ {
				s.stretch(s.picked(rows, slot), plane, r, slot, slot+1, len(l.Picked(slot)))
			}
		}
	}
	t.shortest = max(t.shortest, s.shortest+1) // the differences are one time stamp shorter
	return t.gather(t.concat(1, s.parts...), t.ints(s.order...), 1)
}

// shares are the features so far, in parts that are put in order at the end.
type shares struct {
	*translator
	layer    *nn.KernelShares
	biases   string
	parts    []string
	columns  int64
	order    []int64 // for each feature its column in the parts
	shortest int
}

// picked are the sums of channels that the groups of a slot look at, [N, groups, T], added one after the other.
func (s *shares) picked(rows string, slot int) string {
	groups := s.layer.Picked(slot)
	padded := s.of("Pad", rows, s.ints(0, 0, 0, 0, 1, 0)) // a last channel of zeros for those that look at fewer
	sum := ""
	for k := 0; ; k++ {
		index, more := make([]int64, len(groups)), false
		for g, channels := range groups {
			index[g] = int64(s.layer.Channels())
			if k < len(channels) {
				index[g], more = int64(channels[k]), true
			}
		}
		if !more && sum != "" {
			return sum
		}
		next := s.gather(padded, s.ints(index...), 1)
		if sum != "" {
			next = s.of("Add", sum, next)
		}
		sum = next
	}
}

// stretch computes the features of the slots from lo to hi on rows [N, groups, T], where kernel k looks at row k modulo groups.
func (s *shares) stretch(rows string, plane int, r nn.TapStretch, lo, hi, groups int) {
	d := int64(r.Dilation)
	padded := s.of("Pad", rows, s.ints(0, 0, 4*d, 0, 0, 4*d))
	tap := func(x string, i int64) string {
		to := int64(end)
		if i < 8 {
			to = (i - 8) * d
		}
		return s.slice(x, 2, i*d, to)
	}
	all := s.of("Neg", rows)
	for _, i := range []int64{0, 1, 2, 3, 5, 6, 7, 8} {
		all = s.of("Sub", all, tap(padded, i))
	}
	triple := s.of("Mul", padded, s.float(3))
	taps := make([]string, 9)
	for i := range taps {
		taps[i] = tap(triple, int64(i))
	}
	stacked := s.concat(1, taps...) // row tap·groups + group
	length := s.gather(s.of("Shape", rows), s.ints(2), 0)
	for _, inner := range []bool{false, true} {
		var kernels []int64
		for k := range kernel.TapKernels {
			if r.Inner(k) == inner {
				kernels = append(kernels, int64(k))
			}
		}
		response := s.gather(all, s.ints(mapped(kernels, func(k int64) int64 { return k % int64(groups) })...), 1)
		for i := range 3 {
			at := mapped(kernels, func(k int64) int64 { return int64(kernel.TapTriple(int(k))[i]*groups) + k%int64(groups) })
			response = s.of("Add", response, s.gather(stacked, s.ints(at...), 1))
		}
		places := length
		if inner {
			response, places = s.inside(response, length, d)
		}
		s.count(response, places, kernels, plane, lo, hi)
	}
}

// inside cuts out the responses whose taps are all within the series, unless there are none.
func (s *shares) inside(response, length string, d int64) (cut, places string) {
	within := s.of("Sub", length, s.ints(8*d))
	some := s.of("Greater", within, s.ints(0))
	from := s.of("Where", some, s.ints(4*d), s.ints(0))
	places = s.of("Where", some, within, length)
	return s.of("Slice", response, from, s.of("Add", from, places), s.ints(2)), places
}

// count adds the shares of responses [N, kernels, places] above the biases of some slots.
func (s *shares) count(response, places string, kernels []int64, plane, lo, hi int) {
	number := s.cast(places, typeFloat)
	for slot := lo; slot < hi; slot++ {
		first := int64(plane*s.layer.Slots()+slot) * kernel.TapKernels
		at := mapped(kernels, func(k int64) int64 { return first + k })
		above := s.cast(s.of("Greater", response, s.gather(s.biases, s.ints(at...), 0)), typeFloat)
		s.parts = append(s.parts, s.of("Div", s.sum(above, 2, false), number))
		for _, feature := range at {
			s.order[feature] = s.columns
			s.columns++
		}
	}
}

func mapped(v []int64, f func(int64) int64) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = f(x)
	}
	return out
}
