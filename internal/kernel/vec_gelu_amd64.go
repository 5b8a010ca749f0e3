//go:build !noasm

package kernel

import "math"

// With AVX-512 the normal distribution function is a polynomial of degree 6 on each of 31 pieces, whose coefficients are looked up in
// registers, and GELU(x) = x*Phi(x). No division and no e^x is needed, and the derivative of the same polynomial is the density.
const (
	// phiPieces are stretches of the width phiWidth around its multiples, from -phiLast to phiLast times it. Beyond them x is taken to
	// be the middle of the last, where Phi and the density are 0 and 1 or 0 to the bit.
	phiPieces = 32
	phiLast   = 15
	phiWidth  = 25. / 64
	phiEnd    = phiLast * phiWidth
	phiDegree = 6
)

// phiTable is what the assembly of GELU reads: the coefficients of each power by piece, piece k at k modulo 32, and behind them the
// numbers that x is reduced with.
//
// The density of a piece is the polynomial that meets it at the Chebyshev nodes of the piece, which is near the best for its degree,
// and Phi the integral of that from the middle of the piece.
//
//lint:ignore U1000 The assembly reads it.
var phiTable = func() (t struct {
	powers                        [phiDegree + 1][phiPieces]float32
	low, high, perWidth, bias, by float32
}) {
	for k := -phiLast; k <= phiLast; k++ {
		middle := float64(k) * phiWidth
		at := k & (phiPieces - 1)
		switch {
		case k == phiLast:
			t.powers[0][at] = 1
		case k > -phiLast:
			t.powers[0][at] = float32(0.5 * math.Erfc(-middle/math.Sqrt2))
		}
		for j, c := range powersAround(middle, phiWidth/2) {
			if j > 0 || k > -phiLast && k < phiLast {
				t.powers[j+1][at] = float32(c / float64(j+1))
			}
		}
	}
	t.low, t.high, t.perWidth, t.bias, t.by = -phiEnd, phiEnd, 1/phiWidth, roundBias, phiWidth
	return t
}()

// powersAround are the coefficients of the polynomial in x-middle that meets the normal density at the Chebyshev nodes of the stretch
// of so much to either side.
func powersAround(middle, side float64) (c [phiDegree]float64) {
	var chebyshev [phiDegree]float64
	for i := range phiDegree {
		angle := (float64(i) + 0.5) * math.Pi / phiDegree
		x := middle + side*math.Cos(angle)
		density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
		for j := range chebyshev {
			chebyshev[j] += 2. / phiDegree * density * math.Cos(float64(j)*angle)
		}
	}
	chebyshev[0] /= 2
	// T(0) = 1, T(1) = u, T(j+1) = 2*u*T(j) - T(j-1) with u = (x-middle)/side.
	last, now := [phiDegree]float64{}, [phiDegree]float64{1}
	for j := range chebyshev {
		scale := 1.
		for i := range c {
			c[i] += chebyshev[j] * now[i] * scale
			scale /= side
		}
		twice := 2.
		if j == 0 {
			twice = 1
		}
		next := [phiDegree]float64{}
		for i := range phiDegree {
			if i > 0 {
				next[i] = twice * now[i-1]
			}
			next[i] -= last[i]
		}
		last, now = now, next
	}
	return c
}

//go:noescape
func geluAVX512(dst, x *float32, n int)

//go:noescape
func geluGradAVX512(dx, x, dy *float32, n int)

//go:noescape
func geluSlopesAVX512(dst, slopes, x *float32, n int)

// geluWide does all elements where it can and tells whether.
func geluWide(dst, x []float32) bool {
	if active != isaAVX512 || len(dst) == 0 {
		return false
	}
	geluAVX512(&dst[0], &x[:len(dst)][0], len(dst))
	return true
}

// geluGradWide does all elements where it can and tells whether.
func geluGradWide(dx, x, dy []float32) bool {
	if active != isaAVX512 || len(dx) == 0 {
		return false
	}
	geluGradAVX512(&dx[0], &x[:len(dx)][0], &dy[:len(dx)][0], len(dx))
	return true
}

// geluSlopesWide does all elements where it can and tells whether.
func geluSlopesWide(dst, slopes, x []float32) bool {
	if active != isaAVX512 || !vecAsm || len(x) == 0 {
		return false
	}
	geluSlopesAVX512(&dst[:len(x)][0], &slopes[:len(x)][0], &x[0], len(x))
	return true
}
