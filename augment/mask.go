package augment

func maskPoints(x [][]float32, c *Context, a []float64) {
	for t := range x[0] {
		if c.RNG.Float64() < a[0] {
			for _, v := range x {
				v[t] = 0
			}
		}
	}
}

func maskSpan(x [][]float32, c *Context, a []float64) {
	n := int(a[0] * float64(len(x[0])))
	at := c.RNG.IntN(len(x[0]) - n + 1)
	for _, v := range x {
		clear(v[at : at+n])
	}
}

func maskChannel(x [][]float32, c *Context, a []float64) {
	spared := c.RNG.IntN(len(x))
	for i, v := range x {
		if c.RNG.Float64() < a[0] && i != spared {
			clear(v)
		}
	}
}
