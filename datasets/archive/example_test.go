package archive_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
)

func ExampleFind() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	// A file of the UCR anomaly archive: the first 4 values are to learn from, the 7th and 8th are an anomaly.
	file := filepath.Join(dir, "001_UCR_Anomaly_pump_4_7_8.txt")
	if err := os.WriteFile(file, []byte("1\n2\n1\n2\n1\n2\n9\n9\n1\n2\n"), 0o600); err != nil {
		log.Fatal(err)
	}

	sets, err := archive.Find(dir, archive.Options{Task: archive.Anomaly})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range sets {
		d, err := s.Read(context.Background(), datasets.Options{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(s.Collection, s.Name)
		fmt.Println("learn from", d.Train[0].Values[0])
		fmt.Println("labels", d.Test[0].PointLabels)
	}
	// Output:
	// UCR anomaly 001_UCR_Anomaly_pump_4_7_8
	// learn from [1 2 1 2]
	// labels [0 0 0 0 0 0 1 1 0 0]
}
