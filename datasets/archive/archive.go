package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// Task is what the labels of a set are for.
type Task int

const (
	// Classify is for sets of series in a train and a test part, each series with a class.
	Classify Task = iota
	// Anomaly is for recordings with a label for each time stamp, above 0.5 where it is an anomaly.
	Anomaly
)

// Options say what is looked for; the zero value finds sets to classify.
type Options struct {
	Task Task
	// Labels is a file of stretches of time in the form of NAB's combined_windows.json, which labels the files it names. Empty:
	// labels/combined_windows.json beside the data or in a folder above it.
	Labels string
}

// Collection is a published form that sets are recognised by.
type Collection struct {
	// Name is that of the collection or, where several share a form, of the form.
	Name string
	Task Task
	// Doc says in a line what it is recognised by.
	Doc string

	find func(t *tree) ([]Set, error)
}

// Table is the name of the collection for tables with a label column that belong to no other.
const Table = "table"

// collections in the order in which they claim files: the more specific first.
var collections = []Collection{
	{"arrays", Classify, "X_train, y_train, X_test and y_test in .npy", findArrays},
	{"UCR and UEA", Classify, "NAME_TRAIN and NAME_TEST in .ts, .arff, .tsv, .txt, .csv, .npy, .arrow or without an ending", findPairs},
	{"SMAP and MSL", Anomaly, "train/CHANNEL.npy, test/CHANNEL.npy and labeled_anomalies.csv, which lists stretches", findTelemetry},
	{"SMD", Anomaly, "train/NAME, test/NAME and test_label/NAME, or NAME_train, NAME_test and NAME_test_label; .txt, .csv or .npy", findServers},
	{"UCR anomaly", Anomaly, "NUMBER_UCR_Anomaly_NAME_TRAINEND_FROM_TO.txt", findUCRAnomaly},
	{"TSB-AD", Anomaly, "NUMBER_SET_id_ID_DOMAIN_tr_TRAINEND_1st_FROM.csv with a column Label", findTSB},
	{"NAB", Anomaly, "files that labels/combined_windows.json names, with a column of time stamps", findNAB},
	{"SKAB", Anomaly, "a table with the columns datetime, anomaly and changepoint", findSKAB},
	{"Yahoo S5", Anomaly, "a table with the columns timestamp, value and is_anomaly, or timestamps, value and anomaly", findYahoo},
	{Table, Anomaly, "any other table, if it has a label column", findTables},
}

// Collections lists what [Find] recognises, in the order in which files are claimed.
func Collections() []Collection { return append([]Collection(nil), collections...) }

// Set is one set as published, found and not yet read.
type Set struct {
	// Name is the set's path below the folder that was searched, with slashes and without endings.
	Name string
	// Collection is what the set was taken for: NAB, SMD, MSL ...
	Collection string
	// Task is what its labels are for.
	Task Task
	// Train is the file that is learnt from; empty where that is the first part of Test, or is not said.
	Train string
	// Test is the file that is classified or scored.
	Test string

	read
}

// Find lists the sets of a folder and of the folders in it, by name, or the set that a file belongs to. That there is none is
// an error of type [*datasets.Error].
func Find(dir string, o Options) ([]Set, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fileError(dir, "%w", plain(err))
	}
	one := ""
	if !info.IsDir() {
		one, dir = dir, around(dir)
	}
	t, err := newTree(dir, one, o)
	if err != nil {
		return nil, err
	}
	var out []Set
	for _, c := range collections {
		if c.Task != o.Task {
			continue
		}
		found, err := c.find(t)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if s.Collection == "" {
				s.Collection = c.Name
			}
			s.Task = c.Task
			if one == "" || same(one, s.Test) || same(one, s.Train) {
				out = append(out, s)
			}
		}
	}
	if one != "" {
		for i := range out {
			out[i].Name = path.Base(out[i].Name)
		}
		dir = one
	}
	if len(out) == 0 {
		return nil, noSets(dir, o.Task)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

// noSets says what was looked for.
func noSets(dir string, task Task) error {
	if task == Classify {
		return fileError(dir, "no set there; expected NAME_TRAIN and NAME_TEST files (.tsv, .ts, .arff), or a folder with them for each set")
	}
	return fileError(dir, "no series there; expected .csv or .arrow files with a label column, or a collection such as NAB, SMD or UCR anomaly as published")
}

// Choose keeps the sets that a list of choices means: a set's name or the end of it, a folder that it is in, or a pattern
// such as real*. No choices keep all; a choice that fits nothing is an error.
func Choose(sets []Set, choices []string) ([]Set, error) {
	if len(choices) == 0 {
		return sets, nil
	}
	var out []Set
	used := map[string]bool{}
	for _, s := range sets {
		keep := false
		for _, c := range choices {
			if fits(c, s.Name) {
				keep, used[c] = true, true
			}
		}
		if keep {
			out = append(out, s)
		}
	}
	for _, c := range choices {
		if !used[c] && len(sets) > 0 {
			return nil, fmt.Errorf("no set %q; the first of %d there is %q", c, len(sets), sets[0].Name)
		}
	}
	return out, nil
}

// fits tells whether a choice means a set.
func fits(choice, name string) bool {
	if choice == name || choice == path.Base(name) || strings.Contains("/"+name, "/"+strings.Trim(choice, "/")+"/") {
		return true
	}
	ok, err := path.Match(choice, name)
	return ok && err == nil
}

// fileError makes an error about a file as a whole.
func fileError(file, format string, args ...any) error {
	return &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf(format, args...)}
}

// located gives an error a file unless it has one, or is the end of a context.
func located(file string, err error) error {
	var known *datasets.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &datasets.Error{File: file, Offset: -1, Err: plain(err)}
}

// plain drops the path, which the message names already.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// around is the folder in which the files lie that belong to a file: its own, or the one above folders of parts.
func around(file string) string {
	dir := filepath.Dir(file)
	if parts[strings.ToLower(filepath.Base(abs(dir)))] {
		return filepath.Join(dir, "..")
	}
	return dir
}

// abs makes a path absolute where that is possible, so that "." has a name.
func abs(p string) string {
	if a, err := filepath.Abs(p); err == nil {
		return a
	}
	return p
}

// lonely tells whether a recording is a set by itself, so that what lies beside it need not be listed.
func lonely(file string) bool {
	_, train := cutEnd("x"+datasets.Stem(file), "train")
	_, test := cutEnd("x"+datasets.Stem(file), "test")
	return !train && !test && !parts[strings.ToLower(filepath.Base(abs(filepath.Dir(file))))]
}

// same tells whether two paths are one file.
func same(a, b string) bool { return b != "" && abs(a) == abs(b) }
