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
	EXPWITHIN(X, F, P, S)

// EXPBELOW is EXP for X below 1.
#define EXPBELOW(X, F, P, S) \
	VMAXPS X, Z31, X; \
	EXPWITHIN(X, F, P, S)

// EXPWITHIN is EXP for X that is neither too large nor too small.
#define EXPWITHIN(X, F, P, S) \
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

// Z0 to sixteen bfloat16 in Y1.
#define VCVTNEPS2BF16_Z0_Y1 BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// TOP leaves the largest number of Z in X.
#define TOP(Z, Y, X, T, TY, TX) \
	VEXTRACTF64X4 $1, Z, TY; \
	VMAXPS TY, Y, Y; \
	VEXTRACTF128 $1, Y, TX; \
	VMAXPS TX, X, X; \
	VPSHUFD $0x4E, X, TX; \
	VMAXPS TX, X, X; \
	VPSHUFD $0xB1, X, TX; \
	VMAXPS TX, X, X

// SUM8 adds the two halves of Z, of which Y is the lower, to the eight sums in S.
#define SUM8(Z, Y, T, S) \
	VADDPS Y, S, S; \
	VEXTRACTF64X4 $1, Z, T; \
	VADDPS T, S, S

// INVERSE leaves one over the sum of the eight of Y in all of Z.
#define INVERSE(Z, Y, X, T) \
	VEXTRACTF128 $1, Y, T; \
	VADDPS T, X, X; \
	VPSHUFD $0xEE, X, T; \
	VADDPS T, X, X; \
	VPSHUFD $0x55, X, T; \
	VADDSS T, X, X; \
	VDIVSS X, X28, X; \
	VBROADCASTSS X, Z

