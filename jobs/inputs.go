package jobs

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// Input is a file of a job.
type Input struct {
	// Path is where it lies.
	Path string
	// Place is where its output lies below the folder of the job, with slashes and without the ending of a format.
	Place string
	// Keys are the Hive partitions in Place, in their order.
	Keys []Key
}

// Key is a Hive partition, such as day=2026-11-25.
type Key struct {
	Name, Value string
	// Null is the partition of rows without a value.
	Null bool
}

// hiveNull is how Hive writes a partition of rows without a value.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// Find lists the inputs that paths name: a file, the files of a known format in a folder and those below it, or what a glob matches;
// @FILE is a list of such paths, one a line. Names that begin with a point or an underscore are passed over in folders, and so is the
// folder out, where the outputs go. A path that is not there is kept, to fail alone.
//
// The place of an output is that of its input below the folder, or below the part of the glob without a wildcard; the Hive partitions
// right above belong to it. A file of a list that is named by a relative path keeps that path.
func Find(paths []string, out string) ([]Input, error) {
	f := &finder{have: map[string]bool{}}
	f.out, _ = os.Stat(out) // nil where it is not there yet
	for _, p := range paths {
		if list, ok := strings.CutPrefix(p, "@"); ok {
			if err := f.list(list); err != nil {
				return nil, err
			}
			continue
		}
		f.path(p)
	}
	return f.all, nil
}

type finder struct {
	all  []Input
	have map[string]bool
	met  int // files so far, those that were named before too
	out  os.FileInfo
}

// path adds what one path names.
func (f *finder) path(p string) {
	info, err := os.Stat(p)
	switch {
	case err == nil && info.IsDir():
		f.root(p, p)
	case err == nil || !strings.ContainsAny(p, "*?["):
		f.add(p, filepath.Dir(p))
	default:
		found, err := filepath.Glob(p)
		if err != nil || len(found) == 0 {
			f.add(p, filepath.Dir(p))
			return
		}
		root := fixed(p)
		for _, one := range found {
			switch info, err := os.Stat(one); {
			case hidden(filepath.Base(one)) || err == nil && f.isOut(info):
			case err == nil && info.IsDir():
				f.root(one, root)
			default:
				f.add(one, root)
			}
		}
	}
}

// isOut tells the folder of the outputs.
func (f *finder) isOut(info os.FileInfo) bool { return f.out != nil && os.SameFile(info, f.out) }

// root adds a folder that was asked for; one without a file stays, to fail alone.
func (f *finder) root(dir, root string) {
	before := f.met
	if err := f.folder(dir, root); err != nil || f.met == before {
		f.add(dir, root)
	}
}

// fixed is the folder above the first wildcard of a glob.
func fixed(glob string) string {
	at := strings.IndexAny(glob, "*?[")
	return filepath.Dir(glob[:at] + "x")
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

// folder adds the files below dir.
func (f *finder) folder(dir, root string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		p := filepath.Join(dir, e.Name())
		if hidden(e.Name()) {
			continue
		}
		if e.IsDir() {
			if info, err := e.Info(); err == nil && f.isOut(info) {
				continue
			}
			if err := f.folder(p, root); err != nil {
				f.add(p, root)
			}
			continue
		}
		if _, known := datasets.FormatOf(e.Name()); !known {
			continue
		}
		if info, err := os.Stat(p); err != nil || !info.IsDir() { // no links to folders
			f.add(p, root)
		}
	}
	return nil
}

// add adds a file once.
func (f *finder) add(p, root string) {
	rel, err := filepath.Rel(root, p)
	if err != nil || !filepath.IsLocal(rel) || rel == "." {
		rel = filepath.Base(p)
	}
	f.at(p, filepath.Join(partitionsAbove(root), rel))
}

// at adds a file with its place.
func (f *finder) at(p, rel string) {
	clean := filepath.Clean(p)
	if f.met++; f.have[clean] {
		return
	}
	f.have[clean] = true
	dir := filepath.ToSlash(filepath.Dir(rel))
	f.all = append(f.all, Input{Path: p, Place: path.Join(dir, datasets.Stem(p)), Keys: keysOf(dir)})
}

// partitionsAbove is the end of a folder's path that consists of Hive partitions.
func partitionsAbove(dir string) string {
	full, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	var parts []string
	for {
		name := filepath.Base(full)
		if _, ok := keyOf(name); !ok {
			return filepath.Join(parts...)
		}
		parts = slices.Insert(parts, 0, name)
		full = filepath.Dir(full)
	}
}

func keysOf(dir string) (keys []Key) {
	for part := range strings.SplitSeq(dir, "/") {
		if k, ok := keyOf(part); ok {
			keys = append(keys, k)
		}
	}
	return keys
}

// keyOf reads the name of a folder as a partition.
func keyOf(folder string) (Key, bool) {
	name, value, ok := strings.Cut(folder, "=")
	if !ok || name == "" {
		return Key{}, false
	}
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	if value == hiveNull {
		return Key{Name: name, Null: true}, true
	}
	return Key{Name: name, Value: value}, true
}

// list adds what a list file names.
func (f *finder) list(file string) error {
	r, err := os.Open(file)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf("the list of inputs: %w", err)}
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		p := strings.TrimSuffix(lines.Text(), "\r")
		if p == "" {
			continue
		}
		if info, err := os.Stat(p); (err != nil || !info.IsDir()) && filepath.IsLocal(p) && (err == nil || !strings.ContainsAny(p, "*?[")) {
			f.at(p, filepath.Clean(p))
			continue
		}
		f.path(p)
	}
	if err := lines.Err(); err != nil {
		return &datasets.Error{File: file, Offset: -1, Err: fmt.Errorf("the list of inputs: %w", err)}
	}
	return nil
}
