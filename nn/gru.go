package nn

import "github.com/wavekin/wavekin/internal/kernel"

// GRULayer is a gated recurrent unit (Cho et al., 2014), in the form in which the reset gate acts after the recurrent map:
//
//	r = σ(W_r x + U_r h), z = σ(W_z x + U_z h), c = tanh(W_c x + r·(U_c h)), h' = (1-z)·c + z·h
//
// each map with a bias; the first h is 0.
type GRULayer struct {
	in   *LinearLayer
	U, B *Param
}

// NewGRU declares a recurrent unit from in features to h.
func NewGRU(w *Weights, name string, in, h int) *GRULayer {
	s := w.Scope(name)
	l := &GRULayer{in: &LinearLayer{W: s.Param("input.weight", KaimingUniform(h), 3*h, in), B: s.Param("input.bias", KaimingUniform(h), 3*h)}}
	l.U, l.B = s.Param("state.weight", KaimingUniform(h), 3*h, h), s.Param("state.bias", KaimingUniform(h), 3*h)
	return l
}

// Apply maps x [N, T, in] to the states [N, T, h]; a state knows nothing of later steps.
func (l *GRULayer) Apply(x *Node) *Node {
	return gru(l.in.Apply(x), x.g.Param(l.U), x.g.Param(l.B))
}

// gru runs the recurrence on mapped inputs x [N, T, 3h], in the order r, z, c, with weights u [3h, h] and bias b [3h].
func gru(x, u, b *Node) *Node {
	if !ok(x, u, b) {
		return bad(x)
	}
	if len(x.shape) != 3 || len(u.shape) != 2 || x.shape[2] != u.shape[0] || u.shape[0] != 3*u.shape[1] || !sameShape(b.shape, u.shape[:1]) {
		return x.g.failf("gru: input %v, weights %v, bias %v", x.shape, u.shape, b.shape)
	}
	r := newRecurrence(x.g, x.shape[0], x.shape[1], u.shape[1])
	shape, work := []int{r.n, r.t, r.h}, products(r.n*r.t, r.h, 3*r.h)
	return apply(&op{name: "gru", shape: shape, flops: work,
		forward: func(in [][]float32, out []float32) { r.forward(in[0], in[1], in[2], out) },
		backward: func(in []*Node, out, dy *Node) []*Node {
			dx := apply(&op{name: "grugrad", shape: x.shape, flops: work, forward: func(v [][]float32, dx []float32) {
				r.backward(v[0], v[1], v[2], dx)
			}}, in[1], out, dy)
			// What was computed along is read after dx.
			du := apply(&op{name: "gru.du", shape: u.shape, flops: work, forward: func(v [][]float32, du []float32) { r.gradWeight(v[1], du) }}, dx, out)
			db := apply(&op{name: "gru.db", shape: b.shape, forward: func(_ [][]float32, db []float32) { r.gradBias(db) }}, dx)
			return []*Node{dx, du, db}
		},
	}, x, u, b)
}

// recurrence holds what the backward pass needs: the gates r, z, c and the recurrent part of c [N, T, 4h], and the
// gradient of the recurrent map's output [N, T, 3h].
type recurrence struct {
	n, t, h           int
	gates, grad       []float32
	state, sum, carry []float32 // [N, 3h], [N, 2h], [N, h]
}

func newRecurrence(g *Graph, n, t, h int) *recurrence {
	return &recurrence{n: n, t: t, h: h, gates: g.scratch(n * t * 4 * h), grad: g.scratch(n * t * 3 * h),
		state: g.scratch(n * 3 * h), sum: g.scratch(n * 2 * h), carry: g.scratch(n * h)}
}

