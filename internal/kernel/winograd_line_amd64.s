//go:build !noasm

#include "textflag.h"

// Transforms of Winograd's convolution F(4, 3) for sixteen tiles at a time. Where the dilation is less than 16 the numbers of the
// tiles lie in turn, in blocks of the dilation: vectors are parted into, and put together from, blocks with an even and an odd
// number, twice. The tables of that are in Z30 and Z29, in Z28 that of what is a dilation further on.

#define EVEN(a, b, to) VMOVAPS a, to; VPERMT2PS b, Z30, to
#define ODD(a, b, to) VMOVAPS a, to; VPERMT2PS b, Z29, to
#define NEXT(a, b, to) VMOVAPS a, to; VPERMT2PS b, Z28, to

// The rows of lineTable, from R12 on.
#define CONSTANTS \
	VBROADCASTSS (R12), Z24; \
	VBROADCASTSS 4(R12), Z25; \
	VBROADCASTSS 8(R12), Z26; \
	VBROADCASTSS 12(R12), Z27; \
	VBROADCASTSS 16(R12), Z31

// PART reads the four numbers of sixteen tiles.
#define PART(p0, p1, p2, p3) \
	VMOVUPS (SI), Z0; \
	VMOVUPS 64(SI), Z1; \
	VMOVUPS 128(SI), Z2; \
	VMOVUPS 192(SI), Z3; \
	ADDQ $256, SI; \
	EVEN(Z0, Z1, Z20); \
	ODD(Z0, Z1, Z21); \
	EVEN(Z2, Z3, Z22); \
	ODD(Z2, Z3, Z23); \
	EVEN(Z20, Z22, p0); \
	ODD(Z20, Z22, p2); \
	EVEN(Z21, Z23, p1); \
	ODD(Z21, Z23, p3)

// The points of a tile go to DI, a point (R9) apart; R10 is three points, R11 the last one.
#define POINTS LEAQ (R9)(R9*2), R10; LEAQ (R9)(R9*4), R11; ADDQ DI, R11
#define STORE(a, b, c, d, e, f) \
	VMOVUPS a, (DI); \
	VMOVUPS b, (DI)(R9*1); \
	VMOVUPS c, (DI)(R9*2); \
	VMOVUPS d, (DI)(R10*1); \
	VMOVUPS e, (DI)(R9*4); \
	VMOVUPS f, (R11); \
	ADDQ $64, DI; \
	ADDQ $64, R11

// INPUT is Bt of Z4, Z5, Z6, Z7, Z12, Z13.
#define INPUT \
	VADDPS Z12, Z4, Z14; \
	VADDPS Z13, Z5, Z15; \
	VMOVAPS Z12, Z16; \
	VMOVAPS Z7, Z17; \
	VFNMADD231PS Z24, Z6, Z14; \
	VFNMADD231PS Z24, Z7, Z15; \
	VFNMADD231PS Z27, Z6, Z16; \
	VFNMADD231PS Z27, Z5, Z17; \
	VFNMADD231PS Z31, Z6, Z12; \
	VFNMADD231PS Z31, Z5, Z7; \
	VMOVAPS Z16, Z18; \
	VMOVAPS Z12, Z19; \
	VFMADD231PS Z25, Z17, Z18; \
	VFNMADD231PS Z25, Z17, Z16; \
	VFMADD231PS Z26, Z7, Z19; \
	VFNMADD231PS Z26, Z7, Z12; \
	STORE(Z14, Z18, Z16, Z19, Z12, Z15)

// GRAD is A of Z4, Z5, Z6, Z7.
#define GRAD \
	VMOVAPS Z4, Z14; \
	VMOVAPS Z5, Z15; \
	VMOVAPS Z4, Z16; \
	VMOVAPS Z5, Z17; \
	VFMADD231PS Z31, Z6, Z14; \
	VFMADD231PS Z31, Z7, Z15; \
	VFMADD231PS Z27, Z6, Z16; \
	VFMADD231PS Z27, Z7, Z17; \
	VMOVAPS Z14, Z18; \
	VMOVAPS Z16, Z19; \
	VFMADD231PS Z25, Z15, Z18; \
	VFNMADD231PS Z25, Z15, Z14; \
	VFMADD231PS Z26, Z17, Z19; \
	VFNMADD231PS Z26, Z17, Z16; \
	STORE(Z4, Z18, Z14, Z19, Z16, Z7)

// func lineInputAVX512(dst *float32, point int, src *float32, blocks int, index *lineIndex, table *float32)
TEXT ·lineInputAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ point+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ blocks+24(FP), CX
	MOVQ index+32(FP), R8
	MOVQ table+40(FP), R12
	POINTS
	VMOVDQU32 (R8), Z30
	VMOVDQU32 64(R8), Z29
	VMOVDQU32 128(R8), Z28
	CONSTANTS
	PART(Z4, Z5, Z6, Z7)
input:
	PART(Z8, Z9, Z10, Z11)
	NEXT(Z4, Z8, Z12)
	NEXT(Z5, Z9, Z13)
	INPUT
	VMOVAPS Z8, Z4
	VMOVAPS Z9, Z5
	VMOVAPS Z10, Z6
	VMOVAPS Z11, Z7
	DECQ CX
	JNZ input
	VZEROUPPER
	RET

