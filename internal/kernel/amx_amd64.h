// Go's assembler knows neither AMX nor AVX512-BF16, so their instructions are spelled as bytes. Of tile instructions the
// last byte or two name the tiles (TMM0 to TMM7) and registers.

#define LDTILECFG_AX BYTE $0xC4; BYTE $0xE2; BYTE $0x78; BYTE $0x49; BYTE $0x00
#define TILERELEASE BYTE $0xC4; BYTE $0xE2; BYTE $0x78; BYTE $0x49; BYTE $0xC0
// reg is 0xC0 + 8*tile.
#define TILEZERO(reg) BYTE $0xC4; BYTE $0xE2; BYTE $0x7B; BYTE $0x49; BYTE $reg
// reg is 4 + 8*tile, address the scale-index-base byte.
#define TILELOADD(reg, address) BYTE $0xC4; BYTE $0xE2; BYTE $0x7B; BYTE $0x4B; BYTE $reg; BYTE $address
// The same 64 bytes further; reg is 0x44 + 8*tile.
#define TILELOADD64(reg, address) BYTE $0xC4; BYTE $0xE2; BYTE $0x7B; BYTE $0x4B; BYTE $reg; BYTE $address; BYTE $0x40
// reg is 0x84 + 8*tile; rows start 128 bytes apart at AX + offset.
#define TILESTORED(reg, offset) BYTE $0xC4; BYTE $0xE2; BYTE $0x7A; BYTE $0x4B; BYTE $reg; BYTE $0x08; LONG $offset
// left is 0xC0 + 8*sum + tile of A, right 2 + 8*(15 - tile of B).
#define TDPBF16PS(right, left) BYTE $0xC4; BYTE $0xE2; BYTE $right; BYTE $0x5C; BYTE $left

// TILELOADD's with the rows 128 bytes apart, at SI or DI and 64 bytes further.
#define SI_CX 0x0E
#define DI_CX 0x0F
#define SI_DX 0x16
#define DI_DX 0x17
#define BX_CX 0x0B
