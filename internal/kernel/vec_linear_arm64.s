//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// NEON, eight numbers at a time. Every routine takes a count that is a positive multiple of 8. None fuses multiply and add:
// they give the bits of the Go loops they stand for.

// TAKE loads the next eight numbers, PUT stores them.
#define TAKE(from, a, b) FLDPQ.P 32(from), (a, b)
#define PUT(a, b, to) FSTPQ.P (a, b), 32(to)
#define NEXT SUBS $8, R3

// BINARY applies OP to the numbers of a and b.
#define BINARY(OP) \
	MOVD dst+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD b+16(FP), R2; \
	MOVD n+24(FP), R3; \
loop: \
	TAKE(R1, F0, F1); \
	TAKE(R2, F2, F3); \
	OP(2, 0, 0); \
	OP(3, 1, 1); \
	PUT(F0, F1, R0); \
	NEXT; \
	BNE loop; \
	RET

// func addAsm(dst, a, b *float32, n int)
TEXT ·addAsm(SB), NOSPLIT, $0-32
	BINARY(FADD4)

// func subAsm(dst, a, b *float32, n int)
TEXT ·subAsm(SB), NOSPLIT, $0-32
	BINARY(FSUB4)

// func mulAsm(dst, a, b *float32, n int)
TEXT ·mulAsm(SB), NOSPLIT, $0-32
	BINARY(FMUL4)

// func reluGradAsm(dx, x, dy *float32, n int)
TEXT ·reluGradAsm(SB), NOSPLIT, $0-32
	MOVD dx+0(FP), R0
	MOVD x+8(FP), R1
	MOVD dy+16(FP), R2
	MOVD n+24(FP), R3

loop:
	TAKE(R1, F0, F1)
	TAKE(R2, F2, F3)
	FCMGTZ4(0, 0)
	FCMGTZ4(1, 1)
	VAND V2.B16, V0.B16, V0.B16
	VAND V3.B16, V1.B16, V1.B16
	PUT(F0, F1, R0)
	NEXT
	BNE  loop
	RET

// func reluAsm(dst, x *float32, n int)
TEXT ·reluAsm(SB), NOSPLIT, $0-24
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	VEOR V2.B16, V2.B16, V2.B16

loop:
	TAKE(R1, F0, F1)
	FMAX4(2, 0, 0) // of -0 and 0 it is 0
	FMAX4(2, 1, 1)
	PUT(F0, F1, R0)
	NEXT
	BNE  loop
	RET

// func scaleAsm(dst *float32, alpha float32, x *float32, n int)
TEXT ·scaleAsm(SB), NOSPLIT, $0-32
	MOVD dst+0(FP), R0
	FMOVS alpha+8(FP), F2
	MOVD x+16(FP), R1
	MOVD n+24(FP), R3

loop:
	TAKE(R1, F0, F1)
	FMULE4(2, 0, 0)
	FMULE4(2, 1, 1)
	PUT(F0, F1, R0)
	NEXT
	BNE  loop
	RET

// func axpyAsm(alpha float32, x, y *float32, n int)
TEXT ·axpyAsm(SB), NOSPLIT, $0-32
	FMOVS alpha+0(FP), F4
	MOVD x+8(FP), R1
	MOVD y+16(FP), R0
	MOVD n+24(FP), R3

loop:
	TAKE(R1, F0, F1)
	FLDPQ (R0), (F2, F3)
	FMULE4(4, 0, 0)
	FMULE4(4, 1, 1)
	FADD4(2, 0, 0)
	FADD4(3, 1, 1)
	PUT(F0, F1, R0)
	NEXT
	BNE  loop
	RET

// func affineAsm(y, x *float32, n int, mean, s, b float32)
TEXT ·affineAsm(SB), NOSPLIT, $0-36
	MOVD y+0(FP), R0
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	FMOVS mean+24(FP), F2
	FMOVS s+28(FP), F3
	FMOVS b+32(FP), F4
	VDUP V2.S[0], V2.S4
	VDUP V4.S[0], V4.S4

loop:
	TAKE(R1, F0, F1)
	FSUB4(2, 0, 0)
	FSUB4(2, 1, 1)
	FMULE4(3, 0, 0)
	FMULE4(3, 1, 1)
	FADD4(4, 0, 0)
	FADD4(4, 1, 1)
	PUT(F0, F1, R0)
	NEXT
	BNE  loop
	RET

// func affineGradAsm(dx, dy, x *float32, n int, mean, d, k, s float32)
TEXT ·affineGradAsm(SB), NOSPLIT, $0-48
	MOVD dx+0(FP), R0
	MOVD dy+8(FP), R2
	MOVD x+16(FP), R1
	MOVD n+24(FP), R3
	FMOVS mean+32(FP), F4
	FMOVS d+36(FP), F5
	FMOVS k+40(FP), F6
	FMOVS s+44(FP), F7
	VDUP V4.S[0], V4.S4
	VDUP V7.S[0], V7.S4

loop:
	TAKE(R1, F0, F1)
	TAKE(R2, F2, F3)
	FMULE4(5, 2, 2)
	FMULE4(5, 3, 3)
	FSUB4(4, 0, 0)
	FSUB4(4, 1, 1)
	FMULE4(6, 0, 0)
	FMULE4(6, 1, 1)
	FSUB4(0, 2, 2)
	FSUB4(1, 3, 3)
	FSUB4(7, 2, 2)
	FSUB4(7, 3, 3)
	PUT(F2, F3, R0)
	NEXT
	BNE  loop
	RET

// func adamwAsm(w, grad, m, v *float32, n int, c *adamwStep)
TEXT ·adamwAsm(SB), NOSPLIT, $0-48
	MOVD w+0(FP), R0
	MOVD grad+8(FP), R1
	MOVD m+16(FP), R2
	MOVD v+24(FP), R4
	MOVD n+32(FP), R3
	MOVD c+40(FP), R5
	FLDPS 0(R5), (F16, F17) // keepM, addM
	FLDPS 8(R5), (F18, F19) // keepV, addV
	FLDPS 16(R5), (F20, F21) // rate, correctV
	FLDPS 24(R5), (F22, F23) // eps, keepW
	VDUP V22.S[0], V22.S4

loop:
	TAKE(R1, F0, F1)
	FLDPQ (R2), (F2, F3)
	FMULE4(16, 2, 2)
	FMULE4(16, 3, 3)
	FMULE4(17, 0, 4)
	FMULE4(17, 1, 5)
	FADD4(4, 2, 2)
	FADD4(5, 3, 3)
	PUT(F2, F3, R2)
	FMUL4(0, 0, 0)
	FMUL4(1, 1, 1)
	FMULE4(19, 0, 0)
	FMULE4(19, 1, 1)
	FLDPQ (R4), (F4, F5)
	FMULE4(18, 4, 4)
	FMULE4(18, 5, 5)
	FADD4(0, 4, 4)
	FADD4(1, 5, 5)
	PUT(F4, F5, R4)
	FMULE4(21, 4, 4)
	FMULE4(21, 5, 5)
	FSQRT4(4, 4)
	FSQRT4(5, 5)
	FADD4(22, 4, 4)
	FADD4(22, 5, 5)
	FMULE4(20, 2, 2)
	FMULE4(20, 3, 3)
	FDIV4(4, 2, 2)
	FDIV4(5, 3, 3)
	FLDPQ (R0), (F0, F1)
	FMULE4(23, 0, 0)
	FMULE4(23, 1, 1)
	FSUB4(2, 0, 0)
	FSUB4(3, 1, 1)
	PUT(F0, F1, R0)
	NEXT
	BNE  loop
	RET
