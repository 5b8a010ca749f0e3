//go:build !noasm

#include "textflag.h"
#include "amx_amd64.h"

// The fields of bf16Job. STEPSEND holds the number of steps at first.
#define STEPS 0(R15)
#define STEPSEND 8(R15)
#define A 16(R15)
#define ASTEP 24(R15)
#define B 32(R15)
#define BSTEP 40(R15)
#define BNEXT 48(R15)
#define C 56(R15)
#define LDC 64(R15)
#define ROWS 72(R15)
#define COLS 80(R15)
#define BIAS 88(R15)
#define BASE 96(R15)
#define ALPHA 104(R15)
#define ADDING 108(R15)
#define SUMS 112(R15)
#define COLSLEFT 120(R15)
#define BASEAT 128(R15)
#define AHALF 136(R15)
#define HALF 144(R15)
#define SECOND 152(R15)

// START sets what does not change: R8, R9, R10 and R11 are the rows of A and C, the rows left and the bias.
#define START \
	MOVQ j+0(FP), R15; \
	MOVQ STEPSEND, AX; \
	SHLQ $4, AX; \
	ADDQ STEPS, AX; \
	MOVQ AX, STEPSEND; \
	MOVQ ASTEP, DX; \
	MOVQ A, R8; \
	MOVQ C, R9; \
	MOVQ ROWS, R10; \
	MOVQ BIAS, R11; \
	VBROADCASTSS ALPHA, Z22

// FIRSTPANEL begins a block of rows; R12 and R13 are the panel and its place in C.
#define FIRSTPANEL \
	MOVQ B, R12; \
	MOVQ R9, R13; \
	MOVQ COLS, AX; \
	MOVQ AX, COLSLEFT; \
	MOVQ BASE, AX; \
	MOVQ AX, BASEAT

// MASKS makes K1 and K2 the columns of the panel that there are and K3 and K4 those of them to add to, and Z20 and Z21 the
// base. It clobbers AX, CX and BX.
#define MASKS \
	MOVQ COLSLEFT, CX; \
	MOVQ $-1, AX; \
	MOVQ $32, BX; \
	CMPQ CX, BX; \
	CMOVQGT BX, CX; \
	SHLQ CX, AX; \
	NOTL AX; \
	KMOVW AX, K1; \
	MOVL AX, BX; \
	SHRL $16, BX; \
	KMOVW BX, K2; \
	MOVL ADDING, CX; \
	NEGL CX; \
	ANDL CX, AX; \
	ANDL CX, BX; \
	KMOVW AX, K3; \
	KMOVW BX, K4; \
	VPXORD Z20, Z20, Z20; \
	VPXORD Z21, Z21, Z21

#define BASES \
	MOVQ BASEAT, AX; \
	VMOVUPS.Z (AX), K1, Z20; \
	VMOVUPS.Z 64(AX), K2, Z21; \
	ADDQ $128, BASEAT

// FINISH adds to a row of sums at AX the base, the bias in Z23 and what is in C, at BX.
#define FINISH \
	VADDPS Z23, Z20, Z24; \
	VADDPS Z23, Z21, Z25; \
	VADDPS (BX), Z24, K3, Z24; \
	VADDPS 64(BX), Z25, K4, Z25; \
	VFMADD231PS (AX), Z22, Z24; \
	VFMADD231PS 64(AX), Z22, Z25; \
	VMOVUPS Z24, K1, (BX); \
	VMOVUPS Z25, K2, 64(BX)

// func amxProduct(j *bf16Job)
//
// Blocks of 32 rows by 32 columns in TMM0 to TMM3; TMM4 and TMM5 are rows of A, TMM6 and TMM7 the halves of a panel. It sets
// up and gives back the tiles, so that no goroutine is ever moved with tiles in use.
TEXT ·amxProduct(SB), NOSPLIT, $0-8
	START
	LEAQ ·amxConfig(SB), AX
	LDTILECFG_AX
amxRows:
	FIRSTPANEL
amxPanel:
	TILEZERO(0xC0)
	TILEZERO(0xC8)
	MOVQ BSTEP, CX
	MOVQ STEPS, AX
	CMPQ R10, $16
	JLE amxHalf
	TILEZERO(0xD0)
	TILEZERO(0xD8)
	CMPQ AX, STEPSEND
	JEQ amxStore
