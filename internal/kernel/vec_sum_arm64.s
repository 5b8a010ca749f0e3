//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// NEON reductions. Every routine takes a count that is a positive multiple of 8; the float64 sums add in the order of
// sum64Go, dotAsm in that of AVX2.

#define ZERO4(a, b, c, d) VEOR a, a, a; VEOR b, b, b; VEOR c, c, c; VEOR d, d, d

// LONG makes eight float32, in V(a) and V(b), float64 in V16 to V19.
#define LONG(a, b) LONGLO(a, 16); LONGHI(a, 17); LONGLO(b, 18); LONGHI(b, 19)

// FOLD adds the eight float64 sums of V(a) to V(d) into the first.
#define FOLD(a, b, c, d) \
	FADD2(c, a, a); \
	FADD2(d, b, b); \
	FADD2(b, a, a); \
	FADDP2(a, a)

// func sum64Asm(x *float32, n int) float64
TEXT ·sum64Asm(SB), NOSPLIT, $0-24
	MOVD x+0(FP), R1
	MOVD n+8(FP), R3
	ZERO4(V0.B16, V1.B16, V2.B16, V3.B16)

loop:
	FLDPQ.P 32(R1), (F4, F5)
	LONG(4, 5)
	FADD2(16, 0, 0)
	FADD2(17, 1, 1)
	FADD2(18, 2, 2)
	FADD2(19, 3, 3)
	SUBS $8, R3
	BNE  loop
	FOLD(0, 1, 2, 3)
	FMOVD F0, ret+16(FP)
	RET

// func square64Asm(x *float32, n int, c float64) float64
TEXT ·square64Asm(SB), NOSPLIT, $0-32
	MOVD x+0(FP), R1
	MOVD n+8(FP), R3
	FMOVD c+16(FP), F20
	VDUP V20.D[0], V20.D2
	ZERO4(V0.B16, V1.B16, V2.B16, V3.B16)

loop:
	FLDPQ.P 32(R1), (F4, F5)
	LONG(4, 5)
	FSUB2(20, 16, 16)
	FSUB2(20, 17, 17)
	FSUB2(20, 18, 18)
	FSUB2(20, 19, 19)
	FMUL2(16, 16, 16)
	FMUL2(17, 17, 17)
	FMUL2(18, 18, 18)
	FMUL2(19, 19, 19)
	FADD2(16, 0, 0)
	FADD2(17, 1, 1)
	FADD2(18, 2, 2)
	FADD2(19, 3, 3)
	SUBS $8, R3
	BNE  loop
	FOLD(0, 1, 2, 3)
	FMOVD F0, ret+24(FP)
	RET

// func product64Asm(dy, x *float32, n int, c float32) float64
TEXT ·product64Asm(SB), NOSPLIT, $0-40
	MOVD dy+0(FP), R2
	MOVD x+8(FP), R1
	MOVD n+16(FP), R3
	FMOVS c+24(FP), F20
	VDUP V20.S[0], V20.S4
	ZERO4(V0.B16, V1.B16, V2.B16, V3.B16)

loop:
	FLDPQ.P 32(R1), (F4, F5)
	FLDPQ.P 32(R2), (F6, F7)
	FSUB4(20, 4, 4)
	FSUB4(20, 5, 5)
	LONG(4, 5)
	LONGLO(6, 21)
	LONGHI(6, 22)
	LONGLO(7, 23)
	LONGHI(7, 24)
	FMUL2(21, 16, 16)
	FMUL2(22, 17, 17)
	FMUL2(23, 18, 18)
	FMUL2(24, 19, 19)
	FADD2(16, 0, 0)
	FADD2(17, 1, 1)
	FADD2(18, 2, 2)
	FADD2(19, 3, 3)
	SUBS $8, R3
	BNE  loop
	FOLD(0, 1, 2, 3)
	FMOVD F0, ret+32(FP)
	RET

// func dotAsm(a, b *float32, n int) float32
//
// Two registers here, V0 and V1 to V6 and V7, are one of AVX2.
TEXT ·dotAsm(SB), NOSPLIT, $0-28
	MOVD a+0(FP), R1
	MOVD b+8(FP), R2
	MOVD n+16(FP), R3
	ZERO4(V0.B16, V1.B16, V2.B16, V3.B16)
	ZERO4(V4.B16, V5.B16, V6.B16, V7.B16)
	SUBS $32, R3
	BLT  rest

dot32:
	FLDPQ (R1), (F16, F17)
	FLDPQ 32(R1), (F18, F19)
	FLDPQ 64(R1), (F20, F21)
	FLDPQ 96(R1), (F22, F23)
	FLDPQ (R2), (F24, F25)
	FLDPQ 32(R2), (F26, F27)
	FLDPQ 64(R2), (F28, F29)
	FLDPQ 96(R2), (F30, F31)
	VFMLA V24.S4, V16.S4, V0.S4
	VFMLA V25.S4, V17.S4, V1.S4
	VFMLA V26.S4, V18.S4, V2.S4
	VFMLA V27.S4, V19.S4, V3.S4
	VFMLA V28.S4, V20.S4, V4.S4
	VFMLA V29.S4, V21.S4, V5.S4
	VFMLA V30.S4, V22.S4, V6.S4
	VFMLA V31.S4, V23.S4, V7.S4
	ADD  $128, R1
	ADD  $128, R2
	SUBS $32, R3
	BGE  dot32

rest:
	ADDS $32, R3
	BEQ  fold

dot8:
	FLDPQ.P 32(R1), (F16, F17)
	FLDPQ.P 32(R2), (F24, F25)
	VFMLA V24.S4, V16.S4, V0.S4
	VFMLA V25.S4, V17.S4, V1.S4
	SUBS $8, R3
	BNE  dot8

fold:
	FADD4(4, 0, 0)
	FADD4(5, 1, 1)
	FADD4(6, 2, 2)
	FADD4(7, 3, 3)
	FADD4(2, 0, 0)
	FADD4(3, 1, 1)
	FADD4(1, 0, 0)
	VEXT $8, V0.B16, V0.B16, V1.B16
	FADD4(1, 0, 0)
	FADDPS(0, 0)
	FMOVS F0, ret+24(FP)
	RET

// func maximumAsm(x *float32, n int) float32
TEXT ·maximumAsm(SB), NOSPLIT, $0-20
	MOVD x+0(FP), R1
	MOVD n+8(FP), R3
	MOVW $0xff800000, R4 // -Inf
	VDUP R4, V0.S4
	VDUP R4, V1.S4

loop:
	FLDPQ.P 32(R1), (F2, F3)
	FMAXNM4(2, 0, 0) // leaves out a NaN
	FMAXNM4(3, 1, 1)
	SUBS $8, R3
	BNE  loop
	FMAXNM4(1, 0, 0)
	FMAXNMV(0, 0)
	FMOVS F0, ret+16(FP)
	RET
