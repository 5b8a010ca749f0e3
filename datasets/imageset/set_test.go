package imageset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// numbered makes a folder of n images whose red value is their number, and names a few of them that are cut off.
func numbered(t testing.TB, n int, bad ...int) string {
	t.Helper()
	files := map[string][]byte{}
	for i := range n {
		p := picture(t, 1+i%5, 2, gray(i))
		if slices.Contains(bad, i) {
			p = p[:len(p)/2]
		}
		files[fmt.Sprintf("%c/%03d.png", 'a'+i*3/n, i)] = p
	}
	return "images:" + write(t, files)
}

type gray uint8

func (g gray) RGBA() (r, gr, b, a uint32) { return uint32(g) * 0x101, 0, 0, 0xffff }

func TestEachIsInOrder(t *testing.T) {
	s := mustOpen(t, numbered(t, 100), Options{})
	for _, workers := range []int{0, 1, 2, 7, 1000} {
		next := 0
		err := s.Each(context.Background(), workers, func(i int, m *raster.Image) error {
			if i != next || int(m.Pix[0]) != i || m.Name != s.Name(i) {
				return fmt.Errorf("%d workers: image %d with value %d came in place %d", workers, i, m.Pix[0], next)
			}
			next++
			return nil
		})
		if err != nil || next != 100 {
			t.Errorf("%d workers: %d images, %v", workers, next, err)
		}
	}
}

