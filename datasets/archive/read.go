package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// read is how a set's files are read.
type read struct {
	trainFormat, testFormat, labelFormat string // "" where it is recognised

	// Sets to classify.
	rows                      rows
	trainClasses, testClasses string // files of classes

	// Recordings. At most one of these says which time stamps are labelled; without any it is a column of the file.
	labelFile string // for messages, and where pointFile is set the file of a label for each time stamp
	pointFile bool
	ranges    [][2]int // positions from 0, both ends included
	length    int      // that a test file must have, 0: any
	spans     spans
	byTime    bool

	labelColumn, timeColumn string
	labelChannel            string // the column of the file of labels
	channels                []string
	trainLength             int
	probation               bool // NAB: the train length follows from that of the recording
}

// Data is a set in memory.
type Data struct {
	Set
	// Train is what is learnt from: series of their own, or where TrainLength is above 0 the first time stamps of those of Test,
	// with which they share their values. It is nil where the collection does not say.
	Train []*series.Series
	// Test is what is classified, each series with its Label, or scored, each with its PointLabels.
	Test []*series.Series
	// TrainLength is how many time stamps from the start of Test's series Train is, where Train is not a file of its own; else 0.
	TrainLength int
}

// ErrNoTrain is what OpenTrain returns for recordings whose collection does not say what to learn from.
var ErrNoTrain = errors.New("nothing says which part is to learn from")

// probationShare is how much of a recording NAB learns from.
const probationShare = 0.15

// options fills in what the form of the set says and the caller does not.
func (s Set) options(o datasets.Options, format string) datasets.Options {
	if o.Format == "" {
		o.Format = format
	}
	if o.Label == "" {
		o.Label = s.labelColumn
	}
	if o.Time == "" {
		o.Time = s.timeColumn
	}
	if len(o.Channels) == 0 {
		o.Channels = s.channels
	}
	o.Sort = o.Sort || s.byTime // NAB has a file with rows out of order
	return o
}

// OpenTrain starts to read what is learnt from. The error is [ErrNoTrain] where the collection does not say.
func (s Set) OpenTrain(o datasets.Options) (datasets.Reader, error) {
	if s.Task == Classify {
		return s.openRows(s.Train, s.trainClasses, s.trainFormat, o)
	}
	if s.Train != "" {
		o = s.options(o, s.trainFormat)
		return datasets.Open(s.Train, o)
	}
	n := s.trainLength
	if s.probation {
		total, err := s.count(o)
		if err != nil {
			return nil, err
		}
		n = probation(total)
	}
	if n == 0 {
		return nil, fmt.Errorf("%s: %w", s.Name, ErrNoTrain)
	}
	r, err := s.OpenTest(o)
	if err != nil {
		return nil, err
	}
	return &firstPart{Reader: r, n: n, file: s.Test}, nil
}

func probation(length int) int { return int(probationShare * float64(length)) }

// count reads through the test file for its length.
func (s Set) count(o datasets.Options) (int, error) {
	r, err := s.OpenTest(o)
	if err != nil {
		return 0, err
	}
	n := 0
	for {
		chunk, err := r.Next()
		if errors.Is(err, io.EOF) {
			return n, r.Close()
		}
		if err != nil {
			return 0, errors.Join(err, r.Close())
		}
		n += chunk.Len()
	}
}

// OpenTest starts to read what is classified or scored: series with a Label, or recordings in chunks with PointLabels.
func (s Set) OpenTest(o datasets.Options) (datasets.Reader, error) {
	if s.Task == Classify {
		return s.openRows(s.Test, s.testClasses, s.testFormat, o)
	}
	r, err := datasets.Open(s.Test, s.options(o, s.testFormat))
	if err != nil {
		return nil, err
	}
	l := &labelled{Reader: r, set: s}
	if s.pointFile {
		labels := datasets.Options{Format: s.labelFormat}
		if s.labelChannel != "" {
			labels.Channels = []string{s.labelChannel}
		}
		if l.points, err = datasets.Open(s.labelFile, labels); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return l, nil
}

// Read loads the set. It checks that both parts have the same channels, which it puts in the same order where they have names,
// and that there is something in them.
func (s Set) Read(ctx context.Context, o datasets.Options) (*Data, error) {
	d := &Data{Set: s}
	var err error
	if s.Train != "" {
		if d.Train, err = readAll(ctx, s.Train, func() (datasets.Reader, error) { return s.OpenTrain(o) }); err != nil {
			return nil, err
		}
	}
	if d.Test, err = readAll(ctx, s.Test, func() (datasets.Reader, error) { return s.OpenTest(o) }); err != nil {
		return nil, err
	}
	if s.Train != "" {
		return d, d.align()
	}
	d.TrainLength = s.trainLength
	if s.probation && len(d.Test) == 1 {
		d.TrainLength = probation(d.Test[0].Len())
	}
	for _, one := range d.Test {
		if d.TrainLength == 0 {
			break
		}
		if d.TrainLength >= one.Len() {
			return nil, fileError(s.Test, "%s, but the first %d are to learn from (%s)", plural.Of(one.Len(), "time stamp"), d.TrainLength, s.Collection)
		}
		d.Train = append(d.Train, one.Slice(0, d.TrainLength))
	}
	return d, nil
}

func readAll(ctx context.Context, file string, open func() (datasets.Reader, error)) ([]*series.Series, error) {
	r, err := open()
	if err != nil {
		return nil, err
	}
	all, err := series.ReadAll(untilDone{r, ctx})
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, located(file, err)
	}
	if len(all) == 0 {
		return nil, fileError(file, "there are no series in it")
	}
	return all, nil
}

// untilDone ends with its context.
type untilDone struct {
	series.Reader
	ctx context.Context
}

func (r untilDone) Next() (*series.Series, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	return r.Reader.Next()
}

// align gives the test series the order of channels that the train series have.
func (d *Data) align() error {
	want := d.Train[0]
	for _, part := range []struct {
		file string
		all  []*series.Series
	}{{d.Set.Train, d.Train}, {d.Set.Test, d.Test}} {
		for _, s := range part.all {
			if s.NumChannels() != want.NumChannels() {
				return fileError(part.file, "series %q has %s, but %q in %s has %d", s.ID, plural.Of(s.NumChannels(), "channel"), want.ID, d.Set.Train, want.NumChannels())
			}
			if slices.Equal(s.Channels, want.Channels) || len(s.Channels) == 0 || len(want.Channels) == 0 {
				continue
			}
			values := make([][]float64, len(s.Values))
			for c, name := range want.Channels {
				from := slices.Index(s.Channels, name)
				if from < 0 {
					return fileError(part.file, "no channel %q, which %s has; there are: %s", name, d.Set.Train, strings.Join(s.Channels, ", "))
				}
				values[c] = s.Values[from]
			}
			s.Values, s.Channels = values, want.Channels
		}
	}
	return nil
}

// firstPart is the first n time stamps of a recording.
type firstPart struct {
	datasets.Reader
	n    int
	file string
	at   int
}

// Unwrap returns the reader of the whole recording.
func (r *firstPart) Unwrap() datasets.Reader { return r.Reader }

func (r *firstPart) Next() (*series.Series, error) {
	if r.at == r.n {
		return nil, io.EOF
	}
	s, err := r.Reader.Next()
	if errors.Is(err, io.EOF) {
		return nil, fileError(r.file, "%s, but the first %d are to learn from", plural.Of(r.at, "time stamp"), r.n)
	}
	if err != nil {
		return nil, err
	}
	s = s.Slice(0, r.n-r.at)
	r.at += s.Len()
	return s, nil
}
