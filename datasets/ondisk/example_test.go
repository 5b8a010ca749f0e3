package ondisk_test

import (
	"fmt"
	"os"

	"github.com/wavekin/wavekin/datasets/ondisk"
	"github.com/wavekin/wavekin/series"
)

func Example() {
	w, err := ondisk.New(os.TempDir(), 0)
	if err != nil {
		panic(err)
	}
	quiet := &series.Series{ID: "pump", Channels: []string{"pressure"}, Values: [][]float64{{1, 2, 3, 4, 5}}}
	if err := w.Add(quiet); err != nil {
		panic(err)
	}
	set, err := w.Set()
	if err != nil {
		panic(err)
	}
	defer set.Close()
	x := make([]float64, 4)
	if err := set.Read(x, 0, 0, 2); err != nil {
		panic(err)
	}
	fmt.Println(set.Len(), set.Stamps(0), x)
	// Output: 1 5 [3 4 5 NaN]
}
