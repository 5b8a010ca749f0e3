//go:build invariants

package nn

import (
	"fmt"
	"hash/maphash"
	"math"
	"unsafe"

	G "gorgonia.org/gorgonia"
)

// invariants tells whether programs check themselves while they run. With the build tag invariants each step is held to what
// [Op] demands: finite operands give a finite result, operands are left unchanged, and what a step reads is still what the
// step before it wrote, so that the planned memory gives no two live values one place.
const invariants = true

// checks are the checks of one program.
type checks struct {
	made map[*G.Node]int // the step that computes a node, by the node that owns the storage
	sums map[int]uint64  // of what each step wrote in this run
	seed maphash.Seed
}

// plan notes which step computes a node, and returns those that compute its operands.
func (c *checks) plan(lv *liveness, e *G.Node, operands []*G.Node, at int) []int {
	if c.made == nil {
		c.made, c.sums, c.seed = map[*G.Node]int{}, map[int]uint64{}, maphash.MakeSeed()
	}
	c.made[lv.base[e]] = at
	from := make([]int, len(operands))
	for i, k := range operands {
		from[i] = -1
		if made, ok := c.made[lv.base[k]]; ok {
			from[i] = made
		}
	}
	return from
}

// run takes a step and checks it.
func (c *checks) run(at int, s *step) error {
	before, finiteIn := make([]uint64, len(s.in)), true
	for i, x := range s.in {
		before[i] = c.sum(x)
		if from := s.from[i]; from >= 0 && c.sums[from] != before[i] {
			return fmt.Errorf("operand %d (of step %d) was overwritten before step %d read it", i, from, at)
		}
		finiteIn = finiteIn && badValue(x) < 0
	}
	s.run(s.in, s.out)
	for i, x := range s.in {
		if c.sum(x) != before[i] {
			return fmt.Errorf("operand %d was changed", i)
		}
	}
	if k := badValue(s.out); finiteIn && k >= 0 {
		return fmt.Errorf("value %d of %d is %g, and all operands are finite", k, len(s.out), s.out[k])
	}
	c.sums[at] = c.sum(s.out)
	return nil
}

// sum is a checksum of the bits of x.
func (c *checks) sum(x []float32) uint64 {
	if len(x) == 0 {
		return 0
	}
	return maphash.Bytes(c.seed, unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 4*len(x)))
}

// badValue is the position of the first value that is infinite or NaN, or -1.
func badValue(x []float32) int {
	for i, v := range x {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return i
		}
	}
	return -1
}
