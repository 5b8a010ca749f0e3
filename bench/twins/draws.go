package main

import (
	"math/rand/v2"

	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/train"
)

// draws tells what the random numbers of a step came to, by the streams that every run derives from its seed: the twin is
// given choices, never a loss or a gradient.
type draws func(b train.Batch, rng *rand.Rand) []tensorfile.Tensor

// of is d for the steps of a run.
func (d draws) of() func(b train.Batch) []tensorfile.Tensor {
	if d == nil {
		return nil
	}
	return func(b train.Batch) []tensorfile.Tensor { return d(b, random.New(seed, random.Step, b.Index)) }
}

// tensor is one of whole numbers.
func tensor(name string, xs []int, shape ...int) tensorfile.Tensor {
	return tensorfile.Tensor{Name: name, Shape: shape, Data: floats(xs)}
}

// bankRows are the rows of a memory bank that m negatives of each sample are: any, the sample's own included.
func bankRows(m int) draws {
	return func(b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
		var rows []int
		for _, id := range b.Samples {
			for range m {
				r := rng.IntN(samples)
				switch {
				case r == samples-1:
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
func shuffled(b train.Batch, rng *rand.Rand) []tensorfile.Tensor {
	order := make([]int, len(b.Samples))
	for i := range order {
		order[i] = i
	}
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return []tensorfile.Tensor{tensor("order", order, len(order))}
}
