package imageset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/wavekin/wavekin/datasets"
)

// Sizes of the binary versions, from https://www.cs.toronto.edu/~kriz/cifar.html: one label byte (CIFAR-100: two, the coarse one
// first), then 1024 red, 1024 green and 1024 blue ones, row by row.
const (
	cifarSide  = 32
	cifarBytes = 3 * cifarSide * cifarSide
)

// cifar10Classes are the names in batches.meta.txt, for a folder that lacks it.
var cifar10Classes = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

func openCIFAR10(s *site, part string) (*piece, error) {
	parts := map[string][]string{
		"train": {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
		"test":  {"test_batch.bin"},
	}
	files, ok := parts[part]
	if !ok {
		return nil, noPart(s, part, []string{"train", "test"})
	}
	dir, err := s.below(files[0], "", "cifar-10-batches-bin/")
	if err != nil {
		if c, _ := s.below("data_batch_1", "", "cifar-10-batches-py/"); c != "" || s.has("data_batch_1") {
			return nil, fileError(s.where(""), "it holds the Python version; the binary version is read (cifar-10-binary.tar.gz)")
		}
		return nil, err
	}
	classes, err := s.classNames(dir+"batches.meta.txt", cifar10Classes)
	if err != nil {
		return nil, err
	}
	return s.cifar(dir, files, 1, 0, classes)
}

func openCIFAR100(s *site, part string) (*piece, error) {
	if part != "train" && part != "test" {
		return nil, noPart(s, part, []string{"train", "test"})
	}
	dir, err := s.below(part+".bin", "", "cifar-100-binary/")
	if err != nil {
		return nil, err
	}
	names, labelAt, count := "fine_label_names.txt", 1, 100
	if s.o.Coarse {
		names, labelAt, count = "coarse_label_names.txt", 0, 20
	}
	classes, err := s.classNames(dir+names, numbers(count))
	if err != nil {
		return nil, err
	}
	return s.cifar(dir, []string{part + ".bin"}, 2, labelAt, classes)
}

// cifar reads files of records that begin with that many label bytes, of which one counts.
func (s *site) cifar(dir string, files []string, labelBytes, labelAt int, classes []string) (*piece, error) {
	r := &records{channels: 3, height: cifarSide, width: cifarSide}
	p := &piece{pixels: r, classes: classes}
	for _, name := range files {
		if err := s.cifarFile(p, r, dir, name, int64(labelBytes), int64(labelAt)); err != nil {
			_ = r.Close() // the first error is the one to tell
			return nil, err
		}
	}
	p.names = r.names()
	return p, nil
}

// cifarFile adds the images and labels of one file.
func (s *site) cifarFile(p *piece, r *records, dir, name string, labelBytes, labelAt int64) error {
	file, stride := s.where(dir+name), labelBytes+cifarBytes
	c, err := s.open(dir + name)
	if err != nil {
		return readError(file, err)
	}
	n := c.Size() / stride
	r.files = append(r.files, recordFile{c, name, file, labelBytes, stride, int(n)})
	if c.Size() == 0 {
		return fileError(file, "%w", datasets.ErrEmpty)
	}
	if c.Size()%stride != 0 {
		return byteError(file, n*stride, "%w: it has %d bytes, which is no multiple of %d, the bytes of an image and its label",
			datasets.ErrTruncated, c.Size(), stride)
	}
	if want := cifarImages(name); int(n) != want {
		p.remarks = append(p.remarks, fmt.Sprintf("%s has %d images, as published %d; is it whole?", name, n, want))
	}
	return p.readLabels(c, file, labelAt, stride, int(n), 0)
}

// cifarImages is how many images a file has as it was published; one that was cut off after an image looks like a whole one.
func cifarImages(name string) int {
	if name == "train.bin" {
		return 50000
	}
	return 10000
}

// readLabels adds the labels of n records, which count from the number first.
func (p *piece) readLabels(c content, file string, at, stride int64, n, first int) error {
	labels, err := bytesAt(c, at, stride, n)
	if err != nil {
		return readError(file, err)
	}
	for i, l := range labels {
		class := int(l) - first
		if class < 0 || class >= len(p.classes) {
			return byteError(file, at+int64(i)*stride, "label %d of image %d is not in %d to %d", l, i, first, first+len(p.classes)-1)
		}
		p.labels = append(p.labels, int32(class))
	}
	return nil
}

// has tells whether there is a file.
func (s *site) has(name string) bool {
	c, err := s.open(name)
	if err != nil {
		return false
	}
	_ = c.Close() // only a look
	return true
}

// below returns the first of the folders that has the file; a folder ends with a slash, or is "".
func (s *site) below(name string, folders ...string) (string, error) {
	for _, f := range folders {
		if s.has(f + name) {
			return f, nil
		}
	}
	return "", fileError(s.where(""), "there is no %s: %w", name, fs.ErrNotExist)
}

// maxNames bounds a file of class names.
const maxNames = 64 << 10

// classNames reads a file with the name of a class in each line, as many as there are names in otherwise, which are taken where
// there is no such file.
func (s *site) classNames(file string, otherwise []string) ([]string, error) {
	c, err := s.open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return otherwise, nil
	}
	if err != nil {
		return nil, readError(s.where(file), err)
	}
	defer c.Close()
	var names []string
	lines := bufio.NewScanner(io.NewSectionReader(c, 0, min(c.Size(), maxNames)))
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, readError(s.where(file), err)
	}
	if len(names) != len(otherwise) {
		return nil, fileError(s.where(file), "%d different names of classes, want %d, one a line", len(names), len(otherwise))
	}
	return names, nil
}

// numbers returns "0" to "n-1".
func numbers(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strconv.Itoa(i)
	}
	return out
}
