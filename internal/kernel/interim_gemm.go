// Interim plain-Go kernels so that other packages build; replaced file by file (delete what you replace).
package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

var threads atomic.Int64

func init() { SetThreads(0) }

func SetThreads(n int) {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	threads.Store(int64(n))
}
func Threads() int { return int(threads.Load()) }
func Parallel(n, grain int, body func(lo, hi int)) {
	k := min(Threads(), n/max(1, grain))
	if k <= 1 {
		if n > 0 {
			body(0, n)
		}
		return
	}
	var wg sync.WaitGroup
	for i := 1; i < k; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); body(i*n/k, (i+1)*n/k) }()
	}
	body(0, n/k)
	wg.Wait()
}
func ISA() string { return "go" }
func at(trans bool, a []float32, lda, i, j int) float32 {
	if trans {
		return a[j*lda+i]
	}
	return a[i*lda+j]
}
func Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	Parallel(m, 1+20000/(n*k+1), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := c[i*ldc : i*ldc+n]
			if beta == 0 {
				clear(row)
			} else {
				for j := range row {
					row[j] *= beta
				}
			}
			for p := range k {
				v := alpha * at(transA, a, lda, i, p)
				if transB {
					for j := range row {
						row[j] += v * b[j*ldb+p]
					}
				} else {
					for j, w := range b[p*ldb : p*ldb+n] {
						row[j] += v * w
					}
				}
			}
		}
	})
}

type Conv struct{ N, CIn, TIn, COut, K, Stride, Dilation, PadLeft, TOut int }

func (c Conv) Forward(x, w, bias, y []float32) {
	Parallel(c.N*c.COut, 1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			n, o := r/c.COut, r%c.COut
			out := y[r*c.TOut : (r+1)*c.TOut]
			clear(out)
			if bias != nil {
				for t := range out {
					out[t] = bias[o]
				}
			}
			for i := range c.CIn {
				in := x[(n*c.CIn+i)*c.TIn : (n*c.CIn+i+1)*c.TIn]
				for k := range c.K {
					v := w[(o*c.CIn+i)*c.K+k]
					for t := range out {
						if s := t*c.Stride - c.PadLeft + k*c.Dilation; s >= 0 && s < c.TIn {
							out[t] += v * in[s]
						}
					}
				}
			}
		}
	})
}
func (c Conv) GradInput(dy, w, dx []float32) {
	Parallel(c.N*c.CIn, 1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			n, i := r/c.CIn, r%c.CIn
			in := dx[r*c.TIn : (r+1)*c.TIn]
			clear(in)
			for o := range c.COut {
				out := dy[(n*c.COut+o)*c.TOut : (n*c.COut+o+1)*c.TOut]
				for k := range c.K {
					v := w[(o*c.CIn+i)*c.K+k]
					for t := range out {
						if s := t*c.Stride - c.PadLeft + k*c.Dilation; s >= 0 && s < c.TIn {
							in[s] += v * out[t]
						}
					}
				}
			}
		}
	})
}
func (c Conv) GradWeight(x, dy, dw []float32) {
	Parallel(c.COut, 1, func(lo, hi int) {
		for o := lo; o < hi; o++ {
			for i := range c.CIn {
				for k := range c.K {
					var s float32
					for n := range c.N {
						out := dy[(n*c.COut+o)*c.TOut : (n*c.COut+o+1)*c.TOut]
						in := x[(n*c.CIn+i)*c.TIn : (n*c.CIn+i+1)*c.TIn]
						for t, g := range out {
							if u := t*c.Stride - c.PadLeft + k*c.Dilation; u >= 0 && u < c.TIn {
								s += g * in[u]
							}
						}
					}
					dw[(o*c.CIn+i)*c.K+k] = s
				}
			}
		}
	})
}
func (c Conv) GradBias(dy, db []float32) {
	for o := range c.COut {
		var s float32
		for n := range c.N {
			for _, v := range dy[(n*c.COut+o)*c.TOut : (n*c.COut+o+1)*c.TOut] {
				s += v
			}
		}
		db[o] = s
	}
}
