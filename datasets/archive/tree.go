package archive

import (
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// tree is the files below a folder, of which collections claim theirs.
type tree struct {
	root    string
	folders []*folder
	o       Options
	labels  map[string]string // the file of stretches for a folder's path, "" where there is none
	known   map[string]stretches
	below   map[string]*folder // by path, the last part in lower case; nil until it is needed
}

// folder is one folder and its files, without hidden ones.
type folder struct {
	rel   string // below the root, with slashes; "" for the root
	path  string
	files []*file // by name
}

// file is one file.
type file struct {
	path    string
	name    string // without folder
	stem    string // without compression and ending
	ending  string // in lower case, without compression: ".csv"
	claimed bool
	head    *head // nil until it was asked for
}

// parts are the names of folders that hold parts of the sets beside them.
var parts = map[string]bool{"train": true, "test": true, "test_label": true, "test_labels": true}

// maxFolders bounds how many folders are looked into.
const maxFolders = 100000

// newTree lists the files below root; where one is a file, only those of root itself and of folders of parts.
func newTree(root, one string, o Options) (*tree, error) {
	t := &tree{root: root, o: o, labels: map[string]string{}, known: map[string]stretches{}}
	if one != "" && o.Task == Anomaly && lonely(one) {
		t.folders = []*folder{{path: root, files: []*file{newFile(root, filepath.Base(one))}}}
		return t, nil
	}
	seen := map[string]bool{}
	var walk func(dir, rel string) error
	walk = func(dir, rel string) error {
		// A link may lead to a folder that was there already, or around in a circle.
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			if seen[real] {
				return nil
			}
			seen[real] = true
		}
		if len(t.folders) == maxFolders {
			return fileError(root, "more than %d folders below it: %w", maxFolders, datasets.ErrLimit)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fileError(dir, "%w", plain(err))
		}
		f := &folder{rel: rel, path: dir}
		t.folders = append(t.folders, f)
		for _, e := range entries {
			name := e.Name()
			if strings.HasPrefix(name, ".") || name == "__MACOSX" {
				continue
			}
			isDir := e.IsDir()
			if e.Type()&os.ModeSymlink != 0 {
				info, err := os.Stat(filepath.Join(dir, name))
				if err != nil {
					continue // it leads nowhere
				}
				isDir = info.IsDir()
			}
			switch {
			case isDir && (one == "" || parts[strings.ToLower(name)]):
				if err := walk(filepath.Join(dir, name), path.Join(rel, name)); err != nil {
					return err
				}
			case !isDir:
				f.files = append(f.files, newFile(dir, name))
			}
		}
		return nil
	}
	if err := walk(root, ""); err != nil {
		return nil, err
	}
	return t, nil
}

func newFile(dir, name string) *file {
	bare := name
	for _, packed := range []string{".gz", ".zst"} {
		if strings.HasSuffix(strings.ToLower(bare), packed) {
			bare = bare[:len(bare)-len(packed)]
		}
	}
	ending := strings.ToLower(filepath.Ext(bare))
	return &file{path: filepath.Join(dir, name), name: name, stem: strings.TrimSuffix(bare, filepath.Ext(bare)), ending: ending}
}

// readable tells by a file's name whether it may hold series.
func (f *file) readable() bool {
	_, ok := datasets.FormatOf(f.name)
	return ok && !f.claimed
}

// setName is the path of something in a folder below the root. A folder that only holds that set does not repeat its name.
func (t *tree) setName(f *folder, name string) string {
	if path.Base("/"+f.rel) == name {
		return f.rel
	}
	return path.Join(f.rel, name)
}

// child returns the folder of that name in f, in any case, or nil.
func (t *tree) child(f *folder, name string) *folder {
	if t.below == nil {
		t.below = map[string]*folder{}
		for _, c := range t.folders {
			dir, base := path.Split(c.rel)
			t.below[dir+strings.ToLower(base)] = c
		}
	}
	return t.below[strings.TrimPrefix(f.rel+"/"+name, "/")]
}

// best picks the file of a stem: among several formats the first of preferred.
func (f *folder) best(stem string, preferred []string) *file {
	var all []*file
	for _, one := range f.files {
		if strings.EqualFold(one.stem, stem) && !one.claimed && rank(one.ending, preferred) < len(preferred) {
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return nil
	}
	sort.SliceStable(all, func(i, j int) bool { return rank(all[i].ending, preferred) < rank(all[j].ending, preferred) })
	return all[0]
}

// rank is a format's place among the preferred ones, or their number.
func rank(ending string, preferred []string) int {
	for i, p := range preferred {
		if ending == p {
			return i
		}
	}
	return len(preferred)
}
