package nn

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// hub is a team within a process: its members meet before and after what they exchange.
type hub struct {
	mu       sync.Mutex
	arrived  *sync.Cond
	of, here int
	round    int
	slots    []any
}

func newHub(of int) *hub {
	h := &hub{of: of, slots: make([]any, of)}
	h.arrived = sync.NewCond(&h.mu)
	return h
}

// meet waits until all have come.
func (h *hub) meet() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.here++; h.here == h.of {
		h.here = 0
		h.round++
		h.arrived.Broadcast()
		return
	}
	for round := h.round; round == h.round; {
		h.arrived.Wait()
	}
}

type member struct {
	*hub
	index int
}

func (m member) Share() (int, int) { return m.index, m.of }

func (m member) Gather(all []float32, bounds []int) error {
	m.slots[m.index] = slices.Clone(all[bounds[m.index]:bounds[m.index+1]])
	m.meet()
	for i, s := range m.slots {
		copy(all[bounds[i]:], s.([]float32))
	}
	m.meet()
	return nil
}

func (m member) Sum(sum []float32, summands [][]float32) error {
	m.slots[m.index] = summands
	m.meet()
	total := make([]float32, len(sum))
	first := true
	for _, s := range m.slots {
		for _, x := range s.([][]float32) {
			for i, v := range x {
				if first {
					total[i] = v
				} else {
					total[i] += v
				}
			}
			first = false
		}
	}
	copy(sum, total)
	m.meet()
	return nil
}

// TestTeamsKeepBits: any number of processes ends with the same weights, statistics and gradients, in all of them.
func TestTeamsKeepBits(t *testing.T) {
	for _, norm := range []string{"batch", "group"} {
		for _, chunk := range []int{3, 5} {
			var want []float32
			for _, of := range []int{1, 2, 3, 5} {
				h := newHub(of)
				got := make([][]float32, of)
				var w sync.WaitGroup
				for i := range of {
					w.Go(func() {
						weights := NewWeights(5)
						got[i], _ = trainedBy(t, member{h, i}, newDeep(weights, norm, 0.3, 1), weights, false, chunk, 2)
					})
				}
				w.Wait()
				if want == nil {
					want = got[0]
				}
				for i := range got {
					if at := firstOther(want, got[i]); at >= 0 {
						t.Errorf("norm %s, chunks of %d: process %d of %d has %g at place %d, one process %g", norm, chunk, i, of, got[i][at], at, want[at])
					}
				}
			}
		}
	}
}

// TestTeamsRefuseWhatWouldDiffer: what the first chunk alone decides would be another in each process.
func TestTeamsRefuseWhatWouldDiffer(t *testing.T) {
	for want, d := range map[string]func(w *Weights) *Node{
		"actnorm": func(w *Weights) *Node {
			return teamed(func(x *Node) *Node { return NewActNorm(w, "n", 2).Apply(x) })
		},
		"groups": func(w *Weights) *Node {
			return teamed(func(x *Node) *Node { return InGroups(x, 2, NewBatchNorm(w, "n", 2, true).Apply) })
		},
	} {
		y := d(NewWeights(1))
		if _, err := y.Graph().Compile(nil, y); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want a word on %s", err, want)
		}
	}
}

// teamed builds something in chunks, for a team of one.
func teamed(apply func(x *Node) *Node) *Node {
	g := NewGraph(true)
	g.SetChunk(2)
	g.SetTeam(member{newHub(1), 0})
	return InChunks(g.Input("x", 4, 2, 3), apply)
}

func ExampleGraph_SetTeam() {
	w, g := NewWeights(1), NewGraph(true)
	g.SetChunk(2)
	g.SetTeam(member{newHub(1), 0})
	net := NewLinear(w, "net", 3, 2, true)
	p, err := g.Compile(Sum(InChunks(g.Input("x", 6, 3), net.Apply)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Run(), net.B.Grad)
	// Output: <nil> [6 6]
}
