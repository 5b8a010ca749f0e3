package kernel

// packRows copies rows pieces of src, the first starting at src[off] and each
// step numbers after the one before, to the rows of a panel. Only columns
// [lo, hi) are read; the others become zero. off itself may lie outside src.
func packRows(dst, src []float32, off, step, rows, lo, hi int) {
	if rows <= 0 {
		return
	}
	nr := panelWidth()
	_ = dst[rows*nr-1]
	if lo >= hi {
		clear(dst[:rows*nr])
		return
	}
	_ = src[off+lo]
	_ = src[off+(rows-1)*step+hi-1]
	if packRowsAsm(dst, src, off, step, rows, lo, hi) {
		return
	}
	for r := range rows {
		d := dst[r*nr : (r+1)*nr]
		clear(d[:lo])
		copy(d[lo:hi], src[off+r*step+lo:])
		clear(d[hi:])
	}
}

// packColumns copies the transpose of src, cols rows of n numbers that start
// step apart, to dst, n rows of width numbers, and sets the columns from cols
// to width to zero.
func packColumns(dst []float32, width int, src []float32, step, cols, n int) {
	if n <= 0 {
		return
	}
	_ = dst[n*width-1]
	i := 0
	for ; i+8 <= cols; i += 8 {
		_ = src[(i+7)*step+n-1]
		done := transpose8(dst[i:], width, src[i*step:], step, n)
		for r := i; r < i+8 && done < n; r++ {
			packColumn(dst[done*width+r:], width, src[r*step+done:r*step+n])
		}
	}
	for ; i < cols; i++ {
		packColumn(dst[i:], width, src[i*step:i*step+n])
	}
	if cols < width {
		for r := range n {
			clear(dst[r*width+cols : (r+1)*width])
		}
	}
}

// packColumn spreads a row over a column of dst.
func packColumn(dst []float32, width int, row []float32) {
	for q, v := range row {
		dst[q*width] = v
	}
}
