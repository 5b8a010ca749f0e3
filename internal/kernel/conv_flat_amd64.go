//go:build !noasm

package kernel

// packPiecesAVX512 fills rows of 32 numbers: either half is gathered from so many pieces of the row at src, and the rows of src
// are step bytes apart.
//
//go:noescape
func packPiecesAVX512(dst, src *float32, step, rows int, low *packPiece, lows int, high *packPiece, highs int)

// packIndexAVX512 fills rows of 32 numbers with those at index of the row at src; where mask is 0 they become 0.
//
//go:noescape
func packIndexAVX512(dst, src *float32, step, rows int, index *int32, mask uint32)

// packAsm does pack in assembly and reports whether it could.
func (l *placing) packAsm(dst, src []float32, step, rows int) bool {
	if active != isaAVX512 {
		return false
	}
	if len(l.segments) == 0 {
		clear(dst)
		return true
	}
	if g := &l.segments[0]; g.step != 1 || g.inStep != 1 {
		l.mask = 0
		for _, g := range l.segments {
			for j := range g.count {
				l.index[g.col+j*g.step] = int32(g.from + j*g.inStep)
				l.mask |= 1 << (g.col + j*g.step)
			}
		}
		packIndexAVX512(&dst[0], &src[0], step*4, rows, &l.index[0], l.mask)
		return true
	}
	l.pieces[0], l.pieces[1] = append(l.pieces[0][:0], packPiece{}), append(l.pieces[1][:0], packPiece{})
	for _, g := range l.segments {
		mask := int64(1)<<(g.col+g.count) - int64(1)<<g.col
		off := int64(g.from-g.col) * 4
		if m := mask & 0xffff; m != 0 {
			l.pieces[0] = append(l.pieces[0], packPiece{off, m})
		}
		if m := mask >> 16; m != 0 {
			l.pieces[1] = append(l.pieces[1], packPiece{off + 64, m})
		}
	}
	packPiecesAVX512(&dst[0], &src[0], step*4, rows, &l.pieces[0][0], len(l.pieces[0]), &l.pieces[1][0], len(l.pieces[1]))
	return true
}
