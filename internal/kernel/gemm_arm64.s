//go:build !noasm

#include "textflag.h"
#include "neon_arm64.h"

// func tileRNEON(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int,
//	c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int)
//
// R rows (6, 4, 2 or 1) by 16 columns. Row r is summed in V(4r) to V(4r+3). V24 to V27 hold a row of the panel, V28 to V31
// one number of a row of A each. R1 points at row 0 of A and R2, R9 to R12 are the ways to the others. base (R13, rows R14
// apart) is nil, or what the block is added to.

#define ARGS \
	MOVD terms+0(FP), R0; \
	MOVD a+8(FP), R1; \
	MOVD rowStep+16(FP), R2; \
	MOVD termStep+24(FP), R3; \
	MOVD b+32(FP), R4; \
	MOVD panelStep+40(FP), R5; \
	MOVD c+48(FP), R6; \
	MOVD ldc+56(FP), R7; \
	MOVD bias+64(FP), R8; \
	MOVD base+80(FP), R13; \
	MOVD baseStep+88(FP), R14; \
	LSL $1, R2, R9; \
	ADD R2, R9, R10; \
	LSL $2, R2, R11; \
	ADD R2, R11, R12

#define ZERO(a, b, c, d) VEOR a, a, a; VEOR b, b, b; VEOR c, c, c; VEOR d, d, d
#define BIAS(a, b, c, d) FMOVS.P 4(R8), F28; VDUP V28.S[0], a; VDUP V28.S[0], b; VDUP V28.S[0], c; VDUP V28.S[0], d
#define PANEL FLDPQ (R4), (F24, F25); FLDPQ 32(R4), (F26, F27); ADD R5, R4
#define ROW(x, a, b, c, d) FMLAE4(x, 24, a); FMLAE4(x, 25, b); FMLAE4(x, 26, c); FMLAE4(x, 27, d)
#define NEXT ADD R3, R1; SUBS $1, R0

// V28 is alpha by now.
#define TIMES(a, b, c, d) FMULE4(28, a, a); FMULE4(28, b, b); FMULE4(28, c, c); FMULE4(28, d, d)
#define SAVE(a, b, c, d) FSTPQ (a, b), (R6); FSTPQ (c, d), 32(R6); ADD R7, R6
#define ADDSAVE(a, b, c, d) \
	FLDPQ (R13), (F24, F25); \
	FLDPQ 32(R13), (F26, F27); \
	ADD R14, R13; \
	FMLAE4(28, a, 24); \
	FMLAE4(28, b, 25); \
	FMLAE4(28, c, 26); \
	FMLAE4(28, d, 27); \
	SAVE(F24, F25, F26, F27)

TEXT ·tile6NEON(SB), NOSPLIT, $0-96
	ARGS
	CBZ R8, zero6
	BIAS(V0.S4, V1.S4, V2.S4, V3.S4)
	BIAS(V4.S4, V5.S4, V6.S4, V7.S4)
	BIAS(V8.S4, V9.S4, V10.S4, V11.S4)
	BIAS(V12.S4, V13.S4, V14.S4, V15.S4)
	BIAS(V16.S4, V17.S4, V18.S4, V19.S4)
	BIAS(V20.S4, V21.S4, V22.S4, V23.S4)
	B start6
zero6:
	ZERO(V0.B16, V1.B16, V2.B16, V3.B16)
	ZERO(V4.B16, V5.B16, V6.B16, V7.B16)
	ZERO(V8.B16, V9.B16, V10.B16, V11.B16)
	ZERO(V12.B16, V13.B16, V14.B16, V15.B16)
	ZERO(V16.B16, V17.B16, V18.B16, V19.B16)
	ZERO(V20.B16, V21.B16, V22.B16, V23.B16)
start6:
	CBZ R0, end6
loop6:
	PANEL
	FMOVS (R1), F28
	FMOVS (R1)(R2), F29
	FMOVS (R1)(R9), F30
	FMOVS (R1)(R10), F31
	ROW(28, 0, 1, 2, 3)
	FMOVS (R1)(R11), F28
	ROW(29, 4, 5, 6, 7)
	FMOVS (R1)(R12), F29
	ROW(30, 8, 9, 10, 11)
	ROW(31, 12, 13, 14, 15)
	ROW(28, 16, 17, 18, 19)
	ROW(29, 20, 21, 22, 23)
	NEXT
	BNE loop6
