// Command plugin is wavekin with an encoder and an augmentation of its own: go run ./examples/plugin list encoders
package main

import (
	"errors"
	"log"

	"github.com/wavekin/wavekin/augment"
	"github.com/wavekin/wavekin/cli"
	"github.com/wavekin/wavekin/encoders"
	"github.com/wavekin/wavekin/nn"
)

type mean struct{ linear *nn.LinearLayer } // the mean of each channel, [N, C, T] to [N, C], through a linear layer

func (mean) Name() string { return "plant/mean" }
func (mean) New(w *nn.Weights, channels int) (encoders.Network, error) {
	return mean{nn.NewLinear(w, "map", channels, 8, true)}, nil
}
func (m mean) Apply(x *nn.Node) *nn.Node { return m.linear.Apply(nn.MeanLast(x)) }
func (mean) Dim() int                    { return 8 }

type dead struct{ share float64 } // a sensor that reads 0 in the last share of the window

func (dead) Name() string         { return "plant-dead" }
func (d dead) Numbers() []float64 { return []float64{d.share} }
func (d dead) Apply(x [][]float32, _ *augment.Context) {
	for _, v := range x {
		clear(v[int((1-d.share)*float64(len(v))):])
	}
}
func main() {
	if err := errors.Join(encoders.Register("plant/mean", encoders.EntryOf[mean]("a linear map of the channels' means")),
		augment.Register("plant-dead", augment.Entry{Doc: "set the last share of the window to 0", Params: []augment.Param{{Name: "share", Default: 0.2, Max: 1, Open: true}},
			Make: func(n []float64) augment.Augmentation { return dead{n[0]} }})); err != nil {
		log.Fatal(err)
	}
	cli.Main()
}
