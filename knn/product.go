package knn

import (
	"runtime"
	"sync"
)

// productNT writes c[m,n] = a[m,k] b[n,k]^T.
func productNT(m, n, k int, a, b, c []float32) {
	parallel(m, 8, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			for j := range n {
				var s float32
				x, y := a[i*k:(i+1)*k], b[j*k:(j+1)*k]
				for l := range x {
					s += x[l] * y[l]
				}
				c[i*n+j] = s
			}
		}
	})
}

func parallel(n, grain int, body func(lo, hi int)) {
	t := min(runtime.GOMAXPROCS(0), (n+grain-1)/grain)
	if t < 2 {
		body(0, n)
		return
	}
	var wg sync.WaitGroup
	for w := range t {
		wg.Go(func() { body(n*w/t, n*(w+1)/t) })
	}
	wg.Wait()
}
