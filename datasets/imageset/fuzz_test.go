package imageset

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// shelf is a tree in memory.
type shelf map[string][]byte

func (shelf) Close() error { return nil }

func (shelf) where(name string) string { return "shelf/" + name }

func (shelf) list(string) (files, dirs []string, err error) { return nil, nil, nil }

func (s shelf) open(name string) (content, error) {
	c, ok := s[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return section{io.NewSectionReader(bytes.NewReader(c), 0, int64(len(c)))}, nil
}

// readAll opens a part of a tree. What opens has a label or none and pixels for every image; what does not, gives an error of one
// line.
func readAll(t *testing.T, tr tree, part string, open func(*site, string) (*piece, error)) {
	b := newBudget(1 << 20)
	p, err := open(&site{tree: tr, spec: "x", o: &Options{MaxPixels: 1 << 16}, budget: b}, part)
	if err != nil {
		oneLine(t, err)
		return
	}
	s := newSet("x", p, tr)
	var m raster.Image
	for i := range s.Len() {
		if c := s.Class(i); c >= len(p.classes) {
			t.Fatalf("image %d is of class %d of %d", i, c, len(p.classes))
		}
		var one *ImageError
		err := s.Read(i, &m)
		if err != nil && !errors.As(err, &one) {
			t.Fatalf("image %d cannot be read from memory: %v", i, err)
		}
		if err != nil {
			oneLine(t, err)
			continue
		}
		if len(m.Pix) != m.Channels*m.Height*m.Width || len(m.Pix) == 0 {
			t.Fatalf("image %d: %d bytes for %d x %d x %d", i, len(m.Pix), m.Channels, m.Height, m.Width)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func oneLine(t *testing.T, err error) {
	if err.Error() == "" || strings.Contains(err.Error(), "\n") {
		t.Fatalf("not one line: %q", err)
	}
}

func FuzzCIFAR(f *testing.F) {
	good := cifarFile(1, 2, func(i int) []byte { return []byte{byte(i)} })
	f.Add(good, []byte(strings.Join(cifar10Classes, "\n")))
	f.Add(good[:3073], []byte("a\nb"))
	f.Add(cifarFile(1, 2, func(i int) []byte { return []byte{byte(i), byte(99 * i)} }), []byte(strings.Join(numbers(100), "\n")))
	f.Fuzz(func(t *testing.T, batch, names []byte) {
		readAll(t, shelf{"data_batch_1.bin": batch, "test_batch.bin": batch, "batches.meta.txt": names}, "test", openCIFAR10)
		readAll(t, shelf{"train.bin": batch, "fine_label_names.txt": names}, "train", openCIFAR100)
	})
}

// Only the length of the images matters, which a fuzzer would take long to find.
func FuzzSTL(f *testing.F) {
	f.Add(uint16(27648), []byte{1}, []byte(strings.Join(stlClasses, "\n")))
	f.Add(uint16(2*27648), []byte{1, 10}, []byte{})
	f.Add(uint16(27649), []byte{0}, []byte("a"))
	f.Fuzz(func(t *testing.T, length uint16, labels, names []byte) {
		images := make([]byte, length)
		s := shelf{"train_X.bin": images, "train_y.bin": labels, "class_names.txt": names, "unlabeled_X.bin": images}
		readAll(t, s, "train", openSTL10)
		readAll(t, s, "unlabeled", openSTL10)
	})
}

func FuzzIDX(f *testing.F) {
	images, labels := idxFile([]uint32{3, 2, 4}, noise(7, 24)), idxFile([]uint32{3}, []byte{9, 0, 4})
	f.Add(images, labels)
	f.Add(zipped(f, images), zipped(f, labels))
	f.Add(zstandard(f, images), labels)
	f.Add(idxFile([]uint32{1 << 31, 1 << 31, 1 << 31}, noise(7, 24)), idxFile([]uint32{1 << 31}, nil))
	f.Add(zipped(f, zipped(f, images)), labels)
	f.Fuzz(func(t *testing.T, images, labels []byte) {
		readAll(t, shelf{"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels}, "train", openMNIST)
	})
}

func FuzzArchive(f *testing.F) {
	p, j := picture(f, 2, 2, red), photo(f, 8, 8, blue)
	f.Add(tarred(f, map[string][]byte{"train/a/1.png": p, "train/b/2.jpg": j, "val/a/1.png": p}))
	f.Add(tarred(f, map[string][]byte{"x/a/1.png": p[:20], "x/b/2.jpg": j[:40], strings.Repeat("long/", 40) + "1.png": p}))
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add(f, w, &tar.Header{Name: "a/1.png", Size: int64(len(p)), PAXRecords: map[string]string{"comment": "x"}}, p)
	add(f, w, &tar.Header{Name: "a/2.png", Typeflag: tar.TypeSymlink, Linkname: "1.png"}, nil)
	add(f, w, &tar.Header{Name: "../3.png", Typeflag: tar.TypeLink, Linkname: "a/1.png"}, nil)
	_ = w.Close() // a buffer takes all
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		r := io.NewSectionReader(bytes.NewReader(content), 0, int64(len(content)))
		members, err := index("x.tar", r)
		if err != nil {
			oneLine(t, err)
			return
		}
		if !slices.IsSortedFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) }) {
			t.Fatal("the index is not sorted")
		}
		for _, m := range members {
			if m.offset < 0 || m.size < 0 || m.offset > r.Size()-m.size {
				t.Fatalf("%s lies at %d, %d bytes of %d", m.name, m.offset, m.size, r.Size())
			}
		}
		readAll(t, &archive{path: "x.tar", all: section{r}, members: members}, "train", openImages)
	})
}

// What is glanced from a file's head is what its decoder finds.
func FuzzGlance(f *testing.F) {
	f.Add(picture(f, 3, 2, red))
	f.Add(photo(f, 3, 2, red))
	f.Add(declared(30000, 30000))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, c := range codecs {
			if !bytes.HasPrefix(content, c.magic) {
				continue
			}
			width, height, ok := c.glance(content)
			config, err := c.size(bytes.NewReader(content))
			if ok && err == nil && (width != config.Width || height != config.Height) {
				t.Fatalf("%s: %d x %d, its decoder says %d x %d", c.name, width, height, config.Width, config.Height)
			}
		}
	})
}
