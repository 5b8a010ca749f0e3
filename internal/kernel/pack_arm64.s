//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func copyRowsNEON(dst, src *float32, off, step, rows int)
TEXT ·copyRowsNEON(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD src+8(FP), R1
	MOVD off+16(FP), R2
	MOVD step+24(FP), R3
	MOVD rows+32(FP), R4
	ADD  R2, R1
	CBZ  R4, copied

whole:
	FLDPQ (R1), (F0, F1)
	FLDPQ 32(R1), (F2, F3)
	FSTPQ (F0, F1), (R0)
	FSTPQ (F2, F3), 32(R0)
	ADD   R3, R1
	ADD   $64, R0
	SUBS  $1, R4
	BNE   whole

copied:
	RET

// QUAD transposes four columns of four rows, which start at row and lie R3 apart, to V8 to V11.
#define QUAD(row) \
	ADD R3, row, R8; \
	ADD R3, R8, R9; \
	ADD R3, R9, R10; \
	FMOVQ (row), F0; \
	FMOVQ (R8), F1; \
	FMOVQ (R9), F2; \
	FMOVQ (R10), F3; \
	VTRN1 V1.S4, V0.S4, V4.S4; \
	VTRN2 V1.S4, V0.S4, V5.S4; \
	VTRN1 V3.S4, V2.S4, V6.S4; \
	VTRN2 V3.S4, V2.S4, V7.S4; \
	VTRN1 V6.D2, V4.D2, V8.D2; \
	VTRN1 V7.D2, V5.D2, V9.D2; \
	VTRN2 V6.D2, V4.D2, V10.D2; \
	VTRN2 V7.D2, V5.D2, V11.D2

// STORE writes the four rows of a QUAD, R1 apart.
#define STORE(dst) \
	ADD R1, dst, R8; \
	ADD R1, R8, R9; \
	ADD R1, R9, R10; \
	FMOVQ F8, (dst); \
	FMOVQ F9, (R8); \
	FMOVQ F10, (R9); \
	FMOVQ F11, (R10)

// func transpose8Asm(dst *float32, dstStep int, src *float32, srcStep int, quads int)
TEXT ·transpose8Asm(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD dstStep+8(FP), R1
	MOVD src+16(FP), R2
	MOVD srcStep+24(FP), R3
	MOVD quads+32(FP), R4
	ADD  R3<<2, R2, R5 // rows 4 to 7
	ADD  $16, R0, R6   // where they go
	CBZ  R4, transposed

quad:
	QUAD(R2)
	STORE(R0)
	QUAD(R5)
	STORE(R6)
	ADD  $16, R2
	ADD  $16, R5
	ADD  R1<<2, R0
	ADD  R1<<2, R6
	SUBS $1, R4
	BNE  quad

transposed:
	RET

// func transposeDown8Asm(dst *float32, dstStep int, src *float32, srcStep int, blocks int)
//
// A block is eight rows of eight: two fours of rows, each of them two quads.
TEXT ·transposeDown8Asm(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD dstStep+8(FP), R1
	MOVD src+16(FP), R2
	MOVD srcStep+24(FP), R3
	MOVD blocks+32(FP), R4
	LSL  $1, R4            // fours of rows
	ADD  R1<<2, R0, R6     // rows 4 to 7 of the result
	CBZ  R4, down

four:
	QUAD(R2)
	STORE(R0)
	ADD  $16, R2, R5
	QUAD(R5)
	STORE(R6)
	ADD  R3<<2, R2
	ADD  $16, R0
	ADD  $16, R6
	SUBS $1, R4
	BNE  four

down:
	RET

// func sumAsm(x *float32, blocks int) float32
//
// The 32 partial sums, V0 to V7, and the way they are folded are those of AVX2.
TEXT ·sumAsm(SB), NOSPLIT, $0-20
	MOVD x+0(FP), R0
	MOVD blocks+8(FP), R1
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	VEOR V2.B16, V2.B16, V2.B16
	VEOR V3.B16, V3.B16, V3.B16
	VEOR V4.B16, V4.B16, V4.B16
	VEOR V5.B16, V5.B16, V5.B16
	VEOR V6.B16, V6.B16, V6.B16
	VEOR V7.B16, V7.B16, V7.B16
	CBZ  R1, summed

sum:
	FLDPQ (R0), (F16, F17)
	FLDPQ 32(R0), (F18, F19)
	FLDPQ 64(R0), (F20, F21)
	FLDPQ 96(R0), (F22, F23)
	FADD4(16, 0, 0)
	FADD4(17, 1, 1)
	FADD4(18, 2, 2)
	FADD4(19, 3, 3)
	FADD4(20, 4, 4)
	FADD4(21, 5, 5)
	FADD4(22, 6, 6)
	FADD4(23, 7, 7)
	ADD  $128, R0
	SUBS $1, R1
	BNE  sum

summed:
	FADD4(2, 0, 0)
	FADD4(3, 1, 1)
	FADD4(6, 4, 4)
	FADD4(7, 5, 5)
	FADD4(4, 0, 0)
	FADD4(5, 1, 1)
	FADD4(1, 0, 0) // the upper half of a register of AVX2 on its lower one
	VEXT $8, V0.B16, V0.B16, V1.B16
	FADD4(1, 0, 0)
	FADDPS(0, 0)
	FMOVS F0, ret+16(FP)
	RET
