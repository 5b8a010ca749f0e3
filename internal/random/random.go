// Package random derives every stream of random numbers of a run from its seed.
//
// A stream is named by what it is for and by the numbers of what it serves, such as an epoch, a sample and a view:
//
//	var src rand.PCG
//	random.Seed(&src, 7, random.View, 3, 120, 1) // epoch 3, sample 120, view 1
//	x := rand.New(&src).Float64()
//
// Streams of different names are unrelated, so that the result of a run does not depend on the order in which its parts
// draw, nor on the number of threads.
package random

import "math/rand/v2"

// Purpose says what a stream is for. Its value is part of what is drawn: never reuse or renumber one.
type Purpose uint64

// The purposes, each with the numbers that go with it.
const (
	// Order is the order of the samples in an epoch: epoch.
	Order Purpose = 1 + iota
	// Step is what a method draws while it takes a step: step.
	Step
	// Dropout is what a network drops in a step: step.
	Dropout
	// View is one view of a sample: epoch, sample, view.
	View
	// Offset moves all stretches of a sample together: epoch, sample.
	Offset
	// Survey is a look at all samples before an epoch: epoch.
	Survey
	// Draw is the choice of the samples of an epoch: epoch.
	Draw
	// Labels is the choice of the samples whose labels are used.
	Labels
	// Probe is the order of the rows that a probe is fitted on.
	Probe
	// Projection is where an iterative projection starts: the number of dimensions, or nothing.
	Projection
	// Fit is the choice of the samples that a network is fitted to, and what it draws from them.
	Fit
	// Family is what synthetic series of one family have in common: family.
	Family
	// Member is what a synthetic series has of its own: series.
	Member
	// Lists is the choice of the rows around which lists of neighbours begin: the number of lists.
	Lists
	// Negatives is the choice of the normal steps that predicted ones are told from: which stretch of the normal data is left out.
	Negatives
)

// Seed sets src to the start of a stream. It allocates nothing.
func Seed(src *rand.PCG, seed uint64, p Purpose, ids ...int) {
	hi, lo := derive(seed, p, ids)
	src.Seed(hi, lo)
}

// New returns a generator at the start of a stream.
func New(seed uint64, p Purpose, ids ...int) *rand.Rand {
	hi, lo := derive(seed, p, ids)
	return rand.New(rand.NewPCG(hi, lo))
}

// Key is a number of 64 bits in place of a stream, for what draws by counting up from it.
func Key(seed uint64, p Purpose, ids ...int) uint64 {
	hi, _ := derive(seed, p, ids)
	return hi
}

// derive mixes each number into two halves. For a given rest, the first half is a different one for each value of any one
// number, and both halves depend on all of them.
func derive(seed uint64, p Purpose, ids []int) (hi, lo uint64) {
	hi = Mix(seed)
	lo = Mix(hi ^ 0xd1b54a32d192ed03)
	hi, lo = absorb(hi, lo, uint64(p)<<8|uint64(len(ids)))
	for _, id := range ids {
		hi, lo = absorb(hi, lo, uint64(id))
	}
	return hi, lo
}

func absorb(hi, lo, x uint64) (uint64, uint64) {
	hi = Mix(hi ^ x)
	return hi, Mix(lo + hi)
}

// Mix is the finaliser of SplitMix64 (Steele et al., 2014): a bijection under which neighbouring numbers get unrelated bits.
func Mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