end6:
	FMOVS alpha+72(FP), F28
	CBZ R13, times6
	ADDSAVE(0, 1, 2, 3)
	ADDSAVE(4, 5, 6, 7)
	ADDSAVE(8, 9, 10, 11)
	ADDSAVE(12, 13, 14, 15)
	ADDSAVE(16, 17, 18, 19)
	ADDSAVE(20, 21, 22, 23)
	RET
times6:
	TIMES(0, 1, 2, 3)
	TIMES(4, 5, 6, 7)
	TIMES(8, 9, 10, 11)
	TIMES(12, 13, 14, 15)
	TIMES(16, 17, 18, 19)
	TIMES(20, 21, 22, 23)
	SAVE(F0, F1, F2, F3)
	SAVE(F4, F5, F6, F7)
	SAVE(F8, F9, F10, F11)
	SAVE(F12, F13, F14, F15)
	SAVE(F16, F17, F18, F19)
	SAVE(F20, F21, F22, F23)
	RET

TEXT ·tile4NEON(SB), NOSPLIT, $0-96
	ARGS
	CBZ R8, zero4
	BIAS(V0.S4, V1.S4, V2.S4, V3.S4)
	BIAS(V4.S4, V5.S4, V6.S4, V7.S4)
	BIAS(V8.S4, V9.S4, V10.S4, V11.S4)
	BIAS(V12.S4, V13.S4, V14.S4, V15.S4)
	B start4
zero4:
	ZERO(V0.B16, V1.B16, V2.B16, V3.B16)
	ZERO(V4.B16, V5.B16, V6.B16, V7.B16)
	ZERO(V8.B16, V9.B16, V10.B16, V11.B16)
	ZERO(V12.B16, V13.B16, V14.B16, V15.B16)
start4:
	CBZ R0, end4
loop4:
	PANEL
	FMOVS (R1), F28
	FMOVS (R1)(R2), F29
	FMOVS (R1)(R9), F30
	FMOVS (R1)(R10), F31
	ROW(28, 0, 1, 2, 3)
	ROW(29, 4, 5, 6, 7)
	ROW(30, 8, 9, 10, 11)
	ROW(31, 12, 13, 14, 15)
	NEXT
	BNE loop4
end4:
	FMOVS alpha+72(FP), F28
	CBZ R13, times4
	ADDSAVE(0, 1, 2, 3)
	ADDSAVE(4, 5, 6, 7)
	ADDSAVE(8, 9, 10, 11)
	ADDSAVE(12, 13, 14, 15)
	RET
times4:
	TIMES(0, 1, 2, 3)
	TIMES(4, 5, 6, 7)
	TIMES(8, 9, 10, 11)
	TIMES(12, 13, 14, 15)
	SAVE(F0, F1, F2, F3)
	SAVE(F4, F5, F6, F7)
	SAVE(F8, F9, F10, F11)
	SAVE(F12, F13, F14, F15)
	RET

TEXT ·tile2NEON(SB), NOSPLIT, $0-96
	ARGS
	CBZ R8, zero2
	BIAS(V0.S4, V1.S4, V2.S4, V3.S4)
	BIAS(V4.S4, V5.S4, V6.S4, V7.S4)
	B start2
zero2:
	ZERO(V0.B16, V1.B16, V2.B16, V3.B16)
	ZERO(V4.B16, V5.B16, V6.B16, V7.B16)
start2:
	CBZ R0, end2
loop2:
	PANEL
	FMOVS (R1), F28
	FMOVS (R1)(R2), F29
	ROW(28, 0, 1, 2, 3)
	ROW(29, 4, 5, 6, 7)
	NEXT
	BNE loop2
end2:
	FMOVS alpha+72(FP), F28
	CBZ R13, times2
	ADDSAVE(0, 1, 2, 3)
	ADDSAVE(4, 5, 6, 7)
	RET
times2:
	TIMES(0, 1, 2, 3)
	TIMES(4, 5, 6, 7)
	SAVE(F0, F1, F2, F3)
	SAVE(F4, F5, F6, F7)
	RET

TEXT ·tile1NEON(SB), NOSPLIT, $0-96
	ARGS
	CBZ R8, zero1
	BIAS(V0.S4, V1.S4, V2.S4, V3.S4)
	B start1
zero1:
	ZERO(V0.B16, V1.B16, V2.B16, V3.B16)
start1:
	CBZ R0, end1
loop1:
	PANEL
	FMOVS (R1), F28
	ROW(28, 0, 1, 2, 3)
	NEXT
	BNE loop1
end1:
	FMOVS alpha+72(FP), F28
	CBZ R13, times1
	ADDSAVE(0, 1, 2, 3)
	RET
times1:
	TIMES(0, 1, 2, 3)
	SAVE(F0, F1, F2, F3)
	RET
