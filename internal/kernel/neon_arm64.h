// Vector instructions that Go's assembler has no name for. The arguments are numbers of vector registers in the order of
// Go's assembler, the result last: FSUB4(2, 1, 0) is V0 = V1 - V2, as VFMLS V2, V1, V0 is V0 -= V1*V2. A 4 in the name means
// four float32, a 2 two float64.

#define NEON3(op, m, n, d) WORD $((op) | (m)<<16 | (n)<<5 | (d))
#define NEON2(op, n, d) WORD $((op) | (n)<<5 | (d))

#define FADD4(m, n, d) NEON3(0x4E20D400, m, n, d)
#define FSUB4(m, n, d) NEON3(0x4EA0D400, m, n, d)
#define FMUL4(m, n, d) NEON3(0x6E20DC00, m, n, d)
#define FDIV4(m, n, d) NEON3(0x6E20FC00, m, n, d)
#define FMAX4(m, n, d) NEON3(0x4E20F400, m, n, d) // NaN if one is
#define FMIN4(m, n, d) NEON3(0x4EA0F400, m, n, d) // NaN if one is
#define FMAXNM4(m, n, d) NEON3(0x4E20C400, m, n, d) // the number where one is NaN
#define FCMGT4(m, n, d) NEON3(0x6EA0E400, m, n, d) // V(d) = V(n) > V(m)
#define FCMGE4(m, n, d) NEON3(0x6E20E400, m, n, d)
#define FCMGTZ4(n, d) NEON2(0x4EA0C800, n, d) // V(d) = V(n) > 0
#define FABS4(n, d) NEON2(0x4EA0F800, n, d)
#define FSQRT4(n, d) NEON2(0x6EA1F800, n, d)
#define UCVTF4(n, d) NEON2(0x6E21D800, n, d) // of uint32
#define SSHR1(n, d) NEON2(0x4F3F0400, n, d) // of int32, by 1
#define FMAXNMV(n, d) NEON2(0x6E30C800, n, d) // the largest of four float32

// V(m)[0] times the four numbers of V(n).
#define FMLAE4(m, n, d) NEON3(0x4F801000, m, n, d)
#define FMULE4(m, n, d) NEON3(0x4F809000, m, n, d)

#define FADD2(m, n, d) NEON3(0x4E60D400, m, n, d)
#define FSUB2(m, n, d) NEON3(0x4EE0D400, m, n, d)
#define FMUL2(m, n, d) NEON3(0x6E60DC00, m, n, d)
#define LONGLO(n, d) NEON2(0x0E617800, n, d) // float64 of the lower two float32
#define LONGHI(n, d) NEON2(0x4E617800, n, d) // and of the upper two
#define FADDP2(n, d) NEON2(0x7E70D800, n, d) // sum of the two float64
#define FADDPS(n, d) NEON2(0x7E30D800, n, d) // sum of the lower two float32

#define FMLA4(m, n, d) NEON3(0x4E20CC00, m, n, d) // VFMLA, for macros that take numbers
#define FMLS4(m, n, d) NEON3(0x4EA0CC00, m, n, d)
#define IADD4(m, n, d) NEON3(0x4EA08400, m, n, d) // of int32
#define ISUB4(m, n, d) NEON3(0x6EA08400, m, n, d)
#define SHL23(n, d) NEON2(0x4F375400, n, d) // of int32, by 23
#define MOV4(n, d) NEON3(0x4EA01C00, n, n, d)
#define NEGATIVE4(n, d) NEON2(0x4EA0A800, n, d) // all bits where the sign is set
#define CHOOSE4(m, n, d) NEON3(0x6E601C00, m, n, d) // V(d) = V(n) where V(d) is set, else V(m)
#define ROW32(i, d) WORD $(0x3DC00100 | (i)<<11 | (d)) // the sixteen bytes from R8+32*i on
#define LOADQ(m, n, d) NEON3(0x3CE06800, m, n, d) // the sixteen bytes at R(n) + R(m); R31 is zero
#define STOREQ(m, n, d) NEON3(0x3CA06800, m, n, d)
