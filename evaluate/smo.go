package evaluate

import "math"

// solve finds the separator between the first positives rows and the rest by
// sequential minimal optimisation: minimise 1/2 a'Qa - sum(a) over 0 <= a <= c
// with sum(sign*a) = 0, Q_ij = sign_i sign_j near_ij, two multipliers at a
// time. The pair is chosen by second-order information (Fan, Chen and Lin,
// JMLR 2005, WSS 2); the end is reached when no pair violates the optimality
// conditions by more than 0.001, or after 100000 steps, as in the TS2Vec
// protocol.
func solve(near kernelMatrix, rows []int, positives int, c float64) separator {
	const (
		tolerance = 1e-3
		steps     = 100000
		flat      = 1e-12 // stands in for a curvature that is not positive
	)
	n := len(rows)
	alpha, g := make([]float64, n), make([]float64, n)
	sign := make([]float64, n)
	for i := range n {
		g[i] = -1
		sign[i] = -1
		if i < positives {
			sign[i] = 1
		}
	}
	up := func(i int) bool { return sign[i] > 0 && alpha[i] < c || sign[i] < 0 && alpha[i] > 0 }
	low := func(i int) bool { return sign[i] > 0 && alpha[i] > 0 || sign[i] < 0 && alpha[i] < c }
	for range steps {
		i, top := -1, math.Inf(-1)
		for t := range n {
			if v := -sign[t] * g[t]; up(t) && v > top {
				i, top = t, v
			}
		}
		if i < 0 {
			break
		}
		ki := near.row(rows[i])
		j, bottom, gain := -1, math.Inf(1), math.Inf(1)
		for t := range n {
			if !low(t) {
				continue
			}
			v := -sign[t] * g[t]
			bottom = min(bottom, v)
			if b := top - v; b > 0 {
				// The kernel is 1 on the diagonal.
				a := max(2-2*float64(ki[rows[t]]), flat)
				if d := -b * b / a; d < gain {
					j, gain = t, d
				}
			}
		}
		if j < 0 || top-bottom < tolerance {
			break
		}
		kj := near.row(rows[j])
		curve := max(2-2*float64(ki[rows[j]]), flat)
		// The step moves alpha_i along its sign and alpha_j against it.
		step := (top + sign[j]*g[j]) / curve
		step = min(step, room(alpha[i], sign[i], c), room(alpha[j], -sign[j], c))
		alpha[i] = snap(alpha[i]+sign[i]*step, c)
		alpha[j] = snap(alpha[j]-sign[j]*step, c)
		for t := range n {
			g[t] += sign[t] * step * (float64(ki[rows[t]]) - float64(kj[rows[t]]))
		}
	}
	s := separator{rho: offset(alpha, g, sign, c)}
	for i, a := range alpha {
		if a > 0 {
			s.rows, s.weight = append(s.rows, rows[i]), append(s.weight, a*sign[i])
		}
	}
	return s
}

// room is how far a multiplier can move in a direction before it meets a bound.
func room(alpha, direction, c float64) float64 {
	if direction > 0 {
		return c - alpha
	}
	return alpha
}

// snap puts a multiplier that rounding left beside a bound onto it.
func snap(alpha, c float64) float64 {
	switch {
	case alpha < 1e-14*c:
		return 0
	case alpha > c*(1-1e-14):
		return c
	}
	return alpha
}

// offset is the mean of sign*gradient over multipliers strictly between the
// bounds, or the middle of the interval that the bound ones allow.
func offset(alpha, g, sign []float64, c float64) float64 {
	var sum, free float64
	lo, hi := math.Inf(-1), math.Inf(1)
	for i, a := range alpha {
		v := sign[i] * g[i]
		switch {
		case a > 0 && a < c:
			sum += v
			free++
		case (a == 0) == (sign[i] > 0):
			hi = min(hi, v)
		default:
			lo = max(lo, v)
		}
	}
	if free > 0 {
		return sum / free
	}
	return (lo + hi) / 2
}
