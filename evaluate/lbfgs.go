package evaluate

import "math"

// minimise moves w to a minimum of a smooth convex function by L-BFGS (Nocedal
// and Wright, algorithm 7.5, ten pairs) with a bisecting search for a step that
// meets the weak Wolfe conditions. f returns the value at w and writes the
// gradient to g. It stops after the given number of iterations, when the largest
// gradient is below flat, or when no step lowers the value any more.
func minimise(w []float64, iterations int, flat float64, f func(w, g []float64) float64) {
	const memory = 10
	n := len(w)
	g, next, gNext, d := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	var s, y [][]float64
	var rho []float64
	value := f(w, g)
	for range iterations {
		if largest(g) < flat {
			return
		}
		copy(d, g)
		alpha := make([]float64, len(s))
		for i := len(s) - 1; i >= 0; i-- {
			alpha[i] = rho[i] * dot(s[i], d)
			axpy(-alpha[i], y[i], d)
		}
		if k := len(s) - 1; k >= 0 {
			scale := 1 / (rho[k] * dot(y[k], y[k]))
			for j := range d {
				d[j] *= scale
			}
		}
		for i := range s {
			axpy(alpha[i]-rho[i]*dot(y[i], d), s[i], d)
		}
		for j := range d {
			d[j] = -d[j]
		}
		slope := dot(g, d)
		if !(slope < 0) {
			return
		}
		lo, hi, t := 0.0, math.Inf(1), 1.0
		if len(s) == 0 {
			t = min(1, 1/math.Sqrt(-slope))
		}
		found, nextValue := false, 0.0
		for range 40 {
			for j := range next {
				next[j] = w[j] + t*d[j]
			}
			nextValue = f(next, gNext)
			switch {
			case !(nextValue <= value+1e-4*t*slope):
				hi = t
			case dot(gNext, d) < 0.9*slope:
				lo = t
			default:
				found = true
			}
			if found {
				break
			}
			if math.IsInf(hi, 1) {
				t = 2 * lo
			} else {
				t = (lo + hi) / 2
			}
		}
		if !found && !(nextValue < value) {
			return
		}
		ds, dy := make([]float64, n), make([]float64, n)
		for j := range w {
			ds[j], dy[j] = next[j]-w[j], gNext[j]-g[j]
		}
		copy(w, next)
		copy(g, gNext)
		value = nextValue
		if c := dot(ds, dy); c > 1e-300 {
			s, y, rho = append(s, ds), append(y, dy), append(rho, 1/c)
			if len(s) > memory {
				s, y, rho = s[1:], y[1:], rho[1:]
			}
		}
	}
}

func largest(x []float64) float64 {
	var m float64
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

func dot(a, b []float64) float64 {
	var s float64
	for i, v := range a {
		s += v * b[i]
	}
	return s
}

func axpy(alpha float64, x, y []float64) {
	for i, v := range x {
		y[i] += alpha * v
	}
}
