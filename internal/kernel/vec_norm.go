package kernel

// The loops of the normalisations in plain Go; the assembly gives the same bits.

// affineReLUStep is the constants of one channel of BatchNormReLUGrad, in the order the assembly reads them.
type affineReLUStep struct {
	mean, s, b float32 // the output was max(0, (x-mean)*s+b)
	d, k, mid  float32 // dx = d*dy - (x-mean)*k - mid
}

// moments64Go is sum and square plus the sums of x-c and of its square, in float64, the difference taken in float32. From
// zeros it adds in eight interleaved sums; it goes on from other sums element by element.
func moments64Go(x []float32, c float32, sum, square float64) (float64, float64) {
	if n := len(x) &^ 7; n > 0 {
		var a, b [8]float64
		for i := 0; i < n; i += 8 {
			for j, v := range x[i : i+8 : i+8] {
				d := float64(v - c)
				a[j] += d
				b[j] += float64(d * d)
			}
		}
		sum += fold(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7])
		square += fold(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7])
		x = x[n:]
	}
	for _, v := range x {
		d := float64(v - c)
		sum += d
		square += float64(d * d)
	}
	return sum, square
}

// reluProducts64Go is sum and product plus the sums of dy and of dy*(x-mean), each only where (x-mean)*s+b is above 0; in
// float64, the difference taken in float32.
func reluProducts64Go(dy, x []float32, mean, s, b float32, sum, product float64) (float64, float64) {
	x = x[:len(dy)]
	var sums, products [8]float64
	n := len(dy) &^ 7
	for i, v := range dy {
		d := x[i] - mean
		if !(float32(d*s)+b > 0) {
			v = 0
		}
		p := float64(float64(v) * float64(d))
		if i < n {
			sums[i&7] += float64(v)
			products[i&7] += p
			continue
		}
		if i == n && n > 0 {
			sum, product = foldBoth(sum, product, &sums, &products)
		}
		sum += float64(v)
		product += p
	}
	if n > 0 && n == len(dy) {
		sum, product = foldBoth(sum, product, &sums, &products)
	}
	return sum, product
}

func foldBoth(sum, product float64, a, b *[8]float64) (float64, float64) {
	return sum + fold(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]), product + fold(b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7])
}

// affineReLUGo writes max(0, (x-mean)*s+b+r) to y; r may be nil.
func affineReLUGo(y, x, r []float32, mean, s, b float32) {
	x = x[:len(y)]
	for i, v := range x {
		v = float32((v-mean)*s) + b
		if r != nil {
			v += r[i]
		}
		y[i] = max(v, 0)
	}
}

func affineReLUGradGo(dx, dy, x []float32, c *affineReLUStep) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		g := dy[i]
		if !(float32((v-c.mean)*c.s)+c.b > 0) {
			g = 0
		}
		dx[i] = float32(c.d*g) - float32((v-c.mean)*c.k) - c.mid
	}
}
