package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// task is a piece of work cut into numbered parts that may run at the same
// time and in any order.
type task interface{ do(part int) }

// job is one task being worked on by its caller and by idle workers.
type job struct {
	task   task
	parts  int
	runs   []atomic.Int64 // of each run of parts, how many are taken
	left   atomic.Int64   // parts not done yet
	done   sync.WaitGroup
	refs   atomic.Int32 // caller and queue entries that still point here
	caught atomic.Pointer[any]
}

var (
	threads atomic.Int64
	// busy is how many are at work on parts. When everybody is, a call within a part keeps its own parts to itself.
	busy   atomic.Int64
	jobs   freeList[job]
	ranges freeList[rangeTask]

	// queue carries offers of work. An offer that finds the queue full is
	// dropped, and one that is taken up late finds no parts left: the caller
	// works through its own job, so neither can hang a call.
	queue = make(chan *job, 32)

	workersMu sync.Mutex
	workers   int
)

func init() { SetThreads(0) }

// SetThreads sets how many goroutines may work on one call, the caller
// included. A number below 1 means one for each processor Go may use.
func SetThreads(n int) {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	threads.Store(int64(n))
	workersMu.Lock()
	defer workersMu.Unlock()
	for ; workers > n-1; workers-- {
		queue <- nil // one worker leaves
	}
}

// Threads is the number of goroutines that may work on one call.
func Threads() int { return int(threads.Load()) }

// Parallel calls body on disjoint ranges [lo, hi) that together cover [0, n),
// on several goroutines when n is worth it, and returns when all are done. No
// range but the last is shorter than grain. How the ranges are cut depends on
// the number of threads, so body must give the same bits for any cut. Calls
// may be nested. A panic in body is raised again in the caller.
func Parallel(n, grain int, body func(lo, hi int)) { overRanges(n, grain, spanFunc(body)) }

// spanning is what is done on ranges. One that is kept allocates nothing, as the variables of a function would.
type spanning interface{ span(lo, hi int) }

type spanFunc func(lo, hi int)

func (f spanFunc) span(lo, hi int) { f(lo, hi) }

// overRanges is [Parallel].
func overRanges(n, grain int, body spanning) {
	if n <= 0 {
		return
	}
	t := Threads()
	// A few ranges for each thread even out threads of unequal speed.
	chunks := min(4*t, n/max(1, grain))
	if t == 1 || chunks <= 1 {
		body.span(0, n)
		return
	}
	r := ranges.get()
	r.n, r.chunks, r.body = n, chunks, body
	run(r, chunks)
	r.body = nil
	ranges.put(r)
}

type rangeTask struct {
	n, chunks int
	body      spanning
}

func (r *rangeTask) do(i int) { r.body.span(i*r.n/r.chunks, (i+1)*r.n/r.chunks) }

// run does every part of t and returns when all are done. Parts are cut into a run for each thread, which takes parts of others only when its own are
// done: what follow each other work on the same rows then, and find them in the cache of their core.
func run(t task, parts int) { runIn(t, parts, Threads()) }

// runInOrder is run where no part begins before those in front of it have begun.
func runInOrder(t task, parts int) { runIn(t, parts, 1) }

// runIn is run with so many runs of parts at most.
func runIn(t task, parts, runs int) {
	helpers := min(Threads(), parts) - 1
	if helpers <= 0 || busy.Load() >= threads.Load() {
		for i := range parts {
			t.do(i)
		}
		return
	}
	hire(helpers)
	j := jobs.get()
	j.task, j.parts = t, parts
	j.cut(min(runs, helpers+1))
	j.refs.Store(int32(helpers) + 1)
	j.left.Store(int64(parts))
	j.done.Add(parts)
	for range helpers {
		select {
		case queue <- j:
		default:
			j.refs.Add(-1)
		}
	}
	j.work(0)
	for i := 0; i < patience && j.left.Load() > 0; i++ {
		pause(i)
	}
	j.done.Wait()
	caught := j.caught.Swap(nil)
	j.release()
	if caught != nil {
		panic(*caught)
	}
}

// hire starts workers until there are at least n, or as many as SetThreads
// allows by now.
func hire(n int) {
	workersMu.Lock()
	for n = min(n, Threads()-1); workers < n; {
		workers++
		go serve(workers)
	}
	workersMu.Unlock()
}

// patience is how often a thread looks again before it sleeps: for some 80 µs. Steps of small networks consist of calls as
// short as that, and waking a thread takes as long, on a virtual machine longer.
const patience = 10_000

// pause lets others run now and then.
func pause(i int) {
	if i%256 == 255 {
		runtime.Gosched()
	}
}

// cut makes so many runs of all parts.
func (j *job) cut(runs int) {
	if cap(j.runs) < runs {
		j.runs = make([]atomic.Int64, runs)
	}
	j.runs = j.runs[:runs]
	for i := range j.runs {
		j.runs[i].Store(0)
	}
}

// serve works on what the queue offers until it offers nil. The caller of a call is number 0.
func serve(number int) {
	for {
		j := offer()
		if j == nil {
			return
		}
		j.work(number)
		j.release()
	}
}

// offer waits for the next offer, awake for a while, then asleep.
func offer() *job {
	for i := range patience {
		select {
		case j := <-queue:
			return j
		default:
			pause(i)
		}
	}
	return <-queue
}

// work takes parts until none is left, first those of the run of this number.
func (j *job) work(number int) {
	busy.Add(1)
	defer busy.Add(-1)
	n := len(j.runs)
	for r := range n {
		r = (r + number) % n
		end := (r + 1) * j.parts / n
		for {
			i := r*j.parts/n + int(j.runs[r].Add(1)) - 1
			if i >= end {
				break
			}
			j.part(i)
		}
	}
}

func (j *job) part(i int) {
	defer func() {
		if r := recover(); r != nil {
			caught := r // a copy, so that only a panic allocates
			j.caught.CompareAndSwap(nil, &caught)
		}
		j.left.Add(-1)
		j.done.Done()
	}()
	j.task.do(i)
}

func (j *job) release() {
	if j.refs.Add(-1) == 0 {
		j.task = nil
		jobs.put(j)
	}
}

// scratch is working memory.
type scratch struct {
	sums [blockSide * blockSide]float32 // first, to lie on a cache line
	a, b []float32
	c    []bf16Step
	d    []float32

	place placing
}

// What parts of a task work in is kept apart from what a whole call needs: parts take any that is free, so that each would
// grow to the size of the largest.
var scratches, calls freeList[scratch]

// sized returns a slice of n numbers of any value, reusing *buf when it can.
func sized(buf *[]float32, n int) []float32 {
	if cap(*buf) < n {
		*buf = Numbers(n)
	}
	*buf = (*buf)[:cap(*buf)]
	return (*buf)[:n]
}
