//go:build !noasm

#include "textflag.h"

// Z0 to sixteen bfloat16 in Y1.
#define VCVTNEPS2BF16_Z0_Y1 BYTE $0x62; BYTE $0xF2; BYTE $0x7E; BYTE $0x48; BYTE $0x72; BYTE $0xC8

// WANTED4 asks for four lines from DI+4*BX on, to write them: PREFETCHW, which Go's assembler does not know. Asked for to be read, lines that another core
// has written would have to be asked for again.
#define WANTED4 \
	BYTE $0x0F; BYTE $0x0D; BYTE $0x0C; BYTE $0x9F; \
	BYTE $0x0F; BYTE $0x0D; BYTE $0x4C; BYTE $0x9F; BYTE $0x40; \
	BYTE $0x0F; BYTE $0x0D; BYTE $0x8C; BYTE $0x9F; LONG $128; \
	BYTE $0x0F; BYTE $0x0D; BYTE $0x8C; BYTE $0x9F; LONG $192

// FOLD adds the eight float64 sums of z in the order of fold; the sum is in x, the low part of z and y.
#define FOLD(z, y, x) \
	VEXTRACTF64X4 $1, z, Y1; \
	VADDPD Y1, y, y; \
	VEXTRACTF128 $1, y, X1; \
	VADDPD X1, x, x; \
	VUNPCKHPD x, x, X1; \
	VADDSD X1, x, x

// NORMALISE leaves sixteen numbers from SI+BX on, normalised, in Z0.
#define NORMALISE \
	VMOVUPS (SI)(BX*1), Z0; \
	VSUBPS Z4, Z0, Z0; \
	VMULPS Z5, Z0, Z0; \
	VADDPS Z6, Z0, Z0; \
	VMULPS (R8)(BX*1), Z0, Z0; \
	VADDPS (R9)(BX*1), Z0, Z0

// FOLD4 is FOLD of the sums of four rows in Z0 to Z3; those of the rows are in Y0.
#define FOLD4 \
	HALVES(Z0, Y0, X0, Y8, X8); \
	HALVES(Z1, Y1, X1, Y9, X9); \
	HALVES(Z2, Y2, X2, Y10, X10); \
	HALVES(Z3, Y3, X3, Y11, X11); \
	VUNPCKLPD X1, X0, X8; \
	VUNPCKHPD X1, X0, X9; \
	VUNPCKLPD X3, X2, X10; \
	VUNPCKHPD X3, X2, X11; \
	VADDPD X9, X8, X0; \
	VADDPD X11, X10, X2; \
	VINSERTF128 $1, X2, Y0, Y0

// HALVES adds the upper half of z to the lower one, and then of the half; t is overwritten.
#define HALVES(z, y, x, t, tx) \
	VEXTRACTF64X4 $1, z, t; \
	VADDPD t, y, y; \
	VEXTRACTF128 $1, y, tx; \
	VADDPD tx, x, x

// ROWSUM adds eight numbers of a row to its sum, and ROWSQUARE the squares of what they are apart from the mean.
#define ROWSUM(mem, t, sum) \
	VCVTPS2PD mem, t; \
	VADDPD t, sum, sum
#define ROWSQUARE(mem, mean, t, sum) \
	VCVTPS2PD mem, t; \
	VSUBPD mean, t, t; \
	VMULPD t, t, t; \
	VADDPD t, sum, sum

// ROWWRITE is NORMALISE with scale in Z4, shift in Z5 and zeros in Z6.
#define ROWWRITE(from, to, mean, rstd, t) \
	VMOVUPS from, t; \
	VSUBPS mean, t, t; \
	VMULPS rstd, t, t; \
	VADDPS Z6, t, t; \
	VMULPS Z4, t, t; \
	VADDPS Z5, t, t; \
	VMOVUPS t, to

