//go:build !noasm

#include "textflag.h"
#include "exp_avx512_amd64.h"

// Z0 to sixteen bfloat16 in Y1.
#define VCVTNEPS2BF16_Z0_Y1 BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// HALVES leaves the lower halves of A and B in LO, and the upper ones in HI.
#define HALVES(A, B, LO, HI) \
	VSHUFF64X2 $0x44, B, A, LO; \
	VSHUFF64X2 $0xEE, B, A, HI

// QUARTERS leaves the first and third quarters of A and B in EVEN, and the second and fourth ones in ODD.
#define QUARTERS(A, B, EVEN, ODD) \
	VSHUFF64X2 $0x88, B, A, EVEN; \
	VSHUFF64X2 $0xDD, B, A, ODD

// QUARTER4 leaves each quarter of Z in all quarters of one of A to D.
#define QUARTER4(Z, A, B, C, D) \
	VSHUFF64X2 $0x00, Z, Z, A; \
	VSHUFF64X2 $0x55, Z, Z, B; \
	VSHUFF64X2 $0xAA, Z, Z, C; \
	VSHUFF64X2 $0xFF, Z, Z, D

// SUM8 adds the halves of A and B to the eight sums of either in S; T and U are scratch.
#define SUM8(A, B, S, T, U) \
	HALVES(A, B, T, U); \
	VADDPS T, S, S; \
	VADDPS U, S, S

// LOAD4 reads sixteen numbers of each of four rows from AX on.
#define LOAD4(A, B, C, D) \
	VMOVUPS (AX), A; \
	VMOVUPS (AX)(R10*1), B; \
	VMOVUPS (AX)(R10*2), C; \
	VMOVUPS (AX)(R11*1), D

// EXP4 replaces Z0, Z4, Z8 and Z9 by e to their power less Z10 to Z13. It clobbers Z1 to Z3 and Z5 to Z7.
#define EXP4 \
	VSUBPS Z10, Z0, Z0; \
	VSUBPS Z11, Z4, Z4; \
	VSUBPS Z12, Z8, Z8; \
	VSUBPS Z13, Z9, Z9; \
	EXPBELOW(Z0, Z1, Z2, Z3); \
	EXPBELOW(Z4, Z5, Z6, Z7); \
	EXPBELOW(Z8, Z1, Z2, Z3); \
	EXPBELOW(Z9, Z5, Z6, Z7)

// STORE4 writes sixteen numbers of each of four rows from BX on.
#define STORE4(A, B, C, D) \
	VMOVUPS A, (BX); \
	VMOVUPS B, (BX)(R12*1); \
	VMOVUPS C, (BX)(R12*2); \
	VMOVUPS D, (BX)(R13*1)

// STORE4REST is STORE4 for those in K1.
#define STORE4REST(A, B, C, D) \
	VMOVUPS A, K1, (BX); \
	VMOVUPS B, K1, (BX)(R12*1); \
	VMOVUPS C, K1, (BX)(R12*2); \
	VMOVUPS D, K1, (BX)(R13*1)

// NARROW4 rounds the four rows in Z0, Z4, Z8 and Z9.
#define NARROW4 \
	VCVTNEPS2BF16_Z0_Y1; \
	VMOVAPS Y1, Y2; \
	VMOVAPS Z4, Z0; \
	VCVTNEPS2BF16_Z0_Y1; \
	VMOVAPS Y1, Y3; \
	VMOVAPS Z8, Z0; \
	VCVTNEPS2BF16_Z0_Y1; \
	VMOVAPS Y1, Y5; \
	VMOVAPS Z9, Z0; \
	VCVTNEPS2BF16_Z0_Y1

// SCALE4 multiplies four rows in the memory from BX on by Z10 to Z13.
#define SCALE4 \
	VMULPS (BX), Z10, Z0; \
	VMULPS (BX)(R12*1), Z11, Z4; \
	VMULPS (BX)(R12*2), Z12, Z8; \
	VMULPS (BX)(R13*1), Z13, Z9

