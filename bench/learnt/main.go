// Command learnt writes the weights of a model's encoder in 16 bits, as package encoders/learnt holds them:
//
//	go run ./bench/learnt small.safetensors encoders/learnt/small.safetensors
//
// configs/builtin says how the model was learnt. It prints the largest rounding error.
package main

import (
	"fmt"
	"log"
	"math"
	"os"
	"strings"

	"github.com/wavekin/wavekin/internal/tensorfile"
	"github.com/wavekin/wavekin/model"
)

// halved are the weights below encoder., without that part of their names, the recipe they were learnt by, and the largest
// error of a weight by 16 bits, as a share of the largest weight of its tensor.
func halved(from, to string) (float64, error) {
	m, err := model.Load(from)
	if err != nil {
		return 0, err
	}
	var ts []tensorfile.Tensor
	for _, p := range m.Weights().All() {
		if name, ok := strings.CutPrefix(p.Name, "encoder."); ok {
			ts = append(ts, tensorfile.Tensor{Name: name, Shape: p.Shape, Data: p.Data, Half: true})
		}
	}
	if err := tensorfile.Write(to, map[string]string{"recipe": m.Recipe}, ts); err != nil {
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
	for _, t := range ts {
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

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: learnt MODEL FILE")
	}
	worst, err := halved(os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	st, err := os.Stat(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes; rounding to 16 bits moves a weight by at most %.2g of its tensor's largest\n", os.Args[2], st.Size(), worst)
}
