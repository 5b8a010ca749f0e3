//go:build !noasm

#include "textflag.h"

// COLUMNS adds sixteen numbers from at bytes behind SI on to sum and asks for those some rows further on, at R9.
#define COLUMNS(at, sum) \
	PREFETCHT0 at(R9); \
	VADDPS at(SI), sum, sum

// func sumRowsAVX512(dst, x *float32, step, rows, ahead int)
//
// 128 columns of rows step bytes apart are added to dst; what lies ahead bytes further is asked for.
TEXT ·sumRowsAVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ step+16(FP), R8
	MOVQ rows+24(FP), CX
	MOVQ ahead+32(FP), R9
	ADDQ SI, R9
	VMOVUPS (DI), Z0
	VMOVUPS 64(DI), Z1
	VMOVUPS 128(DI), Z2
	VMOVUPS 192(DI), Z3
	VMOVUPS 256(DI), Z4
	VMOVUPS 320(DI), Z5
	VMOVUPS 384(DI), Z6
	VMOVUPS 448(DI), Z7
sumRow:
	COLUMNS(0, Z0)
	COLUMNS(64, Z1)
	COLUMNS(128, Z2)
	COLUMNS(192, Z3)
	COLUMNS(256, Z4)
	COLUMNS(320, Z5)
	COLUMNS(384, Z6)
	COLUMNS(448, Z7)
	ADDQ R8, SI
	ADDQ R8, R9
	DECQ CX
	JNZ sumRow
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	VMOVUPS Z4, 256(DI)
	VMOVUPS Z5, 320(DI)
	VMOVUPS Z6, 384(DI)
	VMOVUPS Z7, 448(DI)
	VZEROUPPER
	RET

// func sumRows2AVX512(dst, x *float32, step, rows, ahead int)
//
// The same for 32 columns.
TEXT ·sumRows2AVX512(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ step+16(FP), R8
	MOVQ rows+24(FP), CX
	MOVQ ahead+32(FP), R9
	ADDQ SI, R9
	VMOVUPS (DI), Z0
	VMOVUPS 64(DI), Z1
sumRow2:
	COLUMNS(0, Z0)
	COLUMNS(64, Z1)
	ADDQ R8, SI
	ADDQ R8, R9
	DECQ CX
	JNZ sumRow2
	VMOVUPS Z0, (DI)
	VMOVUPS Z1, 64(DI)
	VZEROUPPER
	RET
