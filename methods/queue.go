package methods

import (
	"github.com/wavekin/wavekin/nn"
)

// queue is a ring of the K newest keys, unit vectors [K, D]. Keys, pointer and fill lie in buffers, so that a checkpoint
// holds them.
type queue struct {
	keys  *nn.Param
	state *nn.Param // the oldest row, and how many rows were ever written, at most K
}

// newQueue declares a queue of random unit vectors.
func newQueue(w *nn.Weights, name string, k, d int) *queue {
	s := w.Frozen().Scope(name)
	return &queue{keys: s.Param("keys", randomUnits(d), k, d), state: s.Buffer("state", 0, 2)}
}

// size is the number of rows.
func (q *queue) size() int { return q.keys.Shape[0] }

// filled is how many rows hold keys.
func (q *queue) filled() int { return int(q.state.Data[1]) }

// push writes rows [N, D] over the oldest ones, and wraps around.
func (q *queue) push(rows []float32) {
	k, d := q.keys.Shape[0], q.keys.Shape[1]
	at := int(q.state.Data[0])
	for i := 0; i < len(rows); i += d {
		copy(q.keys.Data[at*d:(at+1)*d], rows[i:i+d])
		at = (at + 1) % k
		q.state.Data[1] = min(float32(k), q.state.Data[1]+1)
	}
	q.state.Data[0] = float32(at)
}
