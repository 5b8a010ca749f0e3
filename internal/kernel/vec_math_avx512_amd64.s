//go:build !noasm

#include "textflag.h"

// AVX-512F and AVX-512DQ: loops of vec_math_amd64.s for sixteen numbers at a time, to the same bits. The GELUs take a count that
// is a positive multiple of 16.

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
	VBROADCASTSS T8, Z23; \
	VBROADCASTSS C0, Z22; \
	VBROADCASTSS MINUSHALF, Z21; \
	VBROADCASTSS PEAK, Z20; \
	VBROADCASTSS LN2HIGH, Z19; \
	VBROADCASTSS LN2LOW, Z18; \
	VBROADCASTSS TAILP, Z17; \
	VPXORD Z16, Z16, Z16

// EXP replaces X by e^X as exp1 does, but for its last two products, which are one that rounds as the second of them does; F, P
// and S are scratch.
#define EXP(X, F, P, S) \
	VMAXPS X, Z31, X; \
	VMINPS X, Z30, X; \
	VMOVAPS Z29, F; \
	VFMADD231PS Z25, X, F; \
	VSUBPS Z29, F, F; \
	VFNMADD231PS Z19, F, X; \
	VFNMADD231PS Z18, F, X; \
	VMOVAPS Z22, P; \
	VFMADD213PS.BCST C1, X, P; \
	VFMADD213PS.BCST C2, X, P; \
	VFMADD213PS.BCST C3, X, P; \
	VFMADD213PS.BCST C4, X, P; \
	VFMADD213PS.BCST C5, X, P; \
	VMULPS X, X, S; \
	VFMADD213PS X, S, P; \
	VADDPS Z28, P, P; \
	VSCALEFPS F, P, X

// TAIL takes x in Z0 and leaves |x| in Z1, e^(-x*x/2) in Z2 and Q(|x|) in Z7. It clobbers Z3 to Z6.
#define TAIL \
	VANDPS Z26, Z0, Z1; \
	VMINPS Z1, Z27, Z1; \
	VMOVAPS Z28, Z6; \
	VFMADD231PS Z17, Z1, Z6; \
	VDIVPS Z6, Z28, Z6; \
	VMULPS Z1, Z1, Z2; \
	VMULPS Z21, Z2, Z2; \
	EXP(Z2, Z3, Z4, Z5); \
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

// Z0 to sixteen bfloat16 in Y1.
#define VCVTNEPS2BF16_Z0_Y1 BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// func softmaxAVX512(dst, x *float32, rows, n int, to *float32, toStep int) int
//
// Z8 is the largest of a row, Y9 the eight sums, Z15 minus infinities; R13 is the bytes of whole sixteens and K1 the rest.
TEXT ·softmaxAVX512(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ rows+16(FP), R9
	MOVQ n+24(FP), R10
	MOVQ to+32(FP), R11
	MOVQ toStep+40(FP), R12
	SETUP
	MOVQ R10, CX
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	MOVQ R10, R13
	SHRQ $4, R13
	SHLQ $6, R13
	SHLQ $2, R10
	MOVL $0xFF800000, CX
	MOVQ CX, X15
	VBROADCASTSS X15, Z15
softmaxRow:
	VMOVAPS Z15, Z0
	XORQ BX, BX
	CMPQ BX, R13
	JEQ softmaxTopTail
softmaxTop:
	VMOVUPS (SI)(BX*1), Z1
	VMAXPS Z0, Z1, Z0 // Z0 where Z1 is NaN
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxTop
softmaxTopTail:
	VMOVAPS Z15, Z1
	VMOVUPS (SI)(BX*1), K1, Z1
	VMAXPS Z0, Z1, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VMAXPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VMAXPS X1, X0, X0
	VPSHUFD $0x4E, X0, X1
	VMAXPS X1, X0, X0
	VPSHUFD $0xB1, X0, X1
	VMAXPS X1, X0, X0
	VUCOMISS X15, X0
	JEQ softmaxDone
	VBROADCASTSS X0, Z8
	VPXORD Z9, Z9, Z9
	XORQ BX, BX
	CMPQ BX, R13
	JEQ softmaxExpTail
softmaxExp:
	VMOVUPS (SI)(BX*1), Z0
	VSUBPS Z8, Z0, Z0
	EXP(Z0, Z1, Z2, Z3)
	VMOVUPS Z0, (DI)(BX*1)
	VADDPS Y0, Y9, Y9
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y1, Y9, Y9
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxExp
softmaxExpTail:
	TESTL AX, AX
	JZ softmaxSum
	VMOVUPS.Z (SI)(BX*1), K1, Z0
	VSUBPS Z8, Z0, Z0
	EXP(Z0, Z1, Z2, Z3)
	VMOVAPS.Z Z0, K1, Z0
	VMOVUPS Z0, K1, (DI)(BX*1)
	VADDPS Y0, Y9, Y9
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y1, Y9, Y9
softmaxSum:
	VEXTRACTF128 $1, Y9, X1
	VADDPS X1, X9, X9
	VPSHUFD $0xEE, X9, X1
	VADDPS X1, X9, X9
	VPSHUFD $0x55, X9, X1
	VADDSS X1, X9, X9
	VDIVSS X9, X28, X9
	VBROADCASTSS X9, Z9
	XORQ BX, BX
	MOVQ R11, DX
	TESTQ R11, R11
	JNZ softmaxNarrow
	CMPQ BX, R13
	JEQ softmaxScaleTail
softmaxScale:
	VMULPS (DI)(BX*1), Z9, Z0
	VMOVUPS Z0, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxScale
softmaxScaleTail:
	VMULPS.Z (DI)(BX*1), Z9, K1, Z0
	VMOVUPS Z0, K1, (DI)(BX*1)
	JMP softmaxNext
softmaxNarrow:
	CMPQ BX, R13
	JEQ softmaxNarrowTail
softmaxNarrowLoop:
	VMULPS (DI)(BX*1), Z9, Z0
	VMOVUPS Z0, (DI)(BX*1)
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU Y1, (DX)
	ADDQ $64, BX
	ADDQ $32, DX
	CMPQ BX, R13
	JNE softmaxNarrowLoop
softmaxNarrowTail:
	VMULPS.Z (DI)(BX*1), Z9, K1, Z0
	VMOVUPS Z0, K1, (DI)(BX*1)
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU16 Y1, K1, (DX)
	ADDQ R12, R11
softmaxNext:
	ADDQ R10, SI
	ADDQ R10, DI
	DECQ R9
	JNZ softmaxRow
softmaxDone:
	MOVQ rows+16(FP), AX
	SUBQ R9, AX
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET
