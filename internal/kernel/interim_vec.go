// Interim plain-Go kernels so that other packages build; replaced file by file (delete what you replace).
package kernel

import "math"

func m1(dst, x []float32, f func(float64) float64) {
	Parallel(len(dst), 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			dst[i] = float32(f(float64(x[i])))
		}
	})
}
func Exp(dst, x []float32) { m1(dst, x, math.Exp) }
func GELU(dst, x []float32) {
	m1(dst, x, func(v float64) float64 { return 0.5 * v * (1 + math.Erf(v/math.Sqrt2)) })
}
func GELUGrad(dx, x, dy []float32) {
	Parallel(len(dx), 4096, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			v := float64(x[i])
			dx[i] = dy[i] * float32(0.5*(1+math.Erf(v/math.Sqrt2))+v*math.Exp(-v*v/2)/math.Sqrt(2*math.Pi))
		}
	})
}

const gc = 0.7978845608028654

func GELUTanh(dst, x []float32) {
	m1(dst, x, func(v float64) float64 { return 0.5 * v * (1 + math.Tanh(gc*(v+0.044715*v*v*v))) })
}
func GELUTanhGrad(dx, x, dy []float32) {
	for i := range dx {
		v := float64(x[i])
		t := math.Tanh(gc * (v + 0.044715*v*v*v))
		dx[i] = dy[i] * float32(0.5*(1+t)+0.5*v*(1-t*t)*gc*(1+3*0.044715*v*v))
	}
}
func ReLU(dst, x []float32) {
	for i, v := range x {
		dst[i] = max(v, 0)
	}
}
func ReLUGrad(dx, x, dy []float32) {
	for i, v := range x {
		if v > 0 {
			dx[i] = dy[i]
		} else {
			dx[i] = 0
		}
	}
}
func Add(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}
func Sub(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] - b[i]
	}
}
func Mul(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}
func Axpy(alpha float32, x, y []float32) {
	for i, v := range x {
		y[i] += alpha * v
	}
}
func Scale(dst []float32, alpha float32, x []float32) {
	for i, v := range x {
		dst[i] = alpha * v
	}
}
func Dot(a, b []float32) float32 {
	var s float32
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}
func Sum(x []float32) float32 {
	var s float64
	for _, v := range x {
		s += float64(v)
	}
	return float32(s)
}
func SumSquares(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return s
}
func Softmax(dst, x []float32, rows, cols int) {
	Parallel(rows, 16, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			in, out := x[r*cols:(r+1)*cols], dst[r*cols:(r+1)*cols]
			top := in[0]
			for _, v := range in {
				top = max(top, v)
			}
			var s float32
			for i, v := range in {
				out[i] = float32(math.Exp(float64(v - top)))
				s += out[i]
			}
			for i := range out {
				out[i] /= s
			}
		}
	})
}
func SoftmaxGrad(dx, y, dy []float32, rows, cols int) {
	for r := range rows {
		a, b, d := y[r*cols:(r+1)*cols], dy[r*cols:(r+1)*cols], dx[r*cols:(r+1)*cols]
		s := Dot(a, b)
		for i := range d {
			d[i] = a[i] * (b[i] - s)
		}
	}
}

