package kernel

import "math"

// GELU writes x*Phi(x) to dst, Phi the normal distribution function (the exact form, by erf). The slices have one length;
// dst may be x. The error is below 1.5e-7 of max(1, |x|). AVX-512 has another form than the others, so that last bits differ.
func GELU(dst, x []float32) { each1(gelu, dst, x, geluGrain) }

// GELUGrad writes dy times the derivative of GELU at x to dx. The slices have one length; dx may be x or dy. The error of the
// derivative is below 3e-7.
func GELUGrad(dx, x, dy []float32) { each2(geluGrad, dx, x, dy, geluGrain) }

// geluSlopes writes GELU of x to dst and its derivative at x to slopes, which may be x, to the bits of either alone.
func geluSlopes(dst, slopes, x []float32) {
	if geluSlopesWide(dst, slopes, x) {
		return
	}
	gelu(dst[:len(x)], x)
	for len(x) > 0 {
		n := min(len(x), len(ones))
		geluGrad(slopes[:n], x[:n], ones[:n])
		slopes, x = slopes[n:], x[n:]
	}
}

// ones is what a gradient is of whose derivative is wanted.
var ones = func() (o [256]float32) {
	for i := range o {
		o[i] = 1
	}
	return o
}()

// The upper tail of the normal distribution is Q(a) = e^(-a*a/2) * t*P(t) with t = 1/(1+tailP*a), a >= 0. The form and
// tailP are those of Abramowitz and Stegun 26.2.17; P has degree 7 and was fitted for the smallest relative error over
// 0 <= a <= 8, which is 5.2e-8. Everything here follows from Q without cancellation: GELU(x) = max(x,0) - |x|*Q(|x|).
const (
	tailP  = 0.2316419
	tailC1 = 0.09252342271743318
	tailC2 = 0.09033105394657942
	tailC3 = 0.1034788760357779
	tailC4 = 0.01025252716748333
	tailC5 = 0.23217895369111377
	tailC6 = -0.2096842836573748
	tailC7 = 0.2525444840280992
	tailC8 = -0.0716250595795989
	// tailEnd bounds |x|: e^(-tailEnd^2/2) is 0 in float32, and infinities do not meet that 0.
	tailEnd = 16
	// invSqrt2Pi is 1/sqrt(2*pi), the peak of the normal density.
	invSqrt2Pi = 0.3989422804014327
)

// tail returns Q(a) and e^(-a*a/2), a >= 0.
func tail(a float32) (q, e float32) {
	t := 1 / (1 + float32(tailP*a))
	e = exp1(-0.5 * float32(a*a))
	p := float32(tailC8*t) + tailC7
	p = float32(p*t) + tailC6
	p = float32(p*t) + tailC5
	p = float32(p*t) + tailC4
	p = float32(p*t) + tailC3
	p = float32(p*t) + tailC2
	p = float32(p*t) + tailC1
	return p * t * e, e
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

func geluGo(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		a := min(abs32(v), tailEnd)
		q, _ := tail(a)
		dst[i] = max(v, 0) - float32(a*q)
	}
}

func geluGradGo(dx, x, dy []float32) {
	x, dy = x[:len(dx)], dy[:len(dx)]
	for i, v := range x {
		a := min(abs32(v), tailEnd)
		q, e := tail(a)
		if v >= 0 {
			dx[i] = dy[i] * (1 - q + float32(a*e)*invSqrt2Pi)
		} else {
			dx[i] = dy[i] * (q - float32(a*e)*invSqrt2Pi)
		}
	}
}
