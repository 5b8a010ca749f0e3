// Tiles of R rows by 32 columns in AVX-512, see gemm_avx512_amd64.s.

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
	VBROADCASTSS alpha+72(FP), Z22; \
	MOVL mask+76(FP), DX; \
	MOVQ base+80(FP), R14; \
	LEAQ (R8)(R8*2), R10; \
	LEAQ (AX)(R8*4), R12; \
	KMOVW DX, K1; \
	MOVL DX, R15; \
	SHRL $16, R15; \
	KMOVW R15, K2; \
	NEGQ R14; \
	SBBQ R14, R14; \
	ANDL R14, DX; \
	ANDL R14, R15; \
	KMOVW DX, K3; \
	KMOVW R15, K4

// AHEAD asks for a row of C, which the sums then have time to bring from memory.
#define AHEAD PREFETCHT0 (R15); PREFETCHT0 64(R15); ADDQ R13, R15

#define ZERO(lo, hi) VPXORD lo, lo, lo; VPXORD hi, hi, hi
#define BIAS(mem, lo, hi) VBROADCASTSS mem, lo; VMOVAPS lo, hi
#define PANEL PANELAT(0, 64)
#define ROW(mem, x, lo, hi) VBROADCASTSS mem, x; VFMADD231PS Z16, x, lo; VFMADD231PS Z17, x, hi

// PANELAT is PANEL and ROWS8AT is ROWS8, so many bytes on from BX, and from AX and R12.
#define PANELAT(at, half) VMOVUPS at(BX), Z16; VMOVUPS half(BX), Z17
#define ROWS8AT(at) \
	ROW(at(AX), Z18, Z0, Z1); \
	ROW(at(AX)(R8*1), Z19, Z2, Z3); \
	ROW(at(AX)(R8*2), Z20, Z4, Z5); \
	ROW(at(AX)(R10*1), Z21, Z6, Z7); \
	ROW(at(R12), Z18, Z8, Z9); \
	ROW(at(R12)(R8*1), Z19, Z10, Z11); \
	ROW(at(R12)(R8*2), Z20, Z12, Z13); \
	ROW(at(R12)(R10*1), Z21, Z14, Z15)

#define STEP ADDQ R9, AX; ADDQ R9, R12; ADDQ R11, BX
#define NEXT STEP; DECQ CX

// ZERO8, AHEAD8, ROWS8 and STORE8 are those of eight rows.
#define ZERO8 \
	ZERO(Z0, Z1); \
	ZERO(Z2, Z3); \
	ZERO(Z4, Z5); \
	ZERO(Z6, Z7); \
	ZERO(Z8, Z9); \
	ZERO(Z10, Z11); \
	ZERO(Z12, Z13); \
	ZERO(Z14, Z15)
#define AHEAD8 AHEAD; AHEAD; AHEAD; AHEAD; AHEAD; AHEAD; AHEAD; AHEAD
#define ROWS8 ROWS8AT(0)
#define STORE8 \
	STORE(Z0, Z1); \
	STORE(Z2, Z3); \
	STORE(Z4, Z5); \
	STORE(Z6, Z7); \
	STORE(Z8, Z9); \
	STORE(Z10, Z11); \
	STORE(Z12, Z13); \
	STORE(Z14, Z15)

// BASE makes SI and R14 what to add to and its step, C where that is nothing.
#define BASE \
	MOVQ base+80(FP), SI; \
	MOVQ baseStep+88(FP), R14; \
	TESTQ SI, SI; \
	CMOVQEQ DI, SI; \
	CMOVQEQ R13, R14

// K1, K2: the columns there are; K3, K4: those of them to add to.
#define STORE(lo, hi) \
	VMOVUPS.Z (SI), K3, Z23; \
	VMOVUPS.Z 64(SI), K4, Z24; \
	ADDQ R14, SI; \
	VFMADD213PS Z23, Z22, lo; \
	VFMADD213PS Z24, Z22, hi; \
	VMOVUPS lo, K1, (DI); \
	VMOVUPS hi, K2, 64(DI); \
	ADDQ R13, DI
