package kernel

// Pool2D is the shape of a pooling over planes [planes, HIn, WIn]: windows of K by K places, Stride apart, with Pad places
// of padding around the plane. No window lies in the padding alone.
type Pool2D struct{ HIn, WIn, K, Stride, Pad, HOut, WOut int }

// span is the part of the window of output place i that lies in an axis of n places.
func (p *Pool2D) span(i, n int) (lo, hi int) {
	at := i*p.Stride - p.Pad
	return max(0, at), min(n, at+p.K)
}

// each runs f over ranges of planes, on several threads when there is enough to do.
func (p Pool2D) each(planes int, f func(p *Pool2D, lo, hi int)) {
	Parallel(planes, rowGrain(p.HIn*p.WIn+p.HOut*p.WOut*p.K*p.K, elementGrain), func(lo, hi int) { f(&p, lo, hi) })
}

// Max writes the largest of each window of x [planes, HIn, WIn] to y [planes, HOut, WOut], and its place in the plane to
// arg. Padding never wins. The first of equals wins; a NaN wins over everything.
func (p Pool2D) Max(y []float32, arg []int32, x []float32, planes int) {
	p.each(planes, func(p *Pool2D, lo, hi int) {
		for c := lo; c < hi; c++ {
			p.maxPlane(y[c*p.HOut*p.WOut:], arg[c*p.HOut*p.WOut:], x[c*p.HIn*p.WIn:(c+1)*p.HIn*p.WIn])
		}
	})
}

func (p *Pool2D) maxPlane(y []float32, arg []int32, x []float32) {
	for i := range p.HOut {
		top, bottom := p.span(i, p.HIn)
		for j := range p.WOut {
			left, right := p.span(j, p.WIn)
			at := top*p.WIn + left
			best := x[at]
			for r := top; r < bottom; r++ {
				for q := r*p.WIn + left; q < r*p.WIn+right; q++ {
					if v := x[q]; v > best || v != v {
						best, at = v, q
					}
				}
			}
			y[i*p.WOut+j], arg[i*p.WOut+j] = best, int32(at)
		}
	}
}

// MaxGrad writes the gradient of Max to dx: each element of dy goes to the place in arg that won, and adds up where windows
// overlap.
func (p Pool2D) MaxGrad(dx, dy []float32, arg []int32, planes int) {
	MaxPoolGrad(dx, dy, arg, planes, p.HIn*p.WIn, p.HOut*p.WOut)
}
