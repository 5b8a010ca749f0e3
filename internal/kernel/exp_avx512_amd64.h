// e^x for sixteen numbers at a time. Rows of vecTable, see vec_asm.go, of which the first number is broadcast from R8 on.
#define LOW (0*32)(R8)
#define LOG2E (2*32)(R8)
#define BIAS (3*32)(R8)
#define LN2HIGH (4*32)(R8)
#define LN2LOW (5*32)(R8)
#define C0 (6*32)(R8)
#define C1 (7*32)(R8)
#define C2 (8*32)(R8)
#define C3 (9*32)(R8)
#define C4 (10*32)(R8)
#define C5 (11*32)(R8)
#define ONE (12*32)(R8)

// EXPSETUP loads the constants.
#define EXPSETUP \
	LEAQ ·vecTable(SB), R8; \
	VBROADCASTSS LOW, Z31; \
	VBROADCASTSS BIAS, Z29; \
	VBROADCASTSS ONE, Z28; \
	VBROADCASTSS LOG2E, Z25; \
	VBROADCASTSS C0, Z22; \
	VBROADCASTSS LN2HIGH, Z19; \
	VBROADCASTSS LN2LOW, Z18

// EXPBELOW replaces X, below 1, by e^X as exp1 does, but for its last two products, which are one that rounds as the second of
// them does; F, P and S are scratch.
#define EXPBELOW(X, F, P, S) \
	VMAXPS X, Z31, X; \
	VMOVAPS Z29, F; \
	VFMADD231PS Z25, X, F; \
	VSUBPS Z29, F, F; \
	VFNMADD231PS Z19, F, X; \
	VFNMADD231PS Z18, F, X; \
	VMOVAPS Z22, P; \
	VFMADD213PS.BCST C1, X, P; \
	VFMADD213PS.BCST C2, X, P; \
	VFMADD213PS.BCST C3, X, P; \
	VFMADD213PS.BCST C4, X, P; \
	VFMADD213PS.BCST C5, X, P; \
	VMULPS X, X, S; \
	VFMADD213PS X, S, P; \
	VADDPS Z28, P, P; \
	VSCALEFPS F, P, X
