//go:build !noasm

#include "textflag.h"

// func globalMaxAVX512(y *float32, arg *int32, x *float32, t, rows int, mask uint32) int
TEXT ·globalMaxAVX512(SB), NOSPLIT, $0-56
	MOVQ y+0(FP), DI
	MOVQ arg+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ t+24(FP), R8
	SHLQ $2, R8
	MOVQ rows+32(FP), CX
	MOVL mask+40(FP), AX
	KMOVW AX, K1
	MOVL $0xff800000, AX // -infinity
	VPBROADCASTD AX, Z31
top:
	VMOVAPS Z31, Z0
	VMOVUPS (SI), K1, Z0
	VCMPPS $3, Z0, Z0, K2 // a NaN
	KORTESTW K2, K2
	JNZ topped
	VEXTRACTF32X8 $1, Z0, Y1
	VMAXPS Y1, Y0, Y1
	VEXTRACTF128 $1, Y1, X2
	VMAXPS X2, X1, X1
	VPERMILPS $0x4e, X1, X2
	VMAXPS X2, X1, X1
	VPERMILPS $0xb1, X1, X2
	VMAXPS X2, X1, X1
	VBROADCASTSS X1, Z1
	VCMPPS $0, Z1, Z0, K1, K2
	KMOVW K2, AX
	BSFL AX, AX
	MOVL (SI)(AX*4), BX
	MOVL BX, (DI)
	MOVL AX, (DX)
	ADDQ R8, SI
	ADDQ $4, DI
	ADDQ $4, DX
	DECQ CX
	JNZ top
topped:
	MOVQ rows+32(FP), AX
	SUBQ CX, AX
	MOVQ AX, ret+48(FP)
	VZEROUPPER
	RET

// func moveRowsAVX512(dst, src *float32, dstStep, srcStep, rows, sixteens int, mask uint32)
TEXT ·moveRowsAVX512(SB), NOSPLIT, $0-52
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ dstStep+16(FP), R8
	MOVQ srcStep+24(FP), R9
	MOVQ rows+32(FP), CX
	MOVQ sixteens+40(FP), R10
	SHLQ $6, R10
	MOVL mask+48(FP), AX
	KMOVW AX, K1
move:
	XORQ AX, AX
	JMP whole
sixteen:
	VMOVUPS (SI)(AX*1), Z0
	VMOVUPS Z0, (DI)(AX*1)
	ADDQ $64, AX
whole:
	CMPQ AX, R10
	JB sixteen
	VMOVUPS.Z (SI)(AX*1), K1, Z0
	VMOVUPS Z0, K1, (DI)(AX*1)
	ADDQ R9, SI
	ADDQ R8, DI
	DECQ CX
	JNZ move
	VZEROUPPER
	RET
