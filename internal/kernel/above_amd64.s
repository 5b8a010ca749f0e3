//go:build !noasm

#include "textflag.h"

// EIGHT puts the comparisons of the eight numbers at an offset, >= and false for a NaN, into the low byte of a register.
#define EIGHT(off, r) \
	VMOVUPS off(SI), Y0 \
	VSUBPS off(DX), Y0, Y0 \
	VCMPPS $0x1d, Y8, Y0, Y0 \
	VMOVMSKPS Y0, r

// func aboveAsm(mask *uint64, x, bias *float32, words int, least float32)
TEXT ·aboveAsm(SB), NOSPLIT, $0-36
	MOVQ mask+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ bias+16(FP), DX
	MOVQ words+24(FP), CX
	VBROADCASTSS least+32(FP), Y8

word:
	EIGHT(0, AX)
	EIGHT(32, BX)
	SHLQ $8, BX
	ORQ  BX, AX
	EIGHT(64, R8)
	SHLQ $16, R8
	ORQ  R8, AX
	EIGHT(96, R9)
	SHLQ $24, R9
	ORQ  R9, AX
	EIGHT(128, R10)
	SHLQ $32, R10
	ORQ  R10, AX
	EIGHT(160, R11)
	SHLQ $40, R11
	ORQ  R11, AX
	EIGHT(192, R12)
	SHLQ $48, R12
	ORQ  R12, AX
	EIGHT(224, R13)
	SHLQ $56, R13
	ORQ  R13, AX
	MOVQ AX, (DI)
	ADDQ $256, SI
	ADDQ $256, DX
	ADDQ $8, DI
	DECQ CX
	JNZ  word
	VZEROUPPER
	RET
