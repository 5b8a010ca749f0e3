//go:build !amd64 || noasm

package kernel

var bf16Active bf16Unit

func bestBF16() bf16Unit { return bf16Rounded }

func bf16InUse() bf16Unit { return bf16Rounded }

func roundRows(dst *float32, off, dstStep int, src *float32, srcStep, rows, n int) {}

func pairRows(dst *float32, dstStep int, even, odd *float32, srcStep, rows, n int) {}

func weaveRows(dst *float32, dstStep int, even, odd *float32, srcStep, rows, n int) {}

func (j *bf16Job) multiply() {}

func amxBlocks(j *blocksJob) {}

func layPairs(dst *float32, dstStep int, src *float32, rowStep, oddStep, rows, odds, n int) {}

func spreadPlaces(dst *float32, dstStep, dstNext int, src *float32, srcStep, srcNext int, bias *float32, rows, outs, n int) {
}
