//go:build !noasm && (amd64 || arm64)

package kernel

//go:noescape
func aboveAsm(mask *uint64, x, bias *float32, words int, least float32)

// above has the assembly do whole words, and Go the rest: both give the same bits.
func above(mask []uint64, x, bias []float32, least float32) {
	words := len(x) / 64
	if !vecAsm || words == 0 {
		words = 0
	} else {
		aboveAsm(&mask[0], &x[0], &bias[0], words, least)
	}
	aboveGo(mask[words:], x[64*words:], bias[64*words:], least)
}
