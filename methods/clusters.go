package methods

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/nn"
)

// clustersFor is the number of clusters or prototypes for n samples: a quarter as many, at least 8 and at most 512, but
// never more than samples.
func clustersFor(n int) int { return max(2, min(n, 512, max(8, n/4))) }

// pseudo holds the clusters of all samples in place of labels, in buffers.
type pseudo struct {
	ids          *nn.Param // by sample, -1 where it has none
	nmi, largest *nn.Param
	before       []int
}

func newPseudo(w *nn.Weights, samples int) *pseudo {
	return &pseudo{ids: w.Buffer("clusters", -1, samples), nmi: w.Buffer("nmi", 0, 1), largest: w.Buffer("largest", 0, 1),
		before: make([]int, samples)}
}

// assign takes over the clusters of all samples, and measures them.
func (p *pseudo) assign(ids []int) {
	counts := map[int]int{}
	most := 0
	for i, c := range ids {
		p.before[i] = int(p.ids.Data[i])
		p.ids.Data[i] = float32(c)
		if c >= 0 {
			counts[c]++
			most = max(most, counts[c])
		}
	}
	p.nmi.Data[0] = float32(mutual(p.before, ids))
	p.largest.Data[0] = float32(most) / float32(len(ids))
}

// of writes the clusters of the listed samples.
func (p *pseudo) of(samples []int, labels []float32) {
	for i, s := range samples {
		labels[i] = p.ids.Data[s]
	}
}

// measures are the agreement of the last two clusterings and the share of the largest cluster.
func (p *pseudo) measures(g *nn.Graph) []Measure {
	return []Measure{{"nmi", g.Param(p.nmi)}, {"largest_cluster", g.Param(p.largest)}}
}

func diagnoseClusters(measures map[string]float64, k int) []string {
	var out []string
	if share, ok := measures["largest_cluster"]; ok && share > 0.9 {
		out = append(out, fmt.Sprintf("one of %d clusters holds %.0f %% of the samples; use a lower learning rate, or more varied views", k, 100*share))
	}
	if nmi, ok := measures["nmi"]; ok && nmi > 0 && nmi < 0.3 {
		out = append(out, fmt.Sprintf("the clusters change from one clustering to the next (mutual information %.2f of 1); use fewer clusters, a lower learning rate or more steps", nmi))
	}
	return out
}

// mutual is the normalised mutual information of two clusterings, I(a; b)/√(H(a)H(b)): 1 if one tells the other, 0 if
// they are independent. A pair with a negative id counts for nothing; two clusterings of a single cluster have 1.
func mutual(a, b []int) float64 {
	size := 0
	for i := range a {
		size = max(size, a[i]+1, b[i]+1)
	}
	var as, bs, pairs []int
	for i := range a {
		if a[i] >= 0 && b[i] >= 0 {
			as, bs, pairs = append(as, a[i]), append(bs, b[i]), append(pairs, a[i]*size+b[i])
		}
	}
	if len(pairs) == 0 {
		return 0
	}
	ha, hb := countEntropy(as), countEntropy(bs)
	if ha == 0 || hb == 0 {
		if ha == hb {
			return 1
		}
		return 0
	}
	return max(0, ha+hb-countEntropy(pairs)) / math.Sqrt(ha*hb)
}

// countEntropy is the entropy of the shares of equal numbers in xs, which it sorts.
func countEntropy(xs []int) float64 {
	slices.Sort(xs)
	var shares []float64
	run := 0
	for i := range xs {
		if run++; i == len(xs)-1 || xs[i+1] != xs[i] {
			shares, run = append(shares, float64(run)/float64(len(xs))), 0
		}
	}
	return entropy(shares)
}
