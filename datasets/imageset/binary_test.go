package imageset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
)

// cifarFile makes n records with those label bytes before each.
func cifarFile(seed, n int, labels func(i int) []byte) []byte {
	var out []byte
	for i := range n {
		out = append(append(out, labels(i)...), noise(seed+i, 3072)...)
	}
	return out
}

func cifar10Files() map[string][]byte {
	files := map[string][]byte{}
	for k := 1; k <= 5; k++ {
		files[fmt.Sprintf("data_batch_%d.bin", k)] = cifarFile(100*k, 3, func(i int) []byte { return []byte{byte(k + i)} })
	}
	files["test_batch.bin"] = cifarFile(900, 2, func(i int) []byte { return []byte{byte(9 * i)} })
	files["batches.meta.txt"] = []byte("airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n")
	return files
}

// below moves files into a folder.
func below(dir string, files map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for name, content := range files {
		out[dir+"/"+name] = content
	}
	return out
}

func TestCIFAR10(t *testing.T) {
	files := cifar10Files()
	flat := write(t, files)
	nested := write(t, below("cifar-10-batches-bin", files))
	packed := write(t, map[string][]byte{"c.tar.gz": zipped(t, tarred(t, below("cifar-10-batches-bin", files)))})
	for _, dir := range []string{flat, nested, packed + "/c.tar.gz"} {
		for _, cache := range []int64{0, -1} {
			s := mustOpen(t, "cifar10:"+dir, Options{Cache: cache})
			if s.Len() != 15 || s.String() != "cifar10:"+dir+"#train" {
				t.Fatalf("%s has %d images, want 15", s, s.Len())
			}
			// Image 7 is the second of the third file.
			m := mustRead(t, s, 7)
			if m.Channels != 3 || m.Height != 32 || m.Width != 32 || !bytes.Equal(m.Pix, noise(301, 3072)) {
				t.Fatal("image 7 is not what was written")
			}
			if s.Label(7) != "deer" || s.Class(7) != 4 || m.Name != "data_batch_3.bin:1" || s.Name(7) != m.Name {
				t.Fatalf("image 7 is %s, %q", s.Label(7), m.Name)
			}
		}
	}
	test := mustOpen(t, "cifar10:"+flat+"#test", Options{Part: "train"})
	if test.Len() != 2 || test.Label(0) != "airplane" || test.Label(1) != "truck" || len(test.Classes()) != 10 {
		t.Fatalf("the test part has %d images, %s and %s", test.Len(), test.Label(0), test.Label(1))
	}
	if err := test.NeedClasses(); err != nil {
		t.Error(err)
	}
	// A file that was cut off behind an image looks like a whole one.
	if got := test.Remarks(); len(got) != 1 || got[0] != "test_batch.bin has 2 images, as published 10000; is it whole?" {
		t.Errorf("%q", got)
	}
	both := mustOpen(t, "cifar10:"+flat+"#test+train", Options{})
	if both.Len() != 17 || both.Label(9) != "deer" || !bytes.Equal(mustRead(t, both, 9).Pix, noise(301, 3072)) {
		t.Error("parts joined do not follow each other")
	}
}

func TestCIFARRefuses(t *testing.T) {
	change := func(name string, content []byte) string {
		files := cifar10Files()
		if files[name] = content; content == nil {
			delete(files, name)
		}
		return "cifar10:" + write(t, files)
	}
	whole := cifarFile(1, 3, func(int) []byte { return []byte{1} })
	refused(t, change("data_batch_4.bin", whole[:5000]), Options{}, "data_batch_4.bin: byte 3073: the file ends too early", "5000 bytes", "3073")
	refused(t, change("data_batch_4.bin", []byte{}), Options{}, "data_batch_4.bin: the file is empty")
	refused(t, change("data_batch_4.bin", nil), Options{}, "data_batch_4.bin", "no such file")
	refused(t, change("data_batch_1.bin", nil), Options{}, "there is no data_batch_1.bin")
	refused(t, change("batches.meta.txt", []byte("cat\ndog\n")), Options{}, "batches.meta.txt", "2 different names", "want 10")
	bad := append(whole[:3073:3073], whole[3073:]...)
	bad[3073] = 10
	refused(t, change("data_batch_2.bin", bad), Options{}, "data_batch_2.bin: byte 3073: label 10 of image 1 is not in 0 to 9")
	refused(t, change("x", []byte{}), Options{Part: "val"}, `no part "val"; parts: train, test`)
	refused(t, "cifar10:"+write(t, map[string][]byte{"cifar-10-batches-py/data_batch_1": {1}}), Options{}, "Python version", "binary")
	if s := mustOpen(t, change("batches.meta.txt", nil), Options{}); s.Label(0) != "automobile" {
		t.Errorf("without names, class 1 is %q", s.Label(0))
	}
}

