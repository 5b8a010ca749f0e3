package evaluate

import (
	"math"

	"github.com/wavekin/wavekin/internal/kernel"
)

// large is the number of products in one gradient from which on the problem is a large one.
func (p *Linear) large() int {
	if p.many > 0 {
		return p.many
	}
	return 1 << 25
}

// fitLarge is the rest of Fit for large problems: x are the standardised rows, grid the values of C, sorted, of which the first
// of those is taken that get most rows of one fold right. Each starts from the weights of the one before.
func (p *Linear) fitLarge(x []float32, class []int, grid []float64, folded, iterations int) error {
	dim, m := len(p.scale.mean), len(p.classes)
	p.chosen = grid[0]
	if len(grid) > 1 {
		ax, ac, bx, bc := without(0, folds(class, m, folded), x, dim, class)
		w := make([]float64, m*(dim+1))
		l := newLogistic(ax, dim, ac, m)
		most := -1
		for _, c := range grid {
			l.fit(w, c, iterations)
			right := 0
			for i, got := range predictLinear(w, bx, dim, m) {
				if got == bc[i] {
					right++
				}
			}
			if right > most {
				most, p.chosen = right, c
			}
		}
	}
	w := make([]float64, m*(dim+1))
	newLogistic(x, dim, class, m).fit(w, p.chosen, iterations)
	p.w = w
	return nil
}

// logistic is the loss of multinomial logistic regression, with products of float32 in blocks of rows and sums of float64.
type logistic struct {
	x                    []float32
	class                []int
	dim, m               int
	weight, bias         []float32 // what w is rounded to
	delta, part, partial []float32 // [block, m]; [m, dim] and [m]: gradient of one block
	loss                 []float64 // [block]
}

const logisticRows = 4096

func newLogistic(x []float32, dim int, class []int, m int) *logistic {
	rows := min(logisticRows, len(class))
	return &logistic{x: x, class: class, dim: dim, m: m,
		weight: make([]float32, m*dim), bias: make([]float32, m),
		delta: make([]float32, rows*m), part: make([]float32, m*dim), partial: make([]float32, m), loss: make([]float64, rows)}
}

// fit moves w [m, dim+1] to the optimum for C.
func (l *logistic) fit(w []float64, c float64, iterations int) {
	decay := 1 / (c * float64(len(l.class)))
	// A gradient from float32 products is not known to more than about seven digits.
	minimise(w, iterations, 1e-5, func(w, g []float64) float64 {
		loss := l.gradient(w, g)
		for k := range l.m {
			for j := k * (l.dim + 1); j < k*(l.dim+1)+l.dim; j++ {
				loss += decay / 2 * w[j] * w[j]
				g[j] += decay * w[j]
			}
		}
		return loss
	})
}

// gradient returns the mean cross-entropy at w and writes its gradient to g.
func (l *logistic) gradient(w, g []float64) float64 {
	clear(g)
	roundWeights(l.weight, l.bias, w, l.dim, l.m)
	n := float64(len(l.class))
	var loss float64
	for lo := 0; lo < len(l.class); lo += logisticRows {
		rows := min(logisticRows, len(l.class)-lo)
		x := l.x[lo*l.dim : (lo+rows)*l.dim]
		kernel.Linear(l.delta, x, l.weight, l.bias, rows, l.dim, l.m)
		kernel.Parallel(rows, 64, func(from, to int) {
			for i := from; i < to; i++ {
				l.loss[i] = crossEntropy(l.delta[i*l.m:(i+1)*l.m], l.class[lo+i])
			}
		})
		for _, v := range l.loss[:rows] {
			loss += v
		}
		kernel.Gemm(true, false, l.m, l.dim, rows, 1, l.delta, l.m, x, l.dim, 0, l.part, l.dim)
		kernel.SumRows(l.partial, l.delta, rows, l.m)
		for k := range l.m {
			gk := g[k*(l.dim+1) : (k+1)*(l.dim+1)]
			for j, v := range l.part[k*l.dim : (k+1)*l.dim] {
				gk[j] += float64(v) / n
			}
			gk[l.dim] += float64(l.partial[k]) / n
		}
	}
	return loss / n
}

// crossEntropy returns the loss of one row of logits and turns them into its gradient.
func crossEntropy(z []float32, class int) float64 {
	top := float64(z[highest(z)])
	var sum float64
	for _, v := range z {
		sum += math.Exp(float64(v) - top)
	}
	loss := math.Log(sum) + top - float64(z[class])
	for k, v := range z {
		z[k] = float32(math.Exp(float64(v)-top) / sum)
	}
	z[class]--
	return loss
}

// roundWeights splits w [m, dim+1] into weights and biases of float32.
func roundWeights(weight, bias []float32, w []float64, dim, m int) {
	for k := range m {
		for j, v := range w[k*(dim+1) : k*(dim+1)+dim] {
			weight[k*dim+j] = float32(v)
		}
		bias[k] = float32(w[k*(dim+1)+dim])
	}
}

// predictLinear returns the class of the largest logit for each row.
func predictLinear(w []float64, x []float32, dim, m int) []int {
	weight, bias := make([]float32, m*dim), make([]float32, m)
	roundWeights(weight, bias, w, dim, m)
	return argmaxLinear(weight, bias, x, dim, m)
}

// argmaxLinear returns the class of the largest logit for each row of x, with weights [m, dim] and biases [m].
func argmaxLinear(weight, bias, x []float32, dim, m int) []int {
	n := len(x) / dim
	out := make([]int, n)
	logit := make([]float32, min(n, blockRows)*m)
	for lo := 0; lo < n; lo += blockRows {
		hi := min(lo+blockRows, n)
		kernel.Linear(logit, x[lo*dim:hi*dim], weight, bias, hi-lo, dim, m)
		for i := lo; i < hi; i++ {
			out[i] = highest(logit[(i-lo)*m : (i-lo+1)*m])
		}
	}
	return out
}
