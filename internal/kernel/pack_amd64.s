//go:build !noasm

#include "textflag.h"

// func copyRowsAVX2(dst, src *float32, off, step, rows int)
TEXT ·copyRowsAVX2(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	ADDQ off+16(FP), SI
	MOVQ step+24(FP), R8
	MOVQ rows+32(FP), CX
	TESTQ CX, CX
	JZ copied
whole:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ R8, SI
	ADDQ $64, DI
	DECQ CX
	JNZ whole
copied:
	VZEROUPPER
	RET

// QUAD transposes four columns of eight rows, 0 to 3 at SI and 4 to 7 at R12,
// to Y8 to Y11.
#define QUAD(at) \
	VMOVUPS at(SI), X0; \
	VMOVUPS at(SI)(R8*1), X1; \
	VMOVUPS at(SI)(R8*2), X2; \
	VMOVUPS at(SI)(R10*1), X3; \
	VINSERTF128 $1, at(R12), Y0, Y0; \
	VINSERTF128 $1, at(R12)(R8*1), Y1, Y1; \
	VINSERTF128 $1, at(R12)(R8*2), Y2, Y2; \
	VINSERTF128 $1, at(R12)(R10*1), Y3, Y3; \
	VUNPCKLPS Y1, Y0, Y4; \
	VUNPCKHPS Y1, Y0, Y5; \
	VUNPCKLPS Y3, Y2, Y6; \
	VUNPCKHPS Y3, Y2, Y7; \
	VUNPCKLPD Y6, Y4, Y8; \
	VUNPCKHPD Y6, Y4, Y9; \
	VUNPCKLPD Y7, Y5, Y10; \
	VUNPCKHPD Y7, Y5, Y11

// func transpose8Asm(dst *float32, dstStep int, src *float32, srcStep int, quads int)
TEXT ·transpose8Asm(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ srcStep+24(FP), R8
	MOVQ quads+32(FP), CX
	LEAQ (R8)(R8*2), R10
	LEAQ (R9)(R9*2), R11
	LEAQ (SI)(R8*4), R12
	TESTQ CX, CX
	JZ transposed
quad:
	QUAD(0)
	VMOVUPS Y8, (DI)
	VMOVUPS Y9, (DI)(R9*1)
	VMOVUPS Y10, (DI)(R9*2)
	VMOVUPS Y11, (DI)(R11*1)
	ADDQ $16, SI
	ADDQ $16, R12
	LEAQ (DI)(R9*4), DI
	DECQ CX
	JNZ quad
transposed:
	VZEROUPPER
	RET

// func transposeDown8Asm(dst *float32, dstStep int, src *float32, srcStep int, blocks int)
//
// A block is eight rows of eight; rows of the result are at DI and R13.
TEXT ·transposeDown8Asm(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ srcStep+24(FP), R8
	MOVQ blocks+32(FP), CX
	LEAQ (R8)(R8*2), R10
	LEAQ (R9)(R9*2), R11
	LEAQ (SI)(R8*4), R12
	LEAQ (DI)(R9*4), R13
	TESTQ CX, CX
	JZ down
block:
	QUAD(0)
	VMOVUPS Y8, (DI)
	VMOVUPS Y9, (DI)(R9*1)
	VMOVUPS Y10, (DI)(R9*2)
	VMOVUPS Y11, (DI)(R11*1)
	QUAD(16)
	VMOVUPS Y8, (R13)
	VMOVUPS Y9, (R13)(R9*1)
	VMOVUPS Y10, (R13)(R9*2)
	VMOVUPS Y11, (R13)(R11*1)
	LEAQ (SI)(R8*8), SI
	LEAQ (R12)(R8*8), R12
	ADDQ $32, DI
	ADDQ $32, R13
	DECQ CX
	JNZ block
down:
	VZEROUPPER
	RET

// func sumAsm(x *float32, blocks int) float32
TEXT ·sumAsm(SB), NOSPLIT, $0-20
	MOVQ x+0(FP), SI
	MOVQ blocks+8(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	TESTQ CX, CX
	JZ summed
sum:
	VADDPS (SI), Y0, Y0
	VADDPS 32(SI), Y1, Y1
	VADDPS 64(SI), Y2, Y2
	VADDPS 96(SI), Y3, Y3
	ADDQ $128, SI
	DECQ CX
	JNZ sum
summed:
	VADDPS Y1, Y0, Y0
	VADDPS Y3, Y2, Y2
	VADDPS Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VMOVHLPS X0, X0, X1
	VADDPS X1, X0, X0
	VMOVSHDUP X0, X1
	VADDSS X1, X0, X0
	VMOVSS X0, ret+16(FP)
	VZEROUPPER
	RET
