package methods

import (
	"math"
	"slices"

	"github.com/wavekin/wavekin/nn"
)

// bank remembers one vector per sample, by the sample's id: the classes of Wu et al. (2018). A queue forgets its oldest
// rows; a bank moves each row when its sample comes round again.
type bank struct {
	rows     *nn.Param // [samples, D]
	momentum float32
}

// newBank declares rows drawn from U(-a, a), a = 1/√(D/3), whose norms are about 1, as in the authors' code. An update keeps
// the share momentum of a row.
func newBank(w *nn.Weights, name string, samples, d int, momentum float64) *bank {
	init := nn.Uniform(1 / math.Sqrt(float64(d)/3))
	return &bank{rows: w.Frozen().Scope(name).Param("rows", init, samples, d), momentum: float32(momentum)}
}

// update moves the rows of the samples towards their vectors v [N, D]: b ← n(m·b + (1-m)·v).
func (b *bank) update(samples []int, v []float32) {
	d := b.rows.Shape[1]
	for i, id := range samples {
		row := b.rows.Data[id*d : (id+1)*d]
		var sum float64
		for j := range row {
			row[j] = b.momentum*row[j] + (1-b.momentum)*v[i*d+j]
			sum += float64(row[j]) * float64(row[j])
		}
		norm := float32(1 / math.Sqrt(max(sum, 1e-24)))
		for j := range row {
			row[j] *= norm
		}
	}
}

// kin tells which windows are neighbours: windows of one series whose starts lie less than a distance apart, so that they
// show the same stretch and are false negatives of each other.
type kin struct {
	order  []int32 // ids by series and start
	lo, hi []int32 // by id: its neighbours, itself included, are order[lo:hi]
	none   bool    // no window has another neighbour than itself
}

func newKin(samples []Sample, distance int) *kin {
	n := len(samples)
	k := &kin{order: make([]int32, n), lo: make([]int32, n), hi: make([]int32, n), none: true}
	for i := range k.order {
		k.order[i] = int32(i)
	}
	slices.SortStableFunc(k.order, func(a, b int32) int {
		if d := samples[a].Series - samples[b].Series; d != 0 {
			return d
		}
		return samples[a].Start - samples[b].Start
	})
	at := func(i int) Sample { return samples[k.order[i]] }
	near := func(i, j int) bool {
		return at(i).Series == at(j).Series && at(j).Start-at(i).Start < distance
	}
	lo, hi := 0, 0
	for i := range n {
		for lo < i && !near(lo, i) {
			lo++
		}
		for hi = max(hi, i+1); hi < n && near(i, hi); {
			hi++
		}
		k.lo[k.order[i]], k.hi[k.order[i]] = int32(lo), int32(hi)
		k.none = k.none && hi-lo == 1
	}
	return k
}

// others is how many windows are no neighbours of a sample.
func (k *kin) others(id int) int { return len(k.order) - int(k.hi[id]-k.lo[id]) }

// most is the largest number of others that a sample has.
func (k *kin) most() int {
	out := 0
	for id := range k.order {
		out = max(out, k.others(id))
	}
	return out
}

// pick turns a number below others(id)+1 into one of the windows that are no neighbours, or the sample itself.
func (k *kin) pick(id, r int) int {
	switch {
	case r == k.others(id):
		return id
	case r >= int(k.lo[id]):
		r += int(k.hi[id] - k.lo[id])
	}
	return int(k.order[r])
}
