//go:build !noasm

#include "textflag.h"

// Fields of headTiles.
#define A 0(R14)
#define ROWSTEP 8(R14)
#define TERMSTEP 16(R14)
#define B 24(R14)
#define C 32(R14)
#define LDC 40(R14)
#define ROWS 48(R14)
#define COLS 56(R14)
#define TERMS 64(R14)
#define AHEAD0 72(R14)
#define AHEAD1 80(R14)
#define SIZE0 88(R14)
#define SIZE1 96(R14)
#define AT 104(R14)
#define STEP 112(R14)
#define ALPHA 120(R14)
#define BSTEP 128(R14)
#define BNEXT 136(R14)

// ROW adds the product of a number of the left operand with a row of the panel to the sums of a row, ROWHALF to those of sixteen columns.
#define ROW(mem, x, lo, hi) VBROADCASTSS mem, x; VFMADD231PS Z16, x, lo; VFMADD231PS Z17, x, hi
#define ROWHALF(mem, s) VFMADD231PS.BCST mem, Z16, s

// TERM8 is a term of eight rows, TERMHALF8 that of sixteen columns.
#define TERM8 \
	VMOVUPS (BX), Z16; \
	VMOVUPS 64(BX), Z17; \
	PREFETCHT1 (SI); \
	ADDQ DX, SI; \
	ROW((AX), Z18, Z0, Z1); \
	ROW((AX)(R8*1), Z19, Z2, Z3); \
	ROW((AX)(R8*2), Z20, Z4, Z5); \
	ROW((AX)(R10*1), Z21, Z6, Z7); \
	ROW((R12), Z18, Z8, Z9); \
	ROW((R12)(R8*1), Z19, Z10, Z11); \
	ROW((R12)(R8*2), Z20, Z12, Z13); \
	ROW((R12)(R10*1), Z21, Z14, Z15); \
	ADDQ R15, BX
#define TERMHALF8 \
	VMOVUPS (BX), Z16; \
	PREFETCHT1 (SI); \
	ADDQ DX, SI; \
	ROWHALF((AX), Z0); \
	ROWHALF((AX)(R8*1), Z2); \
	ROWHALF((AX)(R8*2), Z4); \
	ROWHALF((AX)(R10*1), Z6); \
	ROWHALF((R12), Z8); \
	ROWHALF((R12)(R8*1), Z10); \
	ROWHALF((R12)(R8*2), Z12); \
	ROWHALF((R12)(R10*1), Z14); \
	ADDQ R15, BX

// NEXT goes on to the next term.
#define NEXT ADDQ R9, AX; ADDQ R9, R12

// ZERO begins the sums of a row.
#define ZERO(lo, hi) VPXORD lo, lo, lo; VPXORD hi, hi, hi

// STORE writes a row times alpha, STOREHALF sixteen columns of one; -0 becomes 0 as where there is something to add.
#define STORE(lo, hi) \
	VFMADD213PS Z23, Z22, lo; \
	VFMADD213PS Z23, Z22, hi; \
	VMOVUPS lo, K1, (DI); \
	VMOVUPS hi, K2, 64(DI); \
	ADDQ R13, DI
#define STOREHALF(s) \
	VFMADD213PS Z23, Z22, s; \
	VMOVUPS s, K1, (DI); \
	ADDQ R13, DI

// WANTED asks for the row of C at R15, to write it: PREFETCHW, which Go's assembler does not know.
#define WANTED \
	BYTE $0x41; BYTE $0x0F; BYTE $0x0D; BYTE $0x0F; \
	BYTE $0x41; BYTE $0x0F; BYTE $0x0D; BYTE $0x4F; BYTE $0x40; \
	ADDQ R13, R15

// WANTED8, STORE8 and STOREHALF8 are those of eight rows.
#define WANTED8 WANTED; WANTED; WANTED; WANTED; WANTED; WANTED; WANTED; WANTED
#define STORE8 \
	STORE(Z0, Z1); \
	STORE(Z2, Z3); \
	STORE(Z4, Z5); \
	STORE(Z6, Z7); \
	STORE(Z8, Z9); \
	STORE(Z10, Z11); \
	STORE(Z12, Z13); \
	STORE(Z14, Z15)
#define STOREHALF8 \
	STOREHALF(Z0); \
	STOREHALF(Z2); \
	STOREHALF(Z4); \
	STOREHALF(Z6); \
	STOREHALF(Z8); \
	STOREHALF(Z10); \
	STOREHALF(Z12); \
	STOREHALF(Z14)

// func headAVX512(t *headTiles)
//
// Panel by panel of 32 columns, eight rows at a time and the last nine where one is left over. Row r is summed in Z(2r) and Z(2r+1), the ninth in Z25 and
// Z26. Z16 and Z17 hold a row of the panel, Z18 to Z21 a number of A each, Z22 alpha, Z23 zeros. AX points at rows 0 to 3 of A, R12 at rows 4 to 8 and R11
// counts those left. R15 is from one row of the panel to the next.
TEXT ·headAVX512(SB), NOSPLIT, $32-8
	MOVQ t+0(FP), R14
	MOVQ ROWSTEP, R8
	MOVQ TERMSTEP, R9
	MOVQ LDC, R13
	LEAQ (R8)(R8*2), R10
	VBROADCASTSS ALPHA, Z22
	VPXORD Z23, Z23, Z23
	MOVQ B, BX
	MOVQ C, DI
	MOVQ COLS, CX
	MOVQ BX, panel-8(SP)
	MOVQ DI, block-16(SP)
	MOVQ CX, left-24(SP)
panel:
	MOVQ left-24(SP), CX
	MOVQ $-1, DX
	CMPQ CX, $32
	JGE masks
	MOVQ $1, DX
	SHLQ CX, DX
	DECQ DX
