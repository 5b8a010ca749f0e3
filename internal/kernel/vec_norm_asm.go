//go:build !noasm && (amd64 || arm64)

package kernel

//go:noescape
func moments64Asm(x *float32, n int, c float32) (sum, square float64)

//go:noescape
func products64Asm(dy, x *float32, n int, mean, s, b float32) (sum, product float64)

//go:noescape
func affineReLUAsm(y, x, r *float32, n int, mean, s, b float32)

//go:noescape
func affineReLUGradAsm(dx, dy, x *float32, n int, c *affineReLUStep)

//go:noescape
func layerSumsAsm(dgamma, dbeta *float64, dy, x *float32, n int, mean, rstd float32)

func moments64(x []float32, c float32) (sum, square float64) {
	k := whole(len(x))
	if k == 0 {
		return moments64Go(x, c, 0, 0)
	}
	sum, square = moments64Asm(&x[0], k, c)
	return moments64Go(x[k:], c, sum, square)
}

func reluProducts64(dy, x []float32, mean, s, b float32) (sum, product float64) {
	x = x[:len(dy)]
	k := whole(len(dy))
	if k == 0 {
		return reluProducts64Go(dy, x, mean, s, b, 0, 0)
	}
	sum, product = products64Asm(&dy[0], &x[0], k, mean, s, b)
	return reluProducts64Go(dy[k:], x[k:], mean, s, b, sum, product)
}

func affineReLU(y, x, r []float32, mean, s, b float32) {
	x = x[:len(y)]
	k := whole(len(y))
	if r == nil {
		if k > 0 {
			affineReLUAsm(&y[0], &x[0], nil, k, mean, s, b)
		}
		affineReLUGo(y[k:], x[k:], nil, mean, s, b)
		return
	}
	r = r[:len(y)]
	if k > 0 {
		affineReLUAsm(&y[0], &x[0], &r[0], k, mean, s, b)
	}
	affineReLUGo(y[k:], x[k:], r[k:], mean, s, b)
}

func affineReLUGrad(dx, dy, x []float32, c *affineReLUStep) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	k := whole(len(dx))
	if k > 0 {
		affineReLUGradAsm(&dx[0], &dy[0], &x[0], k, c)
	}
	affineReLUGradGo(dx[k:], dy[k:], x[k:], c)
}

func layerSums(dgamma, dbeta []float64, dy, x []float32, mean, rstd float32) {
	dgamma, dbeta, x = dgamma[:len(dy)], dbeta[:len(dy)], x[:len(dy)]
	k := whole(len(dy))
	if k > 0 {
		layerSumsAsm(&dgamma[0], &dbeta[0], &dy[0], &x[0], k, mean, rstd)
	}
	layerSumsGo(dgamma[k:], dbeta[k:], dy[k:], x[k:], mean, rstd)
}