// func layerNormAVX512(y *float32, narrow int, x, gamma, beta, mean, rstd *float32, rows, n int, eps float64)
//
// R13 is the bytes of a row, Y14 the numbers in it, Y15 eps, Y13 one and Z6 zeros. Four rows at a time, unless they are narrow, so
// that none waits for the sums of the others; R15 is the bytes of three rows.
TEXT ·layerNormAVX512(SB), NOSPLIT, $32-80
	MOVQ y+0(FP), DI
	MOVQ narrow+8(FP), R14
	MOVQ x+16(FP), SI
	MOVQ gamma+24(FP), R8
	MOVQ beta+32(FP), R9
	MOVQ mean+40(FP), R10
	MOVQ rstd+48(FP), R11
	MOVQ rows+56(FP), R12
	MOVQ n+64(FP), R13
	VMOVSD eps+72(FP), X15
	VXORPD X14, X14, X14
	VCVTSI2SDQ R13, X14, X14
	MOVQ $1, AX
	VXORPD X13, X13, X13
	VCVTSI2SDQ AX, X13, X13
	VPXORD Z6, Z6, Z6
	SHLQ $2, R13
	LEAQ (R13)(R13*2), R15
	VBROADCASTSD X13, Y13
	VBROADCASTSD X14, Y14
	VBROADCASTSD X15, Y15
	TESTQ R14, R14
	JNZ normRow
normFour:
	CMPQ R12, $4
	JLT normLeft
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	MOVQ SI, AX
	LEAQ (SI)(R13*4), DX
	XORQ BX, BX
fourSum:
	PREFETCHT0 (DX)
	PREFETCHT0 (DX)(R13*1)
	PREFETCHT0 (DX)(R13*2)
	PREFETCHT0 (DX)(R15*1)
	ROWSUM((AX), Z8, Z0)
	ROWSUM((AX)(R13*1), Z9, Z1)
	ROWSUM((AX)(R13*2), Z10, Z2)
	ROWSUM((AX)(R15*1), Z11, Z3)
	ROWSUM(32(AX), Z8, Z0)
	ROWSUM(32(AX)(R13*1), Z9, Z1)
	ROWSUM(32(AX)(R13*2), Z10, Z2)
	ROWSUM(32(AX)(R15*1), Z11, Z3)
	ADDQ $64, AX
	ADDQ $64, DX
	ADDQ $64, BX
	CMPQ BX, R13
	JNE fourSum
	FOLD4
	VDIVPD Y14, Y0, Y0
	VMOVUPD Y0, means-32(SP)
	VCVTPD2PSY Y0, X1
	VMOVUPS X1, (R10)
	VBROADCASTSD means-32(SP), Z16
	VBROADCASTSD means-24(SP), Z17
	VBROADCASTSD means-16(SP), Z18
	VBROADCASTSD means-8(SP), Z19
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	MOVQ SI, AX
	XORQ BX, BX
fourSquare:
	WANTED4
	ROWSQUARE((AX), Z16, Z8, Z0)
	ROWSQUARE((AX)(R13*1), Z17, Z9, Z1)
	ROWSQUARE((AX)(R13*2), Z18, Z10, Z2)
	ROWSQUARE((AX)(R15*1), Z19, Z11, Z3)
	ROWSQUARE(32(AX), Z16, Z8, Z0)
	ROWSQUARE(32(AX)(R13*1), Z17, Z9, Z1)
	ROWSQUARE(32(AX)(R13*2), Z18, Z10, Z2)
	ROWSQUARE(32(AX)(R15*1), Z19, Z11, Z3)
	ADDQ $64, AX
	ADDQ $64, BX
	CMPQ BX, R13
	JNE fourSquare
	FOLD4
	VDIVPD Y14, Y0, Y0
	VADDPD Y15, Y0, Y0
	VSQRTPD Y0, Y0
	VDIVPD Y0, Y13, Y0
	VCVTPD2PSY Y0, X0
	VMOVUPS X0, (R11)
	VBROADCASTSS (R10), Z16
	VBROADCASTSS 4(R10), Z17
	VBROADCASTSS 8(R10), Z18
	VBROADCASTSS 12(R10), Z19
	VBROADCASTSS (R11), Z20
	VBROADCASTSS 4(R11), Z21
	VBROADCASTSS 8(R11), Z22
	VBROADCASTSS 12(R11), Z23
	XORQ BX, BX
