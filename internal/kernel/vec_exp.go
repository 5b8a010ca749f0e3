package kernel

import "math"

// expGrain, geluGrain: as elementGrain, for the dearer loops.
const (
	expGrain  = 1 << 13
	geluGrain = 1 << 12
)

// Exp writes e^x to dst. The slices have one length; dst may be x. The error is at most 2 units in the last place; results
// too small for a normal float32 lose bits as they must, larger than the largest float32 become +Inf, NaN stays NaN. The
// bits of the plain Go form and of the assembly may differ within that error.
func Exp(dst, x []float32) { each1(exp, dst, x, expGrain) }

// e^x = 2^n * e^r with n = round(x/ln 2) and |r| <= ln2/2. ln 2 is split so that n*ln2High is exact: ln2High has 10
// significant bits and n has 8. The polynomial is (e^r-1-r)/r^2, from the Cephes library (expf.c).
const (
	expLow    = -104 // e^-104 rounds to 0
	expHigh   = 89   // e^89 is above the largest float32
	log2e     = 1.44269504088896341
	ln2High   = 0.693359375
	ln2Low    = -2.12194440e-4
	expC0     = 1.9875691500e-4
	expC1     = 1.3981999507e-3
	expC2     = 8.3334519073e-3
	expC3     = 4.1665795894e-2
	expC4     = 1.6666665459e-1
	expC5     = 5.0000001201e-1
	roundBias = 12582912 // 1.5*2^23: adding and subtracting it rounds to an integer
)

func expGo(dst, x []float32) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = exp1(v)
	}
}

// exp1 is e^x for one number.
func exp1(x float32) float32 {
	x = min(max(x, expLow), expHigh)
	f := float32(x*log2e) + roundBias
	n := int32(math.Float32bits(f)) - int32(math.Float32bits(roundBias))
	f -= roundBias
	r := x - float32(f*ln2High)
	r -= float32(f * ln2Low)
	p := float32(expC0*r) + expC1
	p = float32(p*r) + expC2
	p = float32(p*r) + expC3
	p = float32(p*r) + expC4
	p = float32(p*r) + expC5
	p = float32(p*float32(r*r)) + r + 1
	// Two factors, because 2^n alone may leave the range of normal numbers. A NaN has n of any size; the mask keeps the
	// shifts defined and the product stays NaN.
	h := n >> 1
	return p * math.Float32frombits(uint32(h+127)<<23) * math.Float32frombits(uint32(n-h+127)<<23)
}
