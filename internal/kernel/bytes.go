package kernel

// Decode writes rows of numbers that are kept as bytes: dst[i, j] = base[j] + step[j]*codes[i, j], the product and the sum each rounded
// once, for rows of len(base) numbers.
func Decode(dst []float32, codes []byte, base, step []float32) {
	dim := len(base)
	step, dst = step[:dim], dst[:len(codes)]
	for at := 0; at+dim <= len(codes) && dim > 0; at += dim {
		decode(dst[at:at+dim], codes[at:at+dim], base, step)
	}
}

func decodeGo(dst []float32, codes []byte, base, step []float32) {
	codes, base, step = codes[:len(dst)], base[:len(dst)], step[:len(dst)]
	for j := range dst {
		dst[j] = base[j] + float32(step[j]*float32(codes[j]))
	}
}
