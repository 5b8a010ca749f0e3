package speed

import (
	"time"

	"github.com/wavekin/wavekin/internal/kernel"
	"github.com/wavekin/wavekin/nn"
)

// Ceiling is the most that the machine reaches with the present number of threads: the two lines of a roofline (Williams et
// al., 2009).
type Ceiling struct {
	// Flops is that of a product of matrices of 768 by 768, in operations a second.
	Flops float64
	// Bytes is what a copy of 64 MB reads and writes in a second.
	Bytes float64
}

const (
	ceilingSide   = 768
	ceilingFloats = 8 << 20 // 32 MB, larger than the cache of a core
	ceilingRuns   = 7
)

// Ceilings measures them: the best of several runs, since whatever else the machine does can only slow them down.
func Ceilings(p nn.Precision) Ceiling {
	const n = ceilingSide
	a, b, c := views([]int{n, n}), views([]int{n, n}), make([]float32, n*n)
	product := best(func() { p.Gemm(false, false, n, n, n, 1, a, n, b, n, 0, c, n) })
	from, to := make([]float32, ceilingFloats), make([]float32, ceilingFloats)
	moved := best(func() {
		kernel.Parallel(len(from), len(from)/kernel.Threads(), func(lo, hi int) { copy(to[lo:hi], from[lo:hi]) })
	})
	return Ceiling{2 * n * n * n / product, 8 * ceilingFloats / moved}
}

// best is the shortest time of several runs, in seconds.
func best(run func()) float64 {
	least := 0.0
	for i := range ceilingRuns {
		start := time.Now()
		run()
		if took := time.Since(start).Seconds(); i == 0 || took < least {
			least = took
		}
	}
	return least
}
