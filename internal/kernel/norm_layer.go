package kernel

import "math"

// normGrain is elementGrain for the normalisations, which pass over the data three times.
const normGrain = 1 << 13

// moments returns the mean and the biased variance of x in two passes, or zeros without elements.
func moments(x []float32) (mean, variance float64) {
	if len(x) == 0 {
		return 0, 0
	}
	mean = sum64(x) / float64(len(x))
	return mean, square64(x, mean) / float64(len(x))
}

// invert turns a variance into one over the standard deviation.
func invert(variance float64, eps float32) float32 {
	return float32(1 / math.Sqrt(variance+float64(eps)))
}

// LayerNorm normalises each row of x [rows, cols] to mean 0 and variance 1, times gamma [cols] plus beta [cols] (nil: 1 and
// 0), into y; y may be x. mean and rstd [rows] receive what LayerNormGrad needs; eps is added to the variance.
func LayerNorm(y, x, gamma, beta, mean, rstd []float32, rows, cols int, eps float32) {
	l := layerNorms.get()
	*l = layerNorm{y, x, gamma, beta, mean, rstd, cols, eps}
	overRanges(rows, rowGrain(cols, normGrain), l)
	*l = layerNorm{}
	layerNorms.put(l)
}

var layerNorms freeList[layerNorm]

// layerNorm is a call of [LayerNorm]. A range is some rows.
type layerNorm struct {
	y, x, gamma, beta, mean, rstd []float32
	cols                          int
	eps                           float32
}

func (l *layerNorm) span(lo, hi int) {
	layerNormRows(l.y, l.x, l.gamma, l.beta, l.mean, l.rstd, l.cols, lo, hi, l.eps)
}

func layerNormRows(y, x, gamma, beta, mean, rstd []float32, cols, lo, hi int, eps float32) {
	if layerNormFast(y, 0, x, gamma, beta, mean, rstd, cols, lo, hi, eps) {
		return
	}
	for r := lo; r < hi; r++ {
		mean[r], rstd[r] = layerNormRow(y[r*cols:(r+1)*cols], x[r*cols:(r+1)*cols], gamma, beta, eps)
	}
}

func layerNormRow(out, in, gamma, beta []float32, eps float32) (mean, rstd float32) {
	m, v := moments(in)
	mean, rstd = float32(m), invert(v, eps)
	affine(out, in, mean, rstd, 0)
	if gamma != nil {
		mul(out, out, gamma[:len(out)])
	}
	if beta != nil {
		add(out, out, beta[:len(out)])
	}
	return mean, rstd
}

// LayerNormNarrow is LayerNorm to a narrow y, with cols even. There must be instructions for bfloat16.
func LayerNormNarrow(y, x, gamma, beta, mean, rstd []float32, rows, cols int, eps float32) {
	grain := rowGrain(cols, normGrain)
	if inline(rows, grain) {
		layerNormNarrowRows(y, x, gamma, beta, mean, rstd, cols, 0, rows, eps)
		return
	}
	Parallel(rows, grain, func(lo, hi int) { layerNormNarrowRows(y, x, gamma, beta, mean, rstd, cols, lo, hi, eps) })
}

func layerNormNarrowRows(y, x, gamma, beta, mean, rstd []float32, cols, lo, hi int, eps float32) {
	if layerNormFast(y, 1, x, gamma, beta, mean, rstd, cols, lo, hi, eps) {
		return
	}
	s := scratches.get()
	row := sized(&s.d, cols)
	for r := lo; r < hi; r++ {
		mean[r], rstd[r] = layerNormRow(row, x[r*cols:(r+1)*cols], gamma, beta, eps)
		Narrow(y[r*cols/2:(r+1)*cols/2], row)
	}
	scratches.put(s)
}

// LayerNormGrad writes the gradients of LayerNorm to dx [rows, cols], dgamma and dbeta [cols] (either may be nil), from x,
// gamma (nil: 1), the mean and rstd that LayerNorm left and dy [rows, cols]. Nothing is added to; dx may be x or dy.
func LayerNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, rows, cols int) {
	LayerNormGradMore(nil, nil, nil, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, rows, cols)
}

// LayerNormGradMore is LayerNormGrad for the next part of a batch that comes in parts: it goes on with the sums gs and bs [cols] of
// dgamma and dbeta, and leaves them there; nil begins anew. plus [rows, cols] is added to dx; nil for none.
func LayerNormGradMore(gs, bs []float64, plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, rows, cols int) {
	g := layerNormGrads.get()
	sums := g.sums
	*g = layerNormGrad{gs, bs, plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, rows, cols, sums}
	if (dgamma != nil || dbeta != nil) && Threads() == 1 && cols > 0 && rows > normRows(cols) {
		g.blocks(rows)
	} else {
		g.run()
	}
	*g = layerNormGrad{sums: g.sums}
	layerNormGrads.put(g)
}

// normRows is how many rows one thread takes at a time, so that they are in the second-level cache for both gradients: several threads
// share out columns for the one and rows for the other.
func normRows(cols int) int { return max(8, (1<<14)/cols&^7) }

var layerNormGrads freeList[layerNormGrad]

// layerNormGrad is a call of [LayerNormGradMore]. A range is some rows.
type layerNormGrad struct {
	gs, bs                                            []float64
	plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32
	rows, cols                                        int
	sums                                              [2][]float64 // for gs and bs where none are given
}

