//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// NEON. Every routine takes a count that is a positive multiple of 8, and computes what that of AVX2 does, to the bit.

// Registers with constants, which are rows of vecTable, see vec_asm.go. Those of the polynomials, rows 6 to 11 and 15 to 22,
// are loaded where they are added.
#define LOW 16
#define HIGH 17
#define LOG2E 18
#define BIAS 19
#define LN2HIGH 20
#define LN2LOW 21
#define ONE 22
#define I127 23
#define TAILP 24
#define TAILEND 25
#define PEAK 26
#define MINUSHALF 27
#define NIL 28

#define SETUP \
	MOVD $·vecTable(SB), R8; \
	ROW32(0, LOW); \
	ROW32(1, HIGH); \
	ROW32(2, LOG2E); \
	ROW32(3, BIAS); \
	ROW32(4, LN2HIGH); \
	ROW32(5, LN2LOW); \
	ROW32(12, ONE); \
	ROW32(13, I127)

#define SETUPTAIL \
	SETUP; \
	ROW32(14, TAILP); \
	ROW32(23, TAILEND); \
	ROW32(24, PEAK); \
	ROW32(26, MINUSHALF); \
	VEOR V28.B16, V28.B16, V28.B16

// STEP goes one power down in a polynomial: next becomes p*x and a row of the table.
#define STEP(row, p, x, next) ROW32(row, next); FMLA4(p, x, next)

// EXP replaces x by e^x as exp1 does; f, p and n are scratch. NaN passes.
#define EXP(x, f, p, n) \
	FMAX4(LOW, x, x); \
	FMIN4(HIGH, x, x); \
	MOV4(BIAS, f); \
	FMLA4(LOG2E, x, f); \
	ISUB4(BIAS, f, n); \
	FSUB4(BIAS, f, f); \
	FMLS4(LN2HIGH, f, x); \
	FMLS4(LN2LOW, f, x); \
	ROW32(6, p); \
	STEP(7, p, x, f); \
	STEP(8, f, x, p); \
	STEP(9, p, x, f); \
	STEP(10, f, x, p); \
	STEP(11, p, x, f); \
	FMUL4(x, x, p); \
	FMLA4(p, f, x); \
	FADD4(ONE, x, x); \
	SSHR1(n, f); \
	ISUB4(f, n, n); \
	IADD4(I127, f, f); \
	IADD4(I127, n, n); \
	SHL23(f, f); \
	SHL23(n, n); \
	FMUL4(f, x, x); \
	FMUL4(n, x, x)

// TAIL takes x and leaves |x| in a, e^(-x*x/2) in e and Q(|x|) in q; t, p and n are scratch.
#define TAIL(x, a, e, q, t, p, n) \
	FABS4(x, a); \
	FMIN4(TAILEND, a, a); \
	MOV4(ONE, t); \
	FMLA4(TAILP, a, t); \
	FDIV4(t, ONE, t); \
	FMUL4(a, a, e); \
	FMUL4(MINUSHALF, e, e); \
	EXP(e, q, p, n); \
	ROW32(22, p); \
	STEP(21, p, t, q); \
	STEP(20, q, t, p); \
	STEP(19, p, t, q); \
	STEP(18, q, t, p); \
	STEP(17, p, t, q); \
	STEP(16, q, t, p); \
	STEP(15, p, t, q); \
	FMUL4(t, q, q); \
	FMUL4(e, q, q)

// func expAsm(dst, x *float32, n int)
TEXT ·expAsm(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	SETUP

loop:
	FLDPQ.P 32(R1), (F0, F7)
	EXP(0, 1, 2, 3)
	EXP(7, 8, 9, 10)
	FSTPQ.P (F0, F7), 32(R0)
	SUBS $8, R3
	BNE  loop
	RET

// func expSumAsm(dst, x *float32, n int, top float32, sums *[8]float32)
TEXT ·expSumAsm(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	FMOVS top+24(FP), F29
	VDUP V29.S[0], V29.S4
	MOVD sums+32(FP), R4
	SETUP
	FLDPQ (R4), (F30, F31)

loop:
	FLDPQ.P 32(R1), (F0, F7)
	FSUB4(29, 0, 0)
	FSUB4(29, 7, 7)
	EXP(0, 1, 2, 3)
	EXP(7, 8, 9, 10)
	FADD4(0, 30, 30)
	FADD4(7, 31, 31)
	FSTPQ.P (F0, F7), 32(R0)
	SUBS $8, R3
	BNE  loop
	FSTPQ (F30, F31), (R4)
	RET

// func geluAsm(dst, x *float32, n int)
TEXT ·geluAsm(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	SETUPTAIL

loop:
	FLDPQ.P 32(R1), (F0, F7)
	TAIL(0, 1, 2, 3, 4, 5, 6)
	TAIL(7, 8, 9, 10, 11, 12, 13)
	FMAX4(NIL, 0, 0)
	FMAX4(NIL, 7, 7)
	FMLS4(1, 3, 0)
	FMLS4(8, 10, 7)
	FSTPQ.P (F0, F7), 32(R0)
	SUBS $8, R3
	BNE  loop
	RET

// SLOPE leaves the derivative in q where x is negative and one less that elsewhere, and puts the right one of them in x.
#define SLOPE(x, a, e, q, t) \
	FMUL4(a, e, e); \
	FMLS4(PEAK, e, q); \
	FSUB4(q, ONE, t); \
	NEGATIVE4(x, x); \
	CHOOSE4(t, q, x)

// func geluGradAsm(dx, x, dy *float32, n int)
TEXT ·geluGradAsm(SB), NOSPLIT, $0-32
	MOVD dx+0(FP), R0
	MOVD x+8(FP), R1
	MOVD dy+16(FP), R2
	MOVD n+24(FP), R3
	SETUPTAIL

loop:
	FLDPQ.P 32(R1), (F0, F7)
	TAIL(0, 1, 2, 3, 4, 5, 6)
	TAIL(7, 8, 9, 10, 11, 12, 13)
	SLOPE(0, 1, 2, 3, 4)
	SLOPE(7, 8, 9, 10, 11)
	FLDPQ.P 32(R2), (F1, F8)
	FMUL4(1, 0, 0)
	FMUL4(8, 7, 7)
	FSTPQ.P (F0, F7), 32(R0)
	SUBS $8, R3
	BNE  loop
	RET
