package imageset

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
)

var (
	red  = color.RGBA{R: 200, A: 255}
	blue = color.RGBA{B: 200, A: 255}
	grey = color.RGBA{100, 100, 100, 255}
)

// pets are two classes in two parts, and what else lies about in such folders.
func pets(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"README.md":              []byte("pets"),
		"train/dog/b.png":        picture(t, 3, 2, blue),
		"train/dog/a.JPEG":       photo(t, 16, 16, red),
		"train/cat/deep/x.jpg":   photo(t, 8, 24, grey),
		"train/cat/notes.txt":    []byte("of no interest"),
		"train/cat/._x.jpg":      []byte("resource fork"),
		"__MACOSX/train/cat.jpg": []byte("resource fork"),
		".git/x.png":             []byte("hidden"),
		"val/cat/1.png":          picture(t, 1, 1, red),
	}
}

// checkPets reads the training part of pets.
func checkPets(t *testing.T, s *Set, prefix string) {
	t.Helper()
	if !slices.Equal(s.Classes(), []string{"cat", "dog"}) || s.Len() != 3 {
		t.Fatalf("%s: %d images of %v", s, s.Len(), s.Classes())
	}
	for range 2 { // the second time perhaps from memory
		for i, want := range []struct {
			name, label   string
			height, width int
			pixel         [3]int
		}{
			{"train/cat/deep/x.jpg", "cat", 24, 8, [3]int{100, 100, 100}},
			{"train/dog/a.JPEG", "dog", 16, 16, [3]int{200, 0, 0}},
			{"train/dog/b.png", "dog", 2, 3, [3]int{0, 0, 200}},
		} {
			m := mustRead(t, s, i)
			if m.Name != prefix+want.name || s.Label(i) != want.label || m.Height != want.height || m.Width != want.width || m.Channels != 3 {
				t.Errorf("%s: image %d is %s, %s, %d x %d", s, i, m.Name, s.Label(i), m.Height, m.Width)
			}
			for c, v := range want.pixel {
				if got := int(m.Plane(c)[m.Width]); got < v-2 || got > v+2 { // JPEG is lossy
					t.Errorf("%s: image %d, channel %d is %d, want %d", s, i, c, got, v)
				}
			}
		}
	}
}

func TestImagesEverywhere(t *testing.T) {
	files := pets(t)
	wrapped := below("pets-main", files)
	dir := write(t, map[string][]byte{
		"a.tar": tarred(t, files), "b.tar.gz": zipped(t, tarred(t, wrapped)), "c.tar.zst": zstandard(t, tarred(t, files)),
	})
	folder, inside := write(t, files), write(t, wrapped)
	for _, cache := range []int64{0, -1, 3000, 1 << 20} {
		o := Options{Cache: cache}
		checkPets(t, mustOpen(t, "images:"+folder, o), "")
		checkPets(t, mustOpen(t, "images:"+inside, o), "pets-main/")
		checkPets(t, mustOpen(t, "images:"+dir+"/a.tar", o), "")
		checkPets(t, mustOpen(t, "images:"+dir+"/b.tar.gz", o), "pets-main/")
		checkPets(t, mustOpen(t, "images:"+dir+"/c.tar.zst#train", o), "")
	}
	val := mustOpen(t, "images:"+dir+"/a.tar#val", Options{})
	if m := mustRead(t, val, 0); val.Len() != 1 || m.Height != 1 || m.Width != 1 || !bytes.Equal(m.Pix, []byte{200, 0, 0}) {
		t.Errorf("a 1 x 1 image: %d x %d, %v", m.Height, m.Width, m.Pix)
	}
	says(t, val.NeedClasses(), "every image is of class cat")
	for _, where := range []string{folder, inside, dir + "/b.tar.gz"} {
		refused(t, "images:"+where+"#test", Options{}, where, `no part "test"; parts: train, val`)
	}
}

