//go:build !noasm

#include "textflag.h"

// AVX2 loops of the normalisations. Every routine takes a count that is a positive multiple of 8 and gives the bits of the
// Go loop it stands for; the float64 sums add in the order of sum64Go.

// FOLD adds the eight float64 sums of a (0-3) and b (4-7) into the low number of x, which is a's lower half.
#define FOLD(a, b, x, y, spare) \
	VADDPD b, a, a \
	VEXTRACTF128 $1, a, spare \
	VADDPD spare, x, x \
	VUNPCKHPD x, x, spare \
	VADDSD spare, x, x

// func moments64Asm(x *float32, n int, c float32) (sum, square float64)
TEXT ·moments64Asm(SB), NOSPLIT, $0-40
	MOVQ x+0(FP), SI
	MOVQ n+8(FP), CX
	VBROADCASTSS c+16(FP), Y8
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3

momentsloop:
	VMOVUPS (SI), Y4
	VSUBPS Y8, Y4, Y4
	VEXTRACTF128 $1, Y4, X5
	VCVTPS2PD X4, Y4
	VCVTPS2PD X5, Y5
	VADDPD Y4, Y0, Y0
	VADDPD Y5, Y1, Y1
	VMULPD Y4, Y4, Y4
	VMULPD Y5, Y5, Y5
	VADDPD Y4, Y2, Y2
	VADDPD Y5, Y3, Y3
	ADDQ $32, SI
	SUBQ $8, CX
	JNZ  momentsloop
	FOLD(Y0, Y1, X0, X1, X6)
	FOLD(Y2, Y3, X2, X3, X6)
	VMOVSD X0, sum+24(FP)
	VMOVSD X2, square+32(FP)
	VZEROUPPER
	RET

// func products64Asm(dy, x *float32, n int, mean, s, b float32) (sum, product float64)
TEXT ·products64Asm(SB), NOSPLIT, $0-56
	MOVQ dy+0(FP), DX
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS mean+24(FP), Y8
	VBROADCASTSS s+28(FP), Y9
	VBROADCASTSS b+32(FP), Y10
	VXORPS Y11, Y11, Y11
	VXORPD Y0, Y0, Y0
	VXORPD Y1, Y1, Y1
	VXORPD Y2, Y2, Y2
	VXORPD Y3, Y3, Y3

productsloop:
	VMOVUPS (SI), Y4
	VSUBPS Y8, Y4, Y4
	VMULPS Y9, Y4, Y5
	VADDPS Y10, Y5, Y5
	VCMPPS $1, Y5, Y11, Y5 // 0 < y
	VANDPS (DX), Y5, Y5
	VEXTRACTF128 $1, Y4, X6
	VEXTRACTF128 $1, Y5, X7
	VCVTPS2PD X4, Y4
	VCVTPS2PD X5, Y5
	VCVTPS2PD X6, Y6
	VCVTPS2PD X7, Y7
	VADDPD Y5, Y0, Y0
	VADDPD Y7, Y1, Y1
	VMULPD Y5, Y4, Y4
	VMULPD Y7, Y6, Y6
	VADDPD Y4, Y2, Y2
	VADDPD Y6, Y3, Y3
	ADDQ $32, SI
	ADDQ $32, DX
	SUBQ $8, CX
	JNZ  productsloop
	FOLD(Y0, Y1, X0, X1, X6)
	FOLD(Y2, Y3, X2, X3, X6)
	VMOVSD X0, sum+40(FP)
	VMOVSD X2, product+48(FP)
	VZEROUPPER
	RET

// func affineReLUAsm(y, x, r *float32, n int, mean, s, b float32)
TEXT ·affineReLUAsm(SB), NOSPLIT, $0-44
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ r+16(FP), DX
	MOVQ n+24(FP), CX
	VBROADCASTSS mean+32(FP), Y1
	VBROADCASTSS s+36(FP), Y2
	VBROADCASTSS b+40(FP), Y3
	VXORPS Y4, Y4, Y4
	TESTQ DX, DX
	JNZ  affineaddloop

affinereluloop:
	VMOVUPS (SI), Y0
	VSUBPS Y1, Y0, Y0
	VMULPS Y2, Y0, Y0
	VADDPS Y3, Y0, Y0
	VMAXPS Y0, Y4, Y0
	VADDPS Y4, Y0, Y0 // -0 becomes 0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  affinereluloop
	VZEROUPPER
	RET

affineaddloop:
	VMOVUPS (SI), Y0
	VSUBPS Y1, Y0, Y0
	VMULPS Y2, Y0, Y0
	VADDPS Y3, Y0, Y0
	VADDPS (DX), Y0, Y0
	VMAXPS Y0, Y4, Y0
	VADDPS Y4, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  affineaddloop
	VZEROUPPER
	RET

// func affineReLUGradAsm(dx, dy, x *float32, n int, c *affineReLUStep)
TEXT ·affineReLUGradAsm(SB), NOSPLIT, $0-40
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	MOVQ c+32(FP), AX
	VBROADCASTSS 0(AX), Y1
	VBROADCASTSS 4(AX), Y2
	VBROADCASTSS 8(AX), Y3
	VBROADCASTSS 12(AX), Y4
	VBROADCASTSS 16(AX), Y5
	VBROADCASTSS 20(AX), Y6
	VXORPS Y7, Y7, Y7

affinerelugradloop:
	VMOVUPS (SI), Y0
	VSUBPS Y1, Y0, Y0
	VMULPS Y2, Y0, Y8
	VADDPS Y3, Y8, Y8
	VCMPPS $1, Y8, Y7, Y8
	VANDPS (DX), Y8, Y8
	VMULPS Y8, Y4, Y8
	VMULPS Y5, Y0, Y0
	VSUBPS Y0, Y8, Y0
	VSUBPS Y6, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  affinerelugradloop
	VZEROUPPER
	RET

// func layerSumsAsm(dgamma, dbeta *float64, dy, x *float32, n int, mean, rstd float32)
TEXT ·layerSumsAsm(SB), NOSPLIT, $0-48
	MOVQ dgamma+0(FP), R8
	MOVQ dbeta+8(FP), R9
	MOVQ dy+16(FP), DX
	MOVQ x+24(FP), SI
	MOVQ n+32(FP), CX
	VBROADCASTSS mean+40(FP), Y6
	VBROADCASTSS rstd+44(FP), Y7

layersumsloop:
	VMOVUPS (SI), Y0
	VMOVUPS (DX), Y1
	VSUBPS Y6, Y0, Y0
	VMULPS Y7, Y0, Y0
	VMULPS Y1, Y0, Y0
	VEXTRACTF128 $1, Y0, X2
	VEXTRACTF128 $1, Y1, X3
	VCVTPS2PD X0, Y0
	VCVTPS2PD X1, Y1
	VCVTPS2PD X2, Y2
	VCVTPS2PD X3, Y3
	VADDPD (R8), Y0, Y0
	VADDPD 32(R8), Y2, Y2
	VADDPD (R9), Y1, Y1
	VADDPD 32(R9), Y3, Y3
	VMOVUPD Y0, (R8)
	VMOVUPD Y2, 32(R8)
	VMOVUPD Y1, (R9)
	VMOVUPD Y3, 32(R9)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $64, R8
	ADDQ $64, R9
	SUBQ $8, CX
	JNZ  layersumsloop
	VZEROUPPER
	RET
