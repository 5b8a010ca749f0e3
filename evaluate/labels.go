package evaluate

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/archive"
	"github.com/wavekin/wavekin/internal/plural"
	"github.com/wavekin/wavekin/series"
)

// Stretches are labels that are given as stretches.
type Stretches struct {
	// Labelled has a label for each time stamp of the scored series, 1 within a stretch.
	Labelled []*series.Series
	// Local: intervals are given by time stamps without a time zone, and none was given; they are taken for UTC.
	Local bool
}

// ReadStretches reads labels that are given as stretches, for each time stamp of the scored series: .json is NAB's
// combined_windows.json, a .csv with the columns start and end is read by [datasets.ReadIntervals]. Both ends of a stretch belong to
// it. The result is nil, without an error, for every other file, which is a table or an array. A stretch in which no score lies, and one
// of a series without scores, is ErrMatch; errors about the file are of type [*datasets.Error].
func ReadStretches(path string, scored []*series.Series, o datasets.Options) (*Stretches, error) {
	if strings.EqualFold(filepath.Ext(path), ".json") {
		labelled, err := fromWindows(path, scored)
		if err != nil {
			return nil, err
		}
		return &Stretches{Labelled: labelled}, nil
	}
	in, ok, err := datasets.ReadIntervals(path, o)
	if err != nil || !ok {
		return nil, err
	}
	labelled, err := fromIntervals(in, scored)
	if err != nil {
		return nil, err
	}
	return &Stretches{labelled, in.Local}, nil
}

// unlabelled is a series with the time stamps of a scored one, all normal.
func unlabelled(s *series.Series) *series.Series {
	return &series.Series{ID: s.ID, Start: s.Start, Times: s.Times, Values: s.Values[:1], PointLabels: make([]float64, s.Len())}
}

func fromWindows(path string, scored []*series.Series) ([]*series.Series, error) {
	windows, err := archive.ReadWindows(path)
	if err != nil {
		return nil, err
	}
	var out []*series.Series
	for _, s := range scored {
		list, ok := windows.Of(s.ID)
		if !ok {
			names := windows.Names()
			return nil, refuse(path, 0, "%w: it names no single file for series %q; it names %s", ErrMatch, s.ID, strings.Join(names[:min(3, len(names))], ", ")+strings.Repeat(", ...", min(1, max(0, len(names)-3))))
		}
		l := unlabelled(s)
		for _, span := range list {
			if err := mark(l, span[0], span[1], true); err != nil {
				return nil, refuse(path, 0, "%w", err)
			}
		}
		out = append(out, l)
	}
	return out, nil
}

func fromIntervals(in *datasets.Intervals, scored []*series.Series) ([]*series.Series, error) {
	byID := map[string]*series.Series{}
	var out []*series.Series
	for _, s := range scored {
		l := unlabelled(s)
		byID[s.ID] = l
		out = append(out, l)
	}
	for _, v := range in.Rows {
		l := byID[v.Series]
		switch {
		case l == nil && v.Series != "":
			return nil, refuse(in.File, v.Row, "%w: series %q has no scores", ErrMatch, v.Series)
		case l == nil && len(out) != 1:
			return nil, refuse(in.File, v.Row, "%w: there are scores of %d series; name the series of each interval in a column series", ErrMatch, len(out))
		case l == nil:
			l = out[0]
		}
		if err := mark(l, v.From, v.To, in.Dates); err != nil {
			return nil, refuse(in.File, v.Row, "%w", err)
		}
	}
	return out, nil
}

// mark labels the time stamps of a stretch.
func mark(l *series.Series, from, to int64, dates bool) error {
	dated := datasets.AreDates(l.Times)
	if dates && !dated {
		return fmt.Errorf("%w: the stretch is given by time stamps, but the scores of series %q have none; give positions", ErrMatch, l.ID)
	}
	hit := false
	for i := range l.PointLabels {
		at := int64(l.Start + i)
		if l.Times != nil && dates == dated {
			at = l.Times[i]
		}
		if at >= from && at <= to {
			l.PointLabels[i], hit = 1, true
		}
	}
	if hit {
		return nil
	}
	written := func(v int64) string {
		if dates {
			return datasets.FormatTime(v, l.Times)
		}
		return strconv.FormatInt(v, 10)
	}
	return fmt.Errorf("%w: no score of series %q lies from %s to %s (its scores go from %s to %s)", ErrMatch, l.ID, written(from), written(to),
		placeOf(l, 0), placeOf(l, l.Len()-1))
}

// PointLabels returns series that have a label for each time stamp. Those that do are returned as they are. A single series of one
// channel without time stamps, as a .npy or .txt file holds it, has its labels in that channel; they go with scores of one series by
// position. normal is the label of normal points there, all others becoming 1; empty means 0. Errors are of type [*datasets.Error].
func PointLabels(path string, read []*series.Series, scored int, normal string) ([]*series.Series, error) {
	bare := true
	for _, s := range read {
		bare = bare && s.PointLabels == nil && s.Times == nil && s.Label == ""
	}
	f, known := datasets.FormatOf(path)
	if !bare || known && f.Name == "csv" {
		for _, s := range read {
			if s.PointLabels == nil {
				return nil, refuse(path, 0, "series %q has no column of labels such as 0 and 1 for each time stamp; name it with --label", s.ID)
			}
		}
		return read, nil
	}
	switch {
	case len(read) != 1 || read[0].NumChannels() != 1:
		return nil, refuse(path, 0, "%d series of %s, want one column with a label for each time stamp", len(read), plural.Of(read[0].NumChannels(), "column"))
	case scored != 1:
		return nil, refuse(path, 0, "%w: labels without time stamps go by position, but there are scores of %d series; use a table with a column series", ErrMatch, scored)
	}
	own := *read[0]
	own.PointLabels = append([]float64(nil), own.Values[0]...)
	if normal == "" {
		return []*series.Series{&own}, nil
	}
	zero, err := strconv.ParseFloat(normal, 64)
	if err != nil {
		return nil, refuse(path, 0, "the labels are numbers, but the normal label is %q", normal)
	}
	for i, v := range own.PointLabels {
		switch {
		case v == zero:
			own.PointLabels[i] = 0
		case !math.IsNaN(v):
			own.PointLabels[i] = 1
		}
	}
	return []*series.Series{&own}, nil
}

// refuse makes an error about a file, or about a row of it above 0.
func refuse(path string, row int, format string, args ...any) error {
	return &datasets.Error{File: path, Row: row, Offset: -1, Err: fmt.Errorf(format, args...)}
}
