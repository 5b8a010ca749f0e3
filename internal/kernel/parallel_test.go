package kernel

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestParallel(t *testing.T) {
	defer SetThreads(0)
	for _, threads := range []int{1, 2, 5, 2} {
		SetThreads(threads)
		if Threads() != threads {
			t.Fatalf("Threads() = %d, want %d", Threads(), threads)
		}
		for _, n := range []int{0, 1, 7, 100, 1000} {
			for _, grain := range []int{0, 1, 30} {
				seen := make([]atomic.Int32, n)
				Parallel(n, grain, func(lo, hi int) {
					if hi-lo < min(grain, n) {
						t.Errorf("%d threads, n %d, grain %d: range %d to %d", threads, n, grain, lo, hi)
					}
					// Nested, as attention does with products.
					Parallel(hi-lo, 1, func(a, b int) {
						for i := a; i < b; i++ {
							seen[lo+i].Add(1)
						}
					})
				})
				for i := range seen {
					if seen[i].Load() != 1 {
						t.Fatalf("%d threads, n %d, grain %d: %d done %d times", threads, n, grain, i, seen[i].Load())
					}
				}
			}
		}
	}
}

// A worker that has waited so long that it sleeps takes work up again, and a caller that waits longer than it looks gets every part.
func TestParallelAfterPatience(t *testing.T) {
	defer SetThreads(0)
	SetThreads(3)
	for range 3 {
		time.Sleep(20 * time.Millisecond) // longer than patience lasts
		var done atomic.Int32
		Parallel(12, 1, func(lo, hi int) {
			if lo > 0 {
				time.Sleep(time.Millisecond)
			}
			done.Add(int32(hi - lo))
		})
		if got := done.Load(); got != 12 {
			t.Fatalf("%d of 12 done when Parallel returned", got)
		}
	}
}

// A panic on another goroutine must reach the caller, who may recover it, and
// leave the workers working.
func TestParallelPanic(t *testing.T) {
	defer SetThreads(0)
	SetThreads(3)
	for range 20 {
		func() {
			defer func() {
				if r := recover(); r != "seven" {
					t.Errorf("recovered %v", r)
				}
			}()
			Parallel(12, 1, func(lo, hi int) {
				if lo <= 7 && 7 < hi {
					panic("seven")
				}
			})
		}()
	}
}

func TestSetThreadsDefault(t *testing.T) {
	SetThreads(-1)
	if Threads() < 1 {
		t.Errorf("Threads() = %d", Threads())
	}
}