// func softmaxAVX512(dst *float32, dstStep int, x *float32, xStep, rows, n int, to *float32, toStep int) int
//
// Four rows at a time, from SI and to DI, so that none waits for its sums; R10 to R13 are one and three steps of x and dst. Behind the last four the
// steps are 0: one row is all four. R14 is the bytes of whole sixteens, DX and K1 the rest. A rest of four numbers or less of four rows is
// one vector, row by row in its quarters: K2 to K5 are those of each row, K6 all, or none where the rest is longer. Z10 to Z13 are the largest numbers
// of the rows, then one over their sums, and Z16 and Z17 the same in quarters; Z14 and Z15 the eight sums of two rows each, Z30 minus infinities.
TEXT ·softmaxAVX512(SB), NOSPLIT, $0-72
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R12
	MOVQ x+16(FP), SI
	MOVQ xStep+24(FP), R10
	MOVQ rows+32(FP), R9
	MOVQ n+40(FP), R14
	MOVQ to+48(FP), R15
	EXPSETUP
	LEAQ (R10)(R10*2), R11
	LEAQ (R12)(R12*2), R13
	MOVQ R14, CX
	ANDQ $15, CX
	MOVQ $1, DX
	SHLQ CX, DX
	DECQ DX
	KMOVW DX, K1
	KXORW K6, K6, K6
	CMPQ CX, $4
	JGT softmaxStart
	TESTQ R15, R15
	JNZ softmaxStart
	KMOVW K1, K2
	KSHIFTLW $4, K2, K3
	KSHIFTLW $8, K2, K4
	KSHIFTLW $12, K2, K5
	KORW K2, K3, K6
	KORW K4, K6, K6
	KORW K5, K6, K6
	MOVL $0x0F0F, AX
	KMOVW AX, K7
softmaxStart:
	SHRQ $4, R14
	SHLQ $6, R14
	MOVL $0xFF800000, CX
	VPBROADCASTD CX, Z30
softmaxRows:
	CMPQ R9, $4
	JGE softmaxFour
	XORL R10, R10
	XORL R11, R11
	XORL R12, R12
	XORL R13, R13
softmaxFour:
	VMOVAPS Z30, Z0
	VMOVAPS Z30, Z1
	VMOVAPS Z30, Z2
	VMOVAPS Z30, Z3
	MOVQ SI, AX
	MOVQ R14, CX
	TESTQ CX, CX
	JZ softmaxTopRest
softmaxTop:
	LOAD4(Z4, Z5, Z6, Z7)
	VMAXPS Z0, Z4, Z0 // Z0 where Z4 is NaN
	VMAXPS Z1, Z5, Z1
	VMAXPS Z2, Z6, Z2
	VMAXPS Z3, Z7, Z3
	ADDQ $64, AX
	SUBQ $64, CX
	JNZ softmaxTop
softmaxTopRest:
	TESTL DX, DX
	JZ softmaxFold
	VMOVAPS Z30, Z4
	VMOVAPS Z30, Z5
	VMOVAPS Z30, Z6
	VMOVAPS Z30, Z7
	VMOVUPS (AX), K1, Z4
	VMOVUPS (AX)(R10*1), K1, Z5
	VMOVUPS (AX)(R10*2), K1, Z6
	VMOVUPS (AX)(R11*1), K1, Z7
	VMAXPS Z0, Z4, Z0
	VMAXPS Z1, Z5, Z1
	VMAXPS Z2, Z6, Z2
	VMAXPS Z3, Z7, Z3
softmaxFold:
	HALVES(Z0, Z1, Z4, Z5)
	HALVES(Z2, Z3, Z6, Z7)
	VMAXPS Z5, Z4, Z0
	VMAXPS Z7, Z6, Z2
	QUARTERS(Z0, Z2, Z4, Z5)
	VMAXPS Z5, Z4, Z0
	VPERMILPS $0x4E, Z0, Z1
	VMAXPS Z1, Z0, Z0
	VPERMILPS $0xB1, Z0, Z1
	VMAXPS Z1, Z0, Z16
	VCMPPS $0, Z30, Z16, K0
	KORTESTW K0, K0
	JNZ softmaxDone
	QUARTER4(Z16, Z10, Z11, Z12, Z13)
	VPXORD Z14, Z14, Z14
	VPXORD Z15, Z15, Z15
	MOVQ SI, AX
	MOVQ DI, BX
	MOVQ R14, CX
	TESTQ CX, CX
	JZ softmaxExpRest
