//go:build !noasm

package kernel

import (
	"os"

	"golang.org/x/sys/cpu"
)

// bestBF16 asks the processor.
func bestBF16() bf16Unit {
	x := &cpu.X86
	switch {
	case bestISA() != isaAVX512 || !x.HasAVX512BF16:
		return bf16Rounded
	case x.HasAMXTile && x.HasAMXBF16 && permitTiles():
		return bf16AMX
	}
	return bf16Dot
}

// bf16Active is the unit in use. Only tests change it after start-up.
var bf16Active = chooseBF16(os.Getenv("WAVEKIN_BF16"), bestBF16())

// bf16InUse is the unit that goes with the instruction set in use.
func bf16InUse() bf16Unit {
	if active != isaAVX512 {
		return bf16Rounded
	}
	return bf16Active
}

// amxConfig is palette 1 with eight tiles of 16 rows of 64 bytes.
//
//lint:ignore U1000 The assembly reads it.
var amxConfig = func() (c [64]byte) {
	c[0] = 1
	for i := range 8 {
		c[16+2*i], c[48+i] = 64, 16
	}
	return c
}()

// pairOrder puts the words of two halves by turns.
//
//lint:ignore U1000 The assembly reads it.
var pairOrder = func() (t [32]uint16) {
	for i := range 16 {
		t[2*i], t[2*i+1] = uint16(i), uint16(16+i)
	}
	return t
}()

//go:noescape
func amxProduct(j *bf16Job)

//go:noescape
func dotProduct(j *bf16Job)

// roundRows rounds rows of n numbers to dst from off on; off and steps are in bytes.
//
//go:noescape
func roundRows(dst *float32, off, dstStep int, src *float32, srcStep, rows, n int)

// pairRows rounds rows of n numbers of even and of odd and puts them together as pairs; a nil odd is zeros. Steps are in
// bytes.
//
//go:noescape
func pairRows(dst *float32, dstStep int, even, odd *float32, srcStep, rows, n int)

// weaveRows is pairRows of rows that are narrow.
//
//go:noescape
func weaveRows(dst *float32, dstStep int, even, odd *float32, srcStep, rows, n int)

//go:noescape
func amxBlocks(j *blocksJob)

// layPairs makes pairs of rows of n numbers, oddStep apart and each pair rowStep from the next, and writes their transpose:
// the sixteen pairs of each place, dstStep from those of the one before. Of the sixteen pairs there are so many rows, and as
// many as odds have a second row; what there is not becomes zeros. Steps are in bytes.
//
//go:noescape
func layPairs(dst *float32, dstStep int, src *float32, rowStep, oddStep, rows, odds, n int)

// spreadPlaces takes for each of so many rows, srcNext apart, sixteen outputs at n places, srcStep from place to place, and
// writes for each of the first outs a row of n numbers, dstStep apart and dstNext from one row to the next, with the output's
// bias added. Whole sixteens of places are read. Steps are in bytes.
//
//go:noescape
func spreadPlaces(dst *float32, dstStep, dstNext int, src *float32, srcStep, srcNext int, bias *float32, rows, outs, n int)

func (j *bf16Job) multiply() {
	if bf16Active == bf16AMX {
		amxProduct(j)
	} else {
		dotProduct(j)
	}
}
