//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// Transforms of Winograd's convolution F(4x4, 3x3), for eight channels at a time, in two halves of four. They compute what
// those of AVX2 do, to the bit. All have the same arguments:
//
// func(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)
//
// Number (i, j) of a tile, eight floats, is i rows and j columns from where the tile starts; tiles are a step apart, in
// bytes all of them. A tile goes through the stack: first its columns are transformed, then the rows of the result.

// Registers with the rows of winogradTable.
#define TWOHALF 16
#define TWO 17
#define HALF 18
#define A1 19
#define B1 20
#define A3 21
#define B3 22
#define THIRDS 23
#define SIXTH 24
#define ATHIRDS 25
#define BSIXTH 26
#define THIRD 27

// R5 and R12 to R15 are one to five rows of the source, R2 and R19 to R22 as many columns of the result.
#define ARGS \
	MOVD dst+0(FP), R0; \
	MOVD dstRow+8(FP), R1; \
	MOVD dstCol+16(FP), R2; \
	MOVD dstStep+24(FP), R3; \
	MOVD src+32(FP), R4; \
	MOVD srcRow+40(FP), R5; \
	MOVD srcCol+48(FP), R6; \
	MOVD srcStep+56(FP), R7; \
	MOVD count+64(FP), R9; \
	LSL $1, R9; \
	LSL $1, R5, R12; \
	ADD R5, R12, R13; \
	LSL $2, R5, R14; \
	ADD R5, R14, R15; \
	LSL $1, R2, R19; \
	ADD R2, R19, R20; \
	LSL $2, R2, R21; \
	ADD R2, R21, R22; \
	SUB $16, R3; \
	SUB $16, R7; \
	MOVD $16, R23; \
	ADD $16, RSP, R10; \
	MOVD $·winogradTable(SB), R8; \
	ROW32(0, 16); \
	ROW32(1, 17); \
	ROW32(2, 18); \
	ROW32(3, 19); \
	ROW32(4, 20); \
	ROW32(5, 21); \
	ROW32(6, 22); \
	ROW32(7, 23); \
	ROW32(8, 24); \
	ROW32(9, 25); \
	ROW32(10, 26); \
	ROW32(11, 27)

// NEXT goes to the other half of a tile, or to the next tile. R9 is the number of halves left, odd before a second half.
#define NEXT \
	SUB $1, R9; \
	TST $1, R9; \
	CSEL NE, R23, R3, R11; \
	ADD R11, R0; \
	CSEL NE, R23, R7, R11; \
	ADD R11, R4

// A column of the source is at R11.
#define FIRSTCOL MOVD R4, R11
#define NEXTCOL ADD R6, R11
#define LOAD3 FMOVQ (R11), F0; LOADQ(5, 11, 1); LOADQ(12, 11, 2)
#define LOAD4 LOAD3; LOADQ(13, 11, 3)
#define LOAD6 LOAD4; LOADQ(14, 11, 4); LOADQ(15, 11, 5)

// A row of the result is at R11.
#define FIRSTROW MOVD R0, R11
#define NEXTROW ADD R1, R11
#define STORE3(a, b, c) STOREQ(31, 11, a); STOREQ(2, 11, b); STOREQ(19, 11, c)
#define STORE4(a, b, c, d) STORE3(a, b, c); STOREQ(20, 11, d)
#define STORE6(a, b, c, d, e, f) STORE4(a, b, c, d); STOREQ(21, 11, e); STOREQ(22, 11, f)

// The stack, at R10, holds rows of six numbers, 96 bytes.
#define KEEP3(at, a, b, c) FMOVQ a, at(R10); FMOVQ b, (at+96)(R10); FMOVQ c, (at+192)(R10)
#define KEEP4(at, a, b, c, d) KEEP3(at, a, b, c); FMOVQ d, (at+288)(R10)
#define KEEP6(at, a, b, c, d, e, f) KEEP4(at, a, b, c, d); FMOVQ e, (at+384)(R10); FMOVQ f, (at+480)(R10)
#define TAKE3(at) FLDPQ at(R10), (F0, F1); FMOVQ (at+32)(R10), F2
#define TAKE4(at) FLDPQ at(R10), (F0, F1); FLDPQ (at+32)(R10), (F2, F3)
#define TAKE6(at) TAKE4(at); FLDPQ (at+64)(R10), (F4, F5)