// func lineGradAVX512(dst *float32, point int, src *float32, blocks int, index *lineIndex, table *float32)
TEXT ·lineGradAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ point+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ blocks+24(FP), CX
	MOVQ index+32(FP), R8
	MOVQ table+40(FP), R12
	POINTS
	VMOVDQU32 (R8), Z30
	VMOVDQU32 64(R8), Z29
	CONSTANTS
grad:
	PART(Z4, Z5, Z6, Z7)
	GRAD
	DECQ CX
	JNZ grad
	VZEROUPPER
	RET

// func lineInputFarAVX512(dst *float32, point int, src *float32, step, blocks int, table *float32)
TEXT ·lineInputFarAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ point+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ step+24(FP), R8
	MOVQ blocks+32(FP), CX
	MOVQ table+40(FP), R12
	POINTS
	CONSTANTS
	LEAQ (R8)(R8*2), R13
	LEAQ (R8)(R8*4), R14
inputfar:
	VMOVUPS (SI), Z4
	VMOVUPS (SI)(R8*1), Z5
	VMOVUPS (SI)(R8*2), Z6
	VMOVUPS (SI)(R13*1), Z7
	VMOVUPS (SI)(R8*4), Z12
	VMOVUPS (SI)(R14*1), Z13
	ADDQ $64, SI
	INPUT
	DECQ CX
	JNZ inputfar
	VZEROUPPER
	RET

// func lineGradFarAVX512(dst *float32, point int, src *float32, step, blocks int, table *float32)
TEXT ·lineGradFarAVX512(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ point+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ step+24(FP), R8
	MOVQ blocks+32(FP), CX
	MOVQ table+40(FP), R12
	POINTS
	CONSTANTS
	LEAQ (R8)(R8*2), R13
gradfar:
	VMOVUPS (SI), Z4
	VMOVUPS (SI)(R8*1), Z5
	VMOVUPS (SI)(R8*2), Z6
	VMOVUPS (SI)(R13*1), Z7
	ADDQ $64, SI
	GRAD
	DECQ CX
	JNZ gradfar
	VZEROUPPER
	RET

// OUTPUT is At of the points at SI, a point (R9) apart, plus the bias in Z28: Z10 to Z13.
#define OUTPUT \
	VMOVUPS (SI), Z0; \
	VMOVUPS (SI)(R9*1), Z1; \
	VMOVUPS (SI)(R9*2), Z2; \
	VMOVUPS (SI)(R10*1), Z3; \
	VMOVUPS (SI)(R9*4), Z4; \
	VMOVUPS (R11), Z5; \
	ADDQ $64, SI; \
	ADDQ $64, R11; \
	VADDPS Z2, Z1, Z6; \
	VSUBPS Z2, Z1, Z7; \
	VADDPS Z4, Z3, Z8; \
	VSUBPS Z4, Z3, Z9; \
	VADDPS Z28, Z0, Z10; \
	VADDPS Z6, Z10, Z10; \
	VADDPS Z8, Z10, Z10; \
	VMOVAPS Z28, Z11; \
	VFMADD231PS Z25, Z7, Z11; \
	VFMADD231PS Z26, Z9, Z11; \
	VMOVAPS Z28, Z12; \
	VFMADD231PS Z31, Z6, Z12; \
	VFMADD231PS Z27, Z8, Z12; \
	VADDPS Z28, Z5, Z13; \
	VFMADD231PS Z24, Z7, Z13; \
	VFMADD231PS Z23, Z9, Z13

#define OUTPOINTS \
	LEAQ (R9)(R9*2), R10; \
	LEAQ (R9)(R9*4), R11; \
	ADDQ SI, R11; \
	CONSTANTS; \
	VBROADCASTSS 20(R12), Z24; \
	VBROADCASTSS 24(R12), Z23

// func lineOutputAVX512(dst, src *float32, point, blocks int, index *lineIndex, table *float32, bias float32)
TEXT ·lineOutputAVX512(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ point+16(FP), R9
	MOVQ blocks+24(FP), CX
	MOVQ index+32(FP), R8
	MOVQ table+40(FP), R12
	VBROADCASTSS bias+48(FP), Z28
	OUTPOINTS
	VMOVDQU32 (R8), Z30
	VMOVDQU32 64(R8), Z29
output:
	OUTPUT
	EVEN(Z10, Z12, Z14)
	ODD(Z10, Z12, Z15)
	EVEN(Z11, Z13, Z16)
	ODD(Z11, Z13, Z17)
	EVEN(Z14, Z16, Z0)
	ODD(Z14, Z16, Z1)
	EVEN(Z15, Z17, Z2)
	ODD(Z15, Z17, Z3)
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	ADDQ $256, DI
	DECQ CX
	JNZ output
	VZEROUPPER
	RET

// func lineOutputFarAVX512(dst *float32, step int, src *float32, point, blocks int, table *float32, bias float32)
TEXT ·lineOutputFarAVX512(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ step+8(FP), R8
	MOVQ src+16(FP), SI
	MOVQ point+24(FP), R9
	MOVQ blocks+32(FP), CX
	MOVQ table+40(FP), R12
	VBROADCASTSS bias+48(FP), Z28
	OUTPOINTS
	LEAQ (R8)(R8*2), R13
outputfar:
	OUTPUT
	VMOVUPS Z10, (DI)
	VMOVUPS Z11, (DI)(R8*1)
	VMOVUPS Z12, (DI)(R8*2)
	VMOVUPS Z13, (DI)(R13*1)
	ADDQ $64, DI
	DECQ CX
	JNZ outputfar
	VZEROUPPER
	RET
