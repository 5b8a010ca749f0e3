package kernel

// channelsLast lays the padded rows [lo, hi) of channels planes of src out with the channels innermost, width numbers for
// each place. It writes what comes from the image; the rest, zeros, is there already.
func channelsLast(dst []float32, width int, src []float32, channels int, rows, cols *axis, lo, hi int) {
	wide := min(cols.in, cols.padded-cols.before)
	lo0, hi0 := max(lo, rows.before), min(hi, rows.before+rows.in)
	if wide <= 0 || lo0 >= hi0 {
		return
	}
	line, area := cols.padded*width, rows.whole*cols.whole
	high := hi0 - lo0
	if wide == cols.padded && wide == cols.whole && rows.skip == 1 {
		wide, high = wide*high, 1 // rows without padding between them are one row
	}
	for r := range high {
		d := dst[(lo0-lo+r)*line+cols.before*width:]
		at := (lo0 - rows.before + r) * rows.skip * cols.whole
		c := 0
		for ; c+8 <= channels && cols.skip == 1; c += 8 {
			done := transpose8(d[c:], width, src[c*area+at:], area, wide)
			for k := c; k < c+8 && done < wide; k++ {
				packColumn(d[done*width+k:], width, src[k*area+at+done:k*area+at+wide])
			}
		}
		for ; c < channels; c++ {
			if cols.skip == 1 {
				packColumn(d[c:], width, src[c*area+at:c*area+at+wide])
				continue
			}
			row := src[c*area+at : c*area+at+(wide-1)*cols.skip+1]
			for q, v := 0, c; q < len(row); q += cols.skip {
				d[v] = row[q]
				v += width
			}
		}
	}
}

// unpackColumns copies cols columns of src, n rows of width numbers, to rows of dst that start step apart.
func unpackColumns(dst []float32, step int, src []float32, width, cols, n int) {
	j := 0
	for ; j+8 <= cols; j += 8 {
		done := transposeDown8(dst[j*step:], step, src[j:], width, n)
		for q := done; q < n; q++ {
			for k, v := range src[q*width+j : q*width+j+8] {
				dst[(j+k)*step+q] = v
			}
		}
	}
	for ; j < cols; j++ {
		row := dst[j*step : j*step+n]
		for q := range row {
			row[q] = src[q*width+j]
		}
	}
}

// stretch is what of the rows [r, end), counted through samples of high rows, belongs to the first sample: the sample, the
// row in it, and their number.
func stretch(r, end, high int) (sample, row, count int) {
	sample, row = r/high, r%high
	return sample, row, min(end-r, high-row)
}
