// Command logger is wavekin with a file format and a method of its own: go run ./examples/logger list formats
package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log"
	"strconv"

	"github.com/wavekin/wavekin/cli"
	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/series"
)

// recording is a file of a data logger: the line LOGGER, then a value in each line.
type recording struct {
	src   *datasets.Source
	lines *bufio.Scanner
	row   int
}

func open(src *datasets.Source, _ datasets.Options) (datasets.Reader, error) {
	r := &recording{src: src, lines: bufio.NewScanner(src)}
	r.lines.Scan() // LOGGER
	return r, nil
}

// Next returns up to 4096 values at a time.
func (r *recording) Next() (*series.Series, error) {
	s := &series.Series{ID: r.src.Stem(), Start: r.row, Channels: []string{"value"}, Values: [][]float64{nil}}
	for s.Len() < 4096 && r.lines.Scan() {
		v, err := strconv.ParseFloat(r.lines.Text(), 64)
		if err != nil {
			return nil, &datasets.Error{File: r.src.Path(), Row: r.row + s.Len() + 2, Offset: -1, Err: errors.Unwrap(err)} // the line, of which the first is LOGGER
		}
		s.Values[0] = append(s.Values[0], v)
	}
	if err := r.lines.Err(); err != nil {
		return nil, err
	}
	if s.Len() == 0 {
		return nil, io.EOF
	}
	r.row += s.Len()
	return s, nil
}

// Close has nothing to free.
func (r *recording) Close() error { return nil }

// cool is SimCLR at a temperature of the plant's own; a method written from scratch returns an objective of its own.
type cool struct {
	Temperature float64 `json:"temperature,omitempty"`
}

// Name is how the command line and model files call it.
func (cool) Name() string { return "plant-cool" }

// Needs are those of SimCLR.
func (cool) Needs() methods.Needs { return methods.SimCLR{}.Needs() }

// New makes the objective for a run.
func (c cool) New(s methods.Setup) (methods.Objective, error) {
	if c.Temperature == 0 {
		c.Temperature = 0.05
	}
	return methods.SimCLR{Temperature: c.Temperature}.New(s)
}

func main() {
	isLogger := func(head []byte) bool { return bytes.HasPrefix(head, []byte("LOGGER\n")) }
	if err := errors.Join(
		datasets.Register(datasets.Format{Name: "logger", Endings: []string{".log"}, Doc: "recordings of a data logger", Sniff: isLogger, Open: open}),
		methods.Register("plant-cool", methods.EntryOf[cool]("SimCLR at a low temperature")),
	); err != nil {
		log.Fatal(err)
	}
	cli.Main()
}
