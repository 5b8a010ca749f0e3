//go:build !noasm

#include "textflag.h"

// Z0 to sixteen bfloat16 in Y1.
#define VCVTNEPS2BF16_Z0_Y1 BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// FOLD adds the eight float64 sums of Z0 in the order of fold; the sum is in X0.
#define FOLD \
	VEXTRACTF64X4 $1, Z0, Y1; \
	VADDPD Y1, Y0, Y0; \
	VEXTRACTF128 $1, Y0, X1; \
	VADDPD X1, X0, X0; \
	VUNPCKHPD X0, X0, X1; \
	VADDSD X1, X0, X0

// NORMALISE leaves sixteen numbers from SI+BX on, normalised, in Z0.
#define NORMALISE \
	VMOVUPS (SI)(BX*1), Z0; \
	VSUBPS Z4, Z0, Z0; \
	VMULPS Z5, Z0, Z0; \
	VADDPS Z6, Z0, Z0; \
	VMULPS (R8)(BX*1), Z0, Z0; \
	VADDPS (R9)(BX*1), Z0, Z0

// func layerNormAVX512(y *float32, narrow int, x, gamma, beta, mean, rstd *float32, rows, n int, eps float64)
//
// R13 is the bytes of a row, X14 the numbers in it, X15 eps, X13 one and Z6 zeros.
TEXT ·layerNormAVX512(SB), NOSPLIT, $0-80
	MOVQ y+0(FP), DI
	MOVQ narrow+8(FP), R14
	MOVQ x+16(FP), SI
	MOVQ gamma+24(FP), R8
	MOVQ beta+32(FP), R9
	MOVQ mean+40(FP), R10
	MOVQ rstd+48(FP), R11
	MOVQ rows+56(FP), R12
	MOVQ n+64(FP), R13
	VMOVSD eps+72(FP), X15
	VXORPD X14, X14, X14
	VCVTSI2SDQ R13, X14, X14
	MOVQ $1, AX
	VXORPD X13, X13, X13
	VCVTSI2SDQ AX, X13, X13
	VPXORD Z6, Z6, Z6
	SHLQ $2, R13
normRow:
	VPXORD Z0, Z0, Z0
	XORQ BX, BX
normSum:
	VCVTPS2PD (SI)(BX*1), Z2
	VADDPD Z2, Z0, Z0
	VCVTPS2PD 32(SI)(BX*1), Z2
	VADDPD Z2, Z0, Z0
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normSum
	FOLD
	VDIVSD X14, X0, X3
	VBROADCASTSD X3, Z7
	VCVTSD2SS X3, X3, X4
	VMOVSS X4, (R10)
	VBROADCASTSS X4, Z4
	VPXORD Z0, Z0, Z0
	XORQ BX, BX
normSquare:
	VCVTPS2PD (SI)(BX*1), Z2
	VCVTPS2PD 32(SI)(BX*1), Z3
	VSUBPD Z7, Z2, Z2
	VSUBPD Z7, Z3, Z3
	VMULPD Z2, Z2, Z2
	VMULPD Z3, Z3, Z3
	VADDPD Z2, Z0, Z0
	VADDPD Z3, Z0, Z0
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normSquare
	FOLD
	VDIVSD X14, X0, X0
	VADDSD X15, X0, X0
	VSQRTSD X0, X0, X0
	VDIVSD X0, X13, X0
	VCVTSD2SS X0, X0, X5
	VMOVSS X5, (R11)
	VBROADCASTSS X5, Z5
	XORQ BX, BX
	TESTQ R14, R14
	JNZ normNarrow
normWide:
	NORMALISE
	VMOVUPS Z0, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normWide
	ADDQ R13, DI
	JMP normNext
normNarrow:
	NORMALISE
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU Y1, (DI)
	ADDQ $32, DI
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normNarrow
normNext:
	ADDQ R13, SI
	ADDQ $4, R10
	ADDQ $4, R11
	DECQ R12
	JNZ normRow
	VZEROUPPER
	RET
