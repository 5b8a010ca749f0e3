package draw_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/wavekin/wavekin/datasets/digits"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/evaluate"
	"github.com/wavekin/wavekin/evaluate/draw"
	"github.com/wavekin/wavekin/methods"
	"github.com/wavekin/wavekin/model"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/train"
)

func untrained(enc encoders.Encoder) (*model.Model, evaluate.Set, error) {
	learnt, _, err := digits.Load()
	if err != nil {
		return nil, evaluate.Set{}, err
	}
	m, err := train.Untrained(train.Images(learnt), train.Config{Method: methods.SimCLR{}, Encoder: enc, Batch: 8, Steps: 1})
	return m, evaluate.Set{Images: learnt}, err
}

func ExampleMap() {
	m, digits, err := untrained(imageenc.ResNet18{Width: 4}) // or model.Load
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "map")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	shown, err := draw.Map(context.Background(), m, digits.Thin(50), filepath.Join(dir, "map.png"), draw.MapConfig{Title: "digits", PCA: true})
	fmt.Println(shown, err)
	// Output: 50 <nil>
}

// unnamed is a set whose images have no names.
type unnamed struct{ model.ImageSet }

func (u unnamed) Read(i int, m *raster.Image) error {
	err := u.ImageSet.Read(i, m)
	m.Name = ""
	return err
}

// sizeOf reads the size of a picture.
func sizeOf(t *testing.T, path string) image.Config {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNeighboursWithoutNames: images that have no names are shown like others.
func TestNeighboursWithoutNames(t *testing.T) {
	m, all, err := untrained(imageenc.ResNet18{Width: 4})
	if err != nil {
		t.Fatal(err)
	}
	var widths []int
	for _, s := range []evaluate.Set{all.Thin(10), {Images: unnamed{all.Thin(10).Images}}} {
		path := filepath.Join(t.TempDir(), "x.png")
		if _, err := draw.Neighbours(context.Background(), m, s.Thin(2), s, path, "", 9); err != nil {
			t.Fatal(err)
		}
		widths = append(widths, sizeOf(t, path).Width)
	}
	if widths[0] != widths[1] {
		t.Errorf("nine neighbours take %d pixels with names, %d without", widths[0], widths[1])
	}
}

// TestPictures: each picture is a PNG of a size that its rows ask for; what is no image is refused.
func TestPictures(t *testing.T) {
	ctx := context.Background()
	m, all, err := untrained(imageenc.ResNet18{Width: 4})
	if err != nil {
		t.Fatal(err)
	}
	height := func(path string, shown int, err error) int {
		t.Helper()
		if err != nil || shown == 0 {
			t.Fatalf("%d shown, %v", shown, err)
		}
		return sizeOf(t, path).Height
	}
	path := filepath.Join(t.TempDir(), "x.png")
	near := func(n int) int {
		shown, err := draw.Neighbours(ctx, m, all.Thin(n), all.Thin(30), path, "near", 3)
		if shown != n {
			t.Errorf("%d rows, want %d", shown, n)
		}
		return height(path, shown, err)
	}
	if two, five := near(2), near(5); two >= five {
		t.Errorf("2 rows are %d pixels high, 5 are %d", two, five)
	}
	vit, _, err := untrained(imageenc.ViTTiny{Width: 24, Depth: 1, Patch: 4})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := draw.Attention(ctx, vit, all.Thin(2), path, "attention")
	height(path, shown, err)
	if _, err := draw.Attention(ctx, m, all.Thin(2), path, ""); !errors.Is(err, model.ErrNoAttention) {
		t.Errorf("attention of a ResNet: %v", err)
	}
	if _, err := draw.Neighbours(ctx, m, evaluate.Set{}, all, path, "", 1); !errors.Is(err, draw.ErrSeries) {
		t.Errorf("neighbours of series: %v", err)
	}
}
