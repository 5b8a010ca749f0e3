//go:build !noasm

#include "textflag.h"
#include "amx_amd64.h"

// The fields of blocksJob.
#define STEPS 0(R15)
#define COUNTS 8(R15)
#define BLOCKS 16(R15)
#define DEPTH 24(R15)
#define A 32(R15)
#define BACK 40(R15)
#define B 48(R15)
#define C 56(R15)
#define CSTEP 64(R15)
#define ADDING 72(R15)
#define HALF 80(R15)

// func amxBlocks(j *blocksJob)
//
// As amxProduct, of tiles that lie in one piece, with sums that begin with what is in C. R14 is the step, R13 the steps left.
TEXT ·amxBlocks(SB), NOSPLIT, $0-8
	MOVQ j+0(FP), R15
	LEAQ ·amxConfig(SB), AX
	LDTILECFG_AX
	MOVQ STEPS, R14
	MOVQ COUNTS, R11
	MOVQ BLOCKS, R10
	MOVQ A, R8
	SUBQ BACK, R8
	MOVQ B, R12
	MOVQ C, R9
	MOVQ $64, DX
	MOVQ $128, CX
block:
	MOVQ (R11), R13
	ADDQ $8, R11
	CMPQ HALF, $0
	JNE half
	CMPQ ADDING, $0
	JNE load
	TILEZERO(0xC0)
	TILEZERO(0xC8)
	TILEZERO(0xD0)
	TILEZERO(0xD8)
	JMP loaded
load:
	MOVQ R9, SI
	LEAQ 2048(R9), DI
	TILELOADD(0x04, SI_CX)
	TILELOADD64(0x4C, SI_CX)
	TILELOADD(0x14, DI_CX)
	TILELOADD64(0x5C, DI_CX)
loaded:
	TESTQ R13, R13
	JZ store
step:
	MOVQ (R14), SI
	ADDQ R8, SI
	LEAQ 1024(SI), DI
	MOVQ 8(R14), BX
	ADDQ R12, BX
	ADDQ $16, R14
	MOVQ DEPTH, AX
deeper:
	TILELOADD(0x34, BX_CX)
	TILELOADD(0x24, SI_DX)
	TILELOADD64(0x7C, BX_CX)
	TDPBF16PS(0x4A, 0xC4)
	TILELOADD(0x2C, DI_DX)
	TDPBF16PS(0x42, 0xCC)
	TDPBF16PS(0x4A, 0xD5)
	TDPBF16PS(0x42, 0xDD)
	ADDQ $2048, SI
	ADDQ $2048, DI
	ADDQ $2048, BX
	DECQ AX
	JNZ deeper
	DECQ R13
	JNZ step
store:
	MOVQ R9, AX
	TILESTORED(0x84, 0)
	TILESTORED(0x8C, 64)
	TILESTORED(0x94, 2048)
	TILESTORED(0x9C, 2112)
next:
	ADDQ CSTEP, R9
	DECQ R10
	JNZ block
	TILERELEASE
	RET
half:
	CMPQ ADDING, $0
	JNE halfLoad
	TILEZERO(0xC0)
	TILEZERO(0xC8)
	JMP halfLoaded
halfLoad:
	MOVQ R9, SI
	TILELOADD(0x04, SI_CX)
	TILELOADD64(0x4C, SI_CX)
halfLoaded:
	TESTQ R13, R13
	JZ halfStore
halfStep:
	MOVQ (R14), SI
	ADDQ R8, SI
	MOVQ 8(R14), BX
	ADDQ R12, BX
	ADDQ $16, R14
	MOVQ DEPTH, AX
halfDeeper:
	TILELOADD(0x34, BX_CX)
	TILELOADD(0x24, SI_DX)
	TILELOADD64(0x7C, BX_CX)
	TDPBF16PS(0x4A, 0xC4)
	TDPBF16PS(0x42, 0xCC)
	ADDQ $2048, SI
	ADDQ $2048, BX
	DECQ AX
	JNZ halfDeeper
	DECQ R13
	JNZ halfStep
halfStore:
	MOVQ R9, AX
	TILESTORED(0x84, 0)
	TILESTORED(0x8C, 64)
	JMP next
