package model

import (
	"fmt"
	"slices"
	"sync"

	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/raster"
)

// Picture says what an image is brought to before it is encoded.
type Picture struct {
	// Size is the side in pixels.
	Size int `json:"size"`
	// Space is what its colours are turned into: "rgb", "grey", "lab" or "ycbcr".
	Space string `json:"space"`
	// Ground is the colour that was seen through what is transparent, as [raster.ParseGround] reads it; in files of former
	// programs it is empty and was black.
	Ground string `json:"ground,omitempty"`
	// Mean is subtracted from each channel, whose values are 0 to 1, and Deviation divides the rest.
	Mean      []float32 `json:"mean"`
	Deviation []float32 `json:"deviation"`
}

// mostPixels bounds the side of an image.
const mostPixels = 1 << 13

// Spaces lists the colour spaces of images.
func Spaces() []string { return []string{"grey", "lab", "rgb", "ycbcr"} }

// Channels is the number of channels of the space.
func (p *Picture) Channels() int {
	if p.Space == "grey" {
		return 1
	}
	return 3
}

// Behind is the ground on which images of the model are composed, for imageset.Options.
func (p *Picture) Behind() string {
	if p.Ground == "" {
		return raster.Black.String()
	}
	return p.Ground
}

// Check reports settings that cannot be, as those of a damaged file.
func (p *Picture) Check(channels int) error {
	switch {
	case p.Size < 1 || p.Size > mostPixels:
		return fmt.Errorf("images of %d pixels a side, want 1 to %d", p.Size, mostPixels)
	case !slices.Contains(Spaces(), p.Space):
		return fmt.Errorf("colour space is %q, want grey, lab, rgb or ycbcr", p.Space)
	case p.Channels() != channels || len(p.Mean) != channels || len(p.Deviation) != channels:
		return fmt.Errorf("%s images with %d channels, %d means and %d deviations", p.Space, channels, len(p.Mean), len(p.Deviation))
	}
	if _, err := raster.ParseGround(p.Ground); err != nil {
		return err
	}
	for i, d := range p.Deviation {
		if m := p.Mean[i]; !(d > 0) || d-d != 0 || m-m != 0 {
			return fmt.Errorf("channel %d has mean %g and deviation %g, want finite numbers and a deviation above 0", i, m, d)
		}
	}
	return nil
}

// imageContexts holds scratch memory for goroutines that prepare images.
var imageContexts = sync.Pool{New: func() any { return &imageaug.Context{} }}

// Whole writes the centre of an image as the network takes it, [channels, Size, Size]; ctx is scratch memory of one goroutine.
func (p *Picture) Whole(dst []float32, m *raster.Image, ctx *imageaug.Context) error {
	if err := imageaug.Center(dst, p.Channels(), p.Size, m, ctx); err != nil {
		return err
	}
	p.Finish(dst)
	return nil
}

// Finish turns pixels, 0 to 1 and [channels, H, W], into what the network takes: the colour space, centred and scaled.
func (p *Picture) Finish(x []float32) {
	if p.Space != "rgb" && p.Space != "grey" {
		imageaug.Convert(p.Space, x)
	}
	n := len(x) / p.Channels()
	for c, mean := range p.Mean {
		scale := 1 / p.Deviation[c]
		plane := x[c*n : (c+1)*n]
		for i, v := range plane {
			plane[i] = (v - mean) * scale
		}
	}
}