fourWrite:
	VMOVUPS (R8)(BX*1), Z4
	VMOVUPS (R9)(BX*1), Z5
	ROWWRITE((SI), (DI), Z16, Z20, Z8)
	ROWWRITE((SI)(R13*1), (DI)(R13*1), Z17, Z21, Z9)
	ROWWRITE((SI)(R13*2), (DI)(R13*2), Z18, Z22, Z10)
	ROWWRITE((SI)(R15*1), (DI)(R15*1), Z19, Z23, Z11)
	ADDQ $64, SI
	ADDQ $64, DI
	ADDQ $64, BX
	CMPQ BX, R13
	JNE fourWrite
	ADDQ R15, SI
	ADDQ R15, DI
	ADDQ $16, R10
	ADDQ $16, R11
	SUBQ $4, R12
	JMP normFour
normLeft:
	TESTQ R12, R12
	JZ normDone
normRow:
	VPXORD Z0, Z0, Z0
	XORQ BX, BX
normSum:
	VCVTPS2PD (SI)(BX*1), Z2
	VADDPD Z2, Z0, Z0
	VCVTPS2PD 32(SI)(BX*1), Z2
	VADDPD Z2, Z0, Z0
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normSum
	FOLD(Z0, Y0, X0)
	VDIVSD X14, X0, X3
	VBROADCASTSD X3, Z7
	VCVTSD2SS X3, X3, X4
	VMOVSS X4, (R10)
	VBROADCASTSS X4, Z4
	VPXORD Z0, Z0, Z0
	XORQ BX, BX
normSquare:
	VCVTPS2PD (SI)(BX*1), Z2
	VCVTPS2PD 32(SI)(BX*1), Z3
	VSUBPD Z7, Z2, Z2
	VSUBPD Z7, Z3, Z3
	VMULPD Z2, Z2, Z2
	VMULPD Z3, Z3, Z3
	VADDPD Z2, Z0, Z0
	VADDPD Z3, Z0, Z0
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normSquare
	FOLD(Z0, Y0, X0)
	VDIVSD X14, X0, X0
	VADDSD X15, X0, X0
	VSQRTSD X0, X0, X0
	VDIVSD X0, X13, X0
	VCVTSD2SS X0, X0, X5
	VMOVSS X5, (R11)
	VBROADCASTSS X5, Z5
	XORQ BX, BX
	TESTQ R14, R14
	JNZ normNarrow
normWide:
	NORMALISE
	VMOVUPS Z0, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normWide
	ADDQ R13, DI
	JMP normNext
normNarrow:
	NORMALISE
	VCVTNEPS2BF16_Z0_Y1
	VMOVDQU Y1, (DI)
	ADDQ $32, DI
	ADDQ $64, BX
	CMPQ BX, R13
	JNE normNarrow
normNext:
	ADDQ R13, SI
	ADDQ $4, R10
	ADDQ $4, R11
	DECQ R12
	JNZ normRow
normDone:
	VZEROUPPER
	RET

// SUMS adds what eight columns from at bytes on give the gradients by scale and shift.
#define SUMS(at, dgamma, dbeta) \
	VMOVUPS at(SI), Y0; \
	VSUBPS Y2, Y0, Y0; \
	VMULPS Y3, Y0, Y0; \
	VMULPS at(DX), Y0, Y0; \
	VCVTPS2PD Y0, Z0; \
	VCVTPS2PD at(DX), Z1; \
	VADDPD Z0, dgamma, dgamma; \
	VADDPD Z1, dbeta, dbeta

// func layerSumsAVX512(dgamma, dbeta *float64, dy, x *float32, step int, mean, rstd *float32, rows int)
//
// layerSums of 32 columns of rows step bytes apart.
TEXT ·layerSumsAVX512(SB), NOSPLIT, $0-64
	MOVQ dgamma+0(FP), R8
	MOVQ dbeta+8(FP), R9
	MOVQ dy+16(FP), DX
	MOVQ x+24(FP), SI
	MOVQ step+32(FP), R10
	MOVQ mean+40(FP), R11
	MOVQ rstd+48(FP), R12
	MOVQ rows+56(FP), CX
	VMOVUPD (R8), Z8
	VMOVUPD 64(R8), Z9
	VMOVUPD 128(R8), Z10
	VMOVUPD 192(R8), Z11
	VMOVUPD (R9), Z12
	VMOVUPD 64(R9), Z13
	VMOVUPD 128(R9), Z14
	VMOVUPD 192(R9), Z15
