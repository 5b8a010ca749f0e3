package kernel

import (
	"fmt"
	"math"
	"testing"
)

// twin normalises x [n, c, t] in float64 by groups of elements: group and channel say where element i belongs.
func twin(x, gamma, beta []float64, groups int, group, channel func(i int) int, eps float64) []float64 {
	mean, square, count := make([]float64, groups), make([]float64, groups), make([]float64, groups)
	for i, v := range x {
		mean[group(i)] += v
		count[group(i)]++
	}
	for g := range mean {
		mean[g] /= count[g]
	}
	for i, v := range x {
		square[group(i)] += (v - mean[group(i)]) * (v - mean[group(i)])
	}
	y := make([]float64, len(x))
	for i, v := range x {
		g := group(i)
		y[i] = (v-mean[g])/math.Sqrt(square[g]/count[g]+eps)*gamma[channel(i)] + beta[channel(i)]
	}
	return y
}

func wide(x []float32, n int, missing float64) []float64 {
	y := make([]float64, n)
	for i := range y {
		y[i] = missing
		if x != nil {
			y[i] = float64(x[i])
		}
	}
	return y
}

// slope is the derivative of sum(dy*f(v)) with respect to each element of v, by central differences in float64.
func slope(v []float64, dy []float32, f func() []float64) []float64 {
	const h = 1e-5
	loss := func() (s float64) {
		for i, y := range f() {
			s += y * float64(dy[i])
		}
		return s
	}
	d := make([]float64, len(v))
	for i, keep := range v {
		v[i] = keep + h
		up := loss()
		v[i] = keep - h
		d[i] = (up - loss()) / (2 * h)
		v[i] = keep
	}
	return d
}

// normCase is one normalisation over x [n, c, t] with its groups.
type normCase struct {
	name           string
	n, c, t        int
	groups         int
	group, channel func(i int) int
	forward        func(y, x, gamma, beta, mean, rstd []float32, eps float32)
	backward       func(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32)
}

func normCases() (all []normCase) {
	for _, s := range [][3]int{{1, 1, 2}, {2, 4, 5}, {3, 6, 7}, {2, 2, 19}, {5, 4, 1}} {
		n, c, t := s[0], s[1], s[2]
		all = append(all, normCase{"batch", n, c, t, c, func(i int) int { return i / t % c }, func(i int) int { return i / t % c },
			func(y, x, gamma, beta, mean, rstd []float32, eps float32) {
				BatchNorm(y, x, gamma, beta, mean, rstd, n, c, t, eps)
			},
			func(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32) {
				BatchNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t)
			}})
		rows, cols := n*c, t
		all = append(all, normCase{"layer", rows, cols, 1, rows, func(i int) int { return i / cols }, func(i int) int { return i % cols },
			func(y, x, gamma, beta, mean, rstd []float32, eps float32) {
				LayerNorm(y, x, gamma, beta, mean, rstd, rows, cols, eps)
			},
			func(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32) {
				LayerNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy, rows, cols)
			}})
		for _, groups := range []int{1, 2, c} {
			if c%groups != 0 {
				continue
			}
			per := c / groups
			all = append(all, normCase{fmt.Sprint("group", groups), n, c, t, n * groups,
				func(i int) int { return i / (per * t) }, func(i int) int { return i / t % c },
				func(y, x, gamma, beta, mean, rstd []float32, eps float32) {
					GroupNorm(y, x, gamma, beta, mean, rstd, n, c, t, groups, eps)
				},
				func(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32) {
					GroupNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy, n, c, t, groups)
				}})
		}
	}
	return all
}