// INPUT is Bt: V0 to V5 become V6, V10, V7, V9, V4, V11.
#define INPUT \
	FADD4(4, 0, 6); \
	FADD4(5, 1, 11); \
	MOV4(4, 7); \
	MOV4(3, 8); \
	FMLS4(TWOHALF, 2, 6); \
	FMLS4(TWOHALF, 3, 11); \
	FMLS4(TWO, 2, 7); \
	FMLS4(TWO, 1, 8); \
	FMLS4(HALF, 2, 4); \
	FMLS4(HALF, 1, 3); \
	MOV4(7, 10); \
	MOV4(4, 9); \
	FMLA4(A1, 8, 10); \
	FMLS4(A1, 8, 7); \
	FMLA4(B1, 3, 9); \
	FMLS4(B1, 3, 4)

#define INPUTCOL(at) LOAD6; INPUT; KEEP6(at, F6, F10, F7, F9, F4, F11)
#define INPUTROW(at) TAKE6(at); INPUT; STORE6(6, 10, 7, 9, 4, 11)

TEXT ·winogradInputAsm(SB), 0, $592-72
	ARGS

loop:
	FIRSTCOL
	INPUTCOL(0)
	NEXTCOL
	INPUTCOL(16)
	NEXTCOL
	INPUTCOL(32)
	NEXTCOL
	INPUTCOL(48)
	NEXTCOL
	INPUTCOL(64)
	NEXTCOL
	INPUTCOL(80)
	FIRSTROW
	INPUTROW(0)
	NEXTROW
	INPUTROW(96)
	NEXTROW
	INPUTROW(192)
	NEXTROW
	INPUTROW(288)
	NEXTROW
	INPUTROW(384)
	NEXTROW
	INPUTROW(480)
	NEXT
	CBNZ R9, loop
	RET

// GRAD is A: V0 to V3 become V0, V5, V6, V7, V8, V3.
#define GRAD \
	MOV4(0, 4); \
	MOV4(0, 9); \
	FMUL4(A1, 1, 10); \
	FMUL4(B1, 1, 11); \
	FMLA4(HALF, 2, 4); \
	FMLA4(TWO, 2, 9); \
	FMLA4(A3, 3, 10); \
	FMLA4(B3, 3, 11); \
	FADD4(10, 4, 5); \
	FSUB4(10, 4, 6); \
	FADD4(11, 9, 7); \
	FSUB4(11, 9, 8)

#define GRADCOL(at) LOAD4; GRAD; KEEP6(at, F0, F5, F6, F7, F8, F3)
#define GRADROW(at) TAKE4(at); GRAD; STORE6(0, 5, 6, 7, 8, 3)

TEXT ·winogradGradAsm(SB), 0, $592-72
	ARGS

loop:
	FIRSTCOL
	GRADCOL(0)
	NEXTCOL
	GRADCOL(16)
	NEXTCOL
	GRADCOL(32)
	NEXTCOL
	GRADCOL(48)
	FIRSTROW
	GRADROW(0)
	NEXTROW
	GRADROW(96)
	NEXTROW
	GRADROW(192)
	NEXTROW
	GRADROW(288)
	NEXTROW
	GRADROW(384)
	NEXTROW
	GRADROW(480)
	NEXT
	CBNZ R9, loop
	RET

// OUTPUT is At: V0 to V5 become V0, V10, V11, V5.
#define OUTPUT \
	FADD4(2, 1, 6); \
	FSUB4(2, 1, 7); \
	FADD4(4, 3, 8); \
	FSUB4(4, 3, 9); \
	FADD4(6, 0, 0); \
	FMUL4(A1, 7, 10); \
	FMUL4(TWO, 8, 11); \
	FMLA4(A3, 7, 5); \
	FADD4(8, 0, 0); \
	FMLA4(B1, 9, 10); \
	FMLA4(HALF, 6, 11); \
	FMLA4(B3, 9, 5)

