package imageset

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/raster"
)

// partNames are the names that folders of parts have, in any case; those in a line are one part. Where every folder with images has
// one of them, or one of them has folders with images, the folders are parts; else they are classes.
var partNames = [][]string{
	{"train", "training"},
	{"test", "testing"},
	{"val", "valid", "validation"},
	{"unlabeled", "unlabelled"},
}

// partOf returns the line of partNames that a folder's name is in, or -1.
func partOf(name string) int {
	return slices.IndexFunc(partNames, func(names []string) bool { return slices.Contains(names, strings.ToLower(name)) })
}

func isPart(name string) bool { return partOf(name) >= 0 }

// folderOf finds the folder of a part: by its very name, in another case, or by another name of the part.
func folderOf(parts []string, part string) (string, bool) {
	if slices.Contains(parts, part) {
		return part, true
	}
	i := slices.IndexFunc(parts, func(p string) bool { return strings.EqualFold(p, part) })
	if i < 0 && isPart(part) {
		i = slices.IndexFunc(parts, func(p string) bool { return partOf(p) == partOf(part) })
	}
	if i < 0 {
		return "", false
	}
	return parts[i], true
}

// maxDepth is how deep folders are looked into: links may lead in a circle.
const maxDepth = 16

func openImages(s *site, part string) (*piece, error) {
	if l, ok := s.tree.(*list); ok {
		if part != "train" {
			return nil, noPart(s, part, []string{"train"})
		}
		return s.files(l.names, l.labels)
	}
	root, err := s.imageRoot()
	if err != nil {
		return nil, err
	}
	parts, err := s.imageParts(root)
	if err != nil {
		return nil, err
	}
	folder, ok := folderOf(parts, part)
	switch {
	case len(parts) == 0 && part != "train":
		return nil, fileError(s.where(""), "there is no part %q: %w", part, ErrNoParts)
	case len(parts) > 0 && !ok:
		return nil, noPart(s, part, parts)
	case ok:
		root = path.Join(root, folder)
	}
	var names, others []string
	if err := s.walk(root, 0, func(name string, image bool) {
		if image {
			names = append(names, name)
		} else {
			others = append(others, name)
		}
	}); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, noImages(s.where(root), others)
	}
	slices.Sort(names)
	p, err := s.files(names, labelsOf(root, names))
	if err != nil {
		return nil, err
	}
	p.remarks, err = s.leftOut(root, p.classes, others)
	return p, err
}

// walk calls f for each file below dir.
func (s *site) walk(dir string, depth int, f func(name string, image bool)) error {
	if depth > maxDepth {
		return fileError(s.where(dir), "folders are nested more than %d deep", maxDepth)
	}
	files, dirs, err := s.list(dir)
	if err != nil {
		return err
	}
	for _, name := range files {
		f(path.Join(dir, name), isImage(name))
	}
	for _, name := range dirs {
		if err := s.walk(path.Join(dir, name), depth+1, f); err != nil {
			return err
		}
	}
	return nil
}

// imageRoot returns the folder that classes or parts are in: a lone folder around them, as in an archive, is passed through.
func (s *site) imageRoot() (string, error) {
	root := ""
	for range maxDepth {
		files, dirs, err := s.list(root)
		if err != nil {
			return "", err
		}
		if len(dirs) != 1 || isPart(dirs[0]) || slices.ContainsFunc(files, isImage) {
			break
		}
		if _, below, err := s.list(path.Join(root, dirs[0])); err != nil {
			return "", err
		} else if len(below) == 0 {
			break // the one class, or nothing
		}
		root = path.Join(root, dirs[0])
	}
	return root, nil
}

// imageParts returns the folders of root that are parts, or nothing if they are classes.
func (s *site) imageParts(root string) ([]string, error) {
	files, dirs, err := s.list(root)
	if err != nil || slices.ContainsFunc(files, isImage) || !slices.ContainsFunc(dirs, isPart) {
		return nil, err
	}
	var parts []string
	named, nested := true, false
	for _, d := range dirs {
		direct, below, err := s.holds(path.Join(root, d), 0)
		if err != nil {
			return nil, err
		}
		if direct || below {
			parts = append(parts, d)
			named = named && isPart(d)
		}
		nested = nested || isPart(d) && below
	}
	if !named && !nested {
		return nil, nil
	}
	// train comes first, the others as they are sorted.
	slices.SortStableFunc(parts, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return parts, nil
}

func rank(part string) int {
	if partOf(part) == 0 {
		return 0
	}
	return 1
}

// holds tells whether a folder has images itself, and if not, whether there are some in the folders below.
func (s *site) holds(dir string, depth int) (direct, below bool, err error) {
	files, dirs, err := s.list(dir)
	if err != nil || depth > maxDepth {
		return false, false, err
	}
	direct = slices.ContainsFunc(files, isImage)
	for _, d := range dirs {
		a, b, err := s.holds(path.Join(dir, d), depth+1)
		if err != nil || a || b {
			return direct, a || b, err
		}
	}
	return direct, false, nil
}

// labelsOf gives each image the name of the folder of root that it is in, or "".
func labelsOf(root string, names []string) []string {
	if root != "" {
		root += "/"
	}
	labels := make([]string, len(names))
	for i, name := range names {
		if dir, _, ok := strings.Cut(name[len(root):], "/"); ok {
			labels[i] = dir
		}
	}
	return labels
}

// files makes a piece of image files and their labels, sorting the classes.
func (s *site) files(names, labels []string) (*piece, error) {
	number := map[string]int32{}
	for _, l := range labels {
		number[l] = -1
	}
	delete(number, "")
	p := &piece{names: names, labels: make([]int32, len(names))}
	for l := range number {
		p.classes = append(p.classes, l)
	}
	slices.Sort(p.classes)
	for i, l := range p.classes {
		number[l] = int32(i)
	}
	for i := range names {
		n, ok := number[labels[i]]
		if !ok {
			n = -1
		}
		p.labels[i] = n
	}
	p.pixels = &imageFiles{tree: s.tree, names: names, maxPixels: s.o.MaxPixels, ground: s.ground, cache: newCache(len(names), s.budget)}
	return p, nil
}

// imageFiles are images in files of their own, decoded when they are asked for.
type imageFiles struct {
	tree      tree
	names     []string
	maxPixels int64
	ground    raster.Ground
	cache     *cache
}

func (f *imageFiles) read(i int, m *raster.Image) error {
	if f.cache.get(i, m) {
		return nil
	}
	where := f.tree.where(f.names[i])
	c, err := f.tree.open(f.names[i])
	if err != nil {
		return readError(where, err)
	}
	err = decode(m, c, where, f.maxPixels, f.ground)
	if e := c.Close(); err == nil && e != nil {
		err = readError(where, e)
	}
	if err == nil {
		f.cache.put(i, m)
	}
	return err
}

func (f *imageFiles) Close() error { return nil }
