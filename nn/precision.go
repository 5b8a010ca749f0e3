package nn

import "github.com/wavekin/wavekin/internal/kernel"

// Precision is that of the operands of layers' products.
type Precision = kernel.Precision

const (
	// Float32 leaves operands as they are.
	Float32 = kernel.Float32
	// BF16 rounds both operands to bfloat16, to nearest even; sums stay float32.
	BF16 = kernel.BF16
	// Winograd leaves them too. Convolutions of series with three taps go through Winograd's transforms where these take fewer
	// operations, if the processor has AVX-512; errors of their sums are up to three times those of Float32.
	Winograd = kernel.Winograd
)

// ParsePrecision is the precision called "float32", which the empty name means as well, "bf16" or "winograd".
func ParsePrecision(name string) (Precision, error) { return kernel.ParsePrecision(name) }

// SetPrecision chooses the precision of the operands of [Linear], [Conv1D], [Conv2D] and [Attention], in their gradients too;
// call it before building. Convolutions in groups, and those with fewer than 8 channels on either side, stay float32, as does
// all else: [MatMul] and [BatchMatMul], of which losses are made, recurrent layers, normalisations, softmax and parameters.
func (g *Graph) SetPrecision(p Precision) { g.precision = p }
