package archive

import (
	"errors"
	"io"
	"math"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// labelled gives each chunk of a recording its labels.
type labelled struct {
	datasets.Reader
	set    Set
	points datasets.Reader // a label for each time stamp, or nil
	rest   []float64       // labels that were read and not handed out
	at     int             // time stamps that were handed out
	id     string
}

// Unwrap returns the reader of the recording, which says what it was read as.
func (r *labelled) Unwrap() datasets.Reader { return r.Reader }

// Close closes the recording and the file of labels.
func (r *labelled) Close() error {
	err := r.Reader.Close()
	if r.points != nil {
		err = errors.Join(err, r.points.Close())
		r.points = nil
	}
	return err
}

func (r *labelled) Next() (*series.Series, error) {
	s, err := r.Reader.Next()
	if errors.Is(err, io.EOF) {
		if err := r.end(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	if err != nil {
		return nil, err
	}
	own := *s
	switch set := r.set; {
	case set.pointFile || set.ranges != nil:
		if r.at > 0 && s.ID != r.id {
			return nil, fileError(set.Test, "series %q after %q; the labels in %s are for one", s.ID, r.id, set.labelFile)
		}
		if set.pointFile {
			own.PointLabels, err = r.take(s.Len())
		} else {
			own.PointLabels = r.inRanges(s.Len())
		}
		if err != nil {
			return nil, err
		}
	case own.PointLabels != nil:
	case set.byTime:
		if s.Times == nil {
			return nil, fileError(set.Test, "no time stamps, by which the labelled stretches are given; --time names their column")
		}
		own.PointLabels = make([]float64, s.Len())
		for i, t := range s.Times {
			if set.spans.has(t) {
				own.PointLabels[i] = 1
			}
		}
	default:
		return nil, fileError(set.Test, "no labels: no column named label (--label names another), and no labels/combined_windows.json beside the data (--labels) that has this file")
	}
	r.at += s.Len()
	r.id = s.ID
	return &own, nil
}

// inRanges labels the next n time stamps.
func (r *labelled) inRanges(n int) []float64 {
	out := make([]float64, n)
	for _, span := range r.set.ranges {
		for i := max(span[0]-r.at, 0); i <= span[1]-r.at && i < n; i++ {
			out[i] = 1
		}
	}
	return out
}

// take returns the next n labels of their file.
func (r *labelled) take(n int) ([]float64, error) {
	for len(r.rest) < n {
		more, err := r.more()
		if errors.Is(err, io.EOF) {
			return nil, fileError(r.set.labelFile, "%s, but there are more time stamps in %s", plural.Of(r.at+len(r.rest), "label"), r.set.Test)
		}
		if err != nil {
			return nil, err
		}
		r.rest = append(r.rest, more...)
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out, nil
}

// more reads labels: those of a label column, or the one channel of a file.
func (r *labelled) more() ([]float64, error) {
	s, err := r.points.Next()
	if err != nil {
		return nil, err
	}
	labels := s.PointLabels
	if labels == nil {
		if s.NumChannels() != 1 {
			return nil, fileError(r.set.labelFile, "%s, want one with a label for each time stamp", plural.Of(s.NumChannels(), "column"))
		}
		labels = s.Values[0]
	}
	for i, v := range labels {
		if math.IsNaN(v) {
			return nil, &datasets.Error{File: r.set.labelFile, Row: s.Start + i + 1, Offset: -1, Err: errors.New("no label")}
		}
	}
	return labels, nil
}

// end checks that labels and time stamps are as many.
func (r *labelled) end() error {
	if r.set.pointFile {
		more, err := r.more()
		if errors.Is(err, io.EOF) && len(r.rest) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return fileError(r.set.labelFile, "at least %s for %s of %s", plural.Of(r.at+len(r.rest)+len(more), "label"), plural.Of(r.at, "time stamp"), r.set.Test)
	}
	if r.set.length > 0 && r.at != r.set.length {
		return fileError(r.set.Test, "%s, but %s says %d", plural.Of(r.at, "time stamp"), r.set.labelFile, r.set.length)
	}
	for _, span := range r.set.ranges {
		if span[1] >= r.at {
			return fileError(r.set.Test, "%s, but its anomaly lasts until the %dth (%s)", plural.Of(r.at, "time stamp"), span[1]+1, r.set.Collection)
		}
	}
	return nil
}
