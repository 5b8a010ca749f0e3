//go:build !noasm

#include "textflag.h"

// func tileRAVX2(terms int, a *float32, rowStep, termStep int, b *float32, panelStep int,
//	c *float32, ldc int, bias *float32, alpha float32, base *float32, baseStep int, mask *int32)
//
// R rows (6, 4, 2 or 1) by 16 columns. Row r is summed in Y(2r), Y(2r+1). Y12
// and Y13 hold a row of the panel, Y14 and Y15 one number of a row of A each.
// AX points at rows 0 to 3 of A and R12 at rows 4 and 5. mask is nil for all
// sixteen columns, or points at sixteen integers, -1 for a column there is. base
// (R14, later SI; rows R15 apart) is nil, or what the block is added to.

#define ARGS \
	MOVQ terms+0(FP), CX; \
	MOVQ a+8(FP), AX; \
	MOVQ rowStep+16(FP), R8; \
	MOVQ termStep+24(FP), R9; \
	MOVQ b+32(FP), BX; \
	MOVQ panelStep+40(FP), R11; \
	MOVQ c+48(FP), DI; \
	MOVQ ldc+56(FP), R13; \
	MOVQ bias+64(FP), SI; \
	MOVQ base+80(FP), R14; \
	MOVQ baseStep+88(FP), R15; \
	MOVQ mask+96(FP), DX; \
	LEAQ (R8)(R8*2), R10; \
	LEAQ (AX)(R8*4), R12

#define ZERO(lo, hi) VXORPS lo, lo, lo; VXORPS hi, hi, hi
#define BIAS(mem, lo, hi) VBROADCASTSS mem, lo; VMOVAPS lo, hi
#define PANEL VMOVUPS (BX), Y12; VMOVUPS 32(BX), Y13
#define ROW(mem, x, lo, hi) VBROADCASTSS mem, x; VFMADD231PS Y12, x, lo; VFMADD231PS Y13, x, hi
#define NEXT ADDQ R9, AX; ADDQ R9, R12; ADDQ R11, BX; DECQ CX
#define TIMES(lo, hi) VMULPS Y14, lo, lo; VMULPS Y14, hi, hi
#define ADD(lo, hi) VFMADD213PS (SI), Y14, lo; VFMADD213PS 32(SI), Y14, hi; ADDQ R15, SI
#define SAVE(lo, hi) VMOVUPS lo, (DI); VMOVUPS hi, 32(DI); ADDQ R13, DI

// Y12 and Y13 are the mask by now.
#define ADDSOME(lo, hi) \
	VMASKMOVPS (SI), Y12, Y15; \
	VFMADD213PS Y15, Y14, lo; \
	VMASKMOVPS 32(SI), Y13, Y15; \
	VFMADD213PS Y15, Y14, hi; \
	ADDQ R15, SI
#define SAVESOME(lo, hi) \
	VMASKMOVPS lo, Y12, (DI); \
	VMASKMOVPS hi, Y13, 32(DI); \
	ADDQ R13, DI

#define LOADMASK VMOVUPS (DX), Y12; VMOVUPS 32(DX), Y13
#define LOADALPHA MOVQ R14, SI; VBROADCASTSS alpha+72(FP), Y14

TEXT ·tile6AVX2(SB), NOSPLIT, $0-104
	ARGS
	TESTQ SI, SI
	JZ zero6
	BIAS((SI), Y0, Y1)
	BIAS(4(SI), Y2, Y3)
	BIAS(8(SI), Y4, Y5)
	BIAS(12(SI), Y6, Y7)
	BIAS(16(SI), Y8, Y9)
	BIAS(20(SI), Y10, Y11)
	JMP start6
zero6:
	ZERO(Y0, Y1)
	ZERO(Y2, Y3)
	ZERO(Y4, Y5)
	ZERO(Y6, Y7)
	ZERO(Y8, Y9)
	ZERO(Y10, Y11)
start6:
	TESTQ CX, CX
	JZ end6
loop6:
	PANEL
	ROW((AX), Y14, Y0, Y1)
	ROW((AX)(R8*1), Y15, Y2, Y3)
	ROW((AX)(R8*2), Y14, Y4, Y5)
	ROW((AX)(R10*1), Y15, Y6, Y7)
	ROW((R12), Y14, Y8, Y9)
	ROW((R12)(R8*1), Y15, Y10, Y11)
	NEXT
	JNZ loop6
end6:
	LOADALPHA
	TESTQ DX, DX
	JNZ some6
	TESTQ R14, R14
	JZ times6
	ADD(Y0, Y1)
	ADD(Y2, Y3)
	ADD(Y4, Y5)
	ADD(Y6, Y7)
	ADD(Y8, Y9)
	ADD(Y10, Y11)
	JMP save6
times6:
	TIMES(Y0, Y1)
	TIMES(Y2, Y3)
	TIMES(Y4, Y5)
	TIMES(Y6, Y7)
	TIMES(Y8, Y9)
	TIMES(Y10, Y11)
save6:
	SAVE(Y0, Y1)
	SAVE(Y2, Y3)
	SAVE(Y4, Y5)
	SAVE(Y6, Y7)
	SAVE(Y8, Y9)
	SAVE(Y10, Y11)
	VZEROUPPER
	RET
