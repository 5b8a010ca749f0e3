package archive

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// Open reads a path as [datasets.Open] does, and each file that belongs to a known collection as one of it: recordings come
// with a label for each time stamp, and [datasets.Readings] names the collection. What the caller's options say goes before
// what the collection does.
func Open(path string, o datasets.Options) (datasets.Reader, error) {
	files, err := datasets.Files(path)
	if err != nil {
		return nil, err
	}
	if len(files) == 1 {
		return openFile(files[0], o)
	}
	return datasets.InTurn(len(files), func(i int) (datasets.Reader, error) { return openFile(files[i], o) }), nil
}

// Of tells which set of a known collection a recording belongs to, and whether it is the part to learn from. Files that are
// read like any other have none: tables with a label column, and the files of sets to classify.
func Of(file string) (s Set, train, ok bool) {
	if !besideLabels(file) {
		return Set{}, false, false
	}
	sets, err := Find(file, Options{Task: Anomaly})
	if err != nil {
		return Set{}, false, false // what is wrong with the file is told when it is read
	}
	for _, s := range sets {
		if s.Collection != Table {
			return s, same(file, s.Train), true
		}
	}
	return Set{}, false, false
}

// labelFolders are files and folders that label those in folders beside them.
var labelFolders = []string{"labeled_anomalies.csv", "test_label", "test_labels"}

// besideLabels tells whether a file lies beside what may hold labels for it.
func besideLabels(file string) bool {
	dir := filepath.Dir(file)
	if !parts[strings.ToLower(filepath.Base(abs(dir)))] {
		return true
	}
	for _, name := range labelFolders {
		if _, err := os.Stat(filepath.Join(dir, "..", name)); err == nil {
			return true
		}
	}
	return false
}

func openFile(file string, o datasets.Options) (datasets.Reader, error) {
	s, train, ok := Of(file)
	open := s.OpenTest
	switch {
	case !ok:
		r, err := datasets.Open(file, o)
		if err == nil {
			taken(r, classifyName(file, r))
		}
		return r, err
	case train:
		open = s.OpenTrain
	}
	r, err := open(o)
	if err == nil {
		taken(r, s.Collection)
	}
	return r, err
}

// classifyName is the collection of a file whose name says that it is one part of a labelled set.
func classifyName(file string, r datasets.Reader) string {
	stem := datasets.Stem(file)
	_, train := cutEnd(stem, "_TRAIN")
	_, test := cutEnd(stem, "_TEST")
	if all := datasets.Readings(r); (train || test) && len(all) > 0 {
		switch all[0].Format {
		case "ts", "tsv", "arff":
			return collections[1].Name
		}
	}
	return ""
}

// taken writes down what a file was taken for.
func taken(r datasets.Reader, collection string) {
	for _, reading := range datasets.Readings(r) {
		reading.Collection = collection
	}
}