softmaxExp:
	LOAD4(Z0, Z4, Z8, Z9)
	EXP4
	STORE4(Z0, Z4, Z8, Z9)
	SUM8(Z0, Z4, Z14, Z1, Z2)
	SUM8(Z8, Z9, Z15, Z3, Z5)
	ADDQ $64, AX
	ADDQ $64, BX
	SUBQ $64, CX
	JNZ softmaxExp
softmaxExpRest:
	TESTL DX, DX
	JZ softmaxSum
	KORTESTW K6, K6
	JZ softmaxExpLong
	VBROADCASTF32X4.Z (AX), K2, Z0
	VBROADCASTF32X4 (AX)(R10*1), K3, Z0
	VBROADCASTF32X4 (AX)(R10*2), K4, Z0
	VBROADCASTF32X4 (AX)(R11*1), K5, Z0
	VSUBPS Z16, Z0, Z0
	EXPBELOW(Z0, Z1, Z2, Z3)
	VMOVAPS.Z Z0, K6, Z20
	VSHUFF32X4.Z $0x10, Z20, Z20, K7, Z1
	VSHUFF32X4.Z $0x32, Z20, Z20, K7, Z2
	VADDPS Z1, Z14, Z14
	VADDPS Z2, Z15, Z15
	JMP softmaxSum
softmaxExpLong:
	VMOVUPS.Z (AX), K1, Z0
	VMOVUPS.Z (AX)(R10*1), K1, Z4
	VMOVUPS.Z (AX)(R10*2), K1, Z8
	VMOVUPS.Z (AX)(R11*1), K1, Z9
	EXP4
	VMOVAPS.Z Z0, K1, Z20
	VMOVAPS.Z Z4, K1, Z21
	VMOVAPS.Z Z8, K1, Z23
	VMOVAPS.Z Z9, K1, Z24
	SUM8(Z20, Z21, Z14, Z1, Z2)
	SUM8(Z23, Z24, Z15, Z3, Z5)
softmaxSum:
	QUARTERS(Z14, Z15, Z0, Z1)
	VADDPS Z1, Z0, Z0
	VPERMILPS $0xEE, Z0, Z1
	VADDPS Z1, Z0, Z0
	VPERMILPS $0x55, Z0, Z1
	VADDPS Z1, Z0, Z0
	VDIVPS Z0, Z28, Z0
	VPERMILPS $0x00, Z0, Z17
	QUARTER4(Z17, Z10, Z11, Z12, Z13)
	MOVQ DI, BX
	MOVQ R14, CX
	TESTQ R15, R15
	JNZ softmaxNarrow
	TESTQ CX, CX
	JZ softmaxScaleRest
softmaxScale:
	SCALE4
	STORE4(Z0, Z4, Z8, Z9)
	ADDQ $64, BX
	SUBQ $64, CX
	JNZ softmaxScale
softmaxScaleRest:
	TESTL DX, DX
	JZ softmaxNext
	KORTESTW K6, K6
	JZ softmaxScaleLong
	VMULPS Z20, Z17, Z0
	VMOVUPS Z0, K1, (BX)
	VEXTRACTF32X4 $1, Z0, X1
	VEXTRACTF32X4 $2, Z0, X2
	VEXTRACTF32X4 $3, Z0, X3
	VMOVUPS Z1, K1, (BX)(R12*1)
	VMOVUPS Z2, K1, (BX)(R12*2)
	VMOVUPS Z3, K1, (BX)(R13*1)
	JMP softmaxNext
softmaxScaleLong:
	VMULPS Z20, Z10, Z0
	VMULPS Z21, Z11, Z4
	VMULPS Z23, Z12, Z8
	VMULPS Z24, Z13, Z9
	STORE4REST(Z0, Z4, Z8, Z9)
	JMP softmaxNext
