//go:build !noasm

#include "textflag.h"

// AVX-512F: GELU by pieces, see vec_gelu_amd64.go. Every routine takes any count; the last numbers go through a mask.

// SETUP loads phiTable: the powers of pieces from 0 on in Z16 to Z22, those of negative pieces in Z23 to Z29, and the other constants. K1 takes
// all sixteen numbers.
#define SETUP \
	LEAQ ·phiTable(SB), R8; \
	VMOVUPS 0(R8), Z16; \
	VMOVUPS 64(R8), Z23; \
	VMOVUPS 128(R8), Z17; \
	VMOVUPS 192(R8), Z24; \
	VMOVUPS 256(R8), Z18; \
	VMOVUPS 320(R8), Z25; \
	VMOVUPS 384(R8), Z19; \
	VMOVUPS 448(R8), Z26; \
	VMOVUPS 512(R8), Z20; \
	VMOVUPS 576(R8), Z27; \
	VMOVUPS 640(R8), Z21; \
	VMOVUPS 704(R8), Z28; \
	VMOVUPS 768(R8), Z22; \
	VMOVUPS 832(R8), Z29; \
	VBROADCASTSS 896(R8), Z15; \
	VBROADCASTSS 900(R8), Z14; \
	VBROADCASTSS 904(R8), Z13; \
	VBROADCASTSS 908(R8), Z12; \
	VBROADCASTSS 912(R8), Z11; \
	KXNORW K1, K1, K1

// REST keeps in K1 the first CX+16 numbers, of fewer than sixteen.
#define REST \
	MOVL $1, AX; \
	ADDQ $16, CX; \
	SHLL CX, AX; \
	DECL AX; \
	KMOVW AX, K1

// REDUCE takes x in Z0 and leaves max(x, -phiEnd) in Z0, x bounded on both sides in Z1, its piece in Z2 and its distance from the middle of that in Z3.
// MAX and MIN return their first operand here, the second of Intel's order, when one is NaN, so NaN passes.
#define REDUCE \
	VMAXPS Z0, Z15, Z0; \
	VMINPS Z0, Z14, Z1; \
	VMOVAPS Z12, Z2; \
	VFMADD231PS Z13, Z1, Z2; \
	VSUBPS Z12, Z2, Z3; \
	VFNMADD213PS Z1, Z11, Z3

// LOOKUP leaves the coefficients of a power in to.
#define LOOKUP(right, left, to) VMOVAPS Z2, to; VPERMI2PS left, right, to

// PHI leaves Phi in Z4, PHISLOPE also its derivative in Z6.
#define PHI \
	LOOKUP(Z22, Z29, Z4); \
	LOOKUP(Z21, Z28, Z5); \
	VFMADD213PS Z5, Z3, Z4; \
	LOOKUP(Z20, Z27, Z7); \
	VFMADD213PS Z7, Z3, Z4; \
	LOOKUP(Z19, Z26, Z5); \
	VFMADD213PS Z5, Z3, Z4; \
	LOOKUP(Z18, Z25, Z7); \
	VFMADD213PS Z7, Z3, Z4; \
	LOOKUP(Z17, Z24, Z5); \
	VFMADD213PS Z5, Z3, Z4; \
	LOOKUP(Z16, Z23, Z7); \
	VFMADD213PS Z7, Z3, Z4
#define PHISLOPE \
	LOOKUP(Z22, Z29, Z4); \
	LOOKUP(Z21, Z28, Z5); \
	VMOVAPS Z4, Z6; \
	VFMADD213PS Z5, Z3, Z4; \
	LOOKUP(Z20, Z27, Z7); \
	VFMADD213PS Z4, Z3, Z6; \
	VFMADD213PS Z7, Z3, Z4; \
	LOOKUP(Z19, Z26, Z5); \
	VFMADD213PS Z4, Z3, Z6; \
	VFMADD213PS Z5, Z3, Z4; \
	LOOKUP(Z18, Z25, Z7); \
	VFMADD213PS Z4, Z3, Z6; \
	VFMADD213PS Z7, Z3, Z4; \
	LOOKUP(Z17, Z24, Z5); \
	VFMADD213PS Z4, Z3, Z6; \
	VFMADD213PS Z5, Z3, Z4; \
	LOOKUP(Z16, Z23, Z7); \
	VFMADD213PS Z4, Z3, Z6; \
	VFMADD213PS Z7, Z3, Z4

// func geluAVX512(dst, x *float32, n int)
TEXT ·geluAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	SETUP
	SUBQ $16, CX
	JLT gelurest
geluloop:
	VMOVUPS.Z (SI), K1, Z0
	REDUCE
	PHI
	VMULPS Z0, Z4, Z0
	VMOVUPS Z0, K1, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JGE geluloop
gelurest:
	CMPQ CX, $-16
	JLE geludone
	REST
	SUBQ $32, CX
	JMP geluloop
geludone:
	VZEROUPPER
	RET

// func geluGradAVX512(dx, x, dy *float32, n int)
TEXT ·geluGradAVX512(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ n+24(FP), CX
	SETUP
	SUBQ $16, CX
	JLT gradrest
gradloop:
	VMOVUPS.Z (SI), K1, Z0
	REDUCE
	PHISLOPE
	VFMADD213PS Z4, Z1, Z6
	VMOVUPS.Z (DX), K1, Z0
	VMULPS Z0, Z6, Z6
	VMOVUPS Z6, K1, (DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JGE gradloop
gradrest:
	CMPQ CX, $-16
	JLE graddone
	REST
	SUBQ $32, CX
	JMP gradloop
graddone:
	VZEROUPPER
	RET

// func geluSlopesAVX512(dst, slopes, x *float32, n int)
TEXT ·geluSlopesAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ slopes+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	SETUP
	SUBQ $16, CX
	JLT sloperest
slopeloop:
	VMOVUPS.Z (SI), K1, Z0
	REDUCE
	PHISLOPE
	VMULPS Z0, Z4, Z0
	VFMADD213PS Z4, Z1, Z6
	VMOVUPS Z0, K1, (DI)
	VMOVUPS Z6, K1, (DX)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JGE slopeloop
sloperest:
	CMPQ CX, $-16
	JLE slopedone
	REST
	SUBQ $32, CX
	JMP slopeloop
slopedone:
	VZEROUPPER
	RET
