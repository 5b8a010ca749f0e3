//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// NEON loops of the normalisations. Every routine takes a count that is a positive multiple of 8 and gives the bits of the
// Go loop it stands for; the float64 sums add in the order of sum64Go.

#define ZERO4(a, b, c, d) VEOR a, a, a; VEOR b, b, b; VEOR c, c, c; VEOR d, d, d

// LONG makes eight float32, in V(a) and V(b), float64 in V(p) to V(s).
#define LONG(a, b, p, q, r, s) LONGLO(a, p); LONGHI(a, q); LONGLO(b, r); LONGHI(b, s)

// ADD8 adds V(p) to V(s) to the float64 of V(a) to V(d), MUL8 multiplies.
#define ADD8(p, q, r, s, a, b, c, d) FADD2(p, a, a); FADD2(q, b, b); FADD2(r, c, c); FADD2(s, d, d)
#define MUL8(p, q, r, s, a, b, c, d) FMUL2(p, a, a); FMUL2(q, b, b); FMUL2(r, c, c); FMUL2(s, d, d)

// FOLD adds the eight float64 sums of V(a) to V(d) into the first.
#define FOLD(a, b, c, d) \
	FADD2(c, a, a); \
	FADD2(d, b, b); \
	FADD2(b, a, a); \
	FADDP2(a, a)

// func moments64Asm(x *float32, n int, c float32) (sum, square float64)
TEXT ·moments64Asm(SB), NOSPLIT, $0-40
	MOVD x+0(FP), R1
	MOVD n+8(FP), R3
	FMOVS c+16(FP), F20
	VDUP V20.S[0], V20.S4
	ZERO4(V0.B16, V1.B16, V2.B16, V3.B16)
	ZERO4(V4.B16, V5.B16, V6.B16, V7.B16)

loop:
	FLDPQ.P 32(R1), (F21, F22)
	FSUB4(20, 21, 21)
	FSUB4(20, 22, 22)
	LONG(21, 22, 16, 17, 18, 19)
	ADD8(16, 17, 18, 19, 0, 1, 2, 3)
	MUL8(16, 17, 18, 19, 16, 17, 18, 19)
	ADD8(16, 17, 18, 19, 4, 5, 6, 7)
	SUBS $8, R3
	BNE  loop
	FOLD(0, 1, 2, 3)
	FOLD(4, 5, 6, 7)
	FMOVD F0, sum+24(FP)
	FMOVD F4, square+32(FP)
	RET

// func products64Asm(dy, x *float32, n int, mean, s, b float32) (sum, product float64)
TEXT ·products64Asm(SB), NOSPLIT, $0-56
	MOVD dy+0(FP), R2
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	FMOVS mean+24(FP), F28
	FMOVS s+28(FP), F29
	FMOVS b+32(FP), F30
	VDUP V28.S[0], V28.S4
	VDUP V30.S[0], V30.S4
	ZERO4(V0.B16, V1.B16, V2.B16, V3.B16)
	ZERO4(V4.B16, V5.B16, V6.B16, V7.B16)

loop:
	FLDPQ.P 32(R1), (F24, F25)
	FLDPQ.P 32(R2), (F26, F27)
	FSUB4(28, 24, 24)
	FSUB4(28, 25, 25)
	FMULE4(29, 24, 16)
	FMULE4(29, 25, 17)
	FADD4(30, 16, 16)
	FADD4(30, 17, 17)
	FCMGTZ4(16, 16)
	FCMGTZ4(17, 17)
	VAND V16.B16, V26.B16, V26.B16
	VAND V17.B16, V27.B16, V27.B16
	LONG(24, 25, 16, 17, 18, 19)
	LONG(26, 27, 20, 21, 22, 23)
	ADD8(20, 21, 22, 23, 0, 1, 2, 3)
	MUL8(20, 21, 22, 23, 16, 17, 18, 19)
	ADD8(16, 17, 18, 19, 4, 5, 6, 7)
	SUBS $8, R3
	BNE  loop
	FOLD(0, 1, 2, 3)
	FOLD(4, 5, 6, 7)
	FMOVD F0, sum+40(FP)
	FMOVD F4, product+48(FP)
	RET

