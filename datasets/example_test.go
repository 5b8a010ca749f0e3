package datasets_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/wavekin/wavekin/datasets"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "line3.csv")
	table := "time,pressure,flow\n2024-05-01 12:00:00,1.5,20\n2024-05-01 12:00:01,,21\n"
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		log.Fatal(err)
	}

	r, err := datasets.Open(path, datasets.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for {
		chunk, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(chunk.ID, chunk.Channels, chunk.Values)
	}
	// Output: line3 [pressure flow] [[1.5 NaN] [20 21]]
}
