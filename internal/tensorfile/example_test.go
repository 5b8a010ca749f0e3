package tensorfile_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wavekin/wavekin/internal/tensorfile"
)

// A matrix of two rows and three columns is written with a line about it, and read again.
func Example() {
	dir, err := os.MkdirTemp("", "tensors")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	weights := tensorfile.Tensor{Name: "linear.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}}
	if err := tensorfile.Write(path, map[string]string{"format": "4"}, []tensorfile.Tensor{weights}); err != nil {
		fmt.Println(err)
		return
	}
	meta, tensors, err := tensorfile.Read(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("format", meta["format"])
	for _, t := range tensors {
		fmt.Println(t.Name, t.Shape, t.Data)
	}
	// Output:
	// format 4
	// linear.weight [2 3] [1 2 3 4 5 6]
}