#define OUTPUTCOL(at) LOAD6; OUTPUT; KEEP4(at, F0, F10, F11, F5)
#define OUTPUTROW(at) TAKE6(at); OUTPUT; STORE4(0, 10, 11, 5)

TEXT ·winogradOutputAsm(SB), 0, $592-72
	ARGS

loop:
	FIRSTCOL
	OUTPUTCOL(0)
	NEXTCOL
	OUTPUTCOL(16)
	NEXTCOL
	OUTPUTCOL(32)
	NEXTCOL
	OUTPUTCOL(48)
	NEXTCOL
	OUTPUTCOL(64)
	NEXTCOL
	OUTPUTCOL(80)
	FIRSTROW
	OUTPUTROW(0)
	NEXTROW
	OUTPUTROW(96)
	NEXTROW
	OUTPUTROW(192)
	NEXTROW
	OUTPUTROW(288)
	NEXT
	CBNZ R9, loop
	RET

// WEIGHT is G: V0 to V2 become V0, V5, V6, V7, V8, V2.
#define WEIGHT \
	MOV4(0, 3); \
	MOV4(0, 4); \
	FMLA4(HALF, 2, 3); \
	FMLA4(TWO, 2, 4); \
	FMUL4(THIRDS, 3, 3); \
	FMUL4(SIXTH, 4, 4); \
	FMUL4(ATHIRDS, 1, 9); \
	FMUL4(BSIXTH, 1, 10); \
	FADD4(9, 3, 5); \
	FSUB4(9, 3, 6); \
	FADD4(10, 4, 7); \
	FSUB4(10, 4, 8)

#define WEIGHTCOL(at) LOAD3; WEIGHT; KEEP6(at, F0, F5, F6, F7, F8, F2)
#define WEIGHTROW(at) TAKE3(at); WEIGHT; STORE6(0, 5, 6, 7, 8, 2)

TEXT ·winogradWeightAsm(SB), 0, $592-72
	ARGS

loop:
	FIRSTCOL
	WEIGHTCOL(0)
	NEXTCOL
	WEIGHTCOL(16)
	NEXTCOL
	WEIGHTCOL(32)
	FIRSTROW
	WEIGHTROW(0)
	NEXTROW
	WEIGHTROW(96)
	NEXTROW
	WEIGHTROW(192)
	NEXTROW
	WEIGHTROW(288)
	NEXTROW
	WEIGHTROW(384)
	NEXTROW
	WEIGHTROW(480)
	NEXT
	CBNZ R9, loop
	RET

// TOTAL is Gt: V0 to V5 become V0, V10, V5.
#define TOTAL \
	FADD4(2, 1, 6); \
	FSUB4(2, 1, 7); \
	FADD4(4, 3, 8); \
	FSUB4(4, 3, 9); \
	FMUL4(ATHIRDS, 7, 10); \
	FMLA4(THIRDS, 6, 0); \
	FMLS4(THIRD, 6, 5); \
	FMLA4(BSIXTH, 9, 10); \
	FMLA4(SIXTH, 8, 0); \
	FMLA4(THIRD, 8, 5)

#define TOTALCOL(at) LOAD6; TOTAL; KEEP3(at, F0, F10, F5)
#define TOTALROW(at) TAKE6(at); TOTAL; STORE3(0, 10, 5)

TEXT ·winogradTotalAsm(SB), 0, $592-72
	ARGS

loop:
	FIRSTCOL
	TOTALCOL(0)
	NEXTCOL
	TOTALCOL(16)
	NEXTCOL
	TOTALCOL(32)
	NEXTCOL
	TOTALCOL(48)
	NEXTCOL
	TOTALCOL(64)
	NEXTCOL
	TOTALCOL(80)
	FIRSTROW
	TOTALROW(0)
	NEXTROW
	TOTALROW(96)
	NEXTROW
	TOTALROW(192)
	NEXT
	CBNZ R9, loop
	RET
