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

// joinedEpisodes are those of all inputs, with the number of alarms that they are. Two of one recording that lie nearer than join, on either
// side of a seam, are one, unless an alarm lasts for longest time stamps, above 0, and that of the first is over when the second begins. It
// begins in the file of the first, and is explained as the one with the higher peak was.
func joinedEpisodes(parts []besideOutput, join, longest int) (kept []episodeResult, alarms int) {
	type series struct{ recording, name string }
	var out []episodeResult
	of := map[series][]int{} // numbers in out
	for _, p := range parts {
		before := alarms
		for i, one := range p.Episodes {
			if one.Alarm == 0 { // written by an older program
				one.Alarm = i + 1
			}
			one.Alarm += before
			alarms = max(alarms, one.Alarm)
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
		began, alarm := out[numbers[0]].Start, out[numbers[0]].Alarm
		for k := 1; k < len(numbers); k++ {
			first, next := out[numbers[k-1]], &out[numbers[k]]
			near := next.Start-first.End < join
			switch {
			case longest > 0 && next.Start-began < longest || longest == 0 && near:
				next.Alarm = alarm
			default:
				began, alarm, near = next.Start, next.Alarm, false
			}
			if !near {
				continue
			}
			one := first
			if next.Score > first.Score {
				one = *next
			}
			one.Input, one.Series, one.Start, one.From = first.Input, first.Series, first.Start, first.From
			one.End, one.To = next.End, next.To
			out[numbers[k-1]] = one
			gone[numbers[k]], numbers[k] = true, numbers[k-1]
		}
	}
	number := map[int]int{} // of alarms that are left, in their order
	for i, one := range out {
		if gone[i] {
			continue
		}
		if number[one.Alarm] == 0 {
			number[one.Alarm] = len(number) + 1
		}
		one.Alarm = number[one.Alarm]
		kept = append(kept, one)
	}
	return kept, len(number)
}
