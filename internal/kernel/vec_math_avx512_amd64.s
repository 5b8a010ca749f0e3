//go:build !noasm

#include "textflag.h"
#include "exp_avx512_amd64.h"

// AVX-512F and AVX-512DQ: loops of vec_math_amd64.s for sixteen numbers at a time, to the same bits. The GELUs take a count that
// is a positive multiple of 16.

// Rows of vecTable behind those of e^x, see vec_asm.go, of which the first number is broadcast.
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
	EXPSETUP; \
	VBROADCASTSS TAILEND, Z27; \
	VBROADCASTSS ABS, Z26; \
	VBROADCASTSS T8, Z23; \
	VBROADCASTSS MINUSHALF, Z21; \
	VBROADCASTSS PEAK, Z20; \
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
	EXPBELOW(Z2, Z3, Z4, Z5); \
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

// SLOPE leaves in Z3, behind TAIL, the derivative of GELU. It clobbers Z2, Z7 and K1.
#define SLOPE \
	VMULPS Z1, Z2, Z2; \
	VFNMADD231PS Z20, Z2, Z7; \
	VSUBPS Z7, Z28, Z3; \
	VPMOVD2M Z0, K1; \
	VMOVAPS Z7, K1, Z3

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
	SLOPE
	VMULPS (DX), Z3, Z3
	VMOVUPS Z3, (DI)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ gelugradloop
	VZEROUPPER
	RET

// func geluSlopesAVX512(dst, slopes, x *float32, n int)
TEXT ·geluSlopesAVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ slopes+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	SETUP
slopesloop:
	VMOVUPS (SI), Z0
	TAIL
	VMAXPS Z0, Z16, Z3
	VFNMADD231PS Z1, Z7, Z3
	VMOVUPS Z3, (DI)
	SLOPE
	VMOVUPS Z3, (DX)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, DI
	SUBQ $16, CX
	JNZ slopesloop
	VZEROUPPER
	RET
