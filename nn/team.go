package nn

// Team is several processes that compute the chunks of batches together, see [Graph.SetTeam]. All of them make the same calls in
// the same order.
type Team interface {
	// Share is which of how many processes this is, from 0.
	Share() (index, of int)
	// Gather completes all in every process, of which process i has written all[bounds[i]:bounds[i+1]].
	Gather(all []float32, bounds []int) error
	// Sum writes the sum of all summands to sum in every process: those of process 0 in order, then those of process 1, and so on.
	Sum(sum []float32, summands [][]float32) error
}

// SetTeam shares the chunks of [InChunks] out among processes that train the same network on the same batches: each computes some of
// them, forward and backward, and has the results of all. The gradients of parameters are then those of the chunks, added up in
// their order, so that the number of processes changes no bit; without a team sums may go on inside of a chunk, see [Chunks]. Call
// it before building. What is not in chunks every process computes by itself.
func (g *Graph) SetTeam(t Team) { g.team = t }

// crew is the share of a segment that a process has.
type crew struct {
	Team
	from, to   int // chunks
	chunks     int
	bounds     []int       // in samples, of all processes
	scaled     []int       // the same in numbers of a tensor
	flat       []float32   // the gradients by all parameters
	summands   [][]float32 // the same of each chunk of this process
	moments    []float32   // of the normalisations, by chunk
	perChunk   int
	momentPart []int // bounds of moments, of all processes
}

func newCrew(t Team, samples, size int) *crew {
	index, of := t.Share()
	c := &crew{Team: t, chunks: (samples + size - 1) / size, scaled: make([]int, of+1)}
	for i := range of + 1 {
		first := (i*c.chunks + of - 1) / of // rounded up, so that the first process has some
		c.bounds, c.momentPart = append(c.bounds, min(samples, first*size)), append(c.momentPart, first)
	}
	c.from, c.to = c.momentPart[index], c.momentPart[index+1]
	return c
}

// share brings a tensor with so many numbers a sample to all processes.
func (c *crew) share(x []float32, per int) {
	for i, b := range c.bounds {
		c.scaled[i] = b * per
	}
	if err := c.Gather(x, c.scaled); err != nil {
		panic(err)
	}
}

// deferral collects what batch normalisations would move their running statistics by, so that every process moves them by all chunks.
type deferral struct {
	norms []*batchNorm
	at    []float32 // of the chunk at hand: mean and variance of each
}

// add gives a normalisation its place.
func (d *deferral) add(b *batchNorm) {
	for _, other := range d.norms {
		b.place += 2 * other.c
	}
	b.later = d
	d.norms = append(d.norms, b)
}

// size is how many numbers a chunk has.
func (d *deferral) size() int {
	n := 0
	for _, b := range d.norms {
		n += 2 * b.c
	}
	return n
}

// move takes the moments of all chunks into the running statistics, in order.
func (s *segment) move() {
	c := s.crew
	if c.perChunk == 0 {
		return
	}
	for i, b := range c.momentPart {
		c.scaled[i] = b * c.perChunk
	}
	if err := c.Gather(c.moments, c.scaled); err != nil {
		panic(err)
	}
	for k := range c.chunks {
		at := c.moments[k*c.perChunk:]
		for _, b := range s.parts[0].forward.g.later.norms {
			for i := range b.c {
				b.stats.move(i, at[i], at[b.c+i])
			}
			at = at[2*b.c:]
		}
	}
}
