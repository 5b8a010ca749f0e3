package model

import (
	"fmt"

	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
)

// Rows reads an image as a series, for encoders and methods of sequences: a time stamp for each row from the top, a channel
// for each of its pixels, 0 to 1.
func Rows(m *raster.Image, label string) *series.Series {
	s := &series.Series{ID: m.Name, Label: label, Values: make([][]float64, m.Channels*m.Width), Channels: make([]string, m.Channels*m.Width)}
	for c := range m.Channels {
		for x := range m.Width {
			v := make([]float64, m.Height)
			for y := range v {
				v[y] = m.Unit((c*m.Height+y)*m.Width + x)
			}
			s.Values[c*m.Width+x], s.Channels[c*m.Width+x] = v, fmt.Sprintf("c%dx%d", c, x)
		}
	}
	return s
}
