package vision

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// BenchmarkDecode is what an image costs that is not kept: a 32 x 32 JPEG from a folder.
func BenchmarkDecode(b *testing.B) {
	f := &folder{root: "/tmp/cf/train/cat"}
	names, _, err := f.list("")
	if err != nil {
		b.Skip(err)
	}
	_ = os.Stdout
	_ = filepath.Join
	c, err := f.open(names[0])
	if err != nil {
		b.Fatal(err)
	}
	var m raster.Image
	b.ReportAllocs()
	for b.Loop() {
		if err := decode(&m, c, "", 1<<20); err != nil {
			b.Fatal(err)
		}
	}
}
