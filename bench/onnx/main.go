// Command onnx encodes whole series of any one length with a model, for check.py to compare with ONNX Runtime, and tells how long it took:
//
//	go run ./bench/onnx --model model.safetensors --in series.npy --out codes.f32 --rounds 1
//
// The table of docs/results/onnx.md is made by check.py, which builds and calls it.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log"
	"os"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

func main() {
	file := flag.String("model", "", "model file")
	in := flag.String("in", "", "series, as .npy [series, channel, time]")
	out := flag.String("out", "", "file for the encodings, float32 after float32")
	rounds := flag.Int("rounds", 1, "how often to encode them")
	threads := flag.Int("threads", 1, "threads")
	flag.Parse()
	train.SetThreads(*threads)
	m, err := model.Load(*file)
	if err != nil {
		log.Fatal(err)
	}
	windows, err := read(*in)
	if err != nil {
		log.Fatal(err)
	}
	var codes []float32
	seconds := []float64{}
	for range *rounds {
		start := time.Now()
		if codes, err = m.Encode(context.Background(), windows); err != nil {
			log.Fatal(err)
		}
		seconds = append(seconds, time.Since(start).Seconds())
	}
	if err := errors.Join(write(*out, codes), json.NewEncoder(os.Stdout).Encode(seconds)); err != nil {
		log.Fatal(err)
	}
}

// read makes a window of every series of a file.
func read(path string) ([]*series.Window, error) {
	r, err := datasets.Open(path, datasets.Options{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var all []*series.Window
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, &series.Window{Series: s.ID, End: s.Len(), Values: s.Values})
	}
}

func write(path string, codes []float32) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(binary.Write(w, binary.LittleEndian, codes), w.Flush(), f.Close())
}
