//go:build !noasm

#include "textflag.h"

// AVX-512 shares of the responses above a bias, of all kernels at once. Kernels that share their first two taps share the sum up to
// there, which is added in the order of countAboveGo, so that the counts are equal.
//
// SI points at sixteen places of the series, DX, R15, CX and BX are 1, 3, 5 and 7 dilations; DI points at the tapStep of the places.

// TAP adds the last tap, and counts the places of a mask at which the sum is above the bias.
#define TAP(AT, BIAS, MASK, COUNT) \
	VADDPS AT, Z0, Z1 \
	VCMPPS $0x1e, BIAS, Z1, MASK, K3 \
	KMOVW K3, AX \
	POPCNTL AX, AX \
	ADDL AX, COUNT

// TAPn is all last taps from n on, whose masks take turns.
#define TAP8(M1, M2) \
	TAP((SI)(DX*8), Z24, M1, R14)

#define TAP7(M1, M2) \
	TAP((SI)(BX*1), Z23, M1, R13) \
	TAP8(M2, M1)

#define TAP6(M1, M2) \
	TAP((SI)(R15*2), Z22, M1, R12) \
	TAP7(M2, M1)

#define TAP5(M1, M2) \
	TAP((SI)(CX*1), Z21, M1, R11) \
	TAP6(M2, M1)

#define TAP4(M1, M2) \
	TAP((SI)(DX*4), Z20, M1, R10) \
	TAP5(M2, M1)

#define TAP3(M1, M2) \
	TAP((SI)(R15*1), Z19, M1, R9) \
	TAP4(M2, M1)

#define TAP2(M1, M2) \
	TAP((SI)(DX*2), Z18, M1, R8) \
	TAP3(M2, M1)

// READYn loads the biases of the kernels from k on, whose last taps are those from n on.
#define READY8(k) \
	VBROADCASTSS ((k)*4)(AX), Z24 \
	XORL R14, R14

#define READY7(k) \
	VBROADCASTSS ((k)*4)(AX), Z23 \
	XORL R13, R13 \
	READY8((k)+1)

#define READY6(k) \
	VBROADCASTSS ((k)*4)(AX), Z22 \
	XORL R12, R12 \
	READY7((k)+1)

#define READY5(k) \
	VBROADCASTSS ((k)*4)(AX), Z21 \
	XORL R11, R11 \
	READY6((k)+1)

#define READY4(k) \
	VBROADCASTSS ((k)*4)(AX), Z20 \
	XORL R10, R10 \
	READY5((k)+1)

#define READY3(k) \
	VBROADCASTSS ((k)*4)(AX), Z19 \
	XORL R9, R9 \
	READY4((k)+1)

#define READY2(k) \
	VBROADCASTSS ((k)*4)(AX), Z18 \
	XORL R8, R8 \
	READY3((k)+1)

// KEEPn stores their counts.
#define KEEP8(k) \
	MOVL R14, ((k)*4)(AX)

#define KEEP7(k) \
	MOVL R13, ((k)*4)(AX) \
	KEEP8((k)+1)

#define KEEP6(k) \
	MOVL R12, ((k)*4)(AX) \
	KEEP7((k)+1)

#define KEEP5(k) \
	MOVL R11, ((k)*4)(AX) \
	KEEP6((k)+1)

#define KEEP4(k) \
	MOVL R10, ((k)*4)(AX) \
	KEEP5((k)+1)

#define KEEP3(k) \
	MOVL R9, ((k)*4)(AX) \
	KEEP4((k)+1)

#define KEEP2(k) \
	MOVL R8, ((k)*4)(AX) \
	KEEP3((k)+1)

// SUM adds the first two taps.
#define SUM(A, B) \
	KMOVW 64(DI), K1 \
	KMOVW 68(DI), K2 \
	VMOVUPS (DI), Z0 \
	VADDPS A, Z0, Z0 \
	VADDPS B, Z0, Z0

// BEGIN points at the first places, and NEXT at those after them.
#define BEGIN \
	MOVQ triple+24(FP), SI \
	MOVQ steps+8(FP), DI

#define NEXT(again) \
	ADDQ $64, SI \
	ADDQ $128, DI \
	CMPQ DI, size+16(FP) \
	JNE again \
	MOVQ out+0(FP), AX

