//go:build !noasm

#include "textflag.h"

// AVX2 counts of responses above a bias. Both routines take a count that is a positive multiple of 8 and add in the order
// of countAboveGo, so that the counts are equal.

// RESPONSE adds the four summands of eight places into Y0.
#define RESPONSE \
	VMOVUPS (SI), Y0 \
	VADDPS (R8), Y0, Y0 \
	VADDPS (R9), Y0, Y0 \
	VADDPS (R10), Y0, Y0 \
	ADDQ $32, SI \
	ADDQ $32, R8 \
	ADDQ $32, R9 \
	ADDQ $32, R10

// func countOneAsm(sum, a, b, c *float32, n int, bias float32) int32
TEXT ·countOneAsm(SB), NOSPLIT, $0-52
	MOVQ sum+0(FP), SI
	MOVQ a+8(FP), R8
	MOVQ b+16(FP), R9
	MOVQ c+24(FP), R10
	MOVQ n+32(FP), CX
	VBROADCASTSS bias+40(FP), Y8
	VPXOR Y12, Y12, Y12

oneloop:
	RESPONSE
	VCMPPS $0x1e, Y8, Y0, Y1 // all bits set where Y0 > Y8, none for a NaN
	VPSUBD Y1, Y12, Y12
	SUBQ $8, CX
	JNZ  oneloop
	VEXTRACTI128 $1, Y12, X1
	VPADDD X1, X12, X0
	VPHADDD X0, X0, X0
	VPHADDD X0, X0, X0
	VMOVD X0, AX
	MOVL AX, ret+48(FP)
	VZEROUPPER
	RET

// func countFourAsm(sum, a, b, c *float32, n int, biases *float32, counts *int32)
TEXT ·countFourAsm(SB), NOSPLIT, $0-56
	MOVQ sum+0(FP), SI
	MOVQ a+8(FP), R8
	MOVQ b+16(FP), R9
	MOVQ c+24(FP), R10
	MOVQ n+32(FP), CX
	MOVQ biases+40(FP), DX
	MOVQ counts+48(FP), DI
	VBROADCASTSS (DX), Y8
	VBROADCASTSS 4(DX), Y9
	VBROADCASTSS 8(DX), Y10
	VBROADCASTSS 12(DX), Y11
	VPXOR Y12, Y12, Y12
	VPXOR Y13, Y13, Y13
	VPXOR Y14, Y14, Y14
	VPXOR Y15, Y15, Y15

fourloop:
	RESPONSE
	VCMPPS $0x1e, Y8, Y0, Y1
	VCMPPS $0x1e, Y9, Y0, Y2
	VCMPPS $0x1e, Y10, Y0, Y3
	VCMPPS $0x1e, Y11, Y0, Y4
	VPSUBD Y1, Y12, Y12
	VPSUBD Y2, Y13, Y13
	VPSUBD Y3, Y14, Y14
	VPSUBD Y4, Y15, Y15
	SUBQ $8, CX
	JNZ  fourloop
	VPHADDD Y13, Y12, Y0
	VPHADDD Y15, Y14, Y1
	VPHADDD Y1, Y0, Y0 // the four sums of each half
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VPADDD (DI), X0, X0
	VMOVDQU X0, (DI)
	VZEROUPPER
	RET
