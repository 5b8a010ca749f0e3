package imageset_test

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"github.com/wavekin/wavekin/datasets/imageset"
	"github.com/wavekin/wavekin/raster"
)

func Example() {
	dir, err := os.MkdirTemp("", "photos")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	// photos/train/sky/1.png, photos/train/sea/1.png and one that is no image.
	paint(filepath.Join(dir, "train", "sky", "1.png"), color.RGBA{100, 150, 255, 255})
	paint(filepath.Join(dir, "train", "sea", "1.png"), color.RGBA{0, 50, 120, 255})
	_ = os.WriteFile(filepath.Join(dir, "train", "sea", "2.png"), []byte("not really"), 0o666)

	set, err := imageset.Open("images:"+dir, imageset.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer set.Close()
	fmt.Println(set.Len(), "images of", set.Classes())

	// Find the bad ones and go on without them.
	bad, err := set.Check(context.Background(), 2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range bad {
		fmt.Println("bad:", set.Name(e.Index))
	}
	good, _ := set.Subset([]int{0, 2})
	_ = good.Each(context.Background(), 2, func(i int, m *raster.Image) error {
		fmt.Println(m.Name, good.Label(i), m.Channels, m.Height, m.Width, m.Plane(2)[0])
		return nil
	})
	// Output:
	// 3 images of [sea sky]
	// bad: train/sea/2.png
	// train/sea/1.png sea 3 2 4 120
	// train/sky/1.png sky 3 2 4 255
}

// paint writes an image of 4 x 2 pixels of one colour.
func paint(file string, c color.Color) {
	m := image.NewRGBA(image.Rect(0, 0, 4, 2))
	for i := range 8 {
		m.Set(i%4, i/4, c)
	}
	_ = os.MkdirAll(filepath.Dir(file), 0o777)
	f, err := os.Create(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	_ = png.Encode(f, m)
}
