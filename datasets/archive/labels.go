package archive

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
)

// stretches are the anomalies of NAB's files, by folder/name.csv.
type stretches map[string]spans

// spans are stretches of time in nanoseconds since 1970, both ends included.
type spans [][2]int64

// labelLevels is how many folders above the data are searched for NAB's labels.
const labelLevels = 4

// stretches returns what is known of the files of a folder.
func (t *tree) stretches(dir *folder) (stretches, error) {
	file := t.o.Labels
	if file == "" {
		file = t.labelFile(dir.path)
	}
	if file == "" {
		return nil, nil
	}
	if known, ok := t.known[file]; ok {
		return known, nil
	}
	known, err := readStretches(file)
	t.known[file] = known
	return known, err
}

// labelFile looks for NAB's labels in labels/ of dir or of a folder above it; "" where there is none.
func (t *tree) labelFile(dir string) string {
	if file, ok := t.labels[dir]; ok {
		return file
	}
	file := ""
	for d, i := dir, 0; i < labelLevels; d, i = filepath.Join(d, ".."), i+1 {
		p := filepath.Join(d, "labels", "combined_windows.json")
		if _, err := os.Stat(p); err == nil {
			file = p
			break
		}
	}
	t.labels[dir] = file
	return file
}

// readStretches reads a file such as {"folder/name.csv": [["2014-04-10 07:15:00", "2014-04-11 16:45:00"]]}.
func readStretches(file string) (stretches, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, located(file, err)
	}
	var read map[string][][]string
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, fileError(file, "want an object of lists of [from, to]: %w", err)
	}
	out := stretches{}
	for name, list := range read {
		out[name] = spans{}
		for _, ends := range list {
			if len(ends) != 2 {
				return nil, fileError(file, "%s: a stretch of %d time stamps, want from and to", name, len(ends))
			}
			var span [2]int64
			for i, e := range ends {
				t, err := time.Parse("2006-01-02 15:04:05.999999999", e)
				if err != nil {
					return nil, fileError(file, "%s: %q is no time stamp like 2014-04-10 07:15:00", name, e)
				}
				span[i] = t.UnixNano()
			}
			out[name] = append(out[name], span)
		}
	}
	return out, nil
}

// of finds the stretches of a file by its folder and name, or by its name alone where only one has it.
func (s stretches) of(f *file) (spans, bool) {
	if v, ok := s[filepath.Base(filepath.Dir(abs(f.path)))+"/"+f.stem+".csv"]; ok {
		return v, true
	}
	var found spans
	count := 0
	for key, v := range s {
		if datasets.Stem(key) == f.stem {
			found, count = v, count+1
		}
	}
	return found, count == 1
}

// has tells whether a time stamp lies in a stretch.
func (s spans) has(t int64) bool {
	return slices.ContainsFunc(s, func(span [2]int64) bool { return t >= span[0] && t <= span[1] })
}

// telemetryChannel is a row of labeled_anomalies.csv.
type telemetryChannel struct {
	id, spacecraft string
	ranges         [][2]int // positions from 0, both ends included
	length         int      // of the test file
}

// readTelemetryLabels reads labeled_anomalies.csv. A channel that has two rows has the stretches of both.
func readTelemetryLabels(path string) ([]telemetryChannel, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, located(path, err)
	}
	defer f.Close()
	z, done, err := datasets.Decompress(f)
	if err != nil {
		return nil, located(path, err)
	}
	defer done()
	r := csv.NewReader(io.LimitReader(z, 16<<20))
	header, err := r.Read()
	if err != nil {
		return nil, located(path, err)
	}
	var at [4]int
	for i, name := range []string{"chan_id", "spacecraft", "anomaly_sequences", "num_values"} {
		if at[i] = slices.Index(header, name); at[i] < 0 {
			return nil, fileError(path, "no column %q; there are: %s", name, strings.Join(header, ", "))
		}
	}
	var out []telemetryChannel
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, located(path, err)
		}
		line, _ := r.FieldPos(0)
		c := telemetryChannel{id: row[at[0]], spacecraft: row[at[1]]}
		bad := func(column int, err error) error {
			return &datasets.Error{File: path, Row: line, Column: header[column], Offset: -1, Err: err}
		}
		if err := json.Unmarshal([]byte(row[at[2]]), &c.ranges); err != nil {
			return nil, bad(at[2], errors.New("want a list such as [[2149, 2349], [4536, 4844]]"))
		}
		for _, span := range c.ranges {
			if span[0] < 0 || span[1] < span[0] {
				return nil, bad(at[2], fmt.Errorf("a stretch from %d to %d", span[0], span[1]))
			}
		}
		if c.length, err = strconv.Atoi(row[at[3]]); err != nil || c.length < 1 {
			return nil, bad(at[3], fmt.Errorf("%q is no number of values", row[at[3]]))
		}
		if strings.ContainsAny(c.id+c.spacecraft, `/\`) || c.id == "" {
			return nil, bad(at[0], fmt.Errorf("%q is no name of a channel", c.id))
		}
		if i := slices.IndexFunc(out, func(o telemetryChannel) bool { return o.id == c.id }); i >= 0 {
			out[i].ranges = append(out[i].ranges, c.ranges...)
			continue
		}
		out = append(out, c)
	}
}
