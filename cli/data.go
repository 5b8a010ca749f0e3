package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/series"
)

// inputFlags say how tables are read.
type inputFlags struct {
	Time     string   `help:"Name of the time column." placeholder:"COLUMN"`
	Series   string   `help:"Name of the column that tells series apart." placeholder:"COLUMN"`
	Label    string   `help:"Name of the label column." placeholder:"COLUMN"`
	Channels []string `help:"Columns to use as channels; default: every other numeric column." placeholder:"A"`
	Sort     bool     `help:"Sort rows by time where they are out of order."`
	Format   string   `help:"Format of the input files (wavekin list formats); default: recognised." placeholder:"NAME"`
	imageFlags

	part string // of image sets whose name does not say it
}

func (f inputFlags) options() datasets.Options {
	return datasets.Options{Time: f.Time, Series: f.Series, Label: f.Label, Channels: f.Channels, Sort: f.Sort, Format: f.Format}
}

// open starts reading a path, fitted to the channels of a model unless m is nil.
func (f inputFlags) open(e *env, path string, m *model.Model) (*input, error) {
	r, err := f.reader(path)
	if err != nil {
		return nil, err
	}
	return &input{Reader: r, e: e, path: path, model: m, chosen: len(f.Channels) > 0}, nil
}

// reader opens a file of series, or a set of images as series.
func (f inputFlags) reader(path string) (datasets.Reader, error) {
	if imageset.IsSet(path) {
		return f.openRows(path, f.part)
	}
	return archive.Open(path, f.options())
}

// of returns the flags for a part of an image set whose name does not say which.
func (f inputFlags) of(part string) inputFlags {
	f.part = part
	return f
}

// read loads whole files, which training needs for random access.
func (f inputFlags) read(e *env, paths []string, m *model.Model) ([]*series.Series, error) {
	var all []*series.Series
	for _, p := range paths {
		r, err := f.open(e, p, m)
		if err != nil {
			return nil, err
		}
		r.watch = true
		ss, err := series.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		for _, s := range ss {
			if all = append(all, s); s.NumChannels() != all[0].NumChannels() {
				return nil, &datasets.Error{File: p, Offset: -1, Err: fmt.Errorf("series %q has %d channels, but series %q has %d; all inputs must agree",
					s.ID, s.NumChannels(), all[0].ID, all[0].NumChannels())}
			}
		}
	}
	return all, nil
}

// eachWindow calls f with batches of windows of one input, streamed.
func eachWindow(r series.Reader, length, stride, batch int, f func([]*series.Window) error) error {
	win := series.NewWindower(r, series.Cut{Length: length, Stride: stride})
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
