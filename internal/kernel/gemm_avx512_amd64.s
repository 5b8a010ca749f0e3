//go:build !noasm

#include "textflag.h"
#include "gemm_avx512_amd64.h"

// func tileRAVX512(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int,
//	c *float32, ldc int, bias *float32, alpha float32, mask uint32, base *float32, baseStep int)
//
// R rows (8, 4, 2 or 1) by 32 columns. Row r is summed in Z(2r), Z(2r+1).
// Z16 and Z17 hold a row of the panel, Z18 to Z21 one number of a row of A
// each. AX points at rows 0 to 3 of A and R12 at rows 4 to 7. Eight rows ask for aheadStep bytes from ahead on with every term
// (ahead, aheadStep int); with ahead nil aheadStep is 0.
//
// Where the terms of a row and the rows of the panel lie one behind the other, eight rows take four terms at a time, with fewer
// instructions beside the multiply-adds, and ask for the eight rows behind them where these are close.

TEXT ·tile8AVX512(SB), NOSPLIT, $0-112
	ARGS
	TESTQ SI, SI
	JZ zero8
	BIAS((SI), Z0, Z1)
	BIAS(4(SI), Z2, Z3)
	BIAS(8(SI), Z4, Z5)
	BIAS(12(SI), Z6, Z7)
	BIAS(16(SI), Z8, Z9)
	BIAS(20(SI), Z10, Z11)
	BIAS(24(SI), Z12, Z13)
	BIAS(28(SI), Z14, Z15)
	JMP start8
zero8:
	ZERO8
start8:
	MOVQ DI, R15
	AHEAD8
	MOVQ ahead+96(FP), SI
	MOVQ aheadStep+104(FP), DX
	TESTQ SI, SI
	CMOVQEQ BX, SI
	TESTQ CX, CX
	JZ store8
	CMPQ R9, $4
	JNE loop8
	CMPQ R11, $128
	JNE loop8
	LEAQ (CX)(CX*4), R14
	LEAQ (AX)(R8*8), R15
	CMPQ R8, R14
	MOVQ $128, R14
	JLE near8
	MOVQ BX, R15
	XORL R14, R14
near8:
	SUBQ $4, CX
	JLT rest8
four8:
	PANELAT(0, 64)
	PREFETCHT1 (SI)
	ROWS8AT(0)
	PANELAT(128, 192)
	PREFETCHT0 (R15)
	ROWS8AT(4)
	PANELAT(256, 320)
	PREFETCHT1 (SI)(DX*2)
	LEAQ (SI)(DX*4), SI
	ROWS8AT(8)
	PANELAT(384, 448)
	PREFETCHT0 64(R15)
	ADDQ R14, R15
	ROWS8AT(12)
	ADDQ $16, AX
	ADDQ $16, R12
	ADDQ $512, BX
	SUBQ $4, CX
	JGE four8
rest8:
	ADDQ $4, CX
	JZ store8
loop8:
	PANEL
	PREFETCHT1 (SI)
	ADDQ DX, SI
	ROWS8
	NEXT
	JNZ loop8
store8:
	BASE
	STORE8
	VZEROUPPER
	RET

// HALF is a row of up to sixteen columns, and HALFSTORE stores its sums.
#define HALF(mem, z) VFMADD231PS.BCST mem, Z16, z
#define HALFSTORE(z) \
	VMOVUPS.Z (SI), K3, Z23; \
	ADDQ R14, SI; \
	VFMADD213PS Z23, Z22, z; \
	VMOVUPS z, K1, (DI); \
	ADDQ R13, DI

// tile8HalfAVX512 is tile8AVX512 for at most sixteen columns.
TEXT ·tile8HalfAVX512(SB), NOSPLIT, $0-112
	ARGS
	TESTQ SI, SI
	JZ zeroHalf
	VBROADCASTSS (SI), Z0
	VBROADCASTSS 4(SI), Z1
	VBROADCASTSS 8(SI), Z2
	VBROADCASTSS 12(SI), Z3
	VBROADCASTSS 16(SI), Z4
	VBROADCASTSS 20(SI), Z5
	VBROADCASTSS 24(SI), Z6
	VBROADCASTSS 28(SI), Z7
	JMP startHalf
