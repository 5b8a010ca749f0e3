//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// NEON counts of responses above a bias. Both routines take a count that is a positive multiple of 8 and add in the order
// of countAboveGo, so that the counts are equal.

// RESPONSE adds the four summands of eight places into V0 and V1.
#define RESPONSE \
	FLDPQ.P 32(R0), (F0, F1); \
	FLDPQ.P 32(R1), (F2, F3); \
	FLDPQ.P 32(R2), (F4, F5); \
	FLDPQ.P 32(R4), (F6, F7); \
	FADD4(2, 0, 0); \
	FADD4(3, 1, 1); \
	FADD4(4, 0, 0); \
	FADD4(5, 1, 1); \
	FADD4(6, 0, 0); \
	FADD4(7, 1, 1)

// COUNT takes one, all bits set, off a count where V0, and V1, is above V(bias); none for a NaN.
#define COUNT(bias, count) \
	FCMGT4(bias, 0, 2); \
	FCMGT4(bias, 1, 3); \
	VSUB V2.S4, count, count; \
	VSUB V3.S4, count, count

// func countOneAsm(sum, a, b, c *float32, n int, bias float32) int32
TEXT ·countOneAsm(SB), NOSPLIT, $0-52
	MOVD sum+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R2
	MOVD c+24(FP), R4
	MOVD n+32(FP), R3
	FMOVS bias+40(FP), F16
	VDUP V16.S[0], V16.S4
	VEOR V20.B16, V20.B16, V20.B16

loop:
	RESPONSE
	COUNT(16, V20.S4)
	SUBS $8, R3
	BNE  loop
	VADDV V20.S4, V0
	VMOV V0.S[0], R5
	MOVW R5, ret+48(FP)
	RET

// func countFourAsm(sum, a, b, c *float32, n int, biases *float32, counts *int32)
TEXT ·countFourAsm(SB), NOSPLIT, $0-56
	MOVD sum+0(FP), R0
	MOVD a+8(FP), R1
	MOVD b+16(FP), R2
	MOVD c+24(FP), R4
	MOVD n+32(FP), R3
	MOVD biases+40(FP), R5
	MOVD counts+48(FP), R6
	VLD4R (R5), [V16.S4, V17.S4, V18.S4, V19.S4]
	VEOR V20.B16, V20.B16, V20.B16
	VEOR V21.B16, V21.B16, V21.B16
	VEOR V22.B16, V22.B16, V22.B16
	VEOR V23.B16, V23.B16, V23.B16

loop:
	RESPONSE
	COUNT(16, V20.S4)
	COUNT(17, V21.S4)
	COUNT(18, V22.S4)
	COUNT(19, V23.S4)
	SUBS $8, R3
	BNE  loop
	VADDP V21.S4, V20.S4, V0.S4
	VADDP V23.S4, V22.S4, V1.S4
	VADDP V1.S4, V0.S4, V0.S4
	FMOVQ (R6), F1
	VADD V1.S4, V0.S4, V0.S4
	FMOVQ F0, (R6)
	RET