some6:
	LOADMASK
	TESTQ R14, R14
	JZ sometimes6
	ADDSOME(Y0, Y1)
	ADDSOME(Y2, Y3)
	ADDSOME(Y4, Y5)
	ADDSOME(Y6, Y7)
	ADDSOME(Y8, Y9)
	ADDSOME(Y10, Y11)
	JMP savesome6
sometimes6:
	TIMES(Y0, Y1)
	TIMES(Y2, Y3)
	TIMES(Y4, Y5)
	TIMES(Y6, Y7)
	TIMES(Y8, Y9)
	TIMES(Y10, Y11)
savesome6:
	SAVESOME(Y0, Y1)
	SAVESOME(Y2, Y3)
	SAVESOME(Y4, Y5)
	SAVESOME(Y6, Y7)
	SAVESOME(Y8, Y9)
	SAVESOME(Y10, Y11)
	VZEROUPPER
	RET

TEXT ·tile4AVX2(SB), NOSPLIT, $0-104
	ARGS
	TESTQ SI, SI
	JZ zero4
	BIAS((SI), Y0, Y1)
	BIAS(4(SI), Y2, Y3)
	BIAS(8(SI), Y4, Y5)
	BIAS(12(SI), Y6, Y7)
	JMP start4
zero4:
	ZERO(Y0, Y1)
	ZERO(Y2, Y3)
	ZERO(Y4, Y5)
	ZERO(Y6, Y7)
start4:
	TESTQ CX, CX
	JZ end4
loop4:
	PANEL
	ROW((AX), Y14, Y0, Y1)
	ROW((AX)(R8*1), Y15, Y2, Y3)
	ROW((AX)(R8*2), Y14, Y4, Y5)
	ROW((AX)(R10*1), Y15, Y6, Y7)
	NEXT
	JNZ loop4
end4:
	LOADALPHA
	TESTQ DX, DX
	JNZ some4
	TESTQ R14, R14
	JZ times4
	ADD(Y0, Y1)
	ADD(Y2, Y3)
	ADD(Y4, Y5)
	ADD(Y6, Y7)
	JMP save4
times4:
	TIMES(Y0, Y1)
	TIMES(Y2, Y3)
	TIMES(Y4, Y5)
	TIMES(Y6, Y7)
save4:
	SAVE(Y0, Y1)
	SAVE(Y2, Y3)
	SAVE(Y4, Y5)
	SAVE(Y6, Y7)
	VZEROUPPER
	RET
some4:
	LOADMASK
	TESTQ R14, R14
	JZ sometimes4
	ADDSOME(Y0, Y1)
	ADDSOME(Y2, Y3)
	ADDSOME(Y4, Y5)
	ADDSOME(Y6, Y7)
	JMP savesome4
sometimes4:
	TIMES(Y0, Y1)
	TIMES(Y2, Y3)
	TIMES(Y4, Y5)
	TIMES(Y6, Y7)
savesome4:
	SAVESOME(Y0, Y1)
	SAVESOME(Y2, Y3)
	SAVESOME(Y4, Y5)
	SAVESOME(Y6, Y7)
	VZEROUPPER
	RET

TEXT ·tile2AVX2(SB), NOSPLIT, $0-104
	ARGS
	TESTQ SI, SI
	JZ zero2
	BIAS((SI), Y0, Y1)
	BIAS(4(SI), Y2, Y3)
	JMP start2
zero2:
	ZERO(Y0, Y1)
	ZERO(Y2, Y3)
start2:
	TESTQ CX, CX
	JZ end2
loop2:
	PANEL
	ROW((AX), Y14, Y0, Y1)
	ROW((AX)(R8*1), Y15, Y2, Y3)
	NEXT
	JNZ loop2
end2:
	LOADALPHA
	TESTQ DX, DX
	JNZ some2
	TESTQ R14, R14
	JZ times2
	ADD(Y0, Y1)
	ADD(Y2, Y3)
	JMP save2
times2:
	TIMES(Y0, Y1)
	TIMES(Y2, Y3)
save2:
	SAVE(Y0, Y1)
	SAVE(Y2, Y3)
	VZEROUPPER
	RET
some2:
	LOADMASK
	TESTQ R14, R14
	JZ sometimes2
	ADDSOME(Y0, Y1)
	ADDSOME(Y2, Y3)
	JMP savesome2
sometimes2:
	TIMES(Y0, Y1)
	TIMES(Y2, Y3)
savesome2:
	SAVESOME(Y0, Y1)
	SAVESOME(Y2, Y3)
	VZEROUPPER
	RET

TEXT ·tile1AVX2(SB), NOSPLIT, $0-104
	ARGS
	TESTQ SI, SI
	JZ zero1
	BIAS((SI), Y0, Y1)
	JMP start1
zero1:
	ZERO(Y0, Y1)
start1:
	TESTQ CX, CX
	JZ end1
loop1:
	PANEL
	ROW((AX), Y14, Y0, Y1)
	NEXT
	JNZ loop1
end1:
	LOADALPHA
	TESTQ DX, DX
	JNZ some1
	TESTQ R14, R14
	JZ times1
	ADD(Y0, Y1)
	JMP save1
times1:
	TIMES(Y0, Y1)
save1:
	SAVE(Y0, Y1)
	VZEROUPPER
	RET
some1:
	LOADMASK
	TESTQ R14, R14
	JZ sometimes1
	ADDSOME(Y0, Y1)
	JMP savesome1
sometimes1:
	TIMES(Y0, Y1)
savesome1:
	SAVESOME(Y0, Y1)
	VZEROUPPER
	RET