amxStep:
	MOVQ (AX), SI
	ADDQ R8, SI
	MOVQ AHALF, DI
	ADDQ SI, DI
	MOVQ 8(AX), BX
	ADDQ R12, BX
	TILELOADD(0x34, BX_CX)
	TILELOADD(0x24, SI_DX)
	TILELOADD64(0x7C, BX_CX)
	TDPBF16PS(0x4A, 0xC4)
	TILELOADD(0x2C, DI_DX)
	TDPBF16PS(0x42, 0xCC)
	TDPBF16PS(0x4A, 0xD5)
	TDPBF16PS(0x42, 0xDD)
	ADDQ $16, AX
	CMPQ AX, STEPSEND
	JNE amxStep
amxStore:
	MOVQ SUMS, AX
	MOVQ $128, CX
	TILESTORED(0x84, 0)
	TILESTORED(0x8C, 64)
	TILESTORED(0x94, 2048)
	TILESTORED(0x9C, 2112)
	JMP amxFinish
amxHalf:
	CMPQ AX, STEPSEND
	JEQ amxHalfStore
amxHalfStep:
	MOVQ (AX), SI
	ADDQ R8, SI
	MOVQ 8(AX), BX
	ADDQ R12, BX
	TILELOADD(0x34, BX_CX)
	TILELOADD(0x24, SI_DX)
	TILELOADD64(0x7C, BX_CX)
	TDPBF16PS(0x4A, 0xC4)
	TDPBF16PS(0x42, 0xCC)
	ADDQ $16, AX
	CMPQ AX, STEPSEND
	JNE amxHalfStep
amxHalfStore:
	MOVQ SUMS, AX
	MOVQ $128, CX
	TILESTORED(0x84, 0)
	TILESTORED(0x8C, 64)
amxFinish:
	MASKS
	CMPQ BASEAT, $0
	JEQ amxNoBase
	BASES
amxNoBase:
	MOVQ SUMS, AX
	MOVQ R13, BX
	MOVQ R11, SI
	MOVQ R10, CX
	MOVQ $32, DI
	CMPQ CX, DI
	CMOVQGT DI, CX
	VPXORD Z23, Z23, Z23
amxRow:
	TESTQ SI, SI
	JZ amxNoBias
	VBROADCASTSS (SI), Z23
	ADDQ $4, SI
amxNoBias:
	FINISH
	ADDQ $128, AX
	ADDQ LDC, BX
	DECQ CX
	JNZ amxRow
	ADDQ BNEXT, R12
	ADDQ $128, R13
	SUBQ $32, COLSLEFT
	JGT amxPanel
	TESTQ R11, R11
	JZ amxNextRows
	ADDQ $128, R11
amxNextRows:
	MOVQ AHALF, AX
	LEAQ (R8)(AX*2), R8
	MOVQ LDC, AX
	SHLQ $5, AX
	ADDQ AX, R9
	SUBQ $32, R10
	JGT amxRows
	TILERELEASE
	VZEROUPPER
	RET

// VDPBF16PS of Z16 (low) or Z17 (high) with a broadcast pair in Z18 or Z19, added to a sum. prefix is 0xB2 for Z0 to Z7 and
// 0x32 for Z8 to Z15, pair 0x6E for Z18 and 0x66 for Z19, and operands 0xC0 + 8*(sum modulo 8) + 0 for low or 1 for high.
#define VDPBF16PS(prefix, pair, operands) BYTE $0x62; BYTE $prefix; BYTE $pair; BYTE $0x40; BYTE $0x52; BYTE $operands

#define STORE(at, lo, hi) VMOVUPS lo, at(AX); VMOVUPS hi, at+64(AX)

// func dotProduct(j *bf16Job)
//
// The same by VDPBF16PS in blocks of 8 rows by 32 columns; row r is summed in Z(2r), Z(2r+1).
TEXT ·dotProduct(SB), NOSPLIT, $0-8
	START
	MOVQ R8, HALF
	MOVQ $0, SECOND
dotRows:
	FIRSTPANEL
dotPanel:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	VPXORD Z8, Z8, Z8
	VPXORD Z9, Z9, Z9
	VPXORD Z10, Z10, Z10
	VPXORD Z11, Z11, Z11
	VPXORD Z12, Z12, Z12
	VPXORD Z13, Z13, Z13
	VPXORD Z14, Z14, Z14
	VPXORD Z15, Z15, Z15
	MOVQ STEPS, AX
	CMPQ AX, STEPSEND
	JEQ dotStore
	LEAQ (DX)(DX*2), R14
