package archive

import (
	"path"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// Windows are the labelled stretches of NAB's files.
type Windows struct{ known stretches }

// ReadWindows reads a file such as NAB's combined_windows.json: {"folder/name.csv": [["2014-04-10 07:15:00", "2014-04-11 16:45:00"]]}.
// Errors are of type *datasets.Error.
func ReadWindows(file string) (Windows, error) {
	known, err := readStretches(file)
	return Windows{known}, err
}

// Of returns the stretches of a series, in nanoseconds since 1970, both ends included, by the name of its file: "name",
// "folder/name" or "folder/name.csv". ok is false where no file has that name, or several have.
func (w Windows) Of(series string) (list [][2]int64, ok bool) {
	found := 0
	for key, v := range w.known {
		full := strings.TrimSuffix(key, path.Ext(key))
		switch {
		case key == series || full == series:
			return v, true
		case datasets.Stem(key) == series || strings.HasSuffix(full, "/"+series):
			list, found = v, found+1
		}
	}
	return list, found == 1
}

// Names lists the files, sorted.
func (w Windows) Names() []string {
	var names []string
	for key := range w.known {
		names = append(names, key)
	}
	slices.Sort(names)
	return names
}
