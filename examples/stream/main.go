// Command stream encodes a table of any length in bounded memory: go run ./examples/stream MODEL readings.arrows codes.arrow
package main

import (
	"context"
	"errors"
	"log"
	"os"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/model"
)

func encode(m *model.Model, r datasets.Reader, w *datasets.Writer) error {
	for batch, err := range m.Stream(context.Background(), r, model.StreamOptions{}) {
		for i := 0; err == nil && i < len(batch.Rows); i++ {
			err = w.Append(batch.Windows[i].Start, batch.Rows[i])
		}
		if err != nil {
			return errors.Join(err, w.Abort())
		}
	}
	return w.Close()
}

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func main() {
	m := must(model.Load(os.Args[1]))
	r := must(datasets.Open(os.Args[2], datasets.Options{})) // "-" is standard input
	w := must(datasets.NewWriter(os.Args[3], []datasets.Column{{Name: "start", Type: datasets.Int64}, {Name: "embedding", Type: datasets.Vector, Dim: m.Dim()}}))
	must(0, encode(m, r, w))
}