// Folders are parts or classes, as they are named and filled.
func TestImageLayouts(t *testing.T) {
	p := picture(t, 2, 2, red)
	for name, c := range map[string]struct {
		files   []string
		part    string
		classes []string
		images  int
	}{
		"classes":              {[]string{"a/1.png", "b/1.png", "b/2.png"}, "train", []string{"a", "b"}, 3},
		"flat":                 {[]string{"1.png", "2.png"}, "train", nil, 2},
		"one class":            {[]string{"a/1.png", "a/2.png"}, "train", []string{"a"}, 2},
		"class named train":    {[]string{"car/1.png", "ship/1.png", "train/1.png"}, "train", []string{"car", "ship", "train"}, 3},
		"parts without class":  {[]string{"train/1.png", "test/2.png"}, "test", nil, 1},
		"another part":         {[]string{"train/a/1.png", "extra/a/2.png", "extra/b/2.png"}, "extra", []string{"a", "b"}, 2},
		"only train":           {[]string{"train/a/1.png", "train/b/1.png"}, "train", []string{"a", "b"}, 2},
		"deep wrapping":        {[]string{"x/y/a/1.png", "x/y/b/1.png"}, "train", []string{"a", "b"}, 2},
		"nested classes":       {[]string{"a/x/1.png", "a/y/1.png", "b/z/1.png"}, "train", []string{"a", "b"}, 3},
		"parts in any case":    {[]string{"Train/a/1.png", "TEST/a/2.png"}, "test", []string{"a"}, 1},
		"parts by other words": {[]string{"training/a/1.png", "Validation/a/2.png", "Validation/b/2.png"}, "val", []string{"a", "b"}, 2},
		"joined":               {[]string{"train/a/1.png", "val/b/1.png"}, "val+train", []string{"b", "a"}, 2},
	} {
		files := map[string][]byte{}
		for _, f := range c.files {
			files[f] = p
		}
		dir := write(t, files)
		if err := os.WriteFile(filepath.Join(dir, "all.tar"), tarred(t, files), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, where := range []string{dir, filepath.Join(dir, "all.tar")} {
			s := mustOpen(t, "images:"+where+"#"+c.part, Options{})
			if !slices.Equal(s.Classes(), c.classes) || s.Len() != c.images {
				t.Errorf("%s in %s: %d images of %q", name, where, s.Len(), s.Classes())
			}
		}
	}
}

func TestImagesRefuse(t *testing.T) {
	p := picture(t, 2, 2, red)
	open := func(files map[string][]byte) string { return "images:" + write(t, files) }
	refused(t, open(nil), Options{}, "no images (JPEG, PNG, WebP, GIF, BMP, TIFF)")
	refused(t, open(map[string][]byte{"a/x.heic": p, "a/y.HEIC": p, "b/z.txt": p}), Options{}, "no images", "files such as .heic")
	refused(t, open(map[string][]byte{"a/1.png": p})+"#test", Options{}, `no part "test"`, "no folders train, test or val")
	refused(t, "images:"+t.TempDir()+"/missing", Options{}, "missing: no such file")
	file := func(content []byte) string { return open(map[string][]byte{"f": content}) + "/f" }
	refused(t, file(noise(1, 5000)), Options{}, "not a format", "a tar archive", "a text file")
	refused(t, file(zipped(t, noise(1, 5000))), Options{}, "not a format", "a tar archive")
	refused(t, file([]byte{}), Options{}, "the file is empty")
	refused(t, file(make([]byte, 1024)), Options{}, "the archive has no files")
	refused(t, strings.Replace(file(p), "images:", "mnist:", 1), Options{}, "neither a folder nor an archive")
	refused(t, "images:", Options{}, "names no folder", "images:DIR")
	refused(t, "pictures:x", Options{}, "is no image set", "cifar10:DIR", "images:DIR")
}

// A bad image is named and does not take the others with it.
func TestBadImages(t *testing.T) {
	good, png := photo(t, 64, 64, red), picture(t, 64, 64, red)
	var palette bytes.Buffer
	if err := jpeg.Encode(&palette, image.NewGray(image.Rect(0, 0, 9, 9)), nil); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"a/0.jpg": good,
		"a/1.jpg": good[:len(good)/2],
		"a/2.png": png[:40],
		"a/3.png": declared(30000, 30000),
		"a/4.jpg": []byte("an image, by its name"),
		"a/5.jpg": {},
		"a/6.jpg": append(append([]byte(nil), good[:30]...), noise(3, 600)...),
		"a/7.jpg": png, // the content counts
		"a/8.png": palette.Bytes(),
		"a/a.jpg": bytes.Replace(good, []byte{0xff, 0xc0, 0, 17, 8}, []byte{0xff, 0xc0, 0, 17, 12}, 1),
		"a/9.png": append(png[:45:45], noise(3, 600)...),
	}
	want := map[int][]string{
		1:  {"a/1.jpg", "ends too early", "JPEG"},
		2:  {"a/2.png", "ends too early", "PNG"},
		3:  {"a/3.png", "beyond the accepted size", "30000 x 30000 pixels", "67108864"},
		4:  {"a/4.jpg", "byte 0", "none of JPEG, PNG, WebP, GIF, BMP"},
		5:  {"a/5.jpg", "the file is empty"},
		6:  {"a/6.jpg", "JPEG"},
		9:  {"a/9.png", "PNG"},
		10: {"a/a.jpg", "not a format that wavekin reads", "precision"},
	}
	dir := write(t, files)
	archive := filepath.Join(write(t, map[string][]byte{"x.tar": tarred(t, files)}), "x.tar")
	for _, where := range []string{dir, archive} {
		s := mustOpen(t, "images:"+where, Options{})
		for i := range s.Len() {
			var m raster.Image
			err := s.Read(i, &m)
			if want[i] == nil {
				if err != nil {
					t.Error(err)
				}
				continue
			}
			says(t, err, append(want[i], where)...)
			var one *ImageError
			var place *datasets.Error
			if !errors.As(err, &one) || one.Index != i || !errors.As(err, &place) {
				t.Errorf("%T %v is not about image %d", err, err, i)
			}
		}
		if m := mustRead(t, s, 8); m.Channels != 1 {
			t.Errorf("a grey image has %d channels", m.Channels)
		}
		bad, err := s.Check(context.Background(), 2, nil)
		if err != nil || len(bad) != len(want) {
			t.Fatalf("%d bad images, want %d; %v", len(bad), len(want), err)
		}
		var keep []int
		for i := range s.Len() {
			if !slices.ContainsFunc(bad, func(e *ImageError) bool { return e.Index == i }) {
				keep = append(keep, i)
			}
		}
		rest, err := s.Subset(keep)
		if err != nil {
			t.Fatal(err)
		}
		if bad, err := rest.Check(context.Background(), 2, nil); err != nil || len(bad) != 0 || rest.Len() != 3 || rest.Name(1) != "a/7.jpg" {
			t.Errorf("without bad images: %d images, %d bad, %v", rest.Len(), len(bad), err)
		}
		says(t, rest.NeedClasses(), "every image is of class a")
	}
	// What has gone since is not one bad image.
	s := mustOpen(t, "images:"+dir, Options{Cache: -1})
	if err := os.Remove(filepath.Join(dir, "a", "0.jpg")); err != nil {
		t.Fatal(err)
	}
	var m raster.Image
	var one *ImageError
	if err := s.Read(0, &m); err == nil || errors.As(err, &one) {
		t.Errorf("an image that has gone: %v", err)
	}
	if _, err := s.Check(context.Background(), 2, nil); err == nil {
		t.Error("Check goes on where an image has gone")
	}
}

