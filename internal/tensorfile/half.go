package tensorfile

import "math"

// toHalf rounds to the nearest number of 16 bits (IEEE 754 binary16), ties to even; what is too large becomes infinite.
func toHalf(v float32) uint16 {
	b := math.Float32bits(v)
	sign, exp, frac := uint16(b>>16)&0x8000, int(b>>23&0xff)-127, b&0x7fffff
	switch {
	case exp == 128 && frac != 0:
		return sign | 0x7e00 // not a number
	case exp > 15:
		return sign | 0x7c00
	case exp >= -14:
		// Rounding may carry into the exponent, which is right.
		return sign | uint16(round(uint32(exp+15)<<23|frac, 13))
	case exp >= -25:
		return sign | uint16(round(frac|1<<23, uint(-exp-1))) // below the least exponent
	}
	return sign
}

// round drops the last n bits.
func round(v uint32, n uint) uint32 {
	half := uint32(1) << (n - 1)
	return (v + half - 1 + v>>n&1) >> n
}

// fromHalf is the number that 16 bits stand for.
func fromHalf(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, int(h>>10&0x1f), uint32(h&0x3ff)
	switch exp {
	case 0:
		v := float32(frac) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | uint32(exp+112)<<23 | frac<<13)
}
