package nn

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// Add returns a + b, of equal shapes, or with b's shape a suffix of a's (a bias, a position code).
func Add(a, b *Node) *Node {
	if !ok(a, b) {
		return bad(a)
	}
	if len(b.shape) < len(a.shape) {
		return addSuffix(a, b)
	}
	return pairwise(a, b, "add", kernel.Add, func(a, b, grad *Node) []*Node { return []*Node{grad, grad} })
}

// Sub returns a - b, of equal shapes.
func Sub(a, b *Node) *Node {
	return pairwise(a, b, "sub", kernel.Sub, func(a, b, grad *Node) []*Node { return []*Node{grad, Scale(grad, -1)} })
}

// Mul returns the product element by element, of equal shapes.
func Mul(a, b *Node) *Node {
	return pairwise(a, b, "mul", kernel.Mul, func(a, b, grad *Node) []*Node { return []*Node{Mul(grad, b), Mul(grad, a)} })
}

func pairwise(a, b *Node, name string, f func(dst, a, b []float32), back func(a, b, grad *Node) []*Node) *Node {
	if !ok(a, b) {
		return bad(a)
	}
	if !sameShape(a.shape, b.shape) {
		return a.g.failf("%s: shapes %v and %v differ", name, a.shape, b.shape)
	}
	return apply(&op{name: name, shape: a.shape, pure: true,
		forward:  func(in [][]float32, out []float32) { f(out, in[0], in[1]) },
		backward: func(in []*Node, _, grad *Node) []*Node { return back(in[0], in[1], grad) },
	}, a, b)
}

// addSuffix adds b to every slice of a that has b's shape.
func addSuffix(a, b *Node) *Node {
	off := len(a.shape) - len(b.shape)
	if !sameShape(a.shape[off:], b.shape) {
		return a.g.failf("add: %v is not a suffix of shape %v", b.shape, a.shape)
	}
	n := size(b.shape)
	return apply(&op{name: "addsuffix", shape: a.shape,
		forward: func(in [][]float32, out []float32) {
			kernel.Parallel(len(out)/n, max(1, 4*grain/n), func(lo, hi int) {
				for i := lo * n; i < hi*n; i += n {
					kernel.Add(out[i:i+n], in[0][i:i+n], in[1])
				}
			})
		},
		backward: func(in []*Node, _, grad *Node) []*Node {
			sum := apply(&op{name: "sumprefix", shape: b.shape, forward: func(in [][]float32, out []float32) {
				copy(out, in[0][:n])
				for i := n; i < len(in[0]); i += n {
					kernel.Axpy(1, in[0][i:i+n], out)
				}
			}}, grad)
			return []*Node{grad, sum}
		},
	}, a, b)
}

// Scale returns s·x.
func Scale(x *Node, s float32) *Node {
	if !ok(x) {
		return x
	}
	return apply(&op{name: "scale", shape: x.shape, about: s,
		forward:  func(in [][]float32, out []float32) { kernel.Scale(out, s, in[0]) },
		backward: func(_ []*Node, _, grad *Node) []*Node { return []*Node{Scale(grad, s)} },
	}, x)
}

// Fading are the settings of [Fade].
type Fading struct{ Length, Full int }

// Fade returns min(1, full/length)·x, for what counts less in longer windows. Unlike the factor of [Scale] an exported model
// takes this one from the length of its input.
func Fade(x *Node, length, full int) *Node {
	if !ok(x) {
		return x
	}
	if length < 1 || full < 1 {
		return x.g.failf("fade: want a length and a full length of at least 1, got %d and %d", length, full)
	}
	s := min(1, float32(full)/float32(length))
	return apply(&op{name: "fade", shape: x.shape, about: Fading{length, full},
		forward:  func(in [][]float32, out []float32) { kernel.Scale(out, s, in[0]) },
		backward: func(_ []*Node, _, grad *Node) []*Node { return []*Node{Scale(grad, s)} },
	}, x)
}

// AddScalar returns x + c.
func AddScalar(x *Node, c float32) *Node {
	return unary(x, "addscalar", c, func(v float32) float32 { return v + c }, func(_, _ float32) float32 { return 1 })
}

// Square returns x².
func Square(x *Node) *Node {
	return unary(x, "square", nil, func(v float32) float32 { return v * v }, func(v, _ float32) float32 { return 2 * v })
}

