//go:build !noasm

package kernel

// tapSharesAVX512 takes so many bytes of steps.
//
//go:noescape
func tapSharesAVX512(out *float32, steps *tapStep, size int, triple *float32, dilation int, biases *float32, even, odd float32)

// sharesWide does all kernels where it can and tells whether.
func (s *Taps) sharesWide(out, biases []float32, odd bool) bool {
	if active != isaAVX512 || s.t == 0 {
		return false
	}
	s.layOut(odd)
	n := len(s.steps)
	_ = s.triple[8*s.d+16*n-1]
	for ; len(out) >= TapKernels; out, biases = out[TapKernels:], biases[TapKernels:] {
		tapSharesAVX512(&out[0], &s.steps[0], 128*n, &s.triple[0], s.d, &biases[:TapKernels][0], float32(s.Places(!odd)), float32(s.Places(odd)))
	}
	return true
}
