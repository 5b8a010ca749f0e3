// Command figures draws docs/augmentations.png: the augmentations and recipes of package augment/imageaug, applied to one picture.
//
//	go run ./docs/figures --out docs/augmentations.png
//
// The picture is drawn by the command itself. Each row is headed by the text that makes its views.
package main

import (
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"os"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/internal/report"
	"github.com/wavekin/wavekin/raster"
)

// rows are the texts of the sheet, each with a word on what is to be seen.
var rows = []struct{ text, note string }{
	{"center", "the picture, its middle cut out"},
	{"resize", "all of it"},
	{"crop", "8 % to all of the area"},
	{"crop(0.2,1)", "20 % to all of it"},
	{"flip", "half of them"},
	{"color-jitter(0.8,0,0,0)", "brightness"},
	{"color-jitter(0,0.8,0,0)", "contrast"},
	{"color-jitter(0,0,0.8,0)", "saturation"},
	{"color-jitter(0,0,0,0.2)", "hue"},
	{"color-jitter", "all four, mild"},
	{"gray(0.5)", "half of them"},
	{"color-drop(1)", "one channel kept"},
	{"center|blur(1)", "0.1 to 2 pixels"},
	{"solarize(1)", "bright turned dark"},
	{"cutout", "half of the side"},
	{"pad-crop(12)", "moved, black border"},
	{"pad-crop(12,1)", "moved, mirrored border"},
	{"w", "NPID, InvaSpread, MoCo v1"},
	{"m2", "MoCo v2, SimSiam"},
	{"s", "SimCLR"},
	{"s-cifar", "SimCLR on small images"},
	{"b1", "BYOL and others, first view"},
	{"b2", "second view"},
	{"b3", "short crops of DINO"},
	{"center|patches(4,0.5)", "overlapping patches, CPC"},
	{"center|patches(4,0.5)|flip|color-drop", "each changed on its own"},
}

func main() {
	out := flag.String("out", "docs/augmentations.png", "the PNG to write")
	size := flag.Int("size", 64, "side of a view in pixels, a multiple of 4")
	columns := flag.Int("columns", 8, "views per row")
	seed := flag.Uint64("seed", 1, "of everything random")
	flag.Parse()
	sheet, err := draw(*size, *columns, *seed)
	if err == nil {
		err = report.ImageSheet(*out, fmt.Sprintf("augment/imageaug: views of one picture, %d x %d pixels", *size, *size), sheet)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "contact:", err)
		os.Exit(1)
	}
}

// draw makes the rows of the sheet: views, and the channels of the colour spaces.
func draw(size, columns int, seed uint64) ([]report.ImageRow, error) {
	src := scene(320, 240)
	c := &imageaug.Context{}
	var sheet []report.ImageRow
	for i, r := range rows {
		spec, err := imageaug.Parse(r.text)
		if err != nil {
			return nil, err
		}
		c.RNG = rand.New(rand.NewPCG(seed, uint64(i)))
		row := report.ImageRow{Label: r.text, Note: r.note}
		views := columns
		if r.text == "center" || r.text == "resize" || r.text == "center|patches(4,0.5)" {
			views = 1 // nothing random
		}
		for range views {
			v := make([]float32, 3*size*size)
			if err := spec.First.Apply(v, 3, size, src, c); err != nil {
				return nil, err
			}
			row.Images = append(row.Images, picture(v, size))
		}
		sheet = append(sheet, row)
	}
	for _, r := range []struct{ space, note string }{{"lab", "L, a and b, for CMC"}, {"ycbcr", "brightness, blue and red"}} {
		v := make([]float32, 3*size*size)
		if err := imageaug.Center(v, 3, size, src, c); err != nil {
			return nil, err
		}
		if err := imageaug.Convert(r.space, v); err != nil {
			return nil, err
		}
		row := report.ImageRow{Label: r.space, Note: r.note}
		for i := range 3 {
			row.Images = append(row.Images, picture(v[i*size*size:(i+1)*size*size], size))
		}
		sheet = append(sheet, row)
	}
	return sheet, nil
}

// picture is a view, or one channel of it, to be drawn.
func picture(v []float32, size int) image.Image {
	m := raster.Image{Channels: len(v) / (size * size), Height: size, Width: size, Pix: make([]uint8, len(v))}
	for i, u := range v {
		m.Pix[i] = uint8(255*min(max(u, 0), 1) + 0.5)
	}
	return m.Image()
}
