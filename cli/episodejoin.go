package cli

import (
	"cmp"
	"slices"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/jobs"
)

// cutFrom names the recording that a file is a part of, where files continue each other.
type cutFrom struct {
	Recording string `json:"recording"`
	// Series is the name of a series that is called like its file, and so goes by another name in the next one.
	Series string `json:"series"`
}

func newCutFrom(s jobs.Step) *cutFrom { return &cutFrom{s.Recording(), datasets.Stem(s.Path)} }

// joinedEpisodes are those of all inputs; two of one recording that lie nearer than join, on either side of a seam, are one, unless the second
// begins more than longest after the beginning of the first, with longest above 0. It begins in the file of the first, and is explained as
// the one with the higher peak was.
func joinedEpisodes(parts []besideOutput, join, longest int) (out []episodeResult) {
	type series struct{ recording, name string }
	of := map[series][]int{} // numbers in out
	for _, p := range parts {
		for _, one := range p.Episodes {
			if p.Cut != nil {
				key := series{p.Cut.Recording, one.Series}
				if key.name == p.Cut.Series {
					key.name = ""
				}
				of[key] = append(of[key], len(out))
			}
			out = append(out, one)
		}
	}
	gone := map[int]bool{}
	for _, numbers := range of {
		slices.SortFunc(numbers, func(a, b int) int { return cmp.Compare(out[a].Start, out[b].Start) })
		for k := 1; k < len(numbers); k++ {
			first := out[numbers[k-1]]
			if begins := out[numbers[k]].Start; begins-first.End >= join || longest > 0 && begins-first.Start >= longest {
				continue
			}
			one := first
			if out[numbers[k]].Score > first.Score {
				one = out[numbers[k]]
			}
			one.Input, one.Series, one.Start, one.From = first.Input, first.Series, first.Start, first.From
			one.End, one.To = out[numbers[k]].End, out[numbers[k]].To
			out[numbers[k-1]] = one
			gone[numbers[k]], numbers[k] = true, numbers[k-1]
		}
	}
	kept := out[:0]
	for i, one := range out {
		if !gone[i] {
			kept = append(kept, one)
		}
	}
	return kept
}
