//go:build !noasm

#include "textflag.h"

// func decodeAsm(dst *float32, codes *byte, base, step *float32, eights int)
TEXT ·decodeAsm(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ codes+8(FP), SI
	MOVQ base+16(FP), DX
	MOVQ step+24(FP), BX
	MOVQ eights+32(FP), CX

eight:
	VPMOVZXBD (SI), Y0
	VCVTDQ2PS Y0, Y0
	VMULPS (BX), Y0, Y0
	VADDPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $8, SI
	ADDQ $32, BX
	ADDQ $32, DX
	ADDQ $32, DI
	DECQ CX
	JNZ  eight
	VZEROUPPER
	RET
