//go:build !noasm && (amd64 || arm64)

package kernel

import "math"

// vecAsm says that the loops of this half run as assembly: that of AVX2, which serves "avx2" and "avx512" alike, or that of
// NEON. All give the same bits, but for the GELUs, which AVX-512 has in a form of its own. Those of Exp, the GELUs, Softmax and Dot differ from those of "go" in the last places, since
// the assembly fuses multiply and add; everything else is equal to the bit.
var vecAsm = false

func init() { vecAsm = ISA() != "go" }

// vecTable is the constants of the assembly, each in all eight lanes, of which NEON reads four; the order is that of the names in
// vec_math_amd64.s.
//
//lint:ignore U1000 The assembly reads it.
var vecTable = func() (t [27][8]float32) {
	for i, v := range [...]float32{
		expLow, expHigh, log2e, roundBias, ln2High, ln2Low, expC0, expC1, expC2, expC3, expC4, expC5,
		1, math.Float32frombits(127),
		tailP, tailC1, tailC2, tailC3, tailC4, tailC5, tailC6, tailC7, tailC8,
		tailEnd, invSqrt2Pi, math.Float32frombits(1<<31 - 1), -0.5,
	} {
		for j := range t[i] {
			t[i][j] = v
		}
	}
	return t
}()

//go:noescape
func expAsm(dst, x *float32, n int)

//go:noescape
func expSumAsm(dst, x *float32, n int, top float32, sums *[8]float32)

//go:noescape
func geluAsm(dst, x *float32, n int)

//go:noescape
func geluGradAsm(dx, x, dy *float32, n int)

//go:noescape
func addAsm(dst, a, b *float32, n int)

//go:noescape
func subAsm(dst, a, b *float32, n int)

//go:noescape
func mulAsm(dst, a, b *float32, n int)

//go:noescape
func reluAsm(dst, x *float32, n int)

//go:noescape
func reluGradAsm(dx, x, dy *float32, n int)

//go:noescape
func scaleAsm(dst *float32, alpha float32, x *float32, n int)

//go:noescape
func axpyAsm(alpha float32, x, y *float32, n int)

//go:noescape
func affineAsm(y, x *float32, n int, mean, s, b float32)

//go:noescape
func affineGradAsm(dx, dy, x *float32, n int, mean, d, k, s float32)

//go:noescape
func adamwAsm(w, grad, m, v *float32, n int, c *adamwStep)

//go:noescape
func sum64Asm(x *float32, n int) float64

//go:noescape
func square64Asm(x *float32, n int, c float64) float64

//go:noescape
func product64Asm(dy, x *float32, n int, c float32) float64

//go:noescape
func dotAsm(a, b *float32, n int) float32

//go:noescape
func maximumAsm(x *float32, n int) float32

// whole returns how many of n elements the assembly takes: the multiple of 8 below, 0 when it is not in use.
func whole(n int) int {
	if !vecAsm {
		return 0
	}
	return n &^ 7
}

// Functions whose assembly differs from Go in the last bits run their tail through it too, in a padded block, so that no bit
// of an element depends on its place.

func exp(dst, x []float32) {
	if !vecAsm {
		expGo(dst, x)
		return
	}
	x = x[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		expAsm(&dst[0], &x[0], k)
	}
	if k < len(dst) {
		var block [8]float32
		copy(block[:], x[k:])
		expAsm(&block[0], &block[0], 8)
		copy(dst[k:], block[:])
	}
}

func gelu(dst, x []float32) {
	if !vecAsm {
		geluGo(dst, x)
		return
	}
	x = x[:len(dst)]
	if geluWide(dst, x) {
		return
	}
	k := whole(len(dst))
	if k > 0 {
		geluAsm(&dst[0], &x[0], k)
	}
	if k < len(dst) {
		var block [8]float32
		copy(block[:], x[k:])
		geluAsm(&block[0], &block[0], 8)
		copy(dst[k:], block[:])
	}
}

func geluGrad(dx, x, dy []float32) {
	if !vecAsm {
		geluGradGo(dx, x, dy)
		return
	}
	x, dy = x[:len(dx)], dy[:len(dx)]
	if geluGradWide(dx, x, dy) {
		return
	}
	k := whole(len(dx))
	if k > 0 {
		geluGradAsm(&dx[0], &x[0], &dy[0], k)
	}
	if k < len(dx) {
		var in, out [8]float32
		copy(in[:], x[k:])
		copy(out[:], dy[k:])
		geluGradAsm(&out[0], &in[0], &out[0], 8)
		copy(dx[k:], out[:])
	}
}

func expSum(dst, x []float32, top float32) float32 {
	if !vecAsm {
		return expSumGo(dst, x, top)
	}
	var s [8]float32
	x = x[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		expSumAsm(&dst[0], &x[0], k, top, &s)
	}
	if k < len(dst) {
		var block [8]float32
		for i := copy(block[:], x[k:]); i < 8; i++ {
			block[i] = float32(math.Inf(-1))
		}
		expSumAsm(&block[0], &block[0], 8, top, &s)
		copy(dst[k:], block[:])
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}
