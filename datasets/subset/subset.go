// Package subset says which part of a data set is meant: the first part of each series, some evenly spaced, or a share of each
// class. It works on numbers of samples, so that series and images have the same subsets:
//
//	few, err := subset.PerClass(labels, 0.1, seed) // numbers of a tenth of each class
//	part := subset.First(all, 0.15)                // the first 15 % of each series
package subset

import (
	"fmt"
	"math"
	"slices"

	"github.com/wavekin/wavekin/internal/random"
	"github.com/wavekin/wavekin/series"
)

// First is the first share of each series, from 0 to 1; values are shared.
func First(all []*series.Series, share float64) []*series.Series {
	if share == 1 {
		return all
	}
	out := make([]*series.Series, len(all))
	for i, s := range all {
		out[i] = s.Slice(0, int(share*float64(s.Len())))
	}
	return out
}

// Evenly returns the numbers of at most so many of n samples, evenly spaced from the first on. most below 1 means all.
func Evenly(n, most int) []int {
	if most < 1 || most > n {
		most = n
	}
	out := make([]int, most)
	for i := range out {
		out[i] = i * n / most
	}
	return out
}

// PerClass draws a share of the samples of each class, above 0 and at most 1: at least one of each, in their order, the same for the same seed. A sample without a label, "", is left out.
func PerClass(labels []string, share float64, seed uint64) ([]int, error) {
	if !(share > 0) || share > 1 {
		return nil, fmt.Errorf("a share of %g of the labels, want above 0 and at most 1", share)
	}
	byClass := map[string][]int{}
	var classes []string
	for i, l := range labels {
		if l == "" {
			continue
		}
		if byClass[l] == nil {
			classes = append(classes, l)
		}
		byClass[l] = append(byClass[l], i)
	}
	rng := random.New(seed, random.Labels)
	var chosen []int
	for _, c := range classes {
		own := byClass[c]
		rng.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		chosen = append(chosen, own[:max(1, int(math.Round(share*float64(len(own)))))]...)
	}
	slices.Sort(chosen)
	return chosen, nil
}
