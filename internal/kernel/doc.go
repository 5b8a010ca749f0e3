// Package kernel holds the float32 number crunching under the neural
// networks: matrix products, convolutions over sequences and images and their
// gradients, and the elementwise and normalising operations between them.
//
// Everything works on row-major slices that the caller owns; a convolution
// input of shape [N, C, T] is N*C*T numbers with time running fastest, an image
// [N, C, H, W] one whose places run from left to right and then down. The
// functions are a layer below error handling: shapes are checked by the
// caller (package nn does), and a slice that is too short for the shape it is
// said to have panics before any memory is touched.
//
// # Instruction sets
//
// On amd64 the inner loops are Go assembly for AVX-512 or AVX2 with FMA,
// picked when the program starts, and on arm64 for NEON; elsewhere, and with
// the build tag noasm, they are plain Go. The environment variable
// WAVEKIN_KERNEL (avx512, avx2, neon or go) forces one of those that the
// machine has. ISA names the one in use.
//
// # Threads and reproducibility
//
// SetThreads sets how many goroutines work on one call. Work is cut into
// blocks whose bounds depend on the shapes alone, and sums are taken in an
// order that depends on the shapes alone, so a result has the same bits for
// any number of threads. AVX2 and NEON have the same panels and fuse the same
// products with the same sums, so they too give the same bits (float32; BF16
// apart). AVX-512 and plain Go may differ from them in the last bits.
//
// # bfloat16
//
// A Precision of BF16 rounds the operands of a product or a convolution to
// bfloat16, to nearest even and subnormal numbers to zero, and sums in float32.
// On amd64 with AVX-512 that is done by AMX (TDPBF16PS, under Linux, which is
// asked for the tile registers once) or else by VDPBF16PS; elsewhere rounded
// copies are multiplied as float32. BF16Unit names the one in use, and the
// environment variable WAVEKIN_BF16 (amx, avx512 or float32) forces one. They
// round alike and differ in the order of sums: AMX adds up the even and the odd
// ones of 32 terms on their own before it adds them to the rest, VDPBF16PS the
// odd one of each two before the even one. So their results differ by as much
// as float32 sums in another order do.
//
// Convolutions lay their operands out in one of two ways. Flat, the places of an
// image lie one behind the other, and a tap is a shift. With a dozen samples or
// more they lie innermost: every place is blocks of 32 samples by 32 channels,
// which a tap meets whole, and what lies outside the image is left out. Forward
// and GradInput give the same bits in either.
//
// # How a product is computed
//
// Gemm and the convolutions share one inner loop, the tile: a few rows of the
// left operand times one panel of the right operand, a panel being as many
// columns as two vector registers hold. The left operand is read where it
// lies, one broadcast number at a time. The right operand is copied ("packed")
// panel by panel into a small buffer that stays in the first-level cache; for
// a convolution over sequences that copy takes the shifted pieces of the input
// rows directly, so the matrix of all shifted inputs (im2col) never exists.
// Sequences that are short beside a panel are laid end to end for that. With
// the precision Winograd and AVX-512, three taps go through transforms.
//
// Images are cut into parts of some rows, which are laid out with the channels
// innermost. A kernel of 3 by 3 with stride 1 goes through Winograd's transforms
// there, which leave a quarter of the products; for any other the inputs of an
// output place are collected side by side, so that places are the rows of the
// tile and output channels the columns of its panels.
package kernel