// A size is refused before anything of that size is allocated.
func TestBombsCostNothing(t *testing.T) {
	files := map[string][]byte{"a/1.png": declared(30000, 30000)}
	// A JPEG that says so in its frame header, and one with a comment before it that is too long to be read at once.
	frame := []byte{0xff, 0xc0, 0, 17, 8, 0x75, 0x30, 0x75, 0x30, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1}
	comment := append([]byte{0xff, 0xfe, 0xff, 0xff}, make([]byte, 0xffff-2)...)
	files["a/2.jpg"] = slices.Concat([]byte{0xff, 0xd8}, frame)
	files["a/3.jpg"] = slices.Concat([]byte{0xff, 0xd8}, comment, comment, frame, []byte{0xff, 0xda, 0, 12})
	s := mustOpen(t, "images:"+write(t, files), Options{})
	for i := range 3 {
		var m raster.Image
		says(t, s.Read(i, &m), "30000 x 30000")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = s.Read(i, &m) // refused as before
		runtime.ReadMemStats(&after)
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 1<<20 {
			t.Errorf("image %d took %d bytes to refuse", i, bytes)
		}
	}
	if s, err := Open("images:"+write(t, map[string][]byte{"1.png": picture(t, 10, 10, red)}), Options{MaxPixels: 99}); err != nil {
		t.Error(err)
	} else {
		var m raster.Image
		says(t, s.Read(0, &m), "10 x 10 pixels, and at most 99")
	}
}