masks:
	KMOVW DX, K1
	SHRL $16, DX
	KMOVW DX, K2
	MOVQ block-16(SP), DI
	MOVQ A, AX
	MOVQ ROWS, R11
tile:
	MOVQ AX, row-32(SP)
	LEAQ (AX)(R8*4), R12
	MOVQ panel-8(SP), BX
	MOVQ STEP, DX
	MOVQ AT, R15
	MOVQ TERMS, CX
	MOVQ CX, SI
	IMULQ DX, SI
	ADDQ SI, AT
	MOVQ AHEAD0, SI
	CMPQ R15, SIZE0
	JLT ahead
	SUBQ SIZE0, R15
	MOVQ AHEAD1, SI
	CMPQ R15, SIZE1
	JLT ahead
	MOVQ BX, SI
	XORL R15, R15
	XORL DX, DX
ahead:
	ADDQ R15, SI
	CMPQ left-24(SP), $16
	JLE half
	MOVQ DI, R15
	WANTED8
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)
	ZERO(Z8, Z9)
	ZERO(Z10, Z11)
	ZERO(Z12, Z13)
	ZERO(Z14, Z15)
	CMPQ R11, $9
	JEQ nine
	MOVQ BSTEP, R15
	SHRQ $1, CX
	JZ eightOne
eight:
	TERM8
	NEXT
	TERM8
	NEXT
	DECQ CX
	JNZ eight
eightOne:
	MOVQ TERMS, CX
	TESTQ $1, CX
	JZ eightStore
	TERM8
eightStore:
	STORE8
	JMP rows
nine:
	ZERO(Z25, Z26)
	WANTED
	MOVQ BSTEP, R15
nineTerm:
	TERM8
	ROW((R12)(R8*4), Z24, Z25, Z26)
	NEXT
	DECQ CX
	JNZ nineTerm
	STORE8
	STORE(Z25, Z26)
	JMP last
half:
	MOVQ BSTEP, R15
	VPXORD Z0, Z0, Z0
	VPXORD Z2, Z2, Z2
	VPXORD Z4, Z4, Z4
	VPXORD Z6, Z6, Z6
	VPXORD Z8, Z8, Z8
	VPXORD Z10, Z10, Z10
	VPXORD Z12, Z12, Z12
	VPXORD Z14, Z14, Z14
	VPXORD Z25, Z25, Z25
	CMPQ R11, $9
	JEQ nineHalf
	SHRQ $1, CX
	JZ halfOne
eightHalf:
	TERMHALF8
	NEXT
	TERMHALF8
	NEXT
	DECQ CX
	JNZ eightHalf
halfOne:
	MOVQ TERMS, CX
	TESTQ $1, CX
	JZ halfStore
	TERMHALF8
halfStore:
	STOREHALF8
rows:
	MOVQ row-32(SP), AX
	LEAQ (AX)(R8*8), AX
	SUBQ $8, R11
	JNZ tile
last:
	MOVQ BNEXT, CX
	ADDQ CX, panel-8(SP)
	ADDQ $128, block-16(SP)
	SUBQ $32, left-24(SP)
	JGT panel
	VZEROUPPER
	RET
nineHalf:
	TERMHALF8
	ROWHALF((R12)(R8*4), Z25)
	NEXT
	DECQ CX
	JNZ nineHalf
	STOREHALF8
	STOREHALF(Z25)
	JMP last

// QUARTER reads four numbers of each of four rows, from row on and four rows apart, to Z.
#define QUARTER(at, row, X, Z) \
	VMOVUPS at(row), X; \
	VINSERTF32X4 $1, at(row)(R9*4), Z, Z; \
	VINSERTF32X4 $2, at(row)(R9*8), Z, Z; \
	VINSERTF32X4 $3, at(row)(R10*4), Z, Z

// FOUR transposes four columns of sixteen rows.
#define FOUR(at, to) \
	QUARTER(at, AX, X0, Z0); \
	QUARTER(at, BX, X1, Z1); \
	QUARTER(at, CX, X2, Z2); \
	QUARTER(at, DX, X3, Z3); \
	VUNPCKLPS Z1, Z0, Z4; \
	VUNPCKHPS Z1, Z0, Z5; \
	VUNPCKLPS Z3, Z2, Z6; \
	VUNPCKHPS Z3, Z2, Z7; \
	VUNPCKLPD Z6, Z4, Z0; \
	VUNPCKHPD Z6, Z4, Z1; \
	VUNPCKLPD Z7, Z5, Z2; \
	VUNPCKHPD Z7, Z5, Z3; \
	VMOVUPS Z0, (to+0)(DI); \
	VMOVUPS Z1, (to+128)(DI); \
	VMOVUPS Z2, (to+256)(DI); \
	VMOVUPS Z3, (to+384)(DI)

// func transpose16AVX512(dst, src *float32, step, blocks int)
//
// AX, BX, CX and DX point at the first four rows, R9 is a step and R10 three of them.
TEXT ·transpose16AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), AX
	MOVQ step+16(FP), R9
	MOVQ blocks+24(FP), R11
	LEAQ (R9)(R9*2), R10
	LEAQ (AX)(R9*1), BX
	LEAQ (AX)(R9*2), CX
	LEAQ (AX)(R10*1), DX
transposeBlock:
	FOUR(0, 0)
	FOUR(16, 512)
	FOUR(32, 1024)
	FOUR(48, 1536)
	ADDQ $64, AX
	ADDQ $64, BX
	ADDQ $64, CX
	ADDQ $64, DX
	ADDQ $2048, DI
	DECQ R11
	JNZ transposeBlock
	VZEROUPPER
	RET
