package imageset

import (
	"archive/zip"
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/wavekin/wavekin/datasets"
	"github.com/wavekin/wavekin/raster"
)

// zipOf makes a zip archive, with a folder of its own; names are sorted.
func zipOf(t testing.TB, method uint16, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(files[name]) // a buffer takes all
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A zip archive holds the same set as a tar archive of the same files.
func TestZipIsAsTar(t *testing.T) {
	files := map[string][]byte{"set/train/a/1.png": picture(t, 3, 2, red), "set/train/b/2.jpg": photo(t, 8, 8, blue), "set/test/a/3.png": picture(t, 2, 2, blue)}
	dir := write(t, map[string][]byte{"x.tar": tarred(t, files), "stored.zip": zipOf(t, zip.Store, files), "x.zip": zipOf(t, zip.Deflate, files)})
	for _, part := range []string{"train", "test"} {
		want := mustOpen(t, "images:"+filepath.Join(dir, "x.tar")+"#"+part, Options{})
		for _, name := range []string{"x.zip", "stored.zip"} {
			got := mustOpen(t, "images:"+filepath.Join(dir, name)+"#"+part, Options{})
			if !slices.Equal(got.Classes(), want.Classes()) || got.Len() != want.Len() {
				t.Fatalf("%s: %d images of %q, want %d of %q", name, got.Len(), got.Classes(), want.Len(), want.Classes())
			}
			for i := range want.Len() {
				a, b := mustRead(t, got, i), mustRead(t, want, i)
				if got.Class(i) != want.Class(i) || !bytes.Equal(a.Pix, b.Pix) {
					t.Errorf("%s: image %d is another one", name, i)
				}
			}
		}
	}
}

// Every cut and every flipped bit is told, or changes nothing that is read.
func TestDamagedZip(t *testing.T) {
	// The names in the directory at the end have no checksum: what another name has is not compared.
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		whole := zipOf(t, method, map[string][]byte{"a/1.png": picture(t, 3, 2, red), "b/2.png": picture(t, 3, 2, blue)})
		read := func(content []byte) (map[string]string, error) {
			s, err := Open("images:"+filepath.Join(write(t, map[string][]byte{"x.zip": content}), "x.zip"), Options{})
			if err != nil {
				oneLine(t, err)
				return nil, err
			}
			defer s.Close()
			pixels := map[string]string{}
			for i := range s.Len() {
				var m raster.Image
				if err := s.Read(i, &m); err != nil {
					oneLine(t, err)
					var one *ImageError
					if !errors.As(err, &one) {
						t.Errorf("an image that cannot be read ends the set: %v", err)
					}
					return nil, err
				}
				pixels[s.Name(i)] = string(m.Pix)
			}
			return pixels, nil
		}
		want, err := read(whole)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(whole); i += 13 {
			if _, err := read(whole[:i]); err == nil {
				t.Errorf("the first %d of %d bytes are read", i, len(whole))
			}
			flipped := bytes.Clone(whole)
			flipped[i] ^= 1 << (i % 8)
			if got, err := read(flipped); err == nil {
				for name, pixels := range got {
					if want[name] != "" && want[name] != pixels {
						t.Errorf("byte %d of %d flipped: other pixels", i, len(whole))
					}
				}
			}
		}
	}
}

// A file that claims too much is refused by its claim, one that expands to more than it claims at the first byte of it.
func TestZipBombs(t *testing.T) {
	bomb := zipOf(t, zip.Deflate, map[string][]byte{"a/1.png": make([]byte, 8<<20)})
	dir := write(t, map[string][]byte{"x.zip": bomb})
	defer func(n int64) { freeBytes = n }(freeBytes)
	freeBytes = 4 << 20
	s := mustOpen(t, "images:"+filepath.Join(dir, "x.zip"), Options{})
	var m raster.Image
	if err := s.Read(0, &m); !errors.Is(err, datasets.ErrLimit) {
		t.Errorf("error is %v", err)
	}
	// The size in the directory: 8 bytes behind the checksum, which is 16 behind its mark.
	at := bytes.LastIndex(bomb, []byte("PK\x01\x02")) + 24
	for _, claim := range []byte{1, 0xff} {
		liar := bytes.Clone(bomb)
		copy(liar[at:], []byte{claim, 0, 0, claim &^ 1})
		dir := write(t, map[string][]byte{"x.zip": liar})
		s, err := Open("images:"+filepath.Join(dir, "x.zip"), Options{})
		if err == nil {
			err = s.Read(0, &m)
			_ = s.Close() // it was refused, or should have been
		}
		if !errors.Is(err, datasets.ErrCorrupt) {
			t.Errorf("claim %d: error is %v", claim, err)
		}
	}
}
