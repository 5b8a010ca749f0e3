package nn

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Cost is what the operations of one name take in a run of a program.
type Cost struct {
	// Name is that of the operation, such as "conv1d", or "conv1d.dw" for the gradient by its weights.
	Name string
	// Calls is how many there are in a run.
	Calls int
	// Seconds is their time in a run, all together.
	Seconds float64
	// Flops is how many multiplications and additions they take by the definition of a convolution or a product, whatever way they
	// are computed; 0 for operations that move values more than they compute.
	Flops float64
	// Bytes is the size of their operands and results: what must at least move if nothing stays in a cache.
	Bytes float64
}

// Profile runs the program so many times, at least once, and returns what its operations cost, the longest first. Times are means
// over the runs.
func (p *Program) Profile(runs int) (costs []Cost, err error) {
	runs = max(1, runs)
	at := 0
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %v", p.steps[at].name, r)
		}
	}()
	took := make([]time.Duration, len(p.steps))
	for range runs {
		p.g.runs++
		for i := range p.steps {
			at = i
			start := time.Now()
			p.steps[i].run(p.steps[i].in, p.steps[i].out)
			took[i] += time.Since(start)
		}
		for _, c := range p.copies {
			copy(c.dst, c.src)
		}
	}
	byName := map[string]*Cost{}
	for i, s := range p.steps {
		c := byName[s.name]
		if c == nil {
			c = &Cost{Name: s.name}
			byName[s.name] = c
		}
		floats := len(s.out)
		for _, in := range s.in {
			floats += len(in)
		}
		c.Calls++
		c.Seconds += took[i].Seconds() / float64(runs)
		c.Flops += s.flops
		c.Bytes += 4 * float64(floats)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		costs = append(costs, *byName[name])
	}
	slices.SortStableFunc(costs, func(a, b Cost) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return costs, nil
}

// products is the work of a product of matrices [m, k] and [k, n].
func products(m, n, k int) float64 { return 2 * float64(m) * float64(n) * float64(k) }
