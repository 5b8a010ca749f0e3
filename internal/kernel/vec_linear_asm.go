//go:build !noasm && (amd64 || arm64)

package kernel

// The assembly takes the multiple of 8, the Go loop the rest: both give the same bits.

func add(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		addAsm(&dst[0], &a[0], &b[0], k)
	}
	addGo(dst[k:], a[k:], b[k:])
}

func sub(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		subAsm(&dst[0], &a[0], &b[0], k)
	}
	subGo(dst[k:], a[k:], b[k:])
}

func mul(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		mulAsm(&dst[0], &a[0], &b[0], k)
	}
	mulGo(dst[k:], a[k:], b[k:])
}

func relu(dst, x []float32) {
	x = x[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		reluAsm(&dst[0], &x[0], k)
	}
	reluGo(dst[k:], x[k:])
}

func reluGrad(dx, x, dy []float32) {
	x, dy = x[:len(dx)], dy[:len(dx)]
	k := whole(len(dx))
	if k > 0 {
		reluGradAsm(&dx[0], &x[0], &dy[0], k)
	}
	reluGradGo(dx[k:], x[k:], dy[k:])
}

func axpy(alpha float32, x, y []float32) {
	x = x[:len(y)]
	k := whole(len(y))
	if k > 0 {
		axpyAsm(alpha, &x[0], &y[0], k)
	}
	axpyGo(alpha, x[k:], y[k:])
}

func scale(dst []float32, alpha float32, x []float32) {
	x = x[:len(dst)]
	k := whole(len(dst))
	if k > 0 {
		scaleAsm(&dst[0], alpha, &x[0], k)
	}
	scaleGo(dst[k:], alpha, x[k:])
}

func affine(y, x []float32, mean, s, b float32) {
	x = x[:len(y)]
	k := whole(len(y))
	if k > 0 {
		affineAsm(&y[0], &x[0], k, mean, s, b)
	}
	affineGo(y[k:], x[k:], mean, s, b)
}

func affineGrad(dx, dy, x []float32, mean, d, k, s float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	n := whole(len(dx))
	if n > 0 {
		affineGradAsm(&dx[0], &dy[0], &x[0], n, mean, d, k, s)
	}
	affineGradGo(dx[n:], dy[n:], x[n:], mean, d, k, s)
}

func adamw(w, g, m, v []float32, c *adamwStep) {
	g, m, v = g[:len(w)], m[:len(w)], v[:len(w)]
	k := whole(len(w))
	if k > 0 {
		adamwAsm(&w[0], &g[0], &m[0], &v[0], k, c)
	}
	adamwGo(w[k:], g[k:], m[k:], v[k:], c)
}

func maximum(x []float32) float32 {
	k := whole(len(x))
	top := maximumGo(x[k:])
	if k > 0 {
		top = max(top, maximumAsm(&x[0], k))
	}
	return top
}

func dot(a, b []float32) float32 {
	if !vecAsm {
		return dotGo(a, b)
	}
	b = b[:len(a)]
	k := whole(len(a))
	s := dotGo(a[k:], b[k:])
	if k > 0 {
		s += dotAsm(&a[0], &b[0], k)
	}
	return s
}

// The sums go on element by element after the assembly, as the Go loops do after their eights.

func sum64(x []float32) float64 {
	k := whole(len(x))
	if k == 0 {
		return sum64Go(x)
	}
	s := sum64Asm(&x[0], k)
	for _, v := range x[k:] {
		s += float64(v)
	}
	return s
}

func square64(x []float32, c float64) float64 {
	k := whole(len(x))
	if k == 0 {
		return square64Go(x, c)
	}
	s := square64Asm(&x[0], k, c)
	for _, v := range x[k:] {
		s += square(float64(v) - c)
	}
	return s
}

func product64(dy, x []float32, c float32) float64 {
	x = x[:len(dy)]
	k := whole(len(dy))
	if k == 0 {
		return product64Go(dy, x, c)
	}
	s := product64Asm(&dy[0], &x[0], k, c)
	for i := k; i < len(dy); i++ {
		s += float64(float64(dy[i]) * float64(x[i]-c))
	}
	return s
}
