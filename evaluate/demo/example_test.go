package demo_test

import (
	"fmt"

	"github.com/wavekin/wavekin/evaluate/demo"
)

// The two halves of the recording, and the faults in the second.
func Example() {
	h, err := demo.NewHeart(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	faulty := 0.0
	for _, label := range h.Broken.PointLabels {
		faulty += label
	}
	fmt.Printf("%d normal time stamps, and %d with %d faults\n", h.Normal.Len(), h.Broken.Len(), h.Faults())
	fmt.Printf("%.1f %% of the second half are faulty\n", 100*faulty/float64(h.Broken.Len()))
	// Output:
	// 54000 normal time stamps, and 54000 with 12 faults
	// 29.4 % of the second half are faulty
}
