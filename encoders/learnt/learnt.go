// Package learnt holds weights that were learnt on synthetic series: the built-in ones of the program, and files of more.
//
// They are tensors of 16 bits in a safetensors file, of one network of encoders.Towers or of several that were learnt by other
// seeds. Package encoders starts from them:
//
//	w, err := learnt.Towers()
//	values := w("level.stem.conv.weight") // nil where there is no such weight
//	several, err := learnt.Open("encoders/learnt/base.safetensors")
//
// docs/results/builtin.md says by which commands they were made, and bench/learnt writes them.
package learnt

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the weights
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/wavekin/wavekin/internal/tensorfile"
)

//go:embed small.safetensors
var small []byte

// Weights are the values of a network by the names that it gives them, nil for others. They must not be changed.
type Weights = func(name string) []float32

// Towers returns the built-in weights, which are of one network.
func Towers() (Weights, error) {
	all, err := towers()
	if err != nil {
		return nil, fmt.Errorf("embedded weights: %w", err)
	}
	return all[0], nil
}

// About says how the networks of a file were learnt, a settings file for each, and gives the SHA-256 of the file; "" is the built-in one.
func About(path string) (recipes []string, sum string, err error) {
	content := small
	if path != "" {
		if content, err = os.ReadFile(path); err != nil {
			return nil, "", err
		}
	}
	meta, _, err := tensorfile.Decode(bytes.NewReader(content), int64(len(content)))
	for i := 0; meta[Recipe(i)] != ""; i++ {
		recipes = append(recipes, meta[Recipe(i)])
	}
	return recipes, fmt.Sprintf("%x", sha256.Sum256(content)), err
}

var towers = sync.OnceValues(func() ([]Weights, error) {
	_, ts, err := tensorfile.Decode(bytes.NewReader(small), int64(len(small)))
	if err != nil {
		return nil, err
	}
	return networks(ts)
})

// Open reads the weights of all networks of a file. Errors in it are of type *model.FileError.
func Open(path string) ([]Weights, error) {
	meta, ts, err := tensorfile.Read(path)
	if err != nil {
		return nil, tensorfile.Wanted(err, "learnt towers; encoders/learnt/base.safetensors is a file of these")
	}
	var all []Weights
	if err = errOther; Describes(meta) {
		all, err = networks(ts)
	}
	if err != nil {
		return nil, &tensorfile.Error{Path: path, Offset: -1, Err: err}
	}
	return all, nil
}

var errOther = errors.New("want a file of learnt towers, such as encoders/learnt/base.safetensors; go run ./bench/learnt makes one")

// Is tells by the metadata of a file whether it holds such weights, and is no model.
func Is(path string) bool {
	meta, err := tensorfile.Metadata(path)
	return err == nil && Describes(meta)
}

// Describes tells whether the metadata of a file are those of such weights; the metadata of models name the format besides.
func Describes(meta map[string]string) bool { return meta[Recipe(0)] != "" && meta["format"] == "" }

// Name is what a weight of network i of several, from 0 on, is called in a file.
func Name(i int, weight string) string { return strconv.Itoa(i+1) + "." + weight }

// Recipe is the entry of the metadata that says how network i was learnt, from 0 on.
func Recipe(i int) string {
	if i == 0 {
		return "recipe"
	}
	return "recipe" + strconv.Itoa(i+1)
}

// networks are those whose tensors are numbered, see [Name], or the only one, whose tensors are not.
func networks(ts []tensorfile.Tensor) ([]Weights, error) {
	byNetwork := map[int]map[string][]float32{}
	for _, t := range ts {
		i, name := 1, t.Name
		if number, rest, ok := strings.Cut(name, "."); ok {
			if k, err := strconv.Atoi(number); err == nil {
				i, name = k, rest
			}
		}
		if byNetwork[i] == nil {
			byNetwork[i] = map[string][]float32{}
		}
		byNetwork[i][name] = t.Data
	}
	var all []Weights
	for i := range len(byNetwork) {
		values := byNetwork[i+1]
		if values == nil {
			return nil, fmt.Errorf("it holds %d networks, none of which has the number %d", len(byNetwork), i+1)
		}
		all = append(all, func(name string) []float32 { return values[name] })
	}
	if all == nil {
		return nil, errors.New("there are no tensors in it")
	}
	return all, nil
}