func TestCIFAR100(t *testing.T) {
	var fine, coarse []string
	for i := range 100 {
		fine = append(fine, fmt.Sprintf("fine%02d", i))
	}
	for i := range 20 {
		coarse = append(coarse, fmt.Sprintf("coarse%02d", i))
	}
	files := map[string][]byte{
		"train.bin":              cifarFile(5, 4, func(i int) []byte { return []byte{byte(i), byte(99 - i)} }),
		"test.bin":               cifarFile(50, 1, func(i int) []byte { return []byte{20, 0} }),
		"fine_label_names.txt":   []byte(strings.Join(fine, "\n")),
		"coarse_label_names.txt": []byte(strings.Join(coarse, "\n")),
	}
	dir := write(t, below("cifar-100-binary", files))
	s := mustOpen(t, "cifar100:"+dir, Options{})
	if s.Len() != 4 || s.Label(3) != "fine96" || !bytes.Equal(mustRead(t, s, 3).Pix, noise(8, 3072)) {
		t.Errorf("%d images, the last is %s", s.Len(), s.Label(3))
	}
	if s := mustOpen(t, "cifar100:"+dir, Options{Coarse: true}); s.Label(3) != "coarse03" || len(s.Classes()) != 20 {
		t.Errorf("superclass %s of %d", s.Label(3), len(s.Classes()))
	}
	refused(t, "cifar100:"+dir+"#test", Options{Coarse: true}, "test.bin: byte 0: label 20 of image 0 is not in 0 to 19")
}

func TestSTL10(t *testing.T) {
	// The first image has a red point at column 3 of row 1: files go column by column.
	first := make([]byte, 27648)
	first[3*96+1] = 200
	files := map[string][]byte{
		"train_X.bin":     append(first, noise(4, 27648)...),
		"train_y.bin":     {10, 1},
		"unlabeled_X.bin": noise(5, 27648),
		"class_names.txt": []byte("airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n"),
	}
	dir := write(t, below("stl10_binary", files))
	s := mustOpen(t, "stl10:"+dir, Options{})
	m := mustRead(t, s, 0)
	if m.Height != 96 || m.Width != 96 || m.Pix[1*96+3] != 200 || m.Pix[3*96+1] != 0 {
		t.Error("rows and columns are not where they belong")
	}
	if s.Len() != 2 || s.Label(0) != "truck" || s.Label(1) != "airplane" {
		t.Errorf("%d images, %s and %s", s.Len(), s.Label(0), s.Label(1))
	}
	all := mustOpen(t, "stl10:"+dir+"#train+unlabeled", Options{})
	if all.Len() != 3 || all.Label(0) != "truck" || all.Label(2) != "" || all.Class(2) >= 0 {
		t.Errorf("with the unlabelled part: %d images, the last is %q", all.Len(), all.Label(2))
	}
	says(t, all.NeedClasses(), "image unlabeled_X.bin:0 has no label")
	refused(t, "stl10:"+dir+"#test", Options{}, "there is no test_X.bin")
	refused(t, "stl10:"+dir+"#val", Options{}, "parts: train, test, unlabeled")

	change := func(name string, content []byte) string {
		bad := map[string][]byte{}
		for k, v := range files {
			bad[k] = v
		}
		if bad[name] = content; content == nil {
			delete(bad, name)
		}
		return "stl10:" + write(t, bad)
	}
	refused(t, change("train_X.bin", noise(1, 27649)), Options{}, "train_X.bin: byte 27648: the file ends too early", "27648")
	refused(t, change("train_X.bin", []byte{}), Options{}, "train_X.bin: the file is empty")
	refused(t, change("train_y.bin", []byte{1}), Options{}, "train_y.bin: 1 labels for 2 images")
	refused(t, change("train_y.bin", []byte{1, 0}), Options{}, "train_y.bin: byte 1: label 0 of image 1 is not in 1 to 10")
	refused(t, change("train_y.bin", nil), Options{}, "train_y.bin: no such file")
}

func mnistFiles(ending string, pack func([]byte) []byte) map[string][]byte {
	dash := "-idx"
	if strings.HasPrefix(ending, ".idx") {
		dash, ending = ".idx", strings.TrimPrefix(ending, ".idx")
	}
	return map[string][]byte{
		"train-images" + dash + "3-ubyte" + ending: pack(idxFile([]uint32{3, 2, 4}, noise(7, 24))),
		"train-labels" + dash + "1-ubyte" + ending: pack(idxFile([]uint32{3}, []byte{9, 0, 4})),
		"t10k-images" + dash + "3-ubyte" + ending:  pack(idxFile([]uint32{1, 2, 4}, noise(8, 8))),
		"t10k-labels" + dash + "1-ubyte" + ending:  pack(idxFile([]uint32{1}, []byte{2})),
	}
}

