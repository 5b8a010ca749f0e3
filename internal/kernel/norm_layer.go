package kernel

import (
	"math"
	"sync/atomic"
)

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
	*g = layerNormGrad{gs, bs, plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, rows, cols, 0, g.sums, g.done}
	if dgamma != nil || dbeta != nil {
		g.run()
	} else {
		overRanges(rows, rowGrain(cols, normGrain), g)
	}
	*g = layerNormGrad{sums: g.sums, done: g.done}
	layerNormGrads.put(g)
}

var layerNormGrads freeList[layerNormGrad]

// layerNormGrad is a call of [LayerNormGradMore]. A part is some rows that stay in the second-level cache for both gradients. The sums over rows go from
// part to part in their order, some columns after the other, so that threads whose parts follow each other work on different columns.
type layerNormGrad struct {
	gs, bs                                            []float64
	plus, dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32
	rows, cols, each                                  int
	sums                                              [2][]float64   // for gs and bs where none are given
	done                                              []atomic.Int64 // parts whose sums over some columns are taken
}

// normRows is the most rows in a part.
func normRows(cols int) int { return max(8, (1<<14)/cols&^7) }

// normUnit is how many columns are added up at a time.
const normUnit = 32

func (g *layerNormGrad) run() {
	units := (g.cols + normUnit - 1) / normUnit
	for i, s := range [...]*[]float64{&g.gs, &g.bs} {
		if *s == nil {
			g.sums[i] = append(g.sums[i][:0], make([]float64, g.cols)...)
			*s = g.sums[i]
		}
	}
	if len(g.done) < units {
		g.done = make([]atomic.Int64, units)
	}
	for i := range units {
		g.done[i].Store(0)
	}
	if g.cols > 0 {
		g.each = min(normRows(g.cols), max(g.rows/(4*Threads())+1, normGrain/g.cols))
		runInOrder(g, (g.rows+g.each-1)/g.each)
	}
	for i := range g.cols {
		if g.dgamma != nil {
			g.dgamma[i] = float32(g.gs[i])
		}
		if g.dbeta != nil {
			g.dbeta[i] = float32(g.bs[i])
		}
	}
}

func (g *layerNormGrad) span(lo, hi int) {
	layerNormGradRows(g.dx, g.x, g.gamma, g.mean, g.rstd, g.dy, g.plus, g.cols, lo, hi)
}

func (g *layerNormGrad) do(part int) {
	finished := false
	defer func() {
		for i := 0; i < len(g.done) && !finished; i++ {
			g.done[i].Store(math.MaxInt64) // a panic lets nobody wait
		}
	}()
	lo, hi := part*g.each, min((part+1)*g.each, g.rows)
	over := &g.dx[0] == &g.x[0] || &g.dx[0] == &g.dy[0] // then dx takes the place of what the sums read
	if !over {
		g.span(lo, hi)
	}
	for from := 0; from < g.cols; from += normUnit {
		done := &g.done[from/normUnit]
		for i := 0; done.Load() < int64(part); i++ {
			pause(i)
		}
		g.add(lo, hi, from, min(from+normUnit, g.cols))
		done.Store(int64(part) + 1)
	}
	if over {
		g.span(lo, hi)
	}
	finished = true
}

// add adds rows from lo to hi to the sums of columns from one to another, in row order.
func (g *layerNormGrad) add(lo, hi, from, to int) {
	gs, bs, cols := g.gs[from:to], g.bs[from:to], g.cols
	dy, x := g.dy[lo*cols:hi*cols], g.x[lo*cols:hi*cols]
	done := layerSumsFast(gs, bs, dy, x, g.mean[lo:hi], g.rstd[lo:hi], hi-lo, cols, from)
	for r := 0; r < hi-lo && from+done < to; r++ {
		layerSums(gs[done:], bs[done:], dy[r*cols+from+done:r*cols+to], x[r*cols+from+done:r*cols+to], g.mean[lo+r], g.rstd[lo+r])
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
