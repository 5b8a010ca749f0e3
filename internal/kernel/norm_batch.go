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

// Channels are gone through together, sample by sample, where their values are few: those of a sample lie side by side, and those of
// one channel far apart. All of them together stay in a core's cache for the second pass.
const (
	mostTogether   = 64
	togetherValues = 1 << 17
)

// together is how many channels of so many values are gone through at once.
func together(values int) int { return max(1, min(mostTogether, togetherValues/max(1, values))) }

// batchMoments sums differences from a channel's first element, and their squares, in float64: such a sum of squares loses
// next to nothing when the square of the mean is taken away from it.
func batchMoments(x, mean, rstd []float32, n, c, t, lo, hi int, eps float32) {
	var sums, squares [mostTogether]float64
	count := float64(n * t)
	for from := lo; from < hi; from += together(n * t) {
		to := min(hi, from+together(n*t))
		clear(sums[:])
		clear(squares[:])
		for i := range n {
			for ch := from; ch < to && t > 0; ch++ {
				sum, square := moments64(x[(i*c+ch)*t:(i*c+ch+1)*t], x[ch*t])
				sums[ch-from] += sum
				squares[ch-from] += square
			}
		}
		for ch := from; ch < to; ch++ {
			m, v := sums[ch-from], squares[ch-from]
			if count > 0 {
				m /= count
				v = max(0, v/count-float64(m*m))
				m += float64(x[ch*t])
			}
			mean[ch], rstd[ch] = float32(m), invert(v, eps)
		}
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
	var sums, products [mostTogether]float64
	var d, k, mid [mostTogether]float32
	for from := lo; from < hi; from += together(n * t) {
		to := min(hi, from+together(n*t))
		clear(sums[:])
		clear(products[:])
		for i := range n {
			for ch := from; ch < to; ch++ {
				a, b := (i*c+ch)*t, (i*c+ch+1)*t
				s, p := products64(dy[a:b], x[a:b], mean[ch])
				sums[ch-from] += s
				products[ch-from] += p
			}
		}
		for ch := from; ch < to; ch++ {
			j := ch - from
			d[j], k[j], mid[j] = batchSlopes(dgamma, dbeta, gamma, rstd[ch], sums[j], products[j], ch, n*t)
		}
		for i := range n {
			for ch := from; ch < to; ch++ {
				a, b, j := (i*c+ch)*t, (i*c+ch+1)*t, ch-from
				affineGrad(dx[a:b], dy[a:b], x[a:b], mean[ch], d[j], k[j], mid[j])
			}
		}
	}
}

func batchNormReLUGrad(dx, dgamma, dbeta, x, gamma, beta, mean, rstd, dy []float32, n, c, t, lo, hi int) {
	var sums, products [mostTogether]float64
	var steps [mostTogether]affineReLUStep
	for from := lo; from < hi; from += together(n * t) {
		to := min(hi, from+together(n*t))
		clear(sums[:])
		clear(products[:])
		for ch := from; ch < to; ch++ {
			g, shift := weightOf(gamma, beta, ch)
			steps[ch-from] = affineReLUStep{mean: mean[ch], s: rstd[ch] * g, b: shift}
		}
		for i := range n {
			for ch := from; ch < to; ch++ {
				a, b, step := (i*c+ch)*t, (i*c+ch+1)*t, &steps[ch-from]
				s, p := reluProducts64(dy[a:b], x[a:b], step.mean, step.s, step.b)
				sums[ch-from] += s
				products[ch-from] += p
			}
		}
		for ch := from; ch < to; ch++ {
			step := &steps[ch-from]
			step.d, step.k, step.mid = batchSlopes(dgamma, dbeta, gamma, rstd[ch], sums[ch-from], products[ch-from], ch, n*t)
		}
		for i := range n {
			for ch := from; ch < to; ch++ {
				a, b := (i*c+ch)*t, (i*c+ch+1)*t
				affineReLUGrad(dx[a:b], dy[a:b], x[a:b], &steps[ch-from])
			}
		}
	}
}
