package detect

import (
	"math"
	"sync"
)

// Drift tells whether what is scored has moved away from what is normal as a whole: the p-values of normal readings are spread evenly
// from 0 to 1, or higher, and those of readings that have moved gather near 0. It looks at places that do not overlap, since scores of
// neighbours are alike. The zero value, with a Window, counts all places. It is safe for concurrent use.
type Drift struct {
	// Window is how far places are apart, in time stamps.
	Window int
	// Recent, unless 0, counts only so many places, the last ones.
	Recent int

	mu    sync.Mutex
	bins  [driftBins]int
	count int
	last  map[string]int // where the last place of a series began
	ring  []int          // the bins of the recent places
	at    int
}

const (
	// driftBins is how finely p-values are told apart.
	driftBins = 1000
	// lowP is what p-values are held against for people: normal readings have a share of at most lowP below it.
	lowP = 0.1
	// mostDriftSeries bounds the series whose places are remembered.
	mostDriftSeries = 1 << 16
)

// Add counts a place of a series by its p-value, unless it overlaps the last one that was counted or has no p-value.
func (d *Drift) Add(series string, start int, p float64) {
	if math.IsNaN(p) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, ok := d.last[series]; ok && start >= last && start < last+d.Window {
		return
	}
	if d.last == nil || len(d.last) >= mostDriftSeries {
		d.last = map[string]int{}
	}
	d.last[series] = start
	bin := min(driftBins-1, max(0, int(math.Ceil(p*driftBins))-1))
	if d.Recent > 0 {
		if len(d.ring) < d.Recent {
			d.ring = append(d.ring, bin)
		} else {
			d.bins[d.ring[d.at]]--
			d.count--
			d.ring[d.at] = bin
			d.at = (d.at + 1) % d.Recent
		}
	}
	d.bins[bin]++
	d.count++
}

// Moved is what [Drift.Test] finds.
type Moved struct {
	// Places were counted, and Low is the share of them with p-values up to 0.1, where at most 0.1 is expected.
	Places int
	Low    float64
	// Distance is the largest one by which the distribution of the p-values lies above that of even ones, and P how often one as large
	// is met by chance: exp(-2 n D^2), the limit of Smirnov's one-sided test (1944).
	Distance, P float64
}

// Test compares the p-values so far with even ones, by the one-sided test of Kolmogorov and Smirnov.
func (d *Drift) Test() Moved {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := Moved{Places: d.count, P: 1}
	if d.count == 0 {
		return m
	}
	sum := 0
	for i, n := range d.bins {
		sum += n
		upper, share := float64(i+1)/driftBins, float64(sum)/float64(d.count)
		if m.Distance = max(m.Distance, share-upper); i+1 == lowP*driftBins {
			m.Low = share
		}
	}
	m.P = math.Exp(-2 * float64(d.count) * m.Distance * m.Distance)
	return m
}

// Told tells whether a drift is worth a line: at least 20 places, and a distance that is met by chance once in a thousand times.
func (m Moved) Told() bool { return m.Places >= 20 && m.P < 0.001 }