// TestNorms holds the three normalisations against the float64 twin, forward and by finite differences of the twin, with and
// without gamma and beta. A gamma of zero is among them.
func TestNorms(t *testing.T) {
	const eps = 0.1 // large, so that groups of few elements have slopes worth comparing
	eachISA(t, func(t *testing.T) {
		for _, k := range normCases() {
			size := k.n * k.c * k.t
			for _, affine := range []bool{true, false} {
				name := fmt.Sprintf("%s [%d %d %d] affine=%v", k.name, k.n, k.c, k.t, affine)
				x, dy := noise(11, size, 1), noise(12, size, 1)
				for i := range x {
					x[i] += 3
				}
				var gamma, beta []float32
				if affine {
					gamma, beta = noise(13, k.c, 1), noise(14, k.c, 1)
					gamma[0] = 0
				}
				y, dx := make([]float32, size), noise(15, size, 1)
				dgamma, dbeta := noise(16, k.c, 1), noise(17, k.c, 1) // must be overwritten
				mean, rstd := make([]float32, k.groups), make([]float32, k.groups)
				k.forward(y, x, gamma, beta, mean, rstd, eps)
				k.backward(dx, dgamma, dbeta, x, gamma, mean, rstd, dy)

				x64, g64, b64 := wide(x, size, 0), wide(gamma, k.c, 1), wide(beta, k.c, 0)
				f := func() []float64 { return twin(x64, g64, b64, k.groups, k.group, k.channel, float64(float32(eps))) }
				compare := func(what string, got []float32, want []float64, tol float64) {
					for i := range got {
						near(t, fmt.Sprintf("%s %s %d", name, what, i), got[i], want[i], tol)
					}
				}
				compare("y", y, f(), 2e-6)
				compare("dx", dx, slope(x64, dy, f), 4e-6)
				compare("dgamma", dgamma, slope(g64, dy, f), 4e-6)
				compare("dbeta", dbeta, slope(b64, dy, f), 4e-6)

				// In place of dy, without the parameters' gradients, the same dx.
				k.backward(dy, nil, nil, x, gamma, mean, rstd, dy)
				for i := range dx {
					if dx[i] != dy[i] {
						t.Fatalf("%s: dx in place differs at %d", name, i)
					}
				}
				k.forward(x, x, gamma, beta, mean, rstd, eps)
				for i := range y {
					if x[i] != y[i] {
						t.Fatalf("%s: y in place differs at %d", name, i)
					}
				}
			}
		}
	})
}

// TestNormOffset: far from zero, one-pass variances lose everything; two passes do not.
func TestNormOffset(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		x := make([]float32, 1000)
		for i := range x {
			x[i] = 1e4 + float32(i%2)
		}
		y, mean, rstd := make([]float32, len(x)), make([]float32, 1), make([]float32, 1)
		LayerNorm(y, x, nil, nil, mean, rstd, 1, len(x), 0)
		near(t, "rstd of two values 1 apart", rstd[0], 2, 1e-6)
	})
}

func TestNormEmpty(t *testing.T) {
	one := make([]float32, 1)
	BatchNorm(nil, nil, nil, nil, one, one, 0, 1, 5, 1e-5)
	LayerNorm(nil, nil, nil, nil, one, one, 1, 0, 1e-5)
	GroupNorm(nil, nil, nil, nil, one, one, 1, 1, 0, 1, 1e-5)
	if math.IsNaN(float64(one[0])) {
		t.Error("an empty group gave NaN")
	}
	LayerNormGrad(nil, one, one, nil, nil, nil, nil, nil, 0, 1)
	if one[0] != 0 {
		t.Error("dgamma over no rows is not 0")
	}
}

func TestL2Normalize(t *testing.T) {
	eachISA(t, func(t *testing.T) {
		for _, cols := range sizes {
			const rows = 3
			x, dy := noise(18, rows*cols, 1), noise(19, rows*cols, 1)
			clear(x[:cols]) // a row of zeros
			y, dx, norm := make([]float32, len(x)), make([]float32, len(x)), make([]float32, rows)
			L2Normalize(y, norm, x, rows, cols)
			L2NormalizeGrad(dx, y, norm, dy, rows, cols)
			for i := range min(cols, len(y)) {
				if y[i] != 0 || math.IsNaN(float64(dx[i])) {
					t.Fatalf("row of zeros: y %v dx %v", y[i], dx[i])
				}
			}
			if cols == 0 || cols > 101 {
				continue
			}
			x64 := wide(x[cols:], (rows-1)*cols, 0)
			f := func() []float64 {
				out := make([]float64, len(x64))
				for r := range rows - 1 {
					var s float64
					for _, v := range x64[r*cols : (r+1)*cols] {
						s += v * v
					}
					for i := r * cols; i < (r+1)*cols; i++ {
						out[i] = x64[i] / math.Sqrt(s)
					}
				}
				return out
			}
			want, d := f(), slope(x64, dy[cols:], f)
			for i := range want {
				near(t, fmt.Sprintf("y cols=%d %d", cols, i), y[cols+i], want[i], 3e-7)
				near(t, fmt.Sprintf("dx cols=%d %d", cols, i), dx[cols+i], d[i], 1e-5)
			}
		}
	})
}