// SECOND counts the kernels from k on that share their first two taps; M1 is the mask of kernel k.
#define SECOND(again, FIRST, AT, READY, TAPS, KEEP, k, M1, M2) \
	MOVQ biases+40(FP), AX \
	READY(k) \
	BEGIN \
again: \
	SUM(FIRST, AT) \
	TAPS(M1, M2) \
	NEXT(again) \
	KEEP(k)

// SECONDn are those whose second tap is n.
#define SECOND1(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(DX*1), READY2, TAP2, KEEP2, k, M1, M2)
#define SECOND2(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(DX*2), READY3, TAP3, KEEP3, k, M1, M2)
#define SECOND3(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(R15*1), READY4, TAP4, KEEP4, k, M1, M2)
#define SECOND4(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(DX*4), READY5, TAP5, KEEP5, k, M1, M2)
#define SECOND5(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(CX*1), READY6, TAP6, KEEP6, k, M1, M2)
#define SECOND6(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(R15*2), READY7, TAP7, KEEP7, k, M1, M2)
#define SECOND7(again, FIRST, k, M1, M2) SECOND(again, FIRST, (SI)(BX*1), READY8, TAP8, KEEP8, k, M1, M2)

// SHARES divides sixteen counts.
#define SHARES(off) \
	VCVTDQ2PS off(AX), Z1 \
	VDIVPS Z0, Z1, Z1 \
	VMOVUPS Z1, off(AX)

// func tapSharesAVX512(out *float32, steps *tapStep, size int, triple *float32, dilation int, biases *float32, even, odd float32)
TEXT ·tapSharesAVX512(SB), NOSPLIT, $0-56
	MOVQ dilation+32(FP), DX
	SHLQ $2, DX
	LEAQ (DX)(DX*2), R15
	LEAQ (DX)(DX*4), CX
	LEAQ (R15)(DX*4), BX
	MOVQ steps+8(FP), AX
	ADDQ AX, size+16(FP) // now the end of the steps
	SECOND1(taps01, (SI), 0, K1, K2)
	SECOND2(taps02, (SI), 7, K2, K1)
	SECOND3(taps03, (SI), 13, K2, K1)
	SECOND4(taps04, (SI), 18, K1, K2)
	SECOND5(taps05, (SI), 22, K1, K2)
	SECOND6(taps06, (SI), 25, K2, K1)
	SECOND7(taps07, (SI), 27, K2, K1)
	SECOND2(taps12, (SI)(DX*1), 28, K1, K2)
	SECOND3(taps13, (SI)(DX*1), 34, K1, K2)
	SECOND4(taps14, (SI)(DX*1), 39, K2, K1)
	SECOND5(taps15, (SI)(DX*1), 43, K2, K1)
	SECOND6(taps16, (SI)(DX*1), 46, K1, K2)
	SECOND7(taps17, (SI)(DX*1), 48, K1, K2)
	SECOND3(taps23, (SI)(DX*2), 49, K2, K1)
	SECOND4(taps24, (SI)(DX*2), 54, K1, K2)
	SECOND5(taps25, (SI)(DX*2), 58, K1, K2)
	SECOND6(taps26, (SI)(DX*2), 61, K2, K1)
	SECOND7(taps27, (SI)(DX*2), 63, K2, K1)
	SECOND4(taps34, (SI)(R15*1), 64, K1, K2)
	SECOND5(taps35, (SI)(R15*1), 68, K1, K2)
	SECOND6(taps36, (SI)(R15*1), 71, K2, K1)
	SECOND7(taps37, (SI)(R15*1), 73, K2, K1)
	SECOND5(taps45, (SI)(DX*4), 74, K1, K2)
	SECOND6(taps46, (SI)(DX*4), 77, K2, K1)
	SECOND7(taps47, (SI)(DX*4), 79, K2, K1)
	SECOND6(taps56, (SI)(CX*1), 80, K1, K2)
	SECOND7(taps57, (SI)(CX*1), 82, K1, K2)
	SECOND7(taps67, (SI)(R15*2), 83, K2, K1)
	VBROADCASTSS odd+52(FP), Z0
	MOVL $0x5555, CX
	KMOVW CX, K1
	VBROADCASTSS even+48(FP), K1, Z0
	SHARES(0)
	SHARES(64)
	SHARES(128)
	SHARES(192)
	SHARES(256)
	VCVTDQ2PS 320(AX), X1
	VDIVPS X0, X1, X1
	VMOVUPS X1, 320(AX)
	VZEROUPPER
	RET
