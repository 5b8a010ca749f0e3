//go:build !noasm

#include "textflag.h"

// Transforms of Winograd's convolution F(4x4, 3x3), for eight channels at a time. All have the same arguments:
//
// func(dst *float32, dstRow, dstCol, dstStep int, src *float32, srcRow, srcCol, srcStep, count int)
//
// Number (i, j) of a tile, eight floats, is i rows and j columns from where the tile starts; tiles are a step apart, in
// bytes all of them. A tile goes through the stack: first its columns are transformed, then the rows of the result.

// The rows of winogradTable.
#define TWOHALF ·winogradTable+0(SB)
#define TWO ·winogradTable+32(SB)
#define HALF ·winogradTable+64(SB)
#define A1 ·winogradTable+96(SB)
#define B1 ·winogradTable+128(SB)
#define A3 ·winogradTable+160(SB)
#define B3 ·winogradTable+192(SB)
#define THIRDS ·winogradTable+224(SB)
#define SIXTH ·winogradTable+256(SB)
#define ATHIRDS ·winogradTable+288(SB)
#define BSIXTH ·winogradTable+320(SB)
#define THIRD ·winogradTable+352(SB)

#define ARGS \
	MOVQ dst+0(FP), DI; \
	MOVQ dstRow+8(FP), R10; \
	MOVQ dstCol+16(FP), R11; \
	MOVQ src+32(FP), SI; \
	MOVQ srcRow+40(FP), R8; \
	MOVQ srcCol+48(FP), R9; \
	MOVQ count+64(FP), CX; \
	LEAQ (R8)(R8*2), R12; \
	LEAQ (R11)(R11*2), R13

#define NEXT \
	ADDQ dstStep+24(FP), DI; \
	ADDQ srcStep+56(FP), SI; \
	DECQ CX

// A column of the source is at AX, from its fourth number on at BX; NEXTCOL goes to the next.
#define FIRSTCOL MOVQ SI, AX; LEAQ (SI)(R8*4), BX
#define NEXTCOL ADDQ R9, AX; ADDQ R9, BX
#define LOAD3 VMOVUPS (AX), Y0; VMOVUPS (AX)(R8*1), Y1; VMOVUPS (AX)(R8*2), Y2
#define LOAD4 LOAD3; VMOVUPS (AX)(R12*1), Y3
#define LOAD6 LOAD4; VMOVUPS (BX), Y4; VMOVUPS (BX)(R8*1), Y5

// A row of the result is at AX, from its fourth number on at BX.
#define FIRSTROW MOVQ DI, AX; LEAQ (DI)(R11*4), BX
#define NEXTROW ADDQ R10, AX; ADDQ R10, BX
#define STORE3(a, b, c) VMOVUPS a, (AX); VMOVUPS b, (AX)(R11*1); VMOVUPS c, (AX)(R11*2)
#define STORE4(a, b, c, d) STORE3(a, b, c); VMOVUPS d, (AX)(R13*1)
#define STORE6(a, b, c, d, e, f) STORE4(a, b, c, d); VMOVUPS e, (BX); VMOVUPS f, (BX)(R11*1)

// The stack holds rows of six numbers, 192 bytes.
#define KEEP3(at, a, b, c) VMOVUPS a, at(SP); VMOVUPS b, (at+192)(SP); VMOVUPS c, (at+384)(SP)
#define KEEP4(at, a, b, c, d) KEEP3(at, a, b, c); VMOVUPS d, (at+576)(SP)
#define KEEP6(at, a, b, c, d, e, f) KEEP4(at, a, b, c, d); VMOVUPS e, (at+768)(SP); VMOVUPS f, (at+960)(SP)
#define TAKE3(at) VMOVUPS at(SP), Y0; VMOVUPS (at+32)(SP), Y1; VMOVUPS (at+64)(SP), Y2
#define TAKE4(at) TAKE3(at); VMOVUPS (at+96)(SP), Y3
#define TAKE6(at) TAKE4(at); VMOVUPS (at+128)(SP), Y4; VMOVUPS (at+160)(SP), Y5

