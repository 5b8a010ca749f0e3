//go:build !noasm

#include "textflag.h"

// AVX2 and FMA. Every routine takes a count that is a positive multiple of 8.

// Rows of vecTable, see vec_amd64.go.
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

// SETUP points R8 at the table and loads what EXP keeps in registers.
#define SETUP \
	LEAQ ·vecTable(SB), R8 \
	VMOVUPS LOW, Y15 \
	VMOVUPS HIGH, Y14 \
	VMOVUPS BIAS, Y13 \
	VMOVUPS ONE, Y12 \
	VMOVUPS TAILEND, Y11 \
	VXORPS Y10, Y10, Y10

// EXP replaces X by e^X as exp1 does; F, P and N are scratch. MAX and MIN return their first operand here, the second of
// Intel's order, when one is NaN, so NaN passes.
#define EXP(X, F, P, N) \
	VMAXPS X, Y15, X \
	VMINPS X, Y14, X \
	VMOVAPS Y13, F \
	VFMADD231PS LOG2E, X, F \
	VPSUBD Y13, F, N \
	VSUBPS Y13, F, F \
	VFNMADD231PS LN2HIGH, F, X \
	VFNMADD231PS LN2LOW, F, X \
	VMOVUPS C0, P \
	VFMADD213PS C1, X, P \
	VFMADD213PS C2, X, P \
	VFMADD213PS C3, X, P \
	VFMADD213PS C4, X, P \
	VFMADD213PS C5, X, P \
	VMULPS X, X, F \
	VFMADD213PS X, F, P \
	VADDPS Y12, P, P \
	VPSRAD $1, N, F \
	VPSUBD F, N, N \
	VPADDD I127, F, F \
	VPADDD I127, N, N \
	VPSLLD $23, F, F \
	VPSLLD $23, N, N \
	VMULPS F, P, P \
	VMULPS N, P, X

// TAIL takes x in Y0 and leaves |x| in Y1, e^(-x*x/2) in Y2 and Q(|x|) in Y7.
#define TAIL \
	VANDPS ABS, Y0, Y1 \
	VMINPS Y1, Y11, Y1 \
	VMOVAPS Y12, Y6 \
	VFMADD231PS TAILP, Y1, Y6 \
	VDIVPS Y6, Y12, Y6 \
	VMULPS Y1, Y1, Y2 \
	VMULPS MINUSHALF, Y2, Y2 \
	EXP(Y2, Y3, Y4, Y5) \
	VMOVUPS T8, Y7 \
	VFMADD213PS T7, Y6, Y7 \
	VFMADD213PS T6, Y6, Y7 \
	VFMADD213PS T5, Y6, Y7 \
	VFMADD213PS T4, Y6, Y7 \
	VFMADD213PS T3, Y6, Y7 \
	VFMADD213PS T2, Y6, Y7 \
	VFMADD213PS T1, Y6, Y7 \
	VMULPS Y6, Y7, Y7 \
	VMULPS Y2, Y7, Y7

// func expAsm(dst, x *float32, n int)
TEXT ·expAsm(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	SETUP

exploop:
	VMOVUPS (SI), Y0
	EXP(Y0, Y1, Y2, Y3)
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  exploop
	VZEROUPPER
	RET

// func expSumAsm(dst, x *float32, n int, top float32, sums *[8]float32)
TEXT ·expSumAsm(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS top+24(FP), Y8
	MOVQ sums+32(FP), DX
	SETUP
	VMOVUPS (DX), Y9

expsumloop:
	VMOVUPS (SI), Y0
	VSUBPS Y8, Y0, Y0
	EXP(Y0, Y1, Y2, Y3)
	VADDPS Y0, Y9, Y9
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  expsumloop
	VMOVUPS Y9, (DX)
	VZEROUPPER
	RET

// func geluAsm(dst, x *float32, n int)
TEXT ·geluAsm(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	SETUP

geluloop:
	VMOVUPS (SI), Y0
	TAIL
	VMAXPS Y0, Y10, Y0
	VFNMADD231PS Y1, Y7, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  geluloop
	VZEROUPPER
	RET

// func geluGradAsm(dx, x, dy *float32, n int)
TEXT ·geluGradAsm(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ n+24(FP), CX
	SETUP

gelugradloop:
	VMOVUPS (SI), Y0
	TAIL
	VMULPS Y1, Y2, Y2
	VFNMADD231PS PEAK, Y2, Y7
	VSUBPS Y7, Y12, Y3
	VBLENDVPS Y0, Y7, Y3, Y3
	VMULPS (DX), Y3, Y3
	VMOVUPS Y3, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  gelugradloop
	VZEROUPPER
	RET
