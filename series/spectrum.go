package series

import (
	"math"

	"github.com/mjibson/go-dsp/fft"
)

// RFFT returns the Fourier transform of real values, the frequencies 0 to ⌊n/2⌋
// cycles per length: X[k] = Σ x[t]·exp(-2πi·kt/n). Gaps must be filled before.
func RFFT(x []float32) []complex128 {
	if len(x) == 0 {
		return nil
	}
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return fft.FFTReal(wide)[:len(x)/2+1]
}

// IRFFT is the inverse of [RFFT] for n values.
func IRFFT(spec []complex128, n int) []float32 {
	if n == 0 {
		return nil
	}
	full := make([]complex128, n)
	copy(full, spec[:min(len(spec), n/2+1)])
	for k := n/2 + 1; k < n; k++ {
		c := full[n-k]
		full[k] = complex(real(c), -imag(c))
	}
	out := make([]float32, n)
	for i, v := range fft.IFFT(full) {
		out[i] = float32(real(v))
	}
	return out
}

// autocorrelation returns the biased autocorrelation of lags 0 to maxLag, gaps
// counted as the mean, by way of the power spectrum; it is nil for a constant.
func autocorrelation(x []float32, maxLag int) []float64 {
	mean, std, n := Stats(x)
	if n < 2 || std == 0 {
		return nil
	}
	size := 1
	for size < len(x)+maxLag+1 {
		size *= 2
	}
	wide := make([]float64, size)
	for i, v := range x {
		if !IsGap(v) {
			wide[i] = float64(v) - mean
		}
	}
	spec := fft.FFTReal(wide)
	for k, v := range spec {
		spec[k] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
	}
	r := fft.IFFT(spec)
	out := make([]float64, min(maxLag, len(x)-1)+1)
	for k := range out {
		out[k] = real(r[k]) / math.Max(real(r[0]), 1e-300)
	}
	return out
}
