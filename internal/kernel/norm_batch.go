package kernel

// BatchNorm normalises each channel of x [n, c, t] over batch and time to mean 0 and variance 1, times gamma [c] plus beta
// [c] (nil: 1 and 0), into y; y may be x. mean and rstd [c] receive the batch mean and one over the root of the biased
// variance plus eps.
func BatchNorm(y, x, gamma, beta, mean, rstd []float32, n, c, t int, eps float32) {
	grain := rowGrain(n*t, normGrain)
	if inline(c, grain) {
		batchMoments(x, mean, rstd, n, c, t, 0, c, eps)
	} else {
		Parallel(c, grain, func(lo, hi int) { batchMoments(x, mean, rstd, n, c, t, lo, hi, eps) })
	}
	BatchNormApply(y, x, gamma, beta, mean, rstd, n, c, t)
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

// BatchNormGrad writes the gradients of BatchNorm to dx [n, c, t], dgamma and dbeta [c] (either may be nil), from x, gamma
// (nil: 1), the mean and rstd that BatchNorm left and dy [n, c, t]. Nothing is added to; dx may be x or dy.
func BatchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t int) {
	grain := rowGrain(n*t, normGrain)
	if inline(c, grain) {
		batchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t, 0, c)
		return
	}
	Parallel(c, grain, func(lo, hi int) {
		batchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t, lo, hi)
	})
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

func batchMoments(x, mean, rstd []float32, n, c, t, lo, hi int, eps float32) {
	for ch := lo; ch < hi; ch++ {
		var m, v float64
		if count := float64(n * t); count > 0 {
			for i := range n {
				m += sum64(x[(i*c+ch)*t : (i*c+ch+1)*t])
			}
			m /= count
			for i := range n {
				v += square64(x[(i*c+ch)*t:(i*c+ch+1)*t], m)
			}
			v /= count
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

func batchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t, lo, hi int) {
	for ch := lo; ch < hi; ch++ {
		var sum, product float64
		for i := range n {
			a, b := (i*c+ch)*t, (i*c+ch+1)*t
			s, p := products64(dy[a:b], x[a:b], mean[ch])
			sum += s
			product += p
		}
		scale := float64(rstd[ch])
		if dgamma != nil {
			dgamma[ch] = float32(product * scale)
		}
		if dbeta != nil {
			dbeta[ch] = float32(sum)
		}
		g, _ := weightOf(gamma, nil, ch)
		d := scale * float64(g)
		k, mid := float32(product/float64(n*t)*scale*scale*d), float32(sum/float64(n*t)*d)
		for i := range n {
			a, b := (i*c+ch)*t, (i*c+ch+1)*t
			affineGrad(dx[a:b], dy[a:b], x[a:b], mean[ch], float32(d), k, mid)
		}
	}
}