func TestArchives(t *testing.T) {
	p := picture(t, 2, 2, red)
	make := func(headers ...*tar.Header) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, h := range headers {
			if h.Typeflag == 0 {
				h.Size = int64(len(p))
				add(t, w, h, p)
			} else {
				add(t, w, h, nil)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	open := func(content []byte) string {
		return "images:" + write(t, map[string][]byte{"x.tar": content}) + "/x.tar"
	}

	// Names that lead out stay inside, links to members are followed, others and devices are passed over, the later of two counts.
	s := mustOpen(t, open(make(
		&tar.Header{Name: "../../a/1.png"}, &tar.Header{Name: "/b/2.png"}, &tar.Header{Name: "./b/2.png"},
		&tar.Header{Name: "b/3.png", Typeflag: tar.TypeLink, Linkname: "../../a/1.png"},
		&tar.Header{Name: "b/4.png", Typeflag: tar.TypeSymlink, Linkname: "../a/1.png"},
		&tar.Header{Name: "b/5.png", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		&tar.Header{Name: "b/6.png", Typeflag: tar.TypeSymlink, Linkname: "6.png"},
		&tar.Header{Name: "b/7.png", Typeflag: tar.TypeFifo}, &tar.Header{Name: "c/8.png", Typeflag: tar.TypeChar},
	)), Options{})
	var names []string
	for i := range s.Len() {
		names = append(names, s.Name(i))
		mustRead(t, s, i)
	}
	if want := []string{"a/1.png", "b/2.png", "b/3.png", "b/4.png"}; !reflect.DeepEqual(names, want) {
		t.Errorf("members %v, want %v", names, want)
	}

	whole := make(&tar.Header{Name: "a/1.png"}, &tar.Header{Name: "b/2.png"})
	refused(t, open(whole[:1024+100]), Options{}, "byte 1124", "ends too early, after a/1.png")
	refused(t, open(whole[:512+10]), Options{}, "byte 512", fmt.Sprintf("a/1.png claims %d bytes, but the archive has only 10 more", len(p)))
	refused(t, open(append(whole[:1024:1024], noise(1, 1024)...)), Options{}, "damaged after a/1.png", "invalid tar header")
	refused(t, open(whole[:len(whole)-1024]), Options{}, "ends too early, after b/2.png") // the blocks at the end are missing
	packed := zipped(t, whole)
	refused(t, open(packed[:len(packed)-20]), Options{}, "x.tar: the file ends too early")
	flipped := append([]byte(nil), packed...)
	flipped[len(flipped)-6] ^= 1
	refused(t, open(flipped), Options{}, "x.tar: cannot be decompressed", "checksum")

	// A header that claims eight gigabytes.
	huge := make(&tar.Header{Name: "a/1.png"})
	copy(huge[124:136], "77777777777\x00")
	copy(huge[148:156], "        ")
	sum := 0
	for _, b := range huge[:512] {
		sum += int(b)
	}
	copy(huge[148:156], fmt.Sprintf("%06o\x00 ", sum))
	refused(t, open(huge), Options{}, "a/1.png claims 8589934591 bytes")
}

func TestLists(t *testing.T) {
	p := picture(t, 2, 2, red)
	dir := write(t, map[string][]byte{
		"one.png": p, "sub/two words.png": p, "a, b.png": p, "notes.md": nil,
		"good.txt":   []byte("\ufeff# name label\r\none.png 7\r\n\r\nsub/two words.png\tbig cat\r\na, b.png\r\none.png,7\r\n"),
		"gone.txt":   []byte("one.png\nthree.png\n"),
		"folder.txt": []byte("one.png\nsub\tx\n"),
		"other.txt":  []byte("notes.md\tx\n"),
		"empty.txt":  []byte("# nothing\n"),
		"mark.txt":   []byte("\ufeffone.png\tx\n"),
		"line.txt":   bytes.Repeat([]byte("x"), 100_000),
	})
	list := "images:" + dir + "/"
	s := mustOpen(t, list+"good.txt", Options{})
	var got []string
	for i := range s.Len() {
		mustRead(t, s, i)
		got = append(got, s.Name(i)+"="+s.Label(i))
	}
	if want := []string{"one.png=7", "sub/two words.png=big cat", "a, b.png=", "one.png=7"}; !slices.Equal(got, want) {
		t.Errorf("the list is %q, want %q", got, want)
	}
	says(t, s.NeedClasses(), "image a, b.png has no label")
	if s := mustOpen(t, list+"mark.txt", Options{}); s.Name(0) != "one.png" {
		t.Errorf("%q is the first of a list that begins with a byte order mark", s.Name(0))
	}
	absolute := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(absolute, []byte(filepath.Join(dir, "one.png")+",x"), 0o666); err != nil {
		t.Fatal(err)
	}
	mustRead(t, mustOpen(t, "images:"+absolute, Options{}), 0)
	refused(t, list+"gone.txt", Options{}, "gone.txt: row 2", "three.png: no such file")
	refused(t, list+"folder.txt", Options{}, "folder.txt: row 2", "it is a folder")
	refused(t, list+"other.txt", Options{}, "other.txt: row 1", "notes.md", "want one of JPEG, PNG, WebP, GIF, BMP")
	refused(t, list+"empty.txt", Options{}, "names no images")
	refused(t, list+"line.txt", Options{}, "not a format")
	refused(t, list+"good.txt#test", Options{}, `no part "test"; parts: train`)
}

// Subsets of large sets are made of links, to images and to classes.
func TestLinksInFolders(t *testing.T) {
	dir := write(t, map[string][]byte{"all/a/1.png": picture(t, 2, 2, red), "all/b/2.png": picture(t, 2, 2, red), "some/c/x.txt": nil})
	for name, target := range map[string]string{
		"some/a": "../all/a", "some/c/3.png": "../../all/b/2.png", "some/c/gone.png": "nowhere", "some/c/circle": "..",
	} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Skip("wants symbolic links, which this system refuses: ", err)
		}
	}
	refused(t, "images:"+dir+"/some", Options{}, "nested more than 16 deep")
	if err := os.Remove(filepath.Join(dir, "some", "c", "circle")); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, "images:"+dir+"/some", Options{})
	if s.Len() != 2 || s.Name(0) != "a/1.png" || s.Name(1) != "c/3.png" {
		t.Errorf("%d images", s.Len())
	}
}