func TestMNIST(t *testing.T) {
	same := func(b []byte) []byte { return b }
	gz := func(b []byte) []byte { return zipped(t, b) }
	for name, files := range map[string]map[string][]byte{
		"plain": mnistFiles("", same), "gz": mnistFiles(".gz", gz), "dots": mnistFiles(".idx", same), "dots gz": mnistFiles(".idx.gz", gz),
		"folder": below("MNIST/raw", mnistFiles("", same)),
	} {
		for _, cache := range []int64{0, -1, 30} {
			s := mustOpen(t, "mnist:"+write(t, files), Options{Cache: cache})
			m := mustRead(t, s, 1)
			if s.Len() != 3 || m.Channels != 1 || m.Height != 2 || m.Width != 4 || !bytes.Equal(m.Pix, noise(7, 24)[8:16]) {
				t.Errorf("%s, cache %d: image 1 of %d is %d x %d: %v", name, cache, s.Len(), m.Height, m.Width, m.Pix)
			}
			if s.Label(0) != "9" || s.Label(2) != "4" {
				t.Errorf("%s: labels %s, %s", name, s.Label(0), s.Label(2))
			}
		}
	}
	s := mustOpen(t, "fashion-mnist:"+write(t, mnistFiles(".gz", gz))+"#test", Options{})
	if s.Len() != 1 || s.Label(0) != "Pullover" || len(s.Classes()) != 10 {
		t.Errorf("%d images, %s", s.Len(), s.Label(0))
	}
	says(t, s.NeedClasses(), "every image is of class Pullover", "at least two")
}

func TestIDXRefuses(t *testing.T) {
	for _, gz := range []bool{false, true} {
		change := func(images, labels []byte) string {
			files := map[string][]byte{"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels}
			for name, content := range files {
				if content == nil {
					delete(files, name)
				} else if gz {
					delete(files, name)
					files[name+".gz"] = zipped(t, content)
				}
			}
			return "mnist:" + write(t, files)
		}
		good, labels := idxFile([]uint32{3, 2, 4}, noise(7, 24)), idxFile([]uint32{3}, []byte{9, 0, 4})
		refused(t, change(idxFile([]uint32{4, 2, 4}, noise(7, 24)), labels), Options{}, "train-images", "byte 4", "the header says 4 x 8 bytes, there are 24")
		refused(t, change(idxFile([]uint32{1 << 31, 28, 28}, noise(7, 24)), labels), Options{}, "byte 4", "2147483648 x 784 bytes, there are 24")
		refused(t, change(idxFile([]uint32{1 << 31, 1 << 31, 1 << 31}, nil), labels), Options{}, "byte 8", "more than 67108864 pixels")
		refused(t, change(idxFile([]uint32{3, 2, 0}, nil), labels), Options{}, "byte 12: the header says 0")
		refused(t, change(idxFile([]uint32{2, 2, 4}, noise(7, 24)), labels), Options{}, "the header says 2 x 8 bytes, there are 24")
		refused(t, change(good[:10], labels), Options{}, "train-images", "the file ends too early")
		refused(t, change([]byte{}, labels), Options{}, "train-images", "the file is empty")
		refused(t, change([]byte("a text, not an image"), labels), Options{}, "byte 0: not a format", "begins with 0x61207465", "0x00000803")
		refused(t, change(good, good), Options{}, "train-labels", "byte 0", "labels with 0x00000801")
		refused(t, change(good, idxFile([]uint32{2}, []byte{9, 0})), Options{}, "train-labels", "2 labels for 3 images")
		refused(t, change(good, idxFile([]uint32{3}, []byte{9, 0})), Options{}, "train-labels", "says 3 x 1 bytes, there are 2")
		refused(t, change(good, idxFile([]uint32{3}, []byte{9, 0, 10})), Options{}, "byte 10: label 10 of image 2 is not in 0 to 9")
		refused(t, change(good, nil), Options{}, "there is no train-labels-idx1-ubyte")
	}
	cut := zipped(t, idxFile([]uint32{30, 28, 28}, noise(7, 30*28*28)))
	dir := write(t, map[string][]byte{"train-images-idx3-ubyte.gz": cut[:len(cut)-9], "train-labels-idx1-ubyte": {0}})
	refused(t, "mnist:"+dir, Options{}, "train-images-idx3-ubyte.gz: the file ends too early")
	_, err := Open("mnist:"+dir+"#test", Options{})
	var known *datasets.Error
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &known) {
		t.Errorf("a part that is missing: %v", err)
	}
}

// Reading a record, which happens for every sample of a training step, allocates nothing.
func TestRecordsAllocateNothing(t *testing.T) {
	s := mustOpen(t, "cifar10:"+write(t, cifar10Files()), Options{})
	var m raster.Image
	if err := s.Read(0, &m); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(20, func() { _ = s.Read(5, &m) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestClassesAreACopy(t *testing.T) {
	s := mustOpen(t, "cifar10:"+write(t, cifar10Files()), Options{})
	s.Classes()[0] = "changed"
	if !slices.Equal(s.Classes(), cifar10Classes) {
		t.Error("the classes of a set can be changed from outside")
	}
}
