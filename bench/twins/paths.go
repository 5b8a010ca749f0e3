package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/augment/imageaug"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/encoders/imageenc"
	"github.com/wavekin/wavekin/raster"
	"github.com/wavekin/wavekin/series"
	"github.com/wavekin/wavekin/train"
)

// The usual runs see two batches in an epoch.
const (
	samples = 32
	batch   = 16
	classes = 4
	length  = 48
	side    = 16
	seed    = 1
)

// path is what the methods learn from: samples, how views of them are made, and the encoder.
type path struct {
	name string
	data train.Data
	// samples is how many there are, batch how many a step sees, length that of a series, and seed what the run starts from.
	samples, batch, length int
	seed                   uint64
	normalize              series.Mode
	encoder                encoders.Encoder
	views                  augment.Spec
	imageViews             imageaug.Spec
}

func (p *path) images() bool { return p.imageViews.First != nil }

// paths are sequences through a convolutional network without normalisation, and images through a ResNet-18 with batch
// normalisation.
func paths() []*path {
	return []*path{
		{name: "sequences", samples: samples, batch: batch, length: length, seed: seed, data: waves(), encoder: encoders.Conv{Width: 8, Depth: 2, Out: 16}, views: augment.MustParse("scale(0.2)|shift(0.2)|jitter(0.1)")},
		{name: "images", samples: samples, batch: batch, seed: seed, data: train.Images(pictures{}), encoder: imageenc.ResNet18{Width: 4}, imageViews: imageaug.MustParse("crop(0.5,1)|flip(0.5)|color-jitter(0.4,0.4,0.2,0.1,0.8)")},
	}
}

// waves are noisy series of two channels; a class has a period.
func waves() train.Series {
	rng := rand.New(rand.NewPCG(seed, 1))
	var all train.Series
	for i := range samples {
		s := &series.Series{ID: fmt.Sprint(i), Channels: []string{"a", "b"}, Label: fmt.Sprint(i % classes), Values: make([][]float64, 2)}
		for c := range s.Values {
			phase := 6 * rng.Float64()
			for k := range length {
				s.Values[c] = append(s.Values[c], math.Sin(float64(k)*(0.2+0.2*float64(i%classes))+phase)+0.3*rng.NormFloat64())
			}
		}
		all = append(all, s)
	}
	return all
}

// pictures are noisy stripes; a class has a direction.
type pictures struct{}

func (pictures) Len() int           { return samples }
func (pictures) Label(i int) string { return fmt.Sprint(i % classes) }

func (pictures) Read(i int, m *raster.Image) error {
	rng := rand.New(rand.NewPCG(seed, uint64(100+i)))
	*m = raster.Image{Channels: 3, Height: side, Width: side, Pix: make([]uint8, 3*side*side)}
	angle, phase := math.Pi*float64(i%classes)/classes, 6*rng.Float64()
	for at := range m.Pix {
		y, x := float64(at/side%side), float64(at%side)
		v := math.Sin(0.8*(x*math.Cos(angle)+y*math.Sin(angle))+phase+float64(at/side/side)) + 0.4*rng.NormFloat64()
		m.Pix[at] = uint8(max(0, min(255, 128+70*v)))
	}
	return nil
}
