package kernel

// GroupNorm normalises each group of c/groups neighbouring channels of each sample of x [n, c, t] to mean 0 and variance 1,
// times gamma [c] plus beta [c] (nil: 1 and 0), into y; y may be x. mean and rstd [n*groups] receive what GroupNormGrad needs.
// groups divides c.
func GroupNorm(y, x, gamma, beta, mean, rstd []float32, n, c, t, groups int, eps float32) {
	rows := n * groups
	grain := rowGrain(c/groups*t, normGrain)
	if inline(rows, grain) {
		groupNormRows(y, x, gamma, beta, mean, rstd, c, t, groups, 0, rows, eps)
		return
	}
	Parallel(rows, grain, func(lo, hi int) {
		groupNormRows(y, x, gamma, beta, mean, rstd, c, t, groups, lo, hi, eps)
	})
}

// GroupNormGrad writes the gradients of GroupNorm to dx [n, c, t], dgamma and dbeta [c] (either may be nil), from x, gamma
// (nil: 1), the mean and rstd that GroupNorm left and dy [n, c, t]. Nothing is added to; dx may be x or dy.
func GroupNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t, groups int) {
	GroupNormGradMore(nil, nil, dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t, groups)
}

// GroupNormGradMore is to GroupNormGrad as LayerNormGradMore to LayerNormGrad; gs and bs are [c].
func GroupNormGradMore(gs, bs []float64, dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t, groups int) {
	// The parameters first: dx may overwrite what they read.
	if dgamma != nil || dbeta != nil {
		grain := rowGrain(n*t, normGrain)
		if inline(c, grain) {
			groupNormParams(gs, bs, dgamma, dbeta, x, mean, rstd, dy, n, c, t, groups, 0, c)
		} else {
			Parallel(c, grain, func(lo, hi int) {
				groupNormParams(gs, bs, dgamma, dbeta, x, mean, rstd, dy, n, c, t, groups, lo, hi)
			})
		}
	}
	rows := n * groups
	grain := rowGrain(c/groups*t, normGrain)
	if inline(rows, grain) {
		groupNormGradRows(dx, x, gamma, mean, rstd, dy, c, t, groups, 0, rows)
		return
	}
	Parallel(rows, grain, func(lo, hi int) {
		groupNormGradRows(dx, x, gamma, mean, rstd, dy, c, t, groups, lo, hi)
	})
}

func groupNormRows(y, x, gamma, beta, mean, rstd []float32, c, t, groups, lo, hi int, eps float32) {
	per := c / groups
	for r := lo; r < hi; r++ {
		m, v := moments(x[r*per*t : (r+1)*per*t])
		mean[r], rstd[r] = float32(m), invert(v, eps)
		for k := r * per; k < (r+1)*per; k++ {
			g, b := weightOf(gamma, beta, k%c)
			affine(y[k*t:(k+1)*t], x[k*t:(k+1)*t], mean[r], rstd[r]*g, b)
		}
	}
}

// groupNormParams sums dgamma and dbeta of the channels lo..hi over the batch, in order.
func groupNormParams(gs, bs []float64, dgamma, dbeta, x, mean, rstd, dy []float32, n, c, t, groups, lo, hi int) {
	per := c / groups
	for ch := lo; ch < hi; ch++ {
		var sum, product float64
		if gs != nil {
			product = gs[ch]
		}
		if bs != nil {
			sum = bs[ch]
		}
		for i := range n {
			k, r := i*c+ch, i*groups+ch/per
			s, p := products64(dy[k*t:(k+1)*t], x[k*t:(k+1)*t], mean[r])
			sum += s
			product += float64(p * float64(rstd[r]))
		}
		if gs != nil {
			gs[ch] = product
		}
		if bs != nil {
			bs[ch] = sum
		}
		if dgamma != nil {
			dgamma[ch] = float32(product)
		}
		if dbeta != nil {
			dbeta[ch] = float32(sum)
		}
	}
}

func groupNormGradRows(dx, x, gamma, mean, rstd, dy []float32, c, t, groups, lo, hi int) {
	per := c / groups
	for r := lo; r < hi; r++ {
		var sum, product float64
		for k := r * per; k < (r+1)*per; k++ {
			g, _ := weightOf(gamma, nil, k%c)
			s, p := products64(dy[k*t:(k+1)*t], x[k*t:(k+1)*t], mean[r])
			sum += float64(s * float64(g))
			product += float64(p * float64(g))
		}
		scale, count := float64(rstd[r]), float64(per*t)
		k, mid := float32(product/count*scale*scale*scale), float32(sum/count*scale)
		for ch := r * per; ch < (r+1)*per; ch++ {
			g, _ := weightOf(gamma, nil, ch%c)
			affineGrad(dx[ch*t:(ch+1)*t], dy[ch*t:(ch+1)*t], x[ch*t:(ch+1)*t], mean[r], rstd[r]*g, k, mid)
		}
	}
}
