package imageset

import (
	"encoding/binary"
	"errors"
	"io/fs"

	"github.com/wavekin/wavekin/datasets"
)

// IDX files begin with two zero bytes, the type (8: unsigned bytes) and the number of dimensions, then the dimensions as
// big-endian 32-bit numbers (http://yann.lecun.com/exdb/mnist/).
const (
	idxImages = 0x00000803
	idxLabels = 0x00000801
)

var fashionClasses = []string{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}

func openMNIST(s *site, part string) (*piece, error) {
	return s.mnist(part, numbers(10), "", "MNIST/raw/", "raw/")
}

func openFashionMNIST(s *site, part string) (*piece, error) {
	return s.mnist(part, fashionClasses, "", "FashionMNIST/raw/", "raw/")
}

// mnist reads a pair of IDX files from the first of the folders that has one.
func (s *site) mnist(part string, classes []string, folders ...string) (*piece, error) {
	stem, ok := map[string]string{"train": "train", "test": "t10k"}[part]
	if !ok {
		return nil, noPart(s, part, []string{"train", "test"})
	}
	images, err := s.idxName(stem+"-images", "idx3-ubyte", folders)
	if err != nil {
		return nil, err
	}
	labels, err := s.idxName(stem+"-labels", "idx1-ubyte", folders)
	if err != nil {
		return nil, err
	}
	c, dims, err := s.idx(images, idxImages)
	if err != nil {
		return nil, err
	}
	r := &records{channels: 1, height: int(dims[1]), width: int(dims[2])}
	r.files = []recordFile{{c, images, s.where(images), 16, dims[1] * dims[2], int(dims[0])}}
	p := &piece{pixels: r, classes: classes, names: r.names()}
	if err := s.idxLabels(p, labels); err != nil {
		_ = r.Close() // the first error is the one to tell
		return nil, err
	}
	return p, nil
}

// idxName finds a file under the names that are in use: with a dash or a dot before the kind, compressed or not.
func (s *site) idxName(stem, kind string, folders []string) (string, error) {
	for _, f := range folders {
		for _, name := range []string{stem + "-" + kind, stem + "." + kind} {
			for _, ending := range []string{"", ".gz"} {
				if s.has(f + name + ending) {
					return f + name + ending, nil
				}
			}
		}
	}
	return "", fileError(s.where(""), "there is no %s-%s, compressed (.gz) or not: %w", stem, kind, fs.ErrNotExist)
}

// idx opens an IDX file and checks that it is as long as its header says.
func (s *site) idx(name string, magic uint32) (c content, dims []int64, err error) {
	file := s.where(name)
	if c, err = s.open(name); err == nil {
		c, err = unpacked(c, s.budget)
	}
	if err != nil {
		return nil, nil, readError(file, err)
	}
	if dims, err = idxHeader(c, file, magic, s.o.MaxPixels); err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c, dims, nil
}

// idxHeader reads the dimensions, at least one of everything, and compares them with the real size. An image may have maxPixels.
func idxHeader(c content, file string, magic uint32, maxPixels int64) ([]int64, error) {
	if c.Size() == 0 {
		return nil, fileError(file, "%w", datasets.ErrEmpty)
	}
	head := make([]byte, 4+4*(magic&0xff))
	n, err := c.ReadAt(head, 0)
	if n >= 4 && binary.BigEndian.Uint32(head) != magic {
		return nil, byteError(file, 0, "%w: it begins with %#08x, an IDX file of %s with %#08x", datasets.ErrFormat,
			binary.BigEndian.Uint32(head), map[uint32]string{idxImages: "images", idxLabels: "labels"}[magic], magic)
	}
	if n < len(head) {
		return nil, readError(file, err)
	}
	var dims []int64
	pixels := int64(1)
	for at := 4; at < len(head); at += 4 {
		d := int64(binary.BigEndian.Uint32(head[at:]))
		if d == 0 {
			return nil, byteError(file, int64(at), "the header says 0, want at least 1")
		}
		if at > 4 {
			if d > maxPixels/pixels {
				return nil, byteError(file, int64(at), "%w: images of more than %d pixels", datasets.ErrLimit, maxPixels)
			}
			pixels *= d
		}
		dims = append(dims, d)
	}
	content := c.Size() - int64(len(head))
	if content/pixels != dims[0] || content%pixels != 0 {
		return nil, byteError(file, 4, "%w: the header says %d x %d bytes, there are %d", datasets.ErrCorrupt, dims[0], pixels, content)
	}
	return dims, nil
}

func (s *site) idxLabels(p *piece, name string) error {
	c, dims, err := s.idx(name, idxLabels)
	if err != nil {
		return err
	}
	defer c.Close()
	if dims[0] != int64(len(p.names)) {
		return byteError(s.where(name), 4, "%d labels for %d images", dims[0], len(p.names))
	}
	return p.readLabels(c, s.where(name), 8, 1, len(p.names), 0)
}
