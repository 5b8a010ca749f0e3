//go:build !noasm

#include "textflag.h"

// TRANSPOSE takes the rows of a square of sixteen numbers of 32 bits in Z16, Z17 and Z2 to Z15 and leaves its columns in Z2
// to Z17. It clobbers the rest.
#define TRANSPOSE \
	VPUNPCKLDQ Z17, Z16, Z0; \
	VPUNPCKHDQ Z17, Z16, Z1; \
	VPUNPCKLDQ Z3, Z2, Z18; \
	VPUNPCKHDQ Z3, Z2, Z19; \
	VPUNPCKLDQ Z5, Z4, Z20; \
	VPUNPCKHDQ Z5, Z4, Z21; \
	VPUNPCKLDQ Z7, Z6, Z22; \
	VPUNPCKHDQ Z7, Z6, Z23; \
	VPUNPCKLDQ Z9, Z8, Z24; \
	VPUNPCKHDQ Z9, Z8, Z25; \
	VPUNPCKLDQ Z11, Z10, Z26; \
	VPUNPCKHDQ Z11, Z10, Z27; \
	VPUNPCKLDQ Z13, Z12, Z28; \
	VPUNPCKHDQ Z13, Z12, Z29; \
	VPUNPCKLDQ Z15, Z14, Z30; \
	VPUNPCKHDQ Z15, Z14, Z31; \
	VPUNPCKLQDQ Z18, Z0, Z2; \
	VPUNPCKHQDQ Z18, Z0, Z3; \
	VPUNPCKLQDQ Z19, Z1, Z4; \
	VPUNPCKHQDQ Z19, Z1, Z5; \
	VPUNPCKLQDQ Z22, Z20, Z6; \
	VPUNPCKHQDQ Z22, Z20, Z7; \
	VPUNPCKLQDQ Z23, Z21, Z8; \
	VPUNPCKHQDQ Z23, Z21, Z9; \
	VPUNPCKLQDQ Z26, Z24, Z10; \
	VPUNPCKHQDQ Z26, Z24, Z11; \
	VPUNPCKLQDQ Z27, Z25, Z12; \
	VPUNPCKHQDQ Z27, Z25, Z13; \
	VPUNPCKLQDQ Z30, Z28, Z14; \
	VPUNPCKHQDQ Z30, Z28, Z15; \
	VPUNPCKLQDQ Z31, Z29, Z16; \
	VPUNPCKHQDQ Z31, Z29, Z17; \
	VSHUFI32X4 $0x88, Z6, Z2, Z0; \
	VSHUFI32X4 $0xDD, Z6, Z2, Z1; \
	VSHUFI32X4 $0x88, Z14, Z10, Z18; \
	VSHUFI32X4 $0xDD, Z14, Z10, Z19; \
	VSHUFI32X4 $0x88, Z7, Z3, Z20; \
	VSHUFI32X4 $0xDD, Z7, Z3, Z21; \
	VSHUFI32X4 $0x88, Z15, Z11, Z22; \
	VSHUFI32X4 $0xDD, Z15, Z11, Z23; \
	VSHUFI32X4 $0x88, Z8, Z4, Z24; \
	VSHUFI32X4 $0xDD, Z8, Z4, Z25; \
	VSHUFI32X4 $0x88, Z16, Z12, Z26; \
	VSHUFI32X4 $0xDD, Z16, Z12, Z27; \
	VSHUFI32X4 $0x88, Z9, Z5, Z28; \
	VSHUFI32X4 $0xDD, Z9, Z5, Z29; \
	VSHUFI32X4 $0x88, Z17, Z13, Z30; \
	VSHUFI32X4 $0xDD, Z17, Z13, Z31; \
	VSHUFI32X4 $0x88, Z18, Z0, Z2; \
	VSHUFI32X4 $0x88, Z19, Z1, Z6; \
	VSHUFI32X4 $0xDD, Z18, Z0, Z10; \
	VSHUFI32X4 $0xDD, Z19, Z1, Z14; \
	VSHUFI32X4 $0x88, Z22, Z20, Z3; \
	VSHUFI32X4 $0x88, Z23, Z21, Z7; \
	VSHUFI32X4 $0xDD, Z22, Z20, Z11; \
	VSHUFI32X4 $0xDD, Z23, Z21, Z15; \
	VSHUFI32X4 $0x88, Z26, Z24, Z4; \
	VSHUFI32X4 $0x88, Z27, Z25, Z8; \
	VSHUFI32X4 $0xDD, Z26, Z24, Z12; \
	VSHUFI32X4 $0xDD, Z27, Z25, Z16; \
	VSHUFI32X4 $0x88, Z30, Z28, Z5; \
	VSHUFI32X4 $0x88, Z31, Z29, Z9; \
	VSHUFI32X4 $0xDD, Z30, Z28, Z13; \
	VSHUFI32X4 $0xDD, Z31, Z29, Z17

