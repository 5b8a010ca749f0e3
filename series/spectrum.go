package series

import "github.com/mjibson/go-dsp/fft"

// RFFT returns the Fourier transform of real values, the frequencies 0 to ⌊n/2⌋
// cycles per length: X[k] = Σ x[t]·exp(-2πi·kt/n). Any length will do; lengths
// that are no power of two take about four times as long. Gaps must be filled before.
func RFFT[F Float](x []F) []complex128 {
	if len(x) == 0 {
		return nil
	}
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	return fft.FFTReal(wide)[:len(x)/2+1]
}

// IRFFT is the inverse of [RFFT] for n values; frequencies that spec lacks count as 0.
func IRFFT[F Float](spec []complex128, n int) []F {
	if n <= 0 {
		return nil
	}
	full := make([]complex128, n)
	copy(full, spec[:min(len(spec), n/2+1)])
	for k := n/2 + 1; k < n; k++ {
		c := full[n-k]
		full[k] = complex(real(c), -imag(c))
	}
	out := make([]F, n)
	for i, v := range fft.IFFT(full) {
		out[i] = F(real(v))
	}
	return out
}

// correlate returns Σ_t a[t]·b[t+k] for the lags k = 0 to maxLag; a and b have the same length.
func correlate(a, b []float64, maxLag int) []float64 {
	fa, fb := padded(a, len(a)+maxLag), padded(b, len(b)+maxLag)
	for k, v := range fa {
		fb[k] *= complex(real(v), -imag(v))
	}
	return realPart(fft.IFFT(fb), maxLag+1)
}

// convolve returns the first len(x) values of Σ_k w[k]·x[t-k].
func convolve(w, x []float64) []float64 {
	fw, fx := padded(w, len(w)+len(x)), padded(x, len(w)+len(x))
	for k, v := range fw {
		fx[k] *= v
	}
	return realPart(fft.IFFT(fx), len(x))
}

// padded transforms x with zeros appended up to a power of two, which is faster and keeps the end of x from being
// correlated with its beginning.
func padded(x []float64, atLeast int) []complex128 {
	size := 1
	for size < atLeast {
		size *= 2
	}
	wide := make([]float64, size)
	copy(wide, x)
	return fft.FFTReal(wide)
}

func realPart(x []complex128, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = real(x[i])
	}
	return out
}
