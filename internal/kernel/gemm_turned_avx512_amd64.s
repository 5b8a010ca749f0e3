//go:build !noasm

#include "textflag.h"
#include "gemm_avx512_amd64.h"

// Tiles of eight rows of a transposed left operand.

// func tile8PackedAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32,
//	alpha float32, mask uint32, base *float32, baseStep int, ahead *float32, aheadStep int)
//
// tile8AVX512 without a bias, for terms 32 bytes apart and packed panels. It asks for one line of the cache with every four terms, aheadStep bytes from one to the next.
TEXT ·tile8PackedAVX512(SB), NOSPLIT, $0-112
	ARGS
	ZERO8
	MOVQ DI, R15
	AHEAD8
	MOVQ ahead+96(FP), SI
	MOVQ aheadStep+104(FP), DX
	TESTQ SI, SI
	CMOVQEQ BX, SI
	SUBQ $4, CX
	JLT restPacked
fourPacked:
	PREFETCHT1 (SI)
	ADDQ DX, SI
	PANELAT(0, 64)
	ROWS8AT(0)
	PANELAT(128, 192)
	ROWS8AT(32)
	PANELAT(256, 320)
	ROWS8AT(64)
	PANELAT(384, 448)
	ROWS8AT(96)
	ADDQ $128, AX
	ADDQ $128, R12
	ADDQ $512, BX
	SUBQ $4, CX
	JGE fourPacked
restPacked:
	ADDQ $4, CX
	JZ storePacked
loopPacked:
	PANEL
	ROWS8
	NEXT
	JNZ loopPacked
storePacked:
	BASE
	STORE8
	VZEROUPPER
	RET

// func tile8LeftAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32,
//	alpha float32, mask uint32, base *float32, baseStep int, left, sums *float32)
//
// tile8AVX512 with rows of A one number apart and without a bias: it leaves what it reads of A at left, packed, and adds that up in
// sums. What it reads sixteen terms further on is asked for.
TEXT ·tile8LeftAVX512(SB), NOSPLIT, $0-112
	ARGS
	ZERO8
	MOVQ DI, R15
	AHEAD8
	MOVQ left+96(FP), R14
	MOVQ sums+104(FP), R15
	VMOVUPS (R15), Y25
	MOVQ R9, SI
	SHLQ $4, SI
	TESTQ CX, CX
	JZ storeLeft
loopLeft:
	PANEL
	PREFETCHT0 (AX)(SI*1)
	VMOVUPS (AX), Y26
	VMOVUPS Y26, (R14)
	VADDPS Y26, Y25, Y25
	ADDQ $32, R14
	ROWS8
	NEXT
	JNZ loopLeft
storeLeft:
	VMOVUPS Y25, (R15)
	BASE
	STORE8
	VZEROUPPER
	RET

// func tile8RightAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int, c *float32, ldc int, bias *float32,
//	alpha float32, mask uint32, base *float32, baseStep int, right *float32)
//
// The same of the panel, which it leaves at right.
TEXT ·tile8RightAVX512(SB), NOSPLIT, $0-104
	ARGS
	ZERO8
	MOVQ DI, R15
	AHEAD8
	MOVQ right+96(FP), R15
	MOVQ R11, SI
	SHLQ $4, SI
	TESTQ CX, CX
	JZ storeRight
loopRight:
	PANEL
	PREFETCHT0 (BX)(SI*1)
	PREFETCHT0 64(BX)(SI*1)
	VMOVUPS Z16, (R15)
	VMOVUPS Z17, 64(R15)
	ADDQ $128, R15
	ROWS8
	NEXT
	JNZ loopRight
storeRight:
	BASE
	STORE8
	VZEROUPPER
	RET
