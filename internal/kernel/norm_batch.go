package kernel

// BatchNorm normalises each channel of x [n, c, t] over batch and time to mean 0 and variance 1, times gamma [c] plus beta
// [c] (nil: 1 and 0), into y; y may be x. mean and rstd [c] receive the batch mean and one over the root of the biased
// variance plus eps.
func BatchNorm(y, x, gamma, beta, mean, rstd []float32, n, c, t int, eps float32) {
	BatchMoments(x, mean, rstd, n, c, t, eps)
	BatchNormApply(y, x, gamma, beta, mean, rstd, n, c, t)
}

// BatchMoments computes mean and rstd of BatchNorm, in one pass over x.
func BatchMoments(x, mean, rstd []float32, n, c, t int, eps float32) {
	grain := rowGrain(n*t, normGrain)
	if inline(c, grain) {
		batchMoments(x, mean, rstd, n, c, t, 0, c, eps)
	} else {
		Parallel(c, grain, func(lo, hi int) { batchMoments(x, mean, rstd, n, c, t, lo, hi, eps) })
	}
}

// BatchNormApply writes (x-mean)*rstd*gamma+beta to y with the given mean and rstd [c]: what BatchNorm does after its first
// step, and all there is to do with running statistics. Shapes as in BatchNorm.
func BatchNormApply(y, x, gamma, beta, mean, rstd []float32, n, c, t int) {
	grain := rowGrain(t, elementGrain)
	if inline(n*c, grain) {
		batchApply(y, x, gamma, beta, mean, rstd, c, t, 0, n*c)
		return
	}
	Parallel(n*c, grain, func(lo, hi int) { batchApply(y, x, gamma, beta, mean, rstd, c, t, lo, hi) })
}

// BatchNormReLU is BatchNormApply, r [n, c, t] added unless it is nil, and what is negative then set to 0. y may be r.
func BatchNormReLU(y, x, r, gamma, beta, mean, rstd []float32, n, c, t int) {
	grain := rowGrain(t, elementGrain)
	if inline(n*c, grain) {
		batchReLU(y, x, r, gamma, beta, mean, rstd, c, t, 0, n*c)
		return
	}
	Parallel(n*c, grain, func(lo, hi int) { batchReLU(y, x, r, gamma, beta, mean, rstd, c, t, lo, hi) })
}

// BatchNormGrad writes the gradients of BatchNorm to dx [n, c, t], dgamma and dbeta [c] (either may be nil), from x, gamma
// (nil: 1), the mean and rstd that BatchNorm left and dy [n, c, t]. Nothing is added to; dx may be x or dy.
func BatchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t int) {
	batchGrad(dx, dgamma, dbeta, x, gamma, nil, mean, rstd, dy, n, c, t, batchNormGrad)
}

// BatchNormReLUGrad is BatchNormGrad of BatchNormReLU without r: dy counts only where the output was above 0, which x, gamma
// and beta tell.
func BatchNormReLUGrad(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy []float32, n, c, t int) {
	batchGrad(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy, n, c, t, batchNormReLUGrad)
}

type batchGradLoop func(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy []float32, n, c, t, lo, hi int)

// batchGrad runs a loop over ranges of channels.
func batchGrad(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy []float32, n, c, t int, loop batchGradLoop) {
	grain := rowGrain(n*t, normGrain)
	if inline(c, grain) {
		loop(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy, n, c, t, 0, c)
		return
	}
	Parallel(c, grain, func(lo, hi int) { loop(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy, n, c, t, lo, hi) })
}

// weightOf returns element i of gamma and beta, 1 and 0 where they are nil.
func weightOf(gamma, beta []float32, i int) (g, b float32) {
	g = 1
	if gamma != nil {
		g = gamma[i]
	}
	if beta != nil {
		b = beta[i]
	}
	return g, b
}

// batchMoments sums differences from a channel's first element, and their squares, in float64: such a sum of squares loses
// next to nothing when the square of the mean is taken away from it.
func batchMoments(x, mean, rstd []float32, n, c, t, lo, hi int, eps float32) {
	for ch := lo; ch < hi; ch++ {
		var m, v float64
		if count := float64(n * t); count > 0 {
			first := x[ch*t]
			for i := range n {
				sum, square := moments64(x[(i*c+ch)*t:(i*c+ch+1)*t], first)
				m += sum
				v += square
			}
			m /= count
			v = max(0, v/count-float64(m*m))
			m += float64(first)
		}
		mean[ch], rstd[ch] = float32(m), invert(v, eps)
	}
}

func batchApply(y, x, gamma, beta, mean, rstd []float32, c, t, lo, hi int) {
	for r := lo; r < hi; r++ {
		ch := r % c
		g, b := weightOf(gamma, beta, ch)
		affine(y[r*t:(r+1)*t], x[r*t:(r+1)*t], mean[ch], rstd[ch]*g, b)
	}
}

func batchReLU(y, x, add, gamma, beta, mean, rstd []float32, c, t, lo, hi int) {
	for r := lo; r < hi; r++ {
		ch := r % c
		g, b := weightOf(gamma, beta, ch)
		var more []float32
		if add != nil {
			more = add[r*t : (r+1)*t]
		}
		affineReLU(y[r*t:(r+1)*t], x[r*t:(r+1)*t], more, mean[ch], rstd[ch]*g, b)
	}
}

// batchSlopes are the factors of a channel's gradient, dx = d*dy - (x-mean)*k - mid, and the gradients of its parameters,
// from the sums of dy and of dy*(x-mean).
func batchSlopes(dgamma, dbeta, gamma []float32, rstd float32, sum, product float64, ch, count int) (d, k, mid float32) {
	scale := float64(rstd)
	if dgamma != nil {
		dgamma[ch] = float32(product * scale)
	}
	if dbeta != nil {
		dbeta[ch] = float32(sum)
	}
	g, _ := weightOf(gamma, nil, ch)
	slope := scale * float64(g)
	return float32(slope), float32(product / float64(count) * scale * scale * slope), float32(sum / float64(count) * slope)
}

func batchNormGrad(dx, dgamma, dbeta, x, gamma, _, mean, rstd, dy []float32, n, c, t, lo, hi int) {
	for ch := lo; ch < hi; ch++ {
		var sum, product float64
		for i := range n {
			a, b := (i*c+ch)*t, (i*c+ch+1)*t
			s, p := products64(dy[a:b], x[a:b], mean[ch])
			sum += s
			product += p
		}
		d, k, mid := batchSlopes(dgamma, dbeta, gamma, rstd[ch], sum, product, ch, n*t)
		for i := range n {
			a, b := (i*c+ch)*t, (i*c+ch+1)*t
			affineGrad(dx[a:b], dy[a:b], x[a:b], mean[ch], d, k, mid)
		}
	}
}

func batchNormReLUGrad(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy []float32, n, c, t, lo, hi int) {
	for ch := lo; ch < hi; ch++ {
		g, shift := weightOf(gamma, beta, ch)
		step := affineReLUStep{mean: mean[ch], s: rstd[ch] * g, b: shift}
		var sum, product float64
		for i := range n {
			a, b := (i*c+ch)*t, (i*c+ch+1)*t
			s, p := reluProducts64(dy[a:b], x[a:b], step.mean, step.s, step.b)
			sum += s
			product += p
		}
		step.d, step.k, step.mid = batchSlopes(dgamma, dbeta, gamma, rstd[ch], sum, product, ch, n*t)
		for i := range n {
			a, b := (i*c+ch)*t, (i*c+ch+1)*t
			affineReLUGrad(dx[a:b], dy[a:b], x[a:b], &step)
		}
	}
}
