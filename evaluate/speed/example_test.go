package speed_test

import (
	"fmt"

	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/evaluate/speed"
)

// The operations of an encoding, and how many there are of the convolutions.
func Example() {
	w := speed.Workload{Encoder: encoders.Conv{Width: 8, Depth: 2, Out: 8}, Shape: []int{1, 64}, Batch: 4}
	task, err := w.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	costs, err := task.Profile(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range costs {
		if c.Name == "conv1d" {
			fmt.Println(c.Calls, "convolutions,", c.Flops, "operations")
		}
	}
	// Output: 7 convolutions, 593920 operations
}