sumsRow:
	VBROADCASTSS (R11), Y2
	VBROADCASTSS (R12), Y3
	PREFETCHT0 (SI)(R10*8)
	PREFETCHT0 64(SI)(R10*8)
	PREFETCHT0 (DX)(R10*8)
	PREFETCHT0 64(DX)(R10*8)
	SUMS(0, Z8, Z12)
	SUMS(32, Z9, Z13)
	SUMS(64, Z10, Z14)
	SUMS(96, Z11, Z15)
	ADDQ R10, SI
	ADDQ R10, DX
	ADDQ $4, R11
	ADDQ $4, R12
	DECQ CX
	JNZ sumsRow
	VMOVUPD Z8, (R8)
	VMOVUPD Z9, 64(R8)
	VMOVUPD Z10, 128(R8)
	VMOVUPD Z11, 192(R8)
	VMOVUPD Z12, (R9)
	VMOVUPD Z13, 64(R9)
	VMOVUPD Z14, 128(R9)
	VMOVUPD Z15, 192(R9)
	VZEROUPPER
	RET

// GRADIENT leaves sixteen numbers of the gradient by a row of layerNormGradAVX512, from BX bytes on, in Z0.
#define GRADIENT \
	VMOVUPS (DX)(BX*1), Z0; \
	VMULPS (R8)(BX*1), Z0, Z0; \
	VMULPS Z5, Z0, Z0; \
	VMOVUPS (SI)(BX*1), Z1; \
	VSUBPS Z4, Z1, Z1; \
	VMULPS Z7, Z1, Z1; \
	VSUBPS Z1, Z0, Z0; \
	VSUBPS Z6, Z0, Z0

// GRADSUMS adds sixteen numbers of a row to its sums.
#define GRADSUMS(dy, x, mean, sum, product) \
	VMULPS dy, Z24, Z8; \
	VMOVUPS x, Z9; \
	VSUBPS mean, Z9, Z9; \
	VEXTRACTF64X4 $1, Z8, Y11; \
	VEXTRACTF64X4 $1, Z9, Y13; \
	VCVTPS2PD Y8, Z10; \
	VCVTPS2PD Y11, Z11; \
	VCVTPS2PD Y9, Z12; \
	VCVTPS2PD Y13, Z13; \
	VADDPD Z10, sum, sum; \
	VADDPD Z11, sum, sum; \
	VFMADD231PD Z10, Z12, product; \
	VFMADD231PD Z11, Z13, product

// GRADWRITE leaves sixteen numbers of the gradient by a row in z.
#define GRADWRITE(dy, x, mean, rstd, k, mid, z) \
	VMULPS dy, Z24, z; \
	VMULPS rstd, z, z; \
	VMOVUPS x, Z25; \
	VSUBPS mean, Z25, Z25; \
	VMULPS k, Z25, Z25; \
	VSUBPS Z25, z, z; \
	VSUBPS mid, z, z

// GRADWRITE4 is GRADWRITE of four rows, in Z26 to Z29.
#define GRADWRITE4 \
	VMOVUPS (R8)(BX*1), Z24; \
	GRADWRITE((DX), (SI), Z16, Z20, Z8, Z4, Z26); \
	GRADWRITE((DX)(R13*1), (SI)(R13*1), Z17, Z21, Z9, Z5, Z27); \
	GRADWRITE((DX)(R13*2), (SI)(R13*2), Z18, Z22, Z10, Z6, Z28); \
	GRADWRITE((DX)(R15*1), (SI)(R15*1), Z19, Z23, Z11, Z7, Z29)

