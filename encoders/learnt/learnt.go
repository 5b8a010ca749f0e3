// Package learnt holds weights that were learnt on synthetic series and come along with the program.
//
// They are tensors of 16 bits in a safetensors file for each size. Package encoders starts from them:
//
//	w, err := learnt.Towers("small")
//	values := w("level.stem.conv.weight") // nil where there is no such weight
//
// docs/results/builtin.md says by which command they were made, and bench/learnt writes them.
package learnt

import (
	"bytes"
	_ "embed" // the weights
	"fmt"
	"sync"

	"github.com/wavekin/wavekin/internal/tensorfile"
)

//go:embed small.safetensors
var small []byte

// files are the sizes.
var files = map[string]func() (map[string][]float32, error){
	"small": sync.OnceValues(func() (map[string][]float32, error) { return decode(small) }),
}

// Towers returns the weights of encoders.Towers in a size, by name within it. The values must not be changed.
func Towers(size string) (func(name string) []float32, error) {
	read, ok := files[size]
	if !ok {
		return nil, fmt.Errorf("no learnt weights of the size %q, want small", size)
	}
	all, err := read()
	if err != nil {
		return nil, err
	}
	return func(name string) []float32 { return all[name] }, nil
}

func decode(file []byte) (map[string][]float32, error) {
	_, ts, err := tensorfile.Decode(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, fmt.Errorf("embedded weights: %w", err)
	}
	all := make(map[string][]float32, len(ts))
	for _, t := range ts {
		all[t.Name] = t.Data
	}
	return all, nil
}
