package kernel

// Above sets bit i of mask where x[i]-bias[i], rounded once, is at least least, and clears the others; mask needs a bit for each
// number, 64 to an element.
func Above(mask []uint64, x, bias []float32, least float32) {
	mask, bias = mask[:(len(x)+63)/64], bias[:len(x)]
	above(mask, x, bias, least)
}

func aboveGo(mask []uint64, x, bias []float32, least float32) {
	for i := range mask {
		var bits uint64
		for j, v := range x[64*i : min(64*i+64, len(x))] {
			if float32(v-bias[64*i+j]) >= least {
				bits |= 1 << j
			}
		}
		mask[i] = bits
	}
}
