package imageset

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// pictureEndings are those of images that are not read.
var pictureEndings = strings.Fields(".heic .heif .avif .svg .svgz .jp2 .j2k .jpx .jxl .psd .ico .dng .nef .cr2 .cr3 .arw .raw .orf .rw2 .pbm .pgm .ppm .pnm .exr .hdr .tga .eps .dcm")

// noImages says what there is instead of images.
func noImages(where string, others []string) error {
	if len(others) == 0 {
		return fileError(where, "there are no images (%s) in it", codecNames)
	}
	return fileError(where, "there are no images (%s) in it, but files such as %s: %w", codecNames, commonest(others), datasets.ErrFormat)
}

// endings counts files by the ending of their names, in lower case.
func endings(files []string) map[string]int {
	count := map[string]int{}
	for _, name := range files {
		count[strings.ToLower(path.Ext(name))]++
	}
	return count
}

// byNumber lists endings, the commonest first.
func byNumber(count map[string]int) []string {
	return slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
}

// commonest is the ending that most of the files have, or the first file's name where that is none.
func commonest(files []string) string {
	if e := byNumber(endings(files))[0]; e != "" {
		return e
	}
	return path.Base(files[0])
}

// leftOut says which files look like images and are not read, and which folders of root have none that is.
func (s *site) leftOut(root string, classes, others []string) ([]string, error) {
	var remarks []string
	count := endings(others)
	maps.DeleteFunc(count, func(e string, _ int) bool { return !slices.Contains(pictureEndings, e) })
	if len(count) > 0 {
		n := 0
		var kinds []string
		for _, e := range byNumber(count) {
			n += count[e]
			kinds = append(kinds, fmt.Sprintf("%s (%d)", e, count[e]))
		}
		files := "files are"
		if n == 1 {
			files = "file is"
		}
		remarks = append(remarks, fmt.Sprintf("%d %s not read: %s; images are read from %s", n, files, strings.Join(kinds, ", "), codecNames))
	}
	_, dirs, err := s.list(root)
	if err != nil || len(classes) == 0 {
		return remarks, err
	}
	for _, d := range dirs {
		if slices.Contains(classes, d) {
			continue
		}
		within := slices.DeleteFunc(slices.Clone(others), func(name string) bool { return !strings.HasPrefix(name, path.Join(root, d)+"/") })
		what := "the folder holds no file"
		if len(within) > 0 {
			what = "the folder holds files such as " + commonest(within)
		}
		remarks = append(remarks, fmt.Sprintf("class %s has no image that is read: %s", d, what))
	}
	return remarks, nil
}
