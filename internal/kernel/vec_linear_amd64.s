//go:build !noasm

#include "textflag.h"

// AVX2. Every routine takes a count that is a positive multiple of 8. Only dotAsm fuses multiply and add: the others give
// the bits of the Go loops they stand for.

// func addAsm(dst, a, b *float32, n int)
TEXT ·addAsm(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

addloop:
	VMOVUPS (SI), Y0
	VADDPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  addloop
	VZEROUPPER
	RET

// func subAsm(dst, a, b *float32, n int)
TEXT ·subAsm(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

subloop:
	VMOVUPS (SI), Y0
	VSUBPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  subloop
	VZEROUPPER
	RET

// func mulAsm(dst, a, b *float32, n int)
TEXT ·mulAsm(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ n+24(FP), CX

mulloop:
	VMOVUPS (SI), Y0
	VMULPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  mulloop
	VZEROUPPER
	RET

// func reluGradAsm(dx, x, dy *float32, n int)
TEXT ·reluGradAsm(SB), NOSPLIT, $0-32
	MOVQ dx+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ dy+16(FP), DX
	MOVQ n+24(FP), CX
	VXORPS Y1, Y1, Y1

relugradloop:
	VCMPPS $1, (SI), Y1, Y0
	VANDPS (DX), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  relugradloop
	VZEROUPPER
	RET

// func reluAsm(dst, x *float32, n int)
TEXT ·reluAsm(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VXORPS Y1, Y1, Y1

reluloop:
	VMOVUPS (SI), Y0
	VMAXPS Y0, Y1, Y0
	VADDPS Y1, Y0, Y0 // -0 becomes 0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  reluloop
	VZEROUPPER
	RET

// func scaleAsm(dst *float32, alpha float32, x *float32, n int)
TEXT ·scaleAsm(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	VBROADCASTSS alpha+8(FP), Y1
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX

scaleloop:
	VMULPS (SI), Y1, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  scaleloop
	VZEROUPPER
	RET

// func axpyAsm(alpha float32, x, y *float32, n int)
TEXT ·axpyAsm(SB), NOSPLIT, $0-32
	VBROADCASTSS alpha+0(FP), Y1
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ n+24(FP), CX

axpyloop:
	VMULPS (SI), Y1, Y0
	VADDPS (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  axpyloop
	VZEROUPPER
	RET

// func affineAsm(y, x *float32, n int, mean, s, b float32)
TEXT ·affineAsm(SB), NOSPLIT, $0-36
	MOVQ y+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	VBROADCASTSS mean+24(FP), Y1
	VBROADCASTSS s+28(FP), Y2
	VBROADCASTSS b+32(FP), Y3

affineloop:
	VMOVUPS (SI), Y0
	VSUBPS Y1, Y0, Y0
	VMULPS Y2, Y0, Y0
	VADDPS Y3, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  affineloop
	VZEROUPPER
	RET

// func affineGradAsm(dx, dy, x *float32, n int, mean, d, k, s float32)
TEXT ·affineGradAsm(SB), NOSPLIT, $0-48
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ n+24(FP), CX
	VBROADCASTSS mean+32(FP), Y1
	VBROADCASTSS d+36(FP), Y2
	VBROADCASTSS k+40(FP), Y3
	VBROADCASTSS s+44(FP), Y4

affinegradloop:
	VMULPS (DX), Y2, Y5
	VMOVUPS (SI), Y0
	VSUBPS Y1, Y0, Y0
	VMULPS Y3, Y0, Y0
	VSUBPS Y0, Y5, Y0
	VSUBPS Y4, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  affinegradloop
	VZEROUPPER
	RET

// func adamwAsm(w, grad, m, v *float32, n int, c *adamwStep)
TEXT ·adamwAsm(SB), NOSPLIT, $0-48
	MOVQ w+0(FP), DI
	MOVQ grad+8(FP), SI
	MOVQ m+16(FP), R9
	MOVQ v+24(FP), R10
	MOVQ n+32(FP), CX
	MOVQ c+40(FP), DX
	VBROADCASTSS 0(DX), Y8
	VBROADCASTSS 4(DX), Y9
	VBROADCASTSS 8(DX), Y10
	VBROADCASTSS 12(DX), Y11
	VBROADCASTSS 16(DX), Y12
	VBROADCASTSS 20(DX), Y13
	VBROADCASTSS 24(DX), Y14
	VBROADCASTSS 28(DX), Y15

adamwloop:
	VMOVUPS (SI), Y0
	VMULPS (R9), Y8, Y1
	VMULPS Y0, Y9, Y2
	VADDPS Y2, Y1, Y1
	VMOVUPS Y1, (R9)
	VMULPS Y0, Y0, Y0
	VMULPS Y11, Y0, Y0
	VMULPS (R10), Y10, Y2
	VADDPS Y0, Y2, Y2
	VMOVUPS Y2, (R10)
	VMULPS Y13, Y2, Y2
	VSQRTPS Y2, Y2
	VADDPS Y14, Y2, Y2
	VMULPS Y12, Y1, Y1
	VDIVPS Y2, Y1, Y1
	VMULPS (DI), Y15, Y0
	VSUBPS Y1, Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, R9
	ADDQ $32, R10
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ  adamwloop
	VZEROUPPER
	RET