#define VCVTNE2PS2BF16_Z0_Z1 BYTE $0x62; BYTE $0xF2; BYTE $0x77; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// PAIRROW makes row number i of pairs, or leaves for zeros when there is none.
#define PAIRROW(i, row, zeros) \
	CMPQ R10, $i; \
	JEQ zeros; \
	CMPQ R11, $i; \
	JNE 2(PC); \
	KXORW K2, K2, K2; \
	VMOVUPS.Z (AX), K1, Z0; \
	VMOVUPS.Z (AX)(R12*1), K2, Z1; \
	VCVTNE2PS2BF16_Z0_Z1; \
	VPERMW Z1, Z31, row; \
	ADDQ R8, AX

#define PLACE(i, column, done) \
	VMOVUPS column, (BX); \
	ADDQ R9, BX; \
	CMPQ CX, $(i+1); \
	JEQ done

// MASK16 makes K1 the first of CX places, at most sixteen. It clobbers AX, BX.
#define MASK16 \
	MOVQ CX, BX; \
	MOVQ $16, AX; \
	CMPQ BX, AX; \
	CMOVQGT AX, BX; \
	MOVQ $-1, AX; \
	XCHGQ BX, CX; \
	SHLQ CX, AX; \
	XCHGQ BX, CX; \
	NOTQ AX; \
	KMOVW AX, K1

