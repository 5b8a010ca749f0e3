//go:build !noasm

#include "textflag.h"

#define ARGS \
	MOVQ terms+0(FP), CX; \
	MOVQ a+8(FP), AX; \
	MOVQ b+16(FP), BX; \
	MOVQ c+24(FP), DI; \
	MOVQ ldc+32(FP), R13

#define ZERO(lo, hi) VPXORQ lo, lo, lo; VPXORQ hi, hi, hi
#define ROW(off, x, lo, hi) VBROADCASTSD off(AX), x; VFMADD231PD Z16, x, lo; VFMADD231PD Z17, x, hi
#define STORE(lo, hi) \
	VFMADD213PD (DI), Z22, lo; \
	VFMADD213PD 64(DI), Z22, hi; \
	VMOVUPD lo, (DI); \
	VMOVUPD hi, 64(DI); \
	ADDQ R13, DI

// func tile64AVX512(terms int, a, b, c *float64, ldc int, alpha float64)
//
// Row r is summed in Z(2r), Z(2r+1). Z16 and Z17 hold a term of the panel of B, Z18 to Z21 one number of that of A each.
TEXT ·tile64AVX512(SB), NOSPLIT, $0-48
	ARGS
	VBROADCASTSD alpha+40(FP), Z22
	ZERO(Z0, Z1)
	ZERO(Z2, Z3)
	ZERO(Z4, Z5)
	ZERO(Z6, Z7)
	ZERO(Z8, Z9)
	ZERO(Z10, Z11)
	ZERO(Z12, Z13)
	ZERO(Z14, Z15)
loop:
	VMOVUPD (BX), Z16
	VMOVUPD 64(BX), Z17
	ROW(0, Z18, Z0, Z1)
	ROW(8, Z19, Z2, Z3)
	ROW(16, Z20, Z4, Z5)
	ROW(24, Z21, Z6, Z7)
	ROW(32, Z18, Z8, Z9)
	ROW(40, Z19, Z10, Z11)
	ROW(48, Z20, Z12, Z13)
	ROW(56, Z21, Z14, Z15)
	ADDQ $64, AX
	ADDQ $128, BX
	DECQ CX
	JNZ loop
	STORE(Z0, Z1)
	STORE(Z2, Z3)
	STORE(Z4, Z5)
	STORE(Z6, Z7)
	STORE(Z8, Z9)
	STORE(Z10, Z11)
	STORE(Z12, Z13)
	STORE(Z14, Z15)
	VZEROUPPER
	RET

#define ZERO2(lo, hi) VXORPD lo, lo, lo; VXORPD hi, hi, hi
#define ROW2(off, x, lo, hi) VBROADCASTSD off(AX), x; VFMADD231PD Y8, x, lo; VFMADD231PD Y9, x, hi
#define STORE2(lo, hi) \
	VFMADD213PD (DI), Y12, lo; \
	VFMADD213PD 32(DI), Y12, hi; \
	VMOVUPD lo, (DI); \
	VMOVUPD hi, 32(DI); \
	ADDQ R13, DI

// func tile64AVX2(terms int, a, b, c *float64, ldc int, alpha float64)
//
// Row r is summed in Y(2r), Y(2r+1). Y8 and Y9 hold eight columns of a term of B, Y10 and Y11 one number of A each.
TEXT ·tile64AVX2(SB), NOSPLIT, $0-48
	ARGS
	VBROADCASTSD alpha+40(FP), Y12
	ZERO2(Y0, Y1)
	ZERO2(Y2, Y3)
	ZERO2(Y4, Y5)
	ZERO2(Y6, Y7)
loop2:
	VMOVUPD (BX), Y8
	VMOVUPD 32(BX), Y9
	ROW2(0, Y10, Y0, Y1)
	ROW2(8, Y11, Y2, Y3)
	ROW2(16, Y10, Y4, Y5)
	ROW2(24, Y11, Y6, Y7)
	ADDQ $64, AX
	ADDQ $128, BX
	DECQ CX
	JNZ loop2
	STORE2(Y0, Y1)
	STORE2(Y2, Y3)
	STORE2(Y4, Y5)
	STORE2(Y6, Y7)
	VZEROUPPER
	RET
