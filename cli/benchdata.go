package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/evaluate/suite"
	"github.com/wavekin/wavekin/series"
)

// benchSet is one set of a folder, read when its turn comes.
type benchSet struct {
	name string
	// train and test are the files of a classification set; series is that of an anomaly set.
	train, test, series string
}

// benchSets lists the sets of a folder by their names, those that are chosen.
func benchSets(dir, kind string, chosen []string) ([]benchSet, error) {
	find := anomalySets
	switch kind {
	case "classify":
		find = classifySets
	case "images":
		find = imageSets
	}
	all, err := find(dir)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return all, nil
	}
	var out []benchSet
	used := map[string]bool{}
	for _, s := range all {
		keep := false
		for _, c := range chosen {
			if fits(c, s.name) {
				keep, used[c] = true, true
			}
		}
		if keep {
			out = append(out, s)
		}
	}
	for _, c := range chosen {
		if !used[c] {
			return nil, usagef("--sets: no set %q in %s; the first of %d there is %q", c, dir, len(all), all[0].name)
		}
	}
	return out, nil
}

// fits tells whether a choice means a set: its name or its end, a folder it is in, or a pattern.
func fits(choice, name string) bool {
	if choice == name || choice == path.Base(name) || strings.Contains("/"+name, "/"+strings.Trim(choice, "/")+"/") {
		return true
	}
	ok, err := path.Match(choice, name)
	return ok && err == nil
}

// bareName is a file's name without its folder, its compression and its ending.
func bareName(file string) string {
	name := filepath.Base(file)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// readable tells by a file's name whether it may hold series.
func readable(file string) bool {
	name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(filepath.Base(file)), ".gz"), ".zst")
	for _, f := range datasets.Formats() {
		for _, e := range f.Endings {
			if strings.HasSuffix(name, e) {
				return !strings.HasPrefix(name, ".")
			}
		}
	}
	return false
}

// classifySets finds NAME_TRAIN and NAME_TEST files in dir, or in each folder of it.
func classifySets(dir string) ([]benchSet, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out, err := splitFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		// A link to a folder is a set as well.
		if st, err := os.Stat(filepath.Join(dir, e.Name())); err != nil || !st.IsDir() {
			continue
		}
		more, err := splitFiles(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if len(out) == 0 {
		return nil, &datasets.Error{File: dir, Offset: -1,
			Err: errors.New("no set there; expected NAME_TRAIN and NAME_TEST files (.tsv, .ts, .arff), or a folder with them for each set")}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name < out[j].name })
	return out, nil
}

// splitFiles pairs the train and test files of one folder; where a set is there in several formats, the first is taken.
func splitFiles(dir string) ([]benchSet, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, e := range entries {
		if e.IsDir() || !readable(e.Name()) {
			continue
		}
		if _, there := files[bareName(e.Name())]; !there {
			files[bareName(e.Name())] = filepath.Join(dir, e.Name())
		}
	}
	var out []benchSet
	for bare, file := range files {
		name, is := strings.CutSuffix(bare, "_TRAIN")
		if test, ok := files[name+"_TEST"]; is && ok {
			out = append(out, benchSet{name: name, train: file, test: test})
		}
	}
	return out, nil
}

// anomalySets finds the files of series in dir and all folders below; a set's name is its path there.
func anomalySets(dir string) ([]benchSet, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return []benchSet{{name: bareName(dir), series: dir}}, nil
	}
	var out []benchSet
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !readable(p) {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		out = append(out, benchSet{name: path.Join(filepath.ToSlash(filepath.Dir(rel)), bareName(p)), series: p})
		return nil
	})
	if err == nil && len(out) == 0 {
		err = &datasets.Error{File: dir, Offset: -1, Err: errors.New("no series there; expected .csv or .arrow files, with a label column or with NAB's labels beside them")}
	}
	return out, err
}