// Sqrt returns √max(x, floor); its gradient is 0 where the floor holds.
func Sqrt(x *Node, floor float32) *Node {
	return unary(x, "sqrt", floor,
		func(v float32) float32 { return float32(math.Sqrt(float64(max(v, floor)))) },
		func(v, y float32) float32 {
			if v <= floor {
				return 0
			}
			return 0.5 / y
		})
}

// Exp returns eˣ.
func Exp(x *Node) *Node {
	return unary(x, "exp", nil, func(v float32) float32 { return float32(math.Exp(float64(v))) }, func(_, y float32) float32 { return y })
}

// Log returns ln max(x, floor); its gradient is 0 where the floor holds.
func Log(x *Node, floor float32) *Node {
	return unary(x, "log", floor,
		func(v float32) float32 { return float32(math.Log(float64(max(v, floor)))) },
		func(v, _ float32) float32 {
			if v <= floor {
				return 0
			}
			return 1 / v
		})
}

// grain is how many elements one goroutine takes at least.
const grain = 8192

// unary maps f over the elements; d is the derivative, from the input and the output.
func unary(x *Node, name string, about any, f func(v float32) float32, d func(v, y float32) float32) *Node {
	if !ok(x) {
		return x
	}
	return apply(&op{name: name, shape: x.shape, about: about,
		forward: func(in [][]float32, out []float32) {
			v := in[0]
			kernel.Parallel(len(out), grain, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					out[i] = f(v[i])
				}
			})
		},
		backward: func(in []*Node, out, grad *Node) []*Node {
			return []*Node{apply(&op{name: name + "grad", shape: x.shape, forward: func(in [][]float32, dx []float32) {
				v, y, dy := in[0], in[1], in[2]
				kernel.Parallel(len(dx), grain, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						dx[i] = dy[i] * d(v[i], y[i])
					}
				})
			}}, in[0], out, grad)}
		},
	}, x)
}

// ReLU returns max(x, 0).
func ReLU(x *Node) *Node {
	if ok(x) {
		if y := normReLU(x); y != nil {
			return y
		}
	}
	return activation(x, "relu", kernel.ReLU, kernel.ReLUGrad)
}

// GELU returns x·Φ(x), with the exact normal distribution function (Hendrycks and Gimpel, 2016).
func GELU(x *Node) *Node {
	y := activation(x, "gelu", kernel.GELU, kernel.GELUGrad)
	if y.op != nil && y.Dim(-1)%2 == 0 {
		y.op.forms = forms{narrow: true, in: func(form) func(in [][]float32, out []float32) {
			return func(in [][]float32, out []float32) { kernel.GELUNarrow(out, in[0]) }
		}}
	}
	return y
}

func activation(x *Node, name string, f func(dst, x []float32), grad func(dx, x, dy []float32)) *Node {
	if !ok(x) {
		return x
	}
	return apply(&op{name: name, shape: x.shape, pure: true,
		forward: func(in [][]float32, out []float32) { f(out, in[0]) },
		backward: func(in []*Node, _, dy *Node) []*Node {
			return []*Node{apply(&op{name: name + "grad", shape: x.shape,
				forward: func(in [][]float32, dx []float32) { grad(dx, in[0], in[1]) }}, in[0], dy)}
		},
	}, x)
}

// StopGradient returns x unchanged, as a constant: nothing before it receives a gradient.
func StopGradient(x *Node) *Node {
	if !ok(x) {
		return x
	}
	return apply(&op{name: "stopgradient", shape: x.shape, alias: true}, x)
}

// Mean returns the mean of all elements, a scalar.
func Mean(x *Node) *Node { return Scale(Sum(x), 1/float32(size(x.shape))) }

// Sum returns the sum of all elements, a scalar.
func Sum(x *Node) *Node {
	if !ok(x) {
		return x
	}
	return apply(&op{name: "sum", shape: nil,
		forward:  func(in [][]float32, out []float32) { out[0] = kernel.Sum(in[0]) },
		backward: func(_ []*Node, _, grad *Node) []*Node { return []*Node{fill(grad, x.shape)} },
	}, x)
}

// fill spreads a scalar over a shape.
func fill(s *Node, shape []int) *Node {
	return apply(&op{name: "fill", shape: shape, forward: func(in [][]float32, out []float32) {
		v := in[0][0]
		for i := range out {
			out[i] = v
		}
	}}, s)
}
