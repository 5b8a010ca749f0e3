package datasets_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
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

// logger reads the files of a data logger: the line LOGGER, then a value in each line.
type logger struct {
	lines *bufio.Scanner
	name  string
	done  bool
}

// Next returns the whole recording.
func (l *logger) Next() (*series.Series, error) {
	if l.done {
		return nil, io.EOF
	}
	l.done = true
	s := &series.Series{ID: l.name, Channels: []string{"value"}, Values: [][]float64{nil}}
	for l.lines.Scan() {
		v, err := strconv.ParseFloat(l.lines.Text(), 64)
		if err != nil {
			return nil, err
		}
		s.Values[0] = append(s.Values[0], v)
	}
	return s, l.lines.Err()
}

// Close has nothing to free.
func (l *logger) Close() error { return nil }

func ExampleRegister() {
	err := datasets.Register(datasets.Format{
		Name:    "logger",
		Endings: []string{".log"},
		Doc:     "recordings of a data logger",
		Sniff:   func(head []byte) bool { return bytes.HasPrefix(head, []byte("LOGGER\n")) },
		Open: func(src *datasets.Source, o datasets.Options) (datasets.Reader, error) {
			l := &logger{lines: bufio.NewScanner(src), name: src.Stem()}
			l.lines.Scan() // the first line
			return l, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "pump.log")
	if err := os.WriteFile(path, []byte("LOGGER\n1.5\n2.5\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	r, err := datasets.Open(path, datasets.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	s, err := r.Next()
	fmt.Println(s.ID, s.Values, err)
	// Output: pump [[1.5 2.5]] <nil>
}
