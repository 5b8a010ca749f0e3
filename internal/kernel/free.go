package kernel

import "sync"

// freeList keeps what a call needs for the next call. Unlike a sync.Pool it survives
// garbage collections, so that a step that has run once allocates nothing; what it keeps is
// bounded by the most that was ever in use at the same time.
type freeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

func (l *freeList[T]) get() *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 {
		return new(T)
	}
	x := l.free[n-1]
	l.free = l.free[:n-1]
	return x
}

func (l *freeList[T]) put(x *T) {
	l.mu.Lock()
	l.free = append(l.free, x)
	l.mu.Unlock()
}
