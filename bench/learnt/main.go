// Command learnt writes the weights of the encoders of models in 16 bits, as package encoders/learnt holds them; several models are
// put into one file:
//
//	go run ./bench/learnt small.safetensors encoders/learnt/small.safetensors
//	go run ./bench/learnt s1.safetensors s2.safetensors s3.safetensors several.safetensors
//
// configs/builtin says how the models were learnt. A file that it has written is taken as it is. It prints the largest rounding error.
package main

import (
	"fmt"
	"log"
	"math"
	"os"
	"strings"

	"github.com/wavekin/wavekin/encoders/learnt"
	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
)

// halved writes the encoders' weights of models to a file. What comes back is the largest error of a weight by 16 bits, as a share of
// the largest weight of its tensor.
func halved(models []string, to string) (float64, error) {
	var all []tensorfile.Tensor
	meta := map[string]string{}
	for i, from := range models {
		ts, recipe, err := weights(from)
		if err != nil {
			return 0, err
		}
		if meta[learnt.Recipe(i)] = recipe; len(models) > 1 {
			for k := range ts {
				ts[k].Name = learnt.Name(i, ts[k].Name)
			}
		}
		all = append(all, ts...)
	}
	if err := tensorfile.Write(to, meta, all); err != nil {
		return 0, err
	}
	_, got, err := tensorfile.Read(to)
	if err != nil {
		return 0, err
	}
	byName := map[string][]float32{}
	for _, t := range got {
		byName[t.Name] = t.Data
	}
	worst := 0.0
	for _, t := range all {
		var largest, off float64
		for i, v := range t.Data {
			largest = max(largest, math.Abs(float64(v)))
			off = max(off, math.Abs(float64(v-byName[t.Name][i])))
		}
		if largest > 0 {
			worst = max(worst, off/largest)
		}
	}
	return worst, nil
}

// weights are those of a model below encoder., without that part of their names, and the recipe that they were learnt by; or those
// of a file of one network that was written before.
func weights(from string) (ts []tensorfile.Tensor, recipe string, err error) {
	if learnt.Is(from) {
		meta, ts, err := tensorfile.Read(from)
		if all, _ := learnt.Open(from); err == nil && len(all) > 1 {
			err = fmt.Errorf("%s holds %d networks already; want the files that it was made of", from, len(all))
		}
		return ts, meta["recipe"], err
	}
	m, err := model.Load(from)
	if err != nil {
		return nil, "", err
	}
	for _, p := range m.Weights().All() {
		if name, ok := strings.CutPrefix(p.Name, "encoder."); ok {
			ts = append(ts, tensorfile.Tensor{Name: name, Shape: p.Shape, Data: p.Data, Half: true})
		}
	}
	return ts, m.Recipe, nil
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: learnt MODEL ... FILE")
	}
	models, to := os.Args[1:len(os.Args)-1], os.Args[len(os.Args)-1]
	worst, err := halved(models, to)
	if err != nil {
		log.Fatal(err)
	}
	st, err := os.Stat(to)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes; rounding to 16 bits moves a weight by at most %.2g of its tensor's largest\n", to, st.Size(), worst)
}