// GRADNEXT4 goes on to the next sixteen numbers of four rows behind writing them.
#define GRADNEXT4 \
	VMOVUPS Z26, (DI); \
	VMOVUPS Z27, (DI)(R13*1); \
	VMOVUPS Z28, (DI)(R13*2); \
	VMOVUPS Z29, (DI)(R15*1); \
	ADDQ $64, SI; \
	ADDQ $64, DX; \
	ADDQ $64, DI; \
	ADDQ $64, BX

// func layerNormGradAVX512(dx, dy, x, gamma, mean, rstd, plus *float32, rows, n int)
//
// R13 is the bytes of a row and X14 the numbers in it. Four rows at a time: R15 is the bytes of three, Z16 to Z19 their means, Z20 to Z23 their rstds, Z0 to Z3
// and Z4 to Z7 their sums, which are products of float32 in float64 and so exact before they are added. Behind the last
// four Z4, Z5 are the mean and rstd of a row, X15 rstd in float64.
TEXT ·layerNormGradAVX512(SB), NOSPLIT, $32-72
	MOVQ dx+0(FP), DI
	MOVQ dy+8(FP), DX
	MOVQ x+16(FP), SI
	MOVQ gamma+24(FP), R8
	MOVQ mean+32(FP), R10
	MOVQ rstd+40(FP), R11
	MOVQ plus+48(FP), R9
	MOVQ rows+56(FP), R12
	MOVQ n+64(FP), R13
	VXORPD X14, X14, X14
	VCVTSI2SDQ R13, X14, X14
	VBROADCASTSD X14, Y14
	SHLQ $2, R13
	LEAQ (R13)(R13*2), R15
gradFour:
	CMPQ R12, $4
	JLT gradLeft
	VBROADCASTSS 0(R10), Z16
	VBROADCASTSS 4(R10), Z17
	VBROADCASTSS 8(R10), Z18
	VBROADCASTSS 12(R10), Z19
	VBROADCASTSS 0(R11), Z20
	VBROADCASTSS 4(R11), Z21
	VBROADCASTSS 8(R11), Z22
	VBROADCASTSS 12(R11), Z23
	VPXORD Z0, Z0, Z0
	VPXORD Z1, Z1, Z1
	VPXORD Z2, Z2, Z2
	VPXORD Z3, Z3, Z3
	VPXORD Z4, Z4, Z4
	VPXORD Z5, Z5, Z5
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	LEAQ (SI)(R13*4), AX
	LEAQ (DX)(R13*4), CX
	MOVQ R9, R14
	TESTQ R14, R14
	CMOVQEQ DX, R14
	XORQ BX, BX
gradFourSum:
	PREFETCHT0 (AX)(BX*4)
	PREFETCHT0 64(AX)(BX*4)
	PREFETCHT0 128(AX)(BX*4)
	PREFETCHT0 192(AX)(BX*4)
	PREFETCHT0 (CX)(BX*4)
	PREFETCHT0 64(CX)(BX*4)
	PREFETCHT0 128(CX)(BX*4)
	PREFETCHT0 192(CX)(BX*4)
	WANTED4
	PREFETCHT0 (R14)(BX*4)
	PREFETCHT0 64(R14)(BX*4)
	PREFETCHT0 128(R14)(BX*4)
	PREFETCHT0 192(R14)(BX*4)
	VMOVUPS (R8)(BX*1), Z24
	GRADSUMS((DX), (SI), Z16, Z0, Z4)
	GRADSUMS((DX)(R13*1), (SI)(R13*1), Z17, Z1, Z5)
	GRADSUMS((DX)(R13*2), (SI)(R13*2), Z18, Z2, Z6)
	GRADSUMS((DX)(R15*1), (SI)(R15*1), Z19, Z3, Z7)
	ADDQ $64, SI
	ADDQ $64, DX
	ADDQ $64, BX
	CMPQ BX, R13
	JNE gradFourSum
	SUBQ R13, SI
	SUBQ R13, DX
	VCVTPS2PD (R11), Y15
	FOLD4
	VDIVPD Y14, Y0, Y0
	VMULPD Y15, Y0, Y0
	VCVTPD2PSY Y0, X12
	VMOVUPS X12, sums-32(SP)
	VMOVAPS Z4, Z0
	VMOVAPS Z5, Z1
	VMOVAPS Z6, Z2
	VMOVAPS Z7, Z3
	FOLD4
	VDIVPD Y14, Y0, Y0
	VMULPD Y15, Y0, Y0
	VMULPD Y15, Y0, Y0
	VMULPD Y15, Y0, Y0
	VCVTPD2PSY Y0, X13
	VMOVUPS X13, products-16(SP)
	VBROADCASTSS sums-32(SP), Z4
	VBROADCASTSS sums-28(SP), Z5
	VBROADCASTSS sums-24(SP), Z6
	VBROADCASTSS sums-20(SP), Z7
	VBROADCASTSS products-16(SP), Z8
	VBROADCASTSS products-12(SP), Z9
	VBROADCASTSS products-8(SP), Z10
	VBROADCASTSS products-4(SP), Z11
	XORQ BX, BX
	TESTQ R9, R9
	JNZ gradFourPlus