// blocks goes over so many rows by blocks.
func (g *layerNormGrad) blocks(rows int) {
	for i, s := range [...]*[]float64{&g.gs, &g.bs} {
		if *s == nil {
			g.sums[i] = append(g.sums[i][:0], make([]float64, g.cols)...)
			*s = g.sums[i]
		}
	}
	for g.rows = min(rows, normRows(g.cols)); rows > 0; g.rows = min(rows, g.rows) {
		g.run()
		n := g.rows * g.cols
		g.dx, g.x, g.dy, g.mean, g.rstd = g.dx[n:], g.x[n:], g.dy[n:], g.mean[g.rows:], g.rstd[g.rows:]
		if g.plus != nil {
			g.plus = g.plus[n:]
		}
		rows -= g.rows
	}
}

func (g *layerNormGrad) run() {
	// The parameters first: dx may overwrite what they read.
	if g.dgamma != nil || g.dbeta != nil {
		overRanges((g.cols+normUnit-1)/normUnit, 1+normGrain/(normUnit*max(1, g.rows)), (*layerNormParams)(g))
	}
	overRanges(g.rows, rowGrain(g.cols, normGrain), g)
}

func (g *layerNormGrad) span(lo, hi int) {
	layerNormGradRows(g.dx, g.x, g.gamma, g.mean, g.rstd, g.dy, g.plus, g.cols, lo, hi)
}

// normBlock is how many columns one pass over the rows sums at most: their float64 sums stay on the stack. Threads share columns
// out in units of normUnit.
const normBlock, normUnit = 64, 32

// layerNormParams sums dgamma and dbeta over the rows, in row order. A range is some units of columns.
type layerNormParams layerNormGrad

func (g *layerNormParams) span(lo, hi int) {
	rows, cols := g.rows, g.cols
	for from := lo * normUnit; from < min(cols, hi*normUnit); from += normBlock {
		to := min(cols, hi*normUnit, from+normBlock)
		var gs, bs [normBlock]float64
		if g.gs != nil {
			copy(gs[:], g.gs[from:to])
		}
		if g.bs != nil {
			copy(bs[:], g.bs[from:to])
		}
		done := layerSumsFast(gs[:to-from], bs[:to-from], g.dy, g.x, g.mean, g.rstd, rows, cols, from)
		for r := 0; r < rows && from+done < to; r++ {
			layerSums(gs[done:], bs[done:], g.dy[r*cols+from+done:r*cols+to], g.x[r*cols+from+done:r*cols+to], g.mean[r], g.rstd[r])
		}
		if g.gs != nil {
			copy(g.gs[from:to], gs[:])
		}
		if g.bs != nil {
			copy(g.bs[from:to], bs[:])
		}
		for i := from; i < to; i++ {
			if g.dgamma != nil {
				g.dgamma[i] = float32(gs[i-from])
			}
			if g.dbeta != nil {
				g.dbeta[i] = float32(bs[i-from])
			}
		}
	}
}

func layerNormGradRows(dx, x, gamma, mean, rstd, dy, plus []float32, cols, lo, hi int) {
	if layerNormGradFast(dx, x, gamma, mean, rstd, dy, plus, cols, lo, hi) {
		return
	}
	for r := lo; r < hi; r++ {
		at, to := r*cols, (r+1)*cols
		layerNormGradRow(dx[at:to], x[at:to], gamma, dy[at:to], mean[r], rstd[r])
		if plus != nil {
			add(dx[at:to], dx[at:to], plus[at:to])
		}
	}
}

func layerNormGradRow(out, in, gamma, d []float32, m, s float32) {
	n := float64(len(out))
	if gamma == nil {
		sum, product := products64(d, in, m)
		affineGrad(out, d, in, m, s, float32(product/n*float64(s)*float64(s)*float64(s)), float32(sum/n*float64(s)))
		return
	}
	g := gamma[:len(out)]
	if &out[0] != &in[0] { // then out can hold the product
		mul(out, d, g)
		sum, product := products64(out, in, m)
		affineGrad(out, out, in, m, s, float32(product/n*float64(s)*float64(s)*float64(s)), float32(sum/n*float64(s)))
		return
	}
	var sum, product float64
	for i, v := range d {
		a := float64(v * g[i])
		sum += a
		product += float64(a * float64(in[i]-m))
	}
	k, mid := float32(product/n*float64(s)*float64(s)*float64(s)), float32(sum/n*float64(s))
	for i, v := range d {
		out[i] = float32(s*float32(v*g[i])) - float32((in[i]-m)*k) - mid
	}
}

// layerSumsGo adds dy*(x-mean)*rstd to dgamma and dy to dbeta, column by column.
func layerSumsGo(dgamma, dbeta []float64, dy, x []float32, mean, rstd float32) {
	dgamma, dbeta, x = dgamma[:len(dy)], dbeta[:len(dy)], x[:len(dy)]
	for i, v := range dy {
		dgamma[i] += float64(v * ((x[i] - mean) * rstd))
		dbeta[i] += float64(v)
	}
}

// affineGo writes (x-mean)*s+b to y.
func affineGo(y, x []float32, mean, s, b float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] = float32((v-mean)*s) + b
	}
}

// affineGradGo writes d*dy-(x-mean)*k-s to dx: the gradient of a normalisation, its two sums in k and s.
func affineGradGo(dx, dy, x []float32, mean, d, k, s float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		dx[i] = float32(d*dy[i]) - float32((v-mean)*k) - s
	}
}
