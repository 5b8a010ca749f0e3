package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// model describes a model file.
func (c *infoCmd) model(e *env) error {
	m, err := train.Load(c.File)
	if err != nil {
		return err
	}
	s := m.Settings
	out := struct {
		Settings   train.Settings `json:"settings"`
		Summary    train.Summary  `json:"summary"`
		Dim        int            `json:"dim"`
		Parameters int            `json:"parameters"`
	}{s, m.Summary, m.Dim(), m.Parameters()}
	return e.result(out, func(w io.Writer) error {
		t := report.Table{Header: []string{"setting", "value"}, Rows: [][]string{
			{"method", s.Method + " " + string(s.MethodSettings)}, {"encoder", s.Encoder + " " + string(s.EncoderSettings)},
			{"encoding", fmt.Sprintf("%d numbers, %d parameters", m.Dim(), m.Parameters())},
			{"channels", strings.Join(s.ChannelNames, ", ")}, {"window", fmt.Sprintf("%d, stride %d", s.Window, s.Stride)},
			{"views", s.Views}, {"training", fmt.Sprintf("%d steps of %d windows, %s at %g, seed %d", s.Steps, s.Batch, s.Optimizer, s.LR, s.Seed)},
			{"loss", fmt.Sprintf("%.4f", m.Summary.Loss)}, {"diagnosis", strings.Join(m.Summary.Diagnosis, "; ")},
		}}
		return t.Render(w)
	})
}

// seriesInfo describes one series of a data file.
type seriesInfo struct {
	ID       string   `json:"series"`
	Label    string   `json:"label,omitempty"`
	Length   int      `json:"length"`
	Channels []string `json:"channels"`
	Gaps     int      `json:"gaps"`
	Min      float64  `json:"min"`
	Max      float64  `json:"max"`
}

// listedSeries is how many series info prints one by one.
const listedSeries = 20

// data describes a data file, streamed.
func (c *infoCmd) data(e *env) error {
	r, err := datasets.Open(c.File, c.options())
	if err != nil {
		return err
	}
	infos, err := describe(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	return e.result(infos, func(w io.Writer) error {
		t := report.Table{Header: []string{"series", "label", "length", "channels", "gaps", "min", "max"}}
		for i, s := range infos {
			if i == listedSeries {
				break
			}
			t.Rows = append(t.Rows, []string{s.ID, s.Label, fmt.Sprint(s.Length), strings.Join(s.Channels, ", "), fmt.Sprint(s.Gaps),
				fmt.Sprintf("%.4g", s.Min), fmt.Sprintf("%.4g", s.Max)})
		}
		if err := t.Render(w); err != nil || len(infos) <= listedSeries {
			return err
		}
		_, err := fmt.Fprintf(w, "and %d more series\n", len(infos)-listedSeries)
		return err
	})
}

func describe(r series.Reader) ([]*seriesInfo, error) {
	infos := []*seriesInfo{}
	for {
		s, err := r.Next()
		if err == io.EOF {
			return infos, nil
		}
		if err != nil {
			return nil, err
		}
		var in *seriesInfo
		if n := len(infos); n > 0 && s.Start > 0 && infos[n-1].ID == s.ID {
			in = infos[n-1]
		} else {
			in = &seriesInfo{ID: s.ID, Label: s.Label, Channels: s.Channels}
			infos = append(infos, in)
		}
		in.add(s)
	}
}

// add counts one chunk.
func (in *seriesInfo) add(s *series.Series) {
	first := in.Length == in.Gaps
	for _, v := range s.Values {
		for _, x := range v {
			if x != x {
				in.Gaps++
				continue
			}
			if first {
				in.Min, in.Max, first = float64(x), float64(x), false
			}
			in.Min, in.Max = min(in.Min, float64(x)), max(in.Max, float64(x))
		}
	}
	in.Length += s.Len()
}