softmaxNarrow:
	MOVQ toStep+56(FP), R10
	CMPQ R9, $4
	JGE softmaxNarrowSteps
	XORL R10, R10
softmaxNarrowSteps:
	LEAQ (R10)(R10*2), R11
	MOVQ R15, AX
	TESTQ CX, CX
	JZ softmaxNarrowRest
softmaxNarrowLoop:
	SCALE4
	STORE4(Z0, Z4, Z8, Z9)
	NARROW4
	VMOVDQU Y2, (AX)
	VMOVDQU Y3, (AX)(R10*1)
	VMOVDQU Y5, (AX)(R10*2)
	VMOVDQU Y1, (AX)(R11*1)
	ADDQ $64, BX
	ADDQ $32, AX
	SUBQ $64, CX
	JNZ softmaxNarrowLoop
softmaxNarrowRest:
	TESTL DX, DX
	JZ softmaxNarrowNext
	VMULPS Z20, Z10, Z0
	VMULPS Z21, Z11, Z4
	VMULPS Z23, Z12, Z8
	VMULPS Z24, Z13, Z9
	STORE4REST(Z0, Z4, Z8, Z9)
	NARROW4
	VMOVDQU16 Y2, K1, (AX)
	VMOVDQU16 Y3, K1, (AX)(R10*1)
	VMOVDQU16 Y5, K1, (AX)(R10*2)
	VMOVDQU16 Y1, K1, (AX)(R11*1)
softmaxNarrowNext:
	LEAQ (R15)(R10*4), R15
	TESTQ R10, R10
	JNZ softmaxNarrowBack
	ADDQ toStep+56(FP), R15
softmaxNarrowBack:
	MOVQ xStep+24(FP), R10
	LEAQ (R10)(R10*2), R11
softmaxNext:
	CMPQ R9, $4
	JLT softmaxOne
	LEAQ (SI)(R10*4), SI
	LEAQ (DI)(R12*4), DI
	SUBQ $4, R9
	JNZ softmaxRows
	JMP softmaxDone
softmaxOne:
	ADDQ xStep+24(FP), SI
	ADDQ dstStep+8(FP), DI
	DECQ R9
	JNZ softmaxRows
softmaxDone:
	MOVQ rows+32(FP), AX
	SUBQ R9, AX
	MOVQ AX, ret+64(FP)
	VZEROUPPER
	RET

// DOT adds sixteen products from AX and BX on, at so many bytes behind them and of the row step further on, to S.
#define DOT(y, dy, S) \
	VMOVUPS y, Z8; \
	VFMADD231PS dy, Z8, S

// DOT8 is DOT for eight.
#define DOT8(y, dy, S) \
	VMOVUPS.Z y, K2, Z8; \
	VFMADD231PS dy, Z8, K2, S

// GRADIENT4 leaves the gradient by the numbers of four rows, sixteen of each from BX on, in Z0 to Z3; Z4 to Z7 are their softmax, and
// zeros in Z15 make -0 to 0.
#define GRADIENT4 \
	VSUBPS Z16, Z0, Z0; \
	VSUBPS Z17, Z1, Z1; \
	VSUBPS Z18, Z2, Z2; \
	VSUBPS Z19, Z3, Z3; \
	VADDPS Z15, Z0, Z0; \
	VADDPS Z15, Z1, Z1; \
	VADDPS Z15, Z2, Z2; \
	VADDPS Z15, Z3, Z3; \
	VMULPS Z4, Z0, Z0; \
	VMULPS Z5, Z1, Z1; \
	VMULPS Z6, Z2, Z2; \
	VMULPS Z7, Z3, Z3

