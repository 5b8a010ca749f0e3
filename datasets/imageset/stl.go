package imageset

import (
	"slices"

	"github.com/wavekin/wavekin/datasets"
)

// stlSide is the height and width of an STL-10 image. The files hold all red, then all green and blue values of an image, each
// column by column (https://cs.stanford.edu/~acoates/stl10/); labels are 1 to 10, in files of their own.
const stlSide = 96

// stlClasses are the names in class_names.txt, for a folder that lacks it.
var stlClasses = []string{"airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"}

func openSTL10(s *site, part string) (*piece, error) {
	if part == "unlabelled" {
		part = "unlabeled"
	}
	if parts := []string{"train", "test", "unlabeled"}; !slices.Contains(parts, part) {
		return nil, noPart(s, part, parts)
	}
	dir, err := s.below(part+"_X.bin", "", "stl10_binary/")
	if err != nil {
		return nil, err
	}
	r := &records{channels: 3, height: stlSide, width: stlSide, columns: true}
	p := &piece{pixels: r}
	if p.classes, err = s.classNames(dir+"class_names.txt", stlClasses); err == nil {
		err = s.stl(p, r, dir, part)
	}
	if err != nil {
		_ = r.Close() // the first error is the one to tell
		return nil, err
	}
	return p, nil
}

func (s *site) stl(p *piece, r *records, dir, part string) error {
	file := s.where(dir + part + "_X.bin")
	c, err := s.open(dir + part + "_X.bin")
	if err != nil {
		return readError(file, err)
	}
	stride := int64(r.pixelBytes())
	n := c.Size() / stride
	r.files = []recordFile{{c, part + "_X.bin", file, 0, stride, int(n)}}
	if c.Size() == 0 {
		return fileError(file, "%w", datasets.ErrEmpty)
	}
	if c.Size()%stride != 0 {
		return byteError(file, n*stride, "%w: it has %d bytes, which is no multiple of %d, the bytes of an image", datasets.ErrTruncated,
			c.Size(), stride)
	}
	p.names = r.names()
	if part == "unlabeled" {
		p.labels, p.classes = none(int(n)), nil
		return nil
	}
	return s.labelFile(p, dir+part+"_y.bin", 0, 1)
}

// labelFile reads the labels of all images from a file of their own, after skip bytes; they count from first.
func (s *site) labelFile(p *piece, name string, skip int64, first int) error {
	c, err := s.open(name)
	if err != nil {
		return readError(s.where(name), err)
	}
	defer c.Close()
	if have := c.Size() - skip; have != int64(len(p.names)) {
		return fileError(s.where(name), "%d labels for %d images", have, len(p.names))
	}
	return p.readLabels(c, s.where(name), skip, 1, len(p.names), first)
}

// none returns n labels of images that have none.
func none(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = -1
	}
	return out
}