func TestEachEnds(t *testing.T) {
	s := mustOpen(t, numbered(t, 100, 40, 41, 90), Options{})
	done := 0
	err := s.Each(context.Background(), 3, func(int, *raster.Image) error { done++; return nil })
	says(t, err, "/b/040.png: the file ends too early")
	if done != 40 {
		t.Errorf("%d images before the bad one, want 40", done)
	}
	stop := errors.New("enough")
	if err := s.Each(context.Background(), 3, func(i int, _ *raster.Image) error {
		if i == 10 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) {
		t.Errorf("the function's own error came back as %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done = 0
	err = s.Each(ctx, 3, func(i int, _ *raster.Image) error {
		if done++; i == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || done > 11+3*ahead {
		t.Errorf("cancelled after 11 images: %d, %v", done, err)
	}
}

func TestCheckNamesEveryBadImage(t *testing.T) {
	s := mustOpen(t, numbered(t, 60, 0, 31, 59), Options{})
	last := 0
	bad, err := s.Check(context.Background(), 2, func(done, total int) {
		if done != last+1 || total != 60 {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || last != 60 || len(bad) != 3 || bad[0].Index != 0 || bad[1].Index != 31 || bad[2].Index != 59 {
		t.Errorf("%d bad ones, %d done, %v", len(bad), last, err)
	}
}

func TestSubset(t *testing.T) {
	s := mustOpen(t, numbered(t, 30), Options{})
	odd, err := s.Subset([]int{9, 29, 1, 9})
	if err != nil {
		t.Fatal(err)
	}
	part, err := odd.Subset([]int{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	if part.Len() != 2 || mustRead(t, part, 0).Pix[0] != 29 || part.Label(0) != "c" || part.Class(1) != 0 || part.Name(1) != "a/009.png" {
		t.Errorf("a subset of a subset: %d images, %s %s", part.Len(), part.Name(0), part.Name(1))
	}
	var m raster.Image
	says(t, part.Read(2, &m), "no image 2 among 2")
	says(t, part.Read(-1, &m), "no image -1")
	if _, err := part.Subset([]int{2}); err == nil {
		t.Error("a subset has images that the set lacks")
	}
	if err := part.Close(); err != nil {
		t.Error(err)
	}
	mustRead(t, s, 3) // the set is still open
	none, err := s.Subset(nil)
	if err != nil || none.Len() != 0 {
		t.Fatal(none.Len(), err)
	}
	says(t, none.NeedClasses(), "no images")
	if err := none.Each(context.Background(), 0, func(int, *raster.Image) error { return errors.New("called") }); err != nil {
		t.Error(err)
	}
}

// Many goroutines read the same images, some of which fit into the cache.
func TestReadIsConcurrent(t *testing.T) {
	files := map[string][]byte{}
	for i := range 50 {
		files[fmt.Sprintf("x/%02d.png", i)] = picture(t, 1+i%5, 2, gray(i))
	}
	dir := write(t, map[string][]byte{"a.tar.gz": zipped(t, tarred(t, files))})
	for _, cache := range []int64{-1, 100, 1 << 20} {
		s := mustOpen(t, "images:"+dir+"/a.tar.gz", Options{Cache: cache})
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(7, uint64(g)))
				var m raster.Image
				for range 200 {
					i := rng.IntN(50)
					if err := s.Read(i, &m); err != nil || int(m.Pix[0]) != i || m.Width != 1+i%5 {
						t.Errorf("image %d: %d, %v", i, m.Pix[0], err)
						return
					}
					clear(m.Pix) // is not what is kept
				}
			})
		}
		wg.Wait()
	}
}

// The budget is never exceeded, and all of it comes back when content moves to a file.
func TestCacheKeepsToItsBudget(t *testing.T) {
	spec := numbered(t, 20) // 6 bytes for each pixel of width, 18 on average
	s := mustOpen(t, spec, Options{Cache: 100})
	var m raster.Image
	for range 2 {
		for i := range 20 {
			if err := s.Read(i, &m); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := s.piece.pixels.(*imageFiles)
	kept := 0
	for i := range files.cache.kept {
		if k := files.cache.kept[i].Load(); k != nil {
			kept += len(k.Pix)
		}
	}
	if left := int(files.cache.budget.left.Load()); kept+left != 100 || kept < 80 {
		t.Errorf("%d bytes kept, %d left of 100", kept, left)
	}
	if s := mustOpen(t, spec, Options{Cache: -1}); s.piece.pixels.(*imageFiles).cache.kept != nil {
		t.Error("images are kept though none should be")
	}
}

// What does not fit in memory goes to a temporary file, of which nothing is left.
func TestTemporaryFilesGo(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	content := noise(1, 3*chunkBytes+17)
	for _, limit := range []int64{0, chunkBytes, 2*chunkBytes + 1, 10 * chunkBytes} {
		b := newBudget(limit)
		c, err := unpack(bytes.NewReader(zipped(t, content)), b)
		if err != nil {
			t.Fatal(err)
		}
		_, inMemory := c.(*memory)
		if inMemory != (limit > int64(len(content))) || c.Size() != int64(len(content)) {
			t.Errorf("limit %d: in memory %t, %d bytes", limit, inMemory, c.Size())
		}
		got := make([]byte, 1000)
		for _, at := range []int{0, chunkBytes - 500, 3*chunkBytes - 983} {
			if _, err := c.ReadAt(got, int64(at)); err != nil || !slices.Equal(got, content[at:at+1000]) {
				t.Errorf("limit %d: other content at byte %d, %v", limit, at, err)
			}
		}
		if n, err := c.ReadAt(got, int64(len(content)-10)); n != 10 || err == nil {
			t.Errorf("limit %d: %d bytes at the end, %v", limit, n, err)
		}
		if left := b.left.Load(); !inMemory && left != limit {
			t.Errorf("%d bytes left of %d though nothing is in memory", left, limit)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if left := b.left.Load(); left != limit {
			t.Errorf("%d bytes left of %d after the end", left, limit)
		}
	}
	packed := zipped(t, content)
	if _, err := unpack(bytes.NewReader(packed[:len(packed)-1000]), newBudget(0)); err == nil {
		t.Error("content that breaks off is accepted")
	}
	if left, err := filepath.Glob(filepath.Join(temp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if _, err := os.Stat(temp); err != nil {
		t.Fatal(err)
	}
}

func TestIsSet(t *testing.T) {
	for spec, want := range map[string]bool{
		"cifar10:x": true, "images:a.tar#test": true, "fashion-mnist:": true, "line3.csv": false, "C:x": false, "cifar10": false, "": false,
	} {
		if IsSet(spec) != want {
			t.Errorf("IsSet(%q) is not %t", spec, want)
		}
	}
	for spec, want := range map[string][2]string{
		"images:a#val": {"images:a", "val"}, "images:a": {"images:a", ""}, "images:a#b/c": {"images:a#b/c", ""}, "images:a#b#c": {"images:a#b", "c"},
	} {
		if set, part := Split(spec); set != want[0] || part != want[1] {
			t.Errorf("%s is %q and %q", spec, set, part)
		}
	}
	for _, f := range Formats() {
		if f.Name == "" || f.Spec == "" || f.Doc == "" || !IsSet(f.Spec) {
			t.Errorf("format %+v", f)
		}
	}
}