// func softmaxGradAVX512(dx *float32, dxStep int, y *float32, yStep int, dy *float32, dyStep int, copied *float32, rows, n int)
//
// Four rows at a time, as softmaxAVX512 takes them; R8 and R10 are one and three steps of y, R12 and R13 of dy, R14 and R15 of dx. The sum over a row is that
// of dotAsm, whose Y0 and Y2 are one register here and its Y1 and Y3 another, and behind it that of the last few numbers one by one. K1 is the
// rest behind whole sixteens, K2 eight, and K3 to K6 a quarter each.
TEXT ·softmaxGradAVX512(SB), NOSPLIT, $0-72
	MOVQ dx+0(FP), DI
	MOVQ dxStep+8(FP), R14
	MOVQ y+16(FP), SI
	MOVQ yStep+24(FP), R8
	MOVQ dy+32(FP), DX
	MOVQ dyStep+40(FP), R12
	MOVQ copied+48(FP), R11
	MOVQ rows+56(FP), R9
	MOVQ n+64(FP), CX
	LEAQ (R8)(R8*2), R10
	LEAQ (R12)(R12*2), R13
	LEAQ (R14)(R14*2), R15
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	MOVL $0xFF, AX
	KMOVW AX, K2
	MOVL $0x0F, AX
	KMOVW AX, K3
	KSHIFTLW $4, K3, K4
	KSHIFTLW $8, K3, K5
	KSHIFTLW $12, K3, K6
	VPXORD Z15, Z15, Z15
softmaxGradRows:
	CMPQ R9, $4
	JGE softmaxGradFour
	XORL R8, R8
	XORL R10, R10
	XORL R12, R12
	XORL R13, R13
	XORL R14, R14
	XORL R15, R15
softmaxGradFour:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	MOVQ SI, AX
	MOVQ DX, BX
	MOVQ n+64(FP), CX
	SHRQ $5, CX
	JZ softmaxGradRest
softmaxGradSum:
	DOT((AX), (BX), Z0)
	DOT(64(AX), 64(BX), Z1)
	DOT((AX)(R8*1), (BX)(R12*1), Z2)
	DOT(64(AX)(R8*1), 64(BX)(R12*1), Z3)
	DOT((AX)(R8*2), (BX)(R12*2), Z4)
	DOT(64(AX)(R8*2), 64(BX)(R12*2), Z5)
	DOT((AX)(R10*1), (BX)(R13*1), Z6)
	DOT(64(AX)(R10*1), 64(BX)(R13*1), Z7)
	ADDQ $128, AX
	ADDQ $128, BX
	DECQ CX
	JNZ softmaxGradSum
softmaxGradRest:
	MOVQ n+64(FP), CX
	SHRQ $3, CX
	ANDQ $3, CX
	JZ softmaxGradFold
softmaxGradEight:
	DOT8((AX), (BX), Z0)
	DOT8((AX)(R8*1), (BX)(R12*1), Z2)
	DOT8((AX)(R8*2), (BX)(R12*2), Z4)
	DOT8((AX)(R10*1), (BX)(R13*1), Z6)
	ADDQ $32, AX
	ADDQ $32, BX
	DECQ CX
	JNZ softmaxGradEight
softmaxGradFold:
	VADDPS Z1, Z0, Z0
	VADDPS Z3, Z2, Z2
	VADDPS Z5, Z4, Z4
	VADDPS Z7, Z6, Z6
	HALVES(Z0, Z2, Z8, Z9)
	HALVES(Z4, Z6, Z10, Z11)
	VADDPS Z9, Z8, Z0
	VADDPS Z11, Z10, Z4
	QUARTERS(Z0, Z4, Z8, Z9)
	VADDPS Z9, Z8, Z0
	VPERMILPS $0xEE, Z0, Z1
	VADDPS Z1, Z0, Z0
	VPERMILPS $0x55, Z0, Z1
	VADDPS Z1, Z0, Z0
	VPXORD Z6, Z6, Z6
	MOVQ n+64(FP), CX
	ANDQ $7, CX
	JZ softmaxGradMean
