package dialect_test

import (
	"fmt"

	"github.com/wavekin/wavekin/datasets/internal/dialect"
)

func ExampleJudge() {
	cells := [][]byte{[]byte("1.234,5"), []byte("n/a"), []byte("0,75")}
	v := dialect.Judge(cells, nil)
	fmt.Println(v.Style, v.Marks)
	for _, c := range cells {
		x, err := v.Style.Parse(c)
		fmt.Println(x, err)
	}
	// Output:
	// decimal commas, thousands after points [n/a]
	// 1234.5 <nil>
	// NaN <nil>
	// 0.75 <nil>
}
