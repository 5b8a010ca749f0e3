package kernel

import (
	"fmt"
	"math"
	"unsafe"
)

// Precision is that of the operands of products and convolutions. Sums are float32 in either.
type Precision int

const (
	// Float32 leaves operands as they are.
	Float32 Precision = iota
	// BF16 rounds both operands to bfloat16, to nearest even.
	BF16
	// Winograd leaves them too, and takes convolutions of series with three taps through Winograd's transforms where that is
	// faster: half the products, and sums whose error is up to three times as large.
	Winograd
)

var precisionNames = [...]string{Float32: "float32", BF16: "bf16", Winograd: "winograd"}

// String is "float32", "bf16" or "winograd".
func (p Precision) String() string { return precisionNames[p] }

// ParsePrecision is the precision of that name; the empty one is Float32.
func ParsePrecision(name string) (Precision, error) {
	for p, n := range precisionNames {
		if n == name || name == "" {
			return Precision(p), nil
		}
	}
	return 0, fmt.Errorf("precision is %q, want float32, bf16 or winograd", name)
}

// bf16Unit is what multiplies bfloat16.
type bf16Unit int

const (
	bf16Rounded bf16Unit = iota // float32 instructions, of rounded operands
	bf16Dot                     // VDPBF16PS
	bf16AMX                     // TDPBF16PS
)

var bf16Names = [...]string{bf16Rounded: "float32", bf16Dot: "avx512", bf16AMX: "amx"}

// BF16Unit names the instructions that products of bfloat16 use: "amx", "avx512" or "float32".
func BF16Unit() string { return bf16Names[bf16InUse()] }

// hasBF16 tells whether there are instructions for bfloat16.
func hasBF16() bool { return bf16InUse() != bf16Rounded }

// chooseBF16 is the unit called name when the machine has it, and otherwise the best one.
func chooseBF16(name string, best bf16Unit) bf16Unit {
	for i, s := range bf16Names {
		if s == name && bf16Unit(i) <= best {
			return bf16Unit(i)
		}
	}
	return best
}

// A pair is two bfloat16, the first in the low half, in the bits of a float32 that is moved and never computed with.
// Operands of products are laid out in pairs of neighbouring terms: the left one in rows of them, the right one in rows of
// as many pairs as there are columns, of which sixteen are a step of 32 terms.
const (
	stepTerms = 32 // terms that a step adds up
	stepPairs = stepTerms / 2
	blockSide = 32 // rows and columns of a block of the product
)

// bf16Step is where a step's terms are from the start of either operand, in bytes.
type bf16Step struct{ a, b int }

// bf16Job is a product of two packed operands, its steps in bytes: C = alpha * A * B + bias + base, and plus C if add is 1.
// Whole blocks of A and B are read, rows and columns beyond those of C too. The assembly knows the order of the fields.
type bf16Job struct {
	steps      *bf16Step
	count      int
	a          *float32
	aStep      int
	b          *float32
	bStep      int // from one row of pairs to the next
	bNext      int // from one panel of 32 columns to the next
	c          *float32
	ldc        int
	rows, cols int
	bias       *float32 // one for a row; nil for none
	base       *float32 // one for a column; nil for none
	alpha      float32
	add        uint32
	sums       *[blockSide * blockSide]float32
	//lint:ignore U1000 of the assembly
	left, place int
	aHalf       int // from sixteen rows of A to the next
	//lint:ignore U1000 of the assembly
	half *float32
	//lint:ignore U1000 of the assembly
	second int
}

// run does the steps.
func (j *bf16Job) run(steps []bf16Step) {
	if j.rows <= 0 || j.cols <= 0 {
		return
	}
	j.steps, j.count = unsafe.SliceData(steps), len(steps)
	j.multiply()
}

// roundUp is n rounded up to a multiple of unit.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// round1 is x rounded to bfloat16, as the instructions do it: subnormal numbers are zeros.
func round1(x float32) float32 {
	b := math.Float32bits(x)
	switch exponent := b >> 23 & 0xff; {
	case exponent == 0:
		return math.Float32frombits(b & (1 << 31))
	case exponent == 0xff:
		if b<<9 != 0 {
			b |= 1 << 22 // NaN stays one when it is cut
		}
		return math.Float32frombits(b &^ 0xffff)
	}
	return math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
}

// rounded copies x rounded to bfloat16 to *buf.
func rounded(buf *[]float32, x []float32) []float32 {
	r := roundings.get()
	r.dst, r.src = sized(buf, len(x)), x
	run(r, (len(x)+roundPart-1)/roundPart)
	dst := r.dst
	*r = rounding{}
	roundings.put(r)
	return dst
}

const roundPart = 1 << 15

var roundings freeList[rounding]

// rounding rounds numbers. A part is a piece of them.
type rounding struct{ dst, src []float32 }

func (r *rounding) do(part int) {
	end := min((part+1)*roundPart, len(r.src))
	for i := part * roundPart; i < end; i++ {
		r.dst[i] = round1(r.src[i])
	}
}