// imageSets are those named with commas between them; each is its own name.
func imageSets(specs string) ([]benchSet, error) {
	var out []benchSet
	for _, s := range strings.Split(specs, ",") {
		if !imageset.IsSet(s) {
			return nil, usagef("%q is no set of images; it is written as in cifar10:DIR (wavekin list formats)", s)
		}
		name, _, _ := strings.Cut(s, ":")
		if name == "images" {
			name = bareName(s)
		}
		out = append(out, benchSet{name: name, series: s})
	}
	return out, nil
}

// readSet loads both parts of a classification set.
func (c *benchCmd) readSet(e *env, b benchSet) (suite.Set, error) {
	s := suite.Set{Name: b.name}
	var err error
	if s.Train, err = c.read(e, []string{b.train}, nil); err != nil {
		return s, err
	}
	s.Test, err = c.read(e, []string{b.test}, nil)
	return s, err
}

// readLabelled loads the series of an anomaly set; without a label column the labels are those of the file of stretches.
func (c *benchCmd) readLabelled(e *env, b benchSet, known stretches) ([]*series.Series, error) {
	in := c.inputFlags
	// The order of time is what the first part and the labels go by.
	in.Sort = true
	all, err := in.read(e, []string{b.series}, nil)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.PointLabels != nil {
			continue
		}
		spans, ok := known.of(b.series)
		if !ok {
			return nil, &datasets.Error{File: b.series, Row: -1, Offset: -1,
				Err: errors.New("no labels: no column named label (--label names another), and no labels/combined_windows.json beside the data (--labels) that has this file")}
		}
		if s.Times == nil {
			return nil, &datasets.Error{File: b.series, Row: -1, Offset: -1, Err: errors.New("no time stamps, by which the labelled stretches are given; --time names their column")}
		}
		s.PointLabels = spans.mark(s.Times)
	}
	return all, nil
}

// stretches are the anomalies of NAB's files, by folder/name.csv.
type stretches map[string]spans

// spans are stretches of time in nanoseconds, both ends included.
type spans [][2]int64

// labelFile looks for NAB's labels in labels/ of dir or of a folder above it; "" where there is none.
func labelFile(dir string) string {
	for range 4 {
		p := filepath.Join(dir, "labels", "combined_windows.json")
		if _, err := os.Stat(p); err == nil {
			return p
		}
		dir = filepath.Join(dir, "..")
	}
	return ""
}

// readStretches reads a file such as {"folder/name.csv": [["2014-04-10 07:15:00", "2014-04-11 16:45:00"]]}.
func readStretches(file string) (stretches, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	bad := func(format string, args ...any) error {
		return &datasets.Error{File: file, Row: -1, Offset: -1, Err: fmt.Errorf(format, args...)}
	}
	var read map[string][][]string
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, bad("want an object of lists of [from, to]: %w", err)
	}
	out := stretches{}
	for name, list := range read {
		out[name] = spans{}
		for _, ends := range list {
			if len(ends) != 2 {
				return nil, bad("%s: a stretch of %d time stamps, want from and to", name, len(ends))
			}
			var span [2]int64
			for i, e := range ends {
				t, err := time.Parse("2006-01-02 15:04:05.999999999", e)
				if err != nil {
					return nil, bad("%s: %q is no time stamp like 2014-04-10 07:15:00", name, e)
				}
				span[i] = t.UnixNano()
			}
			out[name] = append(out[name], span)
		}
	}
	return out, nil
}

// of finds the stretches of a file by its folder and name, or by its name alone where only one has it.
func (s stretches) of(file string) (spans, bool) {
	folder, name := filepath.Base(filepath.Dir(file)), bareName(file)
	if v, ok := s[folder+"/"+name+".csv"]; ok {
		return v, true
	}
	var found spans
	count := 0
	for key, v := range s {
		if bareName(key) == name {
			found, count = v, count+1
		}
	}
	return found, count == 1
}

// mark labels the time stamps that lie in a stretch.
func (s spans) mark(times []int64) []float64 {
	out := make([]float64, len(times))
	for i, t := range times {
		for _, span := range s {
			if t >= span[0] && t <= span[1] {
				out[i] = 1
			}
		}
	}
	return out
}