// INPUT is Bt: Y0 to Y5 become Y6, Y10, Y7, Y9, Y4, Y11.
#define INPUT \
	VADDPS Y4, Y0, Y6; \
	VADDPS Y5, Y1, Y11; \
	VMOVAPS Y4, Y7; \
	VMOVAPS Y3, Y8; \
	VFNMADD231PS Y15, Y2, Y6; \
	VFNMADD231PS Y15, Y3, Y11; \
	VFNMADD231PS Y12, Y2, Y7; \
	VFNMADD231PS Y12, Y1, Y8; \
	VFNMADD231PS HALF, Y2, Y4; \
	VFNMADD231PS HALF, Y1, Y3; \
	VMOVAPS Y7, Y10; \
	VMOVAPS Y4, Y9; \
	VFMADD231PS Y14, Y8, Y10; \
	VFNMADD231PS Y14, Y8, Y7; \
	VFMADD231PS Y13, Y3, Y9; \
	VFNMADD231PS Y13, Y3, Y4

#define INPUTCOL(at) LOAD6; INPUT; KEEP6(at, Y6, Y10, Y7, Y9, Y4, Y11)
#define INPUTROW(at) TAKE6(at); INPUT; STORE6(Y6, Y10, Y7, Y9, Y4, Y11)

TEXT ·winogradInputAsm(SB), 0, $1152-72
	ARGS
	VMOVUPS TWOHALF, Y15
	VMOVUPS A1, Y14
	VMOVUPS B1, Y13
	VMOVUPS TWO, Y12

inputloop:
	FIRSTCOL
	INPUTCOL(0)
	NEXTCOL
	INPUTCOL(32)
	NEXTCOL
	INPUTCOL(64)
	NEXTCOL
	INPUTCOL(96)
	NEXTCOL
	INPUTCOL(128)
	NEXTCOL
	INPUTCOL(160)
	FIRSTROW
	INPUTROW(0)
	NEXTROW
	INPUTROW(192)
	NEXTROW
	INPUTROW(384)
	NEXTROW
	INPUTROW(576)
	NEXTROW
	INPUTROW(768)
	NEXTROW
	INPUTROW(960)
	NEXT
	JNZ inputloop
	VZEROUPPER
	RET

// GRAD is A: Y0 to Y3 become Y0, Y5, Y6, Y7, Y8, Y3.
#define GRAD \
	VMOVAPS Y0, Y4; \
	VMOVAPS Y0, Y9; \
	VMULPS Y14, Y1, Y10; \
	VMULPS Y13, Y1, Y11; \
	VFMADD231PS HALF, Y2, Y4; \
	VFMADD231PS Y12, Y2, Y9; \
	VFMADD231PS Y15, Y3, Y10; \
	VFMADD231PS B3, Y3, Y11; \
	VADDPS Y10, Y4, Y5; \
	VSUBPS Y10, Y4, Y6; \
	VADDPS Y11, Y9, Y7; \
	VSUBPS Y11, Y9, Y8

#define GRADCOL(at) LOAD4; GRAD; KEEP6(at, Y0, Y5, Y6, Y7, Y8, Y3)
#define GRADROW(at) TAKE4(at); GRAD; STORE6(Y0, Y5, Y6, Y7, Y8, Y3)

TEXT ·winogradGradAsm(SB), 0, $1152-72
	ARGS
	VMOVUPS A3, Y15
	VMOVUPS A1, Y14
	VMOVUPS B1, Y13
	VMOVUPS TWO, Y12

gradloop:
	FIRSTCOL
	GRADCOL(0)
	NEXTCOL
	GRADCOL(32)
	NEXTCOL
	GRADCOL(64)
	NEXTCOL
	GRADCOL(96)
	FIRSTROW
	GRADROW(0)
	NEXTROW
	GRADROW(192)
	NEXTROW
	GRADROW(384)
	NEXTROW
	GRADROW(576)
	NEXTROW
	GRADROW(768)
	NEXTROW
	GRADROW(960)
	NEXT
	JNZ gradloop
	VZEROUPPER
	RET

// OUTPUT is At: Y0 to Y5 become Y0, Y10, Y11, Y5.
#define OUTPUT \
	VADDPS Y2, Y1, Y6; \
	VSUBPS Y2, Y1, Y7; \
	VADDPS Y4, Y3, Y8; \
	VSUBPS Y4, Y3, Y9; \
	VADDPS Y6, Y0, Y0; \
	VMULPS Y14, Y7, Y10; \
	VMULPS Y12, Y8, Y11; \
	VFMADD231PS Y15, Y7, Y5; \
	VADDPS Y8, Y0, Y0; \
	VFMADD231PS Y13, Y9, Y10; \
	VFMADD231PS HALF, Y6, Y11; \
	VFMADD231PS B3, Y9, Y5

#define OUTPUTCOL(at) LOAD6; OUTPUT; KEEP4(at, Y0, Y10, Y11, Y5)
#define OUTPUTROW(at) TAKE6(at); OUTPUT; STORE4(Y0, Y10, Y11, Y5)

