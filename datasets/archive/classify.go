package archive

import (
	"path"
	"regexp"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// pairEndings are the formats of classification sets; where a set is there in several, the first is read.
var pairEndings = []string{".ts", ".arff", ".tsv", ".txt", ".csv", ".arrow", ".arrows", ".feather", ".parquet", ".npy", ""}

// dimension is the end of the name of a file that has one channel only of a set that is beside it.
var dimension = regexp.MustCompile(`Dimension\d+$`)

// findPairs finds NAME_TRAIN and NAME_TEST.
func findPairs(t *tree) ([]Set, error) {
	var out []Set
	for _, f := range t.folders {
		stems := map[string]bool{}
		for _, one := range f.files {
			if name, ok := cutEnd(one.stem, "_TRAIN"); ok && !one.claimed {
				stems[name] = true
			}
		}
		for name := range stems {
			if short := dimension.ReplaceAllString(name, ""); short != name && stems[short] {
				continue
			}
			train, test := f.pair(name)
			if train == nil || test == nil || f.best(name+"_test_label", arrayEndings) != nil {
				continue // the last is a recording with labels for its time stamps
			}
			s := Set{Name: t.setName(f, name), Train: train.path, Test: test.path}
			s.trainFormat, s.testFormat = pairFormat(train), pairFormat(test)
			s.rows = rowsLabelled
			out = append(out, s)
		}
	}
	return out, nil
}

// cutEnd cuts an ending off a name, in any case.
func cutEnd(name, end string) (string, bool) {
	if at := len(name) - len(end); at > 0 && strings.EqualFold(name[at:], end) {
		return name[:at], true
	}
	return name, false
}

// pair returns the two files of a set, of one format if there is one that both have.
func (f *folder) pair(name string) (train, test *file) {
	for _, e := range pairEndings {
		train, test = f.best(name+"_TRAIN", []string{e}), f.best(name+"_TEST", []string{e})
		if train != nil && test != nil {
			return train, test
		}
	}
	return f.best(name+"_TRAIN", pairEndings), f.best(name+"_TEST", pairEndings)
}

// pairFormat is the format that a file of a pair is read as where its name leaves that open: a label, then values.
func pairFormat(f *file) string {
	if f.ending == ".txt" || f.ending == ".csv" || f.ending == "" {
		return "tsv"
	}
	return ""
}

// findArrays finds X_train, y_train, X_test and y_test.
func findArrays(t *tree) ([]Set, error) {
	var out []Set
	npy := []string{".npy"}
	for _, f := range t.folders {
		x, y, tx, ty := f.best("X_train", npy), f.best("y_train", npy), f.best("X_test", npy), f.best("y_test", npy)
		if x == nil || y == nil || tx == nil || ty == nil {
			continue
		}
		x.claimed, y.claimed, tx.claimed, ty.claimed = true, true, true, true
		name := f.rel
		if name == "" {
			name = path.Base(datasets.Stem(abs(t.root)))
		}
		s := Set{Name: name, Train: x.path, Test: tx.path}
		s.trainClasses, s.testClasses, s.rows = y.path, ty.path, rowsArrays
		out = append(out, s)
	}
	return out, nil
}