// func affineReLUAsm(y, x, r *float32, n int, mean, s, b float32)
TEXT ·affineReLUAsm(SB), NOSPLIT, $0-44
	MOVD y+0(FP), R0
	MOVD x+8(FP), R1
	MOVD r+16(FP), R2
	MOVD n+24(FP), R3
	FMOVS mean+32(FP), F4
	FMOVS s+36(FP), F5
	FMOVS b+40(FP), F6
	VDUP V4.S[0], V4.S4
	VDUP V6.S[0], V6.S4
	VEOR V7.B16, V7.B16, V7.B16

loop:
	FLDPQ.P 32(R1), (F0, F1)
	FSUB4(4, 0, 0)
	FSUB4(4, 1, 1)
	FMULE4(5, 0, 0)
	FMULE4(5, 1, 1)
	FADD4(6, 0, 0)
	FADD4(6, 1, 1)
	CBZ  R2, alone
	FLDPQ.P 32(R2), (F2, F3)
	FADD4(2, 0, 0)
	FADD4(3, 1, 1)

alone:
	FMAX4(7, 0, 0) // of -0 and 0 it is 0
	FMAX4(7, 1, 1)
	FSTPQ.P (F0, F1), 32(R0)
	SUBS $8, R3
	BNE  loop
	RET

// func affineReLUGradAsm(dx, dy, x *float32, n int, c *affineReLUStep)
TEXT ·affineReLUGradAsm(SB), NOSPLIT, $0-40
	MOVD dx+0(FP), R0
	MOVD dy+8(FP), R2
	MOVD x+16(FP), R1
	MOVD n+24(FP), R3
	MOVD c+32(FP), R4
	FLDPS 0(R4), (F16, F17) // mean, s
	FLDPS 8(R4), (F18, F19) // b, d
	FLDPS 16(R4), (F20, F21) // k, mid
	VDUP V16.S[0], V16.S4
	VDUP V18.S[0], V18.S4
	VDUP V21.S[0], V21.S4

loop:
	FLDPQ.P 32(R1), (F0, F1)
	FLDPQ.P 32(R2), (F2, F3)
	FSUB4(16, 0, 0)
	FSUB4(16, 1, 1)
	FMULE4(17, 0, 4)
	FMULE4(17, 1, 5)
	FADD4(18, 4, 4)
	FADD4(18, 5, 5)
	FCMGTZ4(4, 4)
	FCMGTZ4(5, 5)
	VAND V4.B16, V2.B16, V2.B16
	VAND V5.B16, V3.B16, V3.B16
	FMULE4(19, 2, 2)
	FMULE4(19, 3, 3)
	FMULE4(20, 0, 0)
	FMULE4(20, 1, 1)
	FSUB4(0, 2, 2)
	FSUB4(1, 3, 3)
	FSUB4(21, 2, 2)
	FSUB4(21, 3, 3)
	FSTPQ.P (F2, F3), 32(R0)
	SUBS $8, R3
	BNE  loop
	RET

// func layerSumsAsm(dgamma, dbeta *float64, dy, x *float32, n int, mean, rstd float32)
TEXT ·layerSumsAsm(SB), NOSPLIT, $0-48
	MOVD dgamma+0(FP), R4
	MOVD dbeta+8(FP), R5
	MOVD dy+16(FP), R2
	MOVD x+24(FP), R1
	MOVD n+32(FP), R3
	FMOVS mean+40(FP), F28
	FMOVS rstd+44(FP), F29
	VDUP V28.S[0], V28.S4

loop:
	FLDPQ.P 32(R1), (F24, F25)
	FLDPQ.P 32(R2), (F26, F27)
	FSUB4(28, 24, 24)
	FSUB4(28, 25, 25)
	FMULE4(29, 24, 24)
	FMULE4(29, 25, 25)
	FMUL4(26, 24, 24)
	FMUL4(27, 25, 25)
	LONG(24, 25, 16, 17, 18, 19)
	LONG(26, 27, 20, 21, 22, 23)
	FLDPQ (R4), (F0, F1)
	FLDPQ 32(R4), (F2, F3)
	FLDPQ (R5), (F4, F5)
	FLDPQ 32(R5), (F6, F7)
	ADD8(16, 17, 18, 19, 0, 1, 2, 3)
	ADD8(20, 21, 22, 23, 4, 5, 6, 7)
	FSTPQ (F0, F1), (R4)
	FSTPQ (F2, F3), 32(R4)
	FSTPQ (F4, F5), (R5)
	FSTPQ (F6, F7), 32(R5)
	ADD  $64, R4
	ADD  $64, R5
	SUBS $8, R3
	BNE  loop
	RET
