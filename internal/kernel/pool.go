package kernel

// MaxPool writes the largest of each window of kernel elements, stride apart, of each row of x [rows, t] to y [rows, tout],
// and its position in the row to arg [rows, tout]. The first of equals wins; a NaN wins over everything. The windows lie
// within the row: (tout-1)*stride+kernel <= t, kernel >= 1.
func MaxPool(y []float32, arg []int32, x []float32, rows, t, kernel, stride, tout int) {
	grain := rowGrain(tout*kernel, elementGrain)
	if inline(rows, grain) {
		maxPoolRows(y, arg, x, t, kernel, stride, tout, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { maxPoolRows(y, arg, x, t, kernel, stride, tout, lo, hi) })
}

// MaxPoolGrad writes the gradient of MaxPool to dx [rows, t]: each element of dy [rows, tout] goes to the position in arg
// that won, and adds up where windows overlap.
func MaxPoolGrad(dx []float32, dy []float32, arg []int32, rows, t, tout int) {
	grain := rowGrain(t, elementGrain)
	if inline(rows, grain) {
		maxPoolGradRows(dx, dy, arg, t, tout, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { maxPoolGradRows(dx, dy, arg, t, tout, lo, hi) })
}

// GlobalMax writes the largest element of each row of x [rows, t] to y [rows] and its position to arg [rows]; t >= 1.
func GlobalMax(y []float32, arg []int32, x []float32, rows, t int) {
	grain := rowGrain(t, elementGrain)
	if inline(rows, grain) {
		globalMaxRows(y, arg, x, t, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { globalMaxRows(y, arg, x, t, lo, hi) })
}

// GlobalMaxGrad writes the gradient of GlobalMax to dx [rows, t] from dy and arg [rows].
func GlobalMaxGrad(dx, dy []float32, arg []int32, rows, t int) { MaxPoolGrad(dx, dy, arg, rows, t, 1) }

// GlobalMean writes the mean of each row of x [rows, t] to y [rows]; 0 where t is 0.
func GlobalMean(y, x []float32, rows, t int) {
	grain := rowGrain(t, elementGrain)
	if inline(rows, grain) {
		meanRows(y, x, t, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { meanRows(y, x, t, lo, hi) })
}

// GlobalMeanGrad writes the gradient of GlobalMean to dx [rows, t] from dy [rows].
func GlobalMeanGrad(dx, dy []float32, rows, t int) {
	for r := range rows {
		g := dy[r] / float32(t)
		for i := r * t; i < (r+1)*t; i++ {
			dx[i] = g
		}
	}
}

func maxPoolRows(y []float32, arg []int32, x []float32, t, kernel, stride, tout, lo, hi int) {
	for r := lo; r < hi; r++ {
		row := x[r*t : (r+1)*t]
		for j := range tout {
			from := j * stride
			best, at := row[from], 0
			for k, v := range row[from : from+kernel] {
				if v > best || v != v {
					best, at = v, k
				}
			}
			y[r*tout+j], arg[r*tout+j] = best, int32(from+at)
		}
	}
}

func globalMaxRows(y []float32, arg []int32, x []float32, t, lo, hi int) {
	for r := lo; r < hi; r++ {
		if r += globalMaxWide(y[r:hi], arg[r:hi], x[r*t:hi*t], t); r == hi {
			return
		}
		row := x[r*t : (r+1)*t]
		top := maximum(row)
		if sum := sum64(row); sum != sum { // a NaN, or infinities of both signs
			maxPoolRows(y, arg, x, t, t, 1, 1, r, r+1)
			continue
		}
		at := 0
		for row[at] != top {
			at++
		}
		y[r], arg[r] = row[at], int32(at)
	}
}

func maxPoolGradRows(dx, dy []float32, arg []int32, t, tout, lo, hi int) {
	clear(dx[lo*t : hi*t])
	for r := lo; r < hi; r++ {
		row := dx[r*t : (r+1)*t]
		for j := r * tout; j < (r+1)*tout; j++ {
			row[arg[j]] += dy[j]
		}
	}
}

func meanRows(y, x []float32, t, lo, hi int) {
	for r := lo; r < hi; r++ {
		y[r] = float32(sum64(x[r*t:(r+1)*t]) / float64(max(1, t)))
	}
}