TEXT ·winogradOutputAsm(SB), 0, $1152-72
	ARGS
	VMOVUPS A3, Y15
	VMOVUPS A1, Y14
	VMOVUPS B1, Y13
	VMOVUPS TWO, Y12

outputloop:
	FIRSTCOL
	OUTPUTCOL(0)
	NEXTCOL
	OUTPUTCOL(32)
	NEXTCOL
	OUTPUTCOL(64)
	NEXTCOL
	OUTPUTCOL(96)
	NEXTCOL
	OUTPUTCOL(128)
	NEXTCOL
	OUTPUTCOL(160)
	FIRSTROW
	OUTPUTROW(0)
	NEXTROW
	OUTPUTROW(192)
	NEXTROW
	OUTPUTROW(384)
	NEXTROW
	OUTPUTROW(576)
	NEXT
	JNZ outputloop
	VZEROUPPER
	RET

// WEIGHT is G: Y0 to Y2 become Y0, Y5, Y6, Y7, Y8, Y2.
#define WEIGHT \
	VMOVAPS Y0, Y3; \
	VMOVAPS Y0, Y4; \
	VFMADD231PS HALF, Y2, Y3; \
	VFMADD231PS Y12, Y2, Y4; \
	VMULPS Y15, Y3, Y3; \
	VMULPS Y14, Y4, Y4; \
	VMULPS Y13, Y1, Y9; \
	VMULPS BSIXTH, Y1, Y10; \
	VADDPS Y9, Y3, Y5; \
	VSUBPS Y9, Y3, Y6; \
	VADDPS Y10, Y4, Y7; \
	VSUBPS Y10, Y4, Y8

#define WEIGHTCOL(at) LOAD3; WEIGHT; KEEP6(at, Y0, Y5, Y6, Y7, Y8, Y2)
#define WEIGHTROW(at) TAKE3(at); WEIGHT; STORE6(Y0, Y5, Y6, Y7, Y8, Y2)

TEXT ·winogradWeightAsm(SB), 0, $1152-72
	ARGS
	VMOVUPS THIRDS, Y15
	VMOVUPS SIXTH, Y14
	VMOVUPS ATHIRDS, Y13
	VMOVUPS TWO, Y12

weightloop:
	FIRSTCOL
	WEIGHTCOL(0)
	NEXTCOL
	WEIGHTCOL(32)
	NEXTCOL
	WEIGHTCOL(64)
	FIRSTROW
	WEIGHTROW(0)
	NEXTROW
	WEIGHTROW(192)
	NEXTROW
	WEIGHTROW(384)
	NEXTROW
	WEIGHTROW(576)
	NEXTROW
	WEIGHTROW(768)
	NEXTROW
	WEIGHTROW(960)
	NEXT
	JNZ weightloop
	VZEROUPPER
	RET

// TOTAL is Gt: Y0 to Y5 become Y0, Y10, Y5.
#define TOTAL \
	VADDPS Y2, Y1, Y6; \
	VSUBPS Y2, Y1, Y7; \
	VADDPS Y4, Y3, Y8; \
	VSUBPS Y4, Y3, Y9; \
	VMULPS Y13, Y7, Y10; \
	VFMADD231PS Y15, Y6, Y0; \
	VFNMADD231PS Y12, Y6, Y5; \
	VFMADD231PS BSIXTH, Y9, Y10; \
	VFMADD231PS Y14, Y8, Y0; \
	VFMADD231PS Y12, Y8, Y5

#define TOTALCOL(at) LOAD6; TOTAL; KEEP3(at, Y0, Y10, Y5)
#define TOTALROW(at) TAKE6(at); TOTAL; STORE3(Y0, Y10, Y5)

TEXT ·winogradTotalAsm(SB), 0, $1152-72
	ARGS
	VMOVUPS THIRDS, Y15
	VMOVUPS SIXTH, Y14
	VMOVUPS ATHIRDS, Y13
	VMOVUPS THIRD, Y12

totalloop:
	FIRSTCOL
	TOTALCOL(0)
	NEXTCOL
	TOTALCOL(32)
	NEXTCOL
	TOTALCOL(64)
	NEXTCOL
	TOTALCOL(96)
	NEXTCOL
	TOTALCOL(128)
	NEXTCOL
	TOTALCOL(160)
	FIRSTROW
	TOTALROW(0)
	NEXTROW
	TOTALROW(192)
	NEXTROW
	TOTALROW(384)
	NEXT
	JNZ totalloop
	VZEROUPPER
	RET