zeroHalf:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)
startHalf:
	MOVQ ahead+96(FP), SI
	MOVQ aheadStep+104(FP), DX
	TESTQ SI, SI
	CMOVQEQ BX, SI
	TESTQ CX, CX
	JZ storeHalf
loopHalf:
	VMOVUPS (BX), Z16
	PREFETCHT1 (SI)
	ADDQ DX, SI
	HALF((AX), Z0)
	HALF((AX)(R8*1), Z1)
	HALF((AX)(R8*2), Z2)
	HALF((AX)(R10*1), Z3)
	HALF((R12), Z4)
	HALF((R12)(R8*1), Z5)
	HALF((R12)(R8*2), Z6)
	HALF((R12)(R10*1), Z7)
	NEXT
	JNZ loopHalf
storeHalf:
	BASE
	HALFSTORE(Z0)
	HALFSTORE(Z1)
	HALFSTORE(Z2)
	HALFSTORE(Z3)
	HALFSTORE(Z4)
	HALFSTORE(Z5)
	HALFSTORE(Z6)
	HALFSTORE(Z7)
	VZEROUPPER
	RET

TEXT ·tile4AVX512(SB), NOSPLIT, $0-96
	ARGS
	TESTQ SI, SI
	JZ zero4
	BIAS((SI), Z0, Z1)
	BIAS(4(SI), Z2, Z3)
	BIAS(8(SI), Z4, Z5)
	BIAS(12(SI), Z6, Z7)
	JMP start4
zero4:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)
start4:
	TESTQ CX, CX
	JZ store4
loop4:
	PANEL
	ROW((AX), Z18, Z0, Z1)
	ROW((AX)(R8*1), Z19, Z2, Z3)
	ROW((AX)(R8*2), Z20, Z4, Z5)
	ROW((AX)(R10*1), Z21, Z6, Z7)
	NEXT
	JNZ loop4
store4:
	BASE
	STORE(Z0, Z1)
	STORE(Z2, Z3)
	STORE(Z4, Z5)
	STORE(Z6, Z7)
	VZEROUPPER
	RET

TEXT ·tile2AVX512(SB), NOSPLIT, $0-96
	ARGS
	TESTQ SI, SI
	JZ zero2
	BIAS((SI), Z0, Z1)
	BIAS(4(SI), Z2, Z3)
	JMP start2
zero2:
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
start2:
	TESTQ CX, CX
	JZ store2
loop2:
	PANEL
	ROW((AX), Z18, Z0, Z1)
	ROW((AX)(R8*1), Z19, Z2, Z3)
	NEXT
	JNZ loop2
store2:
	BASE
	STORE(Z0, Z1)
	STORE(Z2, Z3)
	VZEROUPPER
	RET

TEXT ·tile1AVX512(SB), NOSPLIT, $0-96
	ARGS
	TESTQ SI, SI
	JZ zero1
	BIAS((SI), Z0, Z1)
	JMP start1
zero1:
	ZERO(Z0, Z1)
start1:
	TESTQ CX, CX
	JZ store1
loop1:
	PANEL
	ROW((AX), Z18, Z0, Z1)
	NEXT
	JNZ loop1
store1:
	BASE
	STORE(Z0, Z1)
	VZEROUPPER
	RET

// func copyRowsAVX512(dst, src *float32, off, step, rows int, mask uint32)
TEXT ·copyRowsAVX512(SB), NOSPLIT, $0-44
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	ADDQ off+16(FP), SI
	MOVQ step+24(FP), R8
	MOVQ rows+32(FP), CX
	MOVL mask+40(FP), DX
	TESTQ CX, CX
	JZ copied
	CMPL DX, $-1
	JNE masked
whole:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	ADDQ R8, SI
	ADDQ $128, DI
	DECQ CX
	JNZ whole
	JMP copied
masked:
	KMOVW DX, K1
	SHRL $16, DX
	KMOVW DX, K2
some:
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z 64(SI), K2, Z1
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	ADDQ R8, SI
	ADDQ $128, DI
	DECQ CX
	JNZ some
copied:
	VZEROUPPER
	RET