dotStep:
	MOVQ (AX), SI
	ADDQ R8, SI
	LEAQ (SI)(DX*4), DI
	MOVQ 8(AX), BX
	ADDQ R12, BX
	MOVQ $16, CX
dotPair:
	VMOVUPS (BX), Z16
	VMOVUPS 64(BX), Z17
	VPBROADCASTD (SI), Z18
	VPBROADCASTD (SI)(DX*1), Z19
	VDPBF16PS(0xB2, 0x6E, 0xC0)
	VDPBF16PS(0xB2, 0x6E, 0xC9)
	VDPBF16PS(0xB2, 0x66, 0xD0)
	VDPBF16PS(0xB2, 0x66, 0xD9)
	VPBROADCASTD (SI)(DX*2), Z18
	VPBROADCASTD (SI)(R14*1), Z19
	VDPBF16PS(0xB2, 0x6E, 0xE0)
	VDPBF16PS(0xB2, 0x6E, 0xE9)
	VDPBF16PS(0xB2, 0x66, 0xF0)
	VDPBF16PS(0xB2, 0x66, 0xF9)
	VPBROADCASTD (DI), Z18
	VPBROADCASTD (DI)(DX*1), Z19
	VDPBF16PS(0x32, 0x6E, 0xC0)
	VDPBF16PS(0x32, 0x6E, 0xC9)
	VDPBF16PS(0x32, 0x66, 0xD0)
	VDPBF16PS(0x32, 0x66, 0xD9)
	VPBROADCASTD (DI)(DX*2), Z18
	VPBROADCASTD (DI)(R14*1), Z19
	VDPBF16PS(0x32, 0x6E, 0xE0)
	VDPBF16PS(0x32, 0x6E, 0xE9)
	VDPBF16PS(0x32, 0x66, 0xF0)
	VDPBF16PS(0x32, 0x66, 0xF9)
	ADDQ $4, SI
	ADDQ $4, DI
	ADDQ BSTEP, BX
	DECQ CX
	JNZ dotPair
	ADDQ $16, AX
	CMPQ AX, STEPSEND
	JNE dotStep
dotStore:
	MOVQ SUMS, AX
	STORE(0, Z0, Z1)
	STORE(128, Z2, Z3)
	STORE(256, Z4, Z5)
	STORE(384, Z6, Z7)
	STORE(512, Z8, Z9)
	STORE(640, Z10, Z11)
	STORE(768, Z12, Z13)
	STORE(896, Z14, Z15)
	MASKS
	CMPQ BASEAT, $0
	JEQ dotNoBase
	BASES
dotNoBase:
	MOVQ SUMS, AX
	MOVQ R13, BX
	MOVQ R11, SI
	MOVQ R10, CX
	MOVQ $8, DI
	CMPQ CX, DI
	CMOVQGT DI, CX
	VPXORD Z23, Z23, Z23
dotRow:
	TESTQ SI, SI
	JZ dotNoBias
	VBROADCASTSS (SI), Z23
	ADDQ $4, SI
dotNoBias:
	FINISH
	ADDQ $128, AX
	ADDQ LDC, BX
	DECQ CX
	JNZ dotRow
	ADDQ BNEXT, R12
	ADDQ $128, R13
	SUBQ $32, COLSLEFT
	JGT dotPanel
	TESTQ R11, R11
	JZ dotNextRows
	ADDQ $32, R11
dotNextRows:
	MOVQ LDC, AX
	LEAQ (R9)(AX*8), R9
	LEAQ (R8)(DX*8), R8
	XORQ $1, SECOND
	JNZ dotSecond
	MOVQ HALF, R8
	ADDQ AHALF, R8
	MOVQ R8, HALF
dotSecond:
	SUBQ $8, R10
	JGT dotRows
	VZEROUPPER
	RET

