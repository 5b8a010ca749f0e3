//go:build !noasm

#include "textflag.h"

// AVX-512F and AVX-512DQ: the GELUs of vec_math_amd64.s for sixteen numbers at a time, each with the same operations in the
// same order and so to the same bits. Every routine takes a count that is a positive multiple of 16.

// Rows of vecTable, see vec_amd64.go, of which the first number is broadcast.
#define LOW (0*32)(R8)
#define HIGH (1*32)(R8)
#define LOG2E (2*32)(R8)
#define BIAS (3*32)(R8)
#define LN2HIGH (4*32)(R8)
#define LN2LOW (5*32)(R8)
#define C0 (6*32)(R8)
#define C1 (7*32)(R8)
#define C2 (8*32)(R8)
#define C3 (9*32)(R8)
#define C4 (10*32)(R8)
#define C5 (11*32)(R8)
#define ONE (12*32)(R8)
#define I127 (13*32)(R8)
#define TAILP (14*32)(R8)
#define T1 (15*32)(R8)
#define T2 (16*32)(R8)
#define T3 (17*32)(R8)
#define T4 (18*32)(R8)
#define T5 (19*32)(R8)
#define T6 (20*32)(R8)
#define T7 (21*32)(R8)
#define T8 (22*32)(R8)
#define TAILEND (23*32)(R8)
#define PEAK (24*32)(R8)
#define ABS (25*32)(R8)
#define MINUSHALF (26*32)(R8)

// SETUP loads the constants.
#define SETUP \
	LEAQ ·vecTable(SB), R8; \
	VBROADCASTSS LOW, Z31; \
	VBROADCASTSS HIGH, Z30; \
	VBROADCASTSS BIAS, Z29; \
	VBROADCASTSS ONE, Z28; \
	VBROADCASTSS TAILEND, Z27; \
	VBROADCASTSS ABS, Z26; \
	VBROADCASTSS LOG2E, Z25; \
	VBROADCASTSS I127, Z24; \
	VBROADCASTSS T8, Z23; \
	VBROADCASTSS C0, Z22; \
	VBROADCASTSS MINUSHALF, Z21; \
	VBROADCASTSS PEAK, Z20; \
	VBROADCASTSS LN2HIGH, Z19; \
	VBROADCASTSS LN2LOW, Z18; \
	VBROADCASTSS TAILP, Z17; \
	VPXORD Z16, Z16, Z16

// TAIL takes x in Z0 and leaves |x| in Z1, e^(-x*x/2) in Z2 and Q(|x|) in Z7. It clobbers Z3 to Z6.
#define TAIL \
	VANDPS Z26, Z0, Z1; \
	VMINPS Z1, Z27, Z1; \
	VMOVAPS Z28, Z6; \
	VFMADD231PS Z17, Z1, Z6; \
	VDIVPS Z6, Z28, Z6; \
	VMULPS Z1, Z1, Z2; \
	VMULPS Z21, Z2, Z2; \
	VMAXPS Z2, Z31, Z2; \
	VMINPS Z2, Z30, Z2; \
	VMOVAPS Z29, Z3; \
	VFMADD231PS Z25, Z2, Z3; \
	VPSUBD Z29, Z3, Z5; \
	VSUBPS Z29, Z3, Z3; \
	VFNMADD231PS Z19, Z3, Z2; \
	VFNMADD231PS Z18, Z3, Z2; \
	VMOVAPS Z22, Z4; \
	VFMADD213PS.BCST C1, Z2, Z4; \
	VFMADD213PS.BCST C2, Z2, Z4; \
	VFMADD213PS.BCST C3, Z2, Z4; \
	VFMADD213PS.BCST C4, Z2, Z4; \
	VFMADD213PS.BCST C5, Z2, Z4; \
	VMULPS Z2, Z2, Z3; \
	VFMADD213PS Z2, Z3, Z4; \
	VADDPS Z28, Z4, Z4; \
	VPSRAD $1, Z5, Z3; \
	VPSUBD Z3, Z5, Z5; \
	VPADDD Z24, Z3, Z3; \
	VPADDD Z24, Z5, Z5; \
	VPSLLD $23, Z3, Z3; \
	VPSLLD $23, Z5, Z5; \
	VMULPS Z3, Z4, Z4; \
	VMULPS Z5, Z4, Z2; \
	VMOVAPS Z23, Z7; \
	VFMADD213PS.BCST T7, Z6, Z7; \
	VFMADD213PS.BCST T6, Z6, Z7; \
	VFMADD213PS.BCST T5, Z6, Z7; \
	VFMADD213PS.BCST T4, Z6, Z7; \
	VFMADD213PS.BCST T3, Z6, Z7; \
	VFMADD213PS.BCST T2, Z6, Z7; \
	VFMADD213PS.BCST T1, Z6, Z7; \
	VMULPS Z6, Z7, Z7; \
	VMULPS Z2, Z7, Z7

// func geluAVX512(dst, x *float32, n int)
TEXT ·geluAVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	SETUP
geluloop:
	VMOVUPS (SI), Z0
	TAIL
	VMAXPS Z0, Z16, Z0
	VFNMADD231PS Z1, Z7, Z0
	VMOVUPS Z0, (DI)
	ADDQ $64, SI
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ geluloop
	VZEROUPPER
	RET

// func geluGradAVX512(dx, x, dy *float32, n int)
TEXT ·geluGradAVX512(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ n+24(FP), CX
	SETUP
gelugradloop:
	VMOVUPS (SI), Z0
	TAIL
	VMULPS Z1, Z2, Z2
	VFNMADD231PS Z20, Z2, Z7
	VSUBPS Z7, Z28, Z3
	VPMOVD2M Z0, K1
	VMOVAPS Z7, K1, Z3
	VMULPS (DX), Z3, Z3
	VMOVUPS Z3, (DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ gelugradloop
	VZEROUPPER
	RET
