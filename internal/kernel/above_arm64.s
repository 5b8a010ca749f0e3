//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// FOUR puts the comparisons of the next four numbers, >= and false for a NaN, into V(d): all bits of a number, or none.
#define FOUR(d) \
	FMOVQ.P 16(R1), F4; \
	FMOVQ.P 16(R2), F5; \
	FSUB4(5, 4, 4); \
	FCMGE4(6, 4, d)

// SIXTEEN makes one of sixteen comparisons, a byte each, in V(d).
#define SIXTEEN(d) \
	FOUR(0); \
	FOUR(1); \
	FOUR(2); \
	FOUR(3); \
	VUZP1 V1.H8, V0.H8, V0.H8; \
	VUZP1 V3.H8, V2.H8, V2.H8; \
	VUZP1 V2.B16, V0.B16, d; \
	VAND V7.B16, d, d

// func aboveAsm(mask *uint64, x, bias *float32, words int, least float32)
TEXT ·aboveAsm(SB), NOSPLIT, $0-36
	MOVD mask+0(FP), R0
	MOVD x+8(FP), R1
	MOVD bias+16(FP), R2
	MOVD words+24(FP), R3
	FMOVS least+32(FP), F6
	VDUP V6.S[0], V6.S4
	MOVD $0x8040201008040201, R4 // a bit for each of eight bytes
	VDUP R4, V7.D2

word:
	SIXTEEN(V16.B16)
	SIXTEEN(V17.B16)
	SIXTEEN(V18.B16)
	SIXTEEN(V19.B16)
	VADDP V17.B16, V16.B16, V16.B16
	VADDP V19.B16, V18.B16, V18.B16
	VADDP V18.B16, V16.B16, V16.B16
	VADDP V16.B16, V16.B16, V16.B16
	VMOV V16.D[0], R5
	MOVD.P R5, 8(R0)
	SUBS $1, R3
	BNE  word
	RET
