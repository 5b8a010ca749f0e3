//go:build noasm || !(amd64 || arm64)

package kernel

func above(mask []uint64, x, bias []float32, least float32) { aboveGo(mask, x, bias, least) }