softmaxGradOne:
	VBROADCASTSS.Z (AX), K3, Z8
	VBROADCASTSS (AX)(R8*1), K4, Z8
	VBROADCASTSS (AX)(R8*2), K5, Z8
	VBROADCASTSS (AX)(R10*1), K6, Z8
	VBROADCASTSS.Z (BX), K3, Z9
	VBROADCASTSS (BX)(R12*1), K4, Z9
	VBROADCASTSS (BX)(R12*2), K5, Z9
	VBROADCASTSS (BX)(R13*1), K6, Z9
	VMULPS Z9, Z8, Z8
	VADDPS Z8, Z6, Z6
	ADDQ $4, AX
	ADDQ $4, BX
	DECQ CX
	JNZ softmaxGradOne
softmaxGradMean:
	VADDPS Z6, Z0, Z0
	VPERMILPS $0x00, Z0, Z0
	QUARTER4(Z0, Z16, Z17, Z18, Z19)
	MOVQ SI, AX
	MOVQ DX, BX
	MOVQ n+64(FP), CX
	SHRQ $4, CX
	JZ softmaxGradTail
softmaxGradLoop:
	VMOVUPS (BX), Z0
	VMOVUPS (BX)(R12*1), Z1
	VMOVUPS (BX)(R12*2), Z2
	VMOVUPS (BX)(R13*1), Z3
	VMOVUPS (AX), Z4
	VMOVUPS (AX)(R8*1), Z5
	VMOVUPS (AX)(R8*2), Z6
	VMOVUPS (AX)(R10*1), Z7
	GRADIENT4
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, (DI)(R14*1)
	VMOVUPS Z2, (DI)(R14*2)
	VMOVUPS Z3, (DI)(R15*1)
	ADDQ $64, AX
	ADDQ $64, BX
	ADDQ $64, DI
	TESTQ R11, R11
	JZ softmaxGradUncopied
	VMOVUPS Z4, (R11)
	VMOVUPS Z5, (R11)(R14*1)
	VMOVUPS Z6, (R11)(R14*2)
	VMOVUPS Z7, (R11)(R15*1)
	ADDQ $64, R11
softmaxGradUncopied:
	DECQ CX
	JNZ softmaxGradLoop
softmaxGradTail:
	KORTESTW K1, K1
	JZ softmaxGradNext
	VMOVUPS.Z (BX), K1, Z0
	VMOVUPS.Z (BX)(R12*1), K1, Z1
	VMOVUPS.Z (BX)(R12*2), K1, Z2
	VMOVUPS.Z (BX)(R13*1), K1, Z3
	VMOVUPS.Z (AX), K1, Z4
	VMOVUPS.Z (AX)(R8*1), K1, Z5
	VMOVUPS.Z (AX)(R8*2), K1, Z6
	VMOVUPS.Z (AX)(R10*1), K1, Z7
	GRADIENT4
	VMOVUPS Z0, K1, (DI)
	VMOVUPS Z1, K1, (DI)(R14*1)
	VMOVUPS Z2, K1, (DI)(R14*2)
	VMOVUPS Z3, K1, (DI)(R15*1)
	TESTQ R11, R11
	JZ softmaxGradNext
	VMOVUPS Z4, K1, (R11)
	VMOVUPS Z5, K1, (R11)(R14*1)
	VMOVUPS Z6, K1, (R11)(R14*2)
	VMOVUPS Z7, K1, (R11)(R15*1)
softmaxGradNext:
	MOVQ n+64(FP), CX
	SHRQ $4, CX
	SHLQ $6, CX
	SUBQ CX, DI
	MOVQ dxStep+8(FP), AX
	MOVQ $1, BX
	CMPQ R9, $4
	JLT softmaxGradStep
	MOVQ $4, BX
softmaxGradStep:
	SUBQ BX, R9
	IMULQ BX, AX
	ADDQ AX, DI
	TESTQ R11, R11
	JZ softmaxGradSteps
	SUBQ CX, R11
	ADDQ AX, R11
softmaxGradSteps:
	MOVQ yStep+24(FP), AX
	IMULQ BX, AX
	ADDQ AX, SI
	IMULQ dyStep+40(FP), BX
	ADDQ BX, DX
	TESTQ R9, R9
	JNZ softmaxGradRows
	VZEROUPPER
	RET
