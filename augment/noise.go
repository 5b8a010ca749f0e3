package augment

import "math"

func jitter(x [][]float32, c *Context, a []float64) {
	for _, v := range x {
		for t := range v {
			v[t] += float32(a[0] * c.RNG.NormFloat64())
		}
	}
}

func scale(x [][]float32, c *Context, a []float64) {
	for _, v := range x {
		f := float32(1 + a[0]*c.RNG.NormFloat64())
		for t := range v {
			v[t] *= f
		}
	}
}

func shift(x [][]float32, c *Context, a []float64) {
	for _, v := range x {
		d := float32(a[0] * c.RNG.NormFloat64())
		for t := range v {
			v[t] += d
		}
	}
}

func negate(x [][]float32, c *Context, a []float64) {
	if c.RNG.Float64() >= a[0] {
		return
	}
	for _, v := range x {
		for t := range v {
			v[t] = -v[t]
		}
	}
}

func mixup(x [][]float32, c *Context, a []float64) {
	w := float32(a[0] * c.RNG.Float64())
	for i, v := range x {
		if i >= len(c.Other) || len(c.Other[i]) != len(v) {
			continue
		}
		for t, o := range c.Other[i] {
			if o == o { // a gap in the other sample leaves the value alone
				v[t] = (1-w)*v[t] + w*o
			}
		}
	}
}

func channelShuffle(x [][]float32, c *Context, _ []float64) {
	c.RNG.Shuffle(len(x), func(i, j int) {
		for t := range x[i] {
			x[i][t], x[j][t] = x[j][t], x[i][t]
		}
	})
}

func rotation(x [][]float32, c *Context, a []float64) {
	for i := 0; i+1 < len(x); i++ {
		sin, cos := math.Sincos((2*c.RNG.Float64() - 1) * a[0])
		u, v := x[i], x[i+1]
		for t := range u {
			p, q := float64(u[t]), float64(v[t])
			u[t], v[t] = float32(cos*p-sin*q), float32(sin*p+cos*q)
		}
	}
}
