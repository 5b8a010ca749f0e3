//go:build noasm || !(amd64 || arm64)

package kernel

func decode(dst []float32, codes []byte, base, step []float32) { decodeGo(dst, codes, base, step) }