// Z0 to sixteen bfloat16 in Y1, and Z1 above Z0 to 32 of them in Z1.
#define VCVTNEPS2BF16_Z0_Y1 BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC8
#define VCVTNE2PS2BF16_Z0_Z1 BYTE $0x62; BYTE $0xF2; BYTE $0x77; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// func roundRows(dst *float32, off, dstStep int, src *float32, srcStep, rows, n int)
TEXT ·roundRows(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	ADDQ off+8(FP), DI
	MOVQ dstStep+16(FP), R9
	MOVQ src+24(FP), SI
	MOVQ srcStep+32(FP), R8
	MOVQ rows+40(FP), R10
	MOVQ n+48(FP), R11
	MOVQ R11, CX
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	SHRQ $4, R11
roundRow:
	MOVQ SI, BX
	MOVQ DI, DX
	MOVQ R11, CX
	TESTQ CX, CX
	JZ roundTail
roundWhole:
	VMOVUPS (BX), Z0
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU Y1, (DX)
	ADDQ $64, BX
	ADDQ $32, DX
	DECQ CX
	JNZ roundWhole
roundTail:
	TESTL AX, AX
	JZ roundNext
	VMOVUPS.Z (BX), K1, Z0
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU16 Y1, K1, (DX)
roundNext:
	ADDQ R8, SI
	ADDQ R9, DI
	DECQ R10
	JNZ roundRow
	VZEROUPPER
	RET

// func pairRows(dst *float32, dstStep int, even, odd *float32, srcStep, rows, n int)
TEXT ·pairRows(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R9
	MOVQ even+16(FP), SI
	MOVQ odd+24(FP), R12
	MOVQ srcStep+32(FP), R8
	MOVQ rows+40(FP), R10
	MOVQ n+48(FP), R11
	VMOVDQU16 ·pairOrder(SB), Z2
	MOVL $0xFFFF, BX
	TESTQ R12, R12
	CMOVQEQ R12, BX
	KMOVW BX, K2
	MOVQ R11, CX
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	ANDL AX, BX
	KMOVW BX, K3
	SHRQ $4, R11
pairRow:
	XORQ BX, BX
	MOVQ R11, CX
	TESTQ CX, CX
	JZ pairTail
pairWhole:
	VMOVUPS (SI)(BX*1), Z0
	VMOVUPS.Z (R12)(BX*1), K2, Z1
	VCVTNE2PS2BF16_Z0_Z1
	VPERMW Z1, Z2, Z1
	VMOVUPS Z1, (DI)(BX*1)
	ADDQ $64, BX
	DECQ CX
	JNZ pairWhole
pairTail:
	TESTL AX, AX
	JZ pairNext
	VMOVUPS.Z (SI)(BX*1), K1, Z0
	VMOVUPS.Z (R12)(BX*1), K3, Z1
	VCVTNE2PS2BF16_Z0_Z1
	VPERMW Z1, Z2, Z1
	VMOVUPS Z1, K1, (DI)(BX*1)
pairNext:
	ADDQ R8, SI
	TESTQ R12, R12
	JZ pairLone
	ADDQ R8, R12
pairLone:
	ADDQ R9, DI
	DECQ R10
	JNZ pairRow
	VZEROUPPER
	RET

// func weaveRows(dst *float32, dstStep int, even, odd *float32, srcStep, rows, n int)
TEXT ·weaveRows(SB), NOSPLIT, $0-56
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R9
	MOVQ even+16(FP), SI
	MOVQ odd+24(FP), R12
	MOVQ srcStep+32(FP), R8
	MOVQ rows+40(FP), R10
	MOVQ n+48(FP), R11
	MOVL $0xFFFF, BX
	TESTQ R12, R12
	CMOVQEQ R12, BX
	KMOVW BX, K2
	MOVQ R11, CX
	ANDQ $15, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVW AX, K1
	ANDL AX, BX
	KMOVW BX, K3
	SHRQ $4, R11
weaveRow:
	XORQ BX, BX
	MOVQ R11, CX
	TESTQ CX, CX
	JZ weaveTail
weaveWhole:
	VPMOVZXWD (SI)(BX*1), Z0
	VPMOVZXWD.Z (R12)(BX*1), K2, Z1
	VPSLLD $16, Z1, Z1
	VPORD Z0, Z1, Z1
	VMOVUPS Z1, (DI)(BX*2)
	ADDQ $32, BX
	DECQ CX
	JNZ weaveWhole
weaveTail:
	TESTL AX, AX
	JZ weaveNext
	VPMOVZXWD.Z (SI)(BX*1), K1, Z0
	VPMOVZXWD.Z (R12)(BX*1), K3, Z1
	VPSLLD $16, Z1, Z1
	VPORD Z0, Z1, Z1
	VMOVUPS Z1, K1, (DI)(BX*2)
weaveNext:
	ADDQ R8, SI
	TESTQ R12, R12
	JZ weaveLone
	ADDQ R8, R12
weaveLone:
	ADDQ R9, DI
	DECQ R10
	JNZ weaveRow
	VZEROUPPER
	RET