// func layPairs(dst *float32, dstStep int, src *float32, rowStep, oddStep, rows, odds, n int)
TEXT ·layPairs(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R9
	MOVQ src+16(FP), SI
	MOVQ rowStep+24(FP), R8
	MOVQ oddStep+32(FP), R12
	MOVQ rows+40(FP), R10
	MOVQ odds+48(FP), R11
	MOVQ n+56(FP), CX
layNext:
	MASK16
	KMOVW K1, K2
	VMOVDQU16 ·pairOrder(SB), Z31
	MOVQ SI, AX
	PAIRROW(0, Z16, layZero0)
	PAIRROW(1, Z17, layZero1)
	PAIRROW(2, Z2, layZero2)
	PAIRROW(3, Z3, layZero3)
	PAIRROW(4, Z4, layZero4)
	PAIRROW(5, Z5, layZero5)
	PAIRROW(6, Z6, layZero6)
	PAIRROW(7, Z7, layZero7)
	PAIRROW(8, Z8, layZero8)
	PAIRROW(9, Z9, layZero9)
	PAIRROW(10, Z10, layZero10)
	PAIRROW(11, Z11, layZero11)
	PAIRROW(12, Z12, layZero12)
	PAIRROW(13, Z13, layZero13)
	PAIRROW(14, Z14, layZero14)
	PAIRROW(15, Z15, layZero15)
	JMP layTurn
layZero0:
	VPXORD Z16, Z16, Z16
layZero1:
	VPXORD Z17, Z17, Z17
layZero2:
	VPXORD Z2, Z2, Z2
layZero3:
	VPXORD Z3, Z3, Z3
layZero4:
	VPXORD Z4, Z4, Z4
layZero5:
	VPXORD Z5, Z5, Z5
layZero6:
	VPXORD Z6, Z6, Z6
layZero7:
	VPXORD Z7, Z7, Z7
layZero8:
	VPXORD Z8, Z8, Z8
layZero9:
	VPXORD Z9, Z9, Z9
layZero10:
	VPXORD Z10, Z10, Z10
layZero11:
	VPXORD Z11, Z11, Z11
layZero12:
	VPXORD Z12, Z12, Z12
layZero13:
	VPXORD Z13, Z13, Z13
layZero14:
	VPXORD Z14, Z14, Z14
layZero15:
	VPXORD Z15, Z15, Z15
layTurn:
	TRANSPOSE
	MOVQ DI, BX
	PLACE(0, Z2, layDone)
	PLACE(1, Z3, layDone)
	PLACE(2, Z4, layDone)
	PLACE(3, Z5, layDone)
	PLACE(4, Z6, layDone)
	PLACE(5, Z7, layDone)
	PLACE(6, Z8, layDone)
	PLACE(7, Z9, layDone)
	PLACE(8, Z10, layDone)
	PLACE(9, Z11, layDone)
	PLACE(10, Z12, layDone)
	PLACE(11, Z13, layDone)
	PLACE(12, Z14, layDone)
	PLACE(13, Z15, layDone)
	PLACE(14, Z16, layDone)
	VMOVUPS Z17, (BX)
	ADDQ R9, BX
	MOVQ BX, DI
	ADDQ $64, SI
	SUBQ $16, CX
	JGT layNext
layDone:
	VZEROUPPER
	RET

// To be written to soon: what lies AX bytes behind BX.
#define PREFETCHW_BX_AX BYTE $0x0F; BYTE $0x0D; BYTE $0x0C; BYTE $0x03

#define OUTPUT(i, row, done) \
	VADDPS.BCST (i*4)(R13), row, K1, row; \
	PREFETCHW_BX_AX; \
	VMOVUPS row, K1, (BX); \
	CMPQ R11, $(i+1); \
	JEQ done; \
	ADDQ R9, BX

// func spreadPlaces(dst *float32, dstStep, dstNext int, src *float32, srcStep, srcNext int, bias *float32, rows, outs, n int)
TEXT ·spreadPlaces(SB), NOSPLIT, $0-80
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R9
	MOVQ src+24(FP), SI
	MOVQ srcStep+32(FP), R8
	MOVQ bias+48(FP), R13
	MOVQ rows+56(FP), R10
	MOVQ outs+64(FP), R11
spreadRow:
	MOVQ n+72(FP), CX
	MOVQ SI, R14
	MOVQ DI, R12
spreadNext:
	MASK16
	VMOVUPS (R14), Z16
	ADDQ R8, R14
	VMOVUPS (R14), Z17
	ADDQ R8, R14
	VMOVUPS (R14), Z2
	ADDQ R8, R14
	VMOVUPS (R14), Z3
	ADDQ R8, R14
	VMOVUPS (R14), Z4
	ADDQ R8, R14
	VMOVUPS (R14), Z5
	ADDQ R8, R14
	VMOVUPS (R14), Z6
	ADDQ R8, R14
	VMOVUPS (R14), Z7
	ADDQ R8, R14
	VMOVUPS (R14), Z8
	ADDQ R8, R14
	VMOVUPS (R14), Z9
	ADDQ R8, R14
	VMOVUPS (R14), Z10
	ADDQ R8, R14
	VMOVUPS (R14), Z11
	ADDQ R8, R14
	VMOVUPS (R14), Z12
	ADDQ R8, R14
	VMOVUPS (R14), Z13
	ADDQ R8, R14
	VMOVUPS (R14), Z14
	ADDQ R8, R14
	VMOVUPS (R14), Z15
	ADDQ R8, R14
	TRANSPOSE
	MOVQ R12, BX
	MOVQ dstNext+16(FP), AX
	OUTPUT(0, Z2, spreadDone)
	OUTPUT(1, Z3, spreadDone)
	OUTPUT(2, Z4, spreadDone)
	OUTPUT(3, Z5, spreadDone)
	OUTPUT(4, Z6, spreadDone)
	OUTPUT(5, Z7, spreadDone)
	OUTPUT(6, Z8, spreadDone)
	OUTPUT(7, Z9, spreadDone)
	OUTPUT(8, Z10, spreadDone)
	OUTPUT(9, Z11, spreadDone)
	OUTPUT(10, Z12, spreadDone)
	OUTPUT(11, Z13, spreadDone)
	OUTPUT(12, Z14, spreadDone)
	OUTPUT(13, Z15, spreadDone)
	OUTPUT(14, Z16, spreadDone)
	OUTPUT(15, Z17, spreadDone)
spreadDone:
	ADDQ $64, R12
	SUBQ $16, CX
	JGT spreadNext
	ADDQ dstNext+16(FP), DI
	ADDQ srcNext+40(FP), SI
	DECQ R10
	JNZ spreadRow
	VZEROUPPER
	RET
