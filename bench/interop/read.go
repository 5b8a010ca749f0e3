package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/series"
)

// outcome reads a file and says what is wrong, nothing if all is right; "-" if the tool does not write the type.
func outcome(e entry) string {
	if e.Cannot != "" {
		return "-"
	}
	o := datasets.Options{}
	switch e.Role {
	case "value":
		o.Channels = []string{"v"}
	case "struct":
		o.Channels = []string{"v.x"}
	}
	all, err := readAll(e.File, o)
	if err != nil {
		return "refused: " + err.Error()
	}
	if err := compare(e, all); err != nil {
		return err.Error()
	}
	return ""
}

func readAll(path string, o datasets.Options) (all []*series.Series, err error) {
	r, err := datasets.Open(path, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return series.ReadAll(r)
}

// compare holds what was read against what the tool was given.
func compare(e entry, all []*series.Series) error {
	switch e.Role {
	case "series":
		var want, got []string
		if err := json.Unmarshal(e.Want, &want); err != nil {
			return err
		}
		for _, s := range all {
			for range s.Len() {
				got = append(got, s.ID)
			}
		}
		return same(got, want)
	case "time":
		var want, got []int64
		if err := json.Unmarshal(e.Want, &want); err != nil {
			return err
		}
		for _, s := range all {
			got = append(got, s.Times...)
		}
		return same(got, want)
	case "list":
		var want [][]*float64
		if err := json.Unmarshal(e.Want, &want); err != nil {
			return err
		}
		if len(all) != len(want) {
			return fmt.Errorf("%d series, want %d", len(all), len(want))
		}
		for i, s := range all {
			if err := sameValues(s.Values[0], want[i]); err != nil {
				return err
			}
		}
		return nil
	}
	var want []*float64
	if err := json.Unmarshal(e.Want, &want); err != nil {
		return err
	}
	if len(all) != 1 {
		return fmt.Errorf("%d series, want 1", len(all))
	}
	return sameValues(all[0].Values[0], want)
}

func same[T comparable](got, want []T) error {
	if len(got) != len(want) {
		return fmt.Errorf("%v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			return fmt.Errorf("%v, want %v", got, want)
		}
	}
	return nil
}

// sameValues wants equal bits, and gaps for what is missing.
func sameValues(got []float64, want []*float64) error {
	bad := len(got) != len(want)
	for i := 0; !bad && i < len(got); i++ {
		bad = math.IsNaN(got[i]) != (want[i] == nil) || want[i] != nil && got[i] != *want[i]
	}
	if !bad {
		return nil
	}
	text := "["
	for _, w := range want {
		if w == nil {
			text += " gap"
		} else {
			text += fmt.Sprint(" ", *w)
		}
	}
	return fmt.Errorf("%v, want %s ]", got, text)
}

// wrote is a file of ours, with the values that its column v has.
type wrote struct {
	Type   string `json:"type"`
	Format string `json:"format"`
	File   string `json:"file"`
	Want   any    `json:"want"`
}

// writeBack writes a file of every type and format.
func writeBack(dir string) ([]wrote, error) {
	stamp := []int64{1714564800250000001, 0, -1}
	null := []bool{false, true, false}
	var out []wrote
	for _, t := range []struct {
		name string
		col  datasets.Column
		v    datasets.Values
		want any
	}{
		{"int64", datasets.Column{Type: datasets.Int64}, datasets.Values{Int64: []int64{-1 << 53, 0, 1<<53 - 1}, Null: null}, []any{-1 << 53, nil, 1<<53 - 1}},
		{"float32", datasets.Column{Type: datasets.Float32}, datasets.Values{Float32: []float32{0.1, float32(math.NaN()), -3e38}}, []any{float64(float32(0.1)), nil, float64(float32(-3e38))}},
		{"float64", datasets.Column{Type: datasets.Float64}, datasets.Values{Float64: []float64{0.1, math.NaN(), 1700000001.123456}}, []any{0.1, nil, 1700000001.123456}},
		{"text", datasets.Column{Type: datasets.String}, datasets.Values{String: []string{"a, \"b\"", "", "ü, longer than twelve bytes"}, Null: null}, []any{"a, \"b\"", nil, "ü, longer than twelve bytes"}},
		{"time stamp, UTC", datasets.Column{Type: datasets.Timestamp}, datasets.Values{Int64: stamp}, stamp},
		{"time stamp, zone", datasets.Column{Type: datasets.Timestamp, Zone: "Europe/Berlin"}, datasets.Values{Int64: stamp}, stamp},
		{"vector", datasets.Column{Type: datasets.Vector, Dim: 2}, datasets.Values{Float32: []float32{1, 2, 3, 4, 5, 0.5}}, [][]float64{{1, 2}, {3, 4}, {5, 0.5}}},
		{"list of float64", datasets.Column{Type: datasets.List}, datasets.Values{List: [][]float64{{0.1, 2}, {}, {3}}}, [][]float64{{0.1, 2}, {}, {3}}},
		{"list of float32", datasets.Column{Type: datasets.List32}, datasets.Values{List: [][]float64{{0.5, 2}, {}, {3}}}, [][]float64{{0.5, 2}, {}, {3}}},
	} {
		for _, format := range formats {
			file := fmt.Sprintf("%s/back-%d.%s", dir, len(out), format)
			t.col.Name = "v"
			w, err := datasets.NewWriter(file, []datasets.Column{t.col})
			if err == nil {
				err = errors.Join(w.AppendColumns(t.v), w.Close())
			}
			if err != nil {
				return nil, err
			}
			out = append(out, wrote{t.name, format, file, t.want})
		}
	}
	return out, nil
}
