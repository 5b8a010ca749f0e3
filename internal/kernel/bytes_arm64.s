//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func decodeAsm(dst *float32, codes *byte, base, step *float32, eights int)
TEXT ·decodeAsm(SB), NOSPLIT, $0-40
	MOVD dst+0(FP), R0
	MOVD codes+8(FP), R1
	MOVD base+16(FP), R2
	MOVD step+24(FP), R4
	MOVD eights+32(FP), R3

eight:
	FMOVD.P 8(R1), F0
	VUXTL V0.B8, V0.H8
	VUXTL2 V0.H8, V1.S4
	VUXTL V0.H4, V0.S4
	UCVTF4(0, 0)
	UCVTF4(1, 1)
	FLDPQ.P 32(R4), (F2, F3)
	FLDPQ.P 32(R2), (F4, F5)
	FMUL4(2, 0, 0)
	FMUL4(3, 1, 1)
	FADD4(4, 0, 0)
	FADD4(5, 1, 1)
	FSTPQ.P (F0, F1), 32(R0)
	SUBS $1, R3
	BNE  eight
	RET
