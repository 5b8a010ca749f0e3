package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/internal/output"
)

// checkOutputs tells before the work, not after it, whether the files can be written, and that none of them is an input
// or another output. An empty path is no file.
func checkOutputs(inputs []string, paths ...string) error {
	if err := apart(inputs, paths...); err != nil {
		return err
	}
	for _, path := range paths {
		if path == "" {
			continue
		}
		if err := output.Check(path); err != nil {
			return err
		}
	}
	return nil
}

// apart refuses an output that is an input or another output. An empty path is no file.
func apart(inputs []string, paths ...string) error {
	var read []string
	for _, in := range inputs {
		if in != "" {
			read = append(read, files([]string{in})...)
		}
	}
	for i, path := range paths {
		for _, in := range inputs {
			if overwrites(path, in) {
				return usagef("%s is one of the files of %s; give the output another name", path, in)
			}
		}
		for _, in := range read {
			if sameFile(path, in) {
				return usagef("%s is an input as well as an output; give the output another name", path)
			}
		}
		for _, other := range paths[:i] {
			if sameFile(path, other) {
				return usagef("%s would be written twice; give each output a name of its own", path)
			}
		}
	}
	return nil
}

// overwrites tells whether a path is that of a file that a set of images consists of, or that lies among its files.
func overwrites(path, set string) bool {
	at := imageset.Place(set)
	if path == "" || path == output.Stdout || at == "" {
		return false
	}
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return false
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	below, err := filepath.Rel(place(at), place(path))
	return err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator))
}

// sameFile tells whether two paths lead to one regular file, whether it is there or not.
func sameFile(a, b string) bool {
	if a == "" || b == "" || a == output.Stdout || b == output.Stdout {
		return false
	}
	x, xerr := os.Stat(a)
	y, yerr := os.Stat(b)
	if xerr == nil && yerr == nil {
		return x.Mode().IsRegular() && os.SameFile(x, y)
	}
	return place(a) == place(b)
}

// place is where a file would be, links to its folder followed.
func place(path string) string {
	dir, base := filepath.Split(path)
	if real, err := filepath.EvalSymlinks(filepath.Clean(dir)); err == nil {
		dir = real
	}
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Join(dir, base)
}

// isPNG holds the name of a picture to the one format there is.
func isPNG(path string) error {
	if path != "" && !strings.EqualFold(filepath.Ext(path), ".png") {
		return usagef("%s: a picture is written as PNG; give it a name that ends in .png", path)
	}
	return nil
}

// isHTML refuses a name under which no browser would show a page.
func isHTML(path string) error {
	if end := filepath.Ext(path); path != "" && !strings.EqualFold(end, ".html") && !strings.EqualFold(end, ".htm") {
		return usagef("%s: a report is written as HTML; give it a name that ends in .html", path)
	}
	return nil
}
