package imageset

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/raster"
)

// JPEG is decoded as Pillow 13.0.0 (libjpeg-turbo 3.2.0) decoded these files, but for the rounding of the cosine transform: what a
// paper's encoder saw is what ours sees.
func TestJPEGIsAsPillowReadsIt(t *testing.T) {
	for _, name := range []string{"444", "422", "420", "progressive", "cmyk"} {
		file := filepath.Join("testdata", name)
		want, err := os.ReadFile(file + ".rgb")
		if err != nil {
			t.Fatal(err)
		}
		c, err := (&folder{root: "testdata"}).open(name + ".jpg")
		if err != nil {
			t.Fatal(err)
		}
		var m raster.Image
		if err := decode(&m, c, file, DefaultMaxPixels, raster.White); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if m.Channels != 3 || m.Height != 19 || m.Width != 21 {
			t.Fatalf("%s: %d channels, %d x %d", name, m.Channels, m.Height, m.Width)
		}
		sum, most := 0, 0
		for i, w := range want {
			d := int(m.Pix[i]) - int(w)
			d = max(d, -d)
			sum, most = sum+d, max(most, d)
		}
		if mean := float64(sum) / float64(len(want)); mean > 0.5 || most > 4 {
			t.Errorf("%s: differs by %.2f on average, by %d at most", name, mean, most)
		}
	}
}

func TestRealCIFAR10(t *testing.T) {
	file := filepath.Join("..", "..", "..", "shared", "data", "images", "CIFAR-10-jpeg", "cifar10-jpeg.tar.gz")
	if _, err := os.Stat(file); err != nil {
		t.Skip("wants the shared data, which are not here: ", file)
	}
	s := mustOpen(t, "images:"+file+"#train+test", Options{Cache: 100 << 20})
	if s.Len() != 60000 || len(s.Classes()) != 10 || s.Classes()[3] != "cat" {
		t.Fatalf("%d images of %v", s.Len(), s.Classes())
	}
	count := map[string]int{}
	var some []int
	for i := range s.Len() {
		count[s.Label(i)]++
		if i%100 == 0 {
			some = append(some, i)
		}
	}
	for c, n := range count {
		if n != 6000 {
			t.Errorf("%d images of class %s, want 6000", n, c)
		}
	}
	sample, err := s.Subset(some)
	if err != nil {
		t.Fatal(err)
	}
	var sum [3]float64
	if err := sample.Each(context.Background(), 2, func(i int, m *raster.Image) error {
		if m.Channels != 3 || m.Height != 32 || m.Width != 32 {
			t.Fatalf("%s: %d channels, %d x %d", m.Name, m.Channels, m.Height, m.Width)
		}
		for k, v := range m.Pix {
			sum[k/1024] += float64(v)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// The means that everyone normalises CIFAR-10 by.
	for c, want := range []float64{0.4914, 0.4822, 0.4465} {
		if got := sum[c] / float64(600*1024*255); math.Abs(got-want) > 0.02 {
			t.Errorf("channel %d has mean %.4f, want about %.4f", c, got, want)
		}
	}
}

func TestRealFashionMNIST(t *testing.T) {
	dir := "/usr/share/datasets/fashion-mnist"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("wants Fashion-MNIST (Debian package dataset-fashion-mnist), which is not here: ", dir)
	}
	s := mustOpen(t, "fashion-mnist:"+dir, Options{})
	if s.Len() != 60000 || s.Label(0) != "Ankle boot" {
		t.Fatalf("%d images, the first is %s", s.Len(), s.Label(0))
	}
	// The mean and deviation that are published for its training part: 0.2860 and 0.3530.
	var sum, square float64
	if err := s.Each(context.Background(), 2, func(_ int, m *raster.Image) error {
		a, b := 0, 0
		for _, v := range m.Pix {
			a, b = a+int(v), b+int(v)*int(v)
		}
		sum, square = sum+float64(a), square+float64(b)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	n := 60000.0 * 784
	mean := sum / n / 255
	deviation := math.Sqrt(square/n/255/255 - mean*mean)
	if math.Abs(mean-0.2860) > 1e-4 || math.Abs(deviation-0.3530) > 1e-4 {
		t.Errorf("mean %.4f, deviation %.4f", mean, deviation)
	}
	test := mustOpen(t, "fashion-mnist:"+dir+"#test", Options{Cache: -1})
	if test.Len() != 10000 || test.Label(0) != "Ankle boot" {
		t.Errorf("%d test images, the first is %s", test.Len(), test.Label(0))
	}
}

// Content that grows beyond all reason when it is decompressed does not fill the disk.
func TestDecompressionBomb(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	defer func(n int64) { freeBytes = n }(freeBytes)
	freeBytes = 4 << 20
	bomb := zipped(t, make([]byte, 16<<20))
	for _, limit := range []int64{0, 64 << 20} {
		_, err := unpack(bytes.NewReader(bomb), newBudget(limit))
		says(t, err, "grows more than 200-fold", "beyond the accepted size")
	}
	c, err := unpack(bytes.NewReader(zipped(t, noise(1, 5<<20))), newBudget(64<<20))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
