//go:build !noasm && (amd64 || arm64)

package kernel

//go:noescape
func decodeAsm(dst *float32, codes *byte, base, step *float32, eights int)

// decode has the assembly do eight numbers at a time, and Go the rest: both give the same bits.
func decode(dst []float32, codes []byte, base, step []float32) {
	n := len(dst) &^ 7
	if !vecAsm || n == 0 {
		n = 0
	} else {
		decodeAsm(&dst[0], &codes[0], &base[0], &step[0], n/8)
	}
	decodeGo(dst[n:], codes[n:], base[n:], step[n:])
}
