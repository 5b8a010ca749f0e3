package main

import (
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/train"
)

// draws tells what the random numbers of a step came to, by the streams that every run derives from its seed: the twin is
// given choices, never a loss or a gradient.
type draws func(p *path, b train.Batch, rng *rand.Rand) []tensorfile.Tensor

// on is d for the steps of a run.
func (d draws) on(p *path) func(b train.Batch) []tensorfile.Tensor {
	if d == nil {
		return nil
	}
	return func(b train.Batch) []tensorfile.Tensor { return d(p, b, random.New(p.seed, random.Step, b.Index)) }
}

// tensor is one of whole numbers.
func tensor(name string, xs []int, shape ...int) tensorfile.Tensor {
	return tensorfile.Tensor{Name: name, Shape: shape, Data: floats(xs)}
}

// bankRows are the rows of a memory bank that m negatives of each sample are: any, the sample's own included.
func bankRows(m int) draws {
	return func(p *path, b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
		var rows []int
		for _, id := range b.Samples {
			for range m {
				r := rng.IntN(p.samples)
				switch {
				case r == p.samples-1:
					r = id
				case r >= id:
					r++
				}
				rows = append(rows, r)
			}
		}
		return []tensorfile.Tensor{tensor("rows", rows, len(b.Samples), m)}
	}
}

// shuffled is the order in which the keys are encoded.
func shuffled(_ *path, b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
	order := make([]int, len(b.Samples))
	for i := range order {
		order[i] = i
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return []tensorfile.Tensor{tensor("order", order, len(order))}
}

// clustered are the rows from which k-means starts before an epoch, for each of so many heads, and the last layer that is drawn
// anew, where there is one.
func clustered(clusters, heads int) draws {
	return func(p *path, b train.Batch, _ *rand.Rand) []tensorfile.Tensor {
		epoch := p.samples / p.batch
		if b.Index%epoch != 0 {
			return nil
		}
		rng := random.New(p.seed, random.Survey, b.Index/epoch)
		var rows []int
		for range max(1, heads) {
			rows = append(rows, rng.Perm(p.samples)[:clusters]...)
		}
		if heads > 0 {
			return []tensorfile.Tensor{tensor("rows", rows, heads, clusters)}
		}
		out := []tensorfile.Tensor{tensor("rows", rows, clusters)}
		for _, w := range b.Weights {
			if w.Name == "method.top.weight" {
				out = append(out, tensorfile.Tensor{Name: "top", Shape: w.Shape, Data: w.Data})
			}
		}
		return out
	}
}

// dropped tells which of n elements a dropout with probability p sets to 0 in a step: index is its place among those of the graph,
// from 1.
func dropped(seed uint64, step, index, n int, p float64) []int {
	key := random.Mix(random.Key(seed, random.Dropout, step) ^ random.Mix(uint64(index)))
	out := make([]int, n)
	for i := range out {
		if random.Mix(key+uint64(i))>>11 < uint64(p*(1<<53)) {
			out[i] = 1
		}
	}
	return out
}

// hidden are the time stamps that TS2Vec hides in either crop, and what the crops show.
func hidden(p *path, b train.Batch, _ *rand.Rand) []tensorfile.Tensor {
	out := []tensorfile.Tensor{tensor("spans", []int{b.Spans[0].From, b.Spans[0].To, b.Spans[1].From, b.Spans[1].To}, 2, 2)}
	for i, s := range b.Shapes {
		out = append(out, tensor("hidden"+string(rune('0'+i)), dropped(p.seed, b.Index, 1+i, s[0]*s[2], 0.5), s[0], s[2]))
	}
	return out
}

// moment is the step between past and future.
func moment(steps, horizons int) draws {
	return func(_ *path, _ train.Batch, rng *rand.Rand) []tensorfile.Tensor {
		return []tensorfile.Tensor{tensor("moment", []int{rng.IntN(steps - horizons)}, 1)}
	}
}

// picked are the samples whose stretches are negatives of each sample; the first number of a step chooses the crops.
func picked(negatives, crops int) draws {
	return func(_ *path, b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
		rng.IntN(crops)
		n := len(b.Samples)
		pick := make([]int, negatives*n)
		for i := range pick {
			pick[i] = rng.IntN(n)
		}
		return []tensorfile.Tensor{tensor("pick", pick, negatives, n)}
	}
}

// stretches are where TNC's begin, the anchor's first, then those near and those far; and what the discriminator's dropout of a half
// leaves out of so many features.
func stretches(width, count, features int, near, far float64) draws {
	return func(p *path, b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
		room := p.length - width
		away := min(int(far*float64(width)+0.5), (room+1)/2)
		var starts []int
		for range b.Samples {
			at := rng.IntN(room + 1)
			nearby, distant := make([]int, count), make([]int, count)
			for k := range count {
				nearby[k] = min(max(at+int(math.Round(rng.NormFloat64()*near*float64(width))), 0), room)
				if at > room/2 {
					distant[k] = rng.IntN(max(1, at-away+1))
				} else {
					distant[k] = at + away + rng.IntN(max(1, room-at-away+1))
				}
			}
			starts = append(append(append(starts, at), nearby...), distant...)
		}
		n := len(b.Samples)
		return []tensorfile.Tensor{tensor("starts", starts, n, 1+2*count), tensor("dropped", dropped(p.seed, b.Index, 1, 2*count*n*features, 0.5), 2*count, n, features)}
	}
}

// others are the pieces of the batch that CPC tells the true one from, drawn for each distance.
func others(horizons, count int) draws {
	return func(_ *path, b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
		pieces := 15 // patches of 6 time stamps, 3 apart
		if len(b.Shapes[0]) == 4 {
			pieces = 7 * 7 // patches of 4 x 4 pixels, 2 apart
		}
		var out []tensorfile.Tensor
		for k := range horizons {
			rows := make([]int, count)
			for i := range rows {
				rows[i] = rng.IntN(len(b.Samples) * pieces)
			}
			out = append(out, tensor("others"+string(rune('0'+k)), rows, count))
		}
		return out
	}
}