gradFourStore:
	GRADWRITE4
	GRADNEXT4
	CMPQ BX, R13
	JNE gradFourStore
	JMP gradFourNext
gradFourPlus:
	GRADWRITE4
	VADDPS (R9), Z26, Z26
	VADDPS (R9)(R13*1), Z27, Z27
	VADDPS (R9)(R13*2), Z28, Z28
	VADDPS (R9)(R15*1), Z29, Z29
	GRADNEXT4
	ADDQ $64, R9
	CMPQ BX, R13
	JNE gradFourPlus
	ADDQ R15, R9
gradFourNext:
	ADDQ R15, SI
	ADDQ R15, DX
	ADDQ R15, DI
	ADDQ $16, R10
	ADDQ $16, R11
	SUBQ $4, R12
	JMP gradFour
gradLeft:
	TESTQ R12, R12
	JZ gradDone
gradRow:
	VBROADCASTSS (R10), Z4
	VBROADCASTSS (R11), Z5
	VCVTSS2SD (R11), X5, X15
	VPXORD Z6, Z6, Z6
	VPXORD Z7, Z7, Z7
	XORQ BX, BX
gradSum:
	VMOVUPS (DX)(BX*1), Z0
	VMULPS (R8)(BX*1), Z0, Z0
	VMOVUPS (SI)(BX*1), Z2
	VSUBPS Z4, Z2, Z2
	VEXTRACTF64X4 $1, Z0, Y1
	VEXTRACTF64X4 $1, Z2, Y3
	VCVTPS2PD Y0, Z0
	VCVTPS2PD Y2, Z2
	VCVTPS2PD Y1, Z1
	VCVTPS2PD Y3, Z3
	VADDPD Z0, Z6, Z6
	VADDPD Z1, Z6, Z6
	VMULPD Z0, Z2, Z2
	VMULPD Z1, Z3, Z3
	VADDPD Z2, Z7, Z7
	VADDPD Z3, Z7, Z7
	ADDQ $64, BX
	CMPQ BX, R13
	JNE gradSum
	FOLD(Z6, Y6, X6)
	FOLD(Z7, Y7, X7)
	VDIVSD X14, X6, X6
	VMULSD X15, X6, X6
	VCVTSD2SS X6, X6, X6
	VBROADCASTSS X6, Z6
	VDIVSD X14, X7, X7
	VMULSD X15, X7, X7
	VMULSD X15, X7, X7
	VMULSD X15, X7, X7
	VCVTSD2SS X7, X7, X7
	VBROADCASTSS X7, Z7
	XORQ BX, BX
	TESTQ R9, R9
	JNZ gradPlus
gradStore:
	GRADIENT
	VMOVUPS Z0, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE gradStore
	JMP gradNext
gradPlus:
	GRADIENT
	VADDPS (R9)(BX*1), Z0, Z0
	VMOVUPS Z0, (DI)(BX*1)
	ADDQ $64, BX
	CMPQ BX, R13
	JNE gradPlus
	ADDQ R13, R9
gradNext:
	ADDQ R13, DI
	ADDQ R13, DX
	ADDQ R13, SI
	ADDQ $4, R10
	ADDQ $4, R11
	DECQ R12
	JNZ gradRow
gradDone:
	VZEROUPPER
	RET
