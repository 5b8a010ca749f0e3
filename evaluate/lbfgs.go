package evaluate

import "math"

// memory is how many pairs of steps and changes of the gradient L-BFGS keeps.
const memory = 10

// minimise moves w to a minimum of a smooth convex function by L-BFGS (Nocedal
// and Wright, algorithm 7.5, ten pairs) with a bisecting search for a step that
// meets the weak Wolfe conditions. f returns the value at w and writes the
// gradient to g. It stops after the given number of iterations, when the largest
// gradient is below flat, or when no step lowers the value any more.
func minimise(w []float64, iterations int, flat float64, f func(w, g []float64) float64) {
	n := len(w)
	g, next, gNext, d := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	var seen curvature
	value := f(w, g)
	for range iterations {
		if largest(g) < flat {
			return
		}
		seen.descent(d, g)
		slope := dot(g, d)
		if !(slope < 0) {
			return
		}
		first := 1.0
		if len(seen.s) == 0 {
			first = min(1, 1/math.Sqrt(-slope))
		}
		nextValue, met := search(value, slope, d, first, func(t float64) float64 {
			for j := range next {
				next[j] = w[j] + t*d[j]
			}
			return f(next, gNext)
		}, gNext)
		if !met && !(nextValue < value) {
			return
		}
		ds, dy := make([]float64, n), make([]float64, n)
		for j := range w {
			ds[j], dy[j] = next[j]-w[j], gNext[j]-g[j]
		}
		copy(w, next)
		copy(g, gNext)
		value = nextValue
		seen.add(ds, dy)
	}
}

// search looks for a step t along d, beginning with first, that meets the weak Wolfe conditions; met says whether the last one
// tried does, and value is what at gives there. at moves to a step and leaves its gradient in g.
func search(from, slope float64, d []float64, first float64, at func(t float64) float64, g []float64) (value float64, met bool) {
	lo, hi, t := 0.0, math.Inf(1), first
	for range 40 {
		value = at(t)
		switch {
		case !(value <= from+1e-4*t*slope):
			hi = t
		case dot(g, d) < 0.9*slope:
			lo = t
		default:
			return value, true
		}
		if math.IsInf(hi, 1) {
			t = 2 * lo
		} else {
			t = (lo + hi) / 2
		}
	}
	return value, false
}

// curvature is the last steps s with the changes y of the gradient over them; rho is 1/(y's).
type curvature struct {
	s, y [][]float64
	rho  []float64
}

// add keeps a step over which the function curves upwards.
func (p *curvature) add(s, y []float64) {
	c := dot(s, y)
	if !(c > 1e-300) {
		return
	}
	p.s, p.y, p.rho = append(p.s, s), append(p.y, y), append(p.rho, 1/c)
	if len(p.s) > memory {
		p.s, p.y, p.rho = p.s[1:], p.y[1:], p.rho[1:]
	}
}

// descent writes to d minus the inverse Hessian, as the pairs tell it, times the gradient g (the two loops of algorithm 7.4).
func (p *curvature) descent(d, g []float64) {
	copy(d, g)
	alpha := make([]float64, len(p.s))
	for i := len(p.s) - 1; i >= 0; i-- {
		alpha[i] = p.rho[i] * dot(p.s[i], d)
		axpy(-alpha[i], p.y[i], d)
	}
	if k := len(p.s) - 1; k >= 0 {
		scale := 1 / (p.rho[k] * dot(p.y[k], p.y[k]))
		for j := range d {
			d[j] *= scale
		}
	}
	for i := range p.s {
		axpy(alpha[i]-p.rho[i]*dot(p.y[i], d), p.s[i], d)
	}
	for j := range d {
		d[j] = -d[j]
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