func (r *recurrence) forward(x, u, b, out []float32) {
	n, t, h := r.n, r.t, r.h
	for i := range t {
		if i == 0 {
			clear(r.state)
		} else {
			kernel.Gemm(false, true, n, 3*h, h, 1, out[(i-1)*h:], t*h, u, h, 0, r.state, 3*h)
		}
		// sum holds -r, -z and, with the reset gate known, 2c, ready for e^x.
		for s := range n {
			in, state, sum := x[(s*t+i)*3*h:(s*t+i+1)*3*h], r.state[s*3*h:(s+1)*3*h], r.sum[s*2*h:(s+1)*2*h]
			for j := range sum {
				sum[j] = -(in[j] + state[j] + b[j])
			}
		}
		both := r.sum
		kernel.Exp(both, both)
		for s := range n {
			in, gates := x[(s*t+i)*3*h:(s*t+i+1)*3*h], r.gates[(s*t+i)*4*h:(s*t+i+1)*4*h]
			for j := range 2 * h {
				gates[j] = 1 / (1 + both[s*2*h+j])
			}
			for j := range h {
				q := r.state[s*3*h+2*h+j] + b[2*h+j]
				gates[3*h+j] = q
				r.carry[s*h+j] = 2 * (in[2*h+j] + float32(gates[j]*q))
			}
		}
		kernel.Exp(r.carry, r.carry)
		for s := range n {
			gates, y := r.gates[(s*t+i)*4*h:(s*t+i+1)*4*h], out[(s*t+i)*h:(s*t+i+1)*h]
			for j := range y {
				c, z := 1-2/(r.carry[s*h+j]+1), gates[h+j]
				gates[2*h+j] = c
				y[j] = float32((1 - z) * c)
				if i > 0 {
					y[j] += float32(z * out[(s*t+i-1)*h+j])
				}
			}
		}
	}
}

func (r *recurrence) backward(u, out, dy, dx []float32) {
	n, t, h := r.n, r.t, r.h
	clear(r.carry)
	for i := t - 1; i >= 0; i-- {
		for s := range n {
			at := s*t + i
			gates, gx, gu := r.gates[at*4*h:(at+1)*4*h], dx[at*3*h:(at+1)*3*h], r.grad[at*3*h:(at+1)*3*h]
			for j := range h {
				reset, z, c, q := gates[j], gates[h+j], gates[2*h+j], gates[3*h+j]
				var before float32
				if i > 0 {
					before = out[(at-1)*h+j]
				}
				dh := dy[at*h+j] + r.carry[s*h+j]
				dc := dh * (1 - z) * (1 - c*c)
				gx[j] = dc * q * reset * (1 - reset)
				gx[h+j] = dh * (before - c) * z * (1 - z)
				gx[2*h+j] = dc
				gu[j], gu[h+j], gu[2*h+j] = gx[j], gx[h+j], dc*reset
				r.carry[s*h+j] = dh * z
			}
		}
		kernel.Gemm(false, false, n, h, 3*h, 1, r.grad[i*3*h:], t*3*h, u, h, 1, r.carry, h)
	}
}

// gradBias sums the gradient over samples and steps.
func (r *recurrence) gradBias(db []float32) {
	clear(db)
	for i := 0; i < len(r.grad); i += len(db) {
		kernel.Add(db, db, r.grad[i:i+len(db)])
	}
}

// gradWeight pairs each step's gradient with the state before it; rows of a sample's first step meet another sample's
// state there, and count for nothing.
func (r *recurrence) gradWeight(out, du []float32) {
	rows, h := r.n*r.t, r.h
	if rows == 1 {
		clear(du)
		return
	}
	for s := range r.n {
		at := s * r.t * 3 * h
		copy(r.state[s*3*h:(s+1)*3*h], r.grad[at:at+3*h])
		clear(r.grad[at : at+3*h])
	}
	kernel.Gemm(true, false, 3*h, h, rows-1, 1, r.grad[3*h:], 3*h, out, h, 0, du, h)
	for s := range r.n {
		at := s * r.t * 3 * h
		copy(r.grad[at:at+3*h], r.state[s*3*h:(s+1)*3*h])
	}
}