// func softmaxAVX512(dst *float32, dstStep int, x *float32, xStep, rows, n int, to *float32, toStep int) int
//
// Two rows at a time, from DI and R15 and to SI and R14, so that neither waits for itself; the last of an odd number is done twice at once. Z8 and Z10 are
// their largest, Y9 and Y11 the eight sums, Z15 minus infinities; R13 is the bytes of whole sixteens, AX and K1 the rest.
TEXT ·softmaxAVX512(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DI
	MOVQ x+16(FP), SI
	MOVQ rows+32(FP), R9
	MOVQ n+40(FP), R13
	MOVQ to+48(FP), R11
	SETUP
	MOVQ R13, CX
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	SHRQ $4, R13
	SHLQ $6, R13
	MOVL $0xFF800000, CX
	MOVQ CX, X15
	VBROADCASTSS X15, Z15
softmaxRows:
	MOVQ SI, R14
	MOVQ DI, R15
	XORL R12, R12
	CMPQ R9, $2
	JLT softmaxLast
	ADDQ xStep+24(FP), R14
	ADDQ dstStep+8(FP), R15
	MOVQ toStep+56(FP), R12
softmaxLast:
	VMOVAPS Z15, Z0
	VMOVAPS Z15, Z4
	XORL BX, BX
	CMPQ BX, R13
	JEQ softmaxTopTail
softmaxTop:
	VMOVUPS (SI)(BX*1), Z1
	VMOVUPS (R14)(BX*1), Z5
	VMAXPS Z0, Z1, Z0 // Z0 where Z1 is NaN
	VMAXPS Z4, Z5, Z4
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxTop
softmaxTopTail:
	TESTL AX, AX
	JZ softmaxFold
	VMOVAPS Z15, Z1
	VMOVAPS Z15, Z5
	VMOVUPS (SI)(BX*1), K1, Z1
	VMOVUPS (R14)(BX*1), K1, Z5
	VMAXPS Z0, Z1, Z0
	VMAXPS Z4, Z5, Z4
softmaxFold:
	TOP(Z0, Y0, X0, Z1, Y1, X1)
	TOP(Z4, Y4, X4, Z5, Y5, X5)
	VUCOMISS X15, X0
	JEQ softmaxDone
	VUCOMISS X15, X4
	JEQ softmaxDone
	VBROADCASTSS X0, Z8
	VBROADCASTSS X4, Z10
	VPXORD Z9, Z9, Z9
	VPXORD Z11, Z11, Z11
	XORL BX, BX
	CMPQ BX, R13
	JEQ softmaxExpTail
softmaxExp:
	VMOVUPS (SI)(BX*1), Z0
	VMOVUPS (R14)(BX*1), Z4
	VSUBPS Z8, Z0, Z0
	VSUBPS Z10, Z4, Z4
	EXPBELOW(Z0, Z1, Z2, Z3)
	EXPBELOW(Z4, Z5, Z6, Z7)
	VMOVUPS Z0, (DI)(BX*1)
	VMOVUPS Z4, (R15)(BX*1)
	SUM8(Z0, Y0, Y1, Y9)
	SUM8(Z4, Y4, Y5, Y11)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxExp
softmaxExpTail:
	TESTL AX, AX
	JZ softmaxSum
	VMOVUPS.Z (SI)(BX*1), K1, Z0
	VMOVUPS.Z (R14)(BX*1), K1, Z4
	VSUBPS Z8, Z0, Z0
	VSUBPS Z10, Z4, Z4
	EXPBELOW(Z0, Z1, Z2, Z3)
	EXPBELOW(Z4, Z5, Z6, Z7)
	VMOVAPS.Z Z0, K1, Z12
	VMOVAPS.Z Z4, K1, Z13
	SUM8(Z12, Y12, Y1, Y9)
	SUM8(Z13, Y13, Y5, Y11)
softmaxSum:
	INVERSE(Z9, Y9, X9, X1)
	INVERSE(Z11, Y11, X11, X5)
	XORL BX, BX
	MOVQ R11, DX
	TESTQ R11, R11
	JNZ softmaxNarrow
	CMPQ BX, R13
	JEQ softmaxScaleTail
softmaxScale:
	VMULPS (DI)(BX*1), Z9, Z0
	VMULPS (R15)(BX*1), Z11, Z4
	VMOVUPS Z0, (DI)(BX*1)
	VMOVUPS Z4, (R15)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxScale
softmaxScaleTail:
	TESTL AX, AX
	JZ softmaxNext
	VMULPS Z12, Z9, Z0
	VMULPS Z13, Z11, Z4
	VMOVUPS Z0, K1, (DI)(BX*1)
	VMOVUPS Z4, K1, (R15)(BX*1)
	JMP softmaxNext
softmaxNarrow:
	CMPQ BX, R13
	JEQ softmaxNarrowTail
softmaxNarrowLoop:
	VMULPS (DI)(BX*1), Z9, Z0
	VMULPS (R15)(BX*1), Z11, Z4
	VMOVUPS Z0, (DI)(BX*1)
	VMOVUPS Z4, (R15)(BX*1)
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU Y1, (DX)
	VMOVAPS Z4, Z0
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU Y1, (DX)(R12*1)
	ADDQ $64, BX
	ADDQ $32, DX
	CMPQ BX, R13
	JNE softmaxNarrowLoop
softmaxNarrowTail:
	TESTL AX, AX
	JZ softmaxNarrowNext
	VMULPS Z12, Z9, Z0
	VMULPS Z13, Z11, Z4
	VMOVUPS Z0, K1, (DI)(BX*1)
	VMOVUPS Z4, K1, (R15)(BX*1)
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU16 Y1, K1, (DX)
	VMOVAPS Z4, Z0
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU16 Y1, K1, (DX)(R12*1)
softmaxNarrowNext:
	LEAQ (R11)(R12*2), R11
softmaxNext:
	MOVQ R14, SI
	MOVQ R15, DI
	ADDQ xStep+24(FP), SI
	ADDQ dstStep+8(FP), DI
	SUBQ $2, R9
	JGT softmaxRows
	XORL R9, R9
softmaxDone:
	MOVQ rows+32(FP), AX
	SUBQ R9, AX
	MOVQ AX, ret+64(FP)
	VZEROUPPER
	RET

// func softmaxGradAVX512(dx *float32, dxStep int, y *float32, yStep int, dy *float32, dyStep int, copied *float32, rows, n int)
//
// The sum over a row is that of dotAsm, whose Y0 and Y1 are Z0 here and its Y2 and Y3 Z1, and behind it that of the last few
// numbers one by one. R13 is the bytes of whole sixteens and K1 the rest.
TEXT ·softmaxGradAVX512(SB), NOSPLIT, $0-72
	MOVQ dx+0(FP), DI
	MOVQ y+16(FP), SI
	MOVQ dy+32(FP), DX
	MOVQ copied+48(FP), R11
	MOVQ rows+56(FP), R9
	MOVQ n+64(FP), R10
	MOVQ R10, CX
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	MOVQ R10, R13
	SHRQ $4, R13
	SHLQ $6, R13
	MOVQ R10, R12
	SHRQ $5, R12
	SHLQ $7, R12 // bytes of whole groups of 32
	MOVQ R10, R14
	SHRQ $3, R14
	SHLQ $5, R14 // of 8
	SHLQ $2, R10
	VPXORD Z15, Z15, Z15
softmaxGradRow:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VXORPS X6, X6, X6
	XORL BX, BX
	CMPQ BX, R12
	JEQ softmaxGradRest
softmaxGradSum:
	VMOVUPS (SI)(BX*1), Z2
	VMOVUPS 64(SI)(BX*1), Z3
	VFMADD231PS (DX)(BX*1), Z2, Z0
	VFMADD231PS 64(DX)(BX*1), Z3, Z1
	ADDQ $128, BX
	CMPQ BX, R12
	JNE softmaxGradSum
softmaxGradRest:
	VEXTRACTF64X4 $1, Z0, Y2
	CMPQ BX, R14
	JEQ softmaxGradFold
softmaxGradEight:
	VMOVUPS (SI)(BX*1), Y4
	VFMADD231PS (DX)(BX*1), Y4, Y0
	ADDQ $32, BX
	CMPQ BX, R14
	JNE softmaxGradEight
softmaxGradFold:
	VEXTRACTF64X4 $1, Z1, Y3
	VADDPS Y1, Y0, Y0
	VADDPS Y3, Y2, Y2
	VADDPS Y2, Y0, Y0
	VEXTRACTF128 $1, Y0, X1
	VADDPS X1, X0, X0
	VPSHUFD $0xEE, X0, X1
	VADDPS X1, X0, X0
	VPSHUFD $0x55, X0, X1
	VADDSS X1, X0, X0
	CMPQ BX, R10
	JEQ softmaxGradMean
softmaxGradOne:
	VMOVSS (SI)(BX*1), X5
	VMULSS (DX)(BX*1), X5, X5
	VADDSS X5, X6, X6
	ADDQ $4, BX
	CMPQ BX, R10
	JNE softmaxGradOne
softmaxGradMean:
	VADDSS X6, X0, X0
	VBROADCASTSS X0, Z0
	XORL BX, BX
	TESTQ R11, R11
	JNZ softmaxGradCopy
	CMPQ BX, R13
	JEQ softmaxGradTail
softmaxGradLoop:
	VMOVUPS (DX)(BX*1), Z1
	VSUBPS Z0, Z1, Z1
	VADDPS Z15, Z1, Z1 // -0 to 0
	VMULPS (SI)(BX*1), Z1, Z1
	VMOVUPS Z1, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxGradLoop
softmaxGradTail:
	TESTL AX, AX
	JZ softmaxGradNext
	VMOVUPS.Z (DX)(BX*1), K1, Z1
	VMOVUPS.Z (SI)(BX*1), K1, Z2
	VSUBPS Z0, Z1, Z1
	VADDPS Z15, Z1, Z1
	VMULPS Z2, Z1, Z1
	VMOVUPS Z1, K1, (DI)(BX*1)
	JMP softmaxGradNext
softmaxGradCopy:
	CMPQ BX, R13
	JEQ softmaxGradCopyTail
softmaxGradCopyLoop:
	VMOVUPS (DX)(BX*1), Z1
	VMOVUPS (SI)(BX*1), Z2
	VSUBPS Z0, Z1, Z1
	VADDPS Z15, Z1, Z1
	VMULPS Z2, Z1, Z1
	VMOVUPS Z2, (R11)(BX*1)
	VMOVUPS Z1, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE softmaxGradCopyLoop
softmaxGradCopyTail:
	TESTL AX, AX
	JZ softmaxGradCopied
	VMOVUPS.Z (DX)(BX*1), K1, Z1
	VMOVUPS.Z (SI)(BX*1), K1, Z2
	VSUBPS Z0, Z1, Z1
	VADDPS Z15, Z1, Z1
	VMULPS Z2, Z1, Z1
	VMOVUPS Z2, K1, (R11)(BX*1)
	VMOVUPS Z1, K1, (DI)(BX*1)
softmaxGradCopied:
	ADDQ dxStep+8(FP), R11
softmaxGradNext:
	ADDQ dxStep+8(FP), DI
	ADDQ yStep+24(FP), SI
	ADDQ dyStep+40(FP), DX
	DECQ R9
	JNZ softmaxGradRow
	VZEROUPPER
	RET
