//go:build !noasm

#include "textflag.h"

// func packPiecesAVX512(dst, src *float32, step, rows int, low *packPiece, lows int, high *packPiece, highs int)
//
// There is a piece for either half, maybe an empty one.
TEXT ·packPiecesAVX512(SB), NOSPLIT, $0-64
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ step+16(FP), R8
	MOVQ rows+24(FP), CX
row:
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	MOVQ low+32(FP), BX
	MOVQ lows+40(FP), DX
low:
	MOVQ (BX), R11
	KMOVW 8(BX), K1
	VMOVUPS (SI)(R11*1), K1, Z0
	ADDQ $16, BX
	DECQ DX
	JNZ low
	MOVQ high+48(FP), BX
	MOVQ highs+56(FP), DX
high:
	MOVQ (BX), R11
	KMOVW 8(BX), K1
	VMOVUPS (SI)(R11*1), K1, Z1
	ADDQ $16, BX
	DECQ DX
	JNZ high
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	ADDQ R8, SI
	ADDQ $128, DI
	DECQ CX
	JNZ row
	VZEROUPPER
	RET

// func packIndexAVX512(dst, src *float32, step, rows int, index *int32, mask uint32)
TEXT ·packIndexAVX512(SB), NOSPLIT, $0-44
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ step+16(FP), R8
	MOVQ rows+24(FP), CX
	MOVQ index+32(FP), BX
	MOVL mask+40(FP), DX
	VMOVDQU32 (BX), Z2
	VMOVDQU32 64(BX), Z3
	KMOVW DX, K1
	SHRL $16, DX
	KMOVW DX, K2
indexed:
	KMOVW K1, K3
	KMOVW K2, K4
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VGATHERDPS (SI)(Z2*4), K3, Z0
	VGATHERDPS (SI)(Z3*4), K4, Z1
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	ADDQ R8, SI
	ADDQ $128, DI
	DECQ CX
	JNZ indexed
	VZEROUPPER
	RET