// stats over an index set given by offsets base+i*... contiguous runs
func moments(x []float32) (float32, float64) {
	var s float64
	for _, v := range x {
		s += float64(v)
	}
	m := s / float64(len(x))
	var q float64
	for _, v := range x {
		q += (float64(v) - m) * (float64(v) - m)
	}
	return float32(m), q / float64(len(x))
}
func aff(g, b []float32, i int) (float32, float32) {
	if g == nil {
		return 1, 0
	}
	return g[i], b[i]
}
func LayerNorm(y, x, gamma, beta, mean, rstd []float32, rows, cols int, eps float32) {
	for r := range rows {
		in, out := x[r*cols:(r+1)*cols], y[r*cols:(r+1)*cols]
		m, v := moments(in)
		mean[r], rstd[r] = m, float32(1/math.Sqrt(v+float64(eps)))
		for i := range in {
			g, b := aff(gamma, beta, i)
			out[i] = (in[i]-m)*rstd[r]*g + b
		}
	}
}
func LayerNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, rows, cols int) {
	clear(dgamma)
	clear(dbeta)
	for r := range rows {
		in, d, o := x[r*cols:(r+1)*cols], dy[r*cols:(r+1)*cols], dx[r*cols:(r+1)*cols]
		var s1, s2 float32
		for i := range in {
			xh := (in[i] - mean[r]) * rstd[r]
			g, _ := aff(gamma, gamma, i)
			dgamma[i] += d[i] * xh
			dbeta[i] += d[i]
			s1 += d[i] * g
			s2 += d[i] * g * xh
		}
		for i := range in {
			xh := (in[i] - mean[r]) * rstd[r]
			g, _ := aff(gamma, gamma, i)
			o[i] = rstd[r] * (d[i]*g - s1/float32(cols) - xh*s2/float32(cols))
		}
	}
}
func BatchNorm(y, x, gamma, beta, mean, rstd []float32, n, c, t int, eps float32) {
	for ch := range c {
		var s, q float64
		for i := range n {
			for _, v := range x[(i*c+ch)*t : (i*c+ch+1)*t] {
				s += float64(v)
			}
		}
		m := s / float64(n*t)
		for i := range n {
			for _, v := range x[(i*c+ch)*t : (i*c+ch+1)*t] {
				q += (float64(v) - m) * (float64(v) - m)
			}
		}
		mean[ch], rstd[ch] = float32(m), float32(1/math.Sqrt(q/float64(n*t)+float64(eps)))
	}
	BatchNormApply(y, x, gamma, beta, mean, rstd, n, c, t)
}
func BatchNormApply(y, x, gamma, beta, mean, rstd []float32, n, c, t int) {
	for r := range n * c {
		ch := r % c
		g, b := aff(gamma, beta, ch)
		for i := r * t; i < (r+1)*t; i++ {
			y[i] = (x[i]-mean[ch])*rstd[ch]*g + b
		}
	}
}
func BatchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t int) {
	for ch := range c {
		g, _ := aff(gamma, gamma, ch)
		var s1, s2 float64
		for i := range n {
			for j := (i*c + ch) * t; j < (i*c+ch+1)*t; j++ {
				xh := (x[j] - mean[ch]) * rstd[ch]
				s1 += float64(dy[j])
				s2 += float64(dy[j] * xh)
			}
		}
		dgamma[ch], dbeta[ch] = float32(s2), float32(s1)
		m := float32(n * t)
		for i := range n {
			for j := (i*c + ch) * t; j < (i*c+ch+1)*t; j++ {
				xh := (x[j] - mean[ch]) * rstd[ch]
				dx[j] = g * rstd[ch] * (dy[j] - float32(s1)/m - xh*float32(s2)/m)
			}
		}
	}
}
func GroupNorm(y, x, gamma, beta, mean, rstd []float32, n, c, t, groups int, eps float32) {
	w := c / groups * t
	for r := range n * groups {
		m, v := moments(x[r*w : (r+1)*w])
		mean[r], rstd[r] = m, float32(1/math.Sqrt(v+float64(eps)))
		for i := r * w; i < (r+1)*w; i++ {
			g, b := aff(gamma, beta, i/t%c)
			y[i] = (x[i]-m)*rstd[r]*g + b
		}
	}
}
func GroupNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32, n, c, t, groups int) {
	clear(dgamma)
	clear(dbeta)
	w := c / groups * t
	for r := range n * groups {
		var s1, s2 float32
		for i := r * w; i < (r+1)*w; i++ {
			ch := i / t % c
			g, _ := aff(gamma, gamma, ch)
			xh := (x[i] - mean[r]) * rstd[r]
			dgamma[ch] += dy[i] * xh
			dbeta[ch] += dy[i]
			s1 += dy[i] * g
			s2 += dy[i] * g * xh
		}
		for i := r * w; i < (r+1)*w; i++ {
			g, _ := aff(gamma, gamma, i/t%c)
			xh := (x[i] - mean[r]) * rstd[r]
			dx[i] = rstd[r] * (dy[i]*g - s1/float32(w) - xh*s2/float32(w))
		}
	}
}
func MaxPool(y []float32, arg []int32, x []float32, rows, t, kernel, stride, tout int) {
	for r := range rows {
		for j := range tout {
			best := r*t + j*stride
			for k := 1; k < kernel; k++ {
				if x[r*t+j*stride+k] > x[best] {
					best = r*t + j*stride + k
				}
			}
			y[r*tout+j], arg[r*tout+j] = x[best], int32(best-r*t)
		}
	}
}
func MaxPoolGrad(dx []float32, dy []float32, arg []int32, rows, t, tout int) {
	clear(dx)
	for r := range rows {
		for j := range tout {
			dx[r*t+int(arg[r*tout+j])] += dy[r*tout+j]
		}
	}
}
func AvgPool(y, x []float32, rows, t, kernel, stride, tout int) {
	for r := range rows {
		for j := range tout {
			var s float32
			for k := range kernel {
				s += x[r*t+j*stride+k]
			}
			y[r*tout+j] = s / float32(kernel)
		}
	}
}
func AvgPoolGrad(dx, dy []float32, rows, t, kernel, stride, tout int) {
	clear(dx)
	for r := range rows {
		for j := range tout {
			for k := range kernel {
				dx[r*t+j*stride+k] += dy[r*tout+j] / float32(kernel)
			}
		}
	}
}
func GlobalMax(y []float32, arg []int32, x []float32, rows, t int) {
	MaxPool(y, arg, x, rows, t, t, 1, 1)
}
func GlobalMaxGrad(dx, dy []float32, arg []int32, rows, t int) { MaxPoolGrad(dx, dy, arg, rows, t, 1) }
func GlobalMean(y, x []float32, rows, t int)                   { AvgPool(y, x, rows, t, t, 1, 1) }
func GlobalMeanGrad(dx, dy []float32, rows, t int)             { AvgPoolGrad(dx, dy, rows, t, t, 1, 1) }
func L2Normalize(y, norm, x []float32, rows, cols int) {
	for r := range rows {
		norm[r] = float32(max(math.Sqrt(SumSquares(x[r*cols:(r+1)*cols])), 1e-12))
		Scale(y[r*cols:(r+1)*cols], 1/norm[r], x[r*cols:(r+1)*cols])
	}
}
func L2NormalizeGrad(dx, y, norm, dy []float32, rows, cols int) {
	for r := range rows {
		a, b, d := y[r*cols:(r+1)*cols], dy[r*cols:(r+1)*cols], dx[r*cols:(r+1)*cols]
		s := Dot(a, b)
		for i := range d {
			d[i] = (b[i] - a[i]*s) / norm[r]
		}
	}
}
func AdamW(w, g, m, v []float32, lr, beta1, beta2, eps, decay float32, step int) {
	c1 := 1 - math.Pow(float64(beta1), float64(step))
	c2 := 1 - math.Pow(float64(beta2), float64(step))
	for i := range w {
		m[i] = beta1*m[i] + (1-beta1)*g[i]
		v[i] = beta2*v[i] + (1-beta2)*g[i]*g[i]
		w[i] -= lr*decay*w[i] + lr*float32(float64(m[i])/c1/(math.Sqrt(float64(v[i])/c2)+float64(eps)))
	}
}
func SGD(w, g, buf []float32, lr, momentum, decay float32, nesterov bool) {
	for i := range w {
		d := g[i] + decay*w[i]
		buf[i] = momentum*buf[i] + d
		if nesterov {
			d += momentum * buf[i]
		} else {
			d = buf[i]
		}
		w[i] -= lr * d
	}
}
