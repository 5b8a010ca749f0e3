package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// inputFlags say how tables are read.
type inputFlags struct {
	Time     string   `help:"Name of the time column." placeholder:"COLUMN"`
	Series   string   `help:"Name of the column that tells series apart." placeholder:"COLUMN"`
	Label    string   `help:"Name of the label column." placeholder:"COLUMN"`
	Channels []string `help:"Columns to use as channels; default: every other numeric column." placeholder:"A,B"`
	Sort     bool     `help:"Sort rows by time where they are out of order."`
}

func (f inputFlags) options() datasets.Options {
	return datasets.Options{Time: f.Time, Series: f.Series, Label: f.Label, Channels: f.Channels, Sort: f.Sort}
}

// read loads whole files, which training needs for random access.
func (f inputFlags) read(paths []string) ([]*series.Series, error) {
	var all []*series.Series
	for _, p := range paths {
		r, err := datasets.Open(p, f.options())
		if err != nil {
			return nil, err
		}
		ss, err := series.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		all = append(all, ss...)
	}
	return all, nil
}

// sameChannels checks that all series agree in their number of channels.
func sameChannels(all []*series.Series) error {
	for _, s := range all {
		if s.NumChannels() != all[0].NumChannels() {
			return &datasets.Error{File: s.ID, Row: -1, Offset: -1, Err: fmt.Errorf("%d channels, but series %q has %d; all inputs must agree",
				s.NumChannels(), all[0].ID, all[0].NumChannels())}
		}
	}
	return nil
}

// eachWindow calls f with batches of windows of one input, streamed.
func eachWindow(r series.Reader, length, stride, batch int, f func([]*series.Window) error) error {
	win := series.NewWindower(r, length, stride)
	var buf []*series.Window
	for {
		w, err := win.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if buf = append(buf, w); len(buf) == batch {
			if err := f(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	if len(buf) == 0 {
		return nil
	}
	return f(buf)
}

// peakRSS is the largest memory the process has had, in bytes, or 0 where the system does not say.
func peakRSS() int64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err == nil {
				return kb << 10
			}
		}
	}
	return 0
}
